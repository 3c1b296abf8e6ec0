"""Settings of `council.yaml` that may change: one for ever, or a list, each dated by quarter."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from perf_pipeline.council.entries import Entry, QuarterKey
from perf_pipeline.council.periods import Period, period_between
from perf_pipeline.council.wording import Fault
from perf_pipeline.council.yaml_files import YamlFile
from perf_pipeline.errors import Mistake, QuarterError
from perf_pipeline.quarters import Quarter

_Value = TypeVar("_Value")


class DatedEntry(Entry):
    """An entry with the quarters in which it holds, both included; without one, for ever."""

    valid_from: QuarterKey | None = None
    valid_to: QuarterKey | None = None

    @property
    def period(self) -> Period:
        """The quarters."""
        return period_between(self.valid_from, self.valid_to)


_Entry = TypeVar("_Entry", bound=DatedEntry)


@dataclass(frozen=True)
class Dated(Generic[_Value]):
    """A value and the quarters in which it holds."""

    value: _Value
    period: Period


@dataclass(frozen=True)
class Declaration(Generic[_Value]):
    """A sound entry of a list, and where it stands.

    Attributes:
        dated: What it says.
        position: Its place in the list, 1 first.
        line: Its line in the file.
    """

    dated: Dated[_Value]
    position: int
    line: int


def listed(value: Any) -> Any:
    """Return entries as a list; keys alone are one entry.

    Raises:
        ValueError: The value is neither.
    """
    if isinstance(value, dict):
        return [value]
    if isinstance(value, list):
        return value
    raise ValueError(
        "it is neither keys nor a list: write keys with their values, or a list of such entries "
        "with the quarters (valid_from, valid_to) in which each holds"
    )


def dated_values(
    entries: Sequence[_Entry], value: Callable[[_Entry], _Value]
) -> tuple[Dated[_Value], ...]:
    """Return entries as values with their quarters.

    Args:
        entries: The entries.
        value: What an entry says.
    """
    return tuple(Dated(value(entry), entry.period) for entry in entries)


def value_in_force(dated: Sequence[Dated[_Value]], quarter: Quarter) -> _Value:
    """Return the value of a quarter; before all of them, the first.

    Args:
        dated: Values without gaps or overlaps from the council's first quarter on.
        quarter: The quarter.
    """
    first, *later = sorted(dated, key=lambda each: each.period)
    begun = [each for each in later if each.period.first <= quarter.key]
    return (begun or [first])[-1].value


def declarations(
    file: YamlFile,
    key: str,
    entries: Any,
    model: type[_Entry],
    value: Callable[[_Entry], _Value],
) -> list[Declaration[_Value] | None]:
    """Return entries as far as they are sound by themselves, whatever else is wrong.

    Args:
        file: `council.yaml`.
        key: The key under which the entries stand.
        entries: What stands there, as a list; anything else declares nothing.
        model: The entries' model.
        value: What an entry says.

    Returns:
        A declaration for each entry, None for one that is not sound.
    """
    found: list[Declaration[_Value] | None] = []
    for place, written in enumerate(entries if isinstance(entries, list) else []):
        try:
            entry = model.model_validate(written)
        except ValidationError:
            found.append(None)
        else:
            dated = Dated(value(entry), entry.period)
            found.append(Declaration(dated, place + 1, file.line_of((key, place))))
    return found


def period_mistakes(
    file: YamlFile, key: str, declared: Sequence[Declaration[_Value] | None]
) -> Iterator[Mistake]:
    """Find quarters of those reported in which two entries hold, or none.

    Args:
        file: `council.yaml`.
        key: The key under which the entries stand.
        declared: What `declarations` returns.
    """
    sound = [each for each in declared if each]
    backward = [each for each in sound if each.dated.period.is_backward]
    for each in backward:
        yield _backward(each.dated.period).at(file.name, each.line)
    first_quarter = _first_quarter(file)
    if first_quarter and sound and len(sound) == len(declared) and not backward:
        yield from _crossings(file, key, sound, period_between(first_quarter, None))


def _crossings(
    file: YamlFile, key: str, declared: Sequence[Declaration[_Value]], reported: Period
) -> Iterator[Mistake]:
    for earlier, later in combinations(declared, 2):
        both = earlier.dated.period.shared(later.dated.period)
        shared = both.shared(reported) if both else None
        if shared:
            yield _overlap(key, earlier, later, shared.first).at(file.name, later.line)
    gap = reported.first_gap(each.dated.period for each in declared)
    if gap:
        yield _gap(key, gap).at(file.name, file.line_of((key,)))


def _first_quarter(file: YamlFile) -> Quarter | None:
    try:
        return Quarter.parse(str(file.under("first_quarter")))
    except QuarterError:
        return None


def _backward(period: Period) -> Fault:
    return Fault(
        f"`valid_to` {period.last} is before `valid_from` {period.first}.",
        "Swap them or correct one; leave `valid_to` out while the entry still holds.",
    )


def _overlap(
    key: str, earlier: Declaration[_Value], later: Declaration[_Value], quarter_key: str
) -> Fault:
    return Fault(
        f"In {quarter_key} both entry {earlier.position} and entry {later.position} of `{key}` "
        "hold.",
        "End the one (valid_to) in the quarter before the other begins (valid_from).",
    )


def _gap(key: str, quarter_key: str) -> Fault:
    return Fault(
        f"In {quarter_key} no entry of `{key}` holds.",
        "Let each entry begin (valid_from) in the quarter after the one before it ends "
        "(valid_to), and leave `valid_to` out of the last.",
    )
