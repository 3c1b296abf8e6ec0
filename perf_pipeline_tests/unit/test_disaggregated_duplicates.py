"""Rows for one series and quarter: of identical ones the first is kept, of others none."""

from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from perf_pipeline.disaggregated.judging import JudgedShard, Judging, judge_shard
from perf_pipeline.rules import Comparison
from perf_pipeline.schemas import disaggregated
from perf_pipeline_tests.unit.builders import FrameBuilder
from perf_pipeline_tests.unit.judging_rows import FILES, accepted_row, accepted_table


@pytest.fixture(scope="module")
def judging(build_kpis: FrameBuilder, build_breaks: FrameBuilder) -> Judging:
    """What ADS-01 is judged by."""
    return Judging.of(build_kpis({}), build_breaks(), Comparison())


def _judged(judging: Judging, *rows: dict[str, Any]) -> JudgedShard:
    return judge_shard(accepted_table(*(accepted_row(**row) for row in rows)), judging, FILES)


def _places(table: pa.Table) -> list[tuple[str, int]]:
    return [(row["file_sha256"][0], row["row_number"]) for row in table.to_pylist()]


def test_the_first_of_identical_rows_is_kept(judging: Judging) -> None:
    """First is by file hash and row number, in whatever order the rows come."""
    rows = [{"row_number": 9}, {"file_sha256": "b" * 64}, {"row_number": 3}]
    shard = _judged(judging, *rows)
    assert _places(shard.outturns) == [("a", 3)]
    assert _places(shard.duplicates) == [("a", 9), ("b", 2)]
    assert set(shard.duplicates["outcome_reason_code"].to_pylist()) == {"duplicate_identical"}


def test_an_identical_row_says_which_one_is_kept(judging: Judging) -> None:
    """The sentence names file and row, and that there is nothing to do."""
    shard = _judged(judging, {"row_number": 3}, {"row_number": 9})
    assert shard.duplicates["outcome_text"].to_pylist() == [
        "Says the same as row 3 of one.csv, which is kept. Nothing is to be sent."
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"outturn_value": 85.5},
        {"outturn_value": None, "outturn_status_code": "suppressed"},
        {"numerator_value": 1.0},
        {"denominator_value": 1.0},
        {"is_provisional": True},
        {"commentary_text": "On track."},
    ],
    ids="-".join,
)
def test_rows_that_differ_are_all_rejected(judging: Judging, change: dict[str, Any]) -> None:
    """Nobody can know which of them is meant, even where some of them agree."""
    rows = [{"row_number": 2}, {"row_number": 3}, {"row_number": 4, **change}]
    shard = _judged(judging, *rows)
    assert shard.outturns.num_rows == 0
    assert _places(shard.duplicates) == [("a", 2), ("a", 3), ("a", 4)]
    assert set(shard.duplicates["outcome_reason_code"].to_pylist()) == {"duplicate_conflicting"}
    (said,) = set(shard.duplicates["outcome_text"].to_pylist())
    assert said == (
        "Rows 2, 3, 4 are all for ADS-01, Q1 2021/22, the whole council, and do not agree. Send "
        "one of them."
    )


def test_a_conflict_names_the_whole_figure(judging: Judging) -> None:
    """Quarter, area and category say which figure it is: a KPI has thousands."""
    figure = {
        "quarter_key": "2021-22-Q2",
        "area_code": "W`1",
        "breakdown_type_code": "age",
        "breakdown_category_code": "under 18",
    }
    shard = _judged(judging, figure, figure | {"row_number": 3, "outturn_value": 1.0}, {})
    (said,) = set(shard.duplicates["outcome_text"].to_pylist())
    assert said == (
        "Rows 2, 3 are all for ADS-01, Q2 2021/22, area `W'1`, age / under 18, and do not agree. "
        "Send one of them."
    )


def test_conflicting_rows_of_several_files_are_named_with_them(judging: Judging) -> None:
    """A row number alone would not say where to look; of many rows ten are named."""
    rows = [{"row_number": number, "outturn_value": float(number)} for number in range(2, 12)]
    shard = _judged(judging, *rows, {"file_sha256": "b" * 64}, {"file_sha256": "b" * 64})
    sentence = shard.duplicates["outcome_text"][0].as_py()
    assert sentence.startswith("Rows 2 of one.csv, 3 of one.csv, 4 of one.csv, ")
    assert sentence.endswith(
        " and 2 more are all for ADS-01, Q1 2021/22, the whole council, and do not agree. Send one "
        "of them."
    )


def test_rejections_are_of_their_schema(judging: Judging) -> None:
    """Columns, order and types are those of the schema but the row's text, also without rows."""
    for rows in ([{}], [{}, {"row_number": 3}]):
        table = _judged(judging, *rows).duplicates
        types = dict.fromkeys(table.column_names, "str") | {"row_number": "Int64"}
        frame = table.to_pandas().astype(types).assign(row_text="kpi_ref: ADS-01")
        disaggregated.DisaggregatedRejections.validate(frame, lazy=True)
        assert isinstance(frame, pd.DataFrame)


def test_what_is_kept_beside_repeated_rows_is_judged(judging: Judging) -> None:
    """Other series and quarters do not suffer, and only rows that are kept are counted."""
    rows = [{}, {"row_number": 3}, {"row_number": 4, "area_code": "north"}]
    shard = _judged(judging, *rows)
    assert sorted(_places(shard.outturns)) == [("a", 2), ("a", 4)]
    assert shard.summary["outturn_count"].tolist() == [2]


def test_a_file_without_a_name_is_a_mistake(judging: Judging) -> None:
    """Nobody could be told where to look."""
    with pytest.raises(KeyError, match="cccc"):
        _judged(judging, {"file_sha256": "c" * 64}, {"file_sha256": "c" * 64, "row_number": 3})
