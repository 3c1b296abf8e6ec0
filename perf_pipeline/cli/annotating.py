"""A workbook given back with each finding as a comment at its cell; the original stays as it is."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from perf_pipeline.errors import RequestError
from perf_pipeline.orchestration.return_checks import Finding, ReturnCheck
from perf_pipeline.sources.confined import annotate_confined, is_xlsx_confined
from perf_pipeline.sources.limits import MOST_CPU_SECONDS, MOST_MEMORY_BYTES


def require_annotatable(content: bytes, file_name: str, out: Path) -> None:
    """Refuse a copy that cannot be made, before the return is read.

    Args:
        content: The return.
        file_name: What it is called.
        out: The copy; it must not be there yet, and its folder must.

    Raises:
        RequestError: The return or the copy is no .xlsx workbook, or the copy is there or has no
            folder.
    """
    _require_free(out)
    with _kept(content) as file:
        is_xlsx = is_xlsx_confined(file)
    if out.suffix.lower() != ".xlsx" or not is_xlsx:
        raise RequestError(
            "Only an Excel workbook (.xlsx) that is whole can be given back with comments, as "
            f"another .xlsx: {file_name} to {out.name} cannot. Check it without --annotate: the "
            "findings name each row and column."
        )


def _require_free(out: Path) -> None:
    other = "Name another file for --annotate."
    try:
        if out.exists():
            raise RequestError(f"{out} is there already. {other}")
        if not out.parent.is_dir():
            raise RequestError(f"There is no folder {out.parent}. {other}")
    except OSError as error:
        raise RequestError(f"{out} cannot be looked at: {error.strerror}. {other}") from error


def annotate_workbook(content: bytes, file_name: str, out: Path, found: ReturnCheck) -> None:
    """Write a copy of a return with a comment at each finding.

    It is an .xlsx workbook without macros. A finding of a whole row stands at the row's first cell.
    Comments that were there stay where nothing was found.

    Args:
        content: The return as it was checked, which `require_annotatable` let pass.
        file_name: What it is called.
        out: The copy.
        found: What was found in it.

    Raises:
        RequestError: Other sheets of it cannot be read within the limits, or the copy cannot be
            written.
    """
    notes = [_note(finding) for finding in found.findings if finding.sheet is not None]
    try:
        with _kept(content) as file:
            is_written = annotate_confined(file, out, notes)
    except OSError as error:
        raise RequestError(f"{out} cannot be written: {error.strerror}.") from error
    if not is_written:
        raise RequestError(
            f"{file_name} cannot be given back with comments: another sheet of it is damaged, or "
            f"takes more than {MOST_CPU_SECONDS} seconds or {MOST_MEMORY_BYTES // 1_000_000} MB. "
            "The findings name each row and column."
        )


@contextmanager
def _kept(content: bytes) -> Iterator[Path]:
    """Keep a return in a file while its reader looks at it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "return")
        file.write_bytes(content)
        yield file


def _note(finding: Finding) -> tuple[str, str, str]:
    return finding.sheet or "", finding.cell or f"A{finding.row_number}", finding.text
