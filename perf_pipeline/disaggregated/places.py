"""Where in a build's folder each part's and shard's files are."""


def pieces_name(part: int) -> str:
    """Return where the accepted rows of a part are, spread over the shards."""
    return f"pieces/part-{part:05d}.arrows"


def rejected_name(part: int) -> str:
    """Return where the rows of a part are that its check has rejected."""
    return f"rejected/part-{part:05d}.parquet"


def index_name(shard: int) -> str:
    """Return where it says in which pieces the rows of a shard are."""
    return f"pieces/shard-{shard:03d}.json"


def duplicates_name(shard: int) -> str:
    """Return where the duplicates of a shard are, spread over the parts."""
    return f"duplicates/shard-{shard:03d}.arrows"


def summary_name(shard: int) -> str:
    """Return where the counts of a shard are."""
    return f"summaries/shard-{shard:03d}.parquet"


def outturns_name(shard: int, quarter_key: str) -> str:
    """Return where the judged rows of a shard are that are of one quarter, or of all others."""
    return f"outturns/{quarter_key}/shard-{shard:03d}.parquet"


OTHER_QUARTERS = "other"
"""In place of a quarter's key: the quarters of which a shard has few rows, together."""

PLANS = "order/plans.json"
"""How each file is worked through."""

REJECTIONS = "rejections/rejections.parquet"
"""All rejected rows."""

SUMMARY = "summary.parquet"
"""The counts of all shards."""

SCRATCH = ("order", "pieces", "rejected", "duplicates", "summaries")
"""Folders that nothing reads once the dataset is built."""
