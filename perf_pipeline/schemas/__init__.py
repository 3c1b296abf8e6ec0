"""Pandera schemas of every table, in flow order: register, stages, reporting.

A schema's class name is its table's name: `RatedOutturns` is `rated_outturns` in Dagster, in the
database and in the documents.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import pandas as pd
from pandas.api.types import pandas_dtype

from perf_pipeline.schemas import (
    disaggregated,
    findings,
    register,
    reporting,
    stages,
    star,
    summaries,
    withheld,
)
from perf_pipeline.schemas.columns import ColumnKind, Table

__all__ = [
    "DATASET_TABLES",
    "REPORTING_TABLES",
    "STAGE_TABLES",
    "STAR_TABLES",
    "WITHHELD_TABLES",
    "ColumnKind",
    "Table",
    "column_kinds",
    "conform",
    "disaggregated",
    "empty",
    "findings",
    "frame_of",
    "key_columns",
    "register",
    "reporting",
    "stages",
    "star",
    "summaries",
    "table_name",
    "withheld",
]

_DTYPES = {
    ColumnKind.CODE: "str",
    ColumnKind.TEXT: "str",
    ColumnKind.DATE: "str",
    ColumnKind.FIGURE: "float64",
    ColumnKind.COUNT: "Int64",
    ColumnKind.FLAG: "bool",
}


def table_name(model: type[Table]) -> str:
    """Return a schema's table name: `KpiScorecard` is `kpi_scorecard`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", model.__name__).lower()


STAGE_TABLES: Mapping[str, type[Table]] = {
    table_name(model): model
    for model in (
        stages.ReturnRows,
        stages.CheckedRows,
        stages.AcceptedOutturns,
        stages.ReturnLedger,
        stages.ReturnTitles,
        stages.KpisInForce,
        stages.ComparatorOutturns,
        stages.ComparedOutturns,
        stages.RatedOutturns,
        stages.EarlierRatings,
        withheld.WithheldFigures,
        withheld.WithheldRows,
        withheld.WithheldFiles,
    )
}
"""Tables that pass from step to step, by name."""

REPORTING_TABLES: Mapping[str, type[Table]] = {
    table_name(model): model
    for model in (
        summaries.DirectorateSummary,
        summaries.ServiceSummary,
        summaries.CouncilSummary,
        summaries.PrioritySummary,
        summaries.ThemeSummary,
        summaries.OwnerSummary,
        summaries.DirectorateTrend,
        reporting.KpiScorecard,
        findings.KpiComparisons,
        findings.KpiBenchmarks,
        reporting.KpiBreakdowns,
        reporting.Exceptions,
        reporting.KeyIssues,
        reporting.IndicatorsInDevelopment,
        reporting.ReturnStatus,
        reporting.RejectedRows,
        reporting.AcceptedRows,
        reporting.Restatements,
        findings.DataQuality,
        findings.RagScheme,
        findings.OrganisationChanges,
        disaggregated.DisaggregatedReturns,
        disaggregated.DisaggregatedSummary,
    )
}
"""Tables of a publication, by name, in the order in which they are published and digested."""

WITHHELD_TABLES: Mapping[str, type[Table]] = {
    table_name(model): model
    for model in (withheld.WithheldFigures, withheld.WithheldRows, withheld.WithheldFiles)
}
"""What the reporting tables withhold, by name: kept beside a publication, and no part of it."""

DATASET_TABLES: Mapping[str, type[Table]] = {
    table_name(model): model
    for model in (disaggregated.DisaggregatedOutturns, disaggregated.DisaggregatedRejections)
}
"""Rows of disaggregated returns, by name: kept by dataset, whose digest publications name."""

STAR_TABLES: Mapping[str, type[Table]] = {
    table_name(model): model
    for model in (
        star.DimQuarter,
        star.DimDirectorate,
        star.DimService,
        star.DimKpi,
        star.FactOutturn,
        star.KpiTrend,
    )
}
"""Views that BI tools relate by keys; they hold nothing that the tables of a publication do not."""


def column_kinds(model: type[Table]) -> dict[str, ColumnKind]:
    """Return the kind of each column of a schema, in order."""
    return dict(_column_kinds(model))


@cache
def _column_kinds(model: type[Table]) -> Mapping[str, ColumnKind]:
    columns = model.to_schema().columns
    return {name: ColumnKind(column.metadata["kind"]) for name, column in columns.items()}


def key_columns(model: type[Table]) -> list[str]:
    """Return the columns that tell a schema's rows apart: its declared unique columns."""
    schema = model.to_schema()
    if schema.unique:
        return list(schema.unique)
    return [name for name, column in schema.columns.items() if column.unique]


def conform(frame: pd.DataFrame, model: type[Table]) -> pd.DataFrame:
    """Put a frame's columns into a schema's order and dtypes; values are never changed.

    Raises:
        KeyError: A column is missing.
        ValueError: A whole-number column holds a fraction, or a flag of a typed frame is missing.
    """
    wanted = _dtypes(model)
    is_in_order = list(frame.columns) == list(wanted)
    ordered = (frame if is_in_order else frame[list(wanted)]).reset_index(drop=True)
    found = ordered.dtypes
    others = {name: dtype for name, dtype in wanted.items() if found[name] != dtype}
    return ordered.astype(others) if others else ordered


@cache
def _dtypes(model: type[Table]) -> Mapping[str, Any]:
    return {name: pandas_dtype(_DTYPES[kind]) for name, kind in _column_kinds(model).items()}


def frame_of(rows: Sequence[Mapping[str, Any]], model: type[Table]) -> pd.DataFrame:
    """Make a frame of a schema from its rows.

    Args:
        rows: What each row holds, by column; what is of no column of the schema is left out.
        model: The schema.

    Raises:
        KeyError: A column is missing.
        TypeError: A whole-number column holds a fraction, or a flag is neither true nor false.
    """
    columns = {name: [row[name] for row in rows] for name in _dtypes(model)}
    for name, kind in _column_kinds(model).items():
        if kind is ColumnKind.FLAG and not all(isinstance(each, bool) for each in columns[name]):
            raise TypeError(f"{name} holds what is neither true nor false.")
    return pd.DataFrame(
        {name: pd.array(columns[name], dtype=dtype) for name, dtype in _dtypes(model).items()}
    )


def empty(model: type[Table]) -> pd.DataFrame:
    """Return a frame of a schema with no rows."""
    return _empty(model).copy()


@cache
def _empty(model: type[Table]) -> pd.DataFrame:
    return conform(pd.DataFrame(columns=list(column_kinds(model)), dtype="object"), model)
