"""The second reader: counts the rows of a CSV by its bytes alone, and finds where it can be cut.

A row ends at a line break outside quotation marks. Quotation marks are followed strictly, so that
no two readers can differ on where a row ends: a mark opens at the beginning of a cell, closes at
its end, and is written twice within.
"""

import codecs
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from perf_pipeline.rules import ReturnFault
from perf_pipeline.sources.limits import LARGEST_DISAGGREGATED_ROW_BYTES
from perf_pipeline.sources.wording import SourcePlace

_COMMA, _LINE_FEED, _RETURN, _MARK = b',\n\r"'
_BESIDE_MARKS = np.isin(np.arange(256), [_COMMA, _LINE_FEED, _RETURN, _MARK])
"""Whether a byte may stand before an opening mark or behind a closing one."""

_LARGEST_PART = 64_000_000
_SAVE_AS = "Save the file as UTF-8"

_Bytes = npt.NDArray[np.uint8]
_Places = npt.NDArray[np.int64]


class CountedRows(NamedTuple):
    """What the second reader finds.

    Attributes:
        heading_start: Byte at which the headings begin, behind a byte order mark.
        cuts: Bytes at which a row begins, the first below the headings' row and the file's end,
            each with the rows between the headings and it.
    """

    heading_start: int
    cuts: list[tuple[int, int]]

    @property
    def row_count(self) -> int:
        """Rows below the headings, blank ones included."""
        return self.cuts[-1][1]


@dataclass
class _Scan:
    """How far a file has been counted; of its pieces none is kept.

    Attributes:
        most_rows: Rows between two cuts, at the most.
        place: Whose file it is.
        offset: Bytes counted.
        rows: Rows that have ended, the headings' row included.
        row_start: Byte at which the row that has not ended begins.
        is_quoted: True where quotation marks are open.
        previous: The byte before.
        cuts: Those found.
    """

    most_rows: int
    place: SourcePlace
    offset: int = 0
    rows: int = 0
    row_start: int = 0
    is_quoted: bool = False
    previous: int = _LINE_FEED
    cuts: list[tuple[int, int]] = field(default_factory=list)


def count_rows(pieces: Iterable[bytes], most_rows: int, place: SourcePlace) -> CountedRows:
    """Count the rows of a CSV.

    Args:
        pieces: The file's bytes, in pieces of any size.
        most_rows: Rows between two cuts, at the most; there are fewer where rows are long.
        place: Whose file it is, for errors.

    Raises:
        ReturnError: There is no row, a row is too long, the file is not UTF-8, or its quotation
            marks do not say clearly where a cell ends; the row is named.
    """
    scan = _Scan(most_rows, place)
    text = _Text(place)
    start = 0
    for piece, following in _with_following(pieces):
        body = piece
        if scan.offset == 0:
            start = _mark_length(body)
            body = body[start:]
            scan.offset = scan.row_start = start
        row_start = scan.row_start
        ends = _count(scan, body, following)
        text.check(body, ends, scan)
        _check_lengths(scan, row_start, ends + scan.offset - len(body) + 1)
    text.check_end(scan)
    _finish(scan)
    return CountedRows(start, scan.cuts)


def _with_following(pieces: Iterable[bytes]) -> Iterator[tuple[bytes, int]]:
    """Yield pieces, each with the byte behind it; behind the last one a line break stands in."""
    held = b""
    for piece in pieces:
        held += piece
        # A mark or a carriage return says what it is only with the byte behind it.
        if len(held) > len(codecs.BOM_UTF8):
            yield held[:-1], held[-1]
            held = held[-1:]
    if held:
        yield held, _LINE_FEED


def _mark_length(content: bytes) -> int:
    return len(codecs.BOM_UTF8) if content.startswith(codecs.BOM_UTF8) else 0


def _count(scan: _Scan, body: bytes, following: int) -> _Places:
    """Count a piece; return where in it rows end."""
    buffer = np.frombuffer(body, dtype=np.uint8)
    is_end = _is_line_end(buffer, following)
    if scan.is_quoted or b'"' in body:
        is_mark = buffer == _MARK
        is_inside = np.logical_xor.accumulate(is_mark) ^ scan.is_quoted
        is_end &= ~is_inside
        ends = np.flatnonzero(is_end)
        _check_marks(scan, buffer, following, is_mark, is_inside, ends)
        scan.is_quoted = bool(is_inside[-1])
    else:
        ends = np.flatnonzero(is_end)
    if len(body):
        _cut(scan, ends)
        scan.previous = body[-1]
    scan.offset += len(body)
    return ends


def _is_line_end(buffer: _Bytes, following: int) -> npt.NDArray[np.bool_]:
    is_end: npt.NDArray[np.bool_] = buffer == _LINE_FEED
    is_return = buffer == _RETURN
    if is_return.any():
        is_end |= is_return & (np.append(buffer[1:], following) != _LINE_FEED)
    return is_end


