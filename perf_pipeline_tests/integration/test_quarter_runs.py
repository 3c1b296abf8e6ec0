"""The whole way: the sample council's returns in, publications out, by the command line."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

SOMERSET = Path(__file__).resolve().parents[1] / "backtests" / "somerset"


def published_table() -> list[dict[str, str]]:
    """Return the table that Somerset Council published for Q1 2023/24."""
    with (SOMERSET / "q1_2023-24_directorate_summary.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def printed(row: dict[str, str], rag: str) -> str | None:
    """Return a cell as we print it: the original has 0 once and blank elsewhere for none."""
    if row["with_rag"] == "0":
        return None
    return row[f"{rag}_text"] or "0"


def test_first_quarter_is_the_published_table(first_quarter_run: Any) -> None:
    """Q1 2023/24 equals, cell for cell, the table of the council's first report."""
    summary = first_quarter_run.show("2023-24-Q1", "directorate_summary")
    ours = [
        [row["directorate_name"], row["kpi_count"], row["rated_count"]]
        + [row[f"{rag}_text"] for rag in ("red", "amber", "green")]
        for row in summary
    ]
    theirs = [
        [row["directorate"], int(row["kpis"]), int(row["with_rag"])]
        + [printed(row, rag) for rag in ("red", "amber", "green")]
        for row in published_table()
    ]
    assert ours == theirs


def test_second_quarter_has_the_published_totals_and_gaps(published: Any) -> None:
    """Q2 2023/24 gives 110 KPIs, 57 rated, 17 red, 21 amber, 19 green, and exit code 3."""
    report = published.run("2023-24-Q2")
    total = report["council_summary"][0]
    counts = ("kpi_count", "rated_count", "red_count", "amber_count", "green_count")
    assert [total[name] for name in counts] == [110, 57, 17, 21, 19]
    assert report["exit_code"] == 3
    reasons = {row["reason_code"] for row in report["rejected_rows"]}
    assert reasons == {
        "excel_error",
        "kpi_unknown",
        "out_of_range",
        "value_disagrees",
        "not_a_number",
        "ambiguous_percent",
        "duplicate_conflicting",
    }
    late = [r for r in report["return_status"] if r["return_status_code"] == "late"]
    assert [row["source_code"] for row in late] == ["public_health"]


def test_running_again_changes_nothing(published: Any) -> None:
    """Q2 and then both quarters again: no new version, and Q1 keeps Q1's targets."""
    first = published.run("2023-24-Q1")["publication"]
    second = published.run("2023-24-Q2")["publication"]
    again = [published.run(quarter)["publication"] for quarter in ("2023-24-Q1", "2023-24-Q2")]
    assert [p["publication_id"] for p in again] == [
        first["publication_id"],
        second["publication_id"],
    ]
    assert not any(p["is_new"] for p in again)
    assert len(published.show("2023-24-Q1", "publications")) == 1
    assert len(published.show("2023-24-Q2", "publications")) == 1


def test_order_of_runs_does_not_matter(workplace: Any, published: Any) -> None:
    """Q2 run first on an empty database is the same publication as Q2 run after Q1."""
    alone = workplace.run("2023-24-Q2")["publication"]["publication_id"]
    assert published.run("2023-24-Q2")["publication"]["publication_id"] == alone


def test_several_quarters_in_one_run_are_the_same_publications(
    workplace: Any, published: Any
) -> None:
    """`run --to` publishes of each quarter what a run of it alone does."""
    quarters = ["2023-24-Q1", "2023-24-Q2"]
    alone = [published.run(quarter)["publication"]["publication_id"] for quarter in quarters]
    done = workplace.call("run", quarters[0], "--to", quarters[1], "--json")
    report = json.loads(done.stdout)
    assert (done.returncode, report["exit_code"], report["failures"]) == (3, 3, [])
    assert [made["quarter_key"] for made in report["quarters"]] == quarters
    assert [made["publication"]["publication_id"] for made in report["quarters"]] == alone
    again = workplace.call("run", quarters[0], "--to", quarters[1])
    assert again.returncode == 3
    assert [line for line in quarters if line not in again.stdout] == []


