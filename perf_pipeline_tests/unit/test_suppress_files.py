"""Digests of returns: of which they are withheld, and that no table then shows them."""

from typing import Any

import pytest

from perf_pipeline.rules import SmallNumbers
from perf_pipeline.schemas import withheld
from perf_pipeline.suppress import withheld_files, without_digests
from perf_pipeline_tests.unit.builders import FrameBuilder

AGE, NONE = SmallNumbers(5, frozenset({"age"})), SmallNumbers(5, frozenset())
ACCEPTED = {"row_outcome_code": "accepted", "outturn_status_code": "given", "outturn_value": 40.0}
BY_AGE, BY_WARD = ({"breakdown_type_code": kind} for kind in ("age", "ward"))


@pytest.mark.parametrize(
    ("row", "rule", "is_withheld"),
    [
        pytest.param(ACCEPTED, AGE, False, id="the-kpi-itself"),
        pytest.param(ACCEPTED | BY_WARD, AGE, False, id="another-breakdown"),
        pytest.param(ACCEPTED | BY_AGE, AGE, True, id="protected"),
        pytest.param(ACCEPTED | BY_AGE, NONE, False, id="nothing-is-protected"),
        pytest.param({}, AGE, True, id="rejected"),
        pytest.param({}, NONE, False, id="rejected-where-nothing-is-protected"),
        pytest.param(
            ACCEPTED | BY_WARD | {"outturn_status_code": "suppressed", "outturn_value": None},
            NONE,
            True,
            id="suppressed-by-the-service",
        ),
    ],
)
def test_digest_is_withheld_where_anything_of_the_return_is(
    build_checked: FrameBuilder,
    row: dict[str, Any],
    rule: SmallNumbers,
    is_withheld: bool,  # noqa: FBT001 - a case
) -> None:
    """It stays with the council, and each row of a table that came from the return has a mark."""
    checked = build_checked(row, ACCEPTED | {"source_code": "another", "file_sha256": "1" * 64})
    files = withheld_files(checked, rule)
    withheld.WithheldFiles.validate(files, lazy=True)
    assert list(files["file_sha256"]) == ["0" * 64] * is_withheld
    shown = without_digests(checked, files)
    assert list(shown["file_sha256"]) == ["[c]" if is_withheld else "0" * 64, "1" * 64]


def test_table_without_digests_stays_as_it_is(build_checked: FrameBuilder) -> None:
    """So does a row that is of no file."""
    checked = build_checked({})
    files = withheld_files(checked, AGE)
    assert list(without_digests(checked.drop(columns="file_sha256"), files)["row_number"]) == [2]
    gone = checked.assign(file_sha256=None)
    assert without_digests(gone, files)["file_sha256"].isna().all()
