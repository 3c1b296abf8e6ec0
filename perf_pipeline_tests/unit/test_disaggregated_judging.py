"""Disaggregated rows are judged as the plain path judges one figure, whatever they look like."""

import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perf_pipeline.disaggregated.judging import JudgedShard, Judging, judge_shard
from perf_pipeline.disaggregated.series import SERIES, series_hash
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import Comparison
from perf_pipeline.schemas import conform, disaggregated
from perf_pipeline_tests.unit import judging_oracle
from perf_pipeline_tests.unit.judging_rows import COLUMNS, FILES, accepted_row, accepted_table

FrameBuilder = Callable[..., pd.DataFrame]
Row = dict[str, Any]

FIRST = Quarter(2021, 1)
QUARTERS = [FIRST.shift(number) for number in range(7)]
AREAS, CATEGORIES = ["all", "north", "south"], [("all", "all"), ("age", "under_18")]
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


@pytest.fixture(scope="session")
def build(request: pytest.FixtureRequest) -> dict[str, FrameBuilder]:
    """Return the builders that the plain path needs."""
    names = ("kpis", "accepted", "comparators", "breaks", "overrides")
    return {name: request.getfixturevalue(f"build_{name}") for name in names}


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
    targets = [10.0, 10.2, 0.3, 0.0, -10.0, 9.9, 10.1, None]
    bases = ["targeted"] * 15 + ["data_only", "in_development", "new_measure"]
    return {
        "quarter_key": quarter.key,
        "basis_code": "data_only" if polarity == "none" else chance.choice(bases),
        "is_due": chance.random() < 0.8,
        "previous_due_quarter_key": quarter.shift(-chance.choice([1, 1, 1, 2, 4])).key,
        "target_value": chance.choice(targets),
        "floor_value": chance.choice([9.0, 0.1, 9.5, None]),
        "lower_value": chance.choice([9.9, 0.1, 9.5, None]),
        "upper_value": chance.choice([10.1, 11.0, 10.0, None]),
    }


def _rows(chance: random.Random, refs: list[str]) -> list[Row]:
    """Draw rows with gaps, ties, rows without a figure and rows that come twice."""
    rows = [
        accepted_row(
            **dict(zip(SERIES, (ref, area, *category), strict=True)), quarter_key=quarter.key
        )
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


@settings(deadline=None, max_examples=4, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 2**32),
    bands=st.sampled_from([("0", "0"), ("0.1", "1"), ("0.2", "50"), ("1", "0")]),
)
def test_rows_are_judged_as_by_the_plain_path(
    build: dict[str, FrameBuilder], seed: int, bands: tuple[str, str]
) -> None:
    """Ratings, reasons, figures before, directions, refusals and counts are the oracle's."""
    chance = random.Random(seed)  # noqa: S311 - cases, not secrets
    refs = [f"K{number}" for number in range(14)]
    kpis = build["kpis"](*[row for number in range(14) for row in _kpis(chance, number)])
    breaks = build["breaks"](*_breaks(chance, refs))
    comparison = Comparison(None, "baseline", *map(Decimal, bands))
    rows = _rows(chance, [*refs, "unknown"])

    kept, refused = judging_oracle.settled(rows)
    expected = judging_oracle.Oracle(kpis, breaks, comparison, build).judged(kept)
    shard = judge_shard(accepted_table(*rows), Judging.of(kpis, breaks, comparison), FILES)

    assert _found(shard) == expected
    assert {
        (row["file_sha256"], row["row_number"]): row["outcome_reason_code"]
        for row in shard.duplicates.to_pylist()
    } == refused
    summary = shard.summary.to_numpy(dtype=object).tolist()
    assert {(quarter, ref): counts for quarter, ref, *counts in summary} == (
        judging_oracle.counted(expected)
    )


ADS = {"kpi_ref": "ADS-01", "quarter_key": "2021-22-Q1"}


def _judged(judging: Judging, *rows: Row) -> list[Row]:
    table = accepted_table(*[accepted_row(**row) for row in rows])
    return judge_shard(table, judging, FILES).outturns.to_pylist()


@pytest.fixture(scope="module")
def judging(build_kpis: FrameBuilder, build_breaks: FrameBuilder) -> Judging:
    """What ADS-01, a percentage, is judged by: 80 in its first quarter, 90 in the next."""
    second = {"quarter_key": "2021-22-Q2", "previous_due_quarter_key": "2021-22-Q1"}
    return Judging.of(
        build_kpis(ADS, ADS | second | {"target_value": 90.0}), build_breaks(), Comparison()
    )


