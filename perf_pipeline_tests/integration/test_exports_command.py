"""`perf-pipeline export` as people call it: a process, on a real database."""

import csv
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from perf_pipeline.quarters import Quarter
from perf_pipeline.schemas import REPORTING_TABLES
from perf_pipeline.warehouse import Publication, connect, migrate

PublishMarker = Callable[..., Publication]
Exporting = Callable[..., subprocess.CompletedProcess[str]]

QUARTER = Quarter(2023, 1)
FORMATS = ["csv", "xlsx", "ods", "parquet"]


@pytest.fixture
def publish(publish_marker: PublishMarker) -> Callable[[str, int], Publication]:
    """Return what publishes a marker's tables to a database."""

    def publish(url: str, marker: int) -> Publication:
        engine = connect(url)
        migrate(engine)
        published = publish_marker(engine, marker)
        engine.dispose()
        return published

    return publish


@pytest.fixture
def export(make_workplace: Callable[..., Any], tmp_path: Path) -> Exporting:
    """Return what calls `perf-pipeline export` for the quarter on a database."""

    def export(url: str, *options: str) -> subprocess.CompletedProcess[str]:
        place = make_workplace(tmp_path, database_url=url)
        done: subprocess.CompletedProcess[str] = place.call("export", QUARTER.key, *options)
        return done

    return export


def kpi_counts(folder: Path) -> list[str]:
    """Return the council's number of KPIs as a CSV export has it."""
    with (folder / "council_summary.csv").open(encoding="utf-8-sig", newline="") as file:
        return [row["kpi_count"] for row in csv.DictReader(file)]


@pytest.mark.parametrize("export_format", FORMATS)
def test_export_writes_the_publication_in_view(
    publish: Callable[[str, int], Publication],
    export: Exporting,
    sqlite_url: str,
    tmp_path: Path,
    export_format: str,
) -> None:
    """The files stand under quarter, version and format; another process writes the same bytes."""
    publish(sqlite_url, 1)
    done = export(sqlite_url, "--format", export_format, "--to", "out")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == f"out/2023-24-Q1-v1/{export_format}: Q1 2023/24, version 1"
    files = list((tmp_path / "out" / "2023-24-Q1-v1" / export_format).iterdir())
    is_workbook = export_format in {"xlsx", "ods"}
    assert len(files) == (1 if is_workbook else len(REPORTING_TABLES) + 4)
    assert [path.name for path in (tmp_path / "out" / "2023-24-Q1-v1").iterdir()] == [export_format]
    again = export(sqlite_url, "--format", export_format, "--to", "out")
    assert again.returncode == 0, again.stderr
    assert again.stdout == done.stdout.replace("version 1", "version 1, there already")


def test_changed_export_is_not_overwritten(
    publish: Callable[[str, int], Publication], export: Exporting, sqlite_url: str, tmp_path: Path
) -> None:
    """What somebody has worked on is kept, and the command fails with a sentence."""
    publish(sqlite_url, 1)
    export(sqlite_url, "--format", "csv")
    changed = tmp_path / "exports" / "2023-24-Q1-v1" / "csv" / "notes.csv"
    changed.write_text("mine")
    done = export(sqlite_url, "--format", "csv")
    assert done.returncode == 1
    assert "notes.csv differ" in done.stderr
    assert changed.read_text() == "mine"


def test_new_version_stands_beside_the_old_one(
    publish: Callable[[str, int], Publication], export: Exporting, sqlite_url: str, tmp_path: Path
) -> None:
    """A restated quarter is exported to a folder of its own."""
    for marker in (1, 2):
        publish(sqlite_url, marker)
        assert export(sqlite_url, "--format", "csv").returncode == 0
    root = tmp_path / "exports"
    assert kpi_counts(root / "2023-24-Q1-v1" / "csv") == ["1"]
    assert kpi_counts(root / "2023-24-Q1-v2" / "csv") == ["2"]


def test_older_publication_is_exported_by_its_id(
    publish: Callable[[str, int], Publication],
    export: Exporting,
    database_url: str,
    tmp_path: Path,
) -> None:
    """A publication that is out of view is found by the beginning of its id."""
    older = publish(database_url, 1)
    publish(database_url, 2)
    done = export(database_url, "--format", "csv", "--publication", older.publication_id[:12])
    assert done.returncode == 0, done.stderr
    assert kpi_counts(tmp_path / "exports" / "2023-24-Q1-v1" / "csv") == ["1"]


@pytest.mark.parametrize("publication", ["", "%%%%%%"])
def test_unknown_publication_gets_the_known_ones(
    publish: Callable[[str, int], Publication],
    export: Exporting,
    sqlite_url: str,
    publication: str,
) -> None:
    """An id that names none is a mistake in the call; the known ones are listed."""
    known = publish(sqlite_url, 1)
    done = export(sqlite_url, "--format", "csv", "--publication", publication)
    assert done.returncode == 2
    assert f"{known.publication_id[:12]} (version 1)" in done.stderr


def test_quarter_without_publication_gets_a_sentence(
    publish: Callable[[str, int], Publication], make_workplace: Callable[..., Any], sqlite_url: str
) -> None:
    """Where nothing is in view, nothing is written."""
    publish(sqlite_url, 1)
    place = make_workplace(Path(sqlite_url.removeprefix("sqlite:///")).parent, sqlite_url)
    done = place.call("export", "2023-24-Q2", "--format", "csv")
    assert done.returncode == 2
    assert "Q2 2023/24 has no publication in view" in done.stderr
    assert not (place.root / "exports").exists()


def test_both_databases_give_the_same_tables(
    publish: Callable[[str, int], Publication],
    export: Exporting,
    sqlite_url: str,
    postgres_url: str,
    tmp_path: Path,
) -> None:
    """The tables of a publication are the same bytes from SQLite and from PostgreSQL."""
    for name, url in (("one", sqlite_url), ("two", postgres_url)):
        publish(url, 1)
        for export_format in ("csv", "parquet"):
            done = export(url, "--format", export_format, "--to", name)
            assert done.returncode == 0, done.stderr
    one, two = (tmp_path / name / "2023-24-Q1-v1" for name in ("one", "two"))
    for name in REPORTING_TABLES:
        for file in (f"csv/{name}.csv", f"parquet/{name}.parquet"):
            assert (one / file).read_bytes() == (two / file).read_bytes()


def test_exports_at_once_are_whole(
    publish: Callable[[str, int], Publication],
    make_workplace: Callable[..., Any],
    sqlite_url: str,
    tmp_path: Path,
) -> None:
    """Processes that export the same at once all succeed, and leave one whole export."""
    publish(sqlite_url, 1)
    environment = make_workplace(tmp_path, sqlite_url).environment
    command = Path(sys.executable).with_name("perf-pipeline")
    processes = [
        subprocess.Popen(
            [str(command), "export", QUARTER.key, "--format", "csv"],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    said = [process.communicate(timeout=120)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * 4
    assert sum("there already" in sentence for sentence in said) == 3
    folder = tmp_path / "exports" / "2023-24-Q1-v1"
    assert [path.name for path in folder.iterdir()] == ["csv"]
    assert len(list((folder / "csv").iterdir())) == len(REPORTING_TABLES) + 4