def row_starts(stretch: memoryview) -> _Places:
    """Return the places at which the rows of a stretch begin that was counted before, and its end.

    Args:
        stretch: Whole rows, of which the last may lack its line break.
    """
    buffer = np.frombuffer(stretch, dtype=np.uint8)
    is_end, is_mark = _is_line_end(buffer, _LINE_FEED), buffer == _MARK
    if is_mark.any():
        is_end &= ~np.logical_xor.accumulate(is_mark)
    ends = np.flatnonzero(is_end) + 1
    is_open = not len(ends) or ends[-1] < len(buffer)
    return np.concatenate([[0], ends, [len(buffer)] if is_open else []]).astype(np.int64)


def _check_marks(
    scan: _Scan,
    buffer: _Bytes,
    following: int,
    is_mark: npt.NDArray[np.bool_],
    is_inside: npt.NDArray[np.bool_],
    ends: _Places,
) -> None:
    places = np.flatnonzero(is_mark)
    before = np.append(scan.previous, buffer[:-1])[places]
    behind = np.append(buffer[1:], following)[places]
    beside = np.where(is_inside[places], before, behind)
    unclear = places[~_BESIDE_MARKS[beside]]
    if len(unclear):
        row = scan.rows + int(np.searchsorted(ends, unclear[0])) + 1
        raise scan.place.error(
            f"In row {row} a quotation mark stands in the middle of a cell, so that nobody can "
            "tell where the cell ends.",
            'Put the whole cell into quotation marks and write each one within it twice ("")',
            ReturnFault.QUOTATION_MARKS,
        )


def _cut(scan: _Scan, ends: _Places) -> None:
    """Note the cuts in a piece whose rows end at `ends`, and the rows that have ended."""
    if not len(ends):
        return
    starts = ends + scan.offset + 1
    if scan.rows == 0:
        scan.cuts.append((int(starts[0]), 0))
    # Of the rows that end here, the first has the number scan.rows, the headings' row being 0.
    wanted = scan.cuts[-1][1] + scan.most_rows
    for below in range(wanted, scan.rows + len(starts), scan.most_rows):
        scan.cuts.append((int(starts[below - scan.rows]), below))
    scan.rows += len(starts)
    scan.row_start = int(starts[-1])
    if scan.row_start - scan.cuts[-1][0] >= _LARGEST_PART:
        scan.cuts.append((scan.row_start, scan.rows - 1))


def _check_lengths(scan: _Scan, row_start: int, starts: _Places) -> None:
    """Let no row be longer than fits into memory beside others, ended or not.

    Args:
        scan: How far the file has been counted, a piece included.
        row_start: Byte at which the first row of the piece begins, in whatever piece.
        starts: Bytes at which the rows behind those that end in the piece begin.
    """
    lengths = np.diff(starts, prepend=row_start, append=scan.offset)
    too_long = np.flatnonzero(lengths > LARGEST_DISAGGREGATED_ROW_BYTES)
    if len(too_long):
        row = scan.rows - len(starts) + int(too_long[0]) + 1
        raise scan.place.error(
            f"Row {row:,} is longer than {LARGEST_DISAGGREGATED_ROW_BYTES:,} bytes; it may be that "
            "a quotation mark opens a cell there and does not close it.",
            "Close the quotation marks or shorten the row's texts",
            ReturnFault.TOO_LARGE,
        )


def _finish(scan: _Scan) -> None:
    if scan.is_quoted:
        raise scan.place.error(
            f"The file ends inside quotation marks that open in row {scan.rows + 1} or below; it "
            "may be cut short.",
            "Close the quotation marks, or export the file again",
            ReturnFault.CUT_SHORT,
        )
    if scan.offset > scan.row_start:
        scan.rows += 1
    if scan.rows == 0:
        raise scan.place.error(
            "There is nothing in the file.", "Send the figures", ReturnFault.EMPTY
        )
    if not scan.cuts or scan.cuts[-1][0] != scan.offset:
        scan.cuts.append((scan.offset, scan.rows - 1))


class _Text:
    """Says where a file is no text in UTF-8."""

    def __init__(self, place: SourcePlace) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._place = place

    def check(self, body: bytes, ends: _Places, scan: _Scan) -> None:
        """Check a piece that has been counted already."""
        if b"\0" in body:
            raise self._unreadable(body.index(b"\0"), ends, scan, "a NUL character")
        if body.isascii() and not self._decoder.getstate()[0]:
            return
        try:
            self._decoder.decode(body)
        except UnicodeDecodeError as error:
            at = error.start - (len(error.object) - len(body))
            byte = f"0x{error.object[error.start]:02X}"
            raise self._unreadable(at, ends, scan, byte) from error

    def check_end(self, scan: _Scan) -> None:
        """Check that the file does not end within a character."""
        cut = self._decoder.getstate()[0]
        if cut:
            raise self._unreadable(0, np.zeros(0, np.int64), scan, f"0x{cut[0]:02X}")

    def _unreadable(self, at: int, ends: _Places, scan: _Scan, found: str) -> Exception:
        row = scan.rows - len(ends) + int(np.searchsorted(ends, at)) + 1
        return self._place.error(
            f"Row {row} holds {found}, so this is not a text file in UTF-8.",
            _SAVE_AS,
            ReturnFault.ENCODING,
        )
