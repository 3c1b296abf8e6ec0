"""The warehouse: versions of reporting tables, kept for good, and which of them readers see.

::

    migrate ──▶ publish ──▶ <table>_versions ──▶ view <table> ──▶ read, BI tools
                   │         (append-only)            ▲
                   ▼                                  │
           draft_publications ──▶ sign_off ──▶ release ──▶ current_publications
           (one pointer a quarter each, moved last, by compare-and-set)

Nothing here computes a figure, and nothing here drops, truncates or renames a table of figures.
"""

from perf_pipeline.warehouse.content import content_digest
from perf_pipeline.warehouse.engine import connect, shown_url
from perf_pipeline.warehouse.history import current_draft_of, differences, read_publication
from perf_pipeline.warehouse.migrate import migrate
from perf_pipeline.warehouse.publish import (
    Origin,
    current_draft,
    current_drafts,
    publish,
)
from perf_pipeline.warehouse.read import (
    Publication,
    current_publication,
    read_published,
    read_quarter,
    read_table,
)
from perf_pipeline.warehouse.releases import release, sign_off
from perf_pipeline.warehouse.verify import Verification, verify
from perf_pipeline.warehouse.withheld_rows import read_withheld

__all__ = [
    "Origin",
    "Publication",
    "Verification",
    "connect",
    "content_digest",
    "current_draft",
    "current_draft_of",
    "current_drafts",
    "current_publication",
    "differences",
    "migrate",
    "publish",
    "read_publication",
    "read_published",
    "read_quarter",
    "read_table",
    "read_withheld",
    "release",
    "shown_url",
    "sign_off",
    "verify",
]