def test_postgres_gets_the_same_digest(
    first_quarter_run: Any, workplace: Any, postgres_url: str
) -> None:
    """The publication on PostgreSQL has the id of the one on SQLite, and the same rows."""
    workplace.database_url = postgres_url
    report = workplace.run("2023-24-Q1")
    known = first_quarter_run.show("2023-24-Q1", "publications")[0]
    assert report["publication"]["publication_id"] == known["publication_id"]
    for table in ("directorate_summary", "kpi_scorecard", "exceptions", "return_status"):
        assert workplace.show("2023-24-Q1", table) == first_quarter_run.show("2023-24-Q1", table)


PLACES = {
    "ADS-04": "returns/2023-24-Q1/adults_services.xlsx, sheet Return, row 13, cell",
    "CHD-04": "childrens_case_system.sqlite",
    "CLP-03": "returns/2023-24-Q1/climate_and_place.csv, row 4",
    "COM-07": "returns/2023-24-Q1/community_services.json, row 7, cell text `71.8`",
    "PBH-01": "returns/2023-24-Q1/public_health.csv, row 2, cell text `84.1%`",
    "RES-01": "returns/2023-24-Q1/resources_and_corporate.ods, sheet Return, row 4",
    "SWL-01": "returns/2023-24-Q1/strategy_workforce_localities.csv, row 2",
}


def test_explain_leads_to_the_cell(first_quarter_run: Any) -> None:
    """One KPI of each source is explained down to its file, sheet, row and text."""
    done = first_quarter_run.call("explain", "2023-24-Q1", *PLACES)
    assert done.returncode == 0, done.stderr
    assert [place for place in PLACES.values() if place not in done.stdout] == []
    labels = [line[2:].partition(" ")[0] for line in done.stdout.splitlines() if line[:2] == "  "]
    assert [label for label in labels if not label.istitle()] == []
    assert "Previous figure " in done.stdout


def test_summary_shows_ratings_as_words_and_symbols(published: Any) -> None:
    """The printed summary names each rating by word and symbol, and says where everything is."""
    done = published.call("run", "2023-24-Q1")
    for word in ("■ Red", "▲ Amber", "● Green", "12.5% (1)", "perf_pipeline.sqlite"):
        assert word in done.stdout
    assert "adults_services_return" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["run", "2023-25-Q1"], "Did you mean 2023-24-Q1?"),
        (["run", "2022-23-Q4"], "reports from Q1 2023/24"),
        (["run", "2098-99-Q1"], "has not ended"),
        (["run"], "Missing argument"),
        (["run", "2023-24-Q2", "--to", "2023-24-Q1"], "is before Q2 2023/24"),
        (["run", "2023-24-Q1", "--to", "2098-99-Q1"], "has not ended"),
        (["run", "2023-24-Q1", "--to", "2023-24-Q2", "--from-failure"], "do not go together"),
    ],
    ids=[
        "no such quarter",
        "too early",
        "not over",
        "no quarter",
        "backwards",
        "too far",
        "from failure",
    ],
)
def test_wrong_calls_exit_2(workplace: Any, arguments: list[str], sentence: str) -> None:
    """A call that cannot be meant is answered in a sentence with exit code 2."""
    done = workplace.call(*arguments)
    assert done.returncode == 2
    assert sentence in done.stderr


@pytest.mark.parametrize("arguments", [["prepare"], ["run", "2023-24-Q1"]], ids=lambda a: a[0])
def test_home_that_cannot_be_made_exits_2(workplace: Any, arguments: list[str]) -> None:
    """A home folder that cannot be is named, with what to do."""
    workplace.extra = {"PERF_PIPELINE_HOME": str(workplace.council / "council.yaml" / "home")}
    done = workplace.call(*arguments)
    assert done.returncode == 2
    assert "cannot be made or written" in done.stderr
    assert "Traceback" not in done.stderr


def test_council_mistakes_exit_2_all_at_once(workplace: Any) -> None:
    """Mistakes in the council folder stop the run before it starts, each with file and line."""
    targets = workplace.council / "register" / "targets.csv"
    lines = targets.read_text().splitlines()
    broken = [line.replace("ADS-01,500", "ADS-O1,500") for line in lines]
    targets.write_text("\n".join(broken) + "\nADS-02,ten,,,,true,,2023-24-Q1,\n")
    done = workplace.call("run", "2023-24-Q1")
    assert done.returncode == 2
    assert "register/targets.csv, line 2" in done.stderr
    assert f"register/targets.csv, line {len(lines) + 1}" in done.stderr
    assert not workplace.home.exists()
