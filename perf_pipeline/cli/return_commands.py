"""The commands about services' returns."""

from typing import Annotated

import typer

from perf_pipeline.cli.options import DatabaseOption, QuarterArgument, use_settings
from perf_pipeline.quarters import Quarter

app = typer.Typer()


@app.command()
def rejects(
    quarter: QuarterArgument,
    source: Annotated[
        str | None, typer.Option("--source", help="Code of the only source to list.")
    ] = None,
    database: DatabaseOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON alone.")] = False,
) -> None:
    """List the rejected rows of the newest publication, drafts too; exit code 3 if there are any.

    With each: whom to ask, what the row held, why it was rejected, what to send, and the line by
    which a role accepts it as it was sent. Rows of earlier versions that are mended are listed too.
    """
    from perf_pipeline.cli.rejects import rejects_command

    wanted = Quarter.parse(quarter)
    use_settings(None, database)
    raise typer.Exit(rejects_command(wanted, source, as_json=as_json))
