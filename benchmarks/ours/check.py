"""Reading and checking: the second reader's count, the parts, and what becomes of each row."""

from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.answers import ACCEPTED, answer_of
from benchmarks.contender import Stage, Task, contend
from benchmarks.ours.requests import request_of
from perf_pipeline.disaggregated.checking import check_batch
from perf_pipeline.disaggregated.orders import PLANS, Order, write_order
from perf_pipeline.disaggregated.planning import plan_file
from perf_pipeline.disaggregated.reading import read_part
from perf_pipeline.validate import Expectations

Checked = list[tuple[pa.Table, pa.Table]]


def batches(order: Order) -> Iterator[pa.Table]:
    """Read a return, batch by batch, as building does."""
    write_order(order.request)
    for number, file in enumerate(order.request.files):
        for plan in PLANS.validate_json(plan_file(order.request.workplace, number)):
            for part in plan.parts:
                place = order.place(file)
                for batch in read_part(part, plan.headings, order.request.entry, place):
                    yield batch.rows


def check(task: Task) -> Checked:
    """Read a return and check it."""
    order = Order(request_of(task))
    return validate((batches(order), order.expectations()))


def validate(ready: tuple[Iterable[pa.Table], Expectations]) -> Checked:
    """Check batches."""
    rows, expected = ready
    found = (check_batch(batch, expected) for batch in rows)
    return [(each.accepted, each.rejected) for each in found]


def read(task: Task) -> tuple[list[pa.Table], Expectations]:
    """Read a return."""
    order = Order(request_of(task))
    return list(batches(order)), order.expectations()


def _whole(checked: Checked) -> tuple[pa.Table, pa.Table]:
    accepted, rejected = (pa.concat_tables(tables) for tables in zip(*checked, strict=True))
    return accepted, rejected.rename_columns({"outcome_reason_code": "reason"})


def answer(checked: Checked) -> dict[str, Any]:
    """Say what was accepted and what was not."""
    accepted, rejected = _whole(checked)
    return answer_of("accepted", accepted, ACCEPTED) | answer_of("rejected", rejected, ["reason"])


def write_accepted(task: Task) -> None:
    """Write the accepted rows, as plain text, for the contenders of the next stage."""
    accepted, _ = _whole(check(task))
    plain = [
        pa.field(each.name, pa.string()) if pa.types.is_dictionary(each.type) else each
        for each in accepted.schema
    ]
    pq.write_table(accepted.cast(pa.schema(plain)), task["accepted_file"])


if __name__ == "__main__":
    contend(
        {
            "check": Stage(lambda task: task, check, answer),
            "validate": Stage(read, validate, answer),
            "accept": Stage(lambda task: task, write_accepted, lambda _: {}),
        }
    )
