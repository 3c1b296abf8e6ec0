"""A made-up council folder with KPIs of every rule that a script can work out."""

import csv
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import NamedTuple

SOURCE_CODE = "case_system"
_BY_HAND = "by_hand"
QUARTERS = ("2022-23-Q1", "2022-23-Q2", "2022-23-Q3", "2022-23-Q4", "2023-24-Q1")
"""Quarters that a return has figures of, the last of which is its own."""

FIELDS = (
    "kpi_ref",
    "quarter",
    "area",
    "breakdown_type",
    "breakdown_category",
    "value",
    "numerator",
    "denominator",
    "status",
    "provisional",
    "commentary",
)
"""Headings of a return, named as what they stand for."""

BREAKDOWNS = (
    *product(("sex",), ("female", "male")),
    *product(("age_band",), ("0-17", "18-39", "40-64", "65-79", "80+")),
    *product(("tenure",), ("owned", "rented")),
)
"""Breakdown types and categories beside the KPI's own figure."""

_COUNCIL = """\
name: Illustrative Council
first_quarter: 2022-23-Q1
return_deadline_working_days: 15
default_rule: relative
rules:
  relative: {kind: tolerance_relative, green_pct: 0, amber_pct: 10}
  points: {kind: tolerance_points, green_points: 0.5, amber_points: 5}
  floor: {kind: floor}
  range: {kind: range, amber_points: 2}
  two-colour: {kind: two_colour}
"""
_SOURCES = f"""\
sources:
  - source_code: {_BY_HAND}
    source_name: Returns by hand
    contact_role: Performance Lead
    kind: csv
    location: returns/{{quarter}}/{_BY_HAND}.csv
    percent_scale: percent
    columns: {{kpi_ref: kpi_ref, value: value}}
disaggregated:
  - source_code: {SOURCE_CODE}
    source_name: Case system
    contact_role: Data Manager
    location: returns/{{quarter}}/{SOURCE_CODE}.csv
    percent_scale: percent
    columns:
"""
_ILLUSTRATIVE = ("true", "Illustrative")
_FOREVER = (QUARTERS[0], "")


class MadeKpi(NamedTuple):
    """A KPI of the made-up register.

    Attributes:
        kpi_ref: Its reference.
        unit: `percent`, whose figures come with their parts, or `number`.
        polarity: Which way is better.
        rule: Its rule; empty where it is not rated.
        due_quarters: Quarters of the year in which a figure is due.
        is_year_to_date: True where figures add up from April.
    """

    kpi_ref: str
    unit: str
    polarity: str
    rule: str
    due_quarters: str
    is_year_to_date: bool

    def is_due_in(self, quarter_key: str) -> bool:
        """Tell whether a figure is due in a quarter."""
        return quarter_key[-2:] in self.due_quarters


def made_kpis(count: int) -> list[MadeKpi]:
    """Return as many KPIs: of any twenty that follow each other, some of every kind."""
    return [_made_kpi(number) for number in range(count)]


def _made_kpi(number: int) -> MadeKpi:
    kind = number % 20
    rules = {9: "points", 10: "points", 11: "floor", 12: "floor", 13: "range", 14: "two-colour"}
    polarity = "range" if kind == 13 else ("lower", "higher")[number % 2]  # noqa: PLR2004
    return MadeKpi(
        kpi_ref=f"K{number:04d}",
        unit="number" if kind in {4, 8, 12, 16} else "percent",
        polarity="none" if kind == 19 else polarity,  # noqa: PLR2004
        rule="" if kind == 19 else rules.get(kind, "relative"),  # noqa: PLR2004
        due_quarters="Q1 Q3" if kind == 17 else "Q1 Q2 Q3 Q4",  # noqa: PLR2004
        is_year_to_date=kind == 18,  # noqa: PLR2004
    )


