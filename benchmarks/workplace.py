"""Where a benchmark's data and results are, and by which interpreters contenders run."""

import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from benchmarks.council import QUARTERS, SOURCE_CODE, write_council
from benchmarks.harness import ROOT, Contender
from benchmarks.register import kpis_of_all_quarters, write_register
from benchmarks.rows import Shape, write_rows
from perf_pipeline.council import read_council

_PEERS_NEED = "polars, duckdb, dbt, prefect, adbc_driver_postgresql, matplotlib"


@dataclass(frozen=True)
class Workplace:
    """A folder, two interpreters, and how much is to be measured.

    Attributes:
        folder: Where data are made once and results are kept.
        peers_python: Interpreter of the environment of peers.
        row_count: Rows of a return.
        large_row_count: Rows of the large return.
        rounds: How often each contender runs.
        is_full: True where nothing is cut short.
    """

    folder: Path
    peers_python: Path
    row_count: int
    large_row_count: int
    rounds: int
    is_full: bool = False

    @property
    def results_path(self) -> Path:
        """Where results are kept."""
        return self.folder / "results.json"

    @cached_property
    def has_peers(self) -> bool:
        """Whether the environment of peers has all that it needs."""
        command = [str(self.peers_python), "-c", f"import {_PEERS_NEED}"]
        try:
            found = subprocess.run(command, capture_output=True, check=False)
        except OSError:
            return False
        return found.returncode == 0

    def shape(self, *, is_high: bool = False, is_dirty: bool = False) -> Shape:
        """Return the shape of a return of the usual size."""
        return Shape(self.row_count, is_high=is_high, is_dirty=is_dirty)

    def returns(self, shape: Shape, suffix: str = "csv") -> Path:
        """Return the path of a made-up return; it is made when it is asked for first."""
        path = self.folder / f"{shape.name}.{suffix}"
        if not path.exists():
            beside = self.folder / "making"
            beside.mkdir(parents=True, exist_ok=True)
            write_rows(beside, shape)
            for made in beside.iterdir():
                made.replace(self.folder / made.name)
        return path

    def council(self, shape: Shape) -> Path:
        """Return the council folder of a return, with the register in force beside it."""
        folder = self.folder / f"council-{shape.kpi_count}"
        if not (folder / "register.parquet").exists():
            write_council(folder, shape.kpi_count)
            kpis = kpis_of_all_quarters(read_council(folder))
            kpis.to_parquet(folder / "kpis_in_force.parquet", index=False)
            write_register(folder, kpis)
        return folder

    def task(self, shape: Shape, stage: str, **more: str) -> dict[str, str]:
        """Return what a contender is told of a job."""
        council = self.council(shape)
        return {
            "stage": stage,
            "rows": str(self.returns(shape)),
            "council": str(council),
            "register": str(council / "register.parquet"),
            "breakdowns": str(council / "breakdowns.parquet"),
            "kpis": str(council / "kpis_in_force.parquet"),
            "quarter": QUARTERS[-1],
            "quarters": " ".join(QUARTERS),
            "source": SOURCE_CODE,
            "sha256": "0" * 64,
            **more,
        }

    def own(self, module: str) -> list[str]:
        """Return the command of one of our contenders."""
        return [sys.executable, "-m", f"benchmarks.{module}"]

    def peer(self, module: str) -> list[str]:
        """Return the command of a peer's contender."""
        return [str(self.peers_python), "-m", f"benchmarks.peers.{module}"]

    def present(self, contenders: list[Contender]) -> list[Contender]:
        """Leave out the peers whose environment is missing."""
        away = str(self.peers_python.parent)
        return [
            each for each in contenders if self.has_peers or not each.command[0].startswith(away)
        ]


def default_folder(row_count: int) -> Path:
    """Return the folder of a benchmark whose caller names none: what was measured of so many rows.

    Figures of other sizes are of no use beside each other.
    """
    home = os.environ.get("PERF_PIPELINE_HOME", str(ROOT / ".perf-pipeline"))
    return Path(home) / f"bench-{row_count}"
