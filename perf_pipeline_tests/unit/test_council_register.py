"""The register's CSV files: each mistake of a row or cell with its line and a remedy."""

from collections.abc import Sequence
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perf_pipeline.council.cells import cell_fault, cell_value
from perf_pipeline.council.register import REGISTER, RegisterTable, read_table
from perf_pipeline.errors import Mistake
from perf_pipeline.schemas import ColumnKind, empty, register

KPIS = """\
kpi_ref,kpi_name,definition_text,service_code,priority_code,theme_code,source_code,unit_code,\
polarity_code,basis_code,rule_name,due_quarters_text,arrears_quarter_count,is_year_to_date,\
baseline_quarter_key,decimal_places,minimum_value,maximum_value,owner_name,is_illustrative,\
note_text,valid_from,valid_to
AD-01,Reviews done,,care,,,adults,percent,higher,targeted,,Q1 Q2 Q3 Q4,0,false,,1,,,Head,true,,\
2023-24-Q1,
CH-01,Schools inadequate,,schools,,,children,number,lower,targeted,points,Q2 Q4,0,true,,0,-3,9.5,\
Head,true,"Two
lines",2023-24-Q1,2024-25-Q4
CH-02,Complaints,,schools,,,children,number,none,data_only,,Q1,0,false,,0,,,Head,true,,2023-24-Q2,
"""
RECEIPTS = """\
quarter_key,source_code,received_date
2023-24-Q1,adults,2023-07-14
2023-24-Q1,children,2023-07-17
"""


def kpis_with(old: str, new: str) -> RegisterTable:
    """Read the KPIs with the one place changed where a text stands."""
    assert KPIS.count(old) == 1, f"{old!r} stands {KPIS.count(old)} times"
    return read_table("kpis", KPIS.replace(old, new).encode())


def receipts_of(content: bytes) -> RegisterTable:
    """Read the bytes of a receipts file."""
    return read_table("receipts", content)


def assert_one_mistake(table: RegisterTable, line: int, words: Sequence[str]) -> None:
    """Assert that a table has one mistake, where it is, and what it says."""
    places = [(mistake.file, mistake.line) for mistake in table.mistakes]
    assert places == [(table.file, line)], table.mistakes
    for word in words:
        assert word in str(table.mistakes[0])


def test_table_without_mistakes_is_a_frame_of_its_schema() -> None:
    """Texts stay text, numbers and flags become such, and empty cells are null."""
    table = read_table("kpis", KPIS.encode())
    assert not table.mistakes
    register.Kpis.validate(table.frame)
    row = table.frame.loc[1]
    assert (row["is_year_to_date"], row["decimal_places"], row["minimum_value"]) == (True, 0, -3)
    assert row["note_text"] == "Two\nlines"
    assert pd.isna(row["definition_text"])


