"""What the doctor says of folders."""

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from perf_pipeline.cli.doctor import folders
from perf_pipeline.cli.doctor.findings import Status
from perf_pipeline.cli.doctor.folders import (
    folder_finding,
    folder_findings,
    foreign_owner,
    make_folders,
)

SOMEBODY = 65534


@contextmanager
def somebody_else() -> Iterator[None]:
    """Be an unprivileged user for a while, since root may write anywhere."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(SOMEBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A folder that every user can look into."""
    folder = Path(tempfile.mkdtemp(prefix="perf-pipeline-doctor-", dir=Path(os.sep, "var", "tmp")))
    folder.chmod(0o555)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_own_folder_is_sound(tmp_path: Path) -> None:
    """A folder of one's own is as it should be, and nothing is left in it."""
    assert folder_finding(tmp_path).status is Status.OK
    assert list(tmp_path.iterdir()) == []


def test_missing_folder_is_named(tmp_path: Path) -> None:
    """A folder that is not there is named, with the command that makes it."""
    finding = folder_finding(tmp_path / "away")
    assert finding.status is Status.WRONG
    assert str(tmp_path / "away") in finding.found
    assert "--fix" in finding.remedy


def test_file_in_place_of_a_folder(tmp_path: Path) -> None:
    """A file where a folder should be is said to be none."""
    (tmp_path / "home").write_text("")
    assert "is no folder" in folder_finding(tmp_path / "home").found
    assert folder_finding(tmp_path / "home" / "dagster").status is Status.WRONG


def test_read_only_folder_is_named(reachable: Path) -> None:
    """A folder that cannot be written to is named, with its owner and this user."""
    owner = reachable.stat().st_uid
    with somebody_else():
        finding = folder_finding(reachable)
        user = os.geteuid()
    assert finding.status is Status.WRONG
    assert f"{reachable} cannot be written to: Permission denied." in finding.found
    assert f"belongs to user {owner}, and this runs as user {user}." in finding.found


def test_folder_below_a_closed_one(reachable: Path) -> None:
    """A folder that cannot even be looked at is a finding."""
    closed = reachable / "closed"
    reachable.chmod(0o755)
    (closed / "home").mkdir(parents=True)
    closed.chmod(0)
    with somebody_else():
        finding = folder_finding(closed / "home")
    closed.chmod(0o755)
    assert finding.status is Status.WRONG
    assert "somebody else" in finding.found or "Permission denied" in finding.found


def test_folder_for_everybody(tmp_path: Path) -> None:
    """A folder that everybody may write to is to be closed."""
    tmp_path.chmod(0o777)
    assert folder_finding(tmp_path).remedy == f"chmod o-w {tmp_path}"


def test_folder_that_everybody_may_look_into(reachable: Path) -> None:
    """Returns are about people: a folder that any user can enter is to be closed."""
    reachable.chmod(0o755)
    assert folder_finding(reachable).remedy == f"chmod o-rwx {reachable}"
    below = reachable / "landing"
    below.mkdir(mode=0o755)
    reachable.chmod(0o750)
    assert folder_finding(below).status is Status.OK


def test_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk with less room than is asked for is to be cleared."""
    monkeypatch.setattr(folders, "LEAST_FREE_BYTES", 1 << 62)
    finding = folder_finding(tmp_path)
    assert finding.status is Status.WRONG
    assert "GiB free" in finding.found


def test_folders_of_runs_may_be_missing(tmp_path: Path) -> None:
    """A folder that runs make by themselves is looked at only where it is there."""
    (tmp_path / "landing").mkdir()
    found = list(folder_findings([tmp_path], [tmp_path / "landing", tmp_path / "frames"]))
    assert [finding.status for finding in found] == [Status.OK, Status.OK]


def test_missing_folders_are_made(tmp_path: Path) -> None:
    """A missing folder is made, and one that is there is left alone."""
    made = list(make_folders([tmp_path, tmp_path / "a" / "b"]))
    assert [finding.found for finding in made] == [f"Made {tmp_path / 'a' / 'b'}."]
    assert stat.S_IMODE((tmp_path / "a" / "b").stat().st_mode) == 0o700


def test_owner_of_a_folder_to_be(tmp_path: Path) -> None:
    """A folder that is to be made is of whom the nearest folder above it is; ours are no matter."""
    assert foreign_owner(tmp_path / "new" / "home") is None
    other = Path("/")
    if os.geteuid() == 0:
        other = tmp_path / "theirs"
        other.mkdir()
        os.chown(other, 4242, 4242)
    assert foreign_owner(other / "no such" / "home") == other.stat().st_uid


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """A folder that cannot be made is a finding, and no traceback."""
    (tmp_path / "file").write_text("")
    (finding,) = make_folders([tmp_path / "file" / "home"])
    assert finding.status is Status.WRONG
    assert str(tmp_path / "file" / "home") in finding.found
