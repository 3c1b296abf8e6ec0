"""From which columns of the steps before each column of a table comes, for the UI's lineage.

It states what is carried over or worked out from frames alone. A column that comes from the
council folder, or for which a step looks at everything, is left out: no lineage is better than a
guessed one.
"""

from collections.abc import Iterable, Mapping, Sequence

import dagster as dg

from perf_pipeline.rules import Comparator, Direction, Rag
from perf_pipeline.schemas import REPORTING_TABLES, STAGE_TABLES, Table, column_kinds

COLUMN_LINEAGE = "dagster/column_lineage"
"""The metadata under which Dagster looks for it."""

Column = tuple[str, str]
"""An asset and a column of it."""

Sources = Mapping[str, tuple[Column, ...]]
"""Columns from which each column of a table comes."""

_KPIS, _RATED, _COMPARED = "kpis_in_force", "rated_outturns", "compared_outturns"
_ACCEPTED, _LEDGER, _EARLIER = "accepted_outturns", "return_ledger", "earlier_ratings"
_PLACES = ("file_name", "file_sha256", "sheet_name", "row_number")
_PRINTED_BY = ((_KPIS, "unit_code"), (_KPIS, "decimal_places"))
_REJECTED_AS = {
    "quarter_key": "return_quarter_key",
    "figure_quarter_key": "quarter_key",
    "reason_code": "outcome_reason_code",
    "reason_text": "outcome_text",
}
_SAID_BY_THE_REGISTER = {"accepted_by_role", "accepted_date", "acceptance_text"}
_COUNTED_BY = {
    "directorate_summary": "directorate_code",
    "service_summary": "service_code",
    "priority_summary": "priority_code",
    "theme_summary": "theme_code",
    "owner_summary": "owner_name",
}


def _same(asset: str, columns: Iterable[str]) -> dict[str, tuple[Column, ...]]:
    return {column: ((asset, column),) for column in columns}


def _shared(model: type[Table], asset: str) -> dict[str, tuple[Column, ...]]:
    """Return the columns that a table carries over from a stage under the same name."""
    return _same(asset, column_kinds(STAGE_TABLES[asset]).keys() & column_kinds(model).keys())


def _scorecard() -> Sources:
    model = REPORTING_TABLES["kpi_scorecard"]
    compared: dict[str, tuple[Column, ...]] = {
        f"direction_{comparator}_code": ((_COMPARED, "direction_code"),)
        for comparator in Comparator
    }
    for comparator in (Comparator.PREVIOUS_QUARTER, Comparator.LAST_YEAR):
        compared |= {
            f"not_comparable_{comparator}_code": ((_COMPARED, "not_comparable_reason_code"),),
            f"{comparator}_value": ((_COMPARED, "comparator_value"),),
            f"{comparator}_origin_text": ((_COMPARED, "comparator_origin_text"),),
        }
    outturn = ((_RATED, "outturn_value"), (_RATED, "is_provisional"))
    described = tuple((_KPIS, f"{name}_value") for name in ("target", "lower", "upper"))
    columns = column_kinds(model)
    return {
        **{name: columns_of for name, columns_of in compared.items() if name in columns},
        **_shared(model, _RATED),
        **_shared(model, _KPIS),
        **_same(_RATED, ("quarter_key", "source_code")),
        "outturn_text": (*outturn, *_PRINTED_BY),
        "target_text": (*described, *_PRINTED_BY),
        "forecast_text": ((_RATED, "forecast_value"), *_PRINTED_BY),
        "rag_label": ((_RATED, "rag_code"),),
    }


def _counts(key: str | None) -> Sources:
    """Return a summary's columns; without a key it counts the whole council."""
    by = () if key is None else ((_KPIS, key),)
    rated, was_rated = (_RATED, "rag_code"), (_EARLIER, "rag_code")
    was_by = () if key is None else ((_EARLIER, key),)
    counted = {f"{rag}_{kind}": (rated, *by) for rag in Rag for kind in ("count", "pct", "text")}
    before = {f"previous_{rag}_count": (was_rated, *was_by) for rag in Rag}
    changes = {f"{rag}_change_text": (rated, was_rated, *by, *was_by) for rag in Rag}
    directions = {
        f"{direction}_{comparator}_count": ((_COMPARED, "direction_code"), *by)
        for direction in Direction
        for comparator in (Comparator.PREVIOUS_QUARTER, Comparator.LAST_YEAR)
    }
    return {
        **counted,
        **before,
        **changes,
        **directions,
        "kpi_count": ((_KPIS, "kpi_ref"), *by),
        "rated_count": (rated, *by),
        "rated_text": (rated, *by),
        "previous_kpi_count": ((_EARLIER, "kpi_ref"), *was_by),
        "previous_rated_count": (was_rated, *was_by),
    }


