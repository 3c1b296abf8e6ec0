"""PostgreSQL restarted while it takes a publication shows the old or the new one, whole."""

import os
import random
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from multiprocessing.connection import Connection

import pytest
import sqlalchemy as sa

from perf_pipeline.errors import PublicationError
from perf_pipeline.warehouse import connect, current_draft, migrate, verify
from perf_pipeline_tests.faults.failpoints import (
    COMMIT,
    COMMITTED,
    LOCKED,
    Step,
    usual_duration,
    watch,
    within,
)
from perf_pipeline_tests.faults.processes import (
    CONTEXT,
    FORKS,
    QUARTER,
    PublishContent,
    Record,
    marker_in_view,
    start_telling,
    tell,
    wait_for,
)
from perf_pipeline_tests.faults.servers import Server, folder_of_its_own
from perf_pipeline_tests.faults.sizes import RESTARTS

pytestmark = FORKS

PUBLISHED, REFUSED = 0, 4
HELD = (within("load kpi_scorecard"), COMMIT, "current pointer", COMMITTED, LOCKED)
"""Points at which a publisher is held until the server is there again."""


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server that is this test's alone."""
    # Whichever is first chooses where the servers' package keeps its lock file, for good.
    request.getfixturevalue("postgres_server")
    folder = folder_of_its_own()
    server = Server(folder)
    try:
        yield server
    finally:
        server.remove()
        shutil.rmtree(folder)


def publish_held(
    sender: Connection, go_on: Connection | None, point: str, engine: sa.Engine, publish: Step
) -> None:
    """Publish, tell at a point, and go on at once or when told to."""
    passed = []

    def reach(name: str) -> None:
        # Looking up what became of a lost COMMIT passes some points again.
        if name == point and name not in passed:
            tell(sender)
            if go_on is not None:
                wait_for(go_on)
        passed.append(name)

    watch(engine, reach)
    try:
        publish(engine)
    except PublicationError:
        os._exit(REFUSED)


def restart_while_held(server: Server, engine: sa.Engine, publish: Step, point: str) -> int | None:
    """Restart the server while a publisher stands at a point; return how the publisher ended."""
    go_on, teller = CONTEXT.Pipe(duplex=False)
    child = start_telling(publish_held, go_on, point, engine, publish)
    server.restart()
    tell(teller)
    child.join()
    return child.exitcode


def restart_after(server: Server, engine: sa.Engine, publish: Step, delay_s: float) -> int | None:
    """Restart the server so long after a publisher has its locks; return how that ended."""
    child = start_telling(publish_held, None, LOCKED, engine, publish)
    time.sleep(delay_s)
    server.restart()
    child.join()
    return child.exitcode


def test_server_restarted_in_mid_publish(
    server: Server, publish_content: PublishContent, record: Record
) -> None:
    """The publisher is refused, or its COMMIT stands; readers see old or new; a rerun mends it."""
    engine = connect(server.url.render_as_string(hide_password=False))
    migrate(engine)
    publish_content(engine, 1)
    usual_s = usual_duration(engine, partial(publish_content, marker=2))
    chance = random.Random(20230906)  # noqa: S311 - moments of restarting, not secrets
    outcomes: Counter[str] = Counter()
    for number in range(RESTARTS):
        old, new = number + 2, number + 3
        draft = current_draft(engine, QUARTER)
        publish = partial(publish_content, marker=new, expected_draft=draft)
        if number % 2 == 0:
            point = HELD[number // 2 % len(HELD)]
            ended = restart_while_held(server, engine, publish, point)
            assert ended == (PUBLISHED if point == COMMITTED else REFUSED), point
        else:
            ended = restart_after(server, engine, publish, chance.uniform(0, usual_s))
        seen = marker_in_view(engine)
        assert (ended, seen) in {(PUBLISHED, new), (REFUSED, old), (REFUSED, new)}
        said = "published" if ended == PUBLISHED else "refused"
        outcomes[f"{said}_and_{'new' if seen == new else 'old'}"] += 1
        publish_content(engine, new)
        assert marker_in_view(engine) == new
    assert verify(engine).faults == ()
    record(restarts=RESTARTS, usual_s=round(usual_s, 3), **outcomes)
