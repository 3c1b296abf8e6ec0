"""How large a return may be and what reading it may take; docs/cells.md says so to services."""

LARGEST_BYTES = 100_000_000
"""Bytes of one return, as received."""

LARGEST_DISAGGREGATED_BYTES = 20_000_000_000
"""Bytes of one file of a disaggregated return, which is read in stretches."""

LARGEST_UNPACKED_BYTES = 200_000_000
"""Bytes of all parts of a workbook together, unpacked."""

LARGEST_DISAGGREGATED_ROW_BYTES = 1_000_000
"""Bytes of one row of a CSV of a disaggregated return, as received."""

LARGEST_ROW_GROUP_BYTES = 1_000_000_000
"""Bytes of one row group of a Parquet file of a disaggregated return, unpacked, by its footer."""

MOST_ROWS = 50_000
"""Rows of one return."""

MOST_COLUMNS = 1_000
"""Columns of one return."""

MOST_CELLS = 150_000
"""Cells with something in them, of one sheet of a workbook."""

MOST_CPU_SECONDS = 10
"""Processor time of reading one return, with both readers."""

MOST_SECONDS = 20
"""Time of reading one return by the clock: longer, since a busy machine is no service's fault."""

MOST_MEMORY_BYTES = 500_000_000
"""Memory that reading one return may hold at its peak: resident, with the readers' own code."""
