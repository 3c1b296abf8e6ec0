"""Quarterly council performance reporting: returns in, rated and versioned publications out."""

import os

# Arrow reads it when it is imported. Its own allocator keeps what threads have freed: a quarter
# more memory where a million rows are published, and no time is gained.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
