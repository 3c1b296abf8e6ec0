"""`perf-pipeline export`: the reporting tables of a publication as files."""

from pathlib import Path

import pandas as pd
import sqlalchemy as sa
from rich.text import Text

from perf_pipeline.cli.console import output
from perf_pipeline.errors import RequestError
from perf_pipeline.exports import ExportFormat, PublicationDetails, export_publication
from perf_pipeline.orchestration.environment import Environment
from perf_pipeline.quarters import Quarter
from perf_pipeline.warehouse import connect, read_published, read_quarter, read_table
from perf_pipeline.warehouse.engine import reading

Tables = dict[str, pd.DataFrame]

_SHORTEST_ID = 6
"""Characters of a publication's id that are enough to name it, where no other begins alike."""


def export_command(
    quarter: Quarter, export_format: str, folder: Path, publication: str | None
) -> None:
    """Write a publication's tables to files and print where they are.

    Args:
        quarter: Its quarter.
        export_format: A value of `ExportFormat`.
        folder: Folder of all exports.
        publication: Its id or the beginning of it; None for the one in view.

    Raises:
        RequestError: There is no such publication.
        PerfPipelineError: The files cannot be written there.
    """
    engine = connect(Environment.read().database_url)
    try:
        tables = _in_view(engine, quarter) if publication is None else None
        known = read_table(engine, "publications", quarter)
        row = _named(known, quarter, _publication_id(tables) if tables else str(publication))
        if tables is None:
            with reading(engine) as connection:
                tables = read_published(connection, row["publication_id"])
    finally:
        engine.dispose()
    details = _details(quarter, row)
    exported = export_publication(tables, details, ExportFormat(export_format), folder)
    state = "" if exported.is_new else ", there already"
    sentence = f"{exported.folder}: {quarter.label}, version {details.version_number}{state}"
    output.print(Text(sentence), soft_wrap=True)


def _in_view(engine: sa.Engine, quarter: Quarter) -> Tables:
    tables = read_quarter(engine, quarter)
    if all(frame.empty for frame in tables.values()):
        raise RequestError(
            f"{quarter.label} has no publication in view. Run it first: "
            f"perf-pipeline run {quarter.key}"
        )
    return tables


def _publication_id(tables: Tables) -> str:
    return next(
        str(frame["publication_id"].iloc[0]) for frame in tables.values() if not frame.empty
    )


def _named(known: pd.DataFrame, quarter: Quarter, publication: str) -> "pd.Series[str]":
    found = known[known["publication_id"].str.startswith(publication)]
    if len(publication) >= _SHORTEST_ID and len(found) == 1:
        return found.iloc[0]
    names = ", ".join(
        f"{publication_id[:12]} (version {number})"
        for publication_id, number in zip(
            known["publication_id"], known["version_number"], strict=True
        )
    )
    raise RequestError(
        f"`{publication}` names no single publication of {quarter.label}. Give at least "
        f"{_SHORTEST_ID} characters of the id of one of: {names or 'none yet'}."
    )


def _details(quarter: Quarter, row: "pd.Series[str]") -> PublicationDetails:
    return PublicationDetails(
        quarter=quarter,
        publication_id=row["publication_id"],
        version_number=int(row["version_number"]),
        created_at=pd.Timestamp(row["created_at"]).to_pydatetime(),
        council_name=row["council_name"],
        code_version=row["code_version"],
    )
