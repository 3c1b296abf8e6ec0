"""The store of what sources gave: every return is kept under its SHA-256 before it is read."""

import datetime as dt
import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from perf_pipeline.errors import ReturnError
from perf_pipeline.rules import ReturnFault

_TEMPORARY = ".landing-"


class Landing:
    """A folder of objects named by their content: `objects/ab/abcdef…`.

    An object is whole or not there: it is written beside its place, forced to disk and then
    moved. A killed run can leave a `.landing-…` file, which nothing reads and `remove_leftovers`
    removes.
    """

    def __init__(self, root: Path) -> None:
        self._objects = root / "objects"

    def path(self, sha256: str) -> Path:
        """Return where the object with this hash is, or would be."""
        return self._objects / sha256[:2] / sha256

    def land(self, content: bytes | Iterable[bytes]) -> str:
        """Keep a content, once, and return its SHA-256.

        Args:
            content: The bytes, whole or in pieces.

        Raises:
            ReturnError: The copy cannot be written; whatever the pieces raise passes through.
        """
        pieces = [content] if isinstance(content, bytes) else content
        temporary = self._new_file()
        try:
            return self._keep(temporary, _write(temporary, pieces))
        except OSError as error:
            raise _unwritable(self._objects, error) from error
        finally:
            temporary.unlink(missing_ok=True)

    def remove_leftovers(self, before: dt.datetime) -> Iterator[Path]:
        """Remove the temporary files last written before a moment, each as it is returned.

        An object, which is evidence, is never removed.

        Raises:
            OSError: One of them cannot be removed.
        """
        yield from remove_older(self._objects.glob(f"{_TEMPORARY}*"), before)

    def _new_file(self) -> Path:
        try:
            self._objects.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._objects, prefix=_TEMPORARY)
        except OSError as error:
            raise _unwritable(self._objects, error) from error
        os.close(handle)
        return Path(name)

    def _keep(self, temporary: Path, sha256: str) -> str:
        place = self.path(sha256)
        place.parent.mkdir(exist_ok=True)
        # An object under this hash with other content is one that the disk has damaged.
        if not place.exists() or _sha256(place) != sha256:
            temporary.replace(place)
        _force_to_disk(place.parent)
        _force_to_disk(self._objects)
        return sha256


def remove_older(paths: Iterable[Path], before: dt.datetime) -> Iterator[Path]:
    """Remove those files that were last written before a moment, each as it is returned.

    Raises:
        OSError: One of them cannot be removed.
    """
    for path in sorted(paths):
        try:
            is_old = path.lstat().st_mtime < before.timestamp()
        except FileNotFoundError:
            # Its run is alive and has moved it to its place.
            continue
        if is_old:
            path.unlink(missing_ok=True)
            yield path


def _write(path: Path, pieces: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for piece in pieces:
            digest.update(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _force_to_disk(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _unwritable(folder: Path, error: OSError) -> ReturnError:
    return ReturnError(
        f"The return's copy cannot be kept in {folder}: {error.strerror or error}. Free space "
        "there, or make the folder writable, then run again.",
        reason_code=ReturnFault.NOT_KEPT,
    )
