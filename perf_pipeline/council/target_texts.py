"""Targets as the council words them, read into the figures that rules judge by."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from perf_pipeline.council.periods import period_of
from perf_pipeline.council.register import RegisterTable, Row, with_cells
from perf_pipeline.council.wording import Fault, quoted
from perf_pipeline.errors import Mistake
from perf_pipeline.rules import UNITS, Polarity, TargetReading, read_target_text


def with_texts_read(targets: RegisterTable, kpis: RegisterTable) -> RegisterTable:
    """Read each target's text into its row's empty cells.

    Args:
        targets: The targets.
        kpis: Their KPIs, by whose unit and polarity the texts are read.

    Returns:
        The targets; a text that cannot be read, or says otherwise than its row's figures, is one
        of their mistakes.
    """
    cells: dict[int, Mapping[str, str]] = {}
    mistakes: list[Mistake] = []
    for place, target in enumerate(targets.rows):
        if not target["target_text"] or not target.is_sound("target_text", "kpi_ref"):
            continue
        readings = [_read(target, kpi) for kpi in _kpis_of(target, kpis)]
        faults = list(dict.fromkeys(each for each in readings if isinstance(each, Fault)))
        figures = [each for each in readings if not isinstance(each, Fault)]
        if not faults and figures:
            filled = {column: text for column, text in figures[0].items() if not target[column]}
            faults = list(_disagreements(target, figures[0]))
            cells[place] = {} if faults else filled
        mistakes += [fault.at(targets.file, target.line) for fault in faults]
    return with_cells(targets, cells, mistakes)


def _kpis_of(target: Row, kpis: RegisterTable) -> list[Row]:
    """Return the rows of a target's KPI that hold in some quarter of the target."""
    return [
        kpi
        for kpi in kpis.rows
        if kpi["kpi_ref"] == target["kpi_ref"] and _are_together(target, kpi)
    ]


def _are_together(target: Row, kpi: Row) -> bool:
    about, reported = period_of(target), period_of(kpi)
    if not kpi.is_sound("unit_code", "polarity_code", "arrears_quarter_count"):
        return False
    if about is None or reported is None:
        return False
    return about.shift(int(kpi["arrears_quarter_count"])).shared(reported) is not None


def _read(target: Row, kpi: Row) -> "dict[str, str] | Fault":
    unit, polarity = UNITS[kpi["unit_code"]], Polarity(kpi["polarity_code"])
    said = read_target_text(target["target_text"], unit, polarity)
    if isinstance(said, TargetReading):
        named = {
            "target_value": said.value,
            "lower_value": said.lower,
            "upper_value": said.upper,
        }
        return {column: f"{value:f}" for column, value in named.items() if value is not None}
    text = f"The target {quoted(target['target_text'])} of KPI {quoted(target['kpi_ref'])}"
    return Fault(f"{text} is not read. {said.found}", said.remedy)


def _disagreements(target: Row, figures: Mapping[str, str]) -> Iterator[Fault]:
    for column, said in figures.items():
        if target[column] and target.is_sound(column) and Decimal(target[column]) != Decimal(said):
            yield Fault(
                f"The target {quoted(target['target_text'])} says {said}, and `{column}` is "
                f"{target[column]}.",
                "Correct the one or the other, or leave one of them empty.",
            )
