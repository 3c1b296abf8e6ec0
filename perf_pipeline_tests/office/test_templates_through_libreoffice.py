"""A template of each sample source, filled in and saved by LibreOffice, reads back whole."""

import datetime as dt
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from perf_pipeline.council import Council, read_council
from perf_pipeline.orchestration.expected_rows import expectations
from perf_pipeline.orchestration.return_checks import check_return
from perf_pipeline.orchestration.return_templates import return_template, template_sources
from perf_pipeline.sources import Landing, extract_unsent
from perf_pipeline.templates import template_bytes
from perf_pipeline.validate import accepted_outturns, check_rows
from perf_pipeline.warehouse import connect
from perf_pipeline_tests.integration.workplaces import copy_council
from perf_pipeline_tests.office.filled_templates import (
    DUE,
    OWNER,
    QUARTER,
    STATUS_WORDS,
    fill_in,
    returned,
)
from perf_pipeline_tests.office.published_quarters import publish_quarter

SOURCES = [
    "adults_services",
    "childrens_services",
    "climate_and_place",
    "community_services",
    "public_health",
    "resources_and_corporate",
    "strategy_workforce_localities",
]
KINDS = ["xlsx", "ods"]


@dataclass(frozen=True)
class Sent:
    """What was typed into each template, and the files as LibreOffice saved them.

    Attributes:
        council: The sample council, of which Q1 2023/24 is published.
        figures: What each source's own return says, by source.
        typed: What was typed into each row, by source.
        folder: Where the saved files are: `<source>.xlsx` and `<source>.ods`.
    """

    council: Council
    figures: Mapping[str, pd.DataFrame]
    typed: Mapping[str, list[dict[str, Any]]]
    folder: Path


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Sent:
    """Every source's template, filled in with its own figures, and saved by LibreOffice."""
    root = tmp_path_factory.mktemp("templates")
    copy_council(root)
    council, landing = read_council(root / "data"), Landing(root / "landing")
    warehouse = connect(f"sqlite:///{root / 'publications.sqlite'}")
    publish_quarter(warehouse, QUARTER.previous, council, landing)
    filled, saved = root / "filled", root / "saved"
    filled.mkdir()
    figures, typed = {}, {}
    for code in SOURCES:
        now = dt.datetime(2023, 10, 2, tzinfo=dt.UTC)
        path = filled / f"{code}.xlsx"
        template = return_template(code, QUARTER, council, warehouse, now)
        path.write_bytes(template_bytes(template))
        figures[code] = returned(code, council, landing)
        typed[code] = fill_in(path, figures[code], council)
    warehouse.dispose()
    for kind in KINDS:
        save_by_libreoffice(sorted(filled.iterdir()), saved, kind, root / "profile")
    return Sent(council, figures, typed, saved)


def save_by_libreoffice(paths: list[Path], folder: Path, kind: str, profile: Path) -> None:
    """Open workbooks in LibreOffice without a screen and save them as a kind into a folder."""
    options = ["--headless", f"-env:UserInstallation={profile.as_uri()}"]
    done = subprocess.run(
        ["soffice", *options, "--convert-to", kind, "--outdir", str(folder), *map(str, paths)],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    assert len(list(folder.glob(f"*.{kind}"))) == len(paths), done.stderr


def read_back(sent: Sent, code: str, kind: str, folder: Path) -> pd.DataFrame:
    """Return the accepted outturns of a saved template."""
    path = sent.folder / f"{code}.{kind}"
    entry = sent.council.sources[code]
    landing = Landing(folder)
    sha256 = landing.land(path.read_bytes())
    rows = extract_unsent(entry, QUARTER, sha256, path.name, landing)
    kpis = sent.council.kpis_in_force(QUARTER)
    checked = check_rows(rows, expectations(entry, QUARTER, sent.council, kpis))
    assert "rejected" not in set(checked["row_outcome_code"]), checked["outcome_text"].dropna()
    return accepted_outturns(checked).set_index("row_number")


def test_every_source_is_tried(sent: Sent) -> None:
    """Each source of which figures are due has a template here, and each has figures in it."""
    assert template_sources(QUARTER, sent.council) == SOURCES
    assert all(sent.typed[code] for code in SOURCES)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("code", SOURCES)
def test_a_filled_template_reads_back_whole(
    sent: Sent, tmp_path: Path, code: str, kind: str
) -> None:
    """Every figure, part, status and text that was typed is what is read, row by row."""
    read = read_back(sent, code, kind, tmp_path)
    keys = ["kpi_ref", "breakdown_type_code", "breakdown_category_code"]
    figures = sent.figures[code].set_index(keys)
    for typed in sent.typed[code]:
        row, figure = read.loc[typed["row"]], figures.loc[typed["key"]]
        assert tuple(row[keys]) == typed["key"]
        assert row["outturn_status_code"] == expected_status(typed), typed
        for name in ("outturn_value", "commentary_text", "action_text"):
            assert same(row[name], figure[name]), (typed, name, row[name], figure[name])
        assert same(row["numerator_value"], typed.get("Numerator"))
        assert same(row["denominator_value"], typed.get("Denominator"))
        assert same(row["action_owner_name"], typed.get("Action owner"))
        day = typed.get("Action due date")
        assert same(row["action_due_date"], day and day.isoformat())


def expected_status(typed: Mapping[str, Any]) -> str:
    """Return the status that what was typed stands for."""
    if "Status" in typed:
        return typed["Status"].replace(" ", "_")
    return "given" if "Value" in typed else "calculated" if "Numerator" in typed else "blank"


def same(found: Any, typed: Any) -> bool:
    """Tell whether two cells say the same: both nothing, or equal."""
    return bool(pd.isna(typed) and pd.isna(found)) or found == typed


@pytest.mark.parametrize("code", SOURCES)
def test_a_filled_template_is_found_to_be_whose_it_is(sent: Sent, code: str) -> None:
    """Nobody says which source it is: LibreOffice keeps the mark, whatever the file is called."""
    content = (sent.folder / f"{code}.xlsx").read_bytes()
    found = check_return(content, "a copy (2).xlsx", QUARTER, sent.council)
    assert (found.source_code, found.is_template, found.rejected_count) == (code, True, 0)
    assert found.read_count == found.accepted_count + found.ignored_count


def test_what_was_typed_is_of_many_kinds(sent: Sent) -> None:
    """Percentages, parts, breakdowns, statuses and an owner are among what was typed."""
    rows = [row for typed in sent.typed.values() for row in typed]
    assert {row["Status"] for row in rows if "Status" in row} <= set(STATUS_WORDS.values())
    assert sum("Status" in row for row in rows) >= 3
    assert sum("Numerator" in row for row in rows) >= 3
    assert sum(row["key"][1] != "all" for row in rows) >= 4
    assert sum("Commentary" in row for row in rows) > 20
    assert (OWNER, DUE) in [(row.get("Action owner"), row.get("Action due date")) for row in rows]
