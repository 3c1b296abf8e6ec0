"""What must hold of a quarter's tables before anything of them is written."""

from collections.abc import Iterator, Mapping
from functools import cache

import numpy as np
import pandas as pd
import pandera.errors

from perf_pipeline.errors import PublicationError
from perf_pipeline.quarters import Quarter
from perf_pipeline.schemas import (
    REPORTING_TABLES,
    WITHHELD_TABLES,
    ColumnKind,
    Table,
    column_kinds,
    empty,
)
from perf_pipeline.schemas.distinct import validate_distinct

_NUL = "\x00"


def check_tables(tables: Mapping[str, pd.DataFrame], quarter: Quarter) -> None:
    """Make sure that these are all the reporting tables, valid, of one quarter, and keepable.

    Raises:
        PublicationError: With every fault found, a line each.
    """
    _refuse(list(_faults(tables, quarter)), quarter)


def check_withheld(tables: Mapping[str, pd.DataFrame], quarter: Quarter) -> None:
    """Make sure that tables of `WITHHELD_TABLES` are valid, of one quarter, and keepable.

    Raises:
        KeyError: A table is none of them.
        PublicationError: With every fault found, a line each.
    """
    found = (
        f"{name}: {fault}"
        for name, frame in tables.items()
        for fault in _table_faults(frame, WITHHELD_TABLES[name], quarter)
    )
    _refuse(list(found), quarter)


def _refuse(faults: list[str], quarter: Quarter) -> None:
    if faults:
        lines = "".join(f"\n  {fault}" for fault in faults)
        raise PublicationError(
            f"The tables of {quarter.label} cannot be published; nothing was changed:{lines}"
        )


def _faults(tables: Mapping[str, pd.DataFrame], quarter: Quarter) -> Iterator[str]:
    for name in sorted(set(tables).symmetric_difference(REPORTING_TABLES)):
        yield f"{name}: " + ("missing" if name in REPORTING_TABLES else "not a reporting table")
    for name, model in REPORTING_TABLES.items():
        if name in tables:
            yield from (f"{name}: {fault}" for fault in _table_faults(tables[name], model, quarter))
    if all(frame.empty for frame in tables.values()):
        yield "no table has a row"


def _table_faults(frame: pd.DataFrame, model: type[Table], quarter: Quarter) -> Iterator[str]:
    if frame.empty and frame.dtypes.equals(_dtypes(model)):
        # There is nothing to check, which takes pandera as long as many rows do.
        return
    schema_faults = list(_schema_faults(frame, model))
    yield from schema_faults
    if schema_faults:
        return
    others = set(frame["quarter_key"].tolist()) - {quarter.key}
    if others:
        yield f"rows of {', '.join(sorted(others))}"
    for column, kind in column_kinds(model).items():
        yield from _value_faults(frame[column], kind)


@cache
def _dtypes(model: type[Table]) -> pd.Series:
    return empty(model).dtypes


def _schema_faults(frame: pd.DataFrame, model: type[Table]) -> Iterator[str]:
    try:
        validate_distinct(frame, model)
    except pandera.errors.SchemaErrors as errors:
        cases = errors.failure_cases
        for (column, check), group in cases.groupby(["column", "check"], dropna=False, sort=False):
            yield f"{column}: {check} fails {len(group)} times"


def _value_faults(column: pd.Series, kind: ColumnKind) -> Iterator[str]:
    if kind is ColumnKind.FIGURE:
        is_bad, what = np.isinf(column.to_numpy()), "an infinite figure"
    elif kind is ColumnKind.DATE:
        is_bad, what = _is_no_day(column).to_numpy(), "a day that does not exist"
    elif kind in {ColumnKind.CODE, ColumnKind.TEXT}:
        is_bad = np.array([isinstance(text, str) and _NUL in text for text in column.tolist()])
        what = "a NUL character, which PostgreSQL cannot keep,"
    else:
        return
    if is_bad.any():
        yield f"{column.name}: {what} in row {int(is_bad.argmax()) + 1}"


def _is_no_day(column: pd.Series) -> pd.Series:
    days = pd.to_datetime(column, format="%Y-%m-%d", errors="coerce")
    return days.isna() & column.notna()
