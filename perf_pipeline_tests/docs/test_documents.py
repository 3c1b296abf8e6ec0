"""The documents say what is true: commands, tables, variables, reasons and links."""

import re
from pathlib import Path
from typing import Any

import pytest

from perf_pipeline.cli import app
from perf_pipeline.council.settings import SourcesSettings
from perf_pipeline.disaggregated_entries import DisaggregatedField
from perf_pipeline.rules import (
    AcceptableReason,
    NotComparableReason,
    NotRatedReason,
    OutturnStatus,
    QualityCheck,
    ReturnFault,
)
from perf_pipeline.schemas import DATASET_TABLES, Table, register, table_name
from perf_pipeline.source_entries import ReturnField
from perf_pipeline.sources import limits

PROJECT = Path(__file__).resolve().parents[2]
PAGES = sorted([*PROJECT.glob("*.md"), *PROJECT.glob("docs/**/*.md"), PROJECT / "data/README.md"])


def text(*parts: str) -> str:
    """Return a document's text."""
    return PROJECT.joinpath(*parts).read_text(encoding="utf-8")


def test_documents_are_what_the_schemas_say(writer: dict[str, Any]) -> None:
    """`docs/tables.md` and `docs/contract.odcs.yaml` are what `make docs` writes."""
    written = {path: path.read_bytes() for path in writer["documents"]()}
    assert {path.name for path in written} == {"tables.md", "contract.odcs.yaml"}
    assert written == {path: made.encode() for path, made in writer["documents"]().items()}


def test_tables_page_has_every_view_and_register_file(writer: dict[str, Any]) -> None:
    """A view or file of the register that exists has a section; histories have one together."""
    page = text("docs", "tables.md")
    headings = set(re.findall(r"^### `(\w+)`$", page, re.MULTILINE))
    views = {view.name for view in writer["published_views"]()} | DATASET_TABLES.keys()
    files = {model for model in vars(register).values() if isinstance(model, type)}
    tables = {table_name(m) for m in files if issubclass(m, Table) and m is not Table}
    assert headings == {name for name in views if not name.endswith("_history")} | tables
    assert "## History views" in page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link of a document leads to a file."""
    for target in re.findall(r"\]\((?!https?://)([^)#]+)[^)]*\)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target


def test_readme_names_every_command() -> None:
    """Every command of `perf-pipeline` stands in the README or the changelog."""
    apps = [app, *(group.typer_instance for group in app.registered_groups)]
    commands = [command for each in apps if each for command in each.registered_commands]
    names = {c.name or c.callback.__name__ for c in commands if c.callback}
    known = text("README.md") + text("CHANGELOG.md")
    assert names == {
        *("run", "show", "explain", "check-council", "prepare", "reconcile", "export"),
        *("sign-off", "release", "history", "diff", "verify", "doctor"),
        *("rejects", "template", "check-return", "serve-check"),
    }
    assert all(f"`{name}`" in known or f"perf-pipeline {name}" in known for name in names)


def test_configuration_page_names_every_variable() -> None:
    """Every environment variable that the package or the deployment reads is documented."""
    page = text("docs", "configuration.md")
    files = [
        *(PROJECT / "perf_pipeline").rglob("*.py"),
        *(each for each in (PROJECT / "deploy").rglob("*") if each.is_file()),
    ]
    read = "".join(path.read_text("utf-8") for path in files)
    variables = {"DAGSTER_HOME", *re.findall(r"PERF_PIPELINE_[A-Z_]*[A-Z]", read)}
    assert len(variables) > 10
    assert all(f"`{variable}`" in page for variable in variables)


def test_cells_page_names_every_reason_and_status() -> None:
    """Every reason that the code can give for a rejection is explained."""
    page = text("docs", "cells.md")
    folder = PROJECT / "perf_pipeline" / "validate"
    source = "".join(path.read_text("utf-8") for path in folder.glob("*.py"))
    codes = set(re.findall(r'(?:Problem|_refused|refused)\(\s*"([a-z_]+)"', source))
    assert len(codes) > 15
    missing = {code for code in codes if f"`{code}`" not in page}
    assert not missing
    assert all(f"`{s}`" in page for s in OutturnStatus if s not in {"given", "calculated"})


def test_cells_page_names_every_reason_of_a_refusal() -> None:
    """Every code that a return can be refused with is explained, and is given somewhere."""
    page = text("docs", "cells.md")
    given = "".join(
        path.read_text("utf-8")
        for part in ("sources", "validate")
        for path in (PROJECT / "perf_pipeline" / part).glob("*.py")
    )
    assert not {fault for fault in ReturnFault if f"`{fault}`" not in page}
    assert not {fault for fault in ReturnFault if f"ReturnFault.{fault.name}" not in given}


def test_cells_page_has_the_limits() -> None:
    """The limits that the page tells are those of the code."""
    page = text("docs", "cells.md")
    assert f"{limits.MOST_ROWS:,} and {limits.MOST_COLUMNS:,}" in page
    assert f"filled cells of a sheet | {limits.MOST_CELLS:,} |" in page
    assert f"{limits.LARGEST_BYTES // 1_000_000} MB as received" in page
    assert f"{limits.LARGEST_UNPACKED_BYTES // 1_000_000} MB unpacked" in page
    assert f"{limits.MOST_CPU_SECONDS} seconds of processor time, {limits.MOST_SECONDS} by" in page
    assert f"{limits.MOST_MEMORY_BYTES // 1_000_000} MB of memory" in page


def test_cells_page_says_which_reasons_can_be_accepted() -> None:
    """The reasons that it says can be accepted are those that the register takes."""
    section = (
        text("docs", "cells.md")
        .split("## Which rejected rows can be accepted")[1]
        .split("\n## ")[0]
    )
    rows = re.findall(r"^\| `([a-z_]+)` \|", section, re.MULTILINE)
    assert rows == [reason.value for reason in AcceptableReason]


def test_onboarding_page_names_every_field() -> None:
    """Every field that a heading can be mapped to is named."""
    page = text("docs", "onboarding.md")
    assert all(f"`{name}`" in page for name in ReturnField)


def test_onboarding_page_names_every_kind_of_source() -> None:
    """Each list of sources.yaml is shown, and each field of a disaggregated file is explained."""
    page = text("docs", "onboarding.md")
    assert all(f"\n{name}:\n" in page for name in SourcesSettings.model_fields)
    assert all(f": {name}" in text("docs", "disaggregated.md") for name in DisaggregatedField)


def test_every_reason_for_no_rating_is_explained_by_the_command_line() -> None:
    """`explain` has a sentence for each reason."""
    explaining = text("perf_pipeline", "cli", "arithmetic.py")
    assert all(f'"{reason}":' in explaining for reason in NotRatedReason)


def test_every_reason_for_no_direction_is_explained_by_the_command_line() -> None:
    """`explain` has a sentence for each reason why figures are not comparable."""
    explaining = text("perf_pipeline", "cli", "explaining.py")
    assert all(f'"{reason}":' in explaining for reason in NotComparableReason)


def test_plausibility_page_names_every_check() -> None:
    """Every plausibility check is explained."""
    page = text("docs", "plausibility.md")
    assert all(f"`{check}`" in page for check in QualityCheck)
