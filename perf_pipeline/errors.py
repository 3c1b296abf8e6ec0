"""The error tree: every failure that a person can act on, with what was found and what to do.

::

PerfPipelineError
├── QuarterError           a text that is no quarter
├── RequestError           what was asked for is not there
├── CouncilError           mistakes in the council folder, all of them at once
├── CouncilChangedError    the register changed between a run's steps
├── QuarterLockedError     another run works on the quarter
├── ReturnError            one source's return cannot be read
└── PublicationError       the reporting tables could not be changed
    ├── SupersededError    another run has published this quarter since this one began
    └── SchemaVersionError the database is newer than this code, or was never set up
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


class PerfPipelineError(Exception):
    """Any failure that this pipeline raises itself; its text is for the person who must act.

    Attributes:
        is_transient: True where a network or a database failed in a way that may pass by itself,
            so that the same is worth another try; never true of what was sent.
        asks_for_whole_run: True of a kind of error after which a rerun from failure fails again,
            since an earlier step's result is out of date.
    """

    asks_for_whole_run: ClassVar[bool] = False

    def __init__(self, *args: object, is_transient: bool = False) -> None:
        super().__init__(*args)
        self.is_transient = is_transient


class QuarterError(PerfPipelineError, ValueError):
    """A text that names no financial quarter."""


class RequestError(PerfPipelineError):
    """What was asked for is not there: a table, a KPI, a publication, a run to go on from."""


@dataclass(frozen=True, order=True)
class Mistake:
    """One mistake in the council folder: where it stands, what it is, what to write instead.

    `line` counts from 1 as an editor does; 0 means the file as a whole.
    """

    file: str
    line: int
    found: str
    remedy: str

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}" if self.line else self.file
        return f"{place}: {self.found} {self.remedy}"


class CouncilError(PerfPipelineError):
    """The council folder has mistakes; `mistakes` holds every one, in file and line order."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(sorted(mistakes))
        count = len(self.mistakes)
        head = f"The council folder has {count} mistake{'s' if count != 1 else ''}:"
        super().__init__("\n".join([head, *(f"  {mistake}" for mistake in self.mistakes)]))


class CouncilChangedError(PerfPipelineError):
    """The register is no longer the one that a run's earlier steps have read."""

    asks_for_whole_run = True


class QuarterLockedError(PerfPipelineError):
    """Another run works on the quarter, in the same home folder."""


class ReturnError(PerfPipelineError):
    """One source's return cannot be read.

    The text reads: whose return for which quarter, where, what was found, what to do next.

    Attributes:
        reason_code: What is wrong, a `rules.ReturnFault`.
    """

    def __init__(
        self, text: str, *, reason_code: str = "unreadable", is_transient: bool = False
    ) -> None:
        super().__init__(text, is_transient=is_transient)
        self.reason_code = reason_code


class PublicationError(PerfPipelineError):
    """The reporting tables could not be changed; what readers see is as it was before."""


class SupersededError(PublicationError):
    """Another run has published this quarter since this run began."""

    asks_for_whole_run = True


class SchemaVersionError(PublicationError):
    """The database's schema is not the one this code writes."""
