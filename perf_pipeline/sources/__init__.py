"""What services send, read: a return of any kind → its rows, all text, from a copy that is kept.

::

    file, address or query ──▶ landed copy (sha256) ──▶ rows as text ──▶ ReturnRows
                                      └──▶ a second reader's count ────────┘
"""

from perf_pipeline.sources.extraction import count_rows, extract
from perf_pipeline.sources.http_requests import Patience
from perf_pipeline.sources.landing import Landing

__all__ = ["Landing", "Patience", "count_rows", "extract"]
