"""A quarter with a disaggregated return, run as a process: what is published, and who works."""

import json
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import sqlalchemy as sa

from perf_pipeline_tests.integration.workplaces import Workplace, copy_council

QUARTER = "2023-24-Q1"
ENTRY = """
disaggregated:
  - source_code: adults_system
    source_name: Adults case system
    contact_role: Data Manager
    location: systems/adults_{quarter}_*.csv
    columns: {ref: kpi_ref, qtr: quarter, ward: area, value: value, note: commentary}
"""
FIRST = """\
ref,qtr,ward,value,note
ADS-01,2023-24-Q1,W1,500,On the target
ADS-01,2023-24-Q1,W2,550,
ADS-01,2023-24-Q1,W3,551,
ADS-01,2023-24-Q1,W4,n/a,
ADS-01,2023-24-Q1,W5,five hundred,
"""
SECOND = """\
ref,qtr,ward,value,note
ADS-01,2022-23-Q4,W6,600,
ADS-01,2023-24-Q1,W6,540,
,,,,
ADS-01,2023-24-Q1,W7,1,
ADS-01,2023-24-Q1,W7,2,
"""
EXPECTED = {
    ("2022-23-Q4", "W6"): (600.0, None, "no_target", None, "not_comparable"),
    ("2023-24-Q1", "W1"): (500.0, "green", None, None, "not_comparable"),
    ("2023-24-Q1", "W2"): (550.0, "amber", None, None, "not_comparable"),
    ("2023-24-Q1", "W3"): (551.0, "red", None, None, "not_comparable"),
    ("2023-24-Q1", "W4"): (None, None, "not_applicable", None, "not_comparable"),
    ("2023-24-Q1", "W6"): (540.0, "amber", None, 600.0, "improved"),
}
"""Figure, rating, why there is none, figure before, and direction from it, worked out by hand."""


def with_system(root: Path) -> Workplace:
    """Make a workplace whose council has a system with two files."""
    copy_council(root)
    with (root / "data" / "sources.yaml").open("a", encoding="utf-8") as sources:
        sources.write(ENTRY)
    for name, text in (("a", FIRST), ("b", SECOND)):
        path = root / "data" / "systems" / f"adults_{QUARTER}_{name}.csv"
        path.write_text(text, encoding="utf-8")
    return Workplace(root)


def rows_of(url: str, statement: str) -> list[Any]:
    """Return the rows of a query."""
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(sa.text(statement))]
    engine.dispose()
    return rows


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workplace, dict[str, Any]]:
    """A workplace in which the quarter was run on SQLite, and what the run printed."""
    place = with_system(tmp_path_factory.mktemp("disaggregated"))
    return place, place.run(QUARTER)


def test_check_council_counts_disaggregated_sources(
    published: tuple[Workplace, dict[str, Any]],
) -> None:
    """Who has added an entry sees that it was read."""
    told = " ".join(published[0].call("check-council").stdout.split())
    assert told.endswith("7 sources, 1 disaggregated source.")


def test_rows_are_accounted_for(published: tuple[Workplace, dict[str, Any]]) -> None:
    """Read = accepted + rejected + blank, and a run with rejected rows says so by its exit code."""
    _, report = published
    (account,) = report["disaggregated_returns"]
    counts = ("file_count", "read_count", "accepted_count", "rejected_count", "blank_count")
    assert [account[name] for name in counts] == [2, 10, 6, 3, 1]
    assert account["counted_count"] == 10
    assert report["exit_code"] == 3


def test_each_row_is_judged_by_its_own_quarter(
    published: tuple[Workplace, dict[str, Any]],
) -> None:
    """Ratings, reasons and directions are those that a person works out."""
    place, _ = published
    found = rows_of(
        place.url,
        "SELECT figure_quarter_key, area_code, outturn_value, rag_code, not_rated_reason_code,"
        " previous_value, previous_direction_code FROM detail_disaggregated_outturns",
    )
    assert {row[:2]: row[2:] for row in found} == EXPECTED


def test_rejected_rows_say_what_to_send(published: tuple[Workplace, dict[str, Any]]) -> None:
    """Each rejected row is kept with its place, its reason and its cells."""
    place, _ = published
    found = rows_of(
        place.url,
        "SELECT file_name, row_number, outcome_reason_code, row_text"
        " FROM detail_disaggregated_rejections ORDER BY file_name, row_number",
    )
    places = [(name.removeprefix("systems/"), row, reason) for name, row, reason, _ in found]
    assert places == [
        ("adults_2023-24-Q1_a.csv", 6, "not_a_number"),
        ("adults_2023-24-Q1_b.csv", 5, "duplicate_conflicting"),
        ("adults_2023-24-Q1_b.csv", 6, "duplicate_conflicting"),
    ]
    assert "value: five hundred" in found[0][3]


