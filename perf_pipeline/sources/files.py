"""Where a return's file is: a path in the council folder, or an fsspec or http(s) address.

Nothing here reads a return; it gives the bytes, in pieces, for landing.
"""

import os
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from glob import has_magic
from itertools import takewhile
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote

import fsspec

from perf_pipeline.errors import ReturnError
from perf_pipeline.rules import ReturnFault
from perf_pipeline.sources.faults import may_pass
from perf_pipeline.sources.limits import LARGEST_BYTES
from perf_pipeline.sources.wording import SourcePlace, quoted, reason

_PIECE_BYTES = 1 << 20
_EXTRAS = {
    "s3": "s3",
    "s3a": "s3",
    "abfs": "azure",
    "abfss": "azure",
    "az": "azure",
    "adl": "azure",
    "sftp": "sftp",
    "ssh": "sftp",
}
_CHANGE_MARKS = ("size", "mtime", "LastModified", "last_modified", "ETag", "etag")
_WAIT = "Wait until it has been saved and closed"


@dataclass(frozen=True)
class FileMark:
    """By what a file is seen to have changed without being read.

    Attributes:
        size: Its bytes; -1 where the store does not say.
        changed: When it was last written, and the store's own tag of its content, as text.
    """

    size: int
    changed: str


def is_url(location: str) -> bool:
    """Tell an address from a path in the council folder."""
    return "://" in location


def is_http(location: str) -> bool:
    """Tell whether a location is fetched over http(s)."""
    return location.lower().startswith(("http://", "https://"))


def shown_location(location: str) -> str:
    """Return a location as it can be shown: an address without credentials, query and fragment."""
    if not is_url(location):
        return location
    return "::".join(_shown_part(part) for part in location.split("::"))


def _shown_part(url: str) -> str:
    if not is_url(url):
        return url
    protocol, _, rest = url.partition("://")
    host, slash, path = re.split(r"[?#]", rest)[0].partition("/")
    return f"{protocol}://{host.rpartition('@')[2]}{slash}{path}"


def open_file(
    location: str, council_folder: Path, place: SourcePlace, largest_bytes: int = LARGEST_BYTES
) -> Iterator[bytes] | None:
    """Return a file's bytes in pieces, or nothing when there is no such file.

    Args:
        location: A path relative to the council folder, or an fsspec address.
        council_folder: The council folder.
        place: Whose, when and where, for errors.
        largest_bytes: Bytes that it may have.

    Raises:
        ReturnError: It lies outside the council folder, cannot be reached or is not a file; while
            the pieces are read, also that it is too large or changed meanwhile.
    """
    if is_url(location):
        pieces = _open_url(location, place)
    else:
        pieces = _open_path(_inside(location, council_folder, place), place)
    return None if pieces is None else within_size(pieces, place, largest_bytes)


def matching_files(location: str, council_folder: Path, place: SourcePlace) -> list[str]:
    """Return the locations of the files that a location with `*`, `?` or `[…]` stands for, sorted.

    A location without them stands for itself, whether or not there is such a file.

    Args:
        location: A path relative to the council folder, or an fsspec address.
        council_folder: The council folder.
        place: Whose, when and where, for errors.

    Raises:
        ReturnError: It lies outside the council folder or cannot be reached.
    """
    if not has_magic(location):
        return [location]
    if is_url(location):
        return _matching_urls(location, place)
    folder = council_folder.resolve()
    _inside(_fixed_part(location), council_folder, place)
    pattern = os.path.relpath(folder / location, folder)
    try:
        _require_listed(folder, PurePosixPath(pattern).parts)
        return sorted(
            path.relative_to(folder).as_posix() for path in folder.glob(pattern) if path.is_file()
        )
    except OSError as error:
        raise _unreadable(error, place) from None


def _require_listed(folder: Path, parts: Sequence[str]) -> None:
    """Let no folder be left out because its files may not be listed, as `Path.glob` does.

    Raises:
        OSError: One may not.
    """
    for depth in range(len(parts)):
        for path in folder.glob("/".join(parts[:depth])) if depth else [folder]:
            if path.is_dir():
                with os.scandir(path):
                    pass


def _fixed_part(location: str) -> str:
    """Return the folders of a path before the first one that has a wildcard."""
    parts = PurePosixPath(location).parts
    return str(PurePosixPath(*takewhile(lambda part: not has_magic(part), parts)))


def _matching_urls(url: str, place: SourcePlace) -> list[str]:
    try:
        filesystem, path = fsspec.url_to_fs(url, skip_instance_cache=True)
        found = filesystem.glob(path)
    except ImportError as error:
        raise _not_installed(url, error, place) from None
    except Exception as error:  # noqa: BLE001 - each protocol raises errors of its own
        raise _unreachable(url, error, place) from None
    return sorted(filesystem.unstrip_protocol(each) for each in found)


def file_mark(location: str, council_folder: Path, place: SourcePlace) -> FileMark | None:
    """Return by what a file is seen to have changed, or nothing when there is no such file.

    The file is not opened.

    Args:
        location: A path relative to the council folder, or an fsspec address.
        council_folder: The council folder.
        place: Whose, when and where, for errors.

    Raises:
        ReturnError: It lies outside the council folder, cannot be reached or is not a file.
    """
    if is_url(location):
        found = _url_status(location, place)
        return None if found is None else _url_mark(found[2])
    status = _path_status(_inside(location, council_folder, place), place)
    return None if status is None else FileMark(status.st_size, str(status.st_mtime_ns))


