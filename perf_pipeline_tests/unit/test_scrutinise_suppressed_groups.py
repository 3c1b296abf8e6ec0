"""Text that may give a suppressed figure away is found, and nothing is said of the figure."""

from collections.abc import Callable

import pandas as pd
import pytest

from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import DEFAULT_SCHEME, Plausibility
from perf_pipeline.schemas import empty, register, reporting, stages, summaries
from perf_pipeline.scrutinise import Evidence, find_implausible
from perf_pipeline_tests.unit.builders import QUARTER, WHERE, FrameBuilder, builder

Finder = Callable[..., list[str]]


@pytest.fixture
def find(build_scorecard: FrameBuilder, build_kpis: FrameBuilder) -> Finder:
    """Return what lists the findings of a KPI with suppressed figures of one category."""
    defaults = {
        "quarter_key": QUARTER,
        "kpi_ref": "ADS-01",
        "kpi_name": "Reviews done in time",
        "breakdown_type_code": "sex",
        "breakdown_category_code": "female",
        "breakdown_category_name": "Female",
        "display_order": 1,
        "unit_code": "percent",
        "outturn_status_code": "suppressed",
        "source_code": "adults",
        **WHERE,
        "row_number": 2,
    }
    columns = reporting.KpiBreakdowns.to_schema().columns
    build = builder(reporting.KpiBreakdowns, dict.fromkeys(columns) | defaults)

    def find(told: dict[str, str], **part: str) -> list[str]:
        nothing = (register.KeyIssueNotes, register.StatedCounts, register.Overrides)
        notes, stated, overrides = map(empty, nothing)
        evidence = Evidence(
            quarter=Quarter.parse(QUARTER),
            scorecard=build_scorecard(told),
            kpis=build_kpis({}),
            comparators=empty(stages.ComparatorOutturns),
            titles=empty(stages.ReturnRows),
            notes=notes,
            stated=stated,
            directorate_summary=empty(summaries.DirectorateSummary),
            council_summary=empty(summaries.CouncilSummary),
            overrides=overrides,
            looks=DEFAULT_SCHEME,
            thresholds=Plausibility(),
            breakdowns=build(part),
        )
        found: pd.DataFrame = find_implausible(evidence)
        is_meant = found["check_code"] == "text_names_suppressed_group"
        return list(found.loc[is_meant, "finding_text"])

    return find


@pytest.mark.parametrize(
    "sentence",
    [
        "3 of them were female.",
        "Females were late in three cases.",
        "Of the FEMALE applicants none was refused.",
    ],
)
@pytest.mark.parametrize("column", ["commentary_text", "action_text", "rating_reason_text"])
def test_group_beside_a_number_is_found(find: Finder, column: str, sentence: str) -> None:
    """A sentence that names a suppressed group and a number may give its figure away."""
    (text,) = find({column: f"All is well. {sentence}"})
    assert "`Female`" in text
    assert not any(word in text for word in ("3", "three", "none was"))


@pytest.mark.parametrize(
    ("sentence", "part"),
    [
        pytest.param("3 of them were female.", {"outturn_status_code": "given"}, id="shown"),
        pytest.param("3 of them were late.", {}, id="no-group"),
        pytest.param("Female applicants waited longer.", {}, id="no-number"),
        pytest.param("We saw 3. Female staff helped.", {}, id="another-sentence"),
        pytest.param("A femaleness index of 3.", {}, id="within-a-word"),
        pytest.param("Among 5 to 9 it fell.", {"breakdown_category_name": "5 to 9"}, id="own-name"),
        pytest.param("3 of them were female.", {"kpi_ref": "ADS-99"}, id="another-kpi"),
    ],
)
def test_other_text_is_left_alone(find: Finder, sentence: str, part: dict[str, str]) -> None:
    """Where no figure is suppressed, or none can be meant, nothing is found."""
    assert find({"commentary_text": sentence}, **part) == []
