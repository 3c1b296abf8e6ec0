"""An alias of the register stands for one KPI, and every other is reported with what to do."""

from pathlib import Path

import pytest

from perf_pipeline.council import read_council
from perf_pipeline.council.alias_checks import alias_mistakes
from perf_pipeline.council.checks import register_mistakes
from perf_pipeline.council.register import REGISTER, read_table
from perf_pipeline.errors import Mistake
from perf_pipeline.quarters import Quarter

HEADING = "kpi_ref,alias_text,valid_from,valid_to\n"
SUCCESSORS = "unit_kind_code,old_code,new_code,valid_from,note_text\nkpi,OLD-1,PBH-01,2023-24-Q1,\n"
SAMPLE = Path(__file__).resolve().parents[2] / "data"


def mistakes(aliases: str) -> list[Mistake]:
    """Return what is wrong with aliases in the sample's register."""
    contents = {path.stem: path.read_bytes() for path in (SAMPLE / "register").glob("*.csv")}
    contents |= {"kpi_aliases": (HEADING + aliases).encode(), "successors": SUCCESSORS.encode()}
    tables = {name: read_table(name, contents.get(name)) for name in REGISTER}
    found = [*tables["kpi_aliases"].mistakes, *register_mistakes(tables), *alias_mistakes(tables)]
    return [mistake for mistake in found if mistake.file == "register/kpi_aliases.csv"]


@pytest.mark.parametrize(
    "aliases",
    [
        pytest.param("PBH-01,Child checks,2023-24-Q1,\nPBH-02,Visits,2023-24-Q1,\n", id="two"),
        pytest.param("PBH-01,Checks,2023-24-Q1,\nPBH-01,Child checks,2023-24-Q1,\n", id="of-one"),
        pytest.param(
            "PBH-01,Checks,2023-24-Q1,2023-24-Q2\nPBH-02,Checks,2023-24-Q3,\n", id="handed-on"
        ),
    ],
)
def test_aliases_of_one_kpi_at_a_time_are_right(aliases: str) -> None:
    """A KPI may have several, and an alias several KPIs one after another."""
    assert mistakes(aliases) == []


@pytest.mark.parametrize(
    ("aliases", "found"),
    [
        pytest.param(
            "PBH-01,Checks,2023-24-Q1,\nPBH-02,CHECKS,2023-24-Q3,\n",
            "`CHECKS` stands for `PBH-02`, and on line 2 for `PBH-01`",
            id="of-two-kpis",
        ),
        pytest.param(
            "PBH-01,Child  checks,2023-24-Q1,\nPBH-02,child checks,2023-24-Q1,\n",
            "`child checks` stands for `PBH-02`, and on line 2 for `PBH-01`",
            id="of-two-but-for-white-space",
        ),
        pytest.param(
            "PBH-01,pbh-02,2023-24-Q1,\n",
            "`pbh-02` is a KPI's reference, by register/kpis.csv",
            id="a-reference",
        ),
        pytest.param(
            "PBH-02,OLD-1,2023-24-Q1,\n",
            "`OLD-1` is a KPI's reference, by register/successors.csv",
            id="an-old-reference",
        ),
        pytest.param("PBH-1,Checks,2023-24-Q1,\n", "`PBH-1` is not in", id="unknown-kpi"),
        pytest.param(
            "PBH-01,Checks,2022-23-Q4,\n", "in 2022-23-Q4 KPI `PBH-01` does not", id="before-kpi"
        ),
    ],
)
def test_an_alias_that_could_mislead_is_a_mistake(aliases: str, found: str) -> None:
    """Each is named with its line."""
    assert any(found in mistake.found for mistake in mistakes(aliases))


def test_aliases_hold_in_their_quarters() -> None:
    """The sample has none; the method gives those of a quarter."""
    assert read_council(SAMPLE).kpi_aliases_of(Quarter(2023, 1)) == {}
