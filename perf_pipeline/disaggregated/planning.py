"""Each file counted, its headings found, and cut into parts: the first thing that workers do."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from perf_pipeline.disaggregated import places
from perf_pipeline.disaggregated.counting import count_rows
from perf_pipeline.disaggregated.headings import heading_places
from perf_pipeline.disaggregated.orders import PLANS, FilePlan, Order, read_order
from perf_pipeline.disaggregated.parts import (
    FileKind,
    LandedFile,
    Part,
    csv_parts,
    parquet_parts,
)
from perf_pipeline.disaggregated.reading import csv_headings, kind_of, parquet_headings, pieces
from perf_pipeline.disaggregated.storage import Folder


def plan_file(workplace: str, number: int) -> str:
    """Count the rows of a file and cut it into parts; return its `FilePlan` as JSON."""
    order = read_order(workplace)
    file = order.request.files[number]
    kind = kind_of(file.location)
    plan = _PLANNERS[kind](file, order)
    heading_places(plan.headings, order.request.entry, order.place(file))
    return PLANS.dump_json([plan]).decode()


def _plan_csv(file: LandedFile, order: Order) -> FilePlan:
    place = order.place(file)
    counted = count_rows(pieces(file.location), order.request.rows_per_chunk, place)
    headings = csv_headings(file.location, counted.heading_start, counted.cuts[0][0], place)
    return FilePlan(file, headings, csv_parts(file, counted.cuts))


def _plan_parquet(file: LandedFile, order: Order) -> FilePlan:
    headings, row_counts = parquet_headings(file.location, order.place(file))
    return FilePlan(file, headings, parquet_parts(file, row_counts, order.request.rows_per_chunk))


_PLANNERS = {FileKind.CSV: _plan_csv, FileKind.PARQUET: _plan_parquet}


def write_plans(folder: Folder, plans: Sequence[FilePlan]) -> None:
    """Put the plans of all files where workers read them."""
    with folder.writing(places.PLANS) as sink:
        sink.write(PLANS.dump_json(plans))


def planned_parts(folder: Folder) -> list[tuple[Part, Sequence[str]]]:
    """Return all parts in the order of files and rows, each with its file's headings."""
    with folder.open(places.PLANS) as file:
        plans = PLANS.validate_json(file.read())
    return [(part, plan.headings) for plan in plans for part in plan.parts]


def parts_of_rows(rows: pa.Table, parts: Sequence[Part]) -> npt.NDArray[np.uint16]:
    """Return for each row the number of the part that it came in.

    Args:
        rows: Rows with `file_sha256` and `row_number`.
        parts: All parts, in the order of files and rows.
    """
    sha256 = rows["file_sha256"].combine_chunks()
    numbers = rows["row_number"].to_numpy()
    found = np.zeros(len(numbers), np.uint16)
    for file in {part.file.sha256 for part in parts}:
        own = [place for place, part in enumerate(parts) if part.file.sha256 == file]
        is_of_it = pc.equal(sha256, file).to_numpy(zero_copy_only=False)
        firsts = [parts[place].first_row_number for place in own]
        places_of_it = np.searchsorted(firsts, numbers[is_of_it], side="right") - 1
        found[is_of_it] = np.array(own)[places_of_it]
    return found