def test_each_row_is_judged_by_its_own_quarter(judging: Judging) -> None:
    """85 meets the first quarter's target and misses the second's."""
    rows = _judged(judging, {}, {"quarter_key": "2021-22-Q2"})
    assert [row["rag_code"] for row in rows] == ["green", "amber"]
    assert [row["previous_value"] for row in rows] == [None, 85.0]
    assert [row["previous_direction_code"] for row in rows] == ["not_comparable", "maintained"]


def test_a_kpi_that_is_not_in_force_has_no_target(judging: Judging) -> None:
    """Before its first quarter, after its last and where nobody knows it nothing is rated."""
    quarters = ["2020-21-Q4", "2021-22-Q3", "2031-32-Q1"]
    rows = _judged(judging, *[{"quarter_key": key} for key in quarters], {"kpi_ref": "ADS-99"})
    assert {row["not_rated_reason_code"] for row in rows} == {"no_target"}
    assert {row["rag_code"] for row in rows} == {None}
    assert {row["previous_direction_code"] for row in rows} == {"not_comparable"}


def test_a_figure_is_compared_with_its_own_series_alone(judging: Judging) -> None:
    """Another area's figure, or another category's, is no earlier figure."""
    second = {"quarter_key": "2021-22-Q2", "outturn_value": 86.0}
    for change in ({"area_code": "north"}, {"breakdown_type_code": "sex"}):
        rows = _judged(judging, change, second)
        assert {row["previous_value"] for row in rows} == {None}


def _shuffled(table: pa.Table, chance: random.Random, pieces: int) -> pa.Table:
    """Put rows in another order and in chunks, each with dictionaries of its own."""
    order = list(range(table.num_rows))
    chance.shuffle(order)
    plain = pa.table({name: table[name].cast(_plain(table[name].type)) for name in COLUMNS})
    chunks = [plain.take(order[piece::pieces]) for piece in range(pieces)]
    return pa.concat_tables([_encoded(chunk) for chunk in chunks])


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _encoded(table: pa.Table) -> pa.Table:
    is_text = [pa.types.is_string(field.type) for field in table.schema]
    columns = [
        column.dictionary_encode() if text else column
        for column, text in zip(table.columns, is_text, strict=True)
    ]
    return pa.table(columns, names=table.column_names)


def test_neither_order_nor_chunks_of_rows_matter(build: dict[str, FrameBuilder]) -> None:
    """What comes out is the same to the last row: outturns, rejections and counts."""
    chance = random.Random(5)  # noqa: S311 - cases, not secrets
    kpis = build["kpis"](*[row for number in range(6) for row in _kpis(chance, number)])
    judging = Judging.of(kpis, build["breaks"](), Comparison())
    table = accepted_table(*_rows(chance, [f"K{number}" for number in range(6)]))
    once = judge_shard(table, judging, FILES)
    for pieces in (1, 7):
        again = judge_shard(_shuffled(table, chance, pieces), judging, FILES)
        assert again.outturns.to_pylist() == once.outturns.to_pylist()
        assert again.duplicates.to_pylist() == once.duplicates.to_pylist()
        pd.testing.assert_frame_equal(again.summary, once.summary)


def test_outturns_go_by_series_and_quarter(judging: Judging) -> None:
    """The order is that of the series' hash, then of quarters."""
    areas, quarters = ["all", "north", "south", "west"], ["2021-22-Q2", "2021-22-Q1"]
    rows = [{"area_code": area, "quarter_key": key} for key in quarters for area in areas]
    table = accepted_table(*[accepted_row(**row) for row in rows])
    outturns = judge_shard(table, judging, FILES).outturns
    placed = list(
        zip(series_hash(outturns).tolist(), outturns["quarter_key"].to_pylist(), strict=True)
    )
    assert placed == sorted(placed)


@pytest.mark.parametrize("count", [0, 1])
def test_what_comes_out_is_of_its_schemas(judging: Judging, count: int) -> None:
    """Columns, their order and their values hold to the schemas, an empty shard's too."""
    table = accepted_table(*[accepted_row()] * count)
    shard = judge_shard(table, judging, FILES)
    frame = shard.outturns.to_pandas(strings_to_categorical=False)
    disaggregated.DisaggregatedOutturns.validate(
        conform(frame.astype({"row_number": "int64"}), disaggregated.DisaggregatedOutturns)
    )
    assert list(frame.columns) == list(disaggregated.DisaggregatedOutturns.to_schema().columns)
    summary = shard.summary.assign(quarter_key="2021-22-Q1", source_code="adults")
    disaggregated.DisaggregatedSummary.validate(
        conform(summary, disaggregated.DisaggregatedSummary)
    )


