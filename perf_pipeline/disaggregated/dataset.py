"""A built dataset: the accepted and judged rows, the rejected ones, and the account of both."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter

from perf_pipeline.disaggregated import places
from perf_pipeline.disaggregated.columns import TEXT, arrow_schema, columns_of
from perf_pipeline.disaggregated.storage import Folder, HashedSink, sha256_of
from perf_pipeline.errors import RequestError
from perf_pipeline.schemas import conform
from perf_pipeline.schemas.columns import Table
from perf_pipeline.schemas.disaggregated import (
    DisaggregatedOutturns,
    DisaggregatedRejections,
    DisaggregatedReturns,
    DisaggregatedSummary,
)

MOST_ROWS = 1 << 16
"""Rows of a row group and of a batch, at the most."""

OUTTURNS = "disaggregated_outturns"
REJECTIONS = "disaggregated_rejections"
MODELS: Mapping[str, type[Table]] = {
    OUTTURNS: DisaggregatedOutturns,
    REJECTIONS: DisaggregatedRejections,
}
"""The tables of a dataset."""

_MANIFEST = "dataset.json"
_BUILD = re.compile("[0-9a-f]{32}")


@dataclass(frozen=True)
class Counts:
    """What became of a return's rows: read = accepted + rejected + blank.

    Attributes:
        file_count: Files that it came in.
        read_count: Rows read, headings left aside.
        accepted_count: Rows accepted.
        rejected_count: Rows rejected.
        blank_count: Rows ignored because blank.
        counted_count: Rows by the second reader, headings left aside.
    """

    file_count: int
    read_count: int
    accepted_count: int
    rejected_count: int
    blank_count: int
    counted_count: int


@dataclass(frozen=True)
class Dataset:
    """A dataset in its folder.

    Attributes:
        location: The folder, a path or fsspec address.
        sha256: Digest of its rows, whatever files they are in.
        quarter_key: Quarter of the return.
        source_code: Source.
        counts: The account of its rows.
        files: Names of the Parquet files of each table, outturns' from the first quarter on.
        hashes: SHA-256 of each of these files, as it was when the dataset was built.
    """

    location: str
    sha256: str
    quarter_key: str
    source_code: str
    counts: Counts
    files: Mapping[str, Sequence[str]]
    hashes: Mapping[str, str] = field(default_factory=dict)

    @property
    def row_counts(self) -> Mapping[str, int]:
        """Rows of each table."""
        return {
            OUTTURNS: self.counts.accepted_count,
            REJECTIONS: self.counts.rejected_count,
        }

    @property
    def outturn_count(self) -> int:
        """Rows of `disaggregated_outturns`."""
        return self.counts.accepted_count

    @property
    def rejection_count(self) -> int:
        """Rows of `disaggregated_rejections`."""
        return self.counts.rejected_count

    def batches(self, table_name: str) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a table, outturns quarter by quarter, 65,536 rows at the most.

        Text is dictionary-coded.

        Raises:
            RequestError: A file is gone, or is not the one that was built. The step of a killed
                run may work on in the same folder, and its rows must not go by this dataset's
                digest.
        """
        for name in self.files[table_name]:
            with self._opened(name) as source:
                if sha256_of(source) != self.hashes.get(name):
                    raise RequestError(
                        f"{name} in {self.location} is not the file that was built. Rerun "
                        f"{self.source_code}_outturns and what follows."
                    )
                yield from read_batches(source, MODELS[table_name])

    def returns(self) -> pd.DataFrame:
        """Return the account as `DisaggregatedReturns`, of one row."""
        record = {
            "quarter_key": self.quarter_key,
            "source_code": self.source_code,
            "dataset_sha256": self.sha256,
            **vars(self.counts),
        }
        return conform(pd.DataFrame([record]), DisaggregatedReturns)

    def summary(self) -> pd.DataFrame:
        """Return the counts by KPI and quarter as `DisaggregatedSummary`.

        Raises:
            RequestError: They are gone.
        """
        with self._opened(places.SUMMARY) as source:
            return conform(pq.read_table(source).to_pandas(), DisaggregatedSummary)

    def _opened(self, name: str) -> pa.NativeFile:
        try:
            return Folder(self.location).open(name)
        except FileNotFoundError as error:
            raise RequestError(
                f"{name} is no longer in {self.location}: another run has built the dataset anew, "
                f"or somebody has emptied the folder. Rerun {self.source_code}_outturns and what "
                "follows."
            ) from error


_DATASET = TypeAdapter(Dataset)


def remove_datasets(workplace: str) -> None:
    """Remove what has been built in a workplace: first what says that it is there."""
    folder = Folder(workplace)
    folder.remove(_MANIFEST)
    for name in folder.folders():
        if _BUILD.fullmatch(name):
            folder.remove(name)


def write_manifest(dataset: Dataset, workplace: str) -> None:
    """Write what a dataset is into the workplace, and where in it its files are."""
    with Folder(workplace).writing(_MANIFEST) as sink:
        sink.write(_DATASET.dump_json(dataset, indent=2))


def read_dataset(workplace: str) -> Dataset:
    """Return the dataset in a workplace.

    Raises:
        FileNotFoundError: None has been built there.
    """
    with Folder(workplace).open(_MANIFEST) as file:
        return _DATASET.validate_json(file.read())


def read_batches(source: pa.NativeFile, model: type[Table]) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a Parquet file that `writing_rows` has written."""
    texts = [each.name for each in arrow_schema(model) if each.type == TEXT]
    with pq.ParquetFile(source, read_dictionary=texts, pre_buffer=False) as file:
        for batch in file.iter_batches(MOST_ROWS):
            yield batch.select(columns_of(model))


def row_writer(sink: pa.NativeFile | HashedSink, model: type[Table]) -> pq.ParquetWriter:
    """Return a writer of a table's rows; give it `MOST_ROWS` at a time, at the most."""
    return pq.ParquetWriter(
        sink, arrow_schema(model), compression="zstd", compression_level=1, write_statistics=False
    )


def write_rows(writer: pq.ParquetWriter, table: pa.Table) -> None:
    """Write rows in row groups that can be read one at a time."""
    writer.write_table(table, row_group_size=MOST_ROWS)
