"""The register's accepted rows: every mistake is told, with what to write instead."""

from pathlib import Path

import pytest

from perf_pipeline.council import read_council
from perf_pipeline.errors import CouncilError
from perf_pipeline.quarters import Quarter
from perf_pipeline.schemas import column_kinds, register
from perf_pipeline_tests.unit.test_council_tables import folder_with

SHA256 = "ab" * 32
ROW = (
    f"2023-24-Q2,adults,{SHA256},,14,,out_of_range,Head of Performance,2023-10-20,"
    '"Counted twice, as agreed"'
)


def folder_accepting(folder: Path, *rows: str) -> Path:
    """Write a council folder in which these rows are accepted."""
    written = folder_with(folder)
    lines = [",".join(column_kinds(register.AcceptedRows)), *rows]
    path = written / "register" / "accepted_rows.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return written


def test_accepted_rows_are_those_of_the_quarter(tmp_path: Path) -> None:
    """An acceptance is of one quarter's return and no other."""
    council = read_council(folder_accepting(tmp_path, ROW))
    (row,) = council.accepted_rows_of(Quarter(2023, 2)).to_dict("records")
    assert (row["row_number"], row["reason_code"]) == (14, "out_of_range")
    assert council.accepted_rows_of(Quarter(2023, 3)).empty


def test_an_acceptance_changes_what_outturns_are_judged_by(tmp_path: Path) -> None:
    """A run that began before it is not gone on with after it."""
    shas = []
    for name, rows in (("without", []), ("with", [ROW])):
        (tmp_path / name).mkdir()
        shas.append(read_council(folder_accepting(tmp_path / name, *rows)).judging_sha256)
    assert shas[0] != shas[1]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        pytest.param("adults", "adult", ["The source `adult`", "mean `adults`?"], id="source"),
        pytest.param(
            "out_of_range",
            "ambiguous_percent",
            ["not one of its words", "out_of_range, value_disagrees or kpi_not_due"],
            id="reason-that-cannot-be-accepted",
        ),
        pytest.param(
            '"Counted twice, as agreed"', "", ["`reason_text` is empty"], id="unexplained"
        ),
        pytest.param(
            "Head of Performance",
            "ROLE",
            ["`accepted_by_role` is still ROLE", "Write the role"],
            id="not-filled-in",
        ),
        pytest.param("Head of Performance", "", ["`accepted_by_role` is empty"], id="nobody"),
        pytest.param(
            "Head of Performance", "jo@council.example", ["a person's address"], id="address"
        ),
        pytest.param("2023-10-20", "2023-02-30", ["not a date"], id="no-day"),
        pytest.param("2023-10-20", "9999-01-01", ["is after today"], id="future"),
        pytest.param(SHA256, SHA256[1:], ["`file_sha256`", "cannot be"], id="digest"),
        pytest.param(",14,", ",fourteen,", ["not a whole number"], id="row"),
        pytest.param("2023-24-Q2", "Q2", ["not a quarter"], id="quarter"),
    ],
)
def test_mistakes_are_told(tmp_path: Path, old: str, new: str, words: list[str]) -> None:
    """Each is one mistake, on its line, with what to write instead."""
    assert ROW.count(old) == 1
    with pytest.raises(CouncilError) as error:
        read_council(folder_accepting(tmp_path, ROW.replace(old, new)))
    (mistake,) = error.value.mistakes
    assert (mistake.file, mistake.line) == ("register/accepted_rows.csv", 2)
    for word in words:
        assert word in str(mistake)


def test_a_row_is_accepted_once_for_each_reason(tmp_path: Path) -> None:
    """The same reason twice is a mistake, another reason is not."""
    other = ROW.replace("out_of_range", "value_disagrees")
    with pytest.raises(CouncilError) as error:
        read_council(folder_accepting(tmp_path, ROW, other, ROW))
    (mistake,) = error.value.mistakes
    assert mistake.line == 4
    assert "is on line 2 already" in mistake.found


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """A row with several has one each."""
    row = ROW.replace("adults", "adult").replace("2023-10-20", "9999-01-01")
    with pytest.raises(CouncilError) as error:
        read_council(folder_accepting(tmp_path, row))
    assert len(error.value.mistakes) == 2


@pytest.mark.parametrize(
    ("added", "is_judging"),
    [
        pytest.param("notify: [team@council.example]\n", False, id="notify"),
        pytest.param("schedule: {run_time: 07:00}\n", False, id="schedule"),
        pytest.param("sign_off: [Finance]\n", False, id="sign_off"),
        pytest.param("# Agreed in July.\n", False, id="comment"),
        pytest.param("comparison: {dead_band_points: 0.5}\n", True, id="comparison"),
    ],
)
def test_only_what_changes_figures_counts(
    tmp_path: Path,
    added: str,
    is_judging: bool,  # noqa: FBT001 - parametrised
) -> None:
    """Who is told, who signs and when is nothing by which outturns are judged; a rule is."""
    folder = folder_with(tmp_path)
    before = read_council(folder)
    with (folder / "council.yaml").open("a", encoding="utf-8") as file:
        file.write(f"\n{added}")
    after = read_council(folder)
    assert after.sha256 != before.sha256
    assert (after.judging_sha256 != before.judging_sha256) == is_judging


def test_the_column_may_be_left_out_of_the_file(tmp_path: Path) -> None:
    """A file of before there was one is read as it was: each line is of the row's own figure."""
    folder = folder_accepting(tmp_path)
    headings = [name for name in column_kinds(register.AcceptedRows) if name != "column_code"]
    row = ROW.replace(",14,,", ",14,")
    path = folder / "register" / "accepted_rows.csv"
    path.write_text(f"{','.join(headings)}\n{row}\n", encoding="utf-8")
    (read,) = read_council(folder).accepted_rows.to_dict("records")
    assert (read["row_number"], read["reason_code"]) == (14, "out_of_range")
    assert read["column_code"] != read["column_code"] or read["column_code"] is None


def test_figures_of_one_row_are_accepted_one_by_one(tmp_path: Path) -> None:
    """Two columns of one row are two acceptances, and no repetition."""
    rows = [ROW.replace(",14,,", f",14,{column},") for column in ("C", "D")]
    council = read_council(folder_accepting(tmp_path, *rows))
    assert list(council.accepted_rows["column_code"]) == ["C", "D"]
