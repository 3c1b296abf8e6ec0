"""What is not rated says why; what a return judges is rated by its word."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from perf_pipeline.rate import rate_outturns
from perf_pipeline.rules import OutturnStatus

FrameBuilder = Callable[..., pd.DataFrame]
Case = tuple[dict[str, Any], dict[str, Any] | None]

FLOOR = {"rule_kind_code": "floor", "floor_value": 70.0}
RANGE = {
    "rule_kind_code": "range",
    "polarity_code": "range",
    "lower_value": 70.0,
    "upper_value": 90.0,
}
JUDGED = {
    "rule_kind_code": "judgement",
    "tolerance_unit_code": None,
    "amber_tolerance_value": None,
    "target_value": None,
}
WORD = {"stated_rag_code": "amber", "rating_reason_text": "One partner is behind."}


def _status(status: str) -> dict[str, Any]:
    return {"outturn_status_code": status, "outturn_value": None}


def _basis(basis: str) -> dict[str, Any]:
    return {"basis_code": basis}


BLANK = _status("blank")
NOT_DUE = {"is_due": False}
NO_TARGET = {"target_value": None}

NOT_RATED: dict[str, tuple[dict[str, Any], dict[str, Any] | None, str]] = {
    "no-row": ({}, None, "not_returned"),
    "not-due": (NOT_DUE, None, "not_due"),
    "not-due-and-awaited": (NOT_DUE, _status("awaiting"), "not_due"),
    "no-target": (NO_TARGET, {}, "no_target"),
    "no-floor": (FLOOR | {"floor_value": None}, {}, "no_target"),
    "floor-alone": (FLOOR | NO_TARGET, {}, "no_target"),
    "no-lower-end": (RANGE | {"lower_value": None}, {}, "no_target"),
    "no-upper-end": (RANGE | {"upper_value": None}, {}, "no_target"),
    "data-only": (_basis("data_only"), {}, "data_only"),
    "new": (_basis("new_measure"), {}, "new_measure"),
    "in-development": (_basis("in_development"), {}, "in_development"),
    "in-development-first": (_basis("in_development") | NOT_DUE, None, "in_development"),
    "not-returned-before-data-only": (_basis("data_only"), None, "not_returned"),
    "status-before-data-only": (_basis("data_only"), _status("suppressed"), "suppressed"),
    "status-before-no-target": (NO_TARGET, _status("awaiting"), "awaiting"),
    "new-before-no-target": (_basis("new_measure") | NO_TARGET, {}, "new_measure"),
    "stated-of-a-rule": ({}, WORD | BLANK, "not_returned"),
    "judged-figure-alone": (JUDGED, {}, "no_judgement"),
    "judged-neither": (JUDGED, BLANK, "not_returned"),
    "judged-awaited": (JUDGED, _status("awaiting"), "awaiting"),
    "judged-no-row": (JUDGED, None, "not_returned"),
    "judged-not-due": (JUDGED | NOT_DUE, BLANK, "not_due"),
    "judged-data-only": (JUDGED | _basis("data_only"), WORD, "data_only"),
    "judged-in-development": (JUDGED | _basis("in_development"), WORD, "in_development"),
    "judged-new-without-word": (JUDGED | _basis("new_measure"), {}, "new_measure"),
}
REFUSED: dict[str, tuple[dict[str, Any], dict[str, Any] | None, str]] = {
    "refused-only": ({}, None, "rejected"),
    "refused-not-due": (NOT_DUE, None, "not_due"),
    "refused-data-only": (_basis("data_only"), None, "rejected"),
    "refused-judged": (JUDGED, None, "rejected"),
    "refused-beside-awaited": ({}, _status("awaiting"), "awaiting"),
}
STATUSES = {
    "given": None,
    "calculated": None,
    "blank": "not_returned",
    "no_figure": "not_returned",
    "not_available": "not_returned",
    "awaiting": "awaiting",
    "suppressed": "suppressed",
    "not_applicable": "not_applicable",
    "not_calculable": "not_calculable",
    "not_due": "not_due",
}
JUDGEMENTS: dict[str, Case] = {
    "with-a-figure": ({}, {}),
    "without-a-figure": ({}, BLANK),
    "figure-suppressed": ({}, _status("suppressed")),
    "though-not-due": (NOT_DUE, BLANK),
    "whatever-the-target": ({"target_value": 99.0}, {}),
    "whatever-the-polarity": ({"polarity_code": "none"}, {}),
}
CASES: dict[str, Case] = {
    **{name: case[:2] for name, case in (NOT_RATED | REFUSED).items()},
    **{
        status: ({}, {"outturn_status_code": status} if reason is None else _status(status))
        for status, reason in STATUSES.items()
    },
    **{name: (JUDGED | kpi, WORD | (row or {})) for name, (kpi, row) in JUDGEMENTS.items()},
    "refused-beside-sound": ({}, {}),
    "rule-and-word": ({}, {"stated_rag_code": "red"}),
}


@pytest.fixture(scope="module")
def rated(
    build_kpis: FrameBuilder,
    build_accepted: FrameBuilder,
    build_compared: FrameBuilder,
    build_overrides: FrameBuilder,
) -> pd.DataFrame:
    """The cases' rated outturns by case, all judged at once."""
    kpis = build_kpis(*({"kpi_ref": name} | kpi for name, (kpi, _) in CASES.items()))
    rows = {name: row for name, (_, row) in CASES.items() if row is not None}
    headline = build_accepted(*({"kpi_ref": name} | row for name, row in rows.items()))
    refused = pd.Series([name if name.startswith("refused") else None for name in CASES])
    rated = rate_outturns(headline, refused, kpis, build_compared(), build_overrides())
    return rated.set_index("kpi_ref")


