"""Where `perf-pipeline template` writes, and for whom: what cannot be done is said in words."""

from pathlib import Path

import openpyxl
import pytest

from perf_pipeline.cli.templating import template_command
from perf_pipeline.errors import RequestError
from perf_pipeline.quarters import Quarter
from perf_pipeline_tests.integration.workplaces import copy_council

QUARTER = Quarter(2023, 2)


@pytest.fixture
def council(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The register and settings of the sample, without a database."""
    copy_council(tmp_path)
    monkeypatch.setenv("PERF_PIPELINE_COUNCIL", str(tmp_path / "data"))
    monkeypatch.setenv("PERF_PIPELINE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("PERF_PIPELINE_DATABASE_URL", raising=False)
    return tmp_path / "data"


@pytest.mark.parametrize(
    ("named", "words"),
    [("there", "is a file, and --all makes a folder"), ("there/in it", "cannot be made: Not a")],
    ids=["file", "below-a-file"],
)
def test_all_templates_need_a_folder(council: Path, tmp_path: Path, named: str, words: str) -> None:
    """A file in the folder's place, or above it, is named and stays as it is."""
    (tmp_path / "there").write_text("mine", encoding="utf-8")
    with pytest.raises(RequestError, match=words):
        template_command(QUARTER, None, tmp_path / named, is_all=True)
    assert council.is_dir()
    assert (tmp_path / "there").read_text(encoding="utf-8") == "mine"


@pytest.mark.usefixtures("council")
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("there/x.xlsx", "cannot be written: Not a directory"),
        ("x" * 300, "cannot be looked at: File name too long"),
    ],
    ids=["below-a-file", "long"],
)
def test_a_template_without_a_place_is_refused(tmp_path: Path, name: str, words: str) -> None:
    """The place is named with what is wrong with it."""
    (tmp_path / "there").write_text("mine", encoding="utf-8")
    with pytest.raises(RequestError, match=words):
        template_command(QUARTER, "public_health", tmp_path / name, is_all=False)


@pytest.mark.usefixtures("council")
def test_a_service_among_others_of_a_source_is_refused(tmp_path: Path) -> None:
    """A form of some of a source's KPIs could never be a whole return: the source is named."""
    out = tmp_path / "out.xlsx"
    with pytest.raises(RequestError, match=r"Make the template of public_health\.$"):
        template_command(QUARTER, "public_health_nursing", out, is_all=False)
    assert not out.exists()


def test_a_service_that_has_a_source_to_itself_names_it(council: Path, tmp_path: Path) -> None:
    """Where every KPI of the source is the service's, the form is the source's own."""
    register = council / "register" / "kpis.csv"
    text = register.read_text(encoding="utf-8")
    register.write_text(
        text.replace(",public_health_nursing,", ",health_and_wellbeing,"), encoding="utf-8"
    )
    by_service, by_source = tmp_path / "service.xlsx", tmp_path / "source.xlsx"
    template_command(QUARTER, "health_and_wellbeing", by_service, is_all=False)
    template_command(QUARTER, "public_health", by_source, is_all=False)
    assert references(by_service) == references(by_source)


def references(path: Path) -> list[object]:
    """Return the first column of a template."""
    return [row[0].value for row in openpyxl.load_workbook(path)["Return"]]
