"""What the reading process is asked of a return, and what it answers: both travel as JSON."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, TypeAdapter

from perf_pipeline.errors import ReturnError
from perf_pipeline.quarters import Quarter
from perf_pipeline.source_entries import Source
from perf_pipeline.sources.limits import MOST_MEMORY_BYTES
from perf_pipeline.sources.rows import ParsedReturn
from perf_pipeline.sources.wording import ReturnPlace

SMALLER = "Send only the rows and sheets of the return"
REPORT = "Save it again or send it as CSV, and report the file to the performance team"


class Task(StrEnum):
    """What is asked of the reading process."""

    READ = "read"
    COUNT = "count"
    NEXT_PAGE = "next_page"


class Question(BaseModel):
    """A return to be read.

    Attributes:
        task: What is wanted.
        entry: The source's entry.
        where: Where the return was, for messages.
        quarter: Key of its quarter; null where only the landed copy is known.
        path: The landed copy.
    """

    task: Task
    entry: Source
    where: str
    quarter: str | None
    path: Path

    @property
    def place(self) -> ReturnPlace:
        """Whose return it is, when and where, for messages."""
        quarter = None if self.quarter is None else Quarter.parse(self.quarter)
        return ReturnPlace(self.entry, self.where, quarter)


@dataclass(frozen=True)
class Answer:
    """What the reading process says of a return: what was asked for, or why it cannot be read.

    Attributes:
        parsed: Its rows.
        counted_count: Rows that are not blank, by the second reader.
        next_page: Where a page of a JSON service says that the next one is.
        refusal: The `ReturnError`'s text.
    """

    parsed: ParsedReturn | None = None
    counted_count: int | None = None
    next_page: str | None = None
    refusal: str | None = None


ANSWERS = TypeAdapter(Answer)
"""Writes answers as JSON, and checks every field when it reads one."""


def too_much_memory(place: ReturnPlace) -> ReturnError:
    """Return the error of a return that does not fit into the memory that reading may take."""
    return place.error(
        f"Reading it takes more than {MOST_MEMORY_BYTES // 1_000_000} MB of memory.", SMALLER
    )
