"""What the reading process is asked of a return, and what it answers: both travel as JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, TypeAdapter

from perf_pipeline.errors import ReturnError
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import ReturnFault
from perf_pipeline.source_entries import Source
from perf_pipeline.sources.limits import MOST_MEMORY_BYTES
from perf_pipeline.sources.rows import ParsedReturn
from perf_pipeline.sources.template_marks import TemplateMark
from perf_pipeline.sources.wording import ReturnPlace

SMALLER = "Send only the rows and sheets of the return"
REPORT = "Save it again or send it as CSV, and report the file to the performance team"


ANNOTATED = "annotated.xlsx"
"""Name of a copy with comments, in the folder that it is asked for."""


class Task(StrEnum):
    """What is asked of the reading process."""

    READ = "read"
    COUNT = "count"
    NEXT_PAGE = "next_page"
    MARK = "mark"
    KIND = "kind"
    ANNOTATE = "annotate"


class Question(BaseModel):
    """A return to be read.

    Attributes:
        task: What is wanted.
        entry: The source's entry; null where none is needed: for mark, kind and comments.
        path: The landed copy.
        where: Where the return was, for messages.
        quarter: Key of its quarter; null where only the landed copy is known.
        is_unsent: True where the service checks its file before it sends it.
        notes: Sheet, cell and text of the comments to put into a copy.
        folder: Where the copy goes.
    """

    task: Task
    entry: Source | None
    path: Path
    where: str = ""
    quarter: str | None = None
    is_unsent: bool = False
    notes: Sequence[tuple[str, str, str]] = ()
    folder: Path = Path()

    def place(self, entry: Source) -> ReturnPlace:
        """Return whose return it is, when and where, for messages."""
        quarter = None if self.quarter is None else Quarter.parse(self.quarter)
        return ReturnPlace(entry, self.where, quarter, is_unsent=self.is_unsent)


@dataclass(frozen=True)
class Refusal:
    """A `ReturnError`: its text, and its code."""

    text: str
    reason_code: ReturnFault


@dataclass(frozen=True)
class Answer:
    """What the reading process says of a return: what was asked for, or why it cannot be read.

    Attributes:
        parsed: Its rows.
        counted_count: Rows that are not blank, by the second reader.
        next_page: Where a page of a JSON service says that the next one is.
        mark: What it says of itself, where it was made from a template.
        is_xlsx: True of an Excel workbook (.xlsx), whatever it is called.
        is_annotated: True where the copy with comments is written.
        refusal: Why it cannot be read.
    """

    parsed: ParsedReturn | None = None
    counted_count: int | None = None
    next_page: str | None = None
    mark: TemplateMark | None = None
    is_xlsx: bool = False
    is_annotated: bool = False
    refusal: Refusal | None = None


ANSWERS = TypeAdapter(Answer)
"""Writes answers as JSON, and checks every field when it reads one."""


def too_much_memory(place: ReturnPlace) -> ReturnError:
    """Return the error of a return that does not fit into the memory that reading may take."""
    return place.error(
        f"Reading it takes more than {MOST_MEMORY_BYTES // 1_000_000} MB of memory.",
        SMALLER,
        ReturnFault.TOO_MUCH_MEMORY,
    )
