"""Checks of commentary against the row it stands in, and all checks together."""

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import DEFAULT_SCHEME, Plausibility, QualityCheck, RagLook
from perf_pipeline.schemas import empty, findings, register, summaries
from perf_pipeline.scrutinise import Evidence, find_implausible
from perf_pipeline.scrutinise.checking import CHECKS

Row = dict[str, Any]
FrameBuilder = Callable[..., pd.DataFrame]
Looker = Callable[..., list[str]]
EvidenceBuilder = Callable[..., Evidence]

QUARTER = Quarter(2023, 1)
TITLE_COLUMNS = ["source_code", "file_name", "sheet_name", "row_number", "row_text"]
RED = {"outturn_value": 60.0, "shortfall_value": 20.0, "rule_rag_code": "red", "rag_code": "red"}
AMBER = {
    "outturn_value": 75.0,
    "shortfall_value": 5.0,
    "rule_rag_code": "amber",
    "rag_code": "amber",
}


@pytest.fixture(scope="module")
def build_evidence(
    build_scorecard: FrameBuilder,
    build_kpis: FrameBuilder,
    build_comparators: FrameBuilder,
    build_notes: FrameBuilder,
    build_stated_counts: FrameBuilder,
) -> EvidenceBuilder:
    """Return a function that makes the evidence of scorecard rows, 84% in the quarter before."""

    def build(*rows: Row, **given: Any) -> Evidence:
        scorecard = build_scorecard(*(rows or [{}]))
        refs = [{"kpi_ref": ref} for ref in scorecard["kpi_ref"]]
        evidence = Evidence(
            quarter=QUARTER,
            scorecard=scorecard,
            kpis=build_kpis(*refs),
            comparators=build_comparators(*({"outturn_value": 84.0} | ref for ref in refs)),
            titles=pd.DataFrame(columns=TITLE_COLUMNS, dtype="object"),
            notes=build_notes(),
            stated=build_stated_counts(),
            directorate_summary=empty(summaries.DirectorateSummary),
            council_summary=empty(summaries.CouncilSummary),
            overrides=empty(register.Overrides),
            looks=DEFAULT_SCHEME,
            thresholds=Plausibility(),
        )
        return dataclasses.replace(evidence, **given)

    return build


@pytest.fixture(scope="module")
def look(build_evidence: EvidenceBuilder) -> Looker:
    """Return a function that says what one check finds in a row with some commentary."""

    def looker(check: QualityCheck, text: str | None, row: Row | None = None) -> list[str]:
        evidence = build_evidence((row or {}) | {"commentary_text": text})
        return [finding.text for finding in CHECKS[check](evidence)]

    return looker


@pytest.mark.parametrize(
    ("text", "row", "words"),
    [
        ("Performance was 79%.", {}, "says `Performance was 79%`, but the figure is 85%."),
        ("It was 79%. It was 78%.", {}, "says `It was 79%`"),
        ("It was 79%.", {"outturn_value": None}, "but the return has no figure."),
        ("Performance was 84%.", {}, "says `Performance was 84%`, but the figure is 85%."),
        ("Performance is 84%, up from 82% last year.", {}, "says `Performance is 84%`"),
        ("It was 84% against a target of 80%.", {}, "says `It was 84%`"),
        ("Performance was 80%.", {}, "says `Performance was 80%`"),
        ("Performance was 90%.", {"forecast_value": 90.0}, "says `Performance was 90%`"),
        (
            "6 of 8 reviews were done in time.",
            {"numerator_value": 5.0, "denominator_value": 7.0},
            "says `6 of 8 reviews`, but the return gives 5 of 7.",
        ),
        (
            "4 of 7 went well.",
            {"numerator_value": 5.0, "denominator_value": 7.0},
            "says `4 of 7 went`",
        ),
    ],
    ids=[
        "another figure",
        "the first of several",
        "no figure",
        "an earlier figure",
        "an earlier one with its own",
        "an earlier one with the target",
        "the target",
        "the forecast",
        "another count",
        "same total",
    ],
)
def test_narrative_states_other_figure(look: Looker, text: str, row: Row, words: str) -> None:
    """Commentary that asserts a figure which is not the KPI's is questioned once."""
    (found,) = look(QualityCheck.NARRATIVE_STATES_OTHER_FIGURE, text, row)
    assert words in found


