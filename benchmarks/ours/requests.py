"""What a made-up return is built from: its entry, its register, its landed file."""

import hashlib
from pathlib import Path

import pandas as pd

from benchmarks.contender import Task
from benchmarks.council import BREAKDOWNS, FIELDS
from perf_pipeline.disaggregated.orders import BuildRequest, Register
from perf_pipeline.disaggregated.parts import LandedFile
from perf_pipeline.disaggregated_entries import DisaggregatedEntry
from perf_pipeline.quarters import Quarter
from perf_pipeline.schemas import conform, empty, register


def request_of(task: Task) -> BuildRequest:
    """Return the request that a task is about, of one or several files that are landed already."""
    # As in a run: a KPI may come from any system.
    kpis = pd.read_parquet(task["kpis"]).assign(source_code=task["source"])
    rows_per_chunk = {"rows_per_chunk": int(task["chunk"])} if "chunk" in task else {}
    return BuildRequest(
        entry=DisaggregatedEntry(
            source_code=task["source"],
            source_name="Case system",
            contact_role="Data Manager",
            location="returns/{quarter}/case_system.csv",
            columns={name: name for name in FIELDS},
            percent_scale="percent",
        ),
        quarter=Quarter.parse(task["quarter"]),
        files=[_landed(Path(path)) for path in task["rows"].split(":")],
        workplace=task["workplace"],
        register=Register(
            kpis=kpis,
            breaks=empty(register.SeriesBreaks),
            breakdowns=_breakdowns(),
            known_refs=sorted(set(kpis["kpi_ref"])),
        ),
        **rows_per_chunk,
    )


def _landed(path: Path) -> LandedFile:
    with path.open("rb") as file:
        return LandedFile(path.name, hashlib.file_digest(file, "sha256").hexdigest(), str(path))


def _breakdowns() -> pd.DataFrame:
    rows = [(*pair, pair[1], place) for place, pair in enumerate(BREAKDOWNS, 1)]
    frame = pd.DataFrame(rows, columns=list(register.Breakdowns.to_schema().columns))
    return conform(frame, register.Breakdowns)
