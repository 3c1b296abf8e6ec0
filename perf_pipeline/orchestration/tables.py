"""How a schema becomes an asset: description, column schema, and metadata of what was made.

Text that a source gave is shown as text, in tables or as JSON; it never becomes Markdown or a link.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import dagster as dg
import pandas as pd

from perf_pipeline.quarters import Quarter
from perf_pipeline.schemas import Table, column_kinds, conform, empty

OWNERS = ["team:performance"]

REGISTER_GROUP = "1_register"
RETURNS_GROUP = "2_returns"
OUTTURNS_GROUP = "3_outturns"
RATINGS_GROUP = "4_ratings"
REPORTING_GROUP = "5_reporting"
PUBLICATION_GROUP = "6_publication"
"""Groups, numbered since the UI lists them by name: so they stand as the data flow."""

_LONGEST_CELL = 300


class AssetFacts(TypedDict):
    """What the UI shows of an asset whether or not it has been made."""

    description: str
    owners: list[str]
    metadata: dict[str, Any]


def asset_facts(model: type[Table], *, description: str | None = None) -> AssetFacts:
    """Return an asset's description, owners and column schema as its schema states them."""
    return {
        "description": description or str(model.__doc__),
        "owners": OWNERS,
        "metadata": {"dagster/column_schema": _column_schema(model)},
    }


def _column_schema(model: type[Table]) -> dg.TableSchema:
    kinds = column_kinds(model)
    columns = model.to_schema().columns
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name,
                type=kind.value,
                description=columns[name].description,
                constraints=dg.TableColumnConstraints(
                    nullable=columns[name].nullable, unique=columns[name].unique
                ),
            )
            for name, kind in kinds.items()
        ]
    )


def stacked(frames: Sequence[pd.DataFrame], model: type[Table]) -> pd.DataFrame:
    """Return frames of one schema under each other, those without rows left out."""
    filled = [frame for frame in frames if not frame.empty]
    return conform(pd.concat(filled, ignore_index=True), model) if filled else empty(model)


def frame_metadata(frame: pd.DataFrame, quarter: Quarter) -> dict[str, Any]:
    """Return what the UI shows of a frame: its quarter and how many rows it has."""
    return {"quarter": quarter.label, "dagster/row_count": len(frame)}


def preview(frame: pd.DataFrame, columns: Mapping[str, str]) -> dg.TableMetadataValue:
    """Return a frame's columns as a table for the UI, under headings; text stays text."""
    return table_of(records(frame, columns))


def records(frame: pd.DataFrame, columns: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return a frame's columns under headings, a mapping for each row."""
    values = [frame[name].tolist() for name in columns]
    return [dict(zip(columns.values(), row, strict=True)) for row in zip(*values, strict=True)]


def table_of(rows: Sequence[Mapping[str, Any]]) -> dg.TableMetadataValue:
    """Return rows that share their headings as a table for the UI; long text is cut."""
    shown = [{heading: _plain(value) for heading, value in row.items()} for row in rows]
    return dg.MetadataValue.table([dg.TableRecord(row) for row in shown])


def _plain(value: Any) -> str | int:
    if isinstance(value, int):
        return int(value)
    text = "" if pd.isna(value) else str(value)
    return text if len(text) <= _LONGEST_CELL else f"{text[: _LONGEST_CELL - 1]}…"
