"""A table held to its schema by the distinct values of its columns, to the same end as by rows.

    table ─a quick look─▶ clean
      └─column─▶ values and codes ─pandera's own checks─▶ clean
                                          └─▶ failing values ─pandera─▶ errors ─codes─▶ of each row

Pandera checks each value once, and says once of each value that fails what is wrong with it; that
is then said of every row that holds it. Only checks of one value at a time are trusted to this:
any other, and a table of which names, order or types are not the schema's, is validated as a whole.
"""

import copy
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pandera.errors
import pyarrow as pa
from pandera.engines import pandas_engine
from pandera.pandas import Check, Column, DataFrameSchema

from perf_pipeline.schemas.coded_columns import (
    Codes,
    Places,
    combined,
    numbered,
    renumbered,
    repeated,
)
from perf_pipeline.schemas.columns import Table
from perf_pipeline.schemas.quick_check import surely_holds

_OF_ONE_VALUE = frozenset(
    {"isin", "str_matches", "str_length", "greater_than_or_equal_to", "less_than_or_equal_to"}
)
"""Pandera's checks that judge a value without regard to the others of its column."""

_COSTLY = frozenset({"str_matches"})
"""Those of them that take longer than to find a text column's distinct values."""

_FEW_ROWS = 1_000
_MOST_DISTINCT = 0.5
_TEXT = pd.StringDtype(na_value=float("nan"))
_PANDAS_TYPES: Mapping[pa.DataType, Any] = {
    pa.int64(): pd.Int64Dtype(),
    pa.string(): _TEXT,
    pa.large_string(): _TEXT,
}
_SURE_TYPES = frozenset({*_PANDAS_TYPES, pa.float64()})
"""Types of Arrow's that are one type of pandas', whatever the values."""

_ALL_DUPLICATES = "all"
_NOT_FAILING = -1


class _Cells(NamedTuple):
    """A column by its values.

    Attributes:
        distinct: Values, labelled from 0; some may be no row's.
        codes: For each row, the place of its value; null where each row has its own.
        labels: The rows' labels.
    """

    distinct: pd.Series
    codes: Places | None
    labels: pd.Index

    def at(self, rows: Codes) -> pd.Series:
        """Return what rows hold, labelled as the rows are."""
        places = rows if self.codes is None else self.codes[rows]
        return self.distinct.iloc[places].set_axis(self.labels[rows])

    def cases_of_rows(self, cases: pd.DataFrame) -> pd.DataFrame:
        """Make failure cases of values those of the rows that hold them.

        Args:
            cases: Pandera's, with the value's place as `index`, no value twice.
        """
        places = cases["index"].to_numpy(dtype=np.int64)
        if self.codes is None:
            return cases.assign(index=self.labels[places])
        numbers = np.full(len(self.distinct), _NOT_FAILING)
        numbers[places] = np.arange(len(places))
        rows = np.flatnonzero((numbers != _NOT_FAILING)[self.codes])
        return cases.iloc[numbers[self.codes[rows]]].assign(index=self.labels[rows])


def validate_distinct(table: pd.DataFrame | pa.Table, model: type[Table]) -> None:
    """Hold a table to its schema, as `model.validate(table, lazy=True)` does.

    Args:
        table: A frame, or an Arrow table; an Arrow table's rows are labelled from 0.
        model: The schema.

    Raises:
        SchemaErrors: Of pandera, with the failure cases that `validate` has, in another order; its
            message names each failing value once and one repeated key, and of an Arrow table it
            does not hold the data.
    """
    _validate(table, model.to_schema(), is_trusted=_is_trusted_model(model))


def validate_by_schema(table: pd.DataFrame | pa.Table, schema: DataFrameSchema) -> None:
    """Hold a table to a pandera schema, as `validate_distinct` holds it to a model."""
    _validate(table, schema, is_trusted=_is_trusted(schema))


def _validate(table: pd.DataFrame | pa.Table, schema: DataFrameSchema, *, is_trusted: bool) -> None:
    """Look, then check values, then rows: a schema that is not trusted is checked by rows alone."""
    if not is_trusted:
        schema.validate(_as_frame(table), lazy=True)
        return
    if isinstance(table, pd.DataFrame) and surely_holds(schema, table):
        return
    cells = _cells(table, schema)
    if cells is None:
        schema.validate(_as_frame(table), lazy=True)
        return
    errors = [*_key_errors(schema, cells), *_column_errors(schema, cells)]
    if errors:
        data = table if isinstance(table, pd.DataFrame) else pd.DataFrame()
        raise pandera.errors.SchemaErrors(schema=schema, schema_errors=errors, data=data)


