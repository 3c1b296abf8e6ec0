"""What was published before a quarter, for its templates and for returns that are checked."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from perf_pipeline.council import Council, read_council
from perf_pipeline.errors import RequestError, SchemaVersionError
from perf_pipeline.orchestration.earlier_results import earlier_results
from perf_pipeline.orchestration.return_templates import return_template, template_sources
from perf_pipeline.quarters import Quarter
from perf_pipeline.schemas import conform, reporting
from perf_pipeline.source_entries import ReturnField
from perf_pipeline.templates import Template
from perf_pipeline.warehouse import Origin, connect, migrate, publish

DATA = Path(__file__).resolve().parents[2] / "data"
Q1, Q2 = Quarter(2023, 1), Quarter(2023, 2)
NOW = dt.datetime(2023, 10, 2, tzinfo=dt.UTC)
TableBuilder = Callable[..., dict[str, pd.DataFrame]]


@pytest.fixture(scope="module")
def council() -> Council:
    """The sample council."""
    return read_council(DATA)


@pytest.fixture
def warehouse(sqlite_url: str, build_tables: TableBuilder) -> sa.Engine:
    """A database in which ADS-01 was red in Q1, with a figure by sex, and ADS-06 had none."""
    engine = connect(sqlite_url)
    migrate(engine)
    tables = build_tables(Q1, 1)
    card = tables["kpi_scorecard"].iloc[:2].copy()
    card["kpi_ref"] = ["ADS-01", "ADS-06"]
    card["outturn_value"] = [600.0, float("nan")]
    card["rag_code"] = ["red", None]
    tables["kpi_scorecard"] = conform(card, reporting.KpiScorecard)
    category = {
        **dict.fromkeys(tables["kpi_breakdowns"].columns),
        "quarter_key": Q1.key,
        "kpi_ref": "ADS-01",
        "kpi_name": "x",
        "display_order": 1,
        "breakdown_type_code": "sex",
        "breakdown_category_code": "female",
        "breakdown_category_name": "Female",
        "unit_code": "number",
        "outturn_text": "400",
        "outturn_status_code": "given",
        "outturn_value": 400.0,
        "row_number": 2,
        "source_code": "x",
        "file_name": "x",
        "file_sha256": "x",
    }
    tables["kpi_breakdowns"] = conform(pd.DataFrame([category]), reporting.KpiBreakdowns)
    origin = Origin("Sample Council", "0" * 64, "test", "run-1")
    publish(engine, Q1, tables, origin, expected_draft=0)
    return engine


def made(
    council: Council, warehouse: sa.Engine | None, sender: str = "adults_services"
) -> Template:
    """Gather a template for Q2."""
    return return_template(sender, Q2, council, warehouse, NOW)


def test_published_figures_replace_the_registers_history(
    council: Council, warehouse: sa.Engine
) -> None:
    """A figure as published stands; a KPI published without one has none, whatever history says."""
    history = council.history.copy()
    row = {"kpi_ref": "ADS-06", "quarter_key": Q1.key, "outturn_value": 26.0}
    row |= {"is_illustrative": True, "note_text": None}
    history.loc[len(history)] = pd.Series(row)
    found = earlier_results(replace(council, history=history), Q2, warehouse).figures
    figures = found.set_index(["kpi_ref", "quarter_key"])["outturn_value"]
    assert figures["ADS-01", Q1.key] == 600
    assert ("ADS-06", Q1.key) not in figures
    assert figures["ADS-06", "2022-23-Q1"] == 26


def test_later_quarters_are_not_looked_at(council: Council, warehouse: sa.Engine) -> None:
    """For Q1 nothing was published before, and it says so."""
    found = earlier_results(council, Q1, warehouse)
    assert found.figures.equals(council.history)
    assert found.red_refs == frozenset()
    assert "nothing earlier is published" in found.origin_text


def test_a_database_that_was_never_set_up_is_told(council: Council, sqlite_url: str) -> None:
    """It is not taken for one without publications."""
    with pytest.raises(SchemaVersionError, match="never set up"):
        earlier_results(council, Q2, connect(sqlite_url))


def test_a_kpi_that_was_red_is_asked_for_its_action(council: Council, warehouse: sa.Engine) -> None:
    """Its rating and figure of the quarter before stand in its row."""
    rows = {row.kpi_ref: row for row in made(council, warehouse).rows if row.is_headline}
    one = rows["ADS-01"]
    assert (one.was_red, one.last_rating, one.last_quarter) == (True, "Red", "600")
    assert (one.target, one.definition[:20]) == ("500", "People who have wait")
    assert (rows["ADS-06"].was_red, rows["ADS-06"].last_rating) == (False, "not rated")


def test_a_kpi_with_a_breakdown_before_has_its_rows(council: Council, warehouse: sa.Engine) -> None:
    """Each category follows the KPI, with its own earlier figure, and the columns are there."""
    template = made(council, warehouse)
    refs = [(row.kpi_ref, row.breakdown_category) for row in template.rows]
    at = refs.index(("ADS-01", None))
    assert refs[at + 1] == ("ADS-01", "Female")
    assert template.rows[at + 1].last_quarter == "400"
    assert ReturnField.BREAKDOWN_CATEGORY in template.fields


def test_without_a_database_there_are_neither_ratings_nor_breakdowns(council: Council) -> None:
    """Figures come from the register's history, and the notes say so."""
    template = made(council, None)
    assert all(row.is_headline and row.last_rating is None for row in template.rows)
    assert template.last_published_label is None
    assert "history.csv" in template.origin_text
    assert ReturnField.BREAKDOWN_CATEGORY not in template.fields


