"""What `perf-pipeline rejects` lists: rows to mend, how to accept them, and rows mended."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import pytest

from perf_pipeline.cli.mending import Version, mended_rows, rejected_rows, with_withheld
from perf_pipeline.council.register import REGISTER, read_table
from perf_pipeline.rules import SmallNumbers
from perf_pipeline.schemas import column_kinds, empty, reporting
from perf_pipeline.summarise import rejected_rows as reported
from perf_pipeline.suppress import withheld_files, withhold_rejections, without_digests
from perf_pipeline_tests.unit.builders import FrameBuilder

Row = dict[str, Any]
Versions = Callable[..., list[Version]]

TODAY = dt.date(2023, 7, 20)
STATUS = {
    "source_code": "adults",
    "source_name": "Adults Services",
    "contact_role": "Performance Lead, Adults Services",
}


@pytest.fixture(scope="module")
def versions(build_checked: FrameBuilder, build_scorecard: FrameBuilder) -> Versions:
    """Return a function that makes versions of a quarter, each with these rejected rows.

    KPIs that are not rejected have their figure in the scorecard.
    """

    def version(number: int, rows: Sequence[Row]) -> Version:
        rejected = reported(build_checked(*rows))
        refs = set(rejected["kpi_ref"].dropna())
        accepted = [ref for ref in ("ADS-01", "ADS-02") if ref not in refs]
        tables = {
            "rejected_rows": rejected,
            "return_status": pd.DataFrame([STATUS]),
            "kpi_scorecard": build_scorecard(
                *({"kpi_ref": ref, "row_number": 2, "source_code": "adults"} for ref in accepted)
            ),
            "kpi_breakdowns": empty(reporting.KpiBreakdowns),
            "restatements": empty(reporting.Restatements),
        }
        return Version(number, tables)

    def make(*of_versions: Sequence[Row]) -> list[Version]:
        return [version(number, rows) for number, rows in enumerate(of_versions, start=1)]

    return make


def test_a_rejected_row_says_who_must_act_and_how(versions: Versions) -> None:
    """Source, role, place, what the row held and what to send instead stand together."""
    (row,) = rejected_rows(versions([{"sheet_name": "KPIs"}])[0], TODAY)
    assert (row.source_name, row.contact_role) == (STATUS["source_name"], STATUS["contact_role"])
    assert (row.file_name, row.sheet_name, row.row_number) == ("adults.csv", "KPIs", 2)
    assert row.row_text == "Ref: ADS-01 | Figure: 1.2.3"
    assert row.reason_text == "`1.2.3` is not a number."
    assert row.acceptance_lines == ()


@pytest.mark.parametrize("sheet", [None, 'A, "B"'], ids=["file", "sheet to be quoted"])
def test_lines_that_accept_a_row_are_the_registers(versions: Versions, sheet: str | None) -> None:
    """Under the headings they are rows that the register takes, one for each reason."""
    rejected = {"sheet_name": sheet, "outcome_reason_code": "out_of_range; kpi_not_due"}
    (row,) = rejected_rows(versions([rejected])[0], TODAY)
    headings = ",".join(column_kinds(REGISTER["accepted_rows"]))
    table = read_table("accepted_rows", "\n".join([headings, *row.acceptance_lines]).encode())
    assert not table.mistakes
    assert list(table.frame["reason_code"]) == ["out_of_range", "kpi_not_due"]
    written = table.frame.iloc[0]
    assert written["file_sha256"] == "0" * 64
    assert (written["sheet_name"] if sheet else None) == sheet
    assert (written["row_number"], written["accepted_date"]) == (2, "2023-07-20")
    assert (written["accepted_by_role"], written["reason_text"]) == ("ROLE", "REASON")


@pytest.mark.parametrize(
    ("row_id", "column"), [("adults:A:B:2:C", "C"), ("adults:A:B:2", "")], ids=["wide", "own"]
)
def test_the_line_names_the_column_of_a_figure_among_several(
    versions: Versions, row_id: str, column: str
) -> None:
    """It is the register's `column_code`; empty for the row's own figure."""
    rejected = {"row_id": row_id, "sheet_name": "A:B", "outcome_reason_code": "out_of_range"}
    (row,) = rejected_rows(versions([rejected])[0], TODAY)
    (line,) = row.acceptance_lines
    assert f",A:B,2,{column},out_of_range," in line


def test_a_row_with_a_reason_that_cannot_be_accepted_has_no_lines(versions: Versions) -> None:
    """One reason that leaves two readings is enough."""
    rejected = {"outcome_reason_code": "out_of_range; ambiguous_percent"}
    (row,) = rejected_rows(versions([rejected])[0], TODAY)
    assert row.acceptance_lines == ()


def test_a_row_that_is_accepted_now_is_mended(versions: Versions) -> None:
    """It says which version had it rejected last, and which accepted it first."""
    rejected = {"row_number": 14}
    (row,) = mended_rows(versions([rejected], [rejected], [], []))
    assert (row.kpi_ref, row.row_number) == ("ADS-01", 14)
    assert (row.rejected_version, row.settled_version, row.is_accepted) == (2, 3, True)


def test_a_row_that_is_still_rejected_is_not_mended(versions: Versions) -> None:
    """Also where it stands elsewhere, or is rejected again for another reason."""
    again = {"row_number": 9, "outcome_reason_code": "out_of_range"}
    assert mended_rows(versions([{}], [], [again])) == []


def test_another_row_in_the_place_of_a_rejected_one_is_not_it(versions: Versions) -> None:
    """A row is told by what it is about, not by where it stood."""
    (row,) = mended_rows(versions([{}], [{"kpi_ref": "ADS-02"}]))
    assert (row.kpi_ref, row.is_accepted) == ("ADS-01", True)


def test_what_became_of_a_row_without_kpi_is_not_guessed(versions: Versions) -> None:
    """A row of an unknown reference is no longer rejected; nobody can tell as what it came back."""
    unknown = {"kpi_ref": None, "row_text": "Ref: ADS-O1"}
    (row,) = mended_rows(versions([unknown], []))
    assert (row.kpi_ref, row.settled_version, row.is_accepted) == (None, 2, False)


def test_a_restatement_is_mended_in_its_own_table(versions: Versions) -> None:
    """The KPI's own figure says nothing of it."""
    before, after = versions([{"quarter_key": "2022-23-Q4"}], [])
    (lost,) = mended_rows([before, after])
    assert not lost.is_accepted
    known = {
        "quarter_key": "2023-24-Q1",
        "kpi_ref": "ADS-01",
        "source_code": "adults",
        "restated_quarter_key": "2022-23-Q4",
        "restatement_kind_code": "restated",
    }
    columns = after.tables["restatements"].columns
    after.tables["restatements"] = pd.DataFrame([{name: known.get(name) for name in columns}])
    (mended,) = mended_rows([before, after])
    assert mended.is_accepted


