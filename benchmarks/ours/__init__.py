"""The pipeline's own part in every comparison, called through its public functions."""

import perf_pipeline  # noqa: F401 - before Arrow, as in a run: it says how Arrow allocates