def _url_mark(status: Mapping[str, object]) -> FileMark:
    size = status.get("size")
    changed = [str(status[mark]) for mark in _CHANGE_MARKS[1:] if status.get(mark) is not None]
    return FileMark(size if isinstance(size, int) else -1, " ".join(changed))


def within_size(
    pieces: Iterator[bytes], place: SourcePlace, largest_bytes: int = LARGEST_BYTES
) -> Iterator[bytes]:
    """Pass pieces on up to the largest size of a return.

    Raises:
        ReturnError: There are more.
    """
    total = 0
    for piece in pieces:
        total += len(piece)
        if total > largest_bytes:
            raise place.error(
                f"It is larger than {largest_bytes // 1_000_000} MB.",
                "Send only the rows and sheets of the return",
                ReturnFault.TOO_LARGE,
            )
        yield piece


def _inside(location: str, council_folder: Path, place: SourcePlace) -> Path:
    folder = council_folder.resolve()
    try:
        path = (folder / location).resolve()
    except (OSError, ValueError, RuntimeError) as error:
        raise _unreadable(error, place) from error
    if not path.is_relative_to(folder):
        raise place.error(
            "The location leads out of the council folder.",
            "Put the file into the council folder and change `location` in sources.yaml",
            ReturnFault.OUTSIDE_FOLDER,
        )
    return path


def _open_path(path: Path, place: SourcePlace) -> Iterator[bytes] | None:
    before = _path_status(path, place)
    if before is None:
        return None
    return _pieces_of_path(path, before, place)


def _path_status(path: Path, place: SourcePlace) -> os.stat_result | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unreadable(error, place) from error
    if not stat.S_ISREG(status.st_mode):
        raise _not_a_file(place)
    return status


def _pieces_of_path(path: Path, before: os.stat_result, place: SourcePlace) -> Iterator[bytes]:
    total = 0
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE_BYTES):
                total += len(piece)
                yield piece
        after = path.stat()
    except OSError as error:
        raise _unreadable(error, place) from error
    is_changed = (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns)
    if is_changed or total != after.st_size:
        raise _still_written(place)


def _open_url(url: str, place: SourcePlace) -> Iterator[bytes] | None:
    found = _url_status(url, place)
    if found is None:
        return None
    return _pieces_of_url(url, *found, place)


def _url_status(url: str, place: SourcePlace) -> tuple[Any, str, Mapping[str, object]] | None:
    try:
        filesystem, path = fsspec.url_to_fs(url, skip_instance_cache=True)
        status = filesystem.info(path)
    except FileNotFoundError:
        return None
    except ImportError as error:
        raise _not_installed(url, error, place) from None
    except Exception as error:  # noqa: BLE001 - each protocol raises errors of its own
        raise _unreachable(url, error, place) from None
    if status.get("type") == "directory":
        raise _not_a_file(place)
    return filesystem, path, status


def _pieces_of_url(
    url: str, filesystem: Any, path: str, before: Mapping[str, object], place: SourcePlace
) -> Iterator[bytes]:
    try:
        with filesystem.open(path, "rb") as file:
            while piece := file.read(_PIECE_BYTES):
                yield piece
        filesystem.invalidate_cache()
        after = filesystem.info(path)
    except Exception as error:  # noqa: BLE001 - each protocol raises errors of its own
        raise _unreachable(url, error, place) from None
    if any(before.get(mark) != after.get(mark) for mark in _CHANGE_MARKS):
        raise _still_written(place)


def _unreadable(error: Exception, place: SourcePlace) -> ReturnError:
    found = getattr(error, "strerror", None) or reason(error)
    return place.error(
        f"The file cannot be read: {found}.",
        "Give this pipeline's user the right to read it, or mend `location` in sources.yaml",
        ReturnFault.UNREADABLE,
        is_transient=may_pass(error),
    )


def _not_a_file(place: SourcePlace) -> ReturnError:
    return place.error(
        "This is a folder or a device, not a file.",
        "Put the return there as a file, or mend `location` in sources.yaml",
        ReturnFault.NOT_A_FILE,
    )


def _still_written(place: SourcePlace) -> ReturnError:
    return place.error(
        "The file is still being written: it changed while it was copied.",
        _WAIT,
        ReturnFault.STILL_WRITTEN,
    )


def _not_installed(url: str, error: ImportError, place: SourcePlace) -> ReturnError:
    protocol = url.partition("://")[0].rpartition("::")[2]
    extra = _EXTRAS.get(protocol.lower())
    if extra is None:
        found = f"The protocol {quoted(protocol)} needs a package: {reason(error, url)}."
        return place.error(found, "Install that package", ReturnFault.NOT_INSTALLED)
    return place.error(
        f"The protocol {quoted(protocol)} needs the extra `{extra}`, which is not installed.",
        f"Install perf-pipeline[{extra}]",
        ReturnFault.NOT_INSTALLED,
    )


def _unreachable(url: str, error: Exception, place: SourcePlace) -> ReturnError:
    found = reason(error, *_secrets(url))
    return place.error(
        f"The file cannot be fetched: {type(error).__name__}: {found}.",
        "Check the address in sources.yaml, and that this machine may read it",
        ReturnFault.NOT_REACHED,
        is_transient=may_pass(error),
    )


def _secrets(url: str) -> list[str]:
    """Return the parts of an address that another library's message must not show."""
    credentials = re.findall(r"://([^/@]*)@", url)
    parts = [part for pair in credentials for part in (pair, pair.partition(":")[2])]
    return [*parts, *map(unquote, parts), url.partition("?")[2]]
