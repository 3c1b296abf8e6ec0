"""Which files a dataset's outturns are in: by quarter where there are many rows of it."""

from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from perf_pipeline.disaggregated import tasks
from perf_pipeline.disaggregated.building import build
from perf_pipeline.disaggregated.dataset import OUTTURNS, Dataset
from perf_pipeline.disaggregated.engines import LocalEngine
from perf_pipeline.disaggregated.orders import Register
from perf_pipeline.disaggregated.parts import LandedFile
from perf_pipeline_tests.unit.disaggregated_returns import (
    QUARTER_KEYS,
    csv_content,
    landed,
    request,
    rows_of,
    series_rows,
)

pytest_plugins = ["perf_pipeline_tests.unit.built_datasets"]


@pytest.mark.parametrize("rows_per_chunk", [20, 100_000])
def test_outturns_come_quarter_by_quarter(
    files: list[LandedFile],
    known: Register,
    tmp_path: Path,
    rows_per_chunk: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Outturns come in the order of the first key of their table, however many shards there are."""
    monkeypatch.setattr(tasks, "ROWS_OF_A_FILE", 1)
    made = build(request(files, tmp_path, known, rows_per_chunk), LocalEngine())
    quarters = [str(row["quarter_key"]) for row in rows_of(made, OUTTURNS)]
    assert quarters == sorted(quarters)
    assert set(quarters) == set(QUARTER_KEYS)


def test_quarters_of_few_rows_share_a_file(
    files: list[LandedFile],
    known: Register,
    dataset: Dataset,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """There are no more files than shards where no quarter has many rows; the digest is one."""
    monkeypatch.setattr(tasks, "ROWS_OF_A_FILE", 10**6)
    made = build(request(files, tmp_path, known, 20), LocalEngine())
    assert made.sha256 == dataset.sha256
    assert {name.split("/")[1] for name in made.files[OUTTURNS]} == {"other"}
    found, expected = (Counter(map(str, rows_of(each, OUTTURNS))) for each in (made, dataset))
    assert found == expected


def test_file_holds_the_texts_of_its_rows(
    known: Register, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file of a quarter does not carry the texts of other quarters' rows."""
    monkeypatch.setattr(tasks, "ROWS_OF_A_FILE", 1)
    rows = [(*row[:-1], f"Remark {number}") for number, row in enumerate(series_rows(["north"]))]
    remarks = landed(tmp_path, "remarks.csv", csv_content(rows))
    made = build(request([remarks], tmp_path / "work", known), LocalEngine())
    assert len(made.files[OUTTURNS]) > 1
    for name in made.files[OUTTURNS]:
        texts = pq.read_table(f"{made.location}/{name}")["commentary_text"].combine_chunks()
        assert len(texts.dictionary) <= len(texts)
