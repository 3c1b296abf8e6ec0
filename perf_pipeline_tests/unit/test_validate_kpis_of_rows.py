"""A row is for the KPI that its reference stands for, also where a new one has replaced it."""

from collections.abc import Callable, Mapping, Sequence

import pandas as pd
import pytest

from perf_pipeline.quarters import Quarter
from perf_pipeline.validate import Expectations, Problem, check_rows
from perf_pipeline.validate.kpis_of_rows import kpi_of_row

FrameBuilder = Callable[..., pd.DataFrame]
Expecter = Callable[..., Expectations]


@pytest.fixture(scope="session")
def expecting(build_kpis: FrameBuilder, build_breakdowns: FrameBuilder) -> Expecter:
    """Return a function of successors: ADS-01 to ADS-03 and CHD-01 are live, OLD-01 was once."""
    kpis = build_kpis(
        {},
        {"kpi_ref": "ADS-02"},
        {"kpi_ref": "ADS-03"},
        {"kpi_ref": "CHD-01", "source_code": "children"},
    )
    known = pd.Series([*kpis["kpi_ref"], "OLD-01", "NEW-09"])

    def expect(
        successors: Mapping[str, Sequence[str]],
        mergers: Mapping[str, Sequence[str]] | None = None,
        aliases: Mapping[str, str] | None = None,
    ) -> Expectations:
        return Expectations.of(
            "adults",
            Quarter(2023, 1),
            kpis,
            known,
            build_breakdowns({}),
            None,
            successors=successors,
            mergers=mergers or {},
            aliases=aliases or {},
        )

    return expect


@pytest.mark.parametrize(
    ("text", "successors"),
    [
        pytest.param("OLD-01", {"OLD-01": ["ADS-02"]}, id="renamed"),
        pytest.param(" old-01", {"OLD-01": ["ADS-02"]}, id="written-otherwise"),
        pytest.param("OLD-01", {"old-01": ["ads-02"]}, id="registered-otherwise"),
        pytest.param("OLD-01", {"OLD-01": ["NEW-09", "ADS-02"]}, id="one-of-two-is-live"),
        pytest.param("OLD-01", {"OLD-01": ["ADS-02", "ADS-02"]}, id="named-twice"),
        pytest.param("ADS-02", {"ADS-02": ["ADS-03"]}, id="old-one-still-live"),
    ],
)
def test_an_old_reference_is_read_as_the_one_live_kpi_that_replaced_it(
    expecting: Expecter, text: str, successors: dict[str, list[str]]
) -> None:
    """Case and width do not matter; a reference that is live stands for itself."""
    kpi, problems = kpi_of_row(text, expecting(successors))
    assert kpi is not None
    assert (kpi.kpi_ref, problems) == ("ADS-02", [])


@pytest.mark.parametrize(
    ("new_refs", "named"),
    [
        pytest.param(["ADS-02", "ADS-03"], "ADS-02 and ADS-03", id="two"),
        pytest.param(["ADS-01", "ADS-02", "ADS-03"], "ADS-01, ADS-02 and ADS-03", id="three"),
    ],
)
def test_a_reference_that_was_split_is_refused_with_the_new_ones(
    expecting: Expecter, new_refs: list[str], named: str
) -> None:
    """One figure cannot be shared out."""
    kpi, problems = kpi_of_row("OLD-01", expecting({"OLD-01": new_refs}))
    assert kpi is None
    text = f"`OLD-01` was replaced by {named}. Send a row for each of them."
    assert problems == [Problem("kpi_split", text)]


@pytest.mark.parametrize(
    ("text", "others", "named"),
    [
        pytest.param("OLD-01", ["OLD-02"], "OLD-02", id="two"),
        pytest.param("old-01", ["OLD-02", "OLD-03"], "OLD-02 and OLD-03", id="three"),
    ],
)
def test_a_reference_that_was_merged_is_refused_with_the_others(
    expecting: Expecter, text: str, others: list[str], named: str
) -> None:
    """A part's figure is not the whole's; the row is of the KPI all the same."""
    successors = {"OLD-01": ["ADS-02"], "OLD-02": ["ADS-02"]}
    kpi, problems = kpi_of_row(text, expecting(successors, {"OLD-01": others}))
    assert kpi is not None
    told = (
        f"`{text}` was merged with {named} into ADS-02. Send one row with ADS-02's own figure, "
        "under that reference."
    )
    assert (kpi.kpi_ref, problems) == ("ADS-02", [Problem("kpi_merged", told)])


