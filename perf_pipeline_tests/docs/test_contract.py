"""`docs/contract.odcs.yaml` is a contract of the Open Data Contract Standard, and says it all.

Required fields and permitted words are those of the standard's JSON schema, version 3.1.0.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from perf_pipeline.schemas import STAR_TABLES
from perf_pipeline.warehouse.tables import dictionary_rows, reporting_views

TEXT = Path(__file__).resolve().parents[2].joinpath("docs", "contract.odcs.yaml").read_text("utf-8")
FIELDS = {
    "contract": (
        {"apiVersion", "kind", "id", "version", "status"},
        {"name", "domain", "description", "servers", "schema", "team", "roles", "slaProperties"},
    ),
    "object": (
        {"name"},
        {"logicalType", "physicalType", "description", "dataGranularityDescription", "properties"}
        | {"quality"},
    ),
    "property": (
        {"name"},
        {"logicalType", "logicalTypeOptions", "physicalType", "description", "required", "unique"}
        | {"primaryKey", "primaryKeyPosition", "relationships", "quality"},
    ),
    "quality": ({"metric", "mustBe"}, {"type", "arguments", "dimension"}),
    "postgresql": (
        {"server", "type", "host", "port", "database", "schema"},
        {"description"},
    ),
    "local": ({"server", "type", "path", "format"}, {"description"}),
    "team": (set(), {"name", "members"}),
    "member": ({"username"}, {"role"}),
    "role": ({"role"}, {"access", "description", "firstLevelApprovers"}),
    "service level": ({"property", "value"}, {"id", "description", "driver"}),
    "relationship": ({"to"}, {"type"}),
}
LIMITS = {
    "string": {"maxLength"},
    "number": set(),
    "integer": {"minimum"},
    "boolean": set(),
    "date": {"format"},
    "timestamp": {"timezone"},
}


def loaded(version: tuple[int, int]) -> dict[str, Any]:
    """Read the contract as YAML of a version."""
    reader = YAML(typ="safe", pure=True)
    reader.version = version
    contract: dict[str, Any] = reader.load(TEXT)
    return contract


@pytest.fixture(scope="module")
def contract() -> dict[str, Any]:
    """The contract."""
    return loaded((1, 2))


def elements(contract: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every part of the contract with what it is."""
    yield "contract", contract
    yield from ((server["type"], server) for server in contract["servers"])
    yield "team", contract["team"]
    yield from (("member", member) for member in contract["team"]["members"])
    yield from (("role", role) for role in contract["roles"])
    yield from (("service level", level) for level in contract["slaProperties"])
    for view in contract["schema"]:
        yield "object", view
        yield from (("quality", check) for check in view.get("quality", []))
        for column in view["properties"]:
            yield "property", column
            yield from (("quality", check) for check in column.get("quality", []))
            yield from (("relationship", each) for each in column.get("relationships", []))


