"""How what a check found becomes what the UI shows."""

import dagster as dg
import pandas as pd
import pytest

from perf_pipeline.orchestration import checks
from perf_pipeline.orchestration.tables import preview
from perf_pipeline.schemas import stages

HOSTILE = "![x](http://evil.example/x.png) <script>alert(1)</script> =1+1"


def shown(outcome: checks.Outcome) -> list[dict[str, object]]:
    """Return the failure table's rows."""
    table = outcome.facts["metadata"]["failures"]
    assert isinstance(table, dg.TableMetadataValue)
    return [dict(record.data) for record in table.records]


def test_warning_lists_what_it_found() -> None:
    """A warning check has a row for each finding, and their number to be plotted."""
    outcome = checks.warning_outcome(checks.NO_REJECTED_ROWS, [{"Row": 4, "Why": "No number."}])
    assert shown(outcome) == [{"Row": 4, "Why": "No number."}]
    assert outcome.facts["metadata"]["failure_count"] == 1
    assert outcome.facts["severity"] is dg.AssetCheckSeverity.WARN
    assert not outcome.facts["passed"]


def test_blocking_check_without_rows_shows_its_sentence() -> None:
    """A fault that has no rows of its own stands in the failure table as it is."""
    outcome = checks.error_outcome(checks.SUMMARIES_ADD_UP, "Red is 1, the scorecard has 2.")
    assert shown(outcome) == [{"Found": "Red is 1, the scorecard has 2."}]
    assert outcome.facts["severity"] is dg.AssetCheckSeverity.ERROR


def test_passed_check_has_no_table() -> None:
    """A check that passed says so with nothing beside the number 0."""
    facts = checks.error_outcome(checks.SUMMARIES_ADD_UP, None).facts
    assert (facts["passed"], facts["metadata"]) == (True, {"failure_count": 0})


def test_long_tables_are_cut_and_counted_whole() -> None:
    """Two hundred rows are shown, and the number is that of all."""
    outcome = checks.warning_outcome(checks.NO_REJECTED_ROWS, [{"Row": n} for n in range(250)])
    assert len(shown(outcome)) == 200
    assert outcome.facts["metadata"]["failure_count"] == 250


def test_schema_fault_shows_column_check_and_row() -> None:
    """A frame that fails its schema is shown by these, and not by a value that nobody may see."""
    frame = pd.DataFrame({"quarter_key": ["nonsense"]})
    outcome = checks.schema_outcome(
        checks.ACCEPTED_ROWS_SATISFY_SCHEMA, frame, stages.AcceptedOutturns
    )
    assert set(shown(outcome)[0]) == {"Column", "Check", "Row"}
    assert "nonsense" not in str(outcome.facts)
    assert "quarter_key" in str(outcome.fault)


def test_source_text_stays_text() -> None:
    """What a source wrote is a cell of a table, whole and as it is: no Markdown and no link."""
    outcome = checks.warning_outcome(checks.NO_REJECTED_ROWS, [{"Why": HOSTILE}])
    assert shown(outcome) == [{"Why": HOSTILE}]


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (float("nan"), ""), ("x" * 400, "x" * 299 + "…"), (True, 1), (12.5, "12.5")],
    ids=["none", "not a number", "long", "flag", "figure"],
)
def test_cells_of_a_preview(value: object, text: object) -> None:
    """Nothing is blank, long text is cut, and whole numbers stay numbers."""
    frame = pd.DataFrame({"name": pd.Series([value], dtype="object")})
    (record,) = preview(frame, {"name": "Name"}).records
    assert dict(record.data) == {"Name": text}