@pytest.mark.parametrize(
    ("text", "row"),
    [
        (None, {}),
        ("", {}),
        ("Performance was 85%.", {}),
        ("Performance was 85% against a target of 80%.", {}),
        ("Last quarter performance was 84%.", {}),
        ("Performance was 84% compared with 85% now.", {}),
        ("Performance was 84% but has recovered.", {}),
        ("The latest figure is 84%.", {"outturn_value": None}),
        ("The target is that performance is 80%.", {}),
        ("The floor is that performance is 90%.", {"floor_value": 90.0}),
        ("5 of 7 reviews, 6 of 8 others", {"numerator_value": 5.0, "denominator_value": 7.0}),
        ("2 of 7 were late", {"numerator_value": 5.0, "denominator_value": 7.0}),
        ("3 of 9 posts are vacant", {"numerator_value": 5.0, "denominator_value": 7.0}),
        ("6 of 8 reviews", {}),
        ("The figure was 3,142.", {"unit_code": "per_100000", "numerator_value": 3142.0}),
    ],
    ids=[
        "no commentary",
        "empty",
        "the figure",
        "the figure with its target",
        "another time",
        "an earlier one that is compared",
        "an earlier one that is over",
        "an earlier one where there is none",
        "the target",
        "the floor",
        "the count among others",
        "the rest of the count",
        "count of something else",
        "no count returned",
        "what is counted",
    ],
)
def test_narrative_states_the_figure(look: Looker, text: str | None, row: Row) -> None:
    """Commentary that asserts a figure of the KPI, or none, is not questioned."""
    assert look(QualityCheck.NARRATIVE_STATES_OTHER_FIGURE, text, row) == []


@pytest.mark.parametrize(
    ("text", "row", "words"),
    [
        ("The KPI is amber.", {}, "says `The KPI is amber`, but the KPI is Green."),
        ("The KPI is amber.", {"rag_code": None}, "but the KPI is not rated."),
    ],
    ids=["rated", "not rated"],
)
def test_narrative_states_other_colour(look: Looker, text: str, row: Row, words: str) -> None:
    """Commentary that gives the KPI another colour than the published one is questioned."""
    (found,) = look(QualityCheck.NARRATIVE_STATES_OTHER_COLOUR, text, row)
    assert words in found


def test_narrative_states_the_colour(look: Looker) -> None:
    """Commentary that gives the KPI its own colour is not questioned."""
    assert look(QualityCheck.NARRATIVE_STATES_OTHER_COLOUR, "The KPI is green.") == []


def test_colours_are_printed_as_the_council_does(build_evidence: EvidenceBuilder) -> None:
    """Findings use the labels of the council's scheme."""
    looks = DEFAULT_SCHEME | {"green": RagLook("green", "Blue", "#0000ff", "●", 3)}
    evidence = build_evidence({"commentary_text": "The KPI is amber."}, looks=looks)
    (found,) = CHECKS[QualityCheck.NARRATIVE_STATES_OTHER_COLOUR](evidence)
    assert "but the KPI is Blue." in found.text


