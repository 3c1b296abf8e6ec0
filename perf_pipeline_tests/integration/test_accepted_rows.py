"""From a rejected row to a published figure: accepted as it was sent, or sent anew and mended."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from perf_pipeline_tests.integration.workplaces import copy_council

QUARTER = "2023-24-Q2"
SHARE = "CLP-05"
"""Its row says 71.2%, and 5 of 7 is 71.4%."""


def rejects(workplace: Any, *options: str) -> dict[str, Any]:
    """Return what `perf-pipeline rejects` prints as JSON."""
    done = workplace.call("rejects", QUARTER, "--json", *options)
    listed: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == (3 if listed["rejected"] else 0), done.stderr
    return listed


def accept(workplace: Any, lines: Sequence[str]) -> None:
    """Add lines to the register as a role would, with its title and its reason."""
    done = workplace.call("rejects", QUARTER)
    headings = done.stdout.rpartition("Headings: ")[2].strip()
    path: Path = workplace.council / "register" / "accepted_rows.csv"
    rows = [
        line.replace("ROLE", "Head of Performance").replace("REASON", "Rounded by the case system")
        for line in lines
    ]
    path.write_text("\n".join([headings, *rows]) + "\n", encoding="utf-8")


def row_of(rows: list[dict[str, Any]], kpi_ref: str) -> dict[str, Any]:
    """Return the only row of a KPI."""
    (row,) = [each for each in rows if each["kpi_ref"] == kpi_ref]
    return row


@pytest.fixture(scope="module")
def mended(make_workplace: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A workplace in which rows were rejected, one then accepted, and one sent anew, and run again.

    The return that was sent anew says 75% where it said 0.75.
    """
    root = tmp_path_factory.mktemp("mended")
    copy_council(root)
    workplace = make_workplace(root)
    assert workplace.run(QUARTER)["exit_code"] == 3
    listed = rejects(workplace)
    accept(workplace, row_of(listed["rejected"], SHARE)["acceptance_lines"])
    path = workplace.council / "returns" / QUARTER / "public_health.csv"
    sent = path.read_bytes()
    assert sent.count(b",0.75,") == 1
    path.write_bytes(sent.replace(b",0.75,", b",75%,"))
    assert workplace.run(QUARTER)["exit_code"] == 3
    return workplace


def test_a_row_accepted_and_a_return_sent_anew_are_published(mended: Any) -> None:
    """Both figures are published, the one as sent with who accepted it, and neither is rejected."""
    scorecard = mended.show(QUARTER, "kpi_scorecard")
    share, survey = row_of(scorecard, SHARE), row_of(scorecard, "PBH-06")
    figures = [share[name] for name in ("outturn_value", "numerator_value", "denominator_value")]
    assert figures == [71.2, 5, 7]
    assert (share["raw_value_text"], share["row_number"]) == ("71.2%", 7)
    assert survey["outturn_value"] == 75
    (accepted,) = mended.show(QUARTER, "accepted_rows")
    assert (accepted["kpi_ref"], accepted["reason_code"]) == (SHARE, "value_disagrees")
    assert accepted["accepted_by_role"] == "Head of Performance"
    assert accepted["acceptance_text"] == "Rounded by the case system"

    explained = mended.call("explain", QUARTER, SHARE).stdout
    assert "row 7 as sent, although value_disagrees: Head of Performance, " in explained

    status = mended.show(QUARTER, "return_status")
    (counts,) = [row for row in status if row["source_code"] == "climate_and_place"]
    assert counts["rejected_count"] == 0
    listed = rejects(mended)
    assert not {SHARE, "PBH-06"} & {row["kpi_ref"] for row in listed["rejected"]}
    assert {
        row["kpi_ref"]: (row["rejected_version"], row["settled_version"], row["is_accepted"])
        for row in listed["mended"]
    } == {SHARE: (1, 2, True), "PBH-06": (1, 2, True)}
    assert rejects(mended, "--source", "public_health")["rejected"] == []


def test_an_acceptance_ends_with_the_content_that_it_was_for(
    mended: Any, make_workplace: Any, tmp_path: Path
) -> None:
    """The return sent anew is rejected again, and the run says that the acceptance has lapsed."""
    shutil.copytree(mended.root, tmp_path / "anew")
    mended = make_workplace(tmp_path / "anew")
    path = mended.council / "returns" / QUARTER / "climate_and_place.csv"
    path.write_bytes(path.read_bytes().replace(b"Two applications", b"Three applications"))
    done = mended.call("run", QUARTER)
    assert done.returncode == 3
    assert "Row 7 of climate_and_place, which Head of Performance accepted on" in done.stdout
    assert "the return that was read is another file" in done.stdout
    assert mended.show(QUARTER, "accepted_rows") == []
    assert SHARE in {row["kpi_ref"] for row in rejects(mended)["rejected"]}
