"""How a schema becomes an asset: description, column schema, and metadata of what was made."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypedDict

import dagster as dg
import pandas as pd

from perf_pipeline.errors import PerfPipelineError
from perf_pipeline.quarters import Quarter
from perf_pipeline.schemas import Table, column_kinds

OWNERS = ["team:performance"]


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


def frame_metadata(frame: pd.DataFrame, quarter: Quarter) -> dict[str, Any]:
    """Return what the UI shows of a frame: its quarter and how many rows it has."""
    return {"quarter": quarter.label, "dagster/row_count": len(frame)}


def preview(frame: pd.DataFrame, columns: Mapping[str, str]) -> dg.TableMetadataValue:
    """Return a frame's columns as a table for the UI, under headings; text stays text."""
    shown = frame[list(columns)].rename(columns=dict(columns)).astype("object")
    shown = shown.where(shown.notna(), "")
    records = [
        dg.TableRecord({str(name): _plain(value) for name, value in row.items()})
        for row in shown.to_dict("records")
    ]
    return dg.MetadataValue.table(records)


def _plain(value: object) -> str | int:
    return int(value) if isinstance(value, int) else str(value)


@contextmanager
def readable_failures() -> Iterator[None]:
    """Fail a step with the sentence that our own errors carry, as its first line."""
    try:
        yield
    except PerfPipelineError as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error
