"""Write what the schemas say to readers: docs/tables.md and docs/contract.odcs.yaml.

With `--release-baseline`, write docs/published_columns.json instead: what readers are promised from
this release on. That is refused while CHANGELOG.md does not announce what breaks the last promise.
"""

import json
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from perf_pipeline.schemas import DATASET_TABLES, key_columns
from perf_pipeline.schemas.compatibility import breaking_changes, released_text, unannounced
from perf_pipeline.schemas.contract import contract_text
from perf_pipeline.schemas.documents import tables_page
from perf_pipeline.schemas.views import HISTORY_SUFFIX, View, ViewColumn, view_model
from perf_pipeline.warehouse.life_tables import (
    publication_change_entries,
    publication_moves,
    publication_signatures,
    publication_versions,
)
from perf_pipeline.warehouse.tables import (
    data_dictionary_entries,
    detail_views,
    dictionary_rows,
    reporting_views,
)

FOLDER = Path(__file__).parent
BASELINE = FOLDER / "published_columns.json"

_KEPT_IN: Mapping[str, sa.Table] = {
    "publications": publication_versions,
    "publication_releases": publication_moves,
    "publication_changes": publication_change_entries,
    "sign_offs": publication_signatures,
    "data_dictionary": data_dictionary_entries,
}


def published_views() -> list[View]:
    """Return every view that the warehouse declares, as plain values."""
    types = {(row["table_name"], row["column_name"]): row["type_text"] for row in dictionary_rows()}
    return [
        View(
            name,
            str(view.comment),
            _keys(name),
            tuple(_column(column, types[name, column.name]) for column in view.columns),
        )
        for name, view in reporting_views.items()
    ]


def detail_view_values() -> list[View]:
    """Return every view of rows that only some see, as plain values."""
    dialect = postgresql.dialect()
    return [
        View(
            name,
            str(view.comment),
            ("quarter_key", "source_code", *_detail_keys(name)),
            tuple(_column(each, each.type.compile(dialect).lower()) for each in view.columns),
        )
        for name, view in detail_views.items()
    ]


def documents() -> dict[Path, str]:
    """Return the text of each document that is written from the schemas."""
    project = tomllib.loads((FOLDER.parent / "pyproject.toml").read_text(encoding="utf-8"))
    views = published_views()
    return {
        FOLDER / "tables.md": tables_page(views, detail_view_values()),
        FOLDER / "contract.odcs.yaml": contract_text(views, project["project"]["version"]),
    }


def broken_promises() -> list[str]:
    """Return what breaks the last release's promise and is not announced, a sentence each."""
    released = json.loads(BASELINE.read_text(encoding="utf-8"))
    changelog = (FOLDER.parent / "CHANGELOG.md").read_text(encoding="utf-8")
    return unannounced(breaking_changes(released, published_views()), changelog)


def _keys(name: str) -> tuple[str, ...]:
    model = view_model(name)
    if model is None:
        return tuple(str(column.name) for column in _KEPT_IN[name].primary_key)
    release = ("publication_id", "move_number") if name.endswith(HISTORY_SUFFIX) else ()
    return (*key_columns(model), *release)


def _detail_keys(name: str) -> list[str]:
    """Return what tells a view's rows apart within a return."""
    own = {"quarter_key": "figure_quarter_key"}
    return [own.get(key, key) for key in key_columns(DATASET_TABLES[name])]


def _column(column: sa.Column[object], type_text: str) -> ViewColumn:
    return ViewColumn(
        str(column.name),
        str(column.info["kind"]),
        type_text,
        str(column.comment),
        getattr(column.type, "length", None),
        is_nullable=bool(column.nullable),
    )


def _write(texts: Mapping[Path, str]) -> None:
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    if "--release-baseline" not in sys.argv:
        _write(documents())
    elif BASELINE.is_file() and (broken := broken_promises()):
        sys.exit("\n".join(broken))
    else:
        _write({BASELINE: released_text(published_views())})
