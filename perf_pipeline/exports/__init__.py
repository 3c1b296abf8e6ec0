"""Exports: a publication's tables as files, for people and for programs.

::

    frames of one publication ──▶ pages ──┬──▶ parquet          as it is
                                          └──▶ safe text ──┬──▶ csv
                                                           └──▶ fit for cells ──▶ xlsx, ods

Nothing here reads a database, and nothing here computes a figure.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import pandas as pd

from perf_pipeline.exports.arrow_files import write_csv_files, write_parquet_files
from perf_pipeline.exports.ods_workbooks import write_ods
from perf_pipeline.exports.pages import ExportContent, PublicationDetails, export_content
from perf_pipeline.exports.placing import place
from perf_pipeline.exports.safety import restored_text, safe_text
from perf_pipeline.exports.xlsx_workbooks import write_xlsx

__all__ = [
    "ExportFormat",
    "Exported",
    "PublicationDetails",
    "export_publication",
    "restored_text",
    "safe_text",
]


class ExportFormat(StrEnum):
    """What an export is written as."""

    CSV = "csv"
    XLSX = "xlsx"
    ODS = "ods"
    PARQUET = "parquet"


_FOLDER_WRITERS: Mapping[ExportFormat, Callable[[ExportContent, Path], None]] = {
    ExportFormat.CSV: write_csv_files,
    ExportFormat.PARQUET: write_parquet_files,
}
_WORKBOOK_WRITERS: Mapping[ExportFormat, Callable[[ExportContent, Path], None]] = {
    ExportFormat.XLSX: write_xlsx,
    ExportFormat.ODS: write_ods,
}


@dataclass(frozen=True)
class Exported:
    """What an export became.

    Attributes:
        folder: Where its files are.
        is_new: False where the same export was there already.
    """

    folder: Path
    is_new: bool


def export_publication(
    tables: Mapping[str, pd.DataFrame],
    publication: PublicationDetails,
    export_format: ExportFormat,
    root: Path,
) -> Exported:
    """Write a publication to `<root>/<quarter>-v<version>/<format>/`, all of it or nothing.

    The same publication gives the same files, byte for byte, with the same libraries.

    Args:
        tables: Every table of `REPORTING_TABLES`, by name, of this one publication.
        publication: Which publication that is.
        export_format: What to write.
        root: Folder of all exports.

    Raises:
        PerfPipelineError: Another export has that place, or the folder cannot be written.
        KeyError: A table or a column is missing.
    """
    content = export_content(tables, publication)
    name = publication.folder_name
    target = root / name / export_format

    def write(folder: Path) -> None:
        if export_format in _WORKBOOK_WRITERS:
            _WORKBOOK_WRITERS[export_format](content, folder / f"{name}.{export_format}")
        else:
            _FOLDER_WRITERS[export_format](content, folder)

    return Exported(target, place(target, write))
