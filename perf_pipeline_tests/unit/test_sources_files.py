"""Where files lie: in the council folder or at an address, whole, and not changing meanwhile."""

import os
import uuid
from pathlib import Path

import fsspec
import pandas as pd
import pytest

from perf_pipeline.errors import ReturnError
from perf_pipeline.quarters import Quarter
from perf_pipeline.source_entries import CsvEntry
from perf_pipeline.sources import Landing, extract
from perf_pipeline.sources.files import open_file, shown_location
from perf_pipeline.sources.wording import ReturnPlace

QUARTER = Quarter(2023, 1)
CONTENT = b"Ref,Value\nA1,5%\n"
LARGE = CONTENT + b"\n" * 3_000_000


def csv_entry(location: str) -> CsvEntry:
    """Make the entry of a CSV file at a location."""
    return CsvEntry(
        kind="csv",
        source_code="housing",
        source_name="Housing",
        contact_role="Housing performance lead",
        location=location,
        columns={"Ref": "kpi_ref", "Value": "value"},
    )


def place_of(location: str) -> ReturnPlace:
    """Make the place of a return at a location."""
    return ReturnPlace(csv_entry(location), shown_location(location), QUARTER)


def read(council: Path, location: str) -> pd.DataFrame:
    """Extract the return at a location."""
    return extract(csv_entry(location), QUARTER, council, Landing(council.parent / "landing"))


def failure(council: Path, location: str) -> str:
    """Return the message with which the return at a location is refused."""
    with pytest.raises(ReturnError) as caught:
        read(council, location)
    return str(caught.value)


@pytest.fixture
def council(tmp_path: Path) -> Path:
    """A council folder with one return in it, and a file beside it that is none of ours."""
    (tmp_path / "2023-24-Q1.csv").write_bytes(CONTENT)
    folder = tmp_path / "council"
    (folder / "returns").mkdir(parents=True)
    (folder / "returns" / "2023-24-Q1.csv").write_bytes(CONTENT)
    return folder


def memory_file(content: bytes) -> str:
    """Put a file into fsspec's memory; return its address but for the quarter."""
    folder = f"memory://{uuid.uuid4().hex}"
    fsspec.filesystem("memory").pipe(f"{folder}/2023-24-Q1.csv", content)
    return folder + "/{quarter}.csv"


def test_path_is_relative_to_the_council_folder(council: Path) -> None:
    """The rows name the path within the council folder, wherever that is."""
    rows = read(council, "returns/{quarter}.csv")
    assert list(rows["file_name"].unique()) == ["returns/2023-24-Q1.csv"]


def test_quarters_dates_can_stand_in_a_path(council: Path) -> None:
    """A location can hold the quarter's first and last day."""
    (council / "2023-04-01_2023-06-30.csv").write_bytes(CONTENT)
    assert len(read(council, "{quarter_start}_{quarter_end}.csv")) == 2


@pytest.mark.parametrize(
    "location",
    ["../{quarter}.csv", "returns/../../{quarter}.csv", "link/{quarter}.csv", "link-{quarter}.csv"],
    ids=["parent", "through-a-folder", "linked-folder", "linked-file"],
)
def test_path_out_of_the_council_folder(council: Path, location: str) -> None:
    """Neither dots nor links lead out of the council folder."""
    (council / "link").symlink_to(council.parent, target_is_directory=True)
    (council / "link-2023-24-Q1.csv").symlink_to(council.parent / "2023-24-Q1.csv")
    assert "The location leads out of the council folder." in failure(council, location)


def test_absolute_path_out_of_the_council_folder(council: Path) -> None:
    """An absolute path is refused like any other that leads out."""
    location = f"{council.parent}/{{quarter}}.csv"
    assert "The location leads out of the council folder." in failure(council, location)


def test_link_within_the_council_folder(council: Path) -> None:
    """A link to another place in the council folder is followed; the folder may be one itself."""
    (council / "link").symlink_to(council / "returns", target_is_directory=True)
    (council.parent / "alias").symlink_to(council, target_is_directory=True)
    assert len(read(council.parent / "alias", "link/{quarter}.csv")) == 2


@pytest.mark.parametrize("location", ["{quarter}.csv", "no/such/{quarter}.csv", "gone-{quarter}"])
def test_file_that_is_not_there_is_not_returned(council: Path, location: str) -> None:
    """No file, no folder and a link to nothing are returns that have not come."""
    (council / "gone-2023-24-Q1").symlink_to(council / "nothing")
    assert read(council, location).empty


def test_folder_is_no_file(council: Path) -> None:
    """A folder of the return's name is refused."""
    (council / "2023-24-Q1").mkdir()
    assert "This is a folder or a device, not a file." in failure(council, "{quarter}")


def test_pipe_is_no_file(council: Path) -> None:
    """A pipe, which would be waited for without end, is refused."""
    os.mkfifo(council / "2023-24-Q1")
    assert "This is a folder or a device, not a file." in failure(council, "{quarter}")


@pytest.mark.parametrize(
    ("location", "found"),
    [
        ("returns/{quarter}.csv/x", "The file cannot be read: Not a directory."),
        ("x" * 300 + "{quarter}", "The file cannot be read: File name too long."),
        ("\0{quarter}", "The file cannot be read: embedded null byte."),
        ("loop/{quarter}", "The file cannot be read: "),
    ],
    ids=["below-a-file", "long-name", "nul", "link-loop"],
)
def test_path_that_cannot_be_read(council: Path, location: str, found: str) -> None:
    """What the system says is passed on, with what to do."""
    (council / "loop").symlink_to(council / "loop")
    message = failure(council, location)
    assert found in message
    assert "or mend `location` in sources.yaml, then rerun housing_return." in message


