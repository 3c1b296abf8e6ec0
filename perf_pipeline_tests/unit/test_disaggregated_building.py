"""A return's files → one dataset, the same however the work is cut up; no row is lost."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fsspec.implementations.dirfs import DirFileSystem
from fsspec.implementations.local import LocalFileSystem

from perf_pipeline.disaggregated.building import build
from perf_pipeline.disaggregated.columns import arrow_schema
from perf_pipeline.disaggregated.dataset import MODELS, OUTTURNS, REJECTIONS, Dataset, read_dataset
from perf_pipeline.disaggregated.engines import LocalEngine, Result, Task
from perf_pipeline.disaggregated.orders import PLANS, BuildRequest, Register, write_order
from perf_pipeline.disaggregated.parts import LandedFile
from perf_pipeline.disaggregated.planning import plan_file, planned_parts, write_plans
from perf_pipeline.disaggregated.storage import Folder
from perf_pipeline.disaggregated.tasks import check_part, judge_rows
from perf_pipeline.errors import RequestError, ReturnError
from perf_pipeline.rules import Comparison
from perf_pipeline_tests.unit.disaggregated_returns import (
    CATEGORIES,
    QUARTER_KEYS,
    REFS,
    csv_content,
    landed,
    landed_parquet,
    request,
    rows_of,
    series_rows,
)

SERIES_ROWS = len(REFS) * len(QUARTER_KEYS) * len(CATEGORIES)


pytest_plugins = ["perf_pipeline_tests.unit.built_datasets"]


def test_every_row_is_accounted_for(dataset: Dataset) -> None:
    """Rows read = accepted + rejected + blank = rows by the second reader."""
    counts = dataset.counts
    assert counts.file_count == 3
    assert counts.read_count == counts.counted_count == 3 * SERIES_ROWS + 3 + 2 + 2 + 4
    assert (counts.accepted_count, counts.rejected_count) == (3 * SERIES_ROWS - 1, 8)
    assert counts.blank_count == 4
    assert len(rows_of(dataset, OUTTURNS)) == counts.accepted_count
    (account,) = dataset.returns().to_dict("records")
    assert account["dataset_sha256"] == dataset.sha256
    assert account["read_count"] == counts.read_count


def test_rejected_rows_say_why_in_the_order_of_their_files(dataset: Dataset) -> None:
    """Rows of another length, rows that fail a check and duplicates are in one list, in order."""
    rows = rows_of(dataset, REJECTIONS)
    places = [(str(row["file_sha256"]), row["row_number"]) for row in rows]
    assert places == sorted(set(places))
    reasons = Counter(row["outcome_reason_code"] for row in rows)
    assert reasons["row_malformed"] == 2
    assert reasons["duplicate_identical"] == 1
    assert reasons["duplicate_conflicting"] == 2
    assert {row["file_name"] for row in rows} == {"exports/north.csv", "exports/south.csv"}


@pytest.mark.parametrize("table_name", [OUTTURNS, REJECTIONS])
def test_batches_are_of_the_tables_schema(dataset: Dataset, table_name: str) -> None:
    """Batches have the table's columns in order, text dictionary-coded."""
    for batch in dataset.batches(table_name):
        assert batch.schema.remove_metadata() == arrow_schema(MODELS[table_name])


def test_outturns_are_judged_against_their_own_series(dataset: Dataset) -> None:
    """A row's earlier figure is the one of its own area and category, from whatever file."""
    found = {
        (row["kpi_ref"], row["area_code"], row["breakdown_category_code"], row["quarter_key"]): row
        for row in rows_of(dataset, OUTTURNS)
    }
    for (ref, area, category, quarter), row in found.items():
        place = QUARTER_KEYS.index(str(quarter))
        earlier = found.get((ref, area, category, QUARTER_KEYS[place - 1])) if place else None
        assert row["previous_value"] == (earlier and earlier["outturn_value"])
        assert row["rag_code"] in {"green", "amber", "red"}


def test_the_summary_adds_up(dataset: Dataset) -> None:
    """The counts by KPI and quarter of all shards add up to the rows accepted."""
    summary = dataset.summary()
    assert len(summary) == len(REFS) * len(QUARTER_KEYS)
    assert summary["outturn_count"].sum() == dataset.counts.accepted_count
    rated = summary[["green_count", "amber_count", "red_count", "not_rated_count"]].sum().sum()
    assert rated == dataset.counts.accepted_count
    assert set(summary["quarter_key"]) == {"2023-24-Q1"}


