"""Disaggregated rows are judged as the plain path judges one figure, whatever they look like."""

import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perf_pipeline.disaggregated.judging import JudgedShard, Judging, judge_shard
from perf_pipeline.disaggregated.series import SERIES
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import Comparison
from perf_pipeline.schemas import disaggregated
from perf_pipeline_tests.unit import judging_oracle

FrameBuilder = Callable[..., pd.DataFrame]
Row = dict[str, Any]

FIRST = Quarter(2021, 1)
QUARTERS = [FIRST.shift(number) for number in range(9)]
AREAS, CATEGORIES = ["all", "north", "south"], [("all", "all"), ("age", "under_18")]
FILES = {"a" * 64: "one.csv", "b" * 64: "two.csv"}
WITHOUT_FIGURE = [
    "blank",
    "no_figure",
    "not_available",
    "awaiting",
    "suppressed",
    "not_applicable",
    "not_calculable",
    "not_due",
]
KIND_POLARITIES = {
    "tolerance_relative": ["higher", "lower", "range"],
    "tolerance_points": ["higher", "lower", "range"],
    "floor": ["higher", "lower"],
    "range": ["range"],
    "improvement": ["higher", "lower", "range"],
    "two_colour": ["higher", "lower", "range"],
    "judgement": ["higher", "lower", "range", "none"],
}
ROW = {
    "outturn_status_code": "given",
    "outturn_value": 85.0,
    "numerator_value": None,
    "denominator_value": None,
    "is_provisional": False,
    "commentary_text": None,
    "source_code": "adults",
    "file_sha256": "a" * 64,
    "row_number": 2,
}
TEXTS = [*SERIES, "quarter_key", "outturn_status_code", "source_code", "file_sha256"]
TEXTS = [*TEXTS, "commentary_text"]
CARRIED = [
    name
    for name in disaggregated.DisaggregatedOutturns.to_schema().columns
    if name not in judging_oracle.JUDGED
]


@pytest.fixture(scope="session")
def build(request: pytest.FixtureRequest) -> dict[str, FrameBuilder]:
    """Return the builders that the plain path needs."""
    names = ("kpis", "accepted", "comparators", "breaks", "overrides")
    return {name: request.getfixturevalue(f"build_{name}") for name in names}


def _accepted(*rows: Row) -> pa.Table:
    """Make a table as checking leaves it: texts dictionary-coded."""
    types = {
        "row_number": pa.int64(),
        "is_provisional": pa.bool_(),
        **dict.fromkeys(TEXTS, pa.dictionary(pa.int32(), pa.string())),
    }
    schema = pa.schema([(name, types.get(name, pa.float64())) for name in CARRIED])
    columns = [pa.array([row[field.name] for row in rows], _plain(field.type)) for field in schema]
    return pa.table(columns, names=schema.names).cast(schema)


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _row(**changes: Any) -> Row:
    place = dict.fromkeys(SERIES, "all") | {"kpi_ref": "ADS-01", "quarter_key": FIRST.key}
    return place | ROW | changes


def _kpis(chance: random.Random, number: int) -> list[Row]:
    """Draw one KPI's rows of the register; in some quarters it is not in force."""
    kind = chance.choice(list(KIND_POLARITIES))
    is_improvement = kind == "improvement"
    comparators = ["previous_quarter", "last_year", "baseline", "trend"]
    kpi = {
        "kpi_ref": f"K{number}",
        "rule_kind_code": kind,
        "polarity_code": chance.choice(KIND_POLARITIES[kind]),
        "tolerance_unit_code": chance.choice(["percent", "points"]),
        "unit_code": chance.choice(["percent", "number"]),
        "is_year_to_date": chance.random() < 0.2,
        "baseline_quarter_key": chance.choice([None, *QUARTERS]),
        "improvement_comparator_code": chance.choice(comparators) if is_improvement else None,
        "is_held_enough": is_improvement and chance.random() < 0.5,
        "amber_tolerance_value": None if is_improvement else chance.choice([1.0, 2.5, 10.0]),
    }
    if kpi["baseline_quarter_key"]:
        kpi["baseline_quarter_key"] = kpi["baseline_quarter_key"].key
    return [
        kpi | _standing(chance, quarter, kpi["polarity_code"])
        for quarter in QUARTERS
        if chance.random() < 0.85
    ]


