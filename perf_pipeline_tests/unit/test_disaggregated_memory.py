"""What was found for one batch holds for later ones, and for no other register or source."""

from functools import partial

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perf_pipeline.disaggregated.checking import check_batch
from perf_pipeline.disaggregated.memory import MOST_KEPT, remembered
from perf_pipeline.source_entries import PercentScale
from perf_pipeline_tests.unit.builders import FrameBuilder
from perf_pipeline_tests.unit.checking_oracle import (
    CELLS,
    Row,
    assert_judged_alike,
    batch_of,
    drawn_rows,
    expectations_of,
    is_of_area_alone,
    outcomes_of,
)

_VALUES = ["85", "0.85", "85%", "n/a", "[c]", "abc", "150", None]


@pytest.fixture(scope="session")
def kpis(build_kpis: FrameBuilder) -> pd.DataFrame:
    """Return KPIs of which two are read alike and one of them is not due."""
    return build_kpis(
        {"kpi_ref": "P-01"},
        {"kpi_ref": "P-02", "is_due": False},
        {"kpi_ref": "P-03", "is_due": False},
        {"kpi_ref": "N-01", "unit_code": "number", "minimum_value": None, "maximum_value": None},
        {"kpi_ref": "N-02", "unit_code": "number", "minimum_value": 0.0, "maximum_value": 90.0},
        {"kpi_ref": "G-01", "unit_code": "gbp", "minimum_value": None, "maximum_value": None},
        {"kpi_ref": "A-01", "arrears_quarter_count": 2},
    )


def _rows(*refs: str, quarter: str | None = None) -> list[Row]:
    return [
        dict.fromkeys(CELLS) | {"kpi_ref_text": ref, "quarter_text": quarter, "value_text": value}
        for value in _VALUES
        for ref in refs
    ]


@given(batches=st.lists(st.lists(drawn_rows(), max_size=6), min_size=2, max_size=4))
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_later_batches_are_judged_as_by_the_plain_path(
    kpis: pd.DataFrame, batches: list[list[Row]]
) -> None:
    """Whatever was checked before by the same expectations, a row's outcome is the plain path's."""
    expected = expectations_of(kpis, None)
    for rows in [*batches, *batches]:
        kept = [row for row in rows if not is_of_area_alone(row) or row["area_text"] is None]
        assert_judged_alike(kept, expected, check_batch(batch_of(kept), expected))


@pytest.mark.parametrize(
    "refs", [("P-01", "P-02", "P-03"), ("P-03", "P-02", "P-01")], ids=["due-first", "due-last"]
)
def test_kpis_that_are_read_alike_and_not_due_alike_are_told_apart(
    kpis: pd.DataFrame, refs: tuple[str, ...]
) -> None:
    """A figure that is not due is refused by its KPI's name, and taken where it is due."""
    expected = expectations_of(kpis, PercentScale.PERCENT)
    for quarter in (None, "2022-23-Q4", None):
        for ref in refs:
            rows = _rows(ref, quarter=quarter)
            assert_judged_alike(rows, expected, check_batch(batch_of(rows), expected))
    found = outcomes_of(check_batch(batch_of(_rows("P-01", "P-02", "P-03")[:3]), expected))
    assert [found[number][0] for number in (2, 3, 4)] == ["accepted", "rejected", "rejected"]
    assert "P-02 is not due" in found[3][2]
    assert "P-03 is not due" in found[4][2]


def test_sources_that_write_percentages_otherwise_are_told_apart(kpis: pd.DataFrame) -> None:
    """What a bare percentage means is found for each source anew."""
    rows = _rows("P-01", "N-01", "N-02", "G-01", "A-01")
    for scale in (*PercentScale, None, *PercentScale):
        expected = expectations_of(kpis, scale)
        for _ in range(2):
            assert_judged_alike(rows, expected, check_batch(batch_of(rows), expected))


def test_what_is_kept_is_bounded(kpis: pd.DataFrame) -> None:
    """However many different cells there are, no more is kept than is worth it."""
    expected = expectations_of(kpis, None)
    for number in range(MOST_KEPT + 5):
        assert remembered(expected, number, partial(abs, -number)) == number
    assert len(expected.memory) == MOST_KEPT
    assert remembered(expected, 7, lambda: 0) == 7
