"""A return checked before it is sent: what a run would make of it, cell by cell."""

import csv
import datetime as dt
import io
import resource
from pathlib import Path

import openpyxl
import pytest

from perf_pipeline.council import Council, read_council
from perf_pipeline.errors import RequestError, ReturnError
from perf_pipeline.orchestration.return_checks import ReturnCheck, check_return
from perf_pipeline.orchestration.return_templates import return_template
from perf_pipeline.quarters import Quarter
from perf_pipeline.sources import read_unsent
from perf_pipeline.sources.limits import LARGEST_BYTES
from perf_pipeline.templates import template_bytes

DATA = Path(__file__).resolve().parents[2] / "data"
QUARTER = Quarter(2023, 2)
RETURNS = DATA / "returns" / QUARTER.key
PLACES = {
    "adults_services.xlsx": [("Return!C8", "ADS-05", "excel_error")],
    "climate_and_place.csv": [("row 7, column D", "CLP-05", "value_disagrees")],
    "community_services.json": [("row 11", "COM-11", "not_a_number")],
    "public_health.csv": [("row 7, column C", "PBH-06", "ambiguous_percent")],
    "resources_and_corporate.ods": [],
    "strategy_workforce_localities.csv": [
        ("row 4, column A", "SWL-03", "duplicate_conflicting"),
        ("row 5, column A", "SWL-03", "duplicate_conflicting"),
    ],
}
"""What data/README.md says is wrong with the returns of Q2 2023/24."""


@pytest.fixture(scope="module")
def council() -> Council:
    """The sample council."""
    return read_council(DATA)


def checked(council: Council, name: str, content: bytes | None = None) -> ReturnCheck:
    """Check a return of the sample, or other content under its name."""
    sent = (RETURNS / name).read_bytes() if content is None else content
    return check_return(sent, name, QUARTER, council)


@pytest.mark.parametrize("name", PLACES)
def test_every_mistake_of_the_sample_is_found_where_it_stands(council: Council, name: str) -> None:
    """Findings that reject rows are those that data/README.md lists, each at its cell."""
    found = checked(council, name)
    rejections = [each for each in found.findings if each.is_rejection]
    known = [each for each in rejections if each.kpi_ref is not None]
    assert [(each.place, each.kpi_ref, *each.reason_codes) for each in known] == PLACES[name]
    assert found.rejected_count == len({each.row_number for each in rejections})


@pytest.mark.parametrize("name", PLACES)
def test_every_row_is_accounted_for(council: Council, name: str) -> None:
    """Rows read are accepted, rejected or ignored."""
    found = checked(council, name)
    counts = found.accepted_count, found.rejected_count, found.ignored_count
    assert found.read_count == sum(counts)
    assert found.accepted_count > 0


def test_kpis_are_rated_with_their_targets(council: Council) -> None:
    """Figures and targets are as the scorecard prints them; a rejected row has no figure."""
    ratings = {each.kpi_ref: each for each in checked(council, "adults_services.xlsx").ratings}
    one, rejected = ratings["ADS-04"], ratings["ADS-05"]
    assert (one.figure, one.target, one.rating_label) == ("78.9%", "82.0%", "Amber")
    assert (rejected.figure, rejected.rag_code, rejected.reason_code) == (None, None, "rejected")


def edited(name: str, old: str, new: str) -> bytes:
    """Return a sample return with a text of it replaced."""
    content = (RETURNS / name).read_text(encoding="utf-8")
    assert old in content
    return content.replace(old, new).encode()


def without_row(name: str, kpi_ref: str) -> bytes:
    """Return a sample CSV without the rows of a KPI."""
    text = (RETURNS / name).read_text(encoding="utf-8")
    written = io.StringIO()
    csv.writer(written).writerows(
        row for row in csv.reader(io.StringIO(text)) if not row or row[0] != kpi_ref
    )
    return written.getvalue().encode()


def test_a_kpi_that_is_not_there_is_missing(council: Council) -> None:
    """Due, and no row of it: that is said by reference and name."""
    name = "climate_and_place.csv"
    assert checked(council, name).missing == ()
    found = checked(council, name, without_row(name, "CLP-02"))
    assert [each.kpi_ref for each in found.missing] == ["CLP-02"]
    assert not found.is_clean


