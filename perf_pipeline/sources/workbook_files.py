"""What a file that should be a workbook is, by its content, and whether it is safe to unpack."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path

from perf_pipeline.errors import ReturnError
from perf_pipeline.rules import ReturnFault
from perf_pipeline.sources.file_kinds import kind_by_start
from perf_pipeline.sources.limits import LARGEST_UNPACKED_BYTES
from perf_pipeline.sources.wording import ReturnPlace, reason

_SNIFFED_BYTES = 4096
_MOST_PARTS = 10_000
_MOST_PACKED = 200
_PACKED_LIMIT_FROM_BYTES = 10_000_000
_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_ENCRYPTED_FLAG = 0x1
_OPEN_DOCUMENT = b"application/vnd.oasis.opendocument.spreadsheet"
_STRICT = b"http://purl.oclc.org/ooxml/"
_SAVE_AS_XLSX = "Save it as `Excel Workbook (.xlsx)` and send that"
_SAVE_AGAIN = "Open it in Excel or LibreOffice, save it again and send that"
_NO_PASSWORD = "Save it without a password and send that"  # noqa: S105 - a sentence, no password

DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)
"""What Python raises when parts of a zip file cannot be unpacked."""


class WorkbookKind(Enum):
    """The kinds of workbook that are read; macros in them are never run."""

    XLSX = "xlsx"
    ODS = "ods"


@contextmanager
def open_workbook(path: Path, place: ReturnPlace) -> Iterator[tuple[WorkbookKind, zipfile.ZipFile]]:
    """Open a workbook's parts, once it is known what it is and that it is safe to unpack.

    Raises:
        ReturnError: It is something else, protected, damaged or too large.
    """
    with path.open("rb") as file:
        head = file.read(_SNIFFED_BYTES)
    if not head.startswith(b"PK"):
        raise _not_a_workbook(head, path, place)
    try:
        archive = zipfile.ZipFile(path)
    except DAMAGED as error:
        raise _damaged(error, place) from error
    with archive:
        _check_parts(archive, place)
        yield _kind(archive, place), archive


def _not_a_workbook(head: bytes, path: Path, place: ReturnPlace) -> ReturnError:
    if head.startswith(_OLE2):
        if _ENCRYPTED in path.read_bytes():
            return place.error(
                "The workbook is protected by a password.", _NO_PASSWORD, ReturnFault.PASSWORD
            )
        return place.error(
            "This is a workbook of the old kind (.xls).", _SAVE_AS_XLSX, ReturnFault.OLD_WORKBOOK
        )
    text = head.removeprefix(b"\xef\xbb\xbf").strip()
    if not text:
        return place.error(
            f"The file is empty ({path.stat().st_size:,} bytes).",
            "Send the figures, or remove the file until they are ready",
            ReturnFault.EMPTY,
        )
    return place.error(
        f"This is {_named(text)}, not a workbook.", _SAVE_AS_XLSX, ReturnFault.WRONG_KIND
    )


def _named(head: bytes) -> str:
    if kind := kind_by_start(head):
        return kind
    try:
        text = head.decode("cp1252")
    except UnicodeDecodeError:
        return "a file of an unknown kind"
    is_text = all(char.isprintable() or char in "\r\n\t" for char in text)
    return "a text file (CSV, perhaps)" if is_text else "a file of an unknown kind"


def _check_parts(archive: zipfile.ZipFile, place: ReturnPlace) -> None:
    parts = archive.infolist()
    if any(part.flag_bits & _ENCRYPTED_FLAG for part in parts):
        raise place.error(
            "The workbook is protected by a password.", _NO_PASSWORD, ReturnFault.PASSWORD
        )
    _check_size(parts, place)
    if len({part.filename for part in parts}) < len(parts):
        raise place.error(
            "The workbook holds the same part twice.", _SAVE_AGAIN, ReturnFault.PART_REPEATED
        )
    try:
        broken = archive.testzip()
    except DAMAGED as error:
        raise _damaged(error, place) from error
    if broken is not None:
        raise place.error("The workbook is damaged.", _SAVE_AGAIN, ReturnFault.DAMAGED)


def _check_size(parts: list[zipfile.ZipInfo], place: ReturnPlace) -> None:
    """Read the sizes that the zip file's directory states; unpacking stops at them."""
    unpacked = sum(part.file_size for part in parts)
    is_bomb = any(
        part.file_size > _PACKED_LIMIT_FROM_BYTES
        and part.file_size > _MOST_PACKED * part.compress_size
        for part in parts
    )
    if unpacked > LARGEST_UNPACKED_BYTES or len(parts) > _MOST_PARTS or is_bomb:
        raise place.error(
            f"The workbook would unpack to {unpacked / 1_000_000:,.0f} MB in {len(parts):,} parts, "
            "too large or too tightly packed to be a return.",
            "Send a workbook with only the sheets and rows of the return",
            ReturnFault.ZIP_BOMB,
        )


def _kind(archive: zipfile.ZipFile, place: ReturnPlace) -> WorkbookKind:
    names = set(archive.namelist())
    if "xl/workbook.bin" in names:
        raise place.error(
            "This is a binary workbook (.xlsb).", _SAVE_AS_XLSX, ReturnFault.BINARY_WORKBOOK
        )
    if "xl/workbook.xml" in names:
        if _STRICT in archive.read("xl/workbook.xml"):
            raise place.error(
                "This is a `Strict Open XML` workbook.", _SAVE_AS_XLSX, ReturnFault.STRICT_WORKBOOK
            )
        return WorkbookKind.XLSX
    if "mimetype" in names and archive.read("mimetype").startswith(_OPEN_DOCUMENT):
        _check_not_encrypted(archive, names, place)
        return WorkbookKind.ODS
    raise place.error(
        "This is a zip file or document, not a workbook.", _SAVE_AS_XLSX, ReturnFault.WRONG_KIND
    )


def _check_not_encrypted(archive: zipfile.ZipFile, names: set[str], place: ReturnPlace) -> None:
    manifest = "META-INF/manifest.xml"
    if manifest in names and b"encryption-data" in archive.read(manifest):
        raise place.error(
            "The workbook is protected by a password.", _NO_PASSWORD, ReturnFault.PASSWORD
        )
    if "content.xml" not in names:
        raise place.error("The workbook is damaged.", _SAVE_AGAIN, ReturnFault.DAMAGED)


def _damaged(error: Exception, place: ReturnPlace) -> ReturnError:
    return place.error(
        f"The workbook is damaged or cut short ({reason(error)}).", _SAVE_AGAIN, ReturnFault.DAMAGED
    )
