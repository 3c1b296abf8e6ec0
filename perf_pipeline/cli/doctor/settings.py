"""The settings of runs: whether each is what it may be, and a Dask scheduler answers."""

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

from perf_pipeline.cli.doctor.findings import Finding, ok, wrong
from perf_pipeline.orchestration.environment import DASK_SCHEDULER, EngineSettings, Environment

_CHECK = "settings"
_WAIT_S = 5.0


def settings_findings(environment: Environment) -> Iterator[Finding]:
    """Look at the settings of runs, as this process has them."""
    faults = environment.setting_faults
    for fault in faults:
        yield wrong(_CHECK, fault, "Until then no quarter can be run.")
    if not faults:
        yield from _engine_findings(environment.engine)


def _engine_findings(settings: EngineSettings) -> Iterator[Finding]:
    address = settings.dask_scheduler if settings.name == "dask" else None
    by = f"scheduler {address}" if address else f"{settings.worker_count} worker processes"
    more = "" if settings.name == "local" else f", {by}"
    yield ok(_CHECK, f"Disaggregated returns by `{settings.name}`{more}.")
    if address is None:
        return
    if _answers(address):
        yield ok("dask scheduler", f"Something answers at {address}.")
    else:
        remedy = f"Start the Dask scheduler, or mend {DASK_SCHEDULER}."
        yield wrong("dask scheduler", f"Nothing answers at {address}.", remedy)


def _answers(address: str) -> bool:
    """Tell whether something listens at an address; what it is, a run finds out."""
    place = urlsplit(address if "://" in address else f"tcp://{address}")
    try:
        with socket.create_connection((place.hostname or "", place.port or 0), _WAIT_S):
            return True
    except (OSError, ValueError):
        return False
