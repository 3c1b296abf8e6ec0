"""Which files have arrived since the last look: by size and time first, then by content.

Nothing here lists or reads a file, and nothing knows Dagster or the clock: what was seen before
and what is seen now come in as values, and what is to be remembered goes out as one.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from perf_pipeline.sources import FileMark

Place = tuple[str, str]
"""Quarter key and source code."""


@dataclass(frozen=True)
class Seen:
    """What is remembered of one file.

    Attributes:
        mark: The file as it was last listed; None where it was not there.
        read_mark: The file as it was when its content was last read.
        sha256: That content.
        handed_count: How often a content was handed on, so that each time has a name of its own.
    """

    mark: FileMark | None = None
    read_mark: FileMark | None = None
    sha256: str | None = None
    handed_count: int = 0


@dataclass(frozen=True)
class Arrival:
    """A file with content that nobody has been given.

    Attributes:
        place: Whose, and of which quarter.
        sha256: Its content.
        changed: When the file was written, as its store says.
        number: 1 for the first content handed on from there.
    """

    place: Place
    sha256: str
    changed: str
    number: int

    @property
    def run_key(self) -> str:
        """The arrival's name; the same content, sent back after another, has another."""
        quarter_key, source_code = self.place
        return f"{quarter_key}/{source_code}/{self.number}/{self.changed}/{self.sha256}"


@dataclass(frozen=True)
class Look:
    """What a look at all files found.

    Attributes:
        seen: What is to be remembered until the next look.
        arrivals: What is to be handed on, in the order of the listing.
        waiting: Files that are new or were being written, and will be looked at again.
    """

    seen: Mapping[Place, Seen]
    arrivals: tuple[Arrival, ...]
    waiting: tuple[Place, ...]


def arrivals(
    seen_before: Mapping[Place, Seen],
    listing: Mapping[Place, FileMark | None],
    read: Callable[[Place], str | None],
    received: Callable[[Place], str | None],
) -> Look:
    """Find the files that are as they were at the look before, with content not handed on yet.

    Args:
        seen_before: What the look before left. A place that is not listed now is kept.
        listing: Every place that could be looked at, with None where no file is there.
        read: Reads a file and returns its SHA-256, or None when that is not possible now. It is
            called once for each file that has changed and then stayed as it is.
        received: Returns the SHA-256 of the return that was last read into the quarter.
    """
    seen, found, waiting = dict(seen_before), [], []
    for place, mark in listing.items():
        before = seen_before.get(place, Seen())
        after = Seen(mark, before.read_mark, before.sha256, before.handed_count)
        if mark is not None and mark != before.read_mark:
            sha256 = read(place) if mark == before.mark else None
            if sha256 is None:
                waiting.append(place)
            else:
                is_new = sha256 not in {before.sha256, received(place)}
                after = Seen(mark, mark, sha256, before.handed_count + is_new)
                if is_new:
                    found.append(Arrival(place, sha256, mark.changed, after.handed_count))
        seen[place] = after
    return Look(seen, tuple(found), tuple(waiting))


def as_cursor(seen: Mapping[Place, Seen]) -> str:
    """Write what is remembered as a text."""
    return json.dumps([[*place, asdict(each)] for place, each in sorted(seen.items())])


def from_cursor(cursor: str | None) -> dict[Place, Seen]:
    """Read what `as_cursor` wrote; what is no such text remembers nothing."""
    try:
        entries = json.loads(cursor or "[]")
        return {(quarter, source): _seen(each) for quarter, source, each in entries}
    except (ValueError, TypeError, KeyError):
        return {}


def _seen(entry: Mapping[str, Any]) -> Seen:
    mark, read_mark = (
        None if entry[name] is None else FileMark(**entry[name]) for name in ("mark", "read_mark")
    )
    return Seen(mark, read_mark, entry["sha256"], int(entry["handed_count"]))
