"""A return's landed files → a dataset: plan, check, judge, and account for every row."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from uuid import uuid4

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from perf_pipeline.disaggregated import places
from perf_pipeline.disaggregated.columns import columns_of
from perf_pipeline.disaggregated.dataset import (
    OUTTURNS,
    REJECTIONS,
    Counts,
    Dataset,
    read_batches,
    remove_datasets,
    row_writer,
    write_manifest,
    write_rows,
)
from perf_pipeline.disaggregated.digests import BlockDigest, dataset_digest
from perf_pipeline.disaggregated.engines import Engine
from perf_pipeline.disaggregated.orders import (
    PLANS,
    BuildRequest,
    FilePlan,
    Order,
    write_order,
)
from perf_pipeline.disaggregated.planning import plan_file, planned_parts, write_plans
from perf_pipeline.disaggregated.receiving import as_received
from perf_pipeline.disaggregated.shards import Piece, read_pieces, shard_count
from perf_pipeline.disaggregated.storage import Folder
from perf_pipeline.disaggregated.tasks import (
    CheckedPart,
    JudgedCounts,
    check_part,
    in_order,
    judge_rows,
    write_index,
)
from perf_pipeline.errors import RequestError
from perf_pipeline.rules import ReturnFault
from perf_pipeline.schemas import conform, empty
from perf_pipeline.schemas.disaggregated import (
    DisaggregatedOutturns,
    DisaggregatedRejections,
    DisaggregatedSummary,
)
from perf_pipeline.sources.files import shown_location
from perf_pipeline.sources.rows import NO_DATA_REMEDY
from perf_pipeline.sources.wording import SourcePlace, listed

_SUMMARY_KEY = ["figure_quarter_key", "kpi_ref"]


def build(request: BuildRequest, engine: Engine) -> Dataset:
    """Check, judge and account for all rows of a return.

    The rows are left as Parquet files in a folder of the workplace that is this build's alone, so
    that the tasks of a killed run never write among them; what is needed only on the way is
    removed.
    A dataset that is there already is no longer there from the beginning, so that what is half
    built is never taken for it.

    Args:
        request: What to build.
        engine: What the work is done by; the dataset is the same whichever it is.

    Raises:
        ReturnError: A file cannot be read; the message says which.
        RequestError: What the build itself has written is gone, since another run has begun it.
    """
    name = uuid4().hex
    workplace = f"{request.workplace.rstrip('/')}/{name}"
    files = sorted(request.files, key=lambda file: file.sha256)
    ordered = replace(request, files=files, workplace=workplace)
    remove_datasets(request.workplace)
    try:
        dataset = _built(ordered, name, engine)
    except FileNotFoundError as error:
        raise RequestError(
            f"What this run has written of {request.entry.source_code}, {request.quarter.label}, "
            f"is no longer in {workplace}: another run has begun the same, or somebody has emptied "
            f"the folder. When nothing else runs, rerun {request.entry.source_code}_outturns and "
            "what follows."
        ) from error
    write_manifest(dataset, request.workplace)
    for scratch in places.SCRATCH:
        Folder(workplace).remove(scratch)
    return dataset


def _built(ordered: BuildRequest, name: str, engine: Engine) -> Dataset:
    """Build a dataset in a workplace of its own, and leave all that was needed on the way."""
    workplace, folder = ordered.workplace, Folder(ordered.workplace)
    write_order(ordered)
    tasks = [(workplace, number) for number in range(len(ordered.files))]
    plans = [plan for text in engine.map(plan_file, tasks) for plan in PLANS.validate_json(text)]
    write_plans(folder, plans)
    counted = sum(plan.row_count for plan in plans)
    shards = shard_count(counted, ordered.rows_per_chunk)
    parts = range(sum(len(plan.parts) for plan in plans))
    checked = engine.map(check_part, [(workplace, name, part, shards) for part in parts])
    _require_rows(ordered, plans, checked)
    filled = _write_indexes(folder, checked)
    judged = dict(
        zip(
            filled,
            engine.map(judge_rows, [(workplace, name, each) for each in filled]),
            strict=True,
        )
    )
    rejections, hashes = _write_rejections(Order(ordered), checked, judged)
    outturns = _outturns_files(judged)
    _write_summary(folder, judged, ordered)
    return Dataset(
        location=workplace,
        sha256=_digest(judged, rejections),
        quarter_key=ordered.quarter.key,
        source_code=ordered.entry.source_code,
        counts=_counts(plans, checked, judged),
        files={
            OUTTURNS: list(outturns),
            REJECTIONS: [places.REJECTIONS],
        },
        hashes=hashes | outturns,
    )


def _require_rows(
    request: BuildRequest, plans: Sequence[FilePlan], checked: Sequence[CheckedPart]
) -> None:
    """Refuse files with nothing but blank rows, as a return that people send is refused.

    Raises:
        ReturnError: There are such files; all are named.
    """
    parts = iter(checked)
    filled = [
        sum(part.read_count - part.blank_count for part in islice(parts, len(plan.parts)))
        for plan in plans
    ]
    names = [plan.file.name for plan, count in zip(plans, filled, strict=True) if not count]
    if names:
        entry, quarter = request.entry, request.quarter
        where = shown_location(entry.located(entry.location, quarter))
        raise SourcePlace(entry, where, quarter).error(
            f"Files without a row of figures: {listed(sorted(names))}.",
            NO_DATA_REMEDY,
            ReturnFault.NO_FIGURES,
        )


def _outturns_files(judged: Mapping[int, JudgedCounts]) -> dict[str, str]:
    """Return the SHA-256 of each file of outturns by its name: quarter by quarter, as loaded."""
    found = [
        (quarter_key, shard, file_sha256)
        for shard, counts in judged.items()
        for quarter_key, file_sha256 in counts.files.items()
    ]
    return {
        places.outturns_name(shard, key): file_sha256 for key, shard, file_sha256 in sorted(found)
    }


def _write_indexes(folder: Folder, checked: Sequence[CheckedPart]) -> list[int]:
    """Write where the rows of each shard are; return the shards that have some."""
    indexes: dict[int, dict[int, list[Piece]]] = defaultdict(lambda: defaultdict(list))
    for part, counts in enumerate(checked):
        for piece in counts.pieces:
            indexes[piece.group][part].append(piece)
    for shard, index in indexes.items():
        write_index(folder, shard, list(index.items()))
    return sorted(indexes)


def _write_rejections(
    order: Order, checked: Sequence[CheckedPart], judged: dict[int, JudgedCounts]
) -> tuple[str, dict[str, str]]:
    """Write all rejected rows in the order of files and rows.

    Returns:
        Their digest, and the SHA-256 of the file by its name.
    """
    duplicates: dict[int, list[tuple[str, list[Piece]]]] = defaultdict(list)
    for shard, counts in judged.items():
        for piece in counts.duplicates:
            duplicates[piece.group].append((places.duplicates_name(shard), [piece]))
    digest = BlockDigest()
    with order.folder.writing_hashed(places.REJECTIONS) as sink:
        with row_writer(sink, DisaggregatedRejections) as writer:
            for rows in _all_rejected(order, checked, duplicates):
                digest.add(rows)
                write_rows(writer, rows)
        file_sha256 = sink.hexdigest()
    return digest.hexdigest(), {places.REJECTIONS: file_sha256}


def _all_rejected(
    order: Order,
    checked: Sequence[CheckedPart],
    duplicates: Mapping[int, list[tuple[str, list[Piece]]]],
) -> Iterator[pa.Table]:
    """Yield the rejected rows of each part that has some, in their order."""
    folder, parts = order.folder, planned_parts(order.folder)
    for part, own in enumerate(checked):
        tables = list(_rejected(folder, part)) if own.rejected_count else []
        if part in duplicates:
            tables.append(as_received(read_pieces(folder, duplicates[part]), *parts[part], order))
        if tables:
            yield in_order(tables)


def _rejected(folder: Folder, part: int) -> Iterator[pa.Table]:
    with folder.open(places.rejected_name(part)) as source:
        for batch in read_batches(source, DisaggregatedRejections):
            yield pa.Table.from_batches([batch])


def _write_summary(folder: Folder, shards: Iterable[int], request: BuildRequest) -> None:
    """Add up the counts of all shards."""
    whole = pd.DataFrame()
    for shard in shards:
        with folder.open(places.summary_name(shard)) as source:
            counts = pq.read_table(source).to_pandas()
        counts = counts.rename(columns={"quarter_key": "figure_quarter_key"})
        joined = pd.concat([whole, counts]) if len(whole) else counts
        whole = joined.groupby(_SUMMARY_KEY, as_index=False, sort=True).sum(numeric_only=True)
    if not len(whole):
        whole = empty(DisaggregatedSummary)
    same = {"quarter_key": request.quarter.key, "source_code": request.entry.source_code}
    summary = conform(whole.assign(**same), DisaggregatedSummary)
    with folder.writing(places.SUMMARY) as sink:
        pq.write_table(pa.Table.from_pandas(summary, preserve_index=False), sink)


def _digest(judged: dict[int, JudgedCounts], rejections: str) -> str:
    columns = [*columns_of(DisaggregatedOutturns), *columns_of(DisaggregatedRejections)]
    return dataset_digest((counts.leaves for counts in judged.values()), rejections, columns)


def _counts(
    plans: Sequence[FilePlan], checked: Sequence[CheckedPart], judged: dict[int, JudgedCounts]
) -> Counts:
    """Account for all rows: a duplicate was accepted by its check and rejected by its shard."""
    total: Counter[str] = Counter()
    for part in checked:
        total.update(read=part.read_count, rejected=part.rejected_count, blank=part.blank_count)
    for shard in judged.values():
        total.update(accepted=shard.outturn_count, rejected=shard.duplicate_count)
    return Counts(
        file_count=len(plans),
        read_count=total["read"],
        accepted_count=total["accepted"],
        rejected_count=total["rejected"],
        blank_count=total["blank"],
        counted_count=sum(plan.row_count for plan in plans),
    )
