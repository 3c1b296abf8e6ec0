"""How ratings are printed and which codes replaced which are published with each quarter."""

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import DEFAULT_SCHEME
from perf_pipeline.schemas import conform, empty, findings, register
from perf_pipeline.summarise import organisation_changes, rag_scheme

QUARTER = Quarter(2023, 1)


def _replaced(**more: Any) -> dict[str, Any]:
    return {
        "unit_kind_code": "directorate",
        "old_code": "OLD",
        "new_code": "ADS",
        "valid_from": QUARTER.key,
        "note_text": "Local government reorganisation",
    } | more


def _successors(*rows: dict[str, Any]) -> pd.DataFrame:
    return conform(pd.DataFrame(rows), register.Successors)


def test_the_scheme_is_listed_in_the_order_of_tables() -> None:
    """A council's own words, colours, symbols and order are what is published."""
    star = replace(DEFAULT_SCHEME["green"], label="Star", symbol="★", display_order=0)
    scheme = rag_scheme(DEFAULT_SCHEME | {"green": star}, QUARTER.key)
    findings.RagScheme.validate(scheme, lazy=True)
    assert scheme["rag_code"].tolist() == ["green", "red", "amber", "not_rated"]
    assert scheme["rag_label"].tolist() == ["Star", "Red", "Amber", "not rated"]
    assert scheme["symbol_text"].tolist() == ["★", "■", "▲", "–"]
    assert scheme["colour_code"].tolist()[0] == "#00703c"


@pytest.mark.parametrize(
    ("valid_from", "count"),
    [
        pytest.param("2022-23-Q4", 1, id="before"),
        pytest.param("2023-24-Q1", 1, id="from-this-quarter"),
        pytest.param("2023-24-Q2", 0, id="later"),
    ],
)
def test_a_change_is_listed_from_its_first_quarter(valid_from: str, count: int) -> None:
    """What is to come is not published yet."""
    changes = organisation_changes(_successors(_replaced(valid_from=valid_from)), QUARTER)
    findings.OrganisationChanges.validate(changes, lazy=True)
    assert len(changes) == count
    assert changes["from_quarter_key"].tolist() == [valid_from] * count


def test_changes_are_listed_oldest_first() -> None:
    """A split has several rows, in the order of the new codes."""
    changes = organisation_changes(
        _successors(
            _replaced(new_code="CHD"),
            _replaced(),
            _replaced(unit_kind_code="service", old_code="museums", valid_from="2022-23-Q2"),
        ),
        QUARTER,
    )
    codes = list(zip(changes["old_code"], changes["new_code"], strict=True))
    assert codes == [("museums", "ADS"), ("OLD", "ADS"), ("OLD", "CHD")]
    assert set(changes["quarter_key"]) == {QUARTER.key}


def test_a_council_that_was_never_reorganised_has_no_changes() -> None:
    """No replaced codes are no rows."""
    changes = organisation_changes(empty(register.Successors), QUARTER)
    findings.OrganisationChanges.validate(changes)
    assert changes.empty
