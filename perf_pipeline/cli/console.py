"""Where the command line writes, and how ratings look there: word, symbol and colour."""

import sys
from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

OK = 0
FAILED = 1
WRONG_CALL = 2
PUBLISHED_WITH_GAPS = 3

_WIDTH_WITHOUT_TERMINAL = 160

RAG_LOOKS = {
    "red": ("■ Red", "bold red"),
    "amber": ("▲ Amber", "bold yellow"),
    "green": ("● Green", "bold green"),
}
"""Word with symbol, and style, of each rating; the symbol tells them apart without colour."""


def _console(*, stderr: bool) -> Console:
    is_terminal = (sys.stderr if stderr else sys.stdout).isatty()
    return Console(stderr=stderr, width=None if is_terminal else _WIDTH_WITHOUT_TERMINAL)


output = _console(stderr=False)
"""Results."""

errors = _console(stderr=True)
"""Progress and complaints, so that results can be piped."""


def complain(sentence: str) -> None:
    """Print a sentence for the person who must act; nothing in it is markup."""
    errors.print(Text(sentence, style="red"), soft_wrap=True)


def rag_text(rag_code: str | None) -> Text:
    """Return a rating as word, symbol and colour; `not rated` where there is none."""
    word, style = RAG_LOOKS.get(rag_code or "", ("– not rated", "dim"))
    return Text(word, style=style)


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
