"""Headline outturns and the register → a RAG, or the reason why there is none, for each live KPI.

::

    headline, kpis ─▶ bands ─▶ outturns ─▶ rated outturns
    compared ─────────▲        ▲   ▲
    forecasts ─▶ bands ────────┘   └─ reasons, overrides

`docs/rating.md` says in words what every rule does.
"""

from perf_pipeline.rate.figures import rate_figure
from perf_pipeline.rate.outturns import rate_outturns

__all__ = ["rate_figure", "rate_outturns"]
