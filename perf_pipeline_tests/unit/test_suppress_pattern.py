"""What of small breakdowns is hidden, held against everybody who knows the rule and every total.

Every table of a size is tried. Those that look the same to a reader are put together: what a hidden
count could be is what it is in any of them.
"""

import itertools
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from perf_pipeline.suppress.pattern import (
    QuarterCounts,
    hidden_categories,
    hidden_in_quarter,
    hidden_in_year,
)

Table = tuple[Any, ...]


def tables_of(category_count: int, total: int) -> Iterator[tuple[int, ...]]:
    """Give every table of so many counts that make a total."""
    if category_count == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in tables_of(category_count - 1, total - first):
            yield (first, *rest)


def quarter(rows: Sequence[Any], threshold: int = 5, unseen: Any = float("nan")) -> QuarterCounts:
    """Make a quarter of counts, or of rows of several kinds of count."""
    counts = np.array(rows, dtype=np.float64).reshape(len(rows), -1)
    counts = np.vstack([counts, np.broadcast_to(np.float64(unseen), counts.shape[1])])
    return QuarterCounts(counts, np.zeros(len(counts), dtype=np.bool_), threshold)


def hidden(*rows: Any, unknown: Iterable[int] = (), threshold: int = 5) -> list[int]:
    """Return the places of the categories that are hidden."""
    counts, is_unknown, _ = quarter(rows)
    is_unknown[[*unknown]] = True
    return np.flatnonzero(hidden_categories(counts, is_unknown, threshold)).tolist()


def alike(tables: Iterable[tuple[Hashable, Table]]) -> list[list[Table]]:
    """Put tables together that look the same."""
    found = defaultdict(list)
    for look, table in tables:
        found[look].append(table)
    return list(found.values())


def shown(values: Sequence[Any], is_hidden: Sequence[bool]) -> tuple[Any, ...]:
    """Return what a reader sees, with the total, which somebody may know."""
    seen = tuple(None if each else value for value, each in zip(values, is_hidden, strict=True))
    return (*seen, tuple(np.sum(np.array(values), axis=0, keepdims=True).ravel()))


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        pytest.param((5, 60, 0), [], id="nothing-small"),
        pytest.param((3, 60, 12), [0, 2], id="smallest-of-the-rest-too"),
        pytest.param((3, 60, 0, 12), [0, 3], id="zeros-are-shown"),
        pytest.param((3, 12, 60, 12), [0, 1, 3], id="all-that-are-alike"),
        pytest.param((2, 4, 60, 70), [0, 1, 2], id="two-small-ones-need-a-large-one"),
        pytest.param((4, 0, 0), [0, 1, 2], id="no-large-one-hides-all"),
        pytest.param((3, float("nan"), 60), [0, 2], id="none-is-no-partner"),
    ],
)
def test_what_is_hidden(counts: tuple[float, ...], expected: list[int]) -> None:
    """Small counts are hidden with the smallest large one, or with all."""
    assert hidden(*counts) == expected


def test_count_not_known_needs_a_partner() -> None:
    """A category that the service withholds is hidden, and the smallest large one with it."""
    assert hidden(float("nan"), 97, 30, unknown=[0]) == [0, 2]


def test_count_not_known_among_none() -> None:
    """Where no large one is there, everything is hidden."""
    assert hidden(float("nan"), 0, 0, unknown=[0]) == [0, 1, 2]


def test_service_withholds_alone() -> None:
    """In a breakdown that is not protected, any count is a partner and none is small."""
    nothing = float("nan")
    assert hidden(nothing, 2, 1, 0, 40, unknown=[0], threshold=0) == [0, 2]
    assert hidden(nothing, nothing, unknown=[0], threshold=0) == [0]
    assert hidden(3, 0.5, 40, threshold=0) == []


def test_each_kind_of_count_has_a_large_one() -> None:
    """Who failed is hidden as who succeeded is: by a category with enough of them."""
    assert hidden((90, 93, 3), (40, 40, 0), (70, 90, 20), (50, 90, 40)) == [0, 2]


def test_total_of_none_hides_nothing_more() -> None:
    """Nobody in any category failed: that is known whatever is hidden."""
    assert hidden((3, 3, 0), (40, 40, 0), (70, 70, 0)) == [0, 1]


