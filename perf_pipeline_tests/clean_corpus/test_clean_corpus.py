"""Honest returns are read whole, however untidy: every figure is what a person reads there."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pydantic import TypeAdapter

from perf_pipeline.council import Council, read_council
from perf_pipeline.orchestration.returns import expectations
from perf_pipeline.quarters import Quarter
from perf_pipeline.source_entries import Source
from perf_pipeline.sources import Landing, extract
from perf_pipeline.validate import check_rows, count_mismatch, ledger_imbalance, return_ledger
from perf_pipeline_tests.clean_corpus.council_folder import write_council
from perf_pipeline_tests.clean_corpus.delimited import DELIMITED
from perf_pipeline_tests.clean_corpus.honest import HonestReturn
from perf_pipeline_tests.clean_corpus.json_documents import JSON
from perf_pipeline_tests.clean_corpus.open_documents import OPEN_DOCUMENTS
from perf_pipeline_tests.clean_corpus.workbooks import WORKBOOKS

CORPUS = (*DELIMITED, *WORKBOOKS, *OPEN_DOCUMENTS, *JSON)
QUARTER = Quarter(2023, 1)
SOURCE = {
    "source_code": "housing",
    "source_name": "Housing",
    "contact_role": "Housing performance lead",
}
ENTRY: TypeAdapter[Source] = TypeAdapter(Source)


@pytest.fixture(scope="session")
def council(tmp_path_factory: pytest.TempPathFactory) -> Council:
    """Return the council whose service sends the returns."""
    return read_council(write_council(tmp_path_factory.mktemp("council") / "folder"))


def key_of(row: Any) -> str:
    """Return what a row is about, as the corpus writes it."""
    parts = [row.kpi_ref]
    if row.breakdown_type_code != "all":
        parts += [row.breakdown_type_code, row.breakdown_category_code]
    if row.quarter_key != QUARTER.key:
        parts.append(f"@{row.quarter_key}")
    return " ".join(parts)


def said_of(row: Any) -> Decimal | str:
    """Return a row's figure exactly, or its status."""
    if pd.isna(row.outturn_value):
        return str(row.outturn_status_code)
    return Decimal(repr(row.outturn_value))


def by_hand(text: str) -> Decimal | str:
    """Return what the corpus says of a figure."""
    return text if text.replace("_", "").isalpha() else Decimal(text)


@pytest.mark.parametrize("honest", CORPUS, ids=lambda each: each.name)
def test_an_honest_return_is_read_as_a_person_reads_it(
    tmp_path: Path, council: Council, honest: HonestReturn
) -> None:
    """No row is rejected, no row is lost, and every figure and comment is the one by hand."""
    entry = ENTRY.validate_python(SOURCE | honest.entry)
    honest.write(tmp_path / str(honest.entry["location"]).format(quarter=QUARTER.key))
    rows = extract(entry, QUARTER, tmp_path, Landing(tmp_path / "landing"))
    expected = expectations(entry, QUARTER, council, council.kpis_in_force(QUARTER))
    checked = check_rows(rows, expected)
    rejected = checked[checked["row_outcome_code"] == "rejected"]
    assert rejected["outcome_text"].tolist() == []
    accepted = checked[checked["row_outcome_code"] == "accepted"]
    read = {key_of(row): row for row in accepted.itertuples(index=False)}
    assert len(read) == len(accepted)
    assert {key: said_of(row) for key, row in read.items()} == {
        key: by_hand(text) for key, text in honest.figures.items()
    }
    comments = {key: row.commentary_text for key, row in read.items()}
    assert {key: comments[key] for key in honest.commentary} == honest.commentary
    assert rows["counted_count"].iloc[0] == honest.rows
    assert count_mismatch(rows) is None
    assert (
        ledger_imbalance(return_ledger(rows, checked, expected.source_code, expected.quarter))
        is None
    )


def test_the_corpus_is_as_large_as_it_says() -> None:
    """At least forty returns of every kind of file, each with a name of its own."""
    assert len({honest.name for honest in CORPUS}) == len(CORPUS) >= 40
    assert {honest.entry["kind"] for honest in CORPUS} == {"csv", "excel", "json_api"}
    assert min(map(len, (DELIMITED, WORKBOOKS, OPEN_DOCUMENTS, JSON))) >= 5