def _standing(chance: random.Random, quarter: Quarter, polarity: str) -> Row:
    targets = [10.0, 10.2, 0.3, 0.0, -10.0, None]
    bases = ["targeted"] * 6 + ["data_only", "in_development", "new_measure"]
    return {
        "quarter_key": quarter.key,
        "basis_code": "data_only" if polarity == "none" else chance.choice(bases),
        "is_due": chance.random() < 0.8,
        "previous_due_quarter_key": quarter.shift(-chance.choice([1, 1, 1, 2, 4])).key,
        "target_value": chance.choice(targets),
        "floor_value": chance.choice([9.0, 0.1, None]),
        "lower_value": chance.choice([9.9, 0.1, None]),
        "upper_value": chance.choice([10.1, 11.0, None]),
    }


def _rows(chance: random.Random, refs: list[str]) -> list[Row]:
    """Draw rows with gaps, ties, rows without a figure and rows that come twice."""
    rows = [
        _row(**dict(zip(SERIES, (ref, area, *category), strict=True)), quarter_key=quarter.key)
        | _content(chance)
        for ref in refs
        for area in AREAS
        for category in CATEGORIES
        for quarter in QUARTERS
        if chance.random() < 0.7
    ]
    for row in chance.sample(rows, k=min(len(rows), 12)):
        again = row | (_content(chance) if chance.random() < 0.5 else {})
        rows.extend([again] * chance.choice([1, 1, 2]))
    chance.shuffle(rows)
    return [
        row | {"row_number": number, "file_sha256": chance.choice(list(FILES))}
        for number, row in enumerate(rows)
    ]


def _content(chance: random.Random) -> Row:
    if chance.random() < 0.15:
        return {"outturn_status_code": chance.choice(WITHOUT_FIGURE), "outturn_value": None}
    near = [9.0, 9.9, 10.0, 10.1, 10.2, 0.1, 0.2, 0.3, 0.30000000000000004, 0.0, -0.0, -11.0]
    return {
        "outturn_status_code": chance.choice(["given", "calculated"]),
        "outturn_value": chance.choice(near),
        "numerator_value": chance.choice([None, 1.0]),
        "commentary_text": chance.choice([None, "On track."]),
    }


def _breaks(chance: random.Random, refs: list[str]) -> list[Row]:
    pairs = [(ref, quarter.key) for ref in refs for quarter in QUARTERS]
    return [
        {"kpi_ref": ref, "quarter_key": key}
        for ref, key in chance.sample(pairs, k=chance.randint(0, 8))
    ]


def _found(shard: JudgedShard) -> dict[tuple[str, ...], tuple[Any, ...]]:
    keys, found = [*SERIES, "quarter_key"], judging_oracle.JUDGED
    return {
        tuple(row[name] for name in keys): tuple(row[name] for name in found)
        for row in shard.outturns.to_pylist()
    }


@settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 2**32),
    bands=st.sampled_from([("0", "0"), ("0.1", "1"), ("0.2", "50"), ("1", "0")]),
)
def test_rows_are_judged_as_by_the_plain_path(
    build: dict[str, FrameBuilder], seed: int, bands: tuple[str, str]
) -> None:
    """Ratings, reasons, earlier figures, directions, refusals and counts are those of the oracle."""
    chance = random.Random(seed)  # noqa: S311 - cases, not secrets
    refs = [f"K{number}" for number in range(8)]
    kpis = build["kpis"](*[row for number in range(8) for row in _kpis(chance, number)])
    breaks = build["breaks"](*_breaks(chance, refs))
    comparison = Comparison(None, "baseline", *map(Decimal, bands))
    rows = _rows(chance, [*refs, "unknown"])

    kept, refused = judging_oracle.settled(rows)
    expected = judging_oracle.Oracle(kpis, breaks, comparison, build).judged(kept)
    shard = judge_shard(_accepted(*rows), Judging.of(kpis, breaks, comparison), FILES)

    assert _found(shard) == expected
    assert {
        (row["file_sha256"], row["row_number"]): row["outcome_reason_code"]
        for row in shard.duplicates.to_pylist()
    } == refused
    summary = shard.summary.to_numpy(dtype=object).tolist()
    assert {(quarter, ref): counts for quarter, ref, *counts in summary} == (
        judging_oracle.counted(expected)
    )
