"""What readers see: the views, and whole publications at one moment."""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd
import sqlalchemy as sa

from perf_pipeline.errors import RequestError
from perf_pipeline.quarters import Quarter
from perf_pipeline.schemas import REPORTING_TABLES, STAR_TABLES, ColumnKind, key_columns
from perf_pipeline.warehouse.content import Layout, Row, rows_frame
from perf_pipeline.warehouse.engine import reading
from perf_pipeline.warehouse.life_tables import current_publications, publication_versions
from perf_pipeline.warehouse.migrate import require_schema
from perf_pipeline.warehouse.tables import reporting_views, version_tables

_OWN_KEYS: Mapping[str, list[str]] = {
    "publications": ["quarter_key", "version_number"],
    "data_dictionary": ["table_name", "column_order"],
    "publication_releases": ["quarter_key", "move_number"],
    "publication_changes": [
        "quarter_key",
        "publication_id",
        "table_name",
        "row_key",
        "column_name",
    ],
    "sign_offs": ["quarter_key", "draft_number", "role_name"],
}

SHORTEST_PREFIX = 6
"""Characters of a publication's id that name it for certain."""


@dataclass(frozen=True)
class Publication:
    """One immutable version of a quarter's reporting tables, as it came into view.

    Attributes:
        publication_id: Digest of its content.
        quarter_key: Its quarter.
        version_number: 1 for the quarter's first publication.
        is_new: True where the call that returned this value wrote it.
        move_number: The quarter's move that brought it into view, 1 for the first; 0 for a draft
            that readers do not see.
    """

    publication_id: str
    quarter_key: str
    version_number: int
    is_new: bool
    move_number: int

    @property
    def is_released(self) -> bool:
        """Whether readers see it."""
        return self.move_number > 0


def current_publication(engine: sa.Engine, quarter: Quarter) -> Publication | None:
    """Return the publication of a quarter that readers see, None before the first.

    Raises:
        SchemaVersionError: The database's schema is not this code's.
        PublicationError: The database cannot be read.
    """
    with reading(engine) as connection:
        require_schema(connection)
        return publication_in_view(connection, quarter)


def publication_in_view(connection: sa.Connection, quarter: Quarter) -> Publication | None:
    """Return the publication of a quarter that this connection sees."""
    pointer, version = current_publications.c, publication_versions.c
    query = (
        sa.select(pointer.publication_id, version.version_number, pointer.move_number)
        .join_from(current_publications, publication_versions)
        .where(pointer.quarter_key == quarter.key)
    )
    row = connection.execute(query).first()
    if row is None:
        return None
    return Publication(
        row.publication_id,
        quarter.key,
        row.version_number,
        is_new=False,
        move_number=row.move_number,
    )


def read_table(engine: sa.Engine, table: str, quarter: Quarter | None = None) -> pd.DataFrame:
    """Read one view, of one quarter or of all, in the order in which reports print it.

    Tables read one call after another may be of different publications: `read_quarter` reads
    them together. `data_dictionary` is of no quarter.

    Raises:
        RequestError: There is no such view.
        SchemaVersionError: The database's schema is not this code's.
        PublicationError: The database cannot be read.
    """
    view = reporting_views.get(table)
    if view is None:
        names = ", ".join(reporting_views)
        raise RequestError(f"`{table}` is no reporting table. Choose one of: {names}.")
    query = sa.select(view)
    if quarter is not None and "quarter_key" in view.columns:
        query = query.where(view.c.quarter_key == quarter.key)
    with reading(engine) as connection:
        require_schema(connection)
        return _in_report_order(rows_frame(connection.execute(query), view.columns), table)


def read_quarter(engine: sa.Engine, quarter: Quarter) -> dict[str, pd.DataFrame]:
    """Read every table of a quarter's publication at one moment, with its `publication_id`.

    Before the first publication every frame is empty.

    Raises:
        SchemaVersionError: The database's schema is not this code's.
        PublicationError: The database cannot be read.
    """
    with reading(engine) as connection:
        require_schema(connection)
        current = publication_in_view(connection, quarter)
        return read_published(connection, current.publication_id if current else "")


def read_published(
    connection: sa.Connection, publication_id: str, wanted: Collection[str] | None = None
) -> dict[str, pd.DataFrame]:
    """Read the tables of one publication, in view or not, each with its `publication_id`.

    Args:
        connection: The caller's.
        publication_id: The publication.
        wanted: The tables to read; every table where it is not given.
    """
    return {
        name: _in_report_order(
            rows_frame(
                connection.execute(
                    sa.select(table).where(table.c.publication_id == publication_id)
                ),
                table.columns,
            ),
            name,
        )
        for name, table in version_tables.items()
        if wanted is None or name in wanted
    }


def stored_rows(
    connection: sa.Connection,
    publication_id: str,
    layout: Layout,
    tables: Mapping[str, sa.Table] = version_tables,
) -> dict[str, list[Row]]:
    """Return one publication's rows as the database holds them, for its digest.

    A value that no publication of ours can hold, such as text where a figure belongs, stays what
    it is and so spoils the digest.

    Args:
        connection: The caller's.
        publication_id: The publication.
        layout: Tables and columns wanted.
        tables: Where to read them: where versions are kept, or the readers' views.
    """
    return {
        name: list(
            raw_rows(
                connection,
                tables[name],
                columns,
                tables[name].c.publication_id == publication_id,
            )
        )
        for name, columns in layout.items()
    }


def raw_rows(
    connection: sa.Connection,
    table: sa.Table,
    columns: Iterable[str],
    condition: sa.ColumnElement[bool] | None = None,
) -> Iterator[Row]:
    """Return rows of one table as the database holds them: those that meet a condition, or all."""
    chosen = [table.c[name] for name in columns]
    # Column types would turn what is wrong into what is right: 2 into true, 2023-W01-1 into a day.
    raw = [sa.type_coerce(each, sa.types.NullType()).label(each.name) for each in chosen]
    query = sa.select(*raw)
    query = query if condition is None else query.where(condition)
    kinds = [each.info["kind"] for each in chosen]
    for row in connection.execute(query):
        yield tuple(_canonical(value, kind) for value, kind in zip(row, kinds, strict=True))


def _canonical(value: Any, kind: str) -> Any:
    if isinstance(value, Decimal) and f"{Decimal(repr(float(value))):f}" != f"{value:f}":
        return str(value)
    if kind == ColumnKind.FIGURE and isinstance(value, float | Decimal):
        return float(value) + 0.0
    if kind == ColumnKind.FLAG and value in {0, 1}:
        return bool(value)
    return value.isoformat() if isinstance(value, dt.date) else value


def _in_report_order(frame: pd.DataFrame, table: str) -> pd.DataFrame:
    """Sort here rather than in the database, whose collation may be any."""
    keys = _OWN_KEYS.get(table) or _model_keys(table)
    first = ["quarter_key", "display_order"]
    if "breakdown_category_code" in frame.columns:
        # Its place is one within its breakdown.
        first = ["quarter_key", "kpi_ref", "breakdown_type_code", "display_order"]
    first = [name for name in first if name in frame.columns]
    columns = list(dict.fromkeys([*first, *keys]))
    return frame.sort_values(columns, kind="stable", ignore_index=True)


def _model_keys(view: str) -> list[str]:
    table = view.removesuffix("_history")
    keys = key_columns({**REPORTING_TABLES, **STAR_TABLES}[table])
    return keys if table == view else ["visible_from", *keys]
