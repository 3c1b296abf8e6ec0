"""The landing store keeps each content once, whole, under its hash, whatever happens meanwhile."""

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from perf_pipeline.errors import ReturnError
from perf_pipeline.sources import Landing
from perf_pipeline.sources import landing as landing_module

CONTENT = b"Ref,Value\nA1,75%\n"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
LAND_FOR_EVER = """
# Loads the one module by its file: the readers beside it take seconds to import.
import importlib.util, sys, time
from pathlib import Path

spec = importlib.util.spec_from_file_location("landing", sys.argv[1])
landing = importlib.util.module_from_spec(spec)
spec.loader.exec_module(landing)

def pieces():
    yield b"Ref,Value"
    yield b"x" * (1 << 20)
    print("half landed", flush=True)
    time.sleep(600)

landing.Landing(Path(sys.argv[2])).land(pieces())
"""


def objects(root: Path) -> list[Path]:
    """List the objects that are in view."""
    return [path for path in (root / "objects").glob("*/*") if path.is_file()]


def test_content_is_kept_under_its_hash(tmp_path: Path) -> None:
    """The object's name is the content's SHA-256, in a folder of its first two digits."""
    landing = Landing(tmp_path)
    assert landing.land(CONTENT) == SHA256
    assert landing.path(SHA256) == tmp_path / "objects" / SHA256[:2] / SHA256
    assert landing.path(SHA256).read_bytes() == CONTENT


def test_pieces_are_one_content(tmp_path: Path) -> None:
    """The same bytes in pieces have the same hash."""
    landing = Landing(tmp_path)
    assert landing.land(iter([CONTENT[:5], CONTENT[5:]])) == SHA256
    assert landing.path(SHA256).read_bytes() == CONTENT


def test_same_content_is_kept_once(tmp_path: Path) -> None:
    """Landing a content again leaves the object as it was and nothing beside it."""
    landing = Landing(tmp_path)
    landing.land(CONTENT)
    before = landing.path(SHA256).stat()
    landing.land(CONTENT)
    assert landing.path(SHA256).stat() == before
    assert [path.name for path in (tmp_path / "objects").rglob("*") if path.is_file()] == [SHA256]


def test_damaged_object_is_replaced(tmp_path: Path) -> None:
    """An object that lost bytes is whole again once its content is landed again."""
    landing = Landing(tmp_path)
    landing.land(CONTENT)
    landing.path(SHA256).write_bytes(CONTENT[:3])
    landing.land(CONTENT)
    assert landing.path(SHA256).read_bytes() == CONTENT


def test_failing_source_leaves_nothing(tmp_path: Path) -> None:
    """What a source raises midway passes through, and no part of its content stays."""

    def pieces() -> Iterator[bytes]:
        yield b"Ref,Value"
        raise ReturnError("cut off")

    with pytest.raises(ReturnError, match="cut off"):
        Landing(tmp_path).land(pieces())
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_unwritable_store_is_named(tmp_path: Path) -> None:
    """A store that cannot be written is an error that says where and what to do."""
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ReturnError, match=r"cannot be kept in .*file.objects: .*Free space"):
        Landing(tmp_path / "file").land(CONTENT)


def test_store_that_loses_its_folder_is_named(tmp_path: Path) -> None:
    """A file in the place of an object's folder is an error too, and leaves no piece behind."""
    (tmp_path / "objects").mkdir()
    (tmp_path / "objects" / SHA256[:2]).write_text("in the way")
    with pytest.raises(ReturnError, match="cannot be kept"):
        Landing(tmp_path).land(CONTENT)
    assert [path.name for path in (tmp_path / "objects").iterdir()] == [SHA256[:2]]


def test_killed_run_leaves_no_partial_object(tmp_path: Path) -> None:
    """After SIGKILL in the middle of landing no object is in view, and the next run lands."""
    command = [sys.executable, "-c", LAND_FOR_EVER, landing_module.__file__, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "half landed\n"
        child.kill()
    assert objects(tmp_path) == []
    landing = Landing(tmp_path)
    assert landing.path(landing.land(CONTENT)).read_bytes() == CONTENT
    assert objects(tmp_path) == [landing.path(SHA256)]
