"""The check page's three answers: the form, what was found, and why nothing could be found."""

import datetime as dt
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from perf_pipeline.cli.check_page.guard import Guard
from perf_pipeline.cli.check_page.pages import findings_page, refusal_page, start_page
from perf_pipeline.cli.check_page.upload import Upload, UploadError, read_upload
from perf_pipeline.cli.readable_database import readable_database
from perf_pipeline.council import Council, read_council
from perf_pipeline.council.timetable import TIMEZONE
from perf_pipeline.errors import PerfPipelineError
from perf_pipeline.orchestration.environment import Environment
from perf_pipeline.orchestration.return_checks import check_return
from perf_pipeline.quarters import Quarter

_STATIC = Path(__file__).parent / "static"
_AT_A_TIME = 2
_OUR_FAULT = (
    "The check itself failed, which is a fault of ours and not of the file. Tell the performance "
    "team what kind of file it was."
)


def check_page(environment: Environment, port: int) -> Guard:
    """Make the page.

    Args:
        environment: Where the council folder and the database are; both are read for each check,
            so that a register that was changed is the one that counts.
        port: Port of this machine that it is served on.
    """
    page = _Page(environment)
    hosts = (f"127.0.0.1:{port}", f"localhost:{port}")
    application = Starlette(
        routes=[
            Route("/", page.start, methods=["GET"]),
            Route("/check", page.check, methods=["POST"]),
            Mount("/static", StaticFiles(directory=_STATIC)),
        ],
        exception_handlers={HTTPException: _not_here},
    )
    return Guard(application, hosts)


class _Page:
    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        # Each check reads a file in a process of its own.
        self._limiter = CapacityLimiter(_AT_A_TIME)

    def start(self, _: Request) -> Response:
        """Show the form."""
        try:
            council = read_council(self._environment.council)
        except PerfPipelineError as error:
            return HTMLResponse(refusal_page(str(error)), 500)
        return HTMLResponse(start_page(council, list(_quarters(council))))

    async def check(self, request: Request) -> Response:
        """Check what was sent."""
        try:
            upload = await read_upload(request)
            page = await to_thread.run_sync(partial(self._found, upload), limiter=self._limiter)
            return HTMLResponse(page)
        except UploadError as error:
            return HTMLResponse(refusal_page(str(error)), error.status_code)
        except PerfPipelineError as error:
            return HTMLResponse(refusal_page(str(error)), 422)
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception as error:  # noqa: BLE001 - its text may hold what was sent: it goes nowhere
            sys.stderr.write(f"A check failed: {type(error).__name__}\n")
            return HTMLResponse(refusal_page(_OUR_FAULT), 500)

    def _found(self, upload: Upload) -> str:
        quarter = Quarter.parse(upload.quarter)
        council = read_council(self._environment.council)
        with readable_database(self._environment.database_url) as warehouse:
            found = check_return(
                upload.content, upload.file_name, quarter, council, warehouse, upload.source_code
            )
        return findings_page(found, council.scheme)


def _quarters(council: Council) -> Iterator[Quarter]:
    """Return the quarters that a return may be for, the one that ended last first."""
    today = dt.datetime.now(ZoneInfo(TIMEZONE)).date()
    running = Quarter.containing(today)
    quarter = running.shift(-1)
    while quarter >= council.first_quarter:
        yield quarter
        quarter = quarter.shift(-1)
    if running >= council.first_quarter:
        yield running


def _not_here(_: Request, error: Exception) -> Response:
    status_code = error.status_code if isinstance(error, HTTPException) else 500
    return HTMLResponse(refusal_page("There is nothing at this address."), status_code)
