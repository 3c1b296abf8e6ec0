"""Headline outturns and the register → a RAG, or the reason why there is none, for each live KPI.

::

    headline, kpis ─▶ bands ─▶ outturns ─▶ rated outturns
    compared ─────────▲        ▲   ▲
    forecasts ─▶ bands ────────┘   └─ reasons, overrides

`thresholds` says from which figure to which each colour of a KPI reaches, for millions of figures.
`docs/rating.md` says in words what every rule does.
"""

from perf_pipeline.rate.figures import rate_figure
from perf_pipeline.rate.outturns import rate_outturns
from perf_pipeline.rate.thresholds import thresholds

__all__ = ["rate_figure", "rate_outturns", "thresholds"]
