"""Rating, comparing and counting accepted rows, shard by shard."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.answers import RATINGS, answer_of, counts_of
from benchmarks.contender import Stage, Task, contend
from perf_pipeline.disaggregated.judging import JudgedShard, Judging, judge_shard
from perf_pipeline.disaggregated.shards import shard_count, shard_of_each
from perf_pipeline.rules import Comparison
from perf_pipeline.schemas import empty, register

_ROWS_PER_SHARD = 250_000


class Ready(NamedTuple):
    """Accepted rows as building has them when it judges: spread over shards."""

    shards: list[pa.Table]
    kpis: pd.DataFrame
    file_names: dict[str, str]


def ready(task: Task) -> Ready:
    """Read accepted rows and spread them."""
    schema = pq.read_schema(task["accepted_file"])
    texts = [each.name for each in schema if each.type == pa.string()]
    table = pq.read_table(task["accepted_file"], read_dictionary=texts)
    count = shard_count(table.num_rows, _ROWS_PER_SHARD)
    places = shard_of_each(table, count)
    shards = [table.take(np.flatnonzero(places == each)) for each in range(count)]
    hashes = table["file_sha256"].unique().to_pylist()
    return Ready(shards, pd.read_parquet(task["kpis"]), dict.fromkeys(hashes, "case_system.csv"))


def judge(given: Ready) -> list[JudgedShard]:
    """Judge every shard."""
    judging = Judging.of(given.kpis, empty(register.SeriesBreaks), Comparison())
    return [judge_shard(shard, judging, given.file_names) for shard in given.shards if len(shard)]


def answer(judged: list[JudgedShard]) -> dict[str, Any]:
    """Say how the outturns were rated."""
    table = pa.concat_tables([each.outturns for each in judged])
    return answer_of("rated", table, RATINGS) | counts_of(
        "rated", table.unify_dictionaries(), "rag_code"
    )


if __name__ == "__main__":
    contend({"judge": Stage(ready, judge, answer)})
