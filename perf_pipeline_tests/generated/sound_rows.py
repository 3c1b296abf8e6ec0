"""Rows that must be accepted: what each is for, its figure or status, and what stands beside it."""

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import NamedTuple

from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import HEADLINE, UNITS
from perf_pipeline.source_entries import ReturnField
from perf_pipeline_tests.generated.figures import (
    STATUSES,
    draw_value,
    padded,
    write_figure,
    write_status,
)
from perf_pipeline_tests.generated.model import QUARTER, Cell, Kpi, Pen, Row, Truth
from perf_pipeline_tests.generated.register import BREAKDOWN

CURRENT = QUARTER.key
_WORDS = (
    "Demand rose in June.", "No change.", "Staff left; two posts are filled.", 'See "note 2".',
    "Two lines:\nthe second.", "A café's licence, £5 each.", "=1+1", "Caf\u00e9 | closed", "N/A",
    "It was 71.2% (5 of 7).", "\u2022 first point", "1,234", "TBC",
)  # fmt: skip
_NUMBER = Kpi("", "number", minimum=None)
Cells = dict[ReturnField | None, Cell]


class Key(NamedTuple):
    """What a row is for; no two rows of a return have the same but where one repeats another."""

    kpi: Kpi
    quarter: str
    breakdown: tuple[str, str]

    @property
    def is_headline(self) -> bool:
        """True where the row is the KPI's own current figure."""
        return self.quarter == CURRENT and self.breakdown == (HEADLINE, HEADLINE)


def draw_keys(pen: Pen, count: int) -> list[Key]:
    """Draw what the rows of a return are for."""
    kind, categories = BREAKDOWN
    whole = (HEADLINE, HEADLINE)
    keys = [Key(kpi, CURRENT, whole) for kpi in pen.kpis]
    keys += [Key(kpi, CURRENT, (kind, each)) for kpi in pen.kpis for each in categories]
    keys += [Key(kpi, QUARTER.shift(-back).key, whole) for kpi in pen.kpis for back in (1, 4)]
    return pen.rng.sample(keys, count)


def sound_row(pen: Pen, key: Key) -> Row:
    """Make a row that must be accepted with exactly what was meant."""
    cells, truth = pen.rng.choices((given, _status, _ratio), weights=(6, 2, 2))[0](pen, key)
    cells |= place(pen, key)
    if pen.rng.random() < 0.4:
        cells[ReturnField.COMMENTARY] = _words(pen)
    if key.is_headline:
        beside = {
            name: draw_value(pen, key.kpi)
            for name in (ReturnField.PREVIOUS_VALUE, ReturnField.FORECAST)
            if pen.rng.random() < 0.3
        }
        cells |= {name: write_figure(pen, key.kpi, value) for name, value in beside.items()}
        truth = replace(
            truth,
            previous=beside.get(ReturnField.PREVIOUS_VALUE),
            forecast=beside.get(ReturnField.FORECAST),
        )
    return Row(cells, truth=_maybe_provisional(pen, cells, truth), is_hidden=_hidden(pen))


def _hidden(pen: Pen) -> bool:
    return pen.is_workbook and pen.rng.random() < 0.05


def _truth(key: Key, status: str, **figures: Decimal | Fraction | None) -> Truth:
    return Truth(key.kpi.ref, key.quarter, key.breakdown, status, **figures)


def given(pen: Pen, key: Key) -> tuple[Cells, Truth]:
    """Write a figure that is given as such."""
    value = draw_value(pen, key.kpi)
    cells: Cells = {ReturnField.VALUE: write_figure(pen, key.kpi, value)}
    return cells, _truth(key, "given", value=value)


def _status(pen: Pen, key: Key) -> tuple[Cells, Truth]:
    status = pen.rng.choice(list(STATUSES))
    return {ReturnField.VALUE: write_status(pen, status)}, _truth(key, status)


