"""`perf-pipeline check-return` with `--annotate`: a copy that cannot be made loses no finding."""

import io
import json
from pathlib import Path

import openpyxl
import pytest

from perf_pipeline.cli.checking import check_return_command
from perf_pipeline.errors import RequestError
from perf_pipeline.quarters import Quarter
from perf_pipeline_tests.integration.workplaces import copy_council

QUARTER = Quarter(2023, 2)
NAME = "adults_services.xlsx"


@pytest.fixture
def returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The sample's returns of a quarter, beside its register and without a database."""
    copy_council(tmp_path)
    monkeypatch.setenv("PERF_PIPELINE_COUNCIL", str(tmp_path / "data"))
    monkeypatch.setenv("PERF_PIPELINE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("PERF_PIPELINE_DATABASE_URL", raising=False)
    return tmp_path / "data" / "returns" / QUARTER.key


def with_a_sheet_that_swells(path: Path) -> None:
    """Give a workbook another sheet, which takes more memory than there is to write a copy."""
    book = openpyxl.load_workbook(path)
    sheet = book.create_sheet("Swollen")
    sheet.merged_cells.add("A1:XFD1048576")
    written = io.BytesIO()
    book.save(written)
    path.write_bytes(written.getvalue())


@pytest.mark.parametrize("as_json", [True, False], ids=["json", "text"])
def test_findings_are_printed_before_the_copy_is_written(
    returns: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], *, as_json: bool
) -> None:
    """Another sheet that nobody can copy is told after them, as an error."""
    file, out = returns / NAME, tmp_path / "out.xlsx"
    with_a_sheet_that_swells(file)
    with pytest.raises(RequestError, match="another sheet of it is damaged, or takes more"):
        check_return_command(file, QUARTER, None, out, as_json=as_json)
    printed = capsys.readouterr().out
    assert "#DIV/0!" in printed
    assert not as_json or json.loads(printed)["rejected_count"] == 1
    assert not out.exists()


def test_a_copy_that_cannot_be_made_is_refused_before_the_return_is_read(
    returns: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A text file, or a place that is taken, is a mistake in the call: nothing is printed."""
    with pytest.raises(RequestError, match="Only an Excel workbook"):
        check_return_command(
            returns / "public_health.csv", QUARTER, None, tmp_path / "out.xlsx", as_json=False
        )
    with pytest.raises(RequestError, match="is there already"):
        check_return_command(returns / NAME, QUARTER, None, returns / NAME, as_json=False)
    assert capsys.readouterr().out == ""
