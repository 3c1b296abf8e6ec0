"""What is to be built, and all that workers need for it, kept where every worker reads it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter

from perf_pipeline.disaggregated.judging import Judging
from perf_pipeline.disaggregated.parts import LandedFile, Part
from perf_pipeline.disaggregated.reading import MOST_ROWS
from perf_pipeline.disaggregated.storage import Folder
from perf_pipeline.disaggregated_entries import DisaggregatedEntry
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import Comparison
from perf_pipeline.schemas import conform, register, stages
from perf_pipeline.schemas.columns import Table
from perf_pipeline.sources.wording import SourcePlace
from perf_pipeline.validate import Expectations

_ORDER = "order/order.json"
_FRAMES: Mapping[str, type[Table]] = {
    "kpis": stages.KpisInForce,
    "breaks": register.SeriesBreaks,
    "breakdowns": register.Breakdowns,
}


@dataclass(frozen=True)
class Register:
    """The register and settings that rows are checked against and judged by.

    Attributes:
        kpis: `KpisInForce` of the return's quarter and of every earlier one that rows may be of.
        breaks: The register's `SeriesBreaks`.
        breakdowns: The register's `Breakdowns`.
        known_refs: Every reference that the register has ever had.
        comparison: How the council compares.
        earlier_comparisons: How it compared in quarters, by their keys, in which it did otherwise.
        successors: Old KPI reference → the new ones that replaced it.
        mergers: Old KPI reference → the other old ones that were merged with it into one KPI.
        aliases: What a return may write in place of a KPI's reference → the reference.
    """

    kpis: pd.DataFrame
    breaks: pd.DataFrame
    breakdowns: pd.DataFrame
    known_refs: Sequence[str]
    comparison: Comparison = field(default_factory=Comparison)
    earlier_comparisons: Mapping[str, Comparison] = field(default_factory=dict)
    successors: Mapping[str, Sequence[str]] = field(default_factory=dict)
    mergers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class BuildRequest:
    """A return to be built into a dataset.

    Attributes:
        entry: The source's entry.
        quarter: Quarter of the return; rows may be of earlier ones too.
        files: Its landed files, in any order, no two of one content: nothing would tell their
            rows apart.
        workplace: Folder or fsspec address that every worker can write to: this build's alone.
        register: What rows are checked against and judged by.
        rows_per_chunk: Rows that a worker has in memory at once, about.
    """

    entry: DisaggregatedEntry
    quarter: Quarter
    files: Sequence[LandedFile]
    workplace: str
    register: Register
    rows_per_chunk: int = MOST_ROWS


@dataclass(frozen=True)
class FilePlan:
    """How a file is worked through.

    Attributes:
        file: The file.
        headings: Its headings, one for each column.
        parts: Its parts, in order.
    """

    file: LandedFile
    headings: Sequence[str]
    parts: Sequence[Part]

    @property
    def row_count(self) -> int:
        """Rows of the file, by the second reader."""
        return sum(part.row_count for part in self.parts)


@dataclass(frozen=True)
class _Plain:
    """What of a request is no frame."""

    entry: DisaggregatedEntry
    quarter: Quarter
    files: Sequence[LandedFile]
    rows_per_chunk: int
    known_refs: Sequence[str]
    comparison: Comparison
    earlier_comparisons: Mapping[str, Comparison]
    successors: Mapping[str, Sequence[str]]
    mergers: Mapping[str, Sequence[str]]
    aliases: Mapping[str, str]


_PLAIN = TypeAdapter(_Plain)
PLANS = TypeAdapter(Sequence[FilePlan])
"""Plans of files to JSON and back."""


@dataclass(frozen=True)
class Order:
    """A request as workers read it."""

    request: BuildRequest

    @property
    def folder(self) -> Folder:
        """Where the build's data are."""
        return Folder(self.request.workplace)

    def place(self, file: LandedFile) -> SourcePlace:
        """Return whose file it is, for errors."""
        return SourcePlace(self.request.entry, file.name, self.request.quarter)

    def expectations(self) -> Expectations:
        """Return what rows are checked against."""
        known, quarter = self.request.register, self.request.quarter
        return Expectations.of(
            self.request.entry.source_code,
            quarter,
            known.kpis[known.kpis["quarter_key"] == quarter.key].reset_index(drop=True),
            pd.Series(known.known_refs, dtype="str"),
            known.breakdowns,
            self.request.entry.percent_scale,
            successors=known.successors,
            mergers=known.mergers,
            aliases=known.aliases,
        )

    def judging(self) -> Judging:
        """Return what rows are judged by."""
        known = self.request.register
        return Judging.of(known.kpis, known.breaks, known.comparison, known.earlier_comparisons)


def write_order(request: BuildRequest) -> None:
    """Put a request where workers read it."""
    folder, known = Folder(request.workplace), request.register
    for name, model in _FRAMES.items():
        with folder.writing(_frame_name(name)) as sink:
            frame = conform(getattr(known, name), model)
            pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), sink)
    plain = _Plain(
        request.entry,
        request.quarter,
        request.files,
        request.rows_per_chunk,
        known.known_refs,
        known.comparison,
        known.earlier_comparisons,
        known.successors,
        known.mergers,
        known.aliases,
    )
    with folder.writing(_ORDER) as sink:
        sink.write(_PLAIN.dump_json(plain))


def read_order(workplace: str) -> Order:
    """Read the request of a build."""
    folder = Folder(workplace)
    with folder.open(_ORDER) as file:
        plain = _PLAIN.validate_json(file.read())
    register_of_it = Register(
        **{name: _read_frame(folder, name) for name in _FRAMES},
        known_refs=plain.known_refs,
        comparison=plain.comparison,
        earlier_comparisons=plain.earlier_comparisons,
        successors=plain.successors,
        mergers=plain.mergers,
        aliases=plain.aliases,
    )
    return Order(
        BuildRequest(
            plain.entry, plain.quarter, plain.files, workplace, register_of_it, plain.rows_per_chunk
        )
    )


def _frame_name(name: str) -> str:
    return f"order/{name}.parquet"


def _read_frame(folder: Folder, name: str) -> pd.DataFrame:
    with folder.open(_frame_name(name)) as file:
        return conform(pq.read_table(file).to_pandas(), _FRAMES[name])
