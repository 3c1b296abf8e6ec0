"""Rejected rows without what could be a small count: which lose their words, and what is kept."""

from typing import Any

import pandas as pd
import pytest

from perf_pipeline.rules import SmallNumbers
from perf_pipeline.schemas import withheld
from perf_pipeline.suppress import Withheld, withhold_rejections
from perf_pipeline_tests.unit.builders import FrameBuilder

RULE = SmallNumbers(5, frozenset({"age"}))
ACCEPTED = {"row_outcome_code": "accepted", "row_id": "other"}
IGNORED = {"row_outcome_code": "ignored", "row_id": "other", "breakdown_type_code": None}


def withheld_of(checked: pd.DataFrame, rule: SmallNumbers = RULE) -> Withheld:
    """Return what is withheld of a return's rejected rows."""
    done = withhold_rejections(checked[checked["row_outcome_code"] == "rejected"], checked, rule)
    withheld.WithheldRows.validate(done.rows, lazy=True)
    return done


@pytest.mark.parametrize(
    ("row", "others", "is_quoted"),
    [
        pytest.param({"breakdown_type_code": "age"}, [], False, id="of-a-protected-breakdown"),
        pytest.param({"breakdown_type_code": None}, [], False, id="breakdown-cannot-be-told"),
        pytest.param({"kpi_ref": None}, [], False, id="kpi-not-known"),
        pytest.param(
            {}, [ACCEPTED | {"breakdown_type_code": "age"}], False, id="beside-a-protected-one"
        ),
        pytest.param({"breakdown_type_code": "ward"}, [], True, id="of-another-breakdown"),
        pytest.param({}, [], True, id="of-the-kpi-itself"),
        pytest.param({}, [IGNORED], True, id="beside-a-blank-row"),
        pytest.param(
            {},
            [ACCEPTED | {"breakdown_type_code": "age", "source_code": "another"}],
            True,
            id="another-return-has-one",
        ),
    ],
)
def test_cells_are_quoted_where_they_can_be_no_small_count(
    build_checked: FrameBuilder,
    row: dict[str, Any],
    others: list[dict[str, Any]],
    is_quoted: bool,  # noqa: FBT001 - a case
) -> None:
    """Its place and its reason's code stay, the whole row is never shown, and all of it is kept."""
    checked = build_checked(row | {"commentary_text": "Only 3"}, *others)
    done = withheld_of(checked)
    shown = done.rejected.iloc[0]
    assert shown["outcome_reason_code"] == "not_a_number"
    assert shown["row_text"] == "[c]"
    assert ("1.2.3" in shown["outcome_text"]) == is_quoted
    assert pd.notna(shown["commentary_text"]) == is_quoted
    assert list(done.rows["row_text"]) == [checked["row_text"].iloc[0]]
    assert list(done.rows["outcome_text"]) == [checked["outcome_text"].iloc[0]]


def test_nothing_is_withheld_where_no_breakdown_is_protected(build_checked: FrameBuilder) -> None:
    """A council that suppresses nothing shows rejected rows whole."""
    checked = build_checked({"breakdown_type_code": None, "kpi_ref": None})
    done = withheld_of(checked, SmallNumbers(5, frozenset()))
    assert list(done.rejected["row_text"]) == ["Ref: ADS-01 | Figure: 1.2.3"]
    assert done.rows.empty


def test_every_breakdown_is_protected_unless_it_is_said_otherwise(
    build_checked: FrameBuilder,
) -> None:
    """A breakdown that no rule names is protected by the rule that names none."""
    done = withheld_of(build_checked({"breakdown_type_code": "ward"}), SmallNumbers(5))
    assert "1.2.3" not in done.rejected["outcome_text"].iloc[0]
