"""Which files count as arrived, over sequences of looks at them."""

import hashlib
import itertools
from collections.abc import Iterable, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perf_pipeline.orchestration.automation.arrivals import (
    Arrival,
    Place,
    Seen,
    arrivals,
    as_cursor,
    from_cursor,
)
from perf_pipeline.sources import FileMark

HOUSING: Place = ("2023-24-Q1", "housing")
CHILDREN: Place = ("2023-24-Q1", "children")
PLACES = (HOUSING, CHILDREN, ("2023-24-Q2", "housing"))


def sha256(content: str) -> str:
    """Return a content's hash."""
    return hashlib.sha256(content.encode()).hexdigest()


class Disk:
    """Files that change between looks, and a sensor that remembers by its cursor alone."""

    def __init__(self, received: Mapping[Place, str] | None = None) -> None:
        self.received = dict(received or {})
        self.files: dict[Place, tuple[str, int]] = {}
        self.clock = 0
        self.cursor: str | None = None
        self.reads: list[tuple[Place, FileMark]] = []
        self.found: list[Arrival] = []
        self.unreadable: set[Place] = set()

    def write(self, content: str, place: Place = HOUSING) -> None:
        """Write a file."""
        self.clock += 1
        self.files[place] = (content, self.clock)

    def remove(self, place: Place = HOUSING) -> None:
        """Take a file away."""
        self.files.pop(place, None)

    def mark(self, place: Place) -> FileMark | None:
        """List a file."""
        content, clock = self.files.get(place, ("", 0))
        return FileMark(len(content), str(clock)) if place in self.files else None

    def read(self, place: Place) -> str | None:
        """Read a file."""
        mark = self.mark(place)
        assert mark is not None
        self.reads.append((place, mark))
        return None if place in self.unreadable else sha256(self.files[place][0])

    def look(self, places: Iterable[Place] = PLACES) -> list[str]:
        """Look once and return the contents' hashes that were handed on."""
        seen = from_cursor(self.cursor)
        look = arrivals(
            seen, {place: self.mark(place) for place in places}, self.read, self.received.get
        )
        self.cursor = as_cursor(look.seen)
        assert from_cursor(self.cursor) == dict(look.seen)
        self.found.extend(look.arrivals)
        return [arrival.sha256 for arrival in look.arrivals]


def test_file_is_handed_on_at_the_second_look() -> None:
    """A file that is there, and still the same at the next look, is handed on once."""
    disk = Disk()
    disk.write("whole")
    assert [disk.look(), disk.look(), disk.look()] == [[], [sha256("whole")], []]
    assert len(disk.reads) == 1


def test_half_written_file_waits() -> None:
    """A file that grows from look to look is not read until it has stopped."""
    disk = Disk()
    for part in ("w", "who", "whole"):
        disk.write(part)
        assert disk.look() == []
    assert disk.reads == []
    assert disk.look() == [sha256("whole")]


def test_file_rewritten_in_the_same_size_waits() -> None:
    """The time of writing counts as well as the size."""
    disk = Disk()
    disk.write("11111")
    disk.look()
    disk.write("22222")
    assert disk.look() == []
    assert disk.look() == [sha256("22222")]


def test_changed_file_is_handed_on_once() -> None:
    """Each new content is handed on once, with a run key of its own."""
    disk = Disk()
    for content in ("first", "second"):
        disk.write(content)
        disk.look()
        assert disk.look() == [sha256(content)]
        assert disk.look() == []
    assert len({arrival.run_key for arrival in disk.found}) == 2


def test_same_content_sent_again_is_not_handed_on() -> None:
    """A file that is copied over itself is read once more and no news."""
    disk = Disk()
    disk.write("same")
    disk.look()
    disk.look()
    disk.write("same")
    assert [disk.look(), disk.look(), disk.look()] == [[], [], []]
    assert len(disk.reads) == 2


def test_content_sent_back_is_handed_on_under_another_key() -> None:
    """A, B, then A again: Dagster would drop a run whose key it knows."""
    disk = Disk()
    for content in ("A", "B", "A"):
        disk.write(content)
        disk.look()
        assert disk.look() == [sha256(content)]
    assert [arrival.number for arrival in disk.found] == [1, 2, 3]
    assert len({arrival.run_key for arrival in disk.found}) == 3


def test_content_sent_again_after_the_cursor_was_lost() -> None:
    """Written anew, it has another key than the time before, which Dagster remembers."""
    disk = Disk()
    for content in ("A", "B"):
        disk.write(content)
        disk.look()
        disk.look()
    disk.cursor = None
    disk.write("A")
    disk.look()
    disk.look()
    assert len({arrival.run_key for arrival in disk.found}) == 3