@pytest.mark.parametrize(
    ("text", "row", "words"),
    [
        ("The target was met.", RED, "but by the rule the KPI is Red, 20% short of its target."),
        ("The target was met.", RED | {"rag_code": "green"}, "but by the rule the KPI is Red"),
        ("The target was missed.", {}, "but by the rule the KPI is Green, and the target is met."),
        ("The target was missed.", {"rag_code": "red"}, "but by the rule the KPI is Green"),
        ("Missed by less than 10%.", RED, "but the figure is 25% of the target short of it."),
        ("Missed by more than 10%.", AMBER, "but the figure is 6.25% of the target short of it."),
        ("Missed by more than 10%.", {}, "but the target is met."),
        (
            "Missed by less than 10%.",
            AMBER | {"stated_rag_code": "red"},
            "but the return states Red, and the rule is amber up to 10% of the target.",
        ),
        ("Missed by more than 20%.", RED | {"stated_rag_code": "amber"}, "the return states Amber"),
    ],
    ids=[
        "met and red",
        "met and red, overridden to green",
        "missed and green",
        "missed and green, overridden to red",
        "missed by more than said",
        "missed by less than said",
        "not missed at all",
        "less, and stated red",
        "more, and stated amber",
    ],
)
def test_narrative_disagrees(look: Looker, text: str, row: Row, words: str) -> None:
    """What commentary says of the target is held against shortfall, rating and rule."""
    (found,) = look(QualityCheck.NARRATIVE_DISAGREES_WITH_RATING, text, row)
    assert words in found


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("The target was met.", {}),
        ("The target was met.", {"shortfall_value": 1.0}),
        ("The target was met.", {"shortfall_value": None, "rag_code": None}),
        ("The target was met.", {"shortfall_value": 1.0, "rag_code": "red"}),
        ("Missed by less than 10%.", AMBER | {"rag_code": "red"}),
        (
            "The number of days exceeded target this quarter.",
            RED | {"unit_code": "days", "polarity_code": "lower"},
        ),
        ("The target was missed.", RED),
        ("Missed by less than 25%.", RED | {"rag_code": None}),
        ("Missed by more than 25%.", RED),
        ("Within 10% of target.", AMBER),
        ("Within 10% of target.", AMBER | {"target_value": 0.0}),
        (
            "Missed by less than 10%.",
            AMBER | {"stated_rag_code": "red", "rule_kind_code": "floor"},
        ),
        ("Missed by less than 15%.", AMBER | {"stated_rag_code": "red"}),
    ],
    ids=[
        "met and green",
        "green by its tolerance",
        "nothing to judge by",
        "green by its tolerance, overridden to red",
        "less, and overridden to red",
        "exceeded and red where lower is better",
        "missed and red",
        "on the boundary, less",
        "on the boundary, more",
        "within and amber",
        "target of 0",
        "another kind of rule",
        "beyond the tolerance",
    ],
)
def test_narrative_agrees(look: Looker, text: str, row: Row) -> None:
    """What commentary says of the target and is so is not questioned."""
    assert look(QualityCheck.NARRATIVE_DISAGREES_WITH_RATING, text, row) == []


def test_every_check_is_made() -> None:
    """Each code of QualityCheck has its check."""
    assert set(CHECKS) == set(QualityCheck)


def test_every_check_is_documented() -> None:
    """`docs/plausibility.md` has a row for each check and a line for each threshold."""
    page = (Path(__file__).parents[2] / "docs" / "plausibility.md").read_text(encoding="utf-8")
    assert all(f"| `{check.value}` |" in page for check in QualityCheck)
    assert all(f"\n  {key}: " in page for key in ("zero_after", "scale_factor"))
    assert f"\n  least_limit_figures: {Plausibility().least_limit_figures} " in page


def test_ordinary_quarter_has_no_findings(build_evidence: EvidenceBuilder) -> None:
    """A green KPI that moved a little is not questioned, and the table is empty, not missing."""
    assert find_implausible(build_evidence()).equals(empty(findings.DataQuality))


