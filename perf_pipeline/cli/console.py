"""Where the command line writes, and how ratings look there: word, symbol and colour."""

import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from perf_pipeline.rules import DEFAULT_SCHEME, NOT_RATED, RagLook

if TYPE_CHECKING:
    import pandas as pd

OK = 0
FAILED = 1
WRONG_CALL = 2
PUBLISHED_WITH_GAPS = 3

_WIDTH_WITHOUT_TERMINAL = 160


def new_console(*, stderr: bool) -> Console:
    """Return what writes to this process's stdout or stderr, wide where that is no terminal."""
    is_terminal = (sys.stderr if stderr else sys.stdout).isatty()
    return Console(stderr=stderr, width=None if is_terminal else _WIDTH_WITHOUT_TERMINAL)


output = new_console(stderr=False)
"""Results."""

errors = new_console(stderr=True)
"""Progress and complaints, so that results can be piped."""


def complain(sentence: str) -> None:
    """Print a sentence for the person who must act; nothing in it is markup."""
    errors.print(Text(sentence, style="red"), soft_wrap=True)


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """Return a number with its noun, which is in the plural unless it is 1."""
    return f"{count} {noun if count == 1 else plural or f'{noun}s'}"


def looks_of(rag_scheme: "pd.DataFrame") -> dict[str, RagLook]:
    """Return how a publication's ratings look, in its order.

    Args:
        rag_scheme: The publication's `RagScheme`; one of before there was any has no rows.
    """
    if rag_scheme.empty:
        return dict(DEFAULT_SCHEME)
    rows = rag_scheme.sort_values("display_order").itertuples(index=False)
    return {
        str(row.rag_code): RagLook(
            str(row.rag_code),
            str(row.rag_label),
            str(row.colour_code),
            str(row.symbol_text),
            int(str(row.display_order)),
        )
        for row in rows
    }


def rag_text(rag_code: str | None, looks: Mapping[str, RagLook]) -> Text:
    """Return a rating as symbol, word and colour; the symbol tells them apart without colour."""
    look = looks[rag_code or NOT_RATED]
    return Text(f"{look.symbol} {look.label}", style=f"bold {look.colour_code}")


def plain_table(
    title: str, headings: Iterable[str | Text], rows: Iterable[Iterable[object]]
) -> Table:
    """Return a table whose cells are shown as they are: no markup, no links."""
    table = Table(title=title, title_justify="left", title_style="bold")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else Text(_shown(cell)) for cell in row))
    return table


def _shown(cell: object) -> str:
    return "" if cell is None or cell != cell else str(cell)  # noqa: PLR0124 - NaN differs from itself
