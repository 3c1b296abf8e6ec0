"""What a run over several quarters says of each: what was rejected or is missing.

Q1 of the sample has no rejected rows, Q2 has eight; a system's files have three more in Q1.
"""

import json
import subprocess

import pytest

from perf_pipeline_tests.integration.test_disaggregated_runs import with_system
from perf_pipeline_tests.integration.workplaces import Workplace

QUARTERS = ("2023-24-Q1", "2023-24-Q2")
NOT_RETURNED = "public_health.csv"
COUNTS = ("rejected_row_count", "missing_return_count", "missing_figure_count")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """A workplace in which a return of Q2 has not come, nor a system's files of Q2."""
    place = with_system(tmp_path_factory.mktemp("quarters"))
    (place.council / "returns" / QUARTERS[1] / NOT_RETURNED).unlink()
    return place


@pytest.fixture(scope="module")
def printed(place: Workplace) -> str:
    """What a run over both quarters prints."""
    done: subprocess.CompletedProcess[str] = place.call("run", QUARTERS[0], "--to", QUARTERS[1])
    assert done.returncode == 3, done.stderr
    return done.stdout


def of_quarter(printed: str, label: str) -> list[str]:
    """Return the lines that stand below a quarter's name, up to the next empty one."""
    lines = [line.rstrip() for line in printed.splitlines()]
    below = lines[lines.index(label) + 1 :]
    return below[: below.index("")] if "" in below else below


def cells(printed: str) -> list[list[str]]:
    """Return the cells of the table of quarters, by line."""
    return [
        [cell.strip() for cell in line.split("│")[1:-1]]
        for line in printed.splitlines()
        if line.startswith("│")
    ]


def test_each_quarter_says_what_was_rejected(printed: str) -> None:
    """Each source's rows are told once, with where it stands what to send."""
    assert of_quarter(printed, "Q1 2023/24") == [
        (
            "adults_system, disaggregated: 3 rows of 10 rejected; what was wrong with each stands "
            "in detail.disaggregated_rejections (SQLite: detail_disaggregated_rejections)"
        ),
    ]
    second = of_quarter(printed, "Q2 2023/24")
    assert second[0] == (
        "7 rejected rows (adults_services 1, childrens_services 2, climate_and_place 1, "
        "community_services 1, strategy_workforce_localities 2): perf-pipeline rejects 2023-24-Q2"
    )


def test_each_quarter_says_what_is_missing(printed: str, place: Workplace) -> None:
    """Returns and figures that have not come are named as a single quarter's run names them."""
    said = of_quarter(printed, "Q2 2023/24")
    assert "Not returned: adults_system, disaggregated." in said
    assert any(each.startswith("Not returned: Public Health, 7 KPIs due by ") for each in said)
    missing = [each for each in said if each.startswith(("Figures missing:", "Not returned:"))]
    assert (
        "Figures missing: Children's Services, CHD-38. Ask: Data Manager, Children's Services."
        in missing
    )
    alone = [line.rstrip() for line in place.call("run", QUARTERS[1]).stdout.splitlines()]
    assert [
        each for each in alone if each.startswith(("Figures missing:", "Not returned:"))
    ] == missing


def test_the_table_counts_all(printed: str) -> None:
    """The line of each quarter counts rejected rows, those of systems too, and what is missing."""
    assert [(line[0], *line[3:]) for line in cells(printed)] == [
        ("2023-24-Q1", "3", "0", "0"),
        ("2023-24-Q2", "7", "2", "9"),
    ]


def test_the_rejects_command_agrees(printed: str, place: Workplace) -> None:
    """What the run counts is what the command that it names lists."""
    assert printed
    for quarter, count in zip(QUARTERS, (3, 7), strict=True):
        listed = json.loads(place.call("rejects", quarter, "--json").stdout)
        disaggregated = sum(each["rejected_count"] for each in listed["disaggregated"])
        assert len(listed["rejected"]) + disaggregated == count


def test_json_has_what_a_single_run_has(printed: str, place: Workplace) -> None:
    """As JSON each quarter has the tables of rejected rows and returns that its own run prints."""
    assert printed
    done = place.call("run", QUARTERS[0], "--to", QUARTERS[1], "--json")
    report = json.loads(done.stdout)
    assert report["exit_code"] == done.returncode == 3
    assert [[each[name] for name in COUNTS] for each in report["quarters"]] == [
        [3, 0, 0],
        [7, 2, 9],
    ]
    alone = place.run(QUARTERS[1])
    for name in ("rejected_rows", "return_status", "disaggregated_returns"):
        assert report["quarters"][1][name] == alone[name]


def test_nothing_is_counted_where_nothing_is_known(printed: str, place: Workplace) -> None:
    """A run that fails has no counts, which is not nought, though a publication is in view."""
    assert printed
    other = "2023-24-Q3"
    broken = place.council / "returns" / QUARTERS[1] / NOT_RETURNED
    broken.write_text("no heading\n", encoding="utf-8")
    failed = place.call("run", QUARTERS[1], "--to", other, "--json")
    report = json.loads(failed.stdout)
    assert report["exit_code"] == failed.returncode == 1
    seen, unseen = report["quarters"]
    assert (seen["publication"]["version_number"], unseen["publication"]) == (1, None)
    for each in (seen, unseen):
        assert [each[name] for name in COUNTS] == [None, None, None]
    table = place.call("run", QUARTERS[1], "--to", other).stdout
    assert [line[3:] for line in cells(table)] == [["", "", ""]] * 2