def test_lines_are_those_on_which_rows_begin() -> None:
    """A line break within a cell moves the rows after it, as in an editor."""
    assert [row.line for row in read_table("kpis", KPIS.encode()).rows] == [2, 3, 5]


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        pytest.param("higher", "up", 2, ["higher, lower, range or none"], id="bad-polarity"),
        pytest.param("percent", "%", 2, ["percent, number, gbp"], id="bad-unit"),
        pytest.param("data_only", "idle", 5, ["in_development or"], id="bad-basis"),
        pytest.param("AD-01", "AD:01", 2, ["`AD:01`", "colon", "hyphen"], id="colon-in-reference"),
        pytest.param("Reviews done", "", 2, ["`kpi_name` is empty"], id="empty-name"),
        pytest.param("Reviews done", "R" * 256, 2, ["256 char", "255"], id="long-name"),
        pytest.param("Reviews done", "Re\0views", 2, ["U+0000", "Delete"], id="nul"),
        pytest.param("Reviews done", '"a\nb"', 2, ["U+000A"], id="line-break-in-name"),
        pytest.param("Two\nlines", "Two\x1b", 3, ["U+001B"], id="control-character"),
        pytest.param("Reviews done", "Reviews ", 2, ["with a space"], id="space-at-end"),
        pytest.param("Complaints", "  ", 5, ["only spaces"], id="only-spaces"),
        pytest.param("Q2 Q4", "Q2 Q2", 3, ["twice", "once"], id="due-twice"),
        pytest.param("Q2 Q4", "Q2;Q5", 3, ["not a list of quarters"], id="due-unknown"),
        pytest.param("true,,0,-3", "TRUE,,0,-3", 3, ["true or false"], id="bad-flag"),
        pytest.param("true,,0,-3", ",,0,-3", 3, ["is empty", "true or f"], id="no-flag"),
        pytest.param("true,,0,-3", "true,,0.5,-3", 3, ["whole number"], id="fraction"),
        pytest.param("true,,0,-3", "true,,-1,-3", 3, ["cannot be"], id="negative-count"),
        pytest.param("9.5", "9.5%", 3, ["`9.5%`", "no % sign"], id="percent-sign"),
        pytest.param("9.5", "9.5e0", 3, ["`9.5e0`", "no exponent"], id="exponent"),
        pytest.param("9.5", "1,000", 3, ["24 cells and the heading 23"], id="unquoted-comma"),
        pytest.param("9.5", '"1,000"', 3, ["`1,000`", "no thousands"], id="thousands"),
        pytest.param("9.5", "NaN", 3, ["`NaN`", "not a plain number"], id="nan"),
        pytest.param("9.5", "inf", 3, ["`inf`", "not a plain number"], id="infinite"),
        pytest.param("9.5", "9.500000000000001", 3, ["16 digits", "15 digits"], id="too-exact"),
        pytest.param("2024-25-Q4", "2023-24-Q5", 3, ["Write it like 2023-24-Q1"], id="no-quarter"),
        pytest.param("2024-25-Q4", "2024-26-Q4", 3, ["Did you mean 2024-25-Q4?"], id="years-apart"),
        pytest.param(
            "Head,true,,2023-24-Q2", "Head,true,,", 5, ["`valid_from`"], id="no-beginning"
        ),
        pytest.param(
            '"Two\nlines"', '"Two" lines', 3, ["cannot be read", "twice"], id="quote-inside"
        ),
        pytest.param("Complaints", '"Complaints', 5, ["cannot be read"], id="open-quote"),
        pytest.param("Reviews done", "Reviews\u00addone", 2, ["U+00AD"], id="soft-hyphen"),
        pytest.param("Two\nlines", "Two\ufffd", 3, ["U+FFFD"], id="mangled-letter"),
    ],
)
def test_mistake_in_a_row(old: str, new: str, line: int, words: Sequence[str]) -> None:
    """A mistake is reported at the first line of its row, with what to write."""
    assert_one_mistake(kpis_with(old, new), line, words)


@pytest.mark.parametrize(
    "column",
    [
        "directorate_code",
        "service_code",
        "kpi_ref",
        "breakdown_type_code",
        "breakdown_category_code",
    ],
)
@pytest.mark.parametrize(
    ("code", "words"),
    [
        pytest.param("ADS:01", ["`ADS:01`", "a colon", "Write a hyphen"], id="colon"),
        pytest.param("ADS / 01", ["`ADS / 01`", "a slash between spaces"], id="slash"),
    ],
)
def test_code_that_could_be_two_is_refused(column: str, code: str, words: Sequence[str]) -> None:
    """Codes are joined to keys, which must come apart again, wherever a code is written."""
    assert cell_fault(column, ColumnKind.CODE, "ADS/01-b") is None
    fault = cell_fault(column, ColumnKind.CODE, code)
    assert fault is not None
    assert all(word in f"{fault.found} {fault.remedy}" for word in (f"`{column}`", *words))


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        pytest.param(
            "quarter_key,source_code",
            [("The column `received_date` is missing.", "Add it to the heading and every row.")],
            id="missing",
        ),
        pytest.param(
            "quarter_key,source_code,received_date,by",
            [("The column `by` is not known.", "Delete or rename the column.")],
            id="unknown",
        ),
        pytest.param(
            "quarter_key,sauce_code,received_date",
            [
                ("The column `sauce_code` is not known.", "Did you mean `source_code`?"),
                ("The column `source_code` is missing.", "Add it to the heading and every row."),
            ],
            id="misspelt",
        ),
        pytest.param(
            "quarter_key,source_code,received_date,source_code",
            [("The column `source_code` is there twice.", "Keep one of the two.")],
            id="repeated",
        ),
    ],
)
def test_mistake_in_the_heading(heading: str, expected: Sequence[tuple[str, str]]) -> None:
    """Headings are exactly the columns of the table; what stands below a wrong one is not read."""
    row = ",".join(["2023-24-Q1", "adults", "2023-07-14", "adults"][: heading.count(",") + 1])
    table = receipts_of(f"{heading}\n{row}\n".encode())
    assert sorted(table.mistakes) == [Mistake(table.file, 1, *texts) for texts in expected]


