"""`docs/contract.odcs.yaml`: what readers may rely on, for machines to read.

The form is the Open Data Contract Standard (https://bitol-io.github.io/open-data-contract-standard/),
which data catalogues and checkers read.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ruamel.yaml import YAML

from perf_pipeline.schemas.columns import ColumnKind, Table
from perf_pipeline.schemas.views import STAR_REFERENCES, View, ViewColumn, view_model

STANDARD = "v3.1.0"
"""Version of the standard."""

_LOGICAL_TYPES: Mapping[str, str] = {
    ColumnKind.CODE: "string",
    ColumnKind.TEXT: "string",
    ColumnKind.FIGURE: "number",
    ColumnKind.COUNT: "integer",
    ColumnKind.FLAG: "boolean",
    ColumnKind.DATE: "date",
    "timestamp": "timestamp",
}
_UNBROKEN = 10_000
"""Line width at which no text is broken."""

_DESCRIPTION = {
    "purpose": "A council's performance indicators, quarter by quarter: figures, targets, ratings, "
    "directions of travel and their summaries, as released.",
    "usage": "Read what belongs together in one statement, in one transaction (REPEATABLE READ on "
    "PostgreSQL, BEGIN on SQLite), or in statements on the history views that all name one "
    "publication_id and its move_number; then a quarter is seen whole, the old one or the new one.",
    "limitations": "Missing is never 0: a figure that is not there is null, and "
    "outturn_status_code or not_rated_reason_code says why.",
}
_SERVERS = (
    {
        "server": "postgresql",
        "type": "postgresql",
        "description": "A council's own server; its address is not part of this contract.",
        "host": "${HOST}",
        "port": 5432,
        "database": "${DATABASE}",
        "schema": "reporting",
    },
    {
        "server": "sqlite",
        "type": "local",
        "description": "A council's own file, where it has no server; views have the same names.",
        "path": "${PERF_PIPELINE_HOME}/perf_pipeline.sqlite",
        "format": "sqlite",
    },
)
_TEAM = {
    "name": "Performance team",
    "members": [
        {"username": "performance-team", "role": "owner"},
        {"username": "data-engineer", "role": "data steward"},
    ],
}
_ROLES = (
    {
        "role": "perf_reader",
        "access": "read",
        "description": "Sees the views of schema reporting and nothing else (sql/roles.sql).",
        "firstLevelApprovers": "performance team",
    },
)
_SERVICE_LEVELS = (
    {
        "id": "frequency",
        "property": "frequency",
        "value": "once a quarter of the financial year, which begins on 1 April",
        "description": "A quarter may be released again; publication_changes says what changed.",
    },
    {
        "id": "deadline",
        "property": "timeOfAvailability",
        "value": "after the working day by which the quarter's returns are due",
        "description": "council.yaml says how many of England's working days after the quarter's "
        "end that is (return_deadline_working_days). The quarter is released once its checks have "
        "passed and every role that council.yaml names under sign_off has signed.",
        "driver": "operational",
    },
    {
        "id": "retention",
        "property": "retention",
        "value": "for good",
        "description": "Every publication is kept and never changed; the history views show each "
        "that was released.",
    },
)


def contract_text(views: Sequence[View], version: str) -> str:
    """Return the text of `docs/contract.odcs.yaml`.

    Args:
        views: Every view that readers see.
        version: Version of the package, which is the contract's.
    """
    writer = YAML()
    writer.width = _UNBROKEN
    writer.representer.ignore_aliases = lambda _: True
    writer.indent(mapping=2, sequence=4, offset=2)
    written = io.StringIO()
    writer.dump(contract(views, version), written)
    return "# Written from the schemas by `make docs`.\n" + written.getvalue()


def contract(views: Sequence[View], version: str) -> dict[str, Any]:
    """Return the contract as plain values; arguments as for `contract_text`."""
    keys = {view.name: view.keys for view in views}
    return {
        "apiVersion": STANDARD,
        "kind": "DataContract",
        "id": "perf-pipeline-reporting",
        "name": "Council performance reporting tables",
        "version": version,
        "status": "active",
        "domain": "council performance",
        "description": dict(_DESCRIPTION),
        "servers": [dict(server) for server in _SERVERS],
        "schema": [_object(view, keys) for view in views],
        "team": dict(_TEAM),
        "roles": [dict(role) for role in _ROLES],
        "slaProperties": [dict(level) for level in _SERVICE_LEVELS],
    }


def _object(view: View, keys: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    rules = _rules(view_model(view.name))
    written: dict[str, Any] = {
        "name": view.name,
        "logicalType": "object",
        "physicalType": "view",
        "description": view.description,
        "dataGranularityDescription": f"One row for each {', '.join(view.keys)}.",
        "properties": [
            _property(view, column, rules.get(column.name, {}), keys) for column in view.columns
        ],
    }
    if len(view.keys) > 1:
        arguments = {"properties": list(view.keys)}
        written["quality"] = [_quality("duplicateValues", "uniqueness", arguments)]
    return written


def _property(
    view: View,
    column: ViewColumn,
    rules: Mapping[str, Mapping[str, Any]],
    keys: Mapping[str, Sequence[str]],
) -> dict[str, Any]:
    written: dict[str, Any] = {
        "name": column.name,
        "logicalType": _LOGICAL_TYPES[column.kind],
        "physicalType": column.type_text,
        "description": column.description,
        "required": not column.is_nullable,
    }
    if column.name in view.keys:
        place = view.keys.index(column.name) + 1
        written |= {"primaryKey": True, "primaryKeyPosition": place}
        written |= {"unique": True} if len(view.keys) == 1 else {}
    target = STAR_REFERENCES.get(view.name, {}).get(column.name)
    if target is not None:
        (key,) = keys[target]
        written["relationships"] = [{"type": "foreignKey", "to": f"{target}.{key}"}]
    limits = _limits(column, rules)
    written |= {"logicalTypeOptions": limits} if limits else {}
    checks = list(_checks(column, rules))
    return written | ({"quality": checks} if checks else {})


def _limits(column: ViewColumn, rules: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return what the standard keeps beside a type: width, least value, form."""
    if column.kind == ColumnKind.CODE:
        return {"maxLength": column.width}
    if column.kind == ColumnKind.DATE:
        return {"format": "yyyy-MM-dd"}
    if column.kind == "timestamp":
        return {"timezone": True}
    least = rules.get("greater_than_or_equal_to", {})
    return {"minimum": least["min_value"]} if least else {}


def _checks(column: ViewColumn, rules: Mapping[str, Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    """Return the rules on values, for values that are not null."""
    if "isin" in rules:
        arguments = {"validValues": list(rules["isin"]["allowed_values"])}
        yield _quality("invalidValues", "conformity", arguments)
    if "str_matches" in rules and column.kind == ColumnKind.CODE:
        arguments = {"pattern": rules["str_matches"]["pattern"]}
        yield _quality("invalidValues", "conformity", arguments)


def _quality(metric: str, dimension: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "library",
        "metric": metric,
        "arguments": dict(arguments),
        "mustBe": 0,
        "dimension": dimension,
    }


def _rules(model: type[Table] | None) -> dict[str, dict[str, Mapping[str, Any]]]:
    """Return each column's rules, by column and name."""
    if model is None:
        return {}
    return {
        name: {str(check.name): check.statistics or {} for check in column.checks}
        for name, column in model.to_schema().columns.items()
    }
