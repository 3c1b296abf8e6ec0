"""A contract of small views: what is written of each kind of column, and that it is stable."""

from typing import Any

import pytest

from perf_pipeline.schemas.contract import contract, contract_text
from perf_pipeline.schemas.views import View, ViewColumn

CODE = ViewColumn("area_code", "code", "varchar(20)", "Area.", 20)
KINDS = {
    "text": ("string", {}),
    "figure": ("number", {}),
    "count": ("integer", {}),
    "flag": ("boolean", {}),
    "date": ("date", {"format": "yyyy-MM-dd"}),
    "timestamp": ("timestamp", {"timezone": True}),
}


def view_of(*columns: ViewColumn, keys: tuple[str, ...] = ("area_code",)) -> View:
    """Return a view with these columns."""
    return View("areas", "Areas: one, “two”, #3.", keys, columns)


def written(*columns: ViewColumn, keys: tuple[str, ...] = ("area_code",)) -> dict[str, Any]:
    """Return what the contract says of a view with these columns."""
    (made,) = contract([view_of(*columns, keys=keys)], "1.2.3")["schema"]
    found: dict[str, Any] = made
    return found


def test_a_code_has_its_width_and_is_the_key() -> None:
    """A key of one column is unique by itself."""
    assert written(CODE)["properties"] == [
        {
            "name": "area_code",
            "logicalType": "string",
            "physicalType": "varchar(20)",
            "description": "Area.",
            "required": True,
            "primaryKey": True,
            "primaryKeyPosition": 1,
            "unique": True,
            "logicalTypeOptions": {"maxLength": 20},
        }
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_its_logical_type(kind: str) -> None:
    """What a column holds is said in the standard's words; null is permitted where declared."""
    column = written(CODE, ViewColumn("other", kind, "its type", "Other.", is_nullable=True))
    logical_type, limits = KINDS[kind]
    assert column["properties"][1] == {
        "name": "other",
        "logicalType": logical_type,
        "physicalType": "its type",
        "description": "Other.",
        "required": False,
    } | ({"logicalTypeOptions": limits} if limits else {})


def test_a_key_of_two_columns_is_unique_together() -> None:
    """Neither column is unique by itself."""
    made = written(CODE, ViewColumn("n", "count", "bigint", "N."), keys=("n", "area_code"))
    assert [column["primaryKeyPosition"] for column in made["properties"]] == [2, 1]
    assert not any("unique" in column for column in made["properties"])
    assert made["quality"][0]["arguments"] == {"properties": ["n", "area_code"]}


def test_the_version_is_the_packages() -> None:
    """A contract says which version of the package made it."""
    assert contract([view_of(CODE)], "1.2.3")["version"] == "1.2.3"


def test_the_text_is_the_same_each_time() -> None:
    """Nothing of the moment or the machine is in it, no line is broken, and none ends in space."""
    texts = {contract_text([view_of(CODE)], "1.2.3") for _ in range(3)}
    (text,) = texts
    assert "&" not in text
    assert all(line == line.rstrip() for line in text.splitlines())
