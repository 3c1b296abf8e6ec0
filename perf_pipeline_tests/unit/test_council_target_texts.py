"""A target's text fills its row's figures, agrees with them, or is a mistake of the register."""

import shutil
from pathlib import Path

import pytest

from perf_pipeline.council import read_council
from perf_pipeline.errors import CouncilError
from perf_pipeline.quarters import Quarter

SAMPLE = Path(__file__).resolve().parents[2] / "data"
HEADING = (
    "kpi_ref,target_value,floor_value,lower_value,upper_value,target_text,is_illustrative,"
    "note_text,valid_from,valid_to"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of the sample council's folder without its returns."""
    copy = tmp_path / "project" / "data"
    shutil.copytree(SAMPLE, copy, ignore=shutil.ignore_patterns("returns", "systems"))
    shutil.copytree(SAMPLE.parent / "sql" / "sources", tmp_path / "project" / "sql" / "sources")
    return copy


def reword(folder: Path, value: str, text: str) -> None:
    """Give every target a text of its figure, and ADS-03 (a percentage) another."""
    path = folder / "register" / "targets.csv"
    _, *rows = path.read_text("utf-8").splitlines()
    made = [HEADING]
    for row in rows:
        ref, target, *others = row.split(",", 5)
        figures = [value, *others[:3], text] if ref == "ADS-03" else [target, *others[:3], ""]
        made.append(",".join([ref, *figures, others[3]]))
    path.write_text("\n".join(made) + "\n", "utf-8")


def mistakes(folder: Path) -> str:
    """Return what is wrong with the folder."""
    with pytest.raises(CouncilError) as caught:
        read_council(folder)
    return str(caught.value)


@pytest.mark.parametrize("value", ["", "90", "90.0"], ids=["alone", "beside", "beside-otherwise"])
def test_a_text_is_the_target_of_its_row(folder: Path, value: str) -> None:
    """It is read where the figure is empty, and may stand beside the same figure."""
    reword(folder, value, "Maintain 90% or above")
    kpis = read_council(folder).kpis_in_force(Quarter(2023, 1)).set_index("kpi_ref")
    assert kpis.loc["ADS-03", "target_value"] == 90


@pytest.mark.parametrize(
    ("value", "text", "found"),
    [
        pytest.param(
            "",
            "more than 90%",
            "The target `more than 90%` of KPI `ADS-03` is not read. It leaves the figure itself",
            id="refused",
        ),
        pytest.param(
            "",
            "90% or below",
            "lower figures meet it too, and the KPI's polarity is higher",
            id="polarity",
        ),
        pytest.param("80", "90%", "says 90, and `target_value` is 80", id="disagrees"),
        pytest.param("", "190%", "190 of KPI `ADS-03` is outside", id="checked-like-a-figure"),
    ],
)
def test_a_text_that_is_no_target_is_a_mistake(
    folder: Path, value: str, text: str, found: str
) -> None:
    """It is told like any other mistake of the register, before anything runs."""
    reword(folder, value, text)
    said = mistakes(folder)
    assert found in said
    assert "register/targets.csv" in said
