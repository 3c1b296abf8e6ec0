"""Small disaggregated returns of several files, with every kind of row, for building datasets."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from perf_pipeline.disaggregated.dataset import Dataset
from perf_pipeline.disaggregated.orders import BuildRequest, Register
from perf_pipeline.disaggregated.parts import LandedFile
from perf_pipeline.disaggregated_entries import DisaggregatedEntry
from perf_pipeline.quarters import Quarter
from perf_pipeline.schemas import empty, register
from perf_pipeline_tests.unit.builders import FrameBuilder

QUARTER = Quarter(2023, 1)
QUARTER_KEYS = [QUARTER.shift(back).key for back in range(-5, 1)]
REFS = [f"ADS-{number:02d}" for number in range(1, 8)]
CATEGORIES = ["under 18", "18 to 64", "65 and over"]
HEADINGS = {
    "Ref": "kpi_ref",
    "Period": "quarter",
    "Area": "area",
    "By": "breakdown_type",
    "Group": "breakdown_category",
    "Value": "value",
    "Note": "commentary",
}
ENTRY = DisaggregatedEntry(
    source_code="care_system",
    source_name="Care system",
    contact_role="Systems lead",
    location="exports/{quarter}/*",
    columns=HEADINGS,
    percent_scale="percent",
)
Row = tuple[str, ...]


def series_rows(areas: Sequence[str]) -> list[Row]:
    """Return a row for each reference, quarter, area and category."""
    keys = [
        (ref, quarter, area, category)
        for ref in REFS
        for quarter in QUARTER_KEYS
        for area in areas
        for category in CATEGORIES
    ]
    return [
        (ref, quarter, area, "age", category, str(number % 101), f"note {number % 13}")
        for number, (ref, quarter, area, category) in enumerate(keys)
    ]


def csv_content(rows: Sequence[Row], *, is_quoted: bool = False) -> bytes:
    """Return rows as CSV, all cells in quotation marks or none."""
    mark = '"' if is_quoted else ""
    lines = [tuple(HEADINGS), *rows]
    cells = [[f"{mark}{cell}{mark}" for cell in line] for line in lines]
    return "".join(",".join(line) + "\n" for line in cells).encode()


def landed(folder: Path, name: str, content: bytes) -> LandedFile:
    """Keep a content in a folder as a landed file."""
    sha256 = hashlib.sha256(content).hexdigest()
    (folder / sha256).write_bytes(content)
    return LandedFile(f"exports/{name}", sha256, str(folder / sha256))


def landed_parquet(folder: Path, name: str, rows: Sequence[Row]) -> LandedFile:
    """Keep rows in a folder as a landed Parquet file in small row groups."""
    columns = dict(zip(HEADINGS, map(list, zip(*rows, strict=True)), strict=True))
    path = folder / "new.parquet"
    pq.write_table(pa.table(columns), path, row_group_size=20)
    return landed(folder, name, path.read_bytes())


def files_of_every_kind(folder: Path) -> list[LandedFile]:
    """Return three files.

    Of their rows 4 are blank, and these rejected: 3 that are no number, 2 of another length, 1
    that is identical with one in another file, and 2 that conflict.
    """
    first, second, third = (series_rows([area]) for area in ("north", "south", "west"))
    blank = ("",) * len(HEADINGS)
    wrong = [(*row[:5], "many", "") for row in series_rows(["east"])[:3]]
    short = [("ADS-01", "2023-24-Q1"), ("ADS-01",) * 9]
    again = [first[5], (*first[9][:5], "99", "other")]
    csv_rows = [*first[:30], blank, *wrong[:2], short[0], *first[30:], blank]
    quoted_rows = [*second[:7], short[1], *again, *second[7:], blank, wrong[2], blank]
    return [
        landed(folder, "north.csv", csv_content(csv_rows)),
        landed(folder, "south.csv", csv_content(quoted_rows, is_quoted=True)),
        landed_parquet(folder, "west.parquet", third),
    ]


def register_of(build_kpis: FrameBuilder) -> Register:
    """Return a register in which the references are percentages with a target of 80."""
    before = dict(zip(QUARTER_KEYS[1:], QUARTER_KEYS, strict=False))
    kpis = build_kpis(
        *(
            {
                "kpi_ref": ref,
                "quarter_key": key,
                "source_code": ENTRY.source_code,
                "previous_due_quarter_key": before.get(key),
            }
            for key in QUARTER_KEYS
            for ref in REFS
        )
    )
    breakdowns = pd.DataFrame(
        {
            "breakdown_type_code": "age",
            "breakdown_category_code": CATEGORIES,
            "breakdown_category_name": CATEGORIES,
            "display_order": [1, 2, 3],
        }
    )
    return Register(kpis, empty(register.SeriesBreaks), breakdowns, REFS)


def request(
    files: Sequence[LandedFile],
    workplace: Path | str,
    known: Register,
    rows_per_chunk: int = 50,
) -> BuildRequest:
    """Return the request to build them."""
    return BuildRequest(ENTRY, QUARTER, files, str(workplace), known, rows_per_chunk)


def rows_of(dataset: Dataset, table_name: str) -> list[dict[str, object]]:
    """Return all rows of a table of a dataset."""
    return [row for batch in dataset.batches(table_name) for row in batch.to_pylist()]