@cache
def _is_trusted_model(model: type[Table]) -> bool:
    return _is_trusted(model.to_schema())


def _is_trusted(schema: DataFrameSchema) -> bool:
    """Tell whether all that a schema asks for is seen in single values and in its keys."""
    asks_more = (
        schema.checks
        or schema.parsers
        or schema.index is not None
        or schema.dtype is not None
        or schema.coerce
        or schema.report_duplicates != _ALL_DUPLICATES
        or schema.add_missing_columns
        or schema.drop_invalid_rows
    )
    has_names = all(isinstance(name, str) for name in schema.unique or ())
    is_fixed = schema.strict is True and bool(schema.ordered)
    return (
        is_fixed
        and has_names
        and not asks_more
        and all(map(_is_own_column, schema.columns.values()))
    )


def _is_own_column(column: Column) -> bool:
    asks_more = (
        column.parsers
        or column.coerce
        or column.report_duplicates != _ALL_DUPLICATES
        or column.regex
        or not column.required
        or column.default is not None
        or column.drop_invalid_rows
        or column.dtype is None
    )
    return type(column) is Column and not asks_more and all(map(_is_built_in, column.checks))


def _is_built_in(check: Check) -> bool:
    """Tell a check that pandera made by a name of its own from one that only bears it.

    A check that is applied otherwise than pandera does by itself, to nulls or within groups, is not
    equal to its own.
    """
    if check.name not in _OF_ONE_VALUE:
        return False
    try:
        own = getattr(Check, check.name)(**(check.statistics or {}))
    except (TypeError, ValueError):
        return False
    return bool(check == own)


def _cells(table: pd.DataFrame | pa.Table, schema: DataFrameSchema) -> dict[str, _Cells] | None:
    """Return a table's columns, or nothing where their names, order or types are not right."""
    if isinstance(table, pa.Table):
        if table.column_names != list(schema.columns):
            return None
        labels = pd.RangeIndex(len(table))
        cells = {
            name: _cells_of_arrow(table[name], labels, is_free=_is_free(schema, column))
            for name, column in schema.columns.items()
        }
    else:
        if list(table.columns) != list(schema.columns):
            return None
        cells = {
            name: _cells_of_series(table[name], column) for name, column in schema.columns.items()
        }
    fits = (_fits(schema.columns[name], each.distinct) for name, each in cells.items())
    return cells if all(fits) else None


def _fits(column: Column, values: pd.Series) -> bool:
    """Tell whether values are of the column's type by their own, whatever they are."""
    if values.dtype == object:
        return False
    return column.dtype.check(pandas_engine.Engine.dtype(values.dtype)) is True


def _is_free(schema: DataFrameSchema, column: Column) -> bool:
    """Tell a column of which nothing is asked but its type."""
    is_of_key = column.unique or column.name in (schema.unique or ())
    return column.nullable and not column.checks and not is_of_key


def _cells_of_arrow(values: pa.ChunkedArray, labels: pd.Index, *, is_free: bool) -> _Cells:
    is_coded = pa.types.is_dictionary(values.type)
    kind = values.type.value_type if is_coded else values.type
    if is_free and kind in _SURE_TYPES:
        return _Cells(_as_series(pa.array([], kind)), None, labels)
    if not is_coded:
        return _Cells(_as_series(values), None, labels)
    codes, distinct = numbered(values)
    return _Cells(_as_series(distinct), codes, labels)


def _as_series(values: pa.Array | pa.ChunkedArray) -> pd.Series:
    series: pd.Series = values.to_pandas(types_mapper=_PANDAS_TYPES.get)
    return series


def _as_frame(table: pd.DataFrame | pa.Table) -> pd.DataFrame:
    if isinstance(table, pd.DataFrame):
        return table
    return pd.DataFrame({name: _decoded(table[name]) for name in table.column_names})


def _decoded(column: pa.ChunkedArray) -> pd.Series:
    is_coded = pa.types.is_dictionary(column.type)
    return _as_series(column.cast(column.type.value_type) if is_coded else column)


def _cells_of_series(series: pd.Series, column: Column) -> _Cells:
    """Take a text's distinct values where a check is costly and the column repeats itself."""
    is_costly = any(check.name in _COSTLY for check in column.checks)
    if not (is_costly and series.dtype == _TEXT and _repeats_itself(series)):
        return _Cells(series.reset_index(drop=True), None, series.index)
    codes, values = numbered(pa.table([pa.array(series)], [series.name])[0])
    return _Cells(_as_series(values), codes, series.index)


