"""The benchmark as it is run, small and without the environment of its peers."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_few_rows_are_measured_without_peers(tmp_path: Path) -> None:
    """Without the environment of peers, ours and pandas are compared, and results are written."""
    command = [sys.executable, "-m", "benchmarks", "--only", "judge", "--rows", "2000"]
    options = ["--rounds", "1", "--workplace", tmp_path / "work", "--output", tmp_path / "out"]
    done = subprocess.run(
        [*command, *options, "--peers", tmp_path / "none"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    results = json.loads((tmp_path / "work" / "results.json").read_text())
    assert results["judge-low"]["failure"] == ""
    assert "## Targets" in (tmp_path / "out" / "RESULTS.md").read_text()
