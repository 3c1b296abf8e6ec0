"""`perf-pipeline`: the quarter from a terminal.

    perf-pipeline run QUARTER            returns in, publication out, summary printed
    perf-pipeline run QUARTER --to QUARTER   several quarters in one run, and what each lacks
    perf-pipeline show QUARTER [TABLE]   a reporting table as readers see it
    perf-pipeline explain QUARTER KPI    why a KPI has its rating, down to the cell
    perf-pipeline template QUARTER WHO   the workbook that a service fills in
    perf-pipeline check-return FILE QUARTER   a return, before it is sent: findings cell by cell
    perf-pipeline serve-check            the same as a page of this machine
    perf-pipeline rejects QUARTER        rejected rows, whom to ask and what to send instead
    perf-pipeline export QUARTER         a publication's tables as CSV, Parquet or a workbook
    perf-pipeline history QUARTER        versions, signatures and releases
    perf-pipeline diff QUARTER A B       which KPIs and cells differ between two versions
    perf-pipeline sign-off QUARTER ROLE  sign the quarter's draft
    perf-pipeline release QUARTER        bring the signed draft into view
    perf-pipeline verify                 whether anything published was changed afterwards
    perf-pipeline reconcile              remove what killed runs left in the home folder
    perf-pipeline check-council          every mistake in the council folder
    perf-pipeline prepare                folders, Dagster's instance and the database, made ready
    perf-pipeline doctor                 whether this machine is fit to run quarters

Exit codes: 0 done; 1 failed, and nothing was published; 2 a mistake in the call or the council
folder, or nothing there of what was asked for; 3 published with rejected rows or missing returns.

Heavy imports stand inside the commands, so that help and mistakes answer at once.
"""

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from perf_pipeline.cli import return_commands
from perf_pipeline.cli.console import FAILED, OK, WRONG_CALL, complain, counted, errors, output
from perf_pipeline.cli.options import (
    CouncilOption,
    DatabaseOption,
    EngineOption,
    QuarterArgument,
    use_settings,
)
from perf_pipeline.errors import CouncilError, PerfPipelineError, QuarterError, RequestError
from perf_pipeline.quarters import Quarter

