"""Blocks of one KPI each: a title line with its reference, a heading row, and the KPI's rows."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from string import Formatter
from typing import NamedTuple

from perf_pipeline.errors import ReturnError
from perf_pipeline.rules import ReturnFault, RowKind
from perf_pipeline.source_entries import ReturnField
from perf_pipeline.sources.grid_rows import label_row, parse_rows
from perf_pipeline.sources.headings import Grid, GridRow, heading_reach
from perf_pipeline.sources.promises import Contract
from perf_pipeline.sources.rows import ParsedRow
from perf_pipeline.sources.wording import ReturnPlace, quoted

_HELD: Mapping[str, str] = {"kpi_ref": r"(?P<kpi_ref>\S+)", "kpi_name": r"(?P<kpi_name>.+)"}
"""What stands for a placeholder of a title: a reference has no white space in it."""

_MOST_TITLE_CELLS = 2
"""Cells that a title may fill: `North`, `-`, `Closed` is no `{kpi_ref} - {kpi_name}`."""

_SHORTEST_SHAPE = 3
"""Shorter references look like words such as `Q1`."""


class _Block(NamedTuple):
    """The rows from one title line up to the next, and what the title says of them."""

    rows: Sequence[GridRow]
    given: Mapping[ReturnField, str]


def parse_blocks(
    grid: Grid, title: str, contract: Contract, place: ReturnPlace
) -> Iterator[ParsedRow]:
    """Read a grid in which each KPI has a block of its own.

    Args:
        grid: The grid.
        title: How the title line is written, as the source's entry has it.
        contract: Headings that every block promises.
        place: Whose, when and where, for errors.

    Raises:
        ReturnError: There is no title line, a block has no heading row, or there are headings
            above which no title line stands, or a row that is nearly a title: whose figures are
            below them is not guessed.
    """
    pattern = _pattern(title)
    starts = [index for index, row in enumerate(grid.rows) if _said(row, pattern)]
    if not starts:
        raise place.error(
            f"No row of {grid.place_name} reads like the title {quoted(title)} of a KPI's block.",
            "Write the title lines so again, or change `blocks` in sources.yaml",
            ReturnFault.TITLE_MISSING,
        )
    lead = grid.rows[: starts[0]]
    _check_no_headings(lead, contract, title, place)
    for row in lead:
        is_blank = not any(cell.text for cell in row.cells)
        yield label_row(row, RowKind.BLANK if is_blank else RowKind.TITLE)
    ends = [*starts[1:], len(grid.rows)]
    said = [_said(grid.rows[first], pattern) for first in starts]
    shapes = _shapes([given[ReturnField.KPI_REF] for given in said])
    for first, end, given in zip(starts, ends, said, strict=True):
        block = _Block(grid.rows[first:end], given)
        texts = {row.number: _text(row) for row in block.rows}
        for parsed in _parsed(block, grid, title, contract, place):
            text = texts[parsed.number]
            if _may_be_a_title(parsed, text, title, shapes):
                raise _nearly_a_title(parsed.number, text, title, place)
            yield parsed


def _pattern(title: str) -> re.Pattern[str]:
    """Turn a title into a pattern, in which any white space and case will do."""
    pieces = []
    for literal, name, _, _ in Formatter().parse(" ".join(title.split())):
        pieces += [re.escape(literal).replace(r"\ ", r"\s+"), _HELD[name] if name else ""]
    return re.compile("".join(pieces), re.IGNORECASE)


def _said(row: GridRow, pattern: re.Pattern[str]) -> dict[ReturnField, str]:
    """Return what a title line says of its block; nothing where the row is none."""
    if sum(bool(cell.text) for cell in row.cells) > _MOST_TITLE_CELLS:
        return {}
    match = pattern.fullmatch(_text(row))
    return {ReturnField(name): said for name, said in match.groupdict().items()} if match else {}


def _text(row: GridRow) -> str:
    return " ".join(" ".join(cell.text for cell in row.cells if cell.text).split())


def _parsed(
    block: _Block, grid: Grid, title: str, contract: Contract, place: ReturnPlace
) -> Iterator[ParsedRow]:
    name = f"the block of {quoted(block.given[ReturnField.KPI_REF])} in {grid.place_name}"
    reach = heading_reach(block.rows, contract)
    if reach is not None:
        _check_no_headings(block.rows[reach[1] + 1 :], contract, title, place)
    yield from parse_rows(block.rows, contract, replace(grid, place_name=name), place, block.given)


def _may_be_a_title(row: ParsedRow, text: str, title: str, shapes: set[str]) -> bool:
    """Tell a row that was perhaps meant as the title of the rows below it.

    It gives no figure and begins like a title or holds what looks like a reference; or what looks
    like one stands where a figure should.
    """
    if row.kind is RowKind.DATA and row.columns:
        return bool(_shapes([row.texts.get(ReturnField.VALUE, "")]) & shapes)
    if row.kind not in {RowKind.NOTE, RowKind.DATA}:
        return False
    lead, words = _words(next(iter(Formatter().parse(title)))[0]), _words(text)
    return bool(lead and words[: len(lead)] == lead) or bool(_shapes(words) & shapes)


def _nearly_a_title(number: int, text: str, title: str, place: ReturnPlace) -> ReturnError:
    return place.error(
        f"Row {number} reads nearly like the title {quoted(title)} of a KPI's block: "
        f"{quoted(text)}. Whose figures are below it is not guessed.",
        "Write the title like the others, or take the row out if it is a note",
        ReturnFault.TITLE_MISSING,
    )


def _words(text: str) -> list[str]:
    return re.findall(r"\w(?:\S*\w)?", text.casefold())


def _shapes(words: Sequence[str]) -> set[str]:
    return {_shape(word.strip(".:;,()")) for word in words} - {""}


def _shape(reference: str) -> str:
    """Return a reference in which A is any letter, 9 any digit; none where it lacks either."""
    shape = re.sub(r"[^\W\d_]", "A", re.sub(r"\d", "9", reference))
    is_telling = len(shape) >= _SHORTEST_SHAPE and {"A", "9"} <= set(shape)
    return shape if is_telling else ""


def _check_no_headings(
    rows: Sequence[GridRow], contract: Contract, title: str, place: ReturnPlace
) -> None:
    reach = heading_reach(rows, contract)
    if reach is not None:
        raise place.error(
            f"Row {rows[reach[0]].number} has the headings of a block, and no title like "
            f"{quoted(title)} stands above it.",
            "Write the KPI's title above its headings",
            ReturnFault.TITLE_MISSING,
        )
