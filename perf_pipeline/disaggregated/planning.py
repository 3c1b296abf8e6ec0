"""Each file counted, its headings found, and cut into parts: the first thing that workers do."""

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from perf_pipeline.disaggregated import places
from perf_pipeline.disaggregated.counting import count_rows
from perf_pipeline.disaggregated.headings import heading_places
from perf_pipeline.disaggregated.not_csv import require_csv
from perf_pipeline.disaggregated.orders import PLANS, FilePlan, Order, read_order
from perf_pipeline.disaggregated.parts import (
    FileKind,
    LandedFile,
    Part,
    csv_parts,
    parquet_parts,
)
from perf_pipeline.disaggregated.reading import (
    changed_copy,
    csv_headings,
    kind_of,
    parquet_headings,
    pieces,
)
from perf_pipeline.disaggregated.storage import Folder, open_located, sha256_of
from perf_pipeline.errors import ReturnError
from perf_pipeline.rules import ReturnFault
from perf_pipeline.sources.faults import may_pass
from perf_pipeline.sources.wording import SourcePlace, reason

_SHOWN_DIGITS = 12


def plan_file(workplace: str, number: int) -> str:
    """Count the rows of a file and cut it into parts; return its `FilePlan` as JSON.

    Raises:
        ReturnError: The landed copy is not the file that was received, or cannot be read.
    """
    order = read_order(workplace)
    file = order.request.files[number]
    place = order.place(file)
    try:
        plan = _PLANNERS[kind_of(file.location)](file, order)
    except OSError as error:
        raise place.error(
            f"The landed copy in {file.location} cannot be read: {reason(error)}.",
            "Let the pipeline read it",
            ReturnFault.UNREADABLE,
            is_transient=may_pass(error),
        ) from error
    heading_places(plan.headings, order.request.entry, place)
    return PLANS.dump_json([plan]).decode()


def _plan_csv(file: LandedFile, order: Order) -> FilePlan:
    place = order.place(file)
    hasher = hashlib.sha256()
    read = _hashed(pieces(file.location), hasher)
    try:
        counted = count_rows(read, order.request.rows_per_chunk, place)
    except ReturnError:
        # What is wrong with a file that nobody has sent is not the sender's to mend.
        deque(read, maxlen=0)
        _require_landed(file, hasher.hexdigest(), place)
        require_csv(file.location, order.request.entry, place)
        raise
    _require_landed(file, hasher.hexdigest(), place)
    require_csv(file.location, order.request.entry, place)
    headings = csv_headings(file.location, counted.heading_start, counted.cuts[0][0], place)
    return FilePlan(file, headings, csv_parts(file, counted.cuts))


def _hashed(pieces_of_it: Iterable[bytes], hasher: "hashlib._Hash") -> Iterator[bytes]:
    for piece in pieces_of_it:
        hasher.update(piece)
        yield piece


def _plan_parquet(file: LandedFile, order: Order) -> FilePlan:
    place = order.place(file)
    with open_located(file.location) as copy:
        _require_landed(file, sha256_of(copy), place)
    headings, row_counts = parquet_headings(file.location, place)
    return FilePlan(file, headings, parquet_parts(file, row_counts, order.request.rows_per_chunk))


def _require_landed(file: LandedFile, found: str, place: SourcePlace) -> None:
    """Refuse a copy that was changed after landing: its rows would go by another file's hash."""
    if found != file.sha256:
        sign = (
            f"its SHA-256 begins with {found[:_SHOWN_DIGITS]}, that of the file received with "
            f"{file.sha256[:_SHOWN_DIGITS]}"
        )
        raise changed_copy(file, sign, place)


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