def test_a_return_without_mistakes_is_clean(council: Council) -> None:
    """Nothing is rejected and nothing is missing."""
    found = checked(council, "resources_and_corporate.ods")
    assert found.is_clean
    assert (found.is_template, found.source_code) == (False, "resources_and_corporate")


def test_a_red_kpi_without_an_action_is_noted_and_rejects_nothing(council: Council) -> None:
    """It is said at the action's cell; the return may be sent all the same."""
    (note,) = [
        each
        for each in checked(council, "strategy_workforce_localities.csv").findings
        if not each.is_rejection
    ]
    assert (note.kpi_ref, note.place) == ("SWL-06", "row 8, column E")
    assert "would be red" in note.text


def test_without_a_database_it_is_said_what_figures_are_compared_with(council: Council) -> None:
    """The register's history is all that a service's laptop has."""
    assert "history.csv" in checked(council, "public_health.csv").compared_with


@pytest.mark.parametrize("code", ["climate_and_place", None])
def test_the_source_is_named_or_told_by_the_files_name(council: Council, code: str | None) -> None:
    """The name is that of exactly one source's location."""
    path = RETURNS / "climate_and_place.csv"
    found = check_return(path.read_bytes(), path.name, QUARTER, council, source_code=code)
    assert found.source_code == "climate_and_place"


def test_a_file_that_says_nothing_is_asked_whose_it_is(council: Council) -> None:
    """Nothing is guessed from its headings."""
    path = RETURNS / "climate_and_place.csv"
    with pytest.raises(RequestError, match=r"says whose return it is\. Name the source: one of a"):
        check_return(path.read_bytes(), "ours.csv", QUARTER, council)


def test_an_unknown_source_is_told_with_those_that_there_are(council: Council) -> None:
    """The person can choose."""
    with pytest.raises(RequestError, match="`housing` is no source of Somerset Council"):
        check_return(b"x", "x.csv", QUARTER, council, source_code="housing")


def test_a_quarter_before_the_first_is_refused(council: Council) -> None:
    """There is nothing to check it against."""
    with pytest.raises(RequestError, match="The first quarter reported is Q1 2023/24"):
        check_return(b"x", "x.csv", Quarter(2022, 4), council)


def test_a_file_that_cannot_be_read_is_refused_in_words_for_the_service(council: Council) -> None:
    """It is told to check again, not to rerun what it does not know."""
    with pytest.raises(ReturnError) as caught:
        checked(council, "adults_services.xlsx", b"%PDF-1.7")
    text = str(caught.value)
    assert "This is a PDF document, not a workbook" in text
    assert text.endswith("then check it again.")


def test_nothing_is_kept_of_what_was_checked(
    council: Council, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder that it was read from is gone, also where it could not be read."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    checked(council, "public_health.csv")
    with pytest.raises(ReturnError):
        checked(council, "public_health.csv", b"")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_too_large_is_refused_before_it_is_copied(
    council: Council, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No more of it is read than a return may have, and none of it is written anywhere."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    file = tmp_path / "huge.csv"
    with file.open("wb") as opened:
        opened.truncate(50 * LARGEST_BYTES)
    content = read_unsent(file)
    assert len(content) == LARGEST_BYTES + 1
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        with pytest.raises(ReturnError, match=r"^huge.csv: It is larger than 100 MB\. Send only"):
            check_return(content, file.name, QUARTER, council)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_status_beside_a_figure_is_found_at_its_cell(council: Council) -> None:
    """In a template the finding names the sheet and the status's own cell."""
    made = return_template("public_health", QUARTER, council, None, dt.datetime.now(dt.UTC))
    book = openpyxl.load_workbook(io.BytesIO(template_bytes(made)))
    sheet = book["Return"]
    columns = {str(cell.value): cell.column_letter for cell in sheet[4]}
    sheet[f"{columns['Value']}5"] = 0.5
    sheet[f"{columns['Status']}5"] = "awaiting"
    written = io.BytesIO()
    book.save(written)
    found = check_return(written.getvalue(), "x.xlsx", QUARTER, council)
    (finding,) = [each for each in found.findings if each.is_rejection]
    assert finding.place == f"Return!{columns['Status']}5"
    assert finding.reason_codes == ("status_disagrees",)
    assert len(found.missing) == 6
