"""`perf-pipeline template`: the workbooks that services fill in."""

import datetime as dt
from pathlib import Path

from sqlalchemy import Engine

from perf_pipeline.cli.console import output
from perf_pipeline.cli.readable_database import readable_database
from perf_pipeline.council import Council, read_council
from perf_pipeline.errors import RequestError
from perf_pipeline.orchestration.environment import Environment
from perf_pipeline.orchestration.return_templates import return_template, template_sources
from perf_pipeline.quarters import Quarter
from perf_pipeline.templates import template_bytes


def template_command(
    quarter: Quarter, sender: str | None, out: Path | None, *, is_all: bool
) -> None:
    """Write one template, or with `is_all` one for each source, and print where.

    Raises:
        RequestError: The call is unclear, there is no such sender, a file is there already, or
            nothing can be written there.
        PublicationError: The database cannot be read.
    """
    if is_all == (sender is not None):
        raise RequestError("Name a source or a service, or give --all for every source.")
    environment = Environment.read()
    council = read_council(environment.council)
    senders = template_sources(quarter, council) if sender is None else [sender]
    folder = (out or Path()) if is_all else Path()
    paths = [_path(folder, each, quarter, None if is_all else out) for each in senders]
    _refuse_to_overwrite(paths)
    _make_folder(folder)
    with readable_database(environment.database_url) as warehouse:
        for each, path in zip(senders, paths, strict=True):
            _write(each, path, quarter, council, warehouse)


def _path(folder: Path, sender: str, quarter: Quarter, named: Path | None) -> Path:
    return named or folder / f"{sender}_{quarter.key}.xlsx"


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise RequestError(
            f"{folder} is a file, and --all makes a folder. Name another place with -o."
        ) from error
    except OSError as error:
        raise RequestError(
            f"The folder {folder} cannot be made: {error.strerror}. Name another place with -o."
        ) from error


def _refuse_to_overwrite(paths: list[Path]) -> None:
    try:
        there = [str(path) for path in paths if path.exists()]
    except OSError as error:
        raise RequestError(
            f"{error.filename} cannot be looked at: {error.strerror}. Name another place with -o."
        ) from error
    if there:
        raise RequestError(
            f"There already, and may hold figures: {', '.join(there)}. Name another place with -o."
        )


def _write(
    sender: str, path: Path, quarter: Quarter, council: Council, warehouse: Engine | None
) -> None:
    template = return_template(sender, quarter, council, warehouse, dt.datetime.now(dt.UTC))
    try:
        path.write_bytes(template_bytes(template))
    except OSError as error:
        raise RequestError(f"{path} cannot be written: {error.strerror}.") from error
    refs = {row.kpi_ref for row in template.rows}
    told = f"{path}: KPIs due {len(refs)}, rows to fill in {len(template.rows)}"
    output.print(told, soft_wrap=True, highlight=False, markup=False)