def test_a_dataset_is_read_back(dataset: Dataset) -> None:
    """A dataset is found in its folder, and nothing is left there of what was on the way."""
    assert read_dataset(str(Path(dataset.location).parent)) == dataset
    kept = {path.name for path in Path(dataset.location).iterdir()}
    assert kept == {"summary.parquet", "outturns", "rejections"}


@pytest.mark.parametrize("rows_per_chunk", [20, 150, 100_000])
def test_chunks_do_not_change_a_dataset(
    files: list[LandedFile], known: Register, dataset: Dataset, tmp_path: Path, rows_per_chunk: int
) -> None:
    """One part or many, one shard or 256: the same rows in the same order, and one digest."""
    other = build(request(files, tmp_path, known, rows_per_chunk), LocalEngine())
    assert other.sha256 == dataset.sha256
    assert other.counts == dataset.counts
    for table_name in (OUTTURNS, REJECTIONS):
        assert rows_of(other, table_name) == rows_of(dataset, table_name)
    assert other.summary().equals(dataset.summary())


def test_the_order_of_files_does_not_change_a_dataset(
    files: list[LandedFile], known: Register, dataset: Dataset, tmp_path: Path
) -> None:
    """Files that are listed in another order make the same dataset."""
    other = build(request(files[::-1], tmp_path, known), LocalEngine())
    assert other.sha256 == dataset.sha256


def test_another_figure_makes_another_dataset(known: Register, tmp_path: Path) -> None:
    """The digest is another when one figure is, and when one rejected row is."""
    rows = series_rows(["north"])
    digests = set()
    for number, changed in enumerate([rows[0], (*rows[0][:5], "3", ""), (*rows[0][:5], "x", "")]):
        file = landed(tmp_path, "a.csv", csv_content([changed, *rows[1:]]))
        work = tmp_path / f"work{number}"
        digests.add(build(request([file], work, known), LocalEngine()).sha256)
    assert len(digests) == 3


def test_a_return_without_any_accepted_row_is_a_dataset(known: Register, tmp_path: Path) -> None:
    """Where all rows are rejected there are no outturns and a full account."""
    file = landed(tmp_path, "a.csv", csv_content([("ADS-01", "", "", "", "", "many", "")] * 3))
    made = build(request([file], tmp_path / "work", known), LocalEngine())
    assert (made.counts.accepted_count, made.counts.rejected_count) == (0, 3)
    assert list(made.batches(OUTTURNS)) == []
    assert made.summary().empty


@pytest.fixture
def store(tmp_path: Path) -> str:
    """Address of a store that only fsspec reaches; two threads may read one file of it at once."""

    class Elsewhere(DirFileSystem):
        protocol = "elsewhere"
        cachable = False

        def __init__(self) -> None:
            super().__init__(str(tmp_path), LocalFileSystem())

    fsspec.register_implementation("elsewhere", Elsewhere, clobber=True)
    return "elsewhere://"


def test_the_workplace_may_be_in_any_store(
    files: list[LandedFile], known: Register, dataset: Dataset, store: str
) -> None:
    """A dataset can be built in whatever store fsspec reaches."""
    made = build(request(files, f"{store}work", known), LocalEngine())
    assert made.sha256 == dataset.sha256
    assert rows_of(made, REJECTIONS) == rows_of(dataset, REJECTIONS)


def test_a_dataset_is_not_there_while_another_is_built(
    files: list[LandedFile], known: Register, tmp_path: Path
) -> None:
    """A build that fails leaves no dataset, and a build in the same place leaves none of before."""
    build(request(files, tmp_path, known, 20), LocalEngine())
    broken = landed(tmp_path, "broken.csv", b"Ref\nADS-01\n")
    with pytest.raises(ReturnError, match="Headings missing"):
        build(request([broken], tmp_path, known), LocalEngine())
    with pytest.raises(FileNotFoundError):
        read_dataset(str(tmp_path))
    made = build(request(files[:1], tmp_path, known), LocalEngine())
    kept = {str(path) for path in tmp_path.glob("*/outturns/*/*")}
    assert kept == {f"{made.location}/{name}" for name in made.files[OUTTURNS]}


class OvertakenEngine(LocalEngine):
    """While it works, another run plans a build in the same workplace.

    Args:
        other: What that run is to build.
        before: The function before which it does.
    """

    def __init__(self, other: BuildRequest, before: Callable[..., object]) -> None:
        self._other = other
        self._before = before

    def map(self, function: Callable[..., Result], tasks: Sequence[Task]) -> list[Result]:
        """Do the tasks; the other run comes to its own before some of them."""
        if function is self._before:
            with pytest.raises(ReturnError):
                build(self._other, LocalEngine())
        return super().map(function, tasks)


