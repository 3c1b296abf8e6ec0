"""Stretches of landed files: each is read and checked alone, by whichever worker."""

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise


class FileKind(StrEnum):
    """What a file of a disaggregated return is, told by its content."""

    CSV = "csv"
    PARQUET = "parquet"


@dataclass(frozen=True)
class LandedFile:
    """A file of a return as it was received.

    Attributes:
        name: Where it was, as people are told: a path or an address without secrets.
        sha256: SHA-256 of its content.
        location: Path or fsspec address of the landed copy, which every worker can read.
    """

    name: str
    sha256: str
    location: str


@dataclass(frozen=True)
class Part:
    """A stretch of a file that begins and ends with a row.

    Attributes:
        file: The file.
        kind: How it is read.
        start: Where the stretch begins: a byte of a CSV, a row group of a Parquet file.
        stop: Where it has ended.
        first_row_number: Its first row as a person counts it.
        row_count: Rows in it, by the second reader.
    """

    file: LandedFile
    kind: FileKind
    start: int
    stop: int
    first_row_number: int
    row_count: int


def row_number_of_first(kind: FileKind) -> int:
    """Return the number of a file's first row: in a CSV the headings are row 1."""
    return 2 if kind is FileKind.CSV else 1


def csv_parts(file: LandedFile, cuts: list[tuple[int, int]]) -> list[Part]:
    """Return the stretches of a CSV between the cuts.

    Args:
        file: The file.
        cuts: Bytes at which a row begins or the file ends, each with the rows before it.
    """
    first = row_number_of_first(FileKind.CSV)
    return [
        Part(file, FileKind.CSV, start, stop, first + before, after - before)
        for (start, before), (stop, after) in pairwise(cuts)
    ]


def parquet_parts(file: LandedFile, row_counts: list[int], most_rows: int) -> list[Part]:
    """Return stretches of whole row groups, of no more rows than wanted where groups allow it.

    Args:
        file: The file.
        row_counts: Rows of each row group.
        most_rows: Rows wanted at the most.
    """
    parts: list[Part] = []
    start, before, rows = 0, 0, 0
    for group, count in enumerate(row_counts):
        if rows and rows + count > most_rows:
            parts.append(_row_groups(file, start, group, before, rows))
            start, before, rows = group, before + rows, 0
        rows += count
    if rows:
        parts.append(_row_groups(file, start, len(row_counts), before, rows))
    return parts


def _row_groups(file: LandedFile, start: int, stop: int, before: int, rows: int) -> Part:
    kind = FileKind.PARQUET
    return Part(file, kind, start, stop, row_number_of_first(kind) + before, rows)