def write_council(folder: Path, kpi_count: int) -> None:
    """Write a council folder that `perf-pipeline check-council` accepts, without returns."""
    register = folder / "register"
    register.mkdir(parents=True, exist_ok=True)
    (folder / "council.yaml").write_text(_COUNCIL, encoding="utf-8")
    fields = "".join(f"      {name}: {name}\n" for name in FIELDS)
    (folder / "sources.yaml").write_text(_SOURCES + fields, encoding="utf-8")
    kpis = made_kpis(kpi_count)
    for name, (heading, rows) in {
        "directorates": (
            "directorate_code directorate_name display_order valid_from valid_to",
            [("services", "Services", 1, *_FOREVER)],
        ),
        "services": (
            "service_code service_name directorate_code display_order valid_from valid_to",
            [("service", "Service", "services", 1, *_FOREVER)],
        ),
        "breakdowns": (
            "breakdown_type_code breakdown_category_code breakdown_category_name display_order",
            [(*pair, pair[1], place) for place, pair in enumerate(BREAKDOWNS, 1)],
        ),
        "kpis": (_KPI_HEADING, [_kpi_row(kpi) for kpi in kpis]),
        "targets": (_TARGET_HEADING, list(_target_rows(kpis))),
        **{name: (heading, []) for name, heading in _EMPTY.items()},
    }.items():
        _write_table(register / f"{name}.csv", heading, rows)


_KPI_HEADING = (
    "kpi_ref kpi_name definition_text service_code priority_code theme_code source_code unit_code "
    "polarity_code basis_code rule_name due_quarters_text arrears_quarter_count is_year_to_date "
    "baseline_quarter_key decimal_places minimum_value maximum_value owner_name is_illustrative "
    "note_text valid_from valid_to"
)
_TARGET_HEADING = (
    "kpi_ref target_value floor_value lower_value upper_value is_illustrative note_text valid_from "
    "valid_to"
)
_EMPTY = {
    "history": "kpi_ref quarter_key outturn_value is_illustrative note_text",
    "in_development": "directorate_code indicator_order indicator_text valid_from valid_to",
    "key_issue_notes": "quarter_key directorate_code issue_order issue_text",
    "receipts": "quarter_key source_code received_date",
    "priorities": "priority_code priority_name display_order valid_from valid_to",
    "themes": "theme_code theme_name display_order valid_from valid_to",
    "benchmarks": (
        "kpi_ref benchmark_type_code benchmark_name benchmark_value is_illustrative note_text "
        "valid_from valid_to"
    ),
}


def _kpi_row(kpi: MadeKpi) -> Sequence[object]:
    return (
        kpi.kpi_ref,
        f"Indicator {kpi.kpi_ref}",
        "Made up for a benchmark.",
        *("service", "", "", _BY_HAND, kpi.unit, kpi.polarity),
        "targeted" if kpi.rule else "data_only",
        kpi.rule if kpi.rule != "relative" else "",
        *(kpi.due_quarters, 0, str(kpi.is_year_to_date).lower(), "", 1, "", "", "Head of Service"),
        *_ILLUSTRATIVE,
        *_FOREVER,
    )


def _target_rows(kpis: Sequence[MadeKpi]) -> Iterator[Sequence[object]]:
    """Give each rated KPI a target for the first two quarters and another from then on."""
    for number, kpi in enumerate(kpis):
        if kpi.rule:
            base = 30 + number % 41
            yield (*_standards(kpi, base), *_ILLUSTRATIVE, QUARTERS[0], QUARTERS[1])
            yield (*_standards(kpi, base + 1.5), *_ILLUSTRATIVE, QUARTERS[2], "")


def _standards(kpi: MadeKpi, target: float) -> Sequence[object]:
    if kpi.rule == "range":
        return kpi.kpi_ref, "", "", target - 5, target + 5
    floor = target + (8 if kpi.polarity == "lower" else -8)
    return kpi.kpi_ref, target, floor if kpi.rule == "floor" else "", "", ""


def _write_table(path: Path, heading: str, rows: Sequence[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(heading.split())
        writer.writerows(rows)
