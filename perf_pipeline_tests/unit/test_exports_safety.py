"""Text from sources cannot become a formula, and nothing of it is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perf_pipeline.exports import restored_text, safe_text
from perf_pipeline.exports.workbook_text import CELL_LIMIT, fitting_text, spaced_text

FULL_WIDTH = "\uff1d\uff0b\uff0d\uff20"
STARTS = f"=+-@\t\r\n{FULL_WIDTH}"
FORMULAE = (
    "=1+1",
    '=HYPERLINK("http://example.org?x="&A1,"Click")',
    "=cmd|' /C calc'!A0",
    '@SUM(1+1)*cmd|" /C calc"!A0',
    '+2+5+cmd|" /C calc"!A0',
    "-2+3+cmd|' /C calc'!A0",
    "- Fewer staff",
    "-5",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\x00=1+1",
    "  =1+1",
    "\u00a0=1+1",
    "\ufeff=1+1",
    "\u200b=1+1",
    '"=1+1"',
    "'=1+1",
    "\u201c=1+1\u201d",
    *(f"{sign}1+1" for sign in FULL_WIDTH),
)
HARMLESS = (
    "",
    "5",
    "a=b",
    "71%",
    "£5",
    "−5",
    "'quoted'",
    "a\n=1",
    "#DIV/0!",
    "1-2",
    "x@example.org",
)

awkward_texts = st.one_of(
    st.text(),
    st.text(alphabet="=+-@'\" \t\r\n\\u0041\x00\x01\ufeffa\uff1d"),
    st.builds("".join, st.lists(st.sampled_from((*FORMULAE, "\\u0041", "\\", "a")), max_size=3)),
)


@pytest.mark.parametrize("text", FORMULAE, ids=ascii)
def test_text_like_a_formula_gets_an_apostrophe(text: str) -> None:
    """Text that a spreadsheet might take for a formula begins with an apostrophe."""
    assert safe_text(text).startswith("'")


@pytest.mark.parametrize("text", HARMLESS, ids=ascii)
def test_other_text_stays(text: str) -> None:
    """Text that is no formula is written as it is."""
    assert safe_text(text) == text


@given(awkward_texts)
def test_safe_text_can_be_undone(text: str) -> None:
    """Every text comes back from its safe form."""
    assert restored_text(safe_text(text)) == text


@given(awkward_texts)
def test_safe_text_is_safe(text: str) -> None:
    """Safe text with a formula sign behind spaces and quotation marks has an apostrophe first."""
    safe = safe_text(text)
    bare = safe.lstrip(" \u00a0\"'`\u201c\u201d\u2018\u2019\ufeff\u200b")
    assert not bare.startswith(tuple(STARTS)) or safe.startswith("'")


@given(awkward_texts)
def test_safe_text_can_stand_in_xml(text: str) -> None:
    """No character of a safe text is one that XML cannot hold."""
    forbidden = {*map(chr, range(32)), "\ufffe", "\uffff"} - {"\t", "\n", "\r"}
    assert not forbidden & set(safe_text(text))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x07b", "a\\u0007b"),
        ("\x85", "\\u0085"),
        ("\ud800", "\\ud800"),
        ("\uffff", "\\uffff"),
        ("\\u0007", "\\u005cu0007"),
        ("C:\\users", "C:\\users"),
    ],
    ids=["bell", "next line", "lone surrogate", "no character", "looks escaped", "backslash"],
)
def test_what_cannot_be_shown_is_written_out(text: str, shown: str) -> None:
    """A character that XML cannot hold is seen as its number."""
    assert safe_text(text) == shown
    assert restored_text(shown) == text


def test_workbook_text_has_one_sign_for_a_new_line_and_no_tab() -> None:
    """New lines are LF, tabs are spaces, since spreadsheets drop the others."""
    assert spaced_text("a\r\nb\rc\nd\te") == "a\nb\nc\nd e"


@pytest.mark.parametrize(
    "text", ["x" * CELL_LIMIT, "😀" * (CELL_LIMIT // 2)], ids=["plain", "emoji"]
)
def test_text_that_just_fits_is_whole(text: str) -> None:
    """A cell's limit itself fits."""
    assert fitting_text(text) == text


@pytest.mark.parametrize(
    "text", ["x" * (CELL_LIMIT + 1), "😀" * (CELL_LIMIT // 2 + 1)], ids=["plain", "emoji"]
)
def test_text_that_is_too_long_is_cut_with_a_notice(text: str) -> None:
    """A text over the limit, in UTF-16 units, is cut, and says how long it was."""
    kept = fitting_text(text)
    assert len(kept.encode("utf-16-le")) // 2 <= CELL_LIMIT
    assert kept.endswith(f"[cut: {len(text)} characters in all]")
    assert text.startswith(kept.partition(" … ")[0])
