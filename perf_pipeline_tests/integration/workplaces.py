"""A council folder and a home folder of a test's own, and the command line as a process in them."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from perf_pipeline_tests.integration.forked_commands import LONGEST_S, call_forked

PROJECT = Path(__file__).resolve().parents[2]
COMMAND = Path(sys.executable).with_name("perf-pipeline")


@dataclass
class Workplace:
    """A council folder and a home folder of a test's own, and the command line in them.

    Attributes:
        root: The folder that holds both.
        database_url: The database that is published to; null for a SQLite file of its own.
        extra: What the command line finds in its environment besides.
        is_installed: True where the command is started as it is installed, and not forked.
    """

    root: Path
    database_url: str | None = None
    extra: dict[str, str] = field(default_factory=dict)
    is_installed: bool = False

    @property
    def council(self) -> Path:
        """The council folder."""
        return self.root / "data"

    @property
    def home(self) -> Path:
        """The home folder."""
        return self.root / "home"

    @property
    def url(self) -> str:
        """The database that is published to."""
        return self.database_url or f"sqlite:///{self.home / 'perf_pipeline.sqlite'}"

    @property
    def environment(self) -> dict[str, str]:
        """The process environment of the command line here."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("PERF_PIPELINE_")}
        return inherited | {
            "PERF_PIPELINE_COUNCIL": str(self.council),
            "PERF_PIPELINE_HOME": str(self.home),
            "PERF_PIPELINE_DATABASE_URL": self.url,
            "DAGSTER_HOME": str(self.home / "dagster"),
            **self.extra,
        }

    def call(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `perf-pipeline` with these arguments."""
        command = [str(COMMAND), *arguments]
        if not self.is_installed:
            return call_forked(command, self.root, self.environment)
        return subprocess.run(
            command,
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=LONGEST_S,
        )

    def run(self, quarter: str, *options: str) -> dict[str, Any]:
        """Run a quarter with `--json` and return what it prints."""
        done = self.call("run", quarter, "--json", *options)
        assert done.stdout, done.stderr
        report: dict[str, Any] = json.loads(done.stdout)
        assert report["exit_code"] == done.returncode
        return report

    def show(self, quarter: str, table: str) -> list[dict[str, Any]]:
        """Return a reporting table's rows."""
        done = self.call("show", quarter, table, "--json")
        assert done.returncode == 0, done.stderr
        rows: list[dict[str, Any]] = json.loads(done.stdout)
        return rows


def copy_council(root: Path) -> None:
    """Copy the sample council, and the query that it names, under a folder."""
    shutil.copytree(PROJECT / "data", root / "data")
    shutil.copytree(PROJECT / "sql" / "sources", root / "sql" / "sources")
