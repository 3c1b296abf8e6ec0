"""Frames made of rows, and rows of frames."""

import pandas as pd
import pytest

from perf_pipeline.schemas import conform, frame_of, register
from perf_pipeline.schemas.records import rows_of

SERVICE = {
    "service_code": "roads",
    "service_name": "Roads",
    "directorate_code": "place",
    "display_order": 2,
    "valid_from": "2023-24-Q1",
    "valid_to": None,
}


def test_rows_make_the_frame_that_conforming_objects_makes() -> None:
    """A frame made of rows is the one that conforming a frame of objects makes."""
    rows = [SERVICE, SERVICE | {"service_code": "parks", "valid_to": "2023-24-Q4"}]
    objects = pd.DataFrame(rows, dtype="object")
    made = frame_of(rows, register.Services)
    pd.testing.assert_frame_equal(made, conform(objects, register.Services))


def test_no_rows_make_an_empty_frame() -> None:
    """Without rows the columns and their types are there all the same."""
    made = frame_of([], register.Services)
    pd.testing.assert_frame_equal(made, conform(made.astype("object"), register.Services))


def test_a_column_that_a_row_lacks_is_refused() -> None:
    """A row without one of the columns makes no frame."""
    lacking = {name: value for name, value in SERVICE.items() if name != "valid_to"}
    with pytest.raises(KeyError, match="valid_to"):
        frame_of([lacking], register.Services)


def test_a_fraction_is_no_whole_number() -> None:
    """A fraction in a column of whole numbers is refused and not cut."""
    with pytest.raises(TypeError, match="safely"):
        frame_of([SERVICE | {"display_order": 1.5}], register.Services)


def test_rows_are_named_and_hold_plain_values() -> None:
    """Rows come in the frame's order with their columns' names."""
    first, second = rows_of(frame_of([SERVICE, SERVICE | {"display_order": 3}], register.Services))
    assert (first.service_code, first.display_order, second.display_order) == ("roads", 2, 3)
    assert isinstance(first.display_order, int)
    assert pd.isna(first.valid_to)


def test_an_empty_frame_has_no_rows() -> None:
    """Of a frame without rows none come."""
    assert rows_of(frame_of([], register.Services)) == []
