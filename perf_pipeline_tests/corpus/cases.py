"""What a case of the corpus is: a file that nobody should send, and what must become of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from perf_pipeline.rules import ReturnFault

SOURCE = "adults"
QUERY = "SELECT * FROM kpis"


@dataclass(frozen=True)
class Refused:
    """The file as a whole is refused.

    Attributes:
        code: The refusal's code.
        words: What its message holds.
    """

    code: ReturnFault
    words: Sequence[str] = ()


@dataclass(frozen=True)
class Rows:
    """The file is read, and this is what becomes of its rows as a person counts them.

    Attributes:
        rejected: Reasons of the rejected rows, in the order of rows.
        accepted: Figures of the accepted rows by reference, as a person reads them; none is a row
            without a figure.
        others: Rows that are neither and not blank: titles, headings, notes, repetitions.
        words: What the rejected rows' messages hold between them.
    """

    rejected: Sequence[str] = ()
    accepted: Mapping[str, float | None] = field(default_factory=dict)
    others: int = 1
    words: Sequence[str] = ()

    @property
    def filled_count(self) -> int:
        """Rows that are not blank."""
        return len(self.rejected) + len(self.accepted) + self.others


@dataclass(frozen=True)
class Case:
    """One file.

    Attributes:
        name: What is wrong with it.
        kind: `csv`, `xlsx`, `ods`, `json` or `sql`; `landed` is a query's result as kept.
        make: Makes its bytes; of `sql`, those of a SQLite database.
        expected: What must become of it.
        entry: What its source's entry says beside the usual.
    """

    name: str
    kind: str
    make: Callable[[], bytes]
    expected: Refused | Rows
    entry: Mapping[str, object] = field(default_factory=dict)

    @property
    def is_harmless(self) -> bool:
        """True where the file only looks dangerous, and must be read rightly."""
        return isinstance(self.expected, Rows) and not self.expected.rejected


def refused(
    kind: str, name: str, make: Callable[[], bytes], code: ReturnFault, *words: str
) -> Case:
    """Return the case of a file that is refused as a whole."""
    return Case(name, kind, make, Refused(code, words))