def _repeats_itself(series: pd.Series) -> bool:
    if len(series) < _FEW_ROWS:
        return False
    sample = series.iloc[:: len(series) // _FEW_ROWS]
    return bool(sample.nunique(dropna=False) < _MOST_DISTINCT * len(sample))


def _column_errors(
    schema: DataFrameSchema, cells: Mapping[str, _Cells]
) -> Iterator[pandera.errors.SchemaError]:
    """Say what is wrong with columns; of values that no row holds nothing is wrong.

    Raises:
        SchemaDefinitionError: A check has failed, and by no value.
    """
    for name, column in schema.columns.items():
        for error in _value_errors(cells[name].distinct, column):
            if error.failure_cases.empty:
                raise pandera.errors.SchemaDefinitionError(f"No value fails a check of {name}")
            error.failure_cases = cells[name].cases_of_rows(error.failure_cases)
            if not error.failure_cases.empty:
                yield error


def _value_errors(values: pd.Series, column: Column) -> Iterator[pandera.errors.SchemaError]:
    """Let pandera check values, and say what is wrong with them, as it does for a column."""
    backend: Any = column.get_backend(values)
    yield from _as_errors(column, backend.check_nullable(values, column))
    for number, check in enumerate(column.checks):
        yield from _as_errors(column, backend.run_check(values, column, check, number))


def _as_errors(column: Column, result: Any) -> Iterator[pandera.errors.SchemaError]:
    """Make an error of a result of pandera's, unless it has passed."""
    error: Any = pandera.errors.SchemaError
    if not result.passed:
        yield error(
            schema=column,
            data=None,
            message=result.message,
            failure_cases=result.failure_cases,
            check=result.check,
            check_index=result.check_index,
            reason_code=result.reason_code,
        )


def _only(column: Column, **changes: Any) -> Column:
    changed = copy.copy(column)
    for name, value in changes.items():
        setattr(changed, name, value)
    return changed


def _errors(
    schema: Column | DataFrameSchema, frame: pd.DataFrame
) -> list[pandera.errors.SchemaError]:
    """Let pandera say what is wrong with rows that are known to fail.

    Raises:
        SchemaDefinitionError: It finds nothing wrong with them, and so they were misjudged.
    """
    try:
        schema.validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        return list(errors.schema_errors)
    raise pandera.errors.SchemaDefinitionError(f"The checks of {schema.name} contradict each other")


def _key_errors(
    schema: DataFrameSchema, cells: Mapping[str, _Cells]
) -> Iterator[pandera.errors.SchemaError]:
    if schema.unique:
        keys, size = combined(_codes(cells[name]) for name in schema.unique)
        rows = repeated(keys, size)
        if len(rows):
            yield _key_error(schema, cells, rows, rows[keys[rows] == keys[rows[0]]])
    for name, column in schema.columns.items():
        if column.unique:
            rows = repeated(*_codes(cells[name]))
            if len(rows):
                only = _only(column, checks=[], nullable=True)
                yield from _errors(only, cells[name].at(rows).to_frame(name))


def _key_error(
    schema: DataFrameSchema, cells: Mapping[str, _Cells], rows: Codes, alike: Codes
) -> pandera.errors.SchemaError:
    """Let pandera say what is wrong with rows of one key, and say it of all rows whose key repeats.

    Args:
        schema: The schema.
        cells: Its columns.
        rows: Rows whose key is another row's too.
        alike: Those of them that have one key.
    """
    sample = pd.DataFrame({name: cells[name].at(alike) for name in schema.unique})
    (error,) = _errors(DataFrameSchema(unique=schema.unique, name=schema.name), sample)
    cases = [
        pd.DataFrame({"column": name, "index": values.index, "failure_case": values.array})
        for name, values in ((name, cells[name].at(rows)) for name in schema.unique)
    ]
    error.failure_cases = pd.concat(cases, ignore_index=True).dropna()
    return error


def _codes(cells: _Cells) -> tuple[Places, int]:
    """Return codes that are equal where values are, and how many there are of them."""
    codes, count = renumbered(cells.distinct)
    if cells.codes is None:
        return codes, count
    is_each_once = count == len(codes)
    return (cells.codes if is_each_once else codes[cells.codes]), count
