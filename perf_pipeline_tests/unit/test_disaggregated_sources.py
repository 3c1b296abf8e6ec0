"""Entries for disaggregated files, and landing the files that they name."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from perf_pipeline.council import read_council
from perf_pipeline.disaggregated_entries import DisaggregatedEntry
from perf_pipeline.errors import CouncilError, ReturnError
from perf_pipeline.quarters import Quarter
from perf_pipeline.sources import Landing
from perf_pipeline.sources.disaggregated_files import land_files

ROOT = Path(__file__).resolve().parents[2]
QUARTER = Quarter.parse("2023-24-Q1")
_NOBODY = 65534
ENTRY = """
disaggregated:
  - source_code: adults_system
    source_name: Adults case system
    contact_role: Data Manager
    location: systems/adults_{quarter}_*.csv
    columns: {ref: kpi_ref, qtr: quarter, ward: area, value: value}
"""
WRONG = """
disaggregated:
  - source_code: adults_services
    source_name: Adults case system
    location: systems/adults.csv
    columns: {ref: kpi_reff, value: value}
    sheet: One
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of the sample council folder beside its queries."""
    shutil.copytree(ROOT / "sql", tmp_path / "sql")
    return Path(shutil.copytree(ROOT / "data", tmp_path / "data"))


@pytest.fixture
def entry() -> DisaggregatedEntry:
    """Return an entry whose return comes in several files."""
    return DisaggregatedEntry.model_validate(
        {
            "source_code": "adults_system",
            "source_name": "Adults case system",
            "contact_role": "Data Manager",
            "location": "systems/adults_{quarter}_*.csv",
            "columns": {"ref": "kpi_ref", "value": "value"},
        }
    )


def added(folder: Path, text: str) -> Path:
    """Add a section to the folder's sources.yaml."""
    with (folder / "sources.yaml").open("a", encoding="utf-8") as file:
        file.write(text)
    return folder


def test_disaggregated_sources_are_read(folder: Path) -> None:
    """An entry of `disaggregated` is one of the council's, apart from its other sources."""
    council = read_council(added(folder, ENTRY))
    assert list(council.disaggregated) == ["adults_system"]
    assert "adults_system" not in council.sources


def test_all_mistakes_of_an_entry_are_named(folder: Path) -> None:
    """A code that another source has and every wrong or missing setting are told at once."""
    with pytest.raises(CouncilError) as error:
        read_council(added(folder, WRONG))
    text = str(error.value)
    assert "The source_code `adults_services` is used already, on line" in text
    assert "`contact_role` is missing" in text
    assert "put {quarter} into it" in text.replace("Put", "put")
    assert "`ref` is `kpi_reff`. Write kpi_ref, quarter, area" in text
    assert "`sheet` is not known here" in text


def test_every_file_is_landed(tmp_path: Path, entry: DisaggregatedEntry) -> None:
    """All files that the location stands for are kept as they were, in the order of their names."""
    systems = tmp_path / "systems"
    systems.mkdir()
    for name in ("2023-24-Q1_b", "2023-24-Q1_a", "2022-23-Q4_a"):
        (systems / f"adults_{name}.csv").write_text(f"ref,value\nK1,{name}\n", encoding="utf-8")
    landing = Landing(tmp_path / "landing")
    files = land_files(entry, QUARTER, tmp_path, landing)
    names = ["systems/adults_2023-24-Q1_a.csv", "systems/adults_2023-24-Q1_b.csv"]
    assert files["file_name"].tolist() == names
    for name, sha256 in zip(files["file_name"], files["file_sha256"], strict=True):
        assert landing.path(sha256).read_bytes() == (tmp_path / name).read_bytes()


def test_no_file_is_no_return(tmp_path: Path, entry: DisaggregatedEntry) -> None:
    """Where no file is there the return has not come, which is no error."""
    (tmp_path / "systems").mkdir()
    assert land_files(entry, QUARTER, tmp_path, Landing(tmp_path / "landing")).empty


def test_a_file_that_is_there_twice_is_refused(tmp_path: Path, entry: DisaggregatedEntry) -> None:
    """All files that have a content in common are named: nothing would tell their rows apart."""
    systems = tmp_path / "systems"
    systems.mkdir()
    for name, value in {"a": 1, "b": 2, "c": 3, "d": 1, "e": 3}.items():
        (systems / f"adults_2023-24-Q1_{name}.csv").write_text(f"ref,value\nK1,{value}\n")
    with pytest.raises(ReturnError, match="same content came more than once") as error:
        land_files(entry, QUARTER, tmp_path, Landing(tmp_path / "landing"))
    assert error.value.reason_code == "part_repeated"
    assert re.findall(r"_(.)\.csv`", str(error.value)) == ["a", "d", "c", "e"]


def test_a_location_outside_the_council_folder_is_refused(
    tmp_path: Path, entry: DisaggregatedEntry
) -> None:
    """Wildcards do not lead out of the council folder either."""
    inner = tmp_path / "council"
    inner.mkdir()
    outside = entry.model_copy(update={"location": "../*{quarter}*.csv"})
    (tmp_path / "x2023-24-Q1x.csv").write_text("ref,value\nK1,1\n")
    with pytest.raises(ReturnError, match="leads out of the council folder"):
        land_files(outside, QUARTER, inner, Landing(tmp_path / "landing"))


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Return a folder that every user may look into; those of pytest are their owner's alone."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def test_a_folder_that_may_not_be_listed_is_no_missing_return(
    open_folder: Path, entry: DisaggregatedEntry
) -> None:
    """Files that nobody may see are not taken for files that have not come."""
    folder = open_folder / "systems"
    folder.mkdir()
    (folder / "adults_2023-24-Q1_a.csv").write_text("ref,value\nADS-01,1\n", encoding="utf-8")
    user = os.geteuid()
    folder.chmod(0)
    try:
        if user == 0:
            os.seteuid(_NOBODY)
        with pytest.raises(ReturnError, match="cannot be read: Permission denied"):
            land_files(entry, QUARTER, open_folder, Landing(open_folder / "landing"))
    finally:
        os.seteuid(user)
        folder.chmod(0o755)


def test_a_whole_path_in_the_council_folder_may_have_wildcards(
    tmp_path: Path, entry: DisaggregatedEntry
) -> None:
    """A location that begins with the council folder is as good as one within it."""
    (tmp_path / "adults_2023-24-Q1_a.csv").write_text("ref,value\n", encoding="utf-8")
    whole = entry.model_copy(update={"location": f"{tmp_path}/adults_{{quarter}}_*.csv"})
    files = land_files(whole, QUARTER, tmp_path, Landing(tmp_path / "landing"))
    assert files["file_name"].tolist() == ["adults_2023-24-Q1_a.csv"]
