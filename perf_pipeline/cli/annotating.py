"""A workbook given back with each finding as a comment at its cell; the original stays as it is."""

import zipfile
from pathlib import Path

from perf_pipeline.errors import RequestError
from perf_pipeline.orchestration.return_checks import Finding, ReturnCheck
from perf_pipeline.sources.confined import annotate_confined
from perf_pipeline.sources.limits import MOST_CPU_SECONDS, MOST_MEMORY_BYTES


def annotate_workbook(file: Path, out: Path, found: ReturnCheck) -> None:
    """Write a copy of a return with a comment at each finding.

    It is an .xlsx workbook without macros. A finding of a whole row stands at the row's first cell.
    Comments that were there stay where nothing was found.

    Args:
        file: The return, which was read without fault.
        out: The copy; it must not be there yet.
        found: What was found in it.

    Raises:
        RequestError: The return is no .xlsx workbook, other sheets of it cannot be read within the
            limits, or the copy is there or cannot be written.
    """
    if out.exists():
        raise RequestError(f"{out} is there already. Name another file for --annotate.")
    if out.suffix.lower() != ".xlsx" or not _is_xlsx(file):
        raise RequestError(
            f"Only an Excel workbook (.xlsx) can be given back with comments, as another .xlsx: "
            f"{file.name} to {out.name} cannot. The findings name each row and column."
        )
    notes = [_note(finding) for finding in found.findings if finding.sheet is not None]
    try:
        is_written = annotate_confined(file, out, notes)
    except OSError as error:
        raise RequestError(f"{out} cannot be written: {error.strerror}.") from error
    if not is_written:
        raise RequestError(
            f"{file.name} cannot be given back with comments: another sheet of it is damaged, or "
            f"takes more than {MOST_CPU_SECONDS} seconds or {MOST_MEMORY_BYTES // 1_000_000} MB. "
            "The findings name each row and column."
        )


def _is_xlsx(file: Path) -> bool:
    if not zipfile.is_zipfile(file):
        return False
    with zipfile.ZipFile(file) as archive:
        return "xl/workbook.xml" in archive.namelist()


def _note(finding: Finding) -> tuple[str, str, str]:
    return finding.sheet or "", finding.cell or f"A{finding.row_number}", finding.text
