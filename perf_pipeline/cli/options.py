"""Options and arguments that several commands share."""

import os
from pathlib import Path
from typing import Annotated

import typer

from perf_pipeline.engine_names import EngineName

CouncilOption = Annotated[
    Path | None,
    typer.Option("--council", help="The council folder.", envvar="PERF_PIPELINE_COUNCIL"),
]
DatabaseOption = Annotated[
    str | None,
    typer.Option(
        "--database",
        help="SQLAlchemy URL of the database that is published to.",
        envvar="PERF_PIPELINE_DATABASE_URL",
        show_envvar=True,
    ),
]
EngineOption = Annotated[
    EngineName | None,
    typer.Option(
        "--engine",
        help="On what disaggregated returns are worked through: this process, worker processes, "
        "or Dask's workers. Else what PERF_PIPELINE_ENGINE says.",
    ),
]
QuarterArgument = Annotated[str, typer.Argument(help="The quarter, like 2023-24-Q1.")]


def use_settings(council: Path | None, database: str | None, engine: str | None = None) -> None:
    """Let options speak through the environment, which is read in one place."""
    if council is not None:
        os.environ["PERF_PIPELINE_COUNCIL"] = str(council)
    if database is not None:
        os.environ["PERF_PIPELINE_DATABASE_URL"] = database
    if engine is not None:
        os.environ["PERF_PIPELINE_ENGINE"] = engine