@pytest.mark.parametrize(
    ("category_count", "threshold", "most"), [(2, 5, 30), (3, 5, 24), (4, 3, 14)]
)
def test_small_count_is_never_worked_out(category_count: int, threshold: int, most: int) -> None:
    """Each hidden count could be another, to all who know the total, the threshold and the rule."""
    hidden_count = 0
    for total in range(most + 1):
        for group in alike(
            (shown(table, hidden_in_quarter(quarter(table, threshold))), table)
            for table in tables_of(category_count, total)
        ):
            marks = hidden_in_quarter(quarter(group[0], threshold))
            for place in np.flatnonzero(marks):
                hidden_count += 1
                assert len({table[place] for table in group}) > 1, group
    assert hidden_count >= 60


@pytest.mark.parametrize(
    ("category_count", "threshold", "most"), [(2, 5, 30), (3, 5, 24), (4, 3, 14)]
)
def test_small_count_that_was_not_sent_is_never_worked_out(
    category_count: int, threshold: int, most: int
) -> None:
    """Of one that was rejected or left out no more is known than of one that is hidden."""
    small_count = 0
    for total in range(most + 1):
        looks = []
        for *sent, unseen in tables_of(category_count, total):
            marks = hidden_in_quarter(quarter(sent, threshold, unseen or float("nan")))
            looks.append((shown((*sent, unseen), (*marks, True)), (*sent, unseen)))
        for group in alike(looks):
            for values in map(set, zip(*group, strict=True)):
                small_count += min(values) < threshold
                is_told = len(values) == 1 and 0 < min(values) < threshold
                assert not is_told, group
    assert small_count >= 60


def shares_of(category_count: int, total: int) -> Iterator[tuple[tuple[int, int, int], ...]]:
    """Give every table of shares: so many of so many, and the rest; together of a total."""
    for wholes in tables_of(category_count, total):
        pairs = [[(part, whole, whole - part) for part in range(whole + 1)] for whole in wholes]
        yield from _product(pairs)


def _product(choices: list[list[tuple[int, int, int]]]) -> Iterator[tuple[Any, ...]]:
    if not choices:
        yield ()
        return
    for first in choices[0]:
        for rest in _product(choices[1:]):
            yield (first, *rest)


@pytest.mark.parametrize(("category_count", "total"), [(2, 12), (3, 10), (4, 8)])
def test_share_is_never_worked_out(category_count: int, total: int) -> None:
    """The same of numerator, denominator and the rest, but for a rest of which there is none."""
    hidden_count = 0
    tables = shares_of(category_count, total)
    looks = ((shown(rows, hidden_in_quarter(quarter(rows, 3))), rows) for rows in tables)
    for group in alike(looks):
        totals = np.sum(group[0], axis=0)
        for place in np.flatnonzero(hidden_in_quarter(quarter(group[0], 3))):
            for kind in np.flatnonzero(totals):
                hidden_count += 1
                assert len({rows[place][kind] for rows in group}) > 1, group
    assert hidden_count >= 70


def both_quarters(first: Table, added: Table, threshold: int) -> tuple[Any, ...]:
    """Return what a reader sees of two quarters, and what is hidden in each."""
    both = tuple(np.add(first, added).tolist())
    quarters = [quarter(first, threshold), quarter(both, threshold)]
    marks = hidden_in_year(quarters[:1]), hidden_in_year(quarters)
    return (shown(first, marks[0]), shown(both, marks[1])), marks


@pytest.mark.parametrize(
    ("category_count", "threshold", "most"), [(2, 5, 13), (3, 3, 9), (4, 3, 5)]
)
def test_quarters_that_add_up_do_not_give_each_other_away(
    category_count: int, threshold: int, most: int
) -> None:
    """Nor is it told how many were added to a hidden one, but at times that nobody was."""
    hidden_count = 0
    for first_total in range(most + 1):
        for added_total in range(most + 1):
            tables = [
                (first, added)
                for first in tables_of(category_count, first_total)
                for added in tables_of(category_count, added_total)
            ]
            looks = ((both_quarters(*each, threshold)[0], each) for each in tables)
            for group in alike(looks):
                _, (was_hidden, is_hidden) = both_quarters(*group[0], threshold)
                for place in np.flatnonzero(is_hidden):
                    hidden_count += 1
                    sums = {first[place] + added[place] for first, added in group}
                    assert len(sums) > 1, group
                    additions = {added[place] for _, added in group}
                    assert additions == {0} or len(additions) > 1, group
                for place in np.flatnonzero(was_hidden):
                    assert len({first[place] for first, _ in group}) > 1, group
    assert hidden_count > 500


