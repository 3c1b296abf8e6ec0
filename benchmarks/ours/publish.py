"""Building a dataset, publishing it, and both in one process."""

from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import sqlalchemy as sa

from benchmarks.contender import Stage, Task, contend
from benchmarks.ours.requests import request_of
from perf_pipeline.disaggregated.building import build
from perf_pipeline.disaggregated.dataset import OUTTURNS, Dataset, read_dataset
from perf_pipeline.disaggregated.engines import engine_named
from perf_pipeline.quarters import Quarter
from perf_pipeline.schemas import REPORTING_TABLES, empty
from perf_pipeline.warehouse import Origin, connect, current_draft, publish
from perf_pipeline.warehouse.datasets import dataset_number


class Ready(NamedTuple):
    """A database with its tables, and a dataset for it."""

    engine: sa.Engine
    dataset: Dataset


def build_dataset(task: Task) -> Dataset:
    """Build a dataset from a return."""
    with engine_named(task["engine"], int(task["workers"])) as engine:
        return build(request_of(task), engine)


def publish_dataset(ready: Ready) -> None:
    """Publish a quarter that has a dataset, and nothing else."""
    quarter = Quarter.parse(ready.dataset.quarter_key)
    tables = {name: empty(model) for name, model in REPORTING_TABLES.items()}
    tables["disaggregated_returns"] = ready.dataset.returns()
    tables["disaggregated_summary"] = ready.dataset.summary()
    publish(
        ready.engine,
        quarter,
        tables,
        Origin("Illustrative Council", "0" * 64, "benchmark", "benchmark"),
        expected_draft=current_draft(ready.engine, quarter),
        datasets=[ready.dataset],
    )


def built(task: Task) -> Ready:
    """Open a database that has its tables, and the dataset in the task's folder."""
    return Ready(connect(task["own_database"]), read_dataset(task["dataset"]))


def everything(task: Task) -> None:
    """Go from the file to the database."""
    publish_dataset(Ready(connect(task["own_database"]), build_dataset(task)))


def write_csv(task: Task) -> None:
    """Write a dataset as the CSV file that a database's own tool loads into our table."""
    dataset = read_dataset(task["dataset"])
    number = dataset_number(dataset.sha256)
    options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="none")
    with open(task["csv"], "wb") as sink:  # noqa: PTH123 - a name is all that there is
        for batch in dataset.batches(OUTTURNS):
            table = _plain(pa.Table.from_batches([batch]), number)
            pyarrow.csv.write_csv(table, sink, options)


def _plain(table: pa.Table, number: int) -> pa.Table:
    columns = [pa.array([number] * table.num_rows, pa.int64())]
    for column in table.columns:
        is_text = pa.types.is_dictionary(column.type)
        is_flag = pa.types.is_boolean(column.type)
        kind = pa.string() if is_text else pa.int8() if is_flag else column.type
        columns.append(pc.cast(column, kind))
    return pa.table(columns, names=["dataset_number", *table.column_names])


def facts(dataset: Dataset) -> dict[str, Any]:
    """Say what a dataset holds."""
    return {
        "dataset.digest": dataset.sha256,
        "dataset.accepted": dataset.counts.accepted_count,
        "dataset.rejected": dataset.counts.rejected_count,
    }


if __name__ == "__main__":
    contend(
        {
            "build": Stage(lambda task: task, build_dataset, facts),
            "publish": Stage(built, publish_dataset, lambda _: {}),
            "everything": Stage(lambda task: task, everything, lambda _: {}),
            "csv": Stage(lambda task: task, write_csv, lambda _: {}),
        }
    )
