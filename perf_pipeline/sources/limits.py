"""How large a return may be; what is larger is refused before it is read."""

LARGEST_BYTES = 100_000_000
"""Bytes of one return, as received."""

LARGEST_UNPACKED_BYTES = 200_000_000
"""Bytes of all parts of a workbook together, unpacked."""

MOST_ROWS = 200_000
"""Rows of one return."""

MOST_COLUMNS = 1_000
"""Columns of one return."""