def test_links_of_one_chain_are_not_a_merger(expecting: Expecter) -> None:
    """Several old references of one KPI are read as it, where none is said to be a part."""
    successors = {"OLD-01": ["ADS-02"], "OLD-00": ["ADS-02"]}
    for text in successors:
        kpi, problems = kpi_of_row(text, expecting(successors))
        assert kpi is not None
        assert (kpi.kpi_ref, problems) == ("ADS-02", [])


def test_a_live_reference_is_no_part_of_another(expecting: Expecter) -> None:
    """A reference that is live stands for itself, whatever the mergers say."""
    kpi, problems = kpi_of_row("ADS-01", expecting({"ADS-01": ["ADS-02"]}, {"ADS-01": ["X"]}))
    assert kpi is not None
    assert (kpi.kpi_ref, problems) == ("ADS-01", [])


def test_parts_of_a_merger_are_rejected_and_the_whole_is_accepted(
    build_rows: FrameBuilder, expecting: Expecter
) -> None:
    """The new reference's own figure stands, whatever came under the old ones."""
    rows = build_rows(
        {"kpi_ref_text": "OLD-01", "value_text": "85%"},
        {"kpi_ref_text": "OLD-02", "value_text": "75%"},
        {"kpi_ref_text": "ADS-02", "value_text": "80%"},
    )
    successors = {"OLD-01": ["ADS-02"], "OLD-02": ["ADS-02"]}
    mergers = {"OLD-01": ["OLD-02"], "OLD-02": ["OLD-01"]}
    checked = check_rows(rows, expecting(successors, mergers))
    assert checked["row_outcome_code"].tolist() == ["rejected", "rejected", "accepted"]
    assert checked["outcome_reason_code"].tolist()[:2] == ["kpi_merged"] * 2


def test_a_reference_whose_successor_is_not_live_is_not_live(expecting: Expecter) -> None:
    """A successor of another time counts for nothing."""
    kpi, problems = kpi_of_row("OLD-01", expecting({"OLD-01": ["NEW-09"]}))
    assert kpi is None
    assert [problem.code for problem in problems] == ["kpi_not_live"]


def test_the_successor_of_another_source_is_that_sources(expecting: Expecter) -> None:
    """A KPI that went to another service is returned by it, under either reference."""
    kpi, problems = kpi_of_row("OLD-01", expecting({"OLD-01": ["CHD-01"]}))
    assert kpi is not None
    assert [problem.code for problem in problems] == ["kpi_wrong_source"]


def test_a_row_under_an_old_reference_is_accepted_for_the_new_one(
    build_rows: FrameBuilder, expecting: Expecter
) -> None:
    """The outturn bears the new reference, and the row's text keeps what was received."""
    row = {"kpi_ref_text": "OLD-01", "value_text": "85%", "row_text": "Ref: OLD-01"}
    checked = check_rows(build_rows(row), expecting({"OLD-01": ["ADS-02"]})).iloc[0]
    assert (checked["kpi_ref"], checked["row_outcome_code"]) == ("ADS-02", "accepted")
    assert checked["row_text"] == "Ref: OLD-01"


def test_rows_under_both_references_conflict_where_they_differ(
    build_rows: FrameBuilder, expecting: Expecter
) -> None:
    """Two figures for one KPI are two figures, whatever reference they stand under."""
    rows = build_rows(
        {"kpi_ref_text": "OLD-01", "value_text": "85%"},
        {"kpi_ref_text": "ADS-02", "value_text": "86%"},
    )
    checked = check_rows(rows, expecting({"OLD-01": ["ADS-02"]}))
    assert checked["outcome_reason_code"].tolist() == ["duplicate_conflicting"] * 2


ALIASES = {"Repairs in time": "ADS-02", "P 7": "ADS-03", "Gone": "NEW-09"}