@pytest.mark.parametrize("before", [plan_file, check_part, judge_rows])
def test_builds_in_one_workplace_never_mix(
    files: list[LandedFile], known: Register, tmp_path: Path, before: Callable[..., object]
) -> None:
    """A build that another run has overtaken says so; it does not go on with the other's rows."""
    broken = landed(tmp_path, "broken.csv", b"Ref\nADS-01\n")
    overtaken = OvertakenEngine(request([broken], tmp_path / "work", known), before)
    with pytest.raises(RequestError, match="another run has begun the same") as error:
        build(request(files, tmp_path / "work", known), overtaken)
    assert "rerun care_system_outturns and what follows." in str(error.value)


@pytest.mark.parametrize(
    "read",
    [lambda dataset: list(dataset.batches(OUTTURNS)), Dataset.summary],
    ids=["rows", "summary"],
)
def test_a_dataset_that_was_built_anew_is_told(
    files: list[LandedFile], known: Register, tmp_path: Path, read: Callable[[Dataset], object]
) -> None:
    """Who reads a dataset that a rebuild has removed is told so, and what to rerun."""
    made = build(request(files, tmp_path, known), LocalEngine())
    build(request(files[:1], tmp_path, known), LocalEngine())
    with pytest.raises(RequestError, match=r"is no longer in .*: another run has built"):
        read(made)


@pytest.mark.parametrize("table_name", MODELS)
def test_a_file_that_another_build_has_written_is_refused(
    files: list[LandedFile], known: Register, tmp_path: Path, table_name: str
) -> None:
    """What a killed run's step leaves in a dataset's files never goes by the dataset's digest."""
    other = build(request(files[:1], tmp_path / "other", known), LocalEngine())
    made = build(request(files, tmp_path / "made", known), LocalEngine())
    name = made.files[table_name][0]
    Path(made.location, name).write_bytes(
        Path(other.location, other.files[table_name][0]).read_bytes()
    )
    with pytest.raises(RequestError, match=f"{name} in .* is not the file that was built"):
        list(read_dataset(str(tmp_path / "made")).batches(table_name))


def test_figures_of_parquet_that_are_not_written_as_decimals_are_rejected(
    known: Register, tmp_path: Path
) -> None:
    """A float of more than 15 significant digits and NaN are rejected, as the documents say."""
    figures = [0.1 + 0.2, float("nan"), 0.3, None]
    keys = [{"Ref": "ADS-01", "Period": key} for key in QUARTER_KEYS[: len(figures)]]
    table = pa.Table.from_pylist(
        [
            key | dict.fromkeys(["Area", "By", "Group", "Note"]) | {"Value": figure}
            for key, figure in zip(keys, figures, strict=True)
        ]
    )
    pq.write_table(table, tmp_path / "new.parquet")
    file = landed(tmp_path, "a.parquet", (tmp_path / "new.parquet").read_bytes())
    made = build(request([file], tmp_path / "work", known), LocalEngine())
    found = [(row["row_number"], row["outcome_reason_code"]) for row in rows_of(made, REJECTIONS)]
    assert found == [(1, "too_many_digits"), (2, "not_a_number")]


@pytest.mark.parametrize(
    ("number", "changed"),
    [
        pytest.param(0, (b"north", b"norht"), id="another figure in a CSV"),
        pytest.param(0, (b"ef,", b'"f,'), id="a CSV that is none any more"),
        pytest.param(2, (b"PAR1", b"PAR2"), id="Parquet, damaged"),
        pytest.param(2, (b"note 1", b"note 2"), id="another text in Parquet"),
    ],
)
def test_a_landed_copy_that_was_changed_is_refused(
    files: list[LandedFile],
    known: Register,
    tmp_path: Path,
    number: int,
    changed: tuple[bytes, bytes],
) -> None:
    """A copy that is not what was received is not read under the hash of what was."""
    content = Path(files[number].location).read_bytes()
    assert changed[0] in content
    copy = tmp_path / "copy"
    # What kind of file it is, the first bytes say; those stay.
    copy.write_bytes(content[:1] + content[1:].replace(*changed))
    altered = replace(files[number], location=str(copy))
    with pytest.raises(ReturnError, match=r"landed copy in .* is damaged, or somebody") as error:
        build(request([altered], tmp_path / "work", known), LocalEngine())
    assert error.value.reason_code == "damaged"
    assert "then rerun care_system_return" in str(error.value)