def columns(contract: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """Return every column, by view and name."""
    return {
        (view["name"], column["name"]): column
        for view in contract["schema"]
        for column in view["properties"]
    }


def test_every_yaml_reader_reads_the_same(contract: dict[str, Any]) -> None:
    """YAML 1.1, which most checkers read, and YAML 1.2 give the same contract."""
    assert loaded((1, 1)) == contract


def test_fields_are_the_standards(contract: dict[str, Any]) -> None:
    """Each part has the fields that it must have, and none that the standard does not know."""
    for kind, element in elements(contract):
        required, optional = FIELDS[kind]
        assert required <= set(element) <= required | optional, (kind, element)


def test_words_are_the_standards(contract: dict[str, Any]) -> None:
    """What the standard enumerates is one of its words."""
    assert contract["kind"] == "DataContract"
    assert contract["apiVersion"] == "v3.1.0"
    assert {view["logicalType"] for view in contract["schema"]} == {"object"}
    for kind, element in elements(contract):
        if kind == "quality":
            assert element["metric"] in {"invalidValues", "duplicateValues"}
            assert element["dimension"] in {"conformity", "uniqueness"}
        if kind == "property":
            limits = set(element.get("logicalTypeOptions", {}))
            assert limits <= LIMITS[element["logicalType"]], element


def test_every_column_is_in_the_contract_with_its_type(contract: dict[str, Any]) -> None:
    """The contract and the data dictionary name the same columns, types and meanings."""
    known = {
        (row["table_name"], row["column_name"]): (row["type_text"], row["description_text"])
        for row in dictionary_rows()
    }
    written = {
        place: (column["physicalType"], column["description"])
        for place, column in columns(contract).items()
    }
    assert written == known


def test_a_column_is_required_where_it_is_never_null(contract: dict[str, Any]) -> None:
    """`required` is what the view's declaration says."""
    for (view, name), column in columns(contract).items():
        assert column["required"] is not reporting_views[view].c[name].nullable


def test_every_view_has_a_key_that_is_never_null(contract: dict[str, Any]) -> None:
    """Key columns are numbered from 1, required, and checked for duplicates together."""
    for view in contract["schema"]:
        keys = {c["primaryKeyPosition"]: c for c in view["properties"] if c.get("primaryKey")}
        assert sorted(keys) == list(range(1, len(keys) + 1))
        assert keys
        assert all(column["required"] for column in keys.values())
        together = [check["arguments"]["properties"] for check in view.get("quality", [])]
        names = [keys[place]["name"] for place in sorted(keys)]
        assert together == ([names] if len(names) > 1 else [])
        assert all(column.get("unique", False) is (len(names) == 1) for column in keys.values())


def test_references_lead_to_the_key_of_a_dimension(contract: dict[str, Any]) -> None:
    """What a column of the star schema names is the only key of another view of it."""
    known = columns(contract)
    targets = [
        (place, each["to"].split("."))
        for place, column in known.items()
        for each in column.get("relationships", [])
    ]
    assert len(targets) > len(STAR_TABLES)
    for (view, name), (target, key) in targets:
        assert {view, target} <= set(STAR_TABLES)
        assert known[target, key]["unique"] is True
        assert known[target, key]["physicalType"] == known[view, name]["physicalType"]


@pytest.mark.parametrize(
    ("view", "column", "argument"),
    [
        ("kpi_scorecard", "rag_code", {"validValues": ["red", "amber", "green"]}),
        ("fact_outturn", "rag_code", {"validValues": ["red", "amber", "green"]}),
        ("kpi_scorecard_history", "rag_code", {"validValues": ["red", "amber", "green"]}),
        ("rag_scheme", "colour_code", {"pattern": "^#[0-9a-f]{6}$"}),
    ],
    ids=["table", "star", "history", "pattern"],
)
def test_rules_of_the_schemas_are_checks(
    contract: dict[str, Any], view: str, column: str, argument: dict[str, Any]
) -> None:
    """A code's permitted values, and its form, can be checked by whoever reads the contract."""
    (check,) = columns(contract)[view, column]["quality"]
    assert (check["metric"], check["mustBe"]) == ("invalidValues", 0)
    assert check["arguments"] == argument


def test_whole_numbers_have_their_least_value(contract: dict[str, Any]) -> None:
    """A count is 0 or more."""
    column = columns(contract)["council_summary", "kpi_count"]
    assert column["logicalTypeOptions"] == {"minimum": 0}


def test_no_host_and_no_person_is_named(contract: dict[str, Any]) -> None:
    """A server's place is left to the council, and people are roles."""
    postgresql, sqlite = contract["servers"]
    assert re.fullmatch(r"\$\{[A-Z]+\}", postgresql["host"])
    assert sqlite["path"].startswith("${PERF_PIPELINE_HOME}/")
    assert {member["username"] for member in contract["team"]["members"]} == {
        "performance-team",
        "data-engineer",
    }


def test_the_deadline_is_in_words(contract: dict[str, Any]) -> None:
    """When a quarter is there depends on the council's deadline, which the contract names."""
    levels = {level["property"]: level for level in contract["slaProperties"]}
    assert "return_deadline_working_days" in levels["timeOfAvailability"]["description"]
