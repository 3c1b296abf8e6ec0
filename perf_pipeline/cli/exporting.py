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
from perf_pipeline.warehouse import connect, read_publication, read_quarter, read_table

Tables = dict[str, pd.DataFrame]


def export_command(
    quarter: Quarter, export_format: str, folder: Path, publication: str | None
) -> None:
    """Write a publication's tables to files and print where they are.

    Args:
        quarter: Its quarter.
        export_format: A value of `ExportFormat`.
        folder: Folder of all exports.
        publication: Its version number, `draft`, or how its id begins; None for the one in view.

    Raises:
        RequestError: There is no such publication.
        PerfPipelineError: The files cannot be written there.
    """
    engine = connect(Environment.read().database_url)
    try:
        if publication is None:
            tables = _in_view(engine, quarter)
        else:
            tables = read_publication(engine, quarter, publication)
        details = _details(engine, quarter, _publication_id(tables))
    finally:
        engine.dispose()
    exported = export_publication(tables, details, ExportFormat(export_format), folder)
    state = "" if exported.is_new else ", there already"
    draft = "" if details.is_released else ", a draft that was never released"
    version = f"{quarter.label}, version {details.version_number}{draft}"
    output.print(Text(f"{exported.folder}: {version}{state}"), soft_wrap=True)


def _in_view(engine: sa.Engine, quarter: Quarter) -> Tables:
    tables = read_quarter(engine, quarter)
    if all(frame.empty for frame in tables.values()):
        raise RequestError(
            f"{quarter.label} has no publication in view. Run it first: perf-pipeline run "
            f"{quarter.key}. If it waits for signatures, export it with --publication draft."
        )
    return tables


def _publication_id(tables: Tables) -> str:
    return next(
        str(frame["publication_id"].iloc[0]) for frame in tables.values() if not frame.empty
    )


def _details(engine: sa.Engine, quarter: Quarter, publication_id: str) -> PublicationDetails:
    known = read_table(engine, "publications", quarter)
    row = known[known["publication_id"] == publication_id].iloc[0]
    released = read_table(engine, "publication_releases", quarter)["publication_id"]
    return PublicationDetails(
        quarter=quarter,
        publication_id=publication_id,
        version_number=int(row["version_number"]),
        created_at=pd.Timestamp(row["created_at"]).to_pydatetime(),
        council_name=row["council_name"],
        code_version=row["code_version"],
        is_released=bool((released == publication_id).any()),
    )