@pytest.mark.parametrize("name", NOT_RATED)
def test_a_kpi_without_a_rating_says_why(rated: pd.DataFrame, name: str) -> None:
    """The first reason that holds is given, and there is nothing of a rating beside it."""
    row = rated.loc[name]
    assert row["not_rated_reason_code"] == NOT_RATED[name][2]
    assert row[["rag_code", "rule_rag_code", "rating_basis_code"]].isna().all()


@pytest.mark.parametrize("name", REFUSED)
def test_a_rejected_row_is_the_reason_where_no_row_was_accepted(
    rated: pd.DataFrame, name: str
) -> None:
    """A figure that was sent and refused is not called missing."""
    assert rated.loc[name, "not_rated_reason_code"] == REFUSED[name][2]


def test_a_rejected_row_beside_a_sound_one_changes_no_rating(rated: pd.DataFrame) -> None:
    """An accepted figure is rated whatever else was sent."""
    assert rated.loc["refused-beside-sound", "rag_code"] == "green"


@pytest.mark.parametrize("status", OutturnStatus)
def test_every_status_leads_to_a_rating_or_a_reason(rated: pd.DataFrame, status: str) -> None:
    """No status falls between: exactly the two that carry a figure are rated."""
    found = rated.loc[str(status)]
    reason = STATUSES[status]
    assert (found["rag_code"] == "green") == (reason is None)
    assert pd.isna(found["not_rated_reason_code"]) == (reason is None)
    assert reason is None or found["not_rated_reason_code"] == reason


@pytest.mark.parametrize("name", JUDGEMENTS)
def test_a_judgement_is_the_returns_own(rated: pd.DataFrame, name: str) -> None:
    """A rating that the return states stands with its reason, and needs no figure or target."""
    row = rated.loc[name]
    shown = ["rag_code", "rule_rag_code", "rating_basis_code", "rating_reason_text"]
    assert row[shown].tolist() == ["amber", "amber", "judgement", "One partner is behind."]
    assert pd.isna(row["not_rated_reason_code"])
    assert row[["green_limit_value", "amber_limit_value"]].isna().all()


def test_a_stated_rating_does_not_stand_in_for_a_rule(rated: pd.DataFrame) -> None:
    """What a return says of a KPI that a rule rates is kept beside the rating and no more."""
    assert rated.loc["rule-and-word", ["rag_code", "stated_rag_code"]].tolist() == ["green", "red"]