@pytest.mark.parametrize(
    ("written", "words"),
    [
        pytest.param("2023-02-30", ["not a date", "2023-07-14"], id="no-such-day"),
        pytest.param("14/07/2023", ["year-month-day"], id="day-first"),
        pytest.param("20230714", ["year-month-day"], id="without-hyphens"),
    ],
)
def test_received_date_is_a_day_of_the_calendar(written: str, words: Sequence[str]) -> None:
    """A date that is none, or is written otherwise, is refused."""
    content = RECEIPTS.replace("2023-07-14", written).encode()
    assert_one_mistake(receipts_of(content), 2, words)


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        pytest.param(b"", 1, ["empty", "quarter_key,source_code,received_date"], id="empty"),
        pytest.param(b'"a"b,c\n', 1, ["cannot be read"], id="broken-heading"),
        pytest.param(RECEIPTS.encode("utf-16"), 1, ["0xff", "UTF-8"], id="utf-16"),
        pytest.param(
            RECEIPTS.replace("children", "child\u00e9").encode("cp1252"), 3, ["0xe9"], id="cp1252"
        ),
    ],
)
def test_file_that_cannot_be_read(content: bytes, line: int, words: Sequence[str]) -> None:
    """A file that is no CSV in UTF-8 is one mistake where it stops being so."""
    assert_one_mistake(receipts_of(content), line, words)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(RECEIPTS.encode("utf-8-sig"), id="byte-order-mark"),
        pytest.param(RECEIPTS.replace("\n", "\r\n").encode(), id="windows-line-ends"),
        pytest.param(RECEIPTS.replace("\n", "\r").encode(), id="old-mac-line-ends"),
        pytest.param(RECEIPTS.rstrip().encode(), id="no-last-line-end"),
        pytest.param(RECEIPTS.encode() + b"\n,,\n", id="blank-rows"),
        pytest.param(RECEIPTS.replace("adults", '"adults"').encode(), id="needless-quotes"),
        pytest.param(
            b"source_code,received_date,quarter_key\nadults,2023-07-14,2023-24-Q1\n"
            b"children,2023-07-17,2023-24-Q1\n",
            id="other-column-order",
        ),
    ],
)
def test_ways_of_writing_the_same_table(content: bytes) -> None:
    """How a spreadsheet or editor wrote a file makes no difference."""
    table = receipts_of(content)
    assert not table.mistakes
    pd.testing.assert_frame_equal(table.frame, receipts_of(RECEIPTS.encode()).frame)


def test_every_mistake_of_a_table_is_reported() -> None:
    """Mistakes of headings, rows and cells are found together, one a cell."""
    text = KPIS.replace("note_text", "note").replace("higher", "up").replace("Q2 Q4", "Q9")
    table = read_table("kpis", text.replace("Complaints", "Com,plaints").encode())
    assert [mistake.line for mistake in table.mistakes] == [1, 1, 5, 2, 3]


def test_absent_optional_table_has_no_rows() -> None:
    """Without its file a table has no rows and no mistakes."""
    table = read_table("history", None)
    assert not table.mistakes
    pd.testing.assert_frame_equal(table.frame, empty(REGISTER["history"]))


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=6, min_value=-(10**8), max_value=10**8
    )
)
def test_figures_are_the_decimals_that_were_written(number: Decimal) -> None:
    """A figure of up to 15 digits comes back from its float as it was written."""
    text = f"{number:f}"
    assert cell_fault("target_value", ColumnKind.FIGURE, text) is None
    figure = cell_value(ColumnKind.FIGURE, text)
    assert Decimal(repr(figure)) == number


@given(st.text(alphabet="0123456789.-+eE_ ,%\u0663\u2212naif", min_size=1, max_size=24))
def test_any_text_is_an_exact_figure_or_a_mistake(text: str) -> None:
    """No text is read as another number than the one that it denotes, and none raises."""
    if cell_fault("target_value", ColumnKind.FIGURE, text) is None:
        figure = cell_value(ColumnKind.FIGURE, text)
        assert Decimal(repr(figure)) == Decimal(text)
        assert set(text) <= set("0123456789.-")


@given(st.text(alphabet="aQ1- .,2\n\r\t\0\x1b\u00a0\u200b\u202e\u0663\ufffd\ud800", min_size=1))
def test_any_cell_is_a_value_or_a_mistake(text: str) -> None:
    """Every text is judged in every kind of column without raising."""
    for kind in ColumnKind:
        fault = cell_fault("any", kind, text)
        if fault is None:
            cell_value(kind, text)
        else:
            assert "\n" not in fault.found


def test_negative_zero_is_zero() -> None:
    """A figure of -0 has no sign."""
    assert repr(cell_value(ColumnKind.FIGURE, "-0")) == "0.0"