@pytest.mark.parametrize(
    ("category_count", "threshold", "most"), [(3, 3, 9), (3, 5, 11), (4, 3, 5)]
)
def test_category_that_comes_later_is_never_worked_out(
    category_count: int, threshold: int, most: int
) -> None:
    """Nobody was in the last category in the first quarter, and it was not sent."""
    small_count, nothing = 0, float("nan")
    for totals in itertools.product(range(most + 1), repeat=2):
        looks = []
        for before in tables_of(category_count - 1, totals[0]):
            first = quarter((*before, nothing), threshold)
            for added in tables_of(category_count, totals[1]):
                both = tuple(np.add((*before, 0), added).tolist())
                marks = [
                    hidden_in_year([first]),
                    hidden_in_year([first, quarter(both, threshold)]),
                ]
                look = shown(before, marks[0][:-1]), shown(both, marks[1])
                looks.append((look, (before, both, tuple(marks[1]))))
        for group in alike(looks):
            for place in np.flatnonzero(group[0][2]):
                values = {both[place] for _, both, _ in group}
                small_count += min(values) < threshold
                assert values == {0} or len(values) > 1, group
    assert small_count > 100


def test_first_figure_of_a_category_was_added_whole() -> None:
    """Its partner is one to which enough was added, and not the smallest of all."""
    first, second = quarter((20, 30, 90, 200, float("nan"))), quarter((25, 40, 110, 240, 1))
    assert hidden_in_year([first, second]).tolist() == [True, False, False, False, True]
    others = quarter((20, 30, 90, 200, float("nan"))), quarter((22, 40, 110, 240, 1))
    assert hidden_in_year(others).tolist() == [True, True, False, False, True]


def test_what_others_left_before_is_known_of_a_category_that_comes_later() -> None:
    """Six were of no category and now nine are of the new one: three were added."""
    first, second = quarter((20, 30, float("nan")), unseen=6), quarter((40, 50, 9))
    assert hidden_in_year([first, second]).tolist() == [True, True, True]


def test_three_quarters_do_not_give_each_other_away() -> None:
    """Nor do three, of which each may hide more."""
    hidden_count = 0
    for totals in itertools.product(range(6), repeat=3):
        looks = []
        for additions in itertools.product(*(tables_of(2, total) for total in totals)):
            sums = np.cumsum(additions, axis=0).tolist()
            quarters = [quarter(each, 3) for each in sums]
            marks = [hidden_in_year(quarters[: place + 1]) for place in range(3)]
            look = tuple(shown(*each) for each in zip(sums, marks, strict=True))
            looks.append((look, (tuple(np.ravel(sums)), tuple(np.ravel(marks)))))
        for group in alike(looks):
            for place in np.flatnonzero(group[0][1]):
                hidden_count += 1
                values = {sums[place] for sums, _ in group}
                assert values == {0} or len(values) > 1, group
    assert hidden_count > 1000


def test_hidden_stays_hidden_until_the_year_ends() -> None:
    """A count that has grown would give away what it was."""
    first, second = quarter((3, 20, 90, 80)), quarter((15, 40, 120, 110))
    assert hidden_in_year([first, second]).tolist() == [True, True, False, False]


def test_what_was_added_is_a_count() -> None:
    """Two large figures a little apart are hidden with the smallest other addition."""
    first, second = quarter((40, 50, 60, 70)), quarter((42, 70, 90, 110))
    assert hidden_in_year([first, second]).tolist() == [True, True, False, False]


def test_quarter_without_a_rule_hides_nothing() -> None:
    """A breakdown that was not protected then was shown, and what was added since is known."""
    first, second = quarter((3, 50, 60), 0), quarter((3, 58, 90))
    assert hidden_in_year([first]).tolist() == [False, False, False]
    assert hidden_in_year([first, second]).tolist() == [True, True, True]
