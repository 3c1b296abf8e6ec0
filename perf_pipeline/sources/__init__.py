"""What services send, read: a return of any kind → its rows, all text, from a copy that is kept.

::

    file, address or query ──▶ landed copy (sha256) ──▶ ┌ child process ────────────┐
                                                        │ rows as text              │──▶ ReturnRows
                                                        │ a second reader's count   │
                                                        └───────────────────────────┘

Names are loaded when they are asked for: the process that reads untrusted files needs the readers
and neither pandas nor a database.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perf_pipeline.sources.confined import begin_reading, template_mark
    from perf_pipeline.sources.extraction import (
        count_rows,
        extract,
        extract_unsent,
        land_unsent,
        read_unsent,
    )
    from perf_pipeline.sources.faults import may_pass
    from perf_pipeline.sources.files import FileMark
    from perf_pipeline.sources.http_requests import Patience
    from perf_pipeline.sources.landing import Landing
    from perf_pipeline.sources.listing import FileSource, is_listed, listed_mark, listed_sha256
    from perf_pipeline.sources.template_marks import TemplateMark
else:
    _HOMES = {
        "FileMark": "files",
        "FileSource": "listing",
        "Landing": "landing",
        "Patience": "http_requests",
        "count_rows": "extraction",
        "TemplateMark": "template_marks",
        "begin_reading": "confined",
        "extract": "extraction",
        "extract_unsent": "extraction",
        "land_unsent": "extraction",
        "read_unsent": "extraction",
        "is_listed": "listing",
        "listed_mark": "listing",
        "listed_sha256": "listing",
        "may_pass": "faults",
        "template_mark": "confined",
    }

    def __getattr__(name: str) -> object:
        """Load a name's module."""
        if name not in _HOMES:
            raise AttributeError(name)
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


__all__ = [
    "FileMark",
    "FileSource",
    "Landing",
    "Patience",
    "TemplateMark",
    "begin_reading",
    "count_rows",
    "extract",
    "extract_unsent",
    "is_listed",
    "land_unsent",
    "listed_mark",
    "listed_sha256",
    "may_pass",
    "read_unsent",
    "template_mark",
]
