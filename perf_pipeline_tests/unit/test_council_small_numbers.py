"""`small_numbers` in council.yaml: which counts are small, in which breakdowns and quarters."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from perf_pipeline.council import Council, read_council
from perf_pipeline.errors import CouncilError
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import SmallNumbers

PROJECT = Path(__file__).resolve().parents[2]
SECTION = "small_numbers:\n  threshold: 5\n  breakdowns: [sex, age_band]\n"
QUARTER = Quarter(2023, 1)

Reader = Callable[[str], Council]


@pytest.fixture
def read_with(tmp_path: Path) -> Reader:
    """Return what reads the sample council with another section."""
    shutil.copytree(PROJECT / "data" / "register", tmp_path / "data" / "register")
    shutil.copytree(PROJECT / "sql" / "sources", tmp_path / "sql" / "sources")
    shutil.copy(PROJECT / "data" / "sources.yaml", tmp_path / "data")
    text = (PROJECT / "data" / "council.yaml").read_text(encoding="utf-8")

    def read_with(section: str) -> Council:
        assert SECTION in text
        file = tmp_path / "data" / "council.yaml"
        file.write_text(text.replace(SECTION, section), encoding="utf-8")
        return read_council(tmp_path / "data")

    return read_with


def test_without_the_section_every_breakdown_is_protected(read_with: Reader) -> None:
    """Who forgets it publishes too little and not too much."""
    rule = read_with("").small_numbers_in_force(QUARTER)
    assert rule == SmallNumbers(5, None)
    assert rule.covers("school_phase")
    assert rule.covers_any


def test_section_names_breakdowns(read_with: Reader) -> None:
    """Only those are protected."""
    rule = read_with("small_numbers: {threshold: 10, breakdowns: [sex]}\n")
    assert rule.small_numbers_in_force(QUARTER) == SmallNumbers(10, frozenset({"sex"}))
    assert not rule.small_numbers_in_force(QUARTER).covers("age_band")


def test_empty_list_protects_nothing(read_with: Reader) -> None:
    """A council may say that it has nothing to suppress."""
    rule = read_with("small_numbers: {breakdowns: []}\n").small_numbers_in_force(QUARTER)
    assert not rule.covers("sex")
    assert not rule.covers_any


def test_section_may_change(read_with: Reader) -> None:
    """Past quarters keep their threshold."""
    council = read_with(
        "small_numbers:\n"
        "  - {threshold: 5, breakdowns: [sex], valid_to: 2023-24-Q2}\n"
        "  - {threshold: 10, breakdowns: [sex], valid_from: 2023-24-Q3}\n"
    )
    quarters = [Quarter(2023, number) for number in (1, 2, 3)]
    found = [council.small_numbers_in_force(each).threshold for each in quarters]
    assert found == [5, 5, 10]


@pytest.mark.parametrize(
    ("section", "words"),
    [
        pytest.param("{threshold: 2}", ["3 or more"], id="threshold-of-two"),
        pytest.param("{threshold: 101}", ["100 or less"], id="threshold-too-large"),
        pytest.param("{threshold: 4.5}", ["whole number"], id="no-whole-number"),
        pytest.param("{breakdowns: [sexx]}", ["`sexx`", "mean `sex`?"], id="unknown"),
        pytest.param(
            "[{breakdowns: [religion]}]", ["`religion`", "Add it"], id="unknown-in-a-list"
        ),
        pytest.param("{valid_to: 2023-24-Q4}", ["2024-25-Q1", "no entry"], id="gap"),
        pytest.param("{groups: [sex]}", ["`groups` is not known"], id="unknown-key"),
    ],
)
def test_mistake_is_told(read_with: Reader, section: str, words: Sequence[str]) -> None:
    """Each mistake is reported once, in council.yaml, with what to write."""
    with pytest.raises(CouncilError) as raised:
        read_with(f"small_numbers: {section}\n")
    (mistake,) = raised.value.mistakes
    assert mistake.file == "council.yaml"
    assert mistake.line > 1
    assert all(word in str(mistake) for word in words), mistake


def test_breakdown_of_one_category_hides_nothing(read_with: Reader, tmp_path: Path) -> None:
    """What is the whole cannot be hidden beside the whole."""
    file = tmp_path / "data" / "register" / "breakdowns.csv"
    file.write_text(file.read_text("utf-8").replace("sex,male,Male,2\n", ""), encoding="utf-8")
    with pytest.raises(CouncilError, match="one category, which is the whole"):
        read_with(SECTION)
