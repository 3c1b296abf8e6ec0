"""Problems of rows by number, so that rows with the same problems share them."""

from collections.abc import Iterable, Sequence

import numpy as np

from perf_pipeline.schemas.coded_columns import Codes, distinct_tuples
from perf_pipeline.validate import Problem

_LONGEST_REASON = 255


class Findings:
    """What is wrong with the rows of a batch, in the order in which it is said of a row."""

    def __init__(self) -> None:
        self._problems: list[tuple[Problem, ...]] = [()]
        self._numbers: dict[tuple[Problem, ...], int] = {(): 0}
        self._found: list[Codes] = []

    def number(self, problems: Iterable[Problem]) -> int:
        """Return the number of some problems: 0 where there are none."""
        listed = tuple(problems)
        if listed not in self._numbers:
            self._numbers[listed] = len(self._problems)
            self._problems.append(listed)
        return self._numbers[listed]

    def numbers(self, problems: Iterable[Iterable[Problem]]) -> Codes:
        """Return the numbers of several rows' or values' problems."""
        return np.array([self.number(each) for each in problems], dtype=np.int64)

    def add(self, numbers: Codes, places: Codes | None = None) -> None:
        """Say what else is wrong with the rows.

        Args:
            numbers: Of the problems of each row, or of each value.
            places: For each row the place of its value, where the numbers are of values.
        """
        if numbers.any():
            self._found.append(numbers if places is None else numbers[places])

    def is_rejected(self, count: int) -> np.ndarray:
        """Tell for each of `count` rows whether anything is wrong with it."""
        is_rejected = np.zeros(count, dtype=bool)
        for numbers in self._found:
            is_rejected |= numbers != 0
        return is_rejected

    def said_of(self, rows: Codes) -> tuple[Codes, list[str], list[str]]:
        """Return the reasons and the sentences that some rows are rejected with.

        Args:
            rows: Their places; all are rejected.

        Returns:
            For each row the number of what is said, and by it the reason codes and the sentences.
        """
        if not len(rows):
            return np.zeros(0, dtype=np.int64), [], []
        columns = [found[rows] for found in self._found]
        numbers, firsts = distinct_tuples(*((each, len(self._problems)) for each in columns))
        each_said = [self._all([column[row] for column in columns]) for row in firsts]
        reasons = ["; ".join(dict.fromkeys(each.code for each in said)) for said in each_said]
        texts = [" ".join(each.text for each in said) for said in each_said]
        return (
            numbers,
            [reason[:_LONGEST_REASON] for reason in reasons],
            [text.replace("\0", "\\x00") for text in texts],
        )

    def _all(self, numbers: Sequence[int]) -> list[Problem]:
        return [problem for number in numbers for problem in self._problems[number]]