def test_only_kpis_that_are_due_are_asked_for(council: Council) -> None:
    """The equalities indicators are due in Q2 and Q4."""
    first = return_template("strategy_workforce_localities", Q1, council, None, NOW)
    second = made(council, None, "strategy_workforce_localities")
    assert "SWL-04" not in {row.kpi_ref for row in first.rows}
    assert "SWL-04" in {row.kpi_ref for row in second.rows}


def test_parts_are_asked_for_where_the_source_sends_them(council: Council) -> None:
    """Public Health's returns have no numerator, so its template has none."""
    assert ReturnField.NUMERATOR in made(council, None).fields
    assert ReturnField.NUMERATOR not in made(council, None, "public_health").fields


def test_a_services_template_is_its_own_kpis_of_its_source(council: Council) -> None:
    """A service's code will do where one source returns its KPIs and no others."""
    kpis = council.kpis_in_force(Q2)
    own = kpis.loc[kpis["source_code"] == "resources_and_corporate", "service_code"]
    template = made(council, None, own.iloc[0])
    assert template == made(council, None, "resources_and_corporate")
    with pytest.raises(RequestError, match="Make the template of adults_services"):
        made(council, None, "adult_safeguarding")


def test_every_source_with_figures_due_has_a_template(council: Council) -> None:
    """All of the sample's sources have figures due in Q2."""
    assert template_sources(Q2, council) == list(council.sources)


@pytest.mark.parametrize(
    ("sender", "found"),
    [
        ("parks", "`parks` is no source of Somerset Council, nor a service. Choose one of: a"),
        ("ADS-01", "`ADS-01` is no source"),
    ],
)
def test_an_unknown_sender_is_told_with_those_that_there_are(
    council: Council, sender: str, found: str
) -> None:
    """A KPI is no sender either."""
    with pytest.raises(RequestError, match=found):
        made(council, None, sender)


def test_a_service_whose_kpis_several_sources_return_is_told_which(council: Council) -> None:
    """One template goes to one source."""
    kpis = council.kpis.copy()
    kpis.loc[kpis["kpi_ref"] == "ADS-01", "source_code"] = "public_health"
    with pytest.raises(RequestError, match="make a template of each of public_health, adults"):
        made(replace(council, kpis=kpis), None, "adult_care_operations")