def change(path: Path, how: str) -> None:
    """Change a file while it is read."""
    if how == "grown":
        with path.open("ab") as file:
            file.write(b"A2,6%\n")
    elif how == "touched":
        os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))
    elif how == "cut":
        with path.open("r+b") as file:
            file.truncate(10)
    else:
        path.unlink()


@pytest.mark.parametrize("how", ["grown", "touched", "cut"])
def test_file_that_changes_while_it_is_copied(council: Path, how: str) -> None:
    """A file whose size or time changes between the first piece and the last is not whole."""
    path = council / "large-2023-24-Q1.csv"
    path.write_bytes(LARGE)
    pieces = open_file(path.name, council, place_of(path.name.replace("2023-24-Q1", "{quarter}")))
    assert pieces is not None
    next(pieces)
    change(path, how)
    with pytest.raises(ReturnError, match="still being written: it changed while it was copied"):
        list(pieces)


def test_file_that_goes_away_while_it_is_copied(council: Path) -> None:
    """A file that is gone by the end is an error, not a missing return."""
    path = council / "large-2023-24-Q1.csv"
    path.write_bytes(LARGE)
    pieces = open_file(path.name, council, place_of("large-{quarter}.csv"))
    assert pieces is not None
    next(pieces)
    change(path, "removed")
    with pytest.raises(ReturnError, match="The file cannot be read: No such file or directory"):
        list(pieces)


def test_file_that_is_too_large(council: Path) -> None:
    """A file beyond 100 MB is refused while it is copied, and no part of it stays."""
    with (council / "2023-24-Q1.csv").open("wb") as file:
        file.truncate(100_000_001)
    assert "It is larger than 100 MB." in failure(council, "{quarter}.csv")
    assert not [path for path in (council.parent / "landing").rglob("*") if path.is_file()]


def test_address_is_read(council: Path) -> None:
    """A file at an fsspec address is landed and read; the rows name the address."""
    location = memory_file(CONTENT)
    rows = read(council, location)
    assert list(rows["value_text"].dropna()) == ["5%"]
    assert list(rows["file_name"].unique()) == [location.replace("{quarter}", "2023-24-Q1")]


def test_address_where_nothing_is_is_not_returned(council: Path) -> None:
    """No such file at an address is a return that has not come."""
    assert read(council, "memory://nothing/{quarter}.csv").empty


def test_folder_at_an_address_is_no_file(council: Path) -> None:
    """A folder at an address is refused."""
    folder = memory_file(CONTENT).removesuffix("/{quarter}.csv")
    with pytest.raises(ReturnError, match="This is a folder or a device, not a file"):
        open_file(folder, council, place_of("{quarter}"))


@pytest.mark.parametrize(
    ("how", "found"),
    [("grown", "still being written"), ("removed", "cannot be fetched: FileNotFoundError")],
)
def test_file_at_an_address_that_changes(council: Path, how: str, found: str) -> None:
    """A file at an address that changes or goes while it is copied is an error."""
    location = memory_file(LARGE).replace("{quarter}", "2023-24-Q1")
    pieces = open_file(location, council, place_of("{quarter}"))
    assert pieces is not None
    next(pieces)
    if how == "grown":
        fsspec.filesystem("memory").pipe(location, LARGE + b"A2,6%\n")
    else:
        fsspec.filesystem("memory").rm(location)
    with pytest.raises(ReturnError, match=found):
        list(pieces)


@pytest.mark.parametrize(
    ("location", "found"),
    [
        (
            "s3://bucket/{quarter}.csv",
            "needs the extra `s3`, which is not installed. Install perf-pipeline[s3], then",
        ),
        ("abfs://folder@account/{quarter}.csv", "Install perf-pipeline[azure], then"),
        ("sftp://user:secret@host/{quarter}.csv", "Install perf-pipeline[sftp], then"),
        ("simplecache::s3://bucket/{quarter}.csv", "Install perf-pipeline[s3], then"),
        ("hf://secret@bucket/{quarter}.csv", "The protocol `hf` needs a package: "),
        (
            "gopher://user:secret@host/{quarter}",
            "The file cannot be fetched: ValueError: Protocol not known: gopher",
        ),
    ],
    ids=["s3", "azure", "sftp", "chained", "no-extra", "unknown"],
)
def test_protocol_that_is_not_installed(council: Path, location: str, found: str) -> None:
    """The message names the extra to install, and never a password."""
    message = failure(council, location)
    assert found in message
    assert "secret" not in message


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("returns/q?1.csv", "returns/q?1.csv"),
        ("sftp://user:pass@host:22/returns/a@b.csv", "sftp://host:22/returns/a@b.csv"),
        ("abfs://box@account/q.csv?sig=abc#part", "abfs://account/q.csv"),
        ("zip://q.csv::s3://key:pass@bucket/q.zip", "zip://q.csv::s3://bucket/q.zip"),
        ("filecache::memory://q.csv", "filecache::memory://q.csv"),
    ],
)
def test_location_is_shown_without_its_secrets(location: str, shown: str) -> None:
    """Credentials, query and fragment of an address are never shown."""
    assert shown_location(location) == shown


def test_long_location_keeps_its_end(council: Path) -> None:
    """A place too long for its column is cut at the front."""
    folder = "/".join(["x" * 100] * 3)
    (council / folder).mkdir(parents=True)
    (council / folder / "2023-24-Q1.csv").write_bytes(CONTENT)
    name = read(council, folder + "/{quarter}.csv")["file_name"].iloc[0]
    assert (len(name), name[0], name[-15:]) == (255, "…", "/2023-24-Q1.csv")