def test_the_council_sees_what_readers_do_not(build_checked: FrameBuilder) -> None:
    """What is withheld of a rejected row is put back, so that it can be mended."""
    checked = build_checked({"kpi_ref": None}, {"row_id": "another"})
    seen = withhold_rejections(checked, checked, SmallNumbers())
    files = withheld_files(checked, SmallNumbers())
    shown = without_digests(reported(seen.rejected), files)
    assert list(shown["row_text"]) == list(shown["file_sha256"]) == ["[c]", "[c]"]
    withheld = {"withheld_rows": seen.rows, "withheld_files": files}
    tables = with_withheld({"rejected_rows": shown}, withheld)
    pd.testing.assert_frame_equal(tables["rejected_rows"], reported(checked))


def test_of_a_breakdowns_row_nothing_is_claimed(versions: Versions) -> None:
    """Its category is not known: that another one was accepted does not mean that it was mended."""
    women = {"breakdown_type_code": "sex", "breakdown_category_code": "F"}
    before, after = versions([women], [])
    other = {
        "quarter_key": "2023-24-Q1",
        "kpi_ref": "ADS-01",
        "source_code": "adults",
        "breakdown_type_code": "sex",
        "breakdown_category_code": "M",
    }
    columns = after.tables["kpi_breakdowns"].columns
    after.tables["kpi_breakdowns"] = pd.DataFrame([{name: other.get(name) for name in columns}])
    (gone,) = mended_rows([before, after])
    assert (gone.settled_version, gone.is_accepted) == (2, False)


def test_a_row_beside_an_accepted_one_that_is_deleted_was_not_accepted(versions: Versions) -> None:
    """The KPI had its figure before: that it still has says nothing of the row that is gone."""
    before, after = versions([{}], [])
    before.tables["kpi_scorecard"] = after.tables["kpi_scorecard"]
    (gone,) = mended_rows([before, after])
    assert not gone.is_accepted
