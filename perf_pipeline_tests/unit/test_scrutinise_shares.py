"""Shares that a text prints beside their counts, and what only looks like one."""

import pytest

from perf_pipeline.scrutinise.shares import stated_shares


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("71.2% (5 of 7)", "71.4"),
        ("71.2% (5/7)", "71.4"),
        ("71.2 per cent [5 out of the 7 reviews]", "71.4"),
        ("66.6% - 2 of 3 indicators", "66.7"),
        ("5 of 7 (71.2%)", "71.4"),
        ("5/7 (71.2%)", "71.4"),
        ("5 / 7[71.2%]", "71.4"),
        ("5 of 7 cases (71.2%)", "71.4"),
        ("5 of the 7 reviews due (71.2%)", "71.4"),
        ("9 (74%) out of the 12", "75"),
        ("12% (1 of 8)", "13"),
        ("12.25% (2 of 16)", "12.50"),
        ("4% (1,200 of 24,000)", "5"),
        ("100% (12 of 10)", "120"),
    ],
)
def test_wrong_share(text: str, right: str) -> None:
    """A share is held against its counts at its own precision, half up, however it is written."""
    (share,) = stated_shares(text)
    assert not share.is_right
    assert share.right_text == right


@pytest.mark.parametrize(
    "text", ["71.4% (5 of 7)", "71% (5/7)", "12.5% (1 of 8)", "13% (1 of 8)", "0% (0 of 0)"]
)
def test_right_share(text: str) -> None:
    """A share of its counts is right: rounded half up, or an exact half with its decimal."""
    (share,) = stated_shares(text)
    assert share.is_right


@pytest.mark.parametrize(
    "text",
    [
        "75% (2022/23)",
        "22/23 (75%)",
        "01/04 (75%)",
        "75% (01/04/2023)",
        "12/10 (75%)",
        "1.5 of 7 (75%)",
        "£5 of 7 (75%)",
        "75% (Q1 of 4)",
        "5 of 7. Another (75%)".replace(".", " 3"),
        "75% of 7",
        "Rated 4/5 by users (92%)",
        "1/2 day training (80%)",
        "3 of 4 teams; overall take-up (75.2%)",
        "We closed 5 of 7 cases. Satisfaction is high (92%).",
    ],
)
def test_no_share(text: str) -> None:
    """Years, days, parts of numbers and counts of something else are no shares."""
    assert list(stated_shares(text)) == []
