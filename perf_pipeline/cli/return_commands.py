"""The commands about services' returns."""

from pathlib import Path
from typing import Annotated

import typer

from perf_pipeline.cli.options import CouncilOption, DatabaseOption, QuarterArgument, use_settings
from perf_pipeline.quarters import Quarter

app = typer.Typer()


@app.command()
def template(
    quarter: QuarterArgument,
    sender: Annotated[
        str | None,
        typer.Argument(metavar="SERVICE", help="The source's code: what one service sends."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The workbook, or with --all the folder.")
    ] = None,
    is_all: Annotated[bool, typer.Option("--all", help="One for each source.")] = False,
    council: CouncilOption = None,
    database: DatabaseOption = None,
) -> None:
    """Make the workbook in which a service returns a quarter's figures."""
    from perf_pipeline.cli.templating import template_command

    wanted = Quarter.parse(quarter)
    use_settings(council, database)
    template_command(wanted, sender, out, is_all=is_all)


@app.command("check-return")
def check_return(
    file: Annotated[Path, typer.Argument(help="The return, before it is sent.")],
    quarter: QuarterArgument,
    source: Annotated[
        str | None, typer.Option("--source", help="Whose return it is: a source's code.")
    ] = None,
    annotate: Annotated[
        Path | None,
        typer.Option("--annotate", help="Write the workbook with a comment at each finding."),
    ] = None,
    council: CouncilOption = None,
    database: DatabaseOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON alone.")] = False,
) -> None:
    """Check a return before it is sent, by what a run uses; nothing is sent or published.

    Exit codes: 0 all well; 3 rows would be rejected, or KPIs are missing; 1 it cannot be read.
    """
    from perf_pipeline.cli.checking import check_return_command

    wanted = Quarter.parse(quarter)
    use_settings(council, database)
    raise typer.Exit(check_return_command(file, wanted, source, annotate, as_json=as_json))


@app.command("serve-check")
def serve_check(
    port: Annotated[
        int, typer.Option("--port", help="Port of 127.0.0.1; 0 for a free one.")
    ] = 8765,
    council: CouncilOption = None,
    database: DatabaseOption = None,
) -> None:
    """Serve a page on this machine alone, on which a return is checked before it is sent."""
    from perf_pipeline.cli.check_page import serve_check_command

    use_settings(council, database)
    raise typer.Exit(serve_check_command(port))


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
