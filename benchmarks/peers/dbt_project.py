"""The job as a dbt project on DuckDB: a model for each table, a test for each check.

    python -m benchmarks.peers.dbt_project '{"project": "FOLDER", "rows": "…", …}'

writes the project; `dbt build` then does the job.
"""

import json
import shutil
import sys
from pathlib import Path

from benchmarks.peers.checks_in_sql import CHECKS
from benchmarks.peers.job_in_sql import QUERIES, query_of

_PROJECT = """\
name: returns
version: "1.0"
profile: returns
model-paths: [models]
test-paths: [tests]
models: {returns: {+materialized: table}}
flags: {send_anonymous_usage_stats: false}
"""
_PROFILE = """\
returns:
  target: file
  outputs:
    file: {{type: duckdb, path: "{path}", threads: 2}}
"""


def write_project(folder: Path, task: dict[str, str]) -> None:
    """Write a project anew, with an empty database."""
    shutil.rmtree(folder, ignore_errors=True)
    for part in ("models", "tests"):
        (folder / part).mkdir(parents=True)
    (folder / "dbt_project.yml").write_text(_PROJECT, encoding="utf-8")
    profile = _PROFILE.format(path=folder / "returns.duckdb")
    (folder / "profiles.yml").write_text(profile, encoding="utf-8")
    for name in QUERIES:
        query = query_of(name, _reference, task)
        (folder / "models" / f"{name}.sql").write_text(query, encoding="utf-8")
    for name, (table, query) in CHECKS.items():
        text = query.format(_reference(table))
        (folder / "tests" / f"{name}.sql").write_text(text, encoding="utf-8")


def _reference(table: str) -> str:
    return "{{ ref('" + table + "') }}"


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    write_project(Path(given["project"]), given)
