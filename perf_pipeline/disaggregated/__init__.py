"""Disaggregated returns, too large for one frame → judged outturns, chunk by chunk.

::

    files, landed ─parts─▶ read ─▶ check ─▶ spread by series ─shards─▶ judge ─▶ dataset ─▶ publish

A part is a stretch of a landed file, a shard all rows of some series: one area's and category's
figures of a KPI, of all quarters. Each is worked on alone, by whichever engine, and no more than
one is in memory at a time. It knows nothing of Dagster or of the database.
"""