def test_a_landed_copy_that_is_gone_is_the_sources_error(
    files: list[LandedFile], known: Register, tmp_path: Path
) -> None:
    """A copy that cannot be opened is told by its source and place, and what to rerun."""
    gone = replace(files[0], location=str(tmp_path / "gone"))
    with pytest.raises(ReturnError, match=r"landed copy in .*gone cannot be read") as error:
        build(request([gone], tmp_path / "work", known), LocalEngine())
    assert error.value.reason_code == "unreadable"


def test_a_part_with_other_rows_than_counted_is_refused(
    files: list[LandedFile], known: Register, tmp_path: Path
) -> None:
    """Where the readers disagree on the rows of a part, nothing of it is used."""
    write_order(request(files, tmp_path, known))
    (plan,) = PLANS.validate_json(plan_file(str(tmp_path), 0))
    wrong = replace(plan.parts[0], row_count=plan.parts[0].row_count + 1)
    write_plans(Folder(str(tmp_path)), [replace(plan, parts=[wrong])])
    assert len(planned_parts(Folder(str(tmp_path)))) == 1
    with pytest.raises(ReturnError, match="rows 2 and 52 one reader finds 50 rows"):
        check_part(str(tmp_path), "a build", 0, 4)
    assert not list(Path(tmp_path).glob("pieces/*.arrows"))


def test_tasks_done_twice_leave_the_same(
    files: list[LandedFile], known: Register, tmp_path: Path
) -> None:
    """A part that is checked again writes the same bytes in the same place."""
    write_order(request(files, tmp_path, known))
    plans = PLANS.validate_json(plan_file(str(tmp_path), 1))
    write_plans(Folder(str(tmp_path)), plans)
    kept = []
    for _ in range(2):
        result = check_part(str(tmp_path), "a build", 0, 4)
        contents = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
        kept.append((result, contents))
    assert kept[0] == kept[1]
    assert json.loads((tmp_path / "order/plans.json").read_text())


@pytest.mark.parametrize("rows_per_chunk", [1, 100])
def test_duplicates_are_kept_as_they_were_received(
    known: Register, tmp_path: Path, rows_per_chunk: int
) -> None:
    """A row that only another row puts in the wrong is shown with its own words, not our codes."""
    rows = [
        ("ads-01", "Q1 2023/24", " north ", "Age", "UNDER 18", "75%", ""),
        ("ADS-01", "2023-24-Q1", "north", "age", "under 18", "n/a", "Late"),
        ("ADS-02", "", "", "", "", "50 %", ""),
        ("ADS-02", "", "", "", "", "50", ""),
    ]
    files = [
        landed(tmp_path, "a.csv", csv_content(rows[:3])),
        landed_parquet(tmp_path, "b.parquet", rows[3:]),
    ]
    made = build(request(files, tmp_path / "work", known, rows_per_chunk), LocalEngine())
    *conflicting, identical = sorted(
        rows_of(made, REJECTIONS), key=lambda row: str(row["outcome_reason_code"])
    )
    assert {row["row_text"] for row in conflicting} == {
        (
            "kpi_ref: ads-01 | quarter: Q1 2023/24 | area: north | breakdown_type: Age | "
            "breakdown_category: UNDER 18 | value: 75%"
        ),
        (
            "kpi_ref: ADS-01 | quarter: 2023-24-Q1 | area: north | breakdown_type: age | "
            "breakdown_category: under 18 | value: n/a | commentary: Late"
        ),
    }
    assert identical["row_text"] in {"kpi_ref: ADS-02 | value: 50 %", "kpi_ref: ADS-02 | value: 50"}


def test_each_row_is_compared_as_in_its_own_quarter(known: Register, tmp_path: Path) -> None:
    """A dead band that came with the return's quarter is not that of the quarters before."""
    figures = zip(QUARTER_KEYS[-3:], ("70", "70.5", "71"), strict=True)
    rows = [("ADS-01", key, "north", "age", CATEGORIES[0], value, "") for key, value in figures]
    dated = replace(
        known,
        comparison=Comparison(dead_band_points=Decimal(1)),
        earlier_comparisons={QUARTER_KEYS[-2]: Comparison()},
    )
    file = landed(tmp_path, "a.csv", csv_content(rows))
    made = build(request([file], tmp_path / "work", dated), LocalEngine())
    found = {row["quarter_key"]: row["previous_direction_code"] for row in rows_of(made, OUTTURNS)}
    assert found == dict(
        zip(QUARTER_KEYS[-3:], ("not_comparable", "improved", "maintained"), strict=True)
    )