@pytest.mark.parametrize(
    ("text", "kpi_ref"),
    [
        pytest.param("Repairs in time", "ADS-02", id="exact"),
        pytest.param("REPAIRS  in\ntime", "ADS-02", id="case-and-white-space"),
        pytest.param("\uff30 7", "ADS-03", id="compatibility-form"),
        pytest.param("ADS-01", "ADS-01", id="reference"),
    ],
)
def test_an_alias_stands_for_its_kpi(expecting: Expecter, text: str, kpi_ref: str) -> None:
    """What a service writes for a reference is read as the register says."""
    kpi, problems = kpi_of_row(text, expecting({}, aliases=ALIASES))
    assert kpi is not None
    assert (kpi.kpi_ref, problems) == (kpi_ref, [])


@pytest.mark.parametrize("text", ["Repair in time", "Repairs in time!", "Gone"])
def test_what_is_like_an_alias_is_none(expecting: Expecter, text: str) -> None:
    """Nothing but the alias itself will do, and only while its KPI is live."""
    kpi, problems = kpi_of_row(text, expecting({}, aliases=ALIASES))
    assert kpi is None
    assert [problem.code for problem in problems] == ["kpi_unknown"]


def test_words_alone_that_head_a_section_are_a_note(
    build_rows: FrameBuilder, expecting: Expecter
) -> None:
    """A line with nothing but words where references stand says nothing of any KPI."""
    footnote = {"kpi_ref_text": "Counted on 30 June 2023"}
    rows = build_rows({"kpi_ref_text": "Housing services"}, {"value_text": "85%"}, footnote)
    checked = check_rows(rows, expecting({}))
    assert checked["row_outcome_code"].tolist() == ["ignored", "accepted", "ignored"]
    assert checked["outcome_reason_code"].iloc[0] == "note"


@pytest.mark.parametrize(
    "row",
    [
        pytest.param({"kpi_ref_text": "Housing", "value_text": "85%"}, id="with-a-figure"),
        pytest.param({"kpi_ref_text": "Housing", "commentary_text": "Late"}, id="with-a-comment"),
        pytest.param({"kpi_ref_text": "Housing", "kpi_name_text": "Repairs"}, id="with-a-name"),
        pytest.param({"kpi_ref_text": "Housing 7"}, id="with-a-digit"),
        pytest.param({"kpi_ref_text": "NA"}, id="short"),
        pytest.param({"kpi_ref_text": "Hous\x01ing"}, id="control-character"),
        pytest.param({"kpi_ref_text": "ADS-02 75 on track"}, id="a-row-in-a-cell"),
        pytest.param({"kpi_ref_text": "ADS-O2: 80% this quarter"}, id="nearly-a-reference"),
        pytest.param({"kpi_ref_text": "Now ads 02 is 75"}, id="in-two-words"),
        pytest.param({"kpi_ref_text": "On track with OLD-01 (75)"}, id="an-old-reference"),
        pytest.param({"kpi_ref_text": "Repairs, 75%, we are on track"}, id="a-figure-in-commas"),
        pytest.param({"kpi_ref_text": "Repairs,awaited,we know more soon"}, id="commas"),
        pytest.param({"kpi_ref_text": "Repairs;75%;we are on track"}, id="semicolons"),
        pytest.param({"kpi_ref_text": "Repairs\t75%\twe are on track"}, id="tabs"),
        pytest.param({"kpi_ref_text": "Homes let soon 75% of them"}, id="an-alias-in-it"),
        pytest.param({"kpi_ref_text": "so many words " * 80}, id="too-long"),
    ],
)
def test_what_may_be_meant_as_a_reference_is_no_section(
    build_rows: FrameBuilder, expecting: Expecter, row: dict[str, str]
) -> None:
    """A row that says anything, or whose words may be a reference, is rejected and not ignored."""
    checked = check_rows(build_rows(row), expecting({}, aliases={"Homes let": "ADS-02"}))
    assert checked["row_outcome_code"].tolist() == ["rejected"]


@pytest.mark.parametrize(
    "text",
    ["Of 1,048 homes, 12 are new", "Source: Census of 2021", "Checked, 3 July 2023, by us"],
)
def test_a_footnote_with_figures_is_a_note(
    build_rows: FrameBuilder, expecting: Expecter, text: str
) -> None:
    """Commas and figures as they stand in a sentence make no row of it."""
    checked = check_rows(build_rows({"kpi_ref_text": text}), expecting({}))
    assert checked["outcome_reason_code"].tolist() == ["note"]
