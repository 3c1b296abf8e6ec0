"""The database with earlier publications, where there is one: a service's laptop may have none."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from perf_pipeline.warehouse import connect


@contextmanager
def readable_database(url: str) -> Iterator[sa.Engine | None]:
    """Open a database to read from; nothing where it is a SQLite file that is not there.

    Raises:
        PublicationError: It is there, or stands elsewhere, and cannot be reached.
    """
    if is_missing_file(url):
        yield None
        return
    engine = connect(url)
    try:
        yield engine
    finally:
        engine.dispose()


def is_missing_file(url: str) -> bool:
    """Tell whether a file is named that does not exist: connecting would make it."""
    prefix, found, path = url.partition("///")
    return bool(found) and prefix.startswith("sqlite") and not Path(path).exists()
