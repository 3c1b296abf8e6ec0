"""What a contender's process does: makes ready, works while the clock runs, then gives its answer.

    python -m benchmarks.peers.polars_script '{"stage": "check", "rows": "…", "outcome": "…"}'

Only the work is measured here. Of contenders that are measured from start to end, imports
included, the harness takes the time and the memory of the process.
"""

import gc
import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

Task = Mapping[str, str]


class Stage(NamedTuple):
    """One job of a contender.

    Attributes:
        prepare: Makes ready of the task, before the clock runs.
        work: Does the job with what was made ready.
        answer: Says what was found, of the result, when the clock has stopped.
    """

    prepare: Callable[[Task], Any]
    work: Callable[[Any], Any]
    answer: Callable[[Any], Mapping[str, Any]]


def contend(stages: Mapping[str, Stage]) -> None:
    """Do the job that the process was started for, and write its outcome."""
    # It is installed for tests, and pandera would import it before its first check.
    modules: dict[str, Any] = sys.modules
    modules["hypothesis"] = None
    task: Task = json.loads(sys.argv[1])
    stage = stages[task["stage"]]
    ready = stage.prepare(task)
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    result = stage.work(ready)
    outcome = {
        "wall_seconds": time.perf_counter() - wall,
        "cpu_seconds": time.process_time() - cpu,
    }
    # A process that is measured as a whole gives no answer of its own: that would be measured too.
    answer = {} if "is_whole" in task else stage.answer(result)
    Path(task["outcome"]).write_text(json.dumps({**outcome, "answer": answer}), encoding="utf-8")
