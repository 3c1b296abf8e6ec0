"""The folder in which a build's data are: on this machine, or wherever fsspec reaches."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import fsspec
import pyarrow as pa
import pyarrow.fs as pafs
from fsspec.implementations.local import LocalFileSystem

_PIECE_BYTES = 1 << 20


class Folder:
    """A folder by its path or fsspec address.

    A file in it is whole or not there: on this machine it is written beside its place and moved;
    an object store shows an object when it is closed. Writing a file again replaces it, so that
    work that is done twice leaves what it leaves when it is done once.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self._files, self._root = _filesystem(address)
        self._is_local = isinstance(self._files, pafs.LocalFileSystem)

    def open(self, name: str) -> pa.NativeFile:
        """Open a file for reading at any place in it.

        Raises:
            FileNotFoundError: There is none.
        """
        return self._files.open_input_file(self._path(name))

    @contextmanager
    def writing(self, name: str) -> Iterator[pa.NativeFile]:
        """Write a file, which is there once the block has ended without an error."""
        path = self._path(name)
        self._files.create_dir(path.rpartition("/")[0], recursive=True)
        place = f"{path}.{uuid4().hex}" if self._is_local else path
        with self._files.open_output_stream(place) as sink:
            yield sink
        if place != path:
            self._files.move(place, path)

    @contextmanager
    def writing_hashed(self, name: str) -> Iterator["HashedSink"]:
        """Write a file as `writing` does, and hash what is written."""
        with self.writing(name) as sink:
            yield HashedSink(sink)

    def folders(self) -> list[str]:
        """Return the names of the folders in this one, none where it is not there."""
        found = self._files.get_file_info(pafs.FileSelector(self._root, allow_not_found=True))
        return sorted(each.base_name for each in found if each.type == pafs.FileType.Directory)

    def remove(self, name: str) -> None:
        """Remove a file, or a folder with all that is in it, if it is there."""
        path = self._path(name)
        kind = self._files.get_file_info(path).type
        if kind == pafs.FileType.Directory:
            self._files.delete_dir(path)
        elif kind == pafs.FileType.File:
            self._files.delete_file(path)

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"


class HashedSink:
    """A sink that hashes what goes into it, as Arrow's writers take one.

    Args:
        sink: Where it goes.
    """

    closed = False

    def __init__(self, sink: pa.NativeFile) -> None:
        self._sink = sink
        self._hasher = hashlib.sha256()

    def write(self, content: bytes) -> int:
        """Write bytes."""
        self._hasher.update(content)
        return int(self._sink.write(content))

    def tell(self) -> int:
        """Return how many bytes have been written."""
        return int(self._sink.tell())

    def flush(self) -> None:
        """Leave it to the sink."""

    def close(self) -> None:
        """Leave it to the sink."""

    def hexdigest(self) -> str:
        """Return the SHA-256 of all that has been written."""
        return self._hasher.hexdigest()


def sha256_of(file: pa.NativeFile) -> str:
    """Return the SHA-256 of an open file, which is at its beginning before and after."""
    hasher = hashlib.sha256()
    while piece := file.read(_PIECE_BYTES):
        hasher.update(piece)
    file.seek(0)
    return hasher.hexdigest()


def open_located(location: str) -> pa.NativeFile:
    """Open a file by its path or fsspec address, for reading at any place in it.

    Raises:
        FileNotFoundError: There is none.
    """
    files, path = _filesystem(location)
    return files.open_input_file(path)


def _filesystem(address: str) -> tuple[pafs.FileSystem, str]:
    files, path = fsspec.url_to_fs(address)
    if isinstance(files, LocalFileSystem):
        return pafs.LocalFileSystem(), Path(path).as_posix()
    return pafs.PyFileSystem(pafs.FSSpecHandler(files)), path.rstrip("/")