def test_rejects_names_the_return(published: tuple[Workplace, dict[str, Any]]) -> None:
    """Who asks for rejected rows is told how many there are, and where, by text and as JSON."""
    place, _ = published
    told = place.call("rejects", QUARTER, "--source", "adults_system")
    assert told.returncode == 3
    assert "adults_system, disaggregated: 3 rows of " in told.stdout
    assert "detail_disaggregated_rejections" in told.stdout
    listed = json.loads(place.call("rejects", QUARTER, "--json").stdout)
    assert listed["disaggregated"] == [{"source_code": "adults_system", "rejected_count": 3}]


def test_readers_see_counts(published: tuple[Workplace, dict[str, Any]]) -> None:
    """The summary counts ratings by the figures' own quarter, and holds no figure."""
    place, _ = published
    summary = {
        row["figure_quarter_key"]: row for row in place.show(QUARTER, "disaggregated_summary")
    }
    counts = ("outturn_count", "green_count", "amber_count", "red_count", "not_rated_count")
    assert [summary["2023-24-Q1"][name] for name in counts] == [5, 1, 2, 1, 1]
    assert [summary["2022-23-Q4"][name] for name in counts] == [1, 0, 0, 0, 1]


def test_the_same_again_changes_nothing(published: tuple[Workplace, dict[str, Any]]) -> None:
    """The same files publish the same, and their rows are stored once."""
    place, first = published
    again = place.run(QUARTER)
    assert again["publication"]["publication_id"] == first["publication"]["publication_id"]
    assert not again["publication"]["is_new"]
    assert rows_of(place.url, "SELECT count(*) FROM disaggregated_datasets") == [(1,)]
    assert rows_of(place.url, "SELECT count(*) FROM disaggregated_outturns") == [(6,)]


def test_rows_of_quarters_out_of_force_are_told(
    published: tuple[Workplace, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A quarter in which the KPI was not in force may be a slip: the run and the check say so."""
    place, _ = published
    told = " ".join(place.call("run", QUARTER).stderr.split())
    sentence = (
        "Adults case system: 1 row is of a quarter in which its KPI was not in force, and is not "
        "rated: ADS-01 in Q4 2022/23 (1). Where a quarter is mistyped, send the row with the right "
        "one; else nothing is to be done."
    )
    assert f"· {sentence}" in told
    monkeypatch.setenv("DAGSTER_HOME", str(place.home / "dagster"))
    with dg.DagsterInstance.get() as instance:
        key = dg.AssetCheckKey(dg.AssetKey("adults_system_outturns"), "quarters_in_force")
        (record, *_) = instance.event_log_storage.get_asset_check_execution_history(key, limit=1)
    evaluation = record.event.dagster_event.asset_check_evaluation_data
    assert (evaluation.passed, evaluation.description) == (False, sentence)


@pytest.mark.parametrize("engine", ["processes", "dask"])
def test_every_engine_publishes_the_same(
    engine: str,
    tmp_path: Path,
    postgres_url: str,
    published: tuple[Workplace, dict[str, Any]],
) -> None:
    """Worker processes, and Dask's, publish on PostgreSQL what one process does on SQLite."""
    place = with_system(tmp_path)
    place.database_url = postgres_url
    report = place.run(QUARTER, "--engine", engine)
    own, other = report["publication"], published[1]["publication"]
    assert own["publication_id"] == other["publication_id"]
    assert rows_of(postgres_url, "SELECT count(*) FROM detail.disaggregated_outturns") == [(6,)]


def test_a_broken_file_holds_the_quarter(tmp_path: Path) -> None:
    """A file without a heading publishes nothing; mended, the run that is named publishes it."""
    place = with_system(tmp_path)
    assert place.run(QUARTER)["exit_code"] == 3
    broken = place.council / "systems" / f"adults_{QUARTER}_b.csv"
    broken.write_text("ref,qtr,ward\nADS-01,2023-24-Q1,W1\n", encoding="utf-8")
    failed = place.call("run", QUARTER)
    assert failed.returncode == 1
    told = " ".join(failed.stderr.split())
    assert "Adults case system's return for Q1 2023/24" in told
    assert "`value`" in told
    # From failure, what was copied before would be read again.
    assert told.endswith(f"When it is mended: perf-pipeline run {QUARTER}")
    broken.write_text(SECOND, encoding="utf-8")
    assert place.call("run", QUARTER).returncode == 3


def test_a_return_that_has_not_come_is_named(tmp_path: Path) -> None:
    """Without files the rest is published, and the run says what is missing."""
    place = with_system(tmp_path)
    for path in (place.council / "systems").glob("adults_*.csv"):
        path.unlink()
    done = place.call("run", QUARTER)
    assert done.returncode == 3
    assert "Not returned: adults_system, disaggregated." in done.stdout
