"""Tags by which runs are told apart, and what they mean to a step."""

import dagster as dg

DRAFT_ONLY = "perf_pipeline/draft_only"
"""Run tag, `true`: what the run publishes is a draft even where nobody has to sign it."""

SOURCE = "perf_pipeline/source"
"""Run tag: the source whose return's arrival started the run."""


def is_draft_only(context: dg.AssetExecutionContext) -> bool:
    """Tell whether a step's run must not release anything."""
    return context.run.tags.get(DRAFT_ONLY) == "true"