app = typer.Typer(
    name="perf-pipeline",
    help="Quarterly council performance reporting: returns in, rated publications out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(return_commands.app)


@app.command()
def run(
    quarter: QuarterArgument,
    council: CouncilOption = None,
    database: DatabaseOption = None,
    engine: EngineOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON alone.")] = False,
    from_failure: Annotated[
        bool,
        typer.Option(
            "--from-failure", help="Run only what failed in the quarter's last run, and onwards."
        ),
    ] = False,
    draft: Annotated[
        bool, typer.Option("--draft", help="Make a draft, though no role has to sign it.")
    ] = False,
    to: Annotated[
        str | None,
        typer.Option("--to", help="Run every quarter up to this one too, all as one run."),
    ] = None,
) -> None:
    """Run a quarter from the services' returns to the publication, and print its summary."""
    wanted = Quarter.parse(quarter)
    last = None if to is None else Quarter.parse(to)
    use_settings(council, database, engine)
    if last is not None and from_failure:
        complain("--to and --from-failure do not go together: run the quarter that failed alone.")
        raise typer.Exit(WRONG_CALL)
    from perf_pipeline.sources import begin_reading

    begin_reading()
    from perf_pipeline.cli.backfilling import backfill_command
    from perf_pipeline.cli.running import run_command

    if last is not None:
        raise typer.Exit(backfill_command(wanted, last, as_json=as_json, is_draft_only=draft))
    raise typer.Exit(
        run_command(wanted, as_json=as_json, from_failure=from_failure, is_draft_only=draft)
    )


@app.command()
def show(
    quarter: QuarterArgument,
    table: Annotated[str, typer.Argument(help="A reporting table.")] = "directorate_summary",
    database: DatabaseOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print every column as JSON.")] = False,
) -> None:
    """Show a reporting table as readers see it."""
    from perf_pipeline.cli.showing import show_command

    wanted = Quarter.parse(quarter)
    use_settings(None, database)
    show_command(wanted, table, as_json=as_json)


@app.command()
def explain(
    quarter: QuarterArgument,
    kpi_refs: Annotated[list[str], typer.Argument(help="The KPI's reference, or several.")],
    database: DatabaseOption = None,
) -> None:
    """Explain a KPI's rating: its cell, target, rule, arithmetic and what it was before."""
    from perf_pipeline.cli.explaining import explain_command

    wanted = Quarter.parse(quarter)
    use_settings(None, database)
    explain_command(wanted, kpi_refs)


@app.command()
def export(
    quarter: QuarterArgument,
    export_format: Annotated[
        Literal["csv", "xlsx", "ods", "parquet"],
        typer.Option("--format", help="What to write: files for programs, or a workbook."),
    ],
    folder: Annotated[
        Path, typer.Option("--to", help="Folder that holds all exports.", file_okay=False)
    ] = Path("exports"),
    publication: Annotated[
        str | None,
        typer.Option("--publication", help="Version number, `draft`, or how an id begins."),
    ] = None,
    database: DatabaseOption = None,
) -> None:
    """Export the tables of the publication in view, or of another one."""
    from perf_pipeline.cli.exporting import export_command

    wanted = Quarter.parse(quarter)
    use_settings(None, database)
    export_command(wanted, export_format, folder, publication)


_PublicationOption = Annotated[
    str | None,
    typer.Option("--publication", help="The draft that is meant: how its id begins."),
]
_ByOption = Annotated[str, typer.Option("--by", help="Who does it, as the record is to say.")]


@app.command("sign-off")
def sign_off(
    quarter: QuarterArgument,
    role: Annotated[str, typer.Argument(help="A role of `sign_off` in council.yaml.")],
    by: _ByOption,
    publication: _PublicationOption = None,
    note: Annotated[str | None, typer.Option("--note", help="A remark to keep with it.")] = None,
    council: CouncilOption = None,
    database: DatabaseOption = None,
) -> None:
    """Sign a quarter's draft for a role; another draft voids the signature."""
    from perf_pipeline.cli.publications import sign_off_command

    wanted = Quarter.parse(quarter)
    use_settings(council, database)
    sign_off_command(wanted, role, by, publication, note)


@app.command()
def release(
    quarter: QuarterArgument,
    by: _ByOption,
    publication: _PublicationOption = None,
    council: CouncilOption = None,
    database: DatabaseOption = None,
) -> None:
    """Bring a quarter's draft into view, once every role has signed it."""
    from perf_pipeline.cli.publications import release_command

    wanted = Quarter.parse(quarter)
    use_settings(council, database)
    release_command(wanted, by, publication)


@app.command()
def history(
    quarter: QuarterArgument,
    database: DatabaseOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON alone.")] = False,
) -> None:
    """Show a quarter's versions, signatures and releases."""
    from perf_pipeline.cli.publications import history_command

    wanted = Quarter.parse(quarter)
    use_settings(None, database)
    history_command(wanted, as_json=as_json)


@app.command()
def diff(
    quarter: QuarterArgument,
    before: Annotated[str, typer.Argument(help="A version number, `draft`, or how an id begins.")],
    after: Annotated[str, typer.Argument(help="Likewise.")],
    database: DatabaseOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON alone.")] = False,
) -> None:
    """Show which KPIs changed between two publications of a quarter, from what to what."""
    from perf_pipeline.cli.publications import diff_command

    wanted = Quarter.parse(quarter)
    use_settings(None, database)
    diff_command(wanted, before, after, as_json=as_json)


@app.command()
def verify(
    database: DatabaseOption = None,
    known: Annotated[
        str | None,
        typer.Option("--known", help="Hash of an entry as once printed: it must still be there."),
    ] = None,
) -> None:
    """Verify that nothing published was changed afterwards; exit code 1 if it was."""
    from perf_pipeline.cli.publications import verify_command

    use_settings(None, database)
    raise typer.Exit(verify_command(known))


@app.command()
def reconcile() -> None:
    """Remove files older than an hour that killed runs left half-written; nothing reads them."""
    from perf_pipeline.cli.publications import reconcile_command

    raise typer.Exit(reconcile_command())


@app.command("check-council")
def check_council(
    council: CouncilOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON alone.")] = False,
) -> None:
    """Check the council folder and print every mistake with what to write instead."""
    from perf_pipeline.council import read_council
    from perf_pipeline.orchestration.environment import Environment

    use_settings(council, None)
    folder = Environment.read().council
    try:
        read = read_council(folder)
    except CouncilError as error:
        if as_json:
            output.print_json(json.dumps([vars(mistake) for mistake in error.mistakes]))
            raise typer.Exit(WRONG_CALL) from None
        raise
    if as_json:
        output.print_json("[]")
        return
    live = f"{len(read.kpis)} KPI rows, {len(read.targets)} targets, {len(read.sources)} sources"
    live += f", {counted(len(read.disaggregated), 'disaggregated source')}"
    output.print(f"No mistakes in {folder}: {read.name}, {live}.", highlight=False)


@app.command()
def prepare(council: CouncilOption = None, database: DatabaseOption = None) -> None:
    """Make folders, Dagster's instance and the database's tables ready."""
    from perf_pipeline.orchestration.environment import Environment
    from perf_pipeline.orchestration.runs import open_instance
    from perf_pipeline.warehouse import connect, migrate, shown_url

    use_settings(council, database)
    environment = Environment.read()
    with open_instance(environment):
        pass
    engine = connect(environment.database_url)
    migrate(engine)
    engine.dispose()
    output.print(f"Home: {environment.home}", highlight=False, soft_wrap=True)
    output.print(f"Dagster: {environment.dagster_home}", highlight=False, soft_wrap=True)
    output.print(f"Database: {shown_url(environment.database_url)}", soft_wrap=True)


@app.command()
def doctor(
    council: CouncilOption = None,
    database: DatabaseOption = None,
    fix: Annotated[bool, typer.Option("--fix", help="Make what is missing first.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON alone.")] = False,
) -> None:
    """Check this machine: versions, folders, database, Dagster's home, who can reach it."""
    from perf_pipeline.cli.doctor import doctor_command

    use_settings(council, database)
    raise typer.Exit(doctor_command(fix=fix, as_json=as_json))


def main() -> None:
    """Run the command line; our own errors become sentences and exit codes."""
    code = OK
    try:
        app(standalone_mode=True)
    except (QuarterError, CouncilError, RequestError) as error:
        complain(str(error))
        code = WRONG_CALL
    except PerfPipelineError as error:
        complain(str(error))
        code = FAILED
    finally:
        errors.file.flush()
    raise SystemExit(code)
