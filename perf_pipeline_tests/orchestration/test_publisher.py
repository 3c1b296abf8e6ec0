"""The publisher: a database that was away when the run began and is there when it publishes."""

from pathlib import Path
from typing import Any

import pytest

from perf_pipeline.errors import PublicationError
from perf_pipeline.orchestration.resources import Publisher
from perf_pipeline.quarters import Quarter

QUARTER = Quarter(2023, 1)


def publish(publisher: Publisher, tables: Any) -> Any:
    """Publish the quarter's tables."""
    return publisher.publish(
        QUARTER,
        tables,
        {},
        council_name="Sample Council",
        council_sha256="0" * 64,
        run_id="run-1",
        is_released=True,
        roles=(),
        datasets=[],
    )


def test_database_that_comes_back_is_published_to(tmp_path: Path, build_tables: Any) -> None:
    """The fault of the start is raised while it lasts, and forgotten when it has passed."""
    folder = tmp_path / "away"
    publisher = Publisher(f"sqlite:///{folder / 'published.sqlite'}", "test")
    publisher.open()
    with pytest.raises(PublicationError, match="does not exist"):
        publish(publisher, build_tables(QUARTER))
    folder.mkdir()
    assert publish(publisher, build_tables(QUARTER)).is_new
    publisher.close()
