"""An export gets its place whole, or nothing changes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from perf_pipeline.errors import PerfPipelineError
from perf_pipeline.exports.placing import place


def writes(text: str) -> Callable[[Path], None]:
    """Return what writes a text into a folder's one file."""

    def write(folder: Path) -> None:
        (folder / "file.txt").write_text(text)

    return write


def entries(folder: Path) -> list[str]:
    """Return the names in a folder, hidden ones too."""
    return sorted(path.name for path in folder.iterdir())


def test_new_folder_appears_with_its_files(tmp_path: Path) -> None:
    """The folder is there afterwards, and nothing beside it."""
    assert place(tmp_path / "v1" / "csv", writes("a"))
    assert (tmp_path / "v1" / "csv" / "file.txt").read_text() == "a"
    assert entries(tmp_path / "v1") == ["csv"]


def test_same_export_is_left_alone(tmp_path: Path) -> None:
    """The same files again are no change."""
    place(tmp_path / "csv", writes("a"))
    before = (tmp_path / "csv" / "file.txt").stat().st_mtime_ns
    assert not place(tmp_path / "csv", writes("a"))
    assert (tmp_path / "csv" / "file.txt").stat().st_mtime_ns == before
    assert entries(tmp_path) == ["csv"]


@pytest.mark.parametrize("change", ["changed", "added", "removed"])
def test_differing_export_is_kept_and_named(tmp_path: Path, change: str) -> None:
    """What somebody changed is not overwritten; the message names the files that differ."""
    place(tmp_path / "csv", writes("a"))
    name = "more.txt" if change == "added" else "file.txt"
    if change == "removed":
        (tmp_path / "csv" / name).unlink()
        (tmp_path / "csv" / "other").mkdir()
    else:
        (tmp_path / "csv" / name).write_text("mine")
    held = entries(tmp_path / "csv")
    with pytest.raises(PerfPipelineError, match=rf"{name}.* differ"):
        place(tmp_path / "csv", writes("a"))
    assert entries(tmp_path / "csv") == held
    assert entries(tmp_path) == ["csv"]


def test_failed_write_leaves_nothing(tmp_path: Path) -> None:
    """Where writing fails, neither the folder nor a part of it is left."""

    def write(folder: Path) -> None:
        (folder / "file.txt").write_text("half")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        place(tmp_path / "csv", write)
    assert entries(tmp_path) == []


def test_place_that_cannot_be_written_gets_a_sentence(tmp_path: Path) -> None:
    """A file in the way of the folder is named, with what to do."""
    (tmp_path / "file").write_text("")
    with pytest.raises(PerfPipelineError, match=r"cannot be written to .*--to"):
        place(tmp_path / "file" / "v1" / "csv", writes("a"))


def test_file_in_the_place_itself_is_kept(tmp_path: Path) -> None:
    """A file where the folder shall be is not replaced."""
    (tmp_path / "csv").write_text("mine")
    with pytest.raises(PerfPipelineError, match="cannot be written"):
        place(tmp_path / "csv", writes("a"))
    assert (tmp_path / "csv").read_text() == "mine"
