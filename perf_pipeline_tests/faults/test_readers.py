"""Readers that keep to the contract see whole publications only, however they are published."""

import itertools
import json
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from perf_pipeline_tests.faults.processes import (
    CONTEXT,
    FORKS,
    PublishContent,
    Record,
    start,
)
from perf_pipeline_tests.faults.readers import (
    CONTRACTED,
    Style,
    Tally,
    in_separate_statements,
    poll,
)
from perf_pipeline_tests.faults.sizes import PUBLICATIONS, READING_S

pytestmark = FORKS

READERS = 8
MOST_PUBLICATIONS = 50
"""Publications by which the uncontracted style must have torn; a few are enough."""

Load = Callable[..., list[Tally]]


@pytest.fixture
def read_under_load(
    engine: sa.Engine,
    database_url: str,
    publish_content: PublishContent,
    tmp_path: Path,
    record: Record,
) -> Load:
    """Return a function that lets readers poll in a style while a quarter's content alternates.

    Every other publication is new content, and those between bring the first one back.
    """
    is_over, has_torn = CONTEXT.Event(), CONTEXT.Event()

    def alternate(must_tear: bool) -> None:  # noqa: FBT001 - an argument of a process
        published: dict[str, int] = {}
        end = time.monotonic() + READING_S
        for number in itertools.count(1):
            is_awaited = must_tear and not has_torn.is_set() and number < MOST_PUBLICATIONS
            if number > PUBLICATIONS and time.monotonic() > end and not is_awaited:
                break
            marker = 1 if number % 2 == 0 else 1 + number
            published[publish_content(engine, marker).publication_id] = marker
            write(tmp_path / "published", {"count": number, "ids": published})

    def read(number: int, style: Style) -> None:
        tally = poll(database_url, style, is_over.is_set, has_torn.set)
        write(tmp_path / f"reader-{number}", asdict(tally))

    def read_under_load(style: Style, *, must_tear: bool = False) -> list[Tally]:
        first = publish_content(engine, 1)
        readers = [start(read, number, style) for number in range(READERS)]
        publisher = start(alternate, must_tear)
        publisher.join()
        is_over.set()
        for reader in readers:
            reader.join()
        assert [process.exitcode for process in (publisher, *readers)] == [0] * (1 + READERS)
        published = load(tmp_path / "published")
        tallies = [Tally(**load(tmp_path / f"reader-{number}")) for number in range(READERS)]
        for tally in tallies:
            assert tally.seen.items() <= (published["ids"] | {first.publication_id: 1}).items()
        record(
            publications=published["count"],
            polls=sum(tally.poll_count for tally in tallies),
            torn=sum(tally.torn_count for tally in tallies),
            switches=sum(tally.switch_count for tally in tallies),
        )
        return tallies

    return read_under_load


def write(path: Path, value: Any) -> None:
    """Keep what a child has to say."""
    path.write_text(json.dumps(value), encoding="ascii")


def load(path: Path) -> Any:
    """Return what a child had to say."""
    return json.loads(path.read_text(encoding="ascii"))


@pytest.mark.parametrize("style", CONTRACTED.values(), ids=CONTRACTED)
def test_contracted_reader_sees_whole_publications(read_under_load: Load, style: Style) -> None:
    """Eight readers of a style see publications come and go, and never a mixture of two."""
    tallies = read_under_load(style)
    assert [tally.torn_count for tally in tallies] == [0] * READERS
    assert all(tally.switch_count > 0 for tally in tallies)


def test_uncontracted_reader_is_seen_to_tear(read_under_load: Load) -> None:
    """The same checker finds mixtures where views are read one after another, with no contract."""
    tallies = read_under_load(in_separate_statements, must_tear=True)
    assert any(tally.torn_count for tally in tallies)
