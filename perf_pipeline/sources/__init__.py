"""What services send, read: a return of any kind → its rows, all text, from a copy that is kept.

::

    file, address or query ──▶ landed copy (sha256) ──▶ rows as text ──▶ ReturnRows
                                      └──▶ a second reader's count ────────┘
"""

from perf_pipeline.sources.extraction import count_rows, extract, extract_unsent
from perf_pipeline.sources.faults import may_pass
from perf_pipeline.sources.files import FileMark
from perf_pipeline.sources.http_requests import Patience
from perf_pipeline.sources.landing import Landing
from perf_pipeline.sources.listing import FileSource, is_listed, listed_mark, listed_sha256
from perf_pipeline.sources.template_marks import TemplateMark, template_mark

__all__ = [
    "FileMark",
    "FileSource",
    "Landing",
    "Patience",
    "TemplateMark",
    "count_rows",
    "extract",
    "extract_unsent",
    "is_listed",
    "listed_mark",
    "listed_sha256",
    "may_pass",
    "template_mark",
]