def _trend() -> Sources:
    now, then = (_KPIS, "directorate_code"), (_EARLIER, "present_directorate_code")
    ratings = ((_RATED, "rag_code"), (_EARLIER, "rag_code"), now, then)
    shares = {f"{rag}_{kind}": ratings for rag in Rag for kind in ("count", "pct", "text")}
    return {
        **shares,
        "rated_count": ratings,
        "kpi_count": ((_KPIS, "kpi_ref"), (_EARLIER, "kpi_ref"), now, then),
    }


def _breakdowns() -> Sources:
    model = REPORTING_TABLES["kpi_breakdowns"]
    return {
        **_shared(model, _ACCEPTED),
        **_same(_KPIS, ("kpi_name", "unit_code")),
        "outturn_text": ((_ACCEPTED, "outturn_value"), *_PRINTED_BY),
    }


def _exceptions(scorecard: Sources) -> Sources:
    carried = column_kinds(REPORTING_TABLES["exceptions"]).keys() & scorecard.keys()
    return {
        **{name: scorecard[name] for name in carried},
        "is_commentary_missing": ((_RATED, "commentary_text"),),
        "is_action_missing": ((_RATED, "action_text"),),
    }


def _restatements() -> Sources:
    both = ("kpi_ref", "commentary_text", "source_code", *_PLACES)
    return {
        **{name: ((_ACCEPTED, name), (_RATED, name)) for name in both},
        "kpi_name": ((_KPIS, "kpi_name"),),
        "restated_value": ((_ACCEPTED, "outturn_value"), (_RATED, "stated_previous_value")),
        "restated_quarter_key": ((_ACCEPTED, "quarter_key"), (_KPIS, "previous_due_quarter_key")),
    }


def _return_status() -> Sources:
    missing = ((_RATED, "not_rated_reason_code"), (_RATED, "source_code"))
    return {
        **_shared(REPORTING_TABLES["return_status"], _LEDGER),
        "due_kpi_count": ((_KPIS, "is_due"), (_KPIS, "source_code")),
        "missing_kpi_count": missing,
    }


def _reporting() -> dict[str, Sources]:
    scorecard = _scorecard()
    return {
        **{name: _counts(key) for name, key in _COUNTED_BY.items()},
        "owner_summary": {**_counts("owner_name"), **_same(_KPIS, ("owner_name",))},
        "council_summary": _counts(None),
        "directorate_trend": _trend(),
        "kpi_scorecard": scorecard,
        "exceptions": _exceptions(scorecard),
        "kpi_comparisons": _shared(REPORTING_TABLES["kpi_comparisons"], _COMPARED),
        "kpi_benchmarks": {
            **_same(_KPIS, ("kpi_ref",)),
            **_same(_ACCEPTED, ("outturn_value",)),
        },
        "kpi_breakdowns": _breakdowns(),
        "restatements": _restatements(),
        "return_status": _return_status(),
    }


_REPORTING = _reporting()


def reporting_lineage(table: str) -> dg.TableColumnLineage | None:
    """Return a reporting table's lineage, or nothing where none can be stated."""
    sources = _REPORTING.get(table)
    return None if sources is None else _lineage(sources)


def gathered_lineage(
    table: str, returns: Sequence[str], checked: Sequence[str]
) -> dg.TableColumnLineage:
    """Return the lineage of a table in which all sources come together.

    Args:
        table: The table: a stage, the rejected rows, or those that were accepted as sent.
        returns: The assets of the sources' returns.
        checked: The assets of their checked rows.
    """
    if table in REPORTING_TABLES:
        carried = [
            name
            for name in column_kinds(REPORTING_TABLES[table])
            if name not in _SAID_BY_THE_REGISTER
        ]
        return _lineage({name: _of_each(checked, _REJECTED_AS.get(name, name)) for name in carried})
    columns = column_kinds(STAGE_TABLES[table])
    if table == "return_titles":
        return _lineage({name: _of_each(returns, name) for name in columns})
    if table == "return_ledger":
        return _lineage(_ledger(returns, checked))
    return _lineage({name: _of_each(checked, name) for name in columns})


def _of_each(assets: Sequence[str], column: str) -> tuple[Column, ...]:
    return tuple((asset, column) for asset in assets)


def _ledger(returns: Sequence[str], checked: Sequence[str]) -> Sources:
    outcomes = ("accepted_count", "rejected_count", "ignored_count")
    return {
        **{name: _of_each(checked, "row_outcome_code") for name in outcomes},
        "read_count": _of_each(returns, "row_id"),
        "hidden_count": _of_each(returns, "is_hidden"),
        "spread_count": _of_each(returns, "row_number"),
        "hidden_sheets_text": _of_each(returns, "hidden_sheets_text"),
        "counted_count": _of_each(returns, "counted_count"),
        "file_name": _of_each(returns, "file_name"),
        "file_sha256": _of_each(returns, "file_sha256"),
    }


def _lineage(sources: Sources) -> dg.TableColumnLineage:
    return dg.TableColumnLineage(
        {
            name: [dg.TableColumnDep(dg.AssetKey(asset), column) for asset, column in columns]
            for name, columns in sources.items()
        }
    )
