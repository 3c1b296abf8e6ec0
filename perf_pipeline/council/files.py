"""The council folder's files as bytes: what is read is what is digested."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from perf_pipeline.council.wording import Fault
from perf_pipeline.errors import Mistake

_MEGABYTE = 1_000_000
_LARGEST_YAML = _MEGABYTE
_LARGEST_OTHER = 50 * _MEGABYTE


def read_files(folder: Path, names: Iterable[str]) -> tuple[dict[str, bytes], list[Mistake]]:
    """Read the files that are there.

    Args:
        folder: The council folder.
        names: Names relative to it.

    Returns:
        Bytes by name, without the files that are not there, and a mistake for each file that is
        there and cannot be read.
    """
    contents: dict[str, bytes] = {}
    mistakes = []
    for name in names:
        content = _read_file(folder / name)
        if isinstance(content, bytes):
            contents[name] = content
        elif content is not None:
            mistakes.append(content.at(name, 0))
    return contents, mistakes


def decoded(content: bytes) -> str | tuple[int, Fault]:
    """Decode UTF-8, with or without a byte order mark, or say on which line it stops being so."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return line, Fault(
            f"The byte {content[error.start]:#04x} here is not UTF-8.",
            "Save the file as UTF-8 (in Excel: `CSV UTF-8`) and check accented letters and £.",
        )


def digest(contents: Mapping[str, bytes]) -> str:
    """Return the SHA-256 over names and bytes, in the order of the names."""
    total = hashlib.sha256()
    for name in sorted(contents):
        content = contents[name]
        total.update(f"{name}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()


def _read_file(path: Path) -> bytes | Fault | None:
    limit = _LARGEST_YAML if path.suffix == ".yaml" else _LARGEST_OTHER
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        return Fault(f"The file cannot be read: {reason}.", "Make it a file that can be read.")
    if len(content) > limit:
        return Fault(
            f"The file is larger than {limit // _MEGABYTE} MB.",
            "Take out what does not belong in it.",
        )
    return content
