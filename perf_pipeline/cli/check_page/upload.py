"""A form with a file, read into memory up to a size and no further.

Only its reader needs a file: `check_return` makes one, in a temporary folder that it removes.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import PureWindowsPath

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

LARGEST_MEGABYTES = 20
LARGEST_BYTES = LARGEST_MEGABYTES * 1_000_000
"""Bytes of one file; a filled-in template has some 20,000."""

_LARGEST_BODY = LARGEST_BYTES + 100_000
_MOST_DISCARDED = 2_000_000_000
_MOST_FIELDS = 2


class UploadError(Exception):
    """What was sent is no form of this page, or too large; its text is for who sent it.

    Attributes:
        status_code: The HTTP status to answer with.
    """

    def __init__(self, text: str, status_code: int) -> None:
        super().__init__(text)
        self.status_code = status_code


@dataclass(frozen=True)
class Upload:
    """One file with what was chosen beside it.

    Attributes:
        file_name: The file's name, without folders.
        content: Its bytes.
        quarter: The quarter as chosen.
        source_code: The source as chosen; null where the file is to say it.
    """

    file_name: str
    content: bytes
    quarter: str
    source_code: str | None


class _MemoryParser(MultiPartParser):
    """Starlette's parser, which keeps the whole file in memory: its size is bounded here."""

    spool_max_size = _LARGEST_BODY + 1


async def read_upload(request: Request) -> Upload:
    """Read the page's form.

    What is too large, or no form, is read to its end and thrown away piece by piece: a browser
    that is still sending would not see the answer.

    Raises:
        UploadError: It is too large, no form, or has no file.
    """
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise _no_form()
    body = _bounded(request.stream())
    parser = _MemoryParser(request.headers, body, max_files=1, max_fields=_MOST_FIELDS)
    try:
        form = await parser.parse()
    except MultiPartException:
        async for _ in body:
            pass
        raise _no_form() from None
    try:
        return await _upload(form)
    finally:
        await form.close()


async def _bounded(stream: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """Pass a body on up to its limit; beyond it, read on without keeping anything, then refuse."""
    size = 0
    async for chunk in stream:
        size += len(chunk)
        if size <= _LARGEST_BODY:
            yield chunk
        elif size > _MOST_DISCARDED:
            break
    if size > _LARGEST_BODY:
        raise _too_large()


async def _upload(form: FormData) -> Upload:
    file = form.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        raise UploadError("No file was chosen. Choose the return that is to be checked.", 400)
    content = await file.read()
    if len(content) > LARGEST_BYTES:
        raise _too_large()
    quarter, source = (str(form.get(name) or "") for name in ("quarter", "source"))
    # Some browsers send the folders too, with the separators of their system.
    file_name = PureWindowsPath(file.filename).name
    return Upload(file_name, content, quarter, source or None)


def _no_form() -> UploadError:
    return UploadError("What arrived is not this page's form. Go back and send it anew.", 400)


def _too_large() -> UploadError:
    return UploadError(
        f"The file is larger than {LARGEST_MEGABYTES} MB, and no return is so large. Take out "
        "pictures, other sheets and rows that are empty but formatted, or send the template "
        "filled in.",
        413,
    )