def test_counts_add_up_over_shards(build: dict[str, FrameBuilder]) -> None:
    """Series spread over shards have, added up, the counts that they have in one."""
    chance = random.Random(7)  # noqa: S311 - cases, not secrets
    kpis = build["kpis"](*[row for number in range(6) for row in _kpis(chance, number)])
    judging = Judging.of(kpis, build["breaks"](), Comparison())
    table = accepted_table(*_rows(chance, [f"K{number}" for number in range(6)]))
    is_first = pa.array(series_hash(table) < 2**63)
    parts = [table.filter(is_first), table.filter(pc.invert(is_first))]
    added = pd.concat([judge_shard(part, judging, FILES).summary for part in parts])
    keys = ["figure_quarter_key", "kpi_ref"]
    whole = judge_shard(table, judging, FILES).summary
    pd.testing.assert_frame_equal(added.groupby(keys, as_index=False).sum(), whole)


@pytest.mark.parametrize("name", [*SERIES, "quarter_key", "outturn_status_code"])
def test_a_row_without_part_of_its_key_is_refused(judging: Judging, name: str) -> None:
    """Nothing is judged under a key that is not there."""
    with pytest.raises(ValueError, match=r"have no"):
        _judged(judging, {}, {name: None})


@pytest.mark.parametrize("status", ["given", "calculated", "supplied"])
def test_a_status_that_cannot_be_is_refused(judging: Judging, status: str) -> None:
    """A figure's status without a figure, or one that nobody knows, is never rated."""
    with pytest.raises(ValueError, match="status"):
        _judged(judging, {"outturn_status_code": status, "outturn_value": None})


def test_a_register_with_two_rows_for_one_quarter_is_refused(
    build: dict[str, FrameBuilder],
) -> None:
    """Two targets of one KPI in one quarter are named: neither may win silently."""
    kpis = pd.concat([build["kpis"](ADS), build["kpis"](ADS | {"target_value": 70.0})])
    with pytest.raises(ValueError, match="Twice in force: ADS-01 in 2021-22-Q1"):
        Judging.of(kpis, build["breaks"](), Comparison())


def test_a_long_list_of_doubled_rows_is_cut_short(build: dict[str, FrameBuilder]) -> None:
    """Ten are named, and how many more there are."""
    kpis = build["kpis"](*[ADS | {"kpi_ref": f"K{number:02}"} for number in range(12)])
    with pytest.raises(ValueError, match=r"K09 in 2021-22-Q1 and 2 more"):
        Judging.of(pd.concat([kpis, kpis]), build["breaks"](), Comparison())


def test_two_breaks_of_one_quarter_are_refused(build: dict[str, FrameBuilder]) -> None:
    """As `compare_outturns` refuses them."""
    breaks = pd.concat([build["breaks"](ADS), build["breaks"](ADS)])
    with pytest.raises(ValueError, match="Twice broken off: ADS-01 in 2021-22-Q1"):
        Judging.of(build["kpis"](ADS), breaks, Comparison())


def test_a_rule_that_cannot_judge_is_refused(build: dict[str, FrameBuilder]) -> None:
    """As `rate_outturns` refuses it."""
    kpis = build["kpis"](ADS | {"polarity_code": "none"})
    with pytest.raises(ValueError, match="cannot judge by the polarity"):
        Judging.of(kpis, build["breaks"](), Comparison())


def test_an_empty_register_rates_nothing(build: dict[str, FrameBuilder]) -> None:
    """No KPI is in force, so no row has a target."""
    judging = Judging.of(build["kpis"](), build["breaks"](), Comparison())
    assert [row["not_rated_reason_code"] for row in _judged(judging, {})] == ["no_target"]


def test_a_change_on_the_edge_of_the_dead_band_is_within_it(build: dict[str, FrameBuilder]) -> None:
    """0.3 - 0.2 and 0.4 - 0.3 are 0.1, of which floats make a little less and a little more."""
    quarters = [FIRST.shift(number) for number in range(3)]
    kpis = build["kpis"](
        *[
            ADS | {"quarter_key": each.key, "previous_due_quarter_key": each.previous.key}
            for each in quarters
        ]
    )
    judging = Judging.of(kpis, build["breaks"](), Comparison(dead_band_points=Decimal("0.1")))
    values = zip(quarters, (0.2, 0.3, 0.4), strict=True)
    rows = _judged(
        judging, *[{"quarter_key": each.key, "outturn_value": value} for each, value in values]
    )
    directions = [row["previous_direction_code"] for row in rows]
    assert directions == ["not_comparable", "maintained", "maintained"]
