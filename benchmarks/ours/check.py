"""Reading and checking: the second reader's count, the parts, and what becomes of each row."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.answers import ACCEPTED, answer_of
from benchmarks.contender import Stage, Task, contend
from benchmarks.ours.requests import request_of
from perf_pipeline.disaggregated.checking import check_batch
from perf_pipeline.disaggregated.engines import LocalEngine
from perf_pipeline.disaggregated.orders import PLANS, Order, write_order
from perf_pipeline.disaggregated.parts import Part
from perf_pipeline.disaggregated.planning import plan_file
from perf_pipeline.disaggregated.reading import read_part
from perf_pipeline.sources.wording import SourcePlace
from perf_pipeline.validate import Expectations

Checked = list[tuple[pa.Table, pa.Table]]


class Stretch(NamedTuple):
    """A part of a return, with the headings of its file and whose it is."""

    part: Part
    headings: Sequence[str]
    place: SourcePlace


def stretches(order: Order) -> list[Stretch]:
    """Count a return's rows and cut it into parts, as building does."""
    write_order(order.request)
    return [
        Stretch(part, plan.headings, order.place(file))
        for number, file in enumerate(order.request.files)
        for plan in PLANS.validate_json(plan_file(order.request.workplace, number))
        for part in plan.parts
    ]


def batches(order: Order, stretch: Stretch) -> Iterator[pa.Table]:
    """Read a part, batch by batch."""
    entry = order.request.entry
    for batch in read_part(stretch.part, stretch.headings, entry, stretch.place):
        yield batch.rows


def check(task: Task) -> Checked:
    """Read a return and check it, by the engine that a run has where none is named."""
    order = Order(request_of(task))
    parts, expected = stretches(order), order.expectations()

    def checked(number: int) -> Checked:
        return validate((batches(order, parts[number]), expected))

    with LocalEngine() as engine:
        found = engine.map(checked, [(number,) for number in range(len(parts))])
    return [each for of_part in found for each in of_part]


def validate(ready: tuple[Iterable[pa.Table], Expectations]) -> Checked:
    """Check batches."""
    rows, expected = ready
    found = (check_batch(batch, expected) for batch in rows)
    return [(each.accepted, each.rejected) for each in found]


def read(task: Task) -> tuple[list[pa.Table], Expectations]:
    """Read a return."""
    order = Order(request_of(task))
    rows = [batch for stretch in stretches(order) for batch in batches(order, stretch)]
    return rows, order.expectations()


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
