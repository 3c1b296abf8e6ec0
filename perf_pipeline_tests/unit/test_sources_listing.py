"""Files looked up without being read: size, time and, when asked, content."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest

from perf_pipeline.errors import ReturnError
from perf_pipeline.quarters import Quarter
from perf_pipeline.source_entries import CsvEntry, JsonEntry, SqlEntry
from perf_pipeline.sources import is_listed, listed_mark, listed_sha256

QUARTER = Quarter(2023, 1)
COLUMNS = {"Ref": "kpi_ref", "Value": "value"}


def entry(location: str = "returns/{quarter}/housing.csv") -> CsvEntry:
    """Return a source that sends a file."""
    return CsvEntry(
        source_code="housing",
        source_name="Housing",
        contact_role="Performance Lead",
        kind="csv",
        location=location,
        columns=COLUMNS,
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The return of Q1, where the entry says."""
    path = tmp_path / "returns" / "2023-24-Q1" / "housing.csv"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"Ref,Value\nA1,1\n")
    return path


@pytest.fixture
def memory() -> Iterator[str]:
    """A store that fsspec knows, with the return of Q1 in it."""
    store = fsspec.filesystem("memory")
    store.pipe("/listing/2023-24-Q1.csv", b"Ref,Value\nA1,1\n")
    yield "memory://listing/{quarter}.csv"
    store.rm("/listing", recursive=True)


def test_mark_changes_with_time_and_size(file: Path, tmp_path: Path) -> None:
    """A file that is written again has another mark, in the same size too."""
    before = listed_mark(entry(), QUARTER, tmp_path)
    assert before == listed_mark(entry(), QUARTER, tmp_path)
    os.utime(file, ns=(1, 1))
    touched = listed_mark(entry(), QUARTER, tmp_path)
    file.write_bytes(b"longer than before")
    longer = listed_mark(entry(), QUARTER, tmp_path)
    assert len({before, touched, longer}) == 3
    assert longer is not None
    assert longer.size == 18


def test_content_is_hashed(file: Path, tmp_path: Path) -> None:
    """The hash is that of the bytes, as landing would name them."""
    expected = hashlib.sha256(file.read_bytes()).hexdigest()
    assert listed_sha256(entry(), QUARTER, tmp_path) == expected


def test_file_that_is_not_there_has_neither(tmp_path: Path) -> None:
    """Nothing has come."""
    assert listed_mark(entry(), QUARTER, tmp_path) is None
    assert listed_sha256(entry(), QUARTER, tmp_path) is None


def test_store_of_fsspec_is_listed(memory: str, tmp_path: Path) -> None:
    """A store that gives a size and a time has a mark; a quarter without a file has none."""
    mark = listed_mark(entry(memory), QUARTER, tmp_path)
    assert mark is not None
    assert mark.size == 15
    assert listed_sha256(entry(memory), QUARTER, tmp_path) == (
        hashlib.sha256(b"Ref,Value\nA1,1\n").hexdigest()
    )
    assert listed_mark(entry(memory), QUARTER.shift(1), tmp_path) is None


@pytest.mark.parametrize(
    ("location", "said"),
    [
        pytest.param("../{quarter}.csv", "leads out of the council folder", id="outside"),
        pytest.param("returns/{quarter}", "not a file", id="folder"),
        pytest.param("nosuch://store/{quarter}.csv", "Protocol not known", id="protocol"),
    ],
)
def test_place_of_which_nobody_can_tell_is_named(
    location: str, said: str, file: Path, tmp_path: Path
) -> None:
    """Whose return it is and what to do, as when it is read."""
    assert file.exists()
    with pytest.raises(ReturnError, match=said):
        listed_mark(entry(location), QUARTER, tmp_path)


def test_what_is_asked_is_not_listed() -> None:
    """A query and a web address announce nothing; a JSON file does."""
    query = SqlEntry(
        source_code="children",
        source_name="Children",
        contact_role="Data Manager",
        kind="sql",
        query="children.sql",
        url="sqlite:///x",
        columns={"ref": "kpi_ref", "value": "value"},
    )
    document = JsonEntry(
        source_code="community",
        source_name="Community",
        contact_role="Systems Officer",
        kind="json_api",
        location="returns/{quarter}/community.json",
        columns=COLUMNS,
    )
    address = document.model_copy(update={"location": "https://api.example/{quarter}"})
    assert [is_listed(each) for each in (entry(), query, document, address)] == [
        True,
        False,
        True,
        False,
    ]
