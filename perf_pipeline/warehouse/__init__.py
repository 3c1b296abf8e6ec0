"""The warehouse: versions of reporting tables, kept for good, and which of them readers see.

::

    migrate ──▶ publish ──▶ <table>_versions ──▶ view <table> ──▶ read, BI tools
                   │         (append-only)            ▲
                   └──────▶ current_publications ─────┘
                            (one pointer a quarter, moved last, by compare-and-set)

Nothing here computes a figure, and nothing here drops, truncates or renames a table of figures.
"""

from perf_pipeline.warehouse.content import content_digest
from perf_pipeline.warehouse.engine import connect, shown_url
from perf_pipeline.warehouse.migrate import migrate
from perf_pipeline.warehouse.publish import (
    Origin,
    current_draft,
    current_drafts,
    publish,
    release,
    sign_off,
)
from perf_pipeline.warehouse.read import (
    Publication,
    current_publication,
    read_published,
    read_quarter,
    read_table,
)

__all__ = [
    "Origin",
    "Publication",
    "connect",
    "content_digest",
    "current_draft",
    "current_drafts",
    "current_publication",
    "migrate",
    "publish",
    "read_published",
    "read_quarter",
    "read_table",
    "release",
    "shown_url",
    "sign_off",
]
