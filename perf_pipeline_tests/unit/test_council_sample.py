"""The sample council and the examples of how to write one: right, and labelled for what it is."""

import csv
import re
from pathlib import Path

import pytest

from perf_pipeline.council import Council, read_council
from perf_pipeline.council.register import REGISTER, read_table
from perf_pipeline.council.settings import checked_council
from perf_pipeline.council.yaml_files import read_yaml
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import RuleKind
from perf_pipeline.schemas import column_kinds

PROJECT = Path(__file__).resolve().parents[2]
PUBLISHED = PROJECT.joinpath(
    "perf_pipeline_tests", "backtests", "somerset", "q1_2023-24_directorate_summary.csv"
)
ONBOARDING = (PROJECT / "docs" / "onboarding.md").read_text("utf-8")
COUNTS = {"kpis": "kpis", "rated": "with_rag", "red": "red", "amber": "amber", "green": "green"}


@pytest.fixture(scope="module")
def council() -> Council:
    """The sample council."""
    return read_council(PROJECT / "data")


@pytest.fixture(scope="module")
def published() -> dict[str, dict[str, str]]:
    """The directorates of the first report's table, by name."""
    with PUBLISHED.open(encoding="utf-8", newline="") as file:
        return {row["directorate"]: row for row in csv.DictReader(file)}


def test_sample_has_the_published_kpis(
    council: Council, published: dict[str, dict[str, str]]
) -> None:
    """Each directorate of Q1 2023/24 has as many live KPIs as the report counts."""
    counts = council.kpis_in_force(Quarter(2023, 1))["directorate_name"].value_counts()
    assert counts.to_dict() == {name: int(row["kpis"]) for name, row in published.items()}


def test_stated_counts_are_the_published_ones(
    council: Council, published: dict[str, dict[str, str]]
) -> None:
    """Every count and share that the report prints is there, and no other."""
    names = council.directorates.set_index("directorate_code")["directorate_name"]
    stated = {
        (names[row.directorate_code], row.count_code): (row.stated_count, row.stated_share_text)
        for row in council.stated_counts.fillna({"stated_share_text": ""}).itertuples()
    }
    assert stated == {
        (name, code): (
            int(row[column]),
            "".join(re.findall(r"^(.*)%", row.get(f"{code}_text", ""))),
        )
        for name, row in published.items()
        for code, column in COUNTS.items()
        if row[column]
    }


def test_sample_labels_what_is_illustrative(council: Council) -> None:
    """Names and notes say so where a table has no flag for it."""
    named = [*council.priorities["priority_name"], *council.themes["theme_name"]]
    assert all(name.endswith("(illustrative)") for name in named)
    assert council.series_breaks["note_text"].str.startswith("Illustrative: ").all()
    benchmarks = council.benchmarks
    is_named = benchmarks["benchmark_name"].str.endswith("(illustrative)")
    assert list(is_named) == list(benchmarks["is_illustrative"])


def test_onboarding_shows_a_right_council_yaml() -> None:
    """The page's example has a rule of every kind, every section, and no mistake."""
    main, sections, *_ = re.findall(r"```yaml\n(.*?)```", ONBOARDING, flags=re.DOTALL)
    settings, mistakes = checked_council(read_yaml("council.yaml", (main + sections).encode()))
    assert not mistakes
    assert settings is not None
    assert {entry.kind for entry in settings.rules.values()} == set(RuleKind)
    assert settings.model_fields_set == set(type(settings).model_fields)


def test_onboarding_shows_right_dates() -> None:
    """The page's example of a section that changed has no mistake, and neither have its labels."""
    main, _, dated, *_ = re.findall(r"```yaml\n(.*?)```", ONBOARDING, flags=re.DOTALL)
    (label,) = re.findall(r"`(red: {label: .*?})`", ONBOARDING)
    text = f"{main}{dated}scheme:\n  {label}\n"
    settings, mistakes = checked_council(read_yaml("council.yaml", text.encode()))
    assert not mistakes
    assert settings is not None
    assert len(settings.comparison) == 2


def test_onboarding_shows_right_rows() -> None:
    """Each row that the page shows is one that its table accepts."""
    rows = re.findall(r"`([^`]*,[^`]*)` in `(\w+)\.csv`", ONBOARDING)
    assert {name for _, name in rows} == {
        "priorities",
        "benchmarks",
        "overrides",
        "accepted_rows",
        "series_breaks",
        "successors",
        "stated_counts",
        "history",
        "kpi_aliases",
    }
    for row, name in rows:
        headings = ",".join(column_kinds(REGISTER[name]))
        assert not read_table(name, f"{headings}\n{row}\n".encode()).mistakes, row


@pytest.mark.parametrize("name", [*REGISTER])
def test_onboarding_names_every_table(name: str) -> None:
    """Every table of the register is on the page."""
    assert re.search(rf"\b{name}\b", ONBOARDING)
