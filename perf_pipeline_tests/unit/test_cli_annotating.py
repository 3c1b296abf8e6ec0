"""A workbook given back with a comment at each finding."""

from pathlib import Path

import openpyxl
import pytest

from perf_pipeline.cli.annotating import annotate_workbook, require_annotatable
from perf_pipeline.errors import RequestError
from perf_pipeline.orchestration.return_checks import Finding, ReturnCheck


def finding(column: str | None, row: int, text: str) -> Finding:
    """Make a finding of the sheet `Return`."""
    return Finding("Return", column, row, "A1", text, ("not_a_number",), is_rejection=True)


def found(*findings: Finding) -> ReturnCheck:
    """Make what was found in a return."""
    counts = dict.fromkeys(["read_count", "accepted_count", "rejected_count", "ignored_count"], 0)
    return ReturnCheck(
        source_code="adults",
        source_name="Adults",
        quarter_key="2023-24-Q1",
        file_name="mine.xlsx",
        is_template=False,
        compared_with="",
        findings=findings,
        ratings=(),
        missing=(),
        **counts,
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A workbook with merged cells in row 2, a formula and a comment of its own."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Return"
    for row in (["Ref", "Value"], ["A1", None], ["A2", "=1+1"]):
        sheet.append(row)
    sheet.merge_cells("A2:B2")
    sheet["A3"].comment = openpyxl.comments.Comment("Mine", "Me")
    path = tmp_path / "mine.xlsx"
    book.save(path)
    return path


def comments(path: Path) -> dict[str, str]:
    """Return the comments of a workbook by cell."""
    sheet = openpyxl.load_workbook(path)["Return"]
    return {c.coordinate: c.comment.text for row in sheet for c in row if c.comment}


def test_each_finding_stands_at_its_cell(file: Path, tmp_path: Path) -> None:
    """Findings of one cell share a comment; one of a whole row stands at its first cell."""
    out = tmp_path / "out.xlsx"
    one, two, row = (
        finding("B", 3, "Not a number."),
        finding("B", 3, "=1+1"),
        finding(None, 1, "Row"),
    )
    annotate_workbook(file.read_bytes(), file.name, out, found(one, two, row))
    assert comments(out) == {"A1": "Row", "B3": "Not a number.\n=1+1", "A3": "Mine"}
    assert openpyxl.load_workbook(out)["Return"]["B3"].value == "=1+1"


def test_a_cell_that_is_merged_has_its_comment_at_the_first(file: Path, tmp_path: Path) -> None:
    """Nobody sees a comment of a cell that another one covers."""
    annotate_workbook(
        file.read_bytes(), file.name, tmp_path / "out.xlsx", found(finding("B", 2, "Missing."))
    )
    assert comments(tmp_path / "out.xlsx")["A2"] == "Missing."


def test_the_original_stays_as_it_is(file: Path, tmp_path: Path) -> None:
    """Only the copy is written."""
    before = file.read_bytes()
    annotate_workbook(
        file.read_bytes(), file.name, tmp_path / "out.xlsx", found(finding("B", 3, "x"))
    )
    assert file.read_bytes() == before


def test_nothing_is_overwritten(file: Path) -> None:
    """Neither the return itself nor any other file."""
    before = file.read_bytes()
    with pytest.raises(RequestError, match="is there already"):
        require_annotatable(file.read_bytes(), file.name, file)
    assert file.read_bytes() == before


@pytest.mark.parametrize("name", ["mine.csv", "mine.ods", "mine.xlsx"])
def test_only_an_excel_workbook_is_given_back(tmp_path: Path, name: str) -> None:
    """What has no cells to comment on is told so."""
    path = tmp_path / name
    path.write_bytes(b"Ref,Value\nA1,1\n")
    with pytest.raises(RequestError, match=r"Only an Excel workbook \(.xlsx\)"):
        require_annotatable(path.read_bytes(), path.name, tmp_path / "out.xlsx")


def test_the_copy_has_no_macros(file: Path, tmp_path: Path) -> None:
    """It is an .xlsx, and is written as nothing else."""
    with pytest.raises(RequestError, match=r"as another \.xlsx"):
        require_annotatable(file.read_bytes(), file.name, tmp_path / "out.xlsm")


@pytest.mark.parametrize(
    ("name", "words"),
    [("none/out.xlsx", "There is no folder"), ("x" * 300 + ".xlsx", "cannot be looked at: File")],
    ids=["no-folder", "no-name"],
)
def test_the_copy_needs_a_place(file: Path, tmp_path: Path, name: str, words: str) -> None:
    """That it has none is said before the return is read."""
    with pytest.raises(RequestError, match=words):
        require_annotatable(file.read_bytes(), file.name, tmp_path / name)


def test_a_workbook_under_another_name_can_be_given_back(file: Path, tmp_path: Path) -> None:
    """Its content says what it is, as it does to a run."""
    require_annotatable(file.read_bytes(), "mine.csv", tmp_path / "out.xlsx")


def test_what_was_checked_is_given_back(file: Path, tmp_path: Path) -> None:
    """A file that changes while it is checked changes nothing: its place is not opened again."""
    checked = file.read_bytes()
    file.unlink()
    annotate_workbook(checked, file.name, tmp_path / "out.xlsx", found(finding("B", 3, "x")))
    assert comments(tmp_path / "out.xlsx")["B3"] == "x"