def _ratio(pen: Pen, key: Key) -> tuple[Cells, Truth]:
    """Write numerator and denominator, with or without the figure that they make."""
    if key.kpi.unit not in {"percent", "per_1000"}:
        return given(pen, key)
    bottom = Decimal(pen.rng.randint(0, 20) * pen.rng.choice((1, 1, 37, 1009)))
    top = Decimal(pen.rng.randint(0, int(bottom)))
    cells: Cells = {
        ReturnField.NUMERATOR: count_cell(pen, top),
        ReturnField.DENOMINATOR: count_cell(pen, bottom),
    }
    parts = {"numerator": top, "denominator": bottom}
    if not bottom:
        return cells, _truth(key, "not_calculable", **parts)
    exact = Fraction(top) * int(UNITS[key.kpi.unit].multiplier) / Fraction(bottom)
    if pen.rng.random() < 0.5:
        return cells, _truth(key, "calculated", value=exact, **parts)
    cells[ReturnField.VALUE] = write_figure(pen, key.kpi, rounded(pen, exact), is_to_its_place=True)
    return cells, _truth(key, "given", value=exact, **parts)


def rounded(pen: Pen, exact: Fraction) -> Decimal:
    """Round as the Round function of spreadsheets does, half up."""
    places = Decimal(1).scaleb(-pen.rng.choice((0, 1, 1, 2)))
    quotient = Decimal(exact.numerator) / Decimal(exact.denominator)
    return quotient.quantize(places, rounding=ROUND_HALF_UP)


def count_cell(pen: Pen, count: Decimal) -> Cell:
    """Write a numerator or a denominator."""
    return write_figure(pen, _NUMBER, count)


def _words(pen: Pen) -> Cell:
    words = pen.rng.choice(_WORDS)
    return Cell(words if pen.can_write(words) else "No change.")


def place(pen: Pen, key: Key) -> Cells:
    """Write which KPI, quarter and breakdown a row is for."""
    ref = pen.rng.choice((key.kpi.ref, key.kpi.ref, key.kpi.ref.lower()))
    cells: Cells = {ReturnField.KPI_REF: padded(pen, Cell(ref))}
    named = quarter_named(key)
    if key.quarter != CURRENT or pen.rng.random() < 0.3:
        cells[ReturnField.QUARTER] = Cell(pen.rng.choice(_quarter_texts(named)))
    kind, category = key.breakdown
    if kind != HEADLINE:
        category = pen.rng.choice((category, BREAKDOWN[1][category], category.upper()))
        cells[ReturnField.BREAKDOWN_TYPE] = padded(pen, Cell(kind))
        cells[ReturnField.BREAKDOWN_CATEGORY] = Cell(category)
    return cells


def _quarter_texts(quarter: Quarter) -> tuple[str, ...]:
    """Return the ways in which people write a quarter."""
    first, last = quarter.start_date, quarter.end_date
    year = f"{quarter.year}/{(quarter.year + 1) % 100:02d}"
    return (
        quarter.key,
        quarter.label,
        f"{year} Q{quarter.number}",
        f"Q{quarter.number} {year[2:]}",
        f"Qtr {quarter.number} {year[2:].replace('/', '-')}",
        f"{first:%B} to {last:%B} {last.year}",
        f"{last:%B} {last.year}",
        last.isoformat(),
        f"{last:%d/%m/%Y}",
    )


def quarter_named(key: Key) -> Quarter:
    """Return the quarter that a row names: that which its figure is about."""
    return Quarter.parse(key.quarter).shift(-key.kpi.lag)


def _maybe_provisional(pen: Pen, cells: Cells, truth: Truth) -> Truth:
    if pen.rng.random() < 0.85:
        return truth
    value = cells.get(ReturnField.VALUE)
    if value is not None and value.number is None and value.text.strip() and pen.rng.random() < 0.5:
        if truth.status != "given":
            return truth
        cells[ReturnField.VALUE] = value._replace(text=value.text.rstrip() + " [p]")
        return replace(truth, is_provisional=True)
    word = pen.rng.choice(("yes", "Y", "provisional", "no", "final"))
    cells[ReturnField.PROVISIONAL] = Cell(word)
    return replace(truth, is_provisional=word in {"yes", "Y", "provisional"})
