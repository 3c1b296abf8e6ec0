"""What entries of the two YAML files are made of: known keys, quarters, tolerances."""

from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator

from perf_pipeline.quarters import Quarter


class Entry(BaseModel):
    """What a person writes under a key: known keys only, and never changed once read."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _parsed_quarter(value: Any) -> Quarter:
    return Quarter.parse(str(value))


def _written(value: Any) -> Any:
    # Empty is not left out: a value may have been lost, to a # for example.
    if value is None:
        raise ValueError("it is empty: write a value, or delete the key")
    return value


QuarterKey = Annotated[Quarter, PlainValidator(_parsed_quarter)]
"""A quarter written as its key."""

Tolerance = Annotated[Decimal, Field(ge=0, max_digits=15, allow_inf_nan=False)]
"""A number that is not negative."""

_Value = TypeVar("_Value")

Omissible = Annotated[_Value | None, BeforeValidator(_written)]
"""A value whose key may be left out, and if it is not, must have one."""