def test_findings_are_numbered_by_check_then_scorecard(build_evidence: EvidenceBuilder) -> None:
    """Numbers run by check, then by the KPIs' places in the scorecard, with where each stands."""
    zero = {"outturn_value": 0.0, "stated_rag_code": "red", "row_number": 7}
    evidence = build_evidence(
        {"kpi_ref": "ADS-01", "display_order": 2} | zero,
        {"kpi_ref": "ADS-02", "display_order": 1} | zero,
    )
    found = find_implausible(evidence)
    findings.DataQuality.validate(found, lazy=True)
    assert found[["finding_number", "check_code", "kpi_ref"]].to_numpy().tolist() == [
        [1, "zero_after_large", "ADS-02"],
        [2, "zero_after_large", "ADS-01"],
        [3, "stated_rating_differs", "ADS-02"],
        [4, "stated_rating_differs", "ADS-01"],
    ]
    place = ["directorate_code", "source_code", "file_name", "row_number"]
    assert found.loc[0, place].tolist() == ["ADS", "adults", "adults.csv", 7]


VOCABULARY = (
    "the it performance target KPI was is at met missed not by less than 10% within of 79% 85% 5 7 "
    "(71.2%) £1.2m Q1 2023/24 last quarter red amber green RAG: rated . , ; ( - percent 1,234.5 "
    "days 99999999999999999999 \x00 \n \u202e ½ ٣ %"
)
WORDS = st.sampled_from(VOCABULARY.split(" "))
TEXTS = st.lists(st.one_of(st.text(), st.lists(WORDS).map(" ".join)), min_size=20, max_size=20)


@settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(commentaries=TEXTS, actions=TEXTS, titles=TEXTS, seed=st.integers(0, 99))
def test_any_text_is_looked_at_in_any_order(
    build_evidence: EvidenceBuilder,
    build_stated_counts: FrameBuilder,
    build_notes: FrameBuilder,
    commentaries: list[str],
    actions: list[str],
    titles: list[str],
    seed: int,
) -> None:
    """Whatever was written, the checks end in a valid table, the same for any order of rows."""
    counted = {"outturn_value": 0.0, "numerator_value": 5.0, "denominator_value": 7.0}
    texts = enumerate(zip(commentaries, actions, strict=True), start=1)
    rows = [
        counted
        | {
            "kpi_ref": f"ADS-{place}",
            "display_order": place,
            "commentary_text": commentary,
            "action_text": action,
        }
        for place, (commentary, action) in texts
    ]
    title_rows = [
        ("adults", "adults.csv", None, place, title) for place, title in enumerate(titles)
    ]
    evidence = build_evidence(
        *rows,
        notes=build_notes(
            *({"issue_order": place, "issue_text": text} for place, text in enumerate(actions))
        ),
        stated=build_stated_counts(
            *({"directorate_code": code, "stated_count": 3} for code in ("ADS", "CHD", None)),
            {"stated_count": 4},
        ),
        titles=pd.DataFrame(title_rows, columns=TITLE_COLUMNS, dtype="object"),
    )
    found = find_implausible(evidence)
    findings.DataQuality.validate(found, lazy=True)
    shuffled = {
        field.name: value.sample(frac=1, random_state=seed)
        for field in dataclasses.fields(evidence)
        if isinstance(value := getattr(evidence, field.name), pd.DataFrame)
    }
    assert find_implausible(dataclasses.replace(evidence, **shuffled)).equals(found)


@pytest.mark.parametrize(
    "part",
    [
        "performance was 5%, ",
        "5% (5 of 7) ",
        "999",
        "1,000,",
        "(",
        "   ",
        "not below target by less than 10%, ",
        "the KPI is amber, ",
        "in Q1 2023/24 ",
    ],
)
def test_long_text_is_looked_at_in_reasonable_time(
    build_evidence: EvidenceBuilder, part: str
) -> None:
    """A commentary of 100,000 characters takes a second or two, whatever it repeats."""
    text = part * (100_000 // len(part))
    counted = {"numerator_value": 5.0, "denominator_value": 7.0}
    evidence = build_evidence(counted | {"commentary_text": text})
    began = time.process_time()
    find_implausible(evidence)
    assert time.process_time() - began < 5
