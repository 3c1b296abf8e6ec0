"""`perf-pipeline serve-check`: the page on which a service checks a return before it sends it.

::

    browser ──▶ guard ──▶ upload ──▶ check_return ──▶ pages
                Host,     20 MB at   as a run         HTML, escaped
                Origin    most       would

It answers this machine alone and keeps nothing: the file is held in memory, and for the seconds of
its reading in a temporary folder that is removed; no cookie, no line about what was sent.
"""

import socket
from contextlib import suppress

import uvicorn

from perf_pipeline.cli.check_page.application import check_page
from perf_pipeline.cli.console import OK, output
from perf_pipeline.council import read_council
from perf_pipeline.errors import RequestError
from perf_pipeline.orchestration.environment import Environment

ADDRESS = "127.0.0.1"
"""The page is for who sits at this machine: returns and their figures go no further."""


def serve_check_command(port: int) -> int:
    """Serve the page until it is stopped, and return the exit code.

    Args:
        port: Port of 127.0.0.1; 0 for any that is free.

    Raises:
        CouncilError: The council folder has mistakes.
        RequestError: The port is taken.
    """
    environment = Environment.read()
    read_council(environment.council)
    with _listening(port) as listener:
        own_port = listener.getsockname()[1]
        server = uvicorn.Server(
            uvicorn.Config(
                check_page(environment, own_port),
                # Whoever reads the terminal learns nothing of what was sent.
                access_log=False,
                log_level="critical",
                server_header=False,
                http="h11",
                ws="none",
                lifespan="off",
            )
        )
        output.print(
            f"Check returns at http://{ADDRESS}:{own_port} (this machine alone). Ctrl+C stops it.",
            soft_wrap=True,
        )
        output.file.flush()
        # Stopping it is how it ends.
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listener])
    return OK


def _listening(port: int) -> socket.socket:
    try:
        return socket.create_server((ADDRESS, port))
    except OSError as error:
        raise RequestError(
            f"Port {port} of {ADDRESS} cannot be used: {error.strerror}. Name another with --port."
        ) from error
