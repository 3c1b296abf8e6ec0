"""Returns of all kinds, made from figures that are known: no row is lost, none is read otherwise.

PERF_PIPELINE_TEST_GENERATED says how many; 20,000 are the full size. Each has its number for a
seed, which messages name: `generated_return(1234)` makes it again.
"""

import logging
import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pandas as pd
import pytest

from perf_pipeline.errors import ReturnError
from perf_pipeline.rules import RowOutcome
from perf_pipeline.sources import Landing, extract
from perf_pipeline.sources.rows import ParsedReturn
from perf_pipeline.validate import check_rows
from perf_pipeline_tests.generated.cell_faults import FAULTS
from perf_pipeline_tests.generated.figures import STATUSES
from perf_pipeline_tests.generated.model import BUNDLE, QUARTER, GeneratedReturn, Medium
from perf_pipeline_tests.generated.reading import (
    Tally,
    compare,
    count,
    expected_of,
    frame,
    read,
)
from perf_pipeline_tests.generated.returns import GRIDS, SPOILERS, TABLES, generated_return

RETURNS = int(os.environ.get("PERF_PIPELINE_TEST_GENERATED", "1000"))
ROW_REASONS = (
    *("title", "heading", "note", "blank", "total", "duplicate_identical", "duplicate_conflicting"),
    *("kpi_unknown", "kpi_ref_missing", "kpi_not_due", "kpi_wrong_source", "kpi_not_live"),
    *("part_missing", "value_disagrees", "misplaced", "control_character", "row_malformed"),
    *("quarter_unreadable", "quarter_ambiguous", "quarter_in_future", "quarter_not_reached"),
    *("breakdown_unknown", "breakdown_of_earlier_quarter"),
    *("provisional_unknown", "provisional_disagrees"),
    *("month_missing", "months_not_additive"),
)
"""For what rows are ignored or rejected, beside the faults of a figure's own cell."""

LOG = logging.getLogger(__name__)


@pytest.fixture(scope="module")
def tally(tmp_path_factory: pytest.TempPathFactory) -> Tally:
    """Return what became of all the returns."""
    folder = tmp_path_factory.mktemp("generated")
    found = Tally()
    for first in range(0, RETURNS, BUNDLE):
        numbers = range(first, min(first + BUNDLE, RETURNS))
        count([generated_return(number) for number in numbers], folder, found)
        if first % (64 * BUNDLE) == 0:
            LOG.info("so far: %s", found.summary())
    LOG.info("in all: %s", found.summary())
    return found


def test_rows_read_are_accepted_rejected_and_ignored(tally: Tally) -> None:
    """Of every return as many rows are accounted for as the generator wrote, by both readers."""
    assert tally.unaccounted == []
    assert tally.counts["rows"] == sum(tally.counts[f"rows {each}"] for each in RowOutcome)


def test_no_cell_is_read_as_another_figure(tally: Tally) -> None:
    """Every accepted row says exactly what was meant: figures, parts, status, place and marks."""
    assert tally.wrong == []
    assert tally.counts["figures compared"] > RETURNS


def test_no_row_without_fault_is_rejected(tally: Tally) -> None:
    """Every way of writing a figure that docs/cells.md lists is read."""
    assert tally.false_rejections == []


def test_no_row_with_a_fault_is_accepted(tally: Tally) -> None:
    """What can be read in two ways, or not at all, is never a figure."""
    assert tally.false_acceptances == []


def test_every_rejected_or_ignored_row_says_why(tally: Tally) -> None:
    """The reason is that of what was done to the row, and no other."""
    assert tally.other_reasons == []


def test_a_spoilt_file_is_refused_in_words(tally: Tally) -> None:
    """Nothing but `ReturnError` is raised, and no spoilt file passes."""
    assert tally.other_errors == []
    assert tally.counts["refused returns"] > 0


