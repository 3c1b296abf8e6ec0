"""A process killed anywhere while it publishes leaves old or new, whole, and the next succeeds."""

import itertools
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest
import sqlalchemy as sa

from perf_pipeline.warehouse import connect, current_draft, release, sign_off, verify
from perf_pipeline_tests.faults.failpoints import (
    COMMITTED,
    FIRST,
    LOADS,
    PUBLISHING,
    RELEASING,
    Step,
    die_at,
    publish_and_tell,
    usual_duration,
    watch,
    within,
)
from perf_pipeline_tests.faults.processes import (
    FORKS,
    QUARTER,
    PublishContent,
    Record,
    marker_in_view,
    start,
    start_telling,
    wait_for_the_dead,
)
from perf_pipeline_tests.faults.sizes import RANDOM_KILLS

pytestmark = FORKS

ROLES = ["Finance & Procurement", "Executive Lead Member"]
SOONER = 0.95
"""How much sooner to kill after a publication that had ended before, as a factor."""


@pytest.fixture
def passed_points(database_url: str) -> Callable[[Step], list[str]]:
    """Return a function that does something whole and returns the points that it passed."""

    def passed_points(step: Step) -> list[str]:
        points: list[str] = []
        watched = connect(database_url)
        watch(watched, points.append)
        step(watched)
        return list(dict.fromkeys(points))

    return passed_points


def kill_at(engine: sa.Engine, point: str, step: Step) -> None:
    """Do something in a process that is killed at a point."""

    def do_and_die() -> None:
        die_at(engine, point)
        step(engine)

    child = start(do_and_die)
    child.join()
    assert child.exitcode == -signal.SIGKILL


def test_killed_at_every_point_of_publishing(
    engine: sa.Engine,
    publish_content: PublishContent,
    passed_points: Callable[[Step], list[str]],
    record: Record,
) -> None:
    """Killed at any point up to the COMMIT, readers see the old; after it, the new.

    The next publication succeeds each time.
    """
    publish_content(engine, 1)
    points = passed_points(lambda watched: publish_content(watched, 2, expected_draft=1))
    is_copied = engine.dialect.name == "postgresql"
    assert set(points) == {*PUBLISHING, *(within(load) for load in LOADS if is_copied)}
    for number, point in enumerate(points, start=1):
        old, killed, following = 2 * number, 2 * number + 1, 2 * number + 2
        draft = current_draft(engine, QUARTER)
        kill_at(engine, point, partial(publish_content, marker=killed, expected_draft=draft))
        assert marker_in_view(engine) == (killed if point == COMMITTED else old), point
        publish_content(engine, following)
        assert marker_in_view(engine) == following
    assert verify(engine).faults == ()
    record(points=len(points), seen_old=len(points) - 1, seen_new=1)


def test_killed_at_points_of_the_first_publication(
    engine: sa.Engine, publish_content: PublishContent, record: Record
) -> None:
    """Killed in its first publication, an empty database shows nothing, and the next succeeds."""
    for point in FIRST:
        kill_at(engine, point, partial(publish_content, marker=1, expected_draft=0))
        assert marker_in_view(engine) is None, point
    publish_content(engine, 1)
    assert marker_in_view(engine) == 1
    assert verify(engine).faults == ()
    record(points=len(FIRST), seen_nothing=len(FIRST))


def test_killed_at_every_point_of_a_release(
    engine: sa.Engine,
    publish_content: PublishContent,
    passed_points: Callable[[Step], list[str]],
    record: Record,
) -> None:
    """Killed while a signed draft is released, readers see old or new; releasing again succeeds."""
    publish_content(engine, 1)
    sign_draft(engine, publish_content, 2)
    points = passed_points(release_draft)
    assert set(points) == {"begin", *RELEASING}
    for old, point in enumerate(points, start=2):
        new = old + 1
        sign_draft(engine, publish_content, new)
        kill_at(engine, point, release_draft)
        assert marker_in_view(engine) == (new if point == COMMITTED else old), point
        release_draft(engine)
        assert marker_in_view(engine) == new
    assert verify(engine).faults == ()
    record(points=len(points), seen_old=len(points) - 1, seen_new=1)


def test_killed_at_random_moments(
    engine: sa.Engine, publish_content: PublishContent, record: Record
) -> None:
    """Killed at any moment of its transaction, a publication is there whole or not at all.

    The next one succeeds each time.
    """
    publish_content(engine, 1)
    chance = random.Random(20230906)  # noqa: S311 - moments of killing, not secrets
    usual_s = usual_duration(engine, partial(publish_content, marker=2))
    outcomes: Counter[str] = Counter()
    for number in itertools.count(1):
        if outcomes["seen_old"] + outcomes["seen_new"] == RANDOM_KILLS:
            break
        old, new, following = 2 * number, 2 * number + 1, 2 * number + 2
        child = start_telling(publish_and_tell, engine, partial(publish_content, marker=new))
        time.sleep(chance.uniform(0, usual_s))
        child.kill()
        child.join()
        seen = marker_in_view(engine)
        wait_for_the_dead(engine)
        settled = marker_in_view(engine)
        assert (seen, settled) in {(old, old), (old, new), (new, new)}
        if child.exitcode == 0:
            assert seen == new
            outcomes["too_late"] += 1
            usual_s *= SOONER
        else:
            outcomes["seen_new" if settled == new else "seen_old"] += 1
        publish_content(engine, following)
        assert marker_in_view(engine) == following
    assert verify(engine).faults == ()
    record(kills=RANDOM_KILLS, usual_s=round(usual_s, 3), **outcomes)


def sign_draft(engine: sa.Engine, publish_content: PublishContent, marker: int) -> None:
    """Make a draft of a marker's content and sign it for every role."""
    publish_content(engine, marker, is_released=False)
    for role in ROLES:
        sign_off(engine, QUARTER, role, f"{role} Lead", roles=ROLES, council_name="Sample Council")


def release_draft(engine: sa.Engine) -> None:
    """Release the signed draft."""
    release(engine, QUARTER, "Head of Performance", roles=ROLES, council_name="Sample Council")