def test_two_sources_at_once_are_two_arrivals() -> None:
    """Each source's file is an arrival of its own, in the order of the listing."""
    disk = Disk()
    disk.write("housing")
    disk.write("children", CHILDREN)
    disk.look()
    disk.look()
    assert [arrival.place for arrival in disk.found] == [HOUSING, CHILDREN]


def test_content_that_a_run_has_read_is_no_news() -> None:
    """What somebody ran by hand, or before the sensor was switched on, is not run again."""
    disk = Disk({HOUSING: sha256("run by hand")})
    disk.write("run by hand")
    assert [disk.look(), disk.look()] == [[], []]
    disk.write("changed")
    assert [disk.look(), disk.look()] == [[], [sha256("changed")]]


def test_file_that_vanishes_is_no_news_and_none_when_it_comes_back_the_same() -> None:
    """A file that is gone is not handed on; back with the same content it is known."""
    disk = Disk()
    disk.write("whole")
    disk.look()
    disk.look()
    disk.remove()
    assert disk.look() == []
    disk.write("whole")
    assert [disk.look(), disk.look()] == [[], []]
    disk.remove()
    disk.look()
    disk.write("other")
    assert [disk.look(), disk.look()] == [[], [sha256("other")]]


def test_file_that_vanishes_while_it_waits_is_forgotten() -> None:
    """A file that goes before its second look is never read."""
    disk = Disk()
    disk.write("whole")
    disk.look()
    disk.remove()
    disk.look()
    assert disk.reads == []


def test_file_that_cannot_be_read_is_tried_again() -> None:
    """A file that was being written while it was read waits for another look."""
    disk = Disk()
    disk.write("whole")
    disk.unreadable = {HOUSING}
    assert [disk.look(), disk.look(), disk.look()] == [[], [], []]
    disk.unreadable = set()
    assert disk.look() == [sha256("whole")]


def test_place_that_cannot_be_listed_keeps_what_is_known() -> None:
    """A share that is away for a while makes nothing new."""
    disk = Disk()
    disk.write("whole")
    disk.look()
    disk.look()
    assert disk.look([CHILDREN]) == []
    assert [disk.look(), disk.look()] == [[], []]


@pytest.mark.parametrize(
    "cursor",
    [None, "", "[]", "{}", "not JSON", "[1]", '[["2023-24-Q1", "housing", {}]]', "null", '"x"'],
)
def test_text_that_is_no_cursor_remembers_nothing(cursor: str | None) -> None:
    """A cursor that somebody has edited is as none."""
    assert from_cursor(cursor) == {}


steps = st.lists(
    st.tuples(
        st.sampled_from(["write", "touch", "remove", "look"]),
        st.sampled_from(PLACES),
        st.sampled_from(["a", "b", "longer"]),
    ),
    max_size=60,
)


def act(disk: Disk, step: str, place: Place, content: str) -> None:
    """Do one thing."""
    if step == "write":
        disk.write(content, place)
    elif step == "touch" and place in disk.files:
        disk.write(disk.files[place][0], place)
    elif step == "remove":
        disk.remove(place)
    elif step == "look":
        disk.look()


@settings(deadline=None, max_examples=100)
@given(steps=steps)
def test_every_sequence_of_changes_hands_each_change_on_once(
    steps: list[tuple[str, Place, str]],
) -> None:
    """Nothing is read twice or handed on twice running, and the last content always gets there."""
    disk = Disk()
    for step in steps:
        act(disk, *step)
    disk.look()
    disk.look()
    assert disk.look() == []
    assert len(disk.reads) == len(set(disk.reads))
    assert len({arrival.run_key for arrival in disk.found}) == len(disk.found)
    for place in PLACES:
        handed = [arrival.sha256 for arrival in disk.found if arrival.place == place]
        assert all(one != other for one, other in itertools.pairwise(handed))
        if place in disk.files:
            assert handed[-1] == sha256(disk.files[place][0])


@settings(deadline=None, max_examples=50)
@given(steps=steps)
def test_look_repeated_after_a_crash_hands_on_the_same_keys(
    steps: list[tuple[str, Place, str]],
) -> None:
    """A look whose cursor was not kept gives the run keys that it gave before, so no run twice."""
    disk = Disk()
    for step in steps:
        act(disk, *step)
    disk.look()
    before = disk.cursor
    disk.look()
    first = [arrival.run_key for arrival in disk.found]
    disk.cursor = before
    disk.look()
    again = [arrival.run_key for arrival in disk.found[len(first) :]]
    assert set(again) <= set(first)


def test_seen_starts_empty() -> None:
    """Of a place that was never looked at nothing is known."""
    assert Seen() == Seen(None, None, None, 0)