def test_everything_was_tried(tally: Tally) -> None:
    """Every kind of file, layout, status, fault of a cell and reason was there."""
    wanted = {f"file: {medium}" for medium in Medium}
    wanted |= {f"layout: {layout}" for layout in ("table", *GRIDS, *TABLES)}
    wanted |= {f"fault: cell: {name}" for name in FAULTS}
    wanted |= {f"way: status {status}" for status in STATUSES}
    wanted |= {f"reason: {reason}" for reason in ROW_REASONS}
    assert wanted - tally.tried.keys() == set()


def sound_returns() -> Iterator[GeneratedReturn]:
    """Yield returns that are read, the first ones."""
    made = (generated_return(number) for number in range(100))
    return (each for each in made if each.file_fault is None)


@pytest.mark.parametrize(
    ("medium", "fault"),
    [
        pytest.param(medium, fault, id=f"{medium}: {fault}")
        for medium, spoilers in SPOILERS.items()
        for fault in spoilers
    ],
)
def test_each_way_of_spoiling_a_file_is_refused(tmp_path: Path, medium: Medium, fault: str) -> None:
    """A file that is cut short, in disguise or without its headings is no return."""
    made = next(each for each in sound_returns() if each.medium is medium)
    spoilt = replace(made, content=SPOILERS[medium][fault](made.content))
    with pytest.raises(ReturnError):
        read(spoilt, tmp_path)


@pytest.mark.parametrize("medium", Medium)
def test_a_run_reads_the_same(tmp_path: Path, medium: Medium) -> None:
    """What a run reads in its child process is what is read here, row by row."""
    made = next(each for each in sound_returns() if each.medium is medium)
    (tmp_path / QUARTER.key).write_bytes(made.content)
    extracted = extract(made.entry, QUARTER, tmp_path, Landing(tmp_path / "landing"))
    where = ["file_name", "file_sha256"]
    pd.testing.assert_frame_equal(
        extracted.drop(columns=where), frame([read(made, tmp_path)]).drop(columns=where)
    )


def test_same_number_makes_the_same_return() -> None:
    """A return that a message names can be made again."""
    first, again = generated_return(7), generated_return(7)
    assert (first.content, first.rows) == (again.content, again.rows)


def test_the_count_notices_a_figure_read_otherwise(tmp_path: Path) -> None:
    """An accepted figure that is changed by its last digit is found: the comparison can fail."""
    made = next(
        each
        for each in sound_returns()
        if any(row.truth is not None and row.truth.status == "given" for row in each.rows)
    )
    bundle = [read(made, tmp_path)]
    rows = frame(bundle)
    checked = check_rows(rows, expected_of(bundle))
    given = checked.index[checked["outturn_value"].notna()][0]
    value = checked.loc[given, "outturn_value"]
    checked.loc[given, "outturn_value"] = value + max(abs(value), 1) * 1e-15 * 2
    found = Tally()
    compare(bundle, rows, checked, found)
    assert len(found.wrong) == 1
    assert "outturn_value is" in found.wrong[0]


def test_the_count_notices_a_lost_row(tmp_path: Path) -> None:
    """A row that is read and not checked, and one that was written and not read, are found."""
    bundle = [read(made, tmp_path) for made in islice(sound_returns(), 3)]
    rows, expected = frame(bundle), expected_of(bundle)
    unchecked, unread = Tally(), Tally()
    compare(bundle, rows, check_rows(rows[:-1], expected), unchecked)
    *others, last = bundle
    lost = [*others, last._replace(parsed=ParsedReturn(last.parsed.rows[:-1]))]
    compare(lost, frame(lost), check_rows(frame(lost), expected), unread)
    assert unchecked.unaccounted
    assert unread.unaccounted


def test_the_count_notices_a_fault_that_is_accepted(tmp_path: Path) -> None:
    """A row that is accepted where it should not be is found."""
    made = next(each for each in sound_returns() if any(row.truth is not None for row in each.rows))
    faulty = [
        replace(row, truth=None, outcome=RowOutcome.REJECTED, reason="not_a_number")
        if row.truth is not None
        else row
        for row in made.rows
    ]
    found = Tally()
    count([replace(made, rows=faulty)], tmp_path, found)
    assert found.false_acceptances
