"""What is said to hold without pandera holds by pandera; where it does not, pandera is asked."""

from typing import Any, ClassVar

import pandas as pd
import pandera.errors
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandera.typing import Series

from perf_pipeline.schemas import REPORTING_TABLES, STAGE_TABLES, WITHHELD_TABLES, conform, empty
from perf_pipeline.schemas.columns import Table, code, count, date, figure, flag
from perf_pipeline.schemas.distinct import validate_distinct
from perf_pipeline.schemas.quick_check import surely_holds

KNOWN = STAGE_TABLES | REPORTING_TABLES | WITHHELD_TABLES


class Samples(Table):
    """A table with a column of every kind."""

    sample_code: Series[str] = code("Code.", 4, unique=True)
    colour_code: Series[str] = code("Colour.", 5, isin=["red", "green"], nullable=True)
    sample_date: Series[str] = date("Day.", nullable=True)
    value: Series[float] = figure("Figure.")
    row_count: Series[pd.Int64Dtype] = count("Rows.", nullable=True)
    is_last: Series[bool] = flag("The last.")


SOUND: dict[str, Any] = {
    "sample_code": "a",
    "colour_code": "red",
    "sample_date": "2024-01-31",
    "value": 1.5,
    "row_count": 3,
    "is_last": True,
}
ARABIC_DIGITS = "".join(chr(ord(c) + 0x630) if c.isdigit() else c for c in "2024-01-31")
CELLS = st.fixed_dictionaries(
    {
        "sample_code": st.sampled_from(["a", "b", "", "longer", "é", None]),
        "colour_code": st.sampled_from(["red", "green", "blue", None]),
        "sample_date": st.sampled_from(
            ["2024-01-31", "2024-01-31\n", ARABIC_DIGITS, "2024-1-31", None]
        ),
        "value": st.sampled_from([0.0, -1.5, float("inf"), None]),
        "row_count": st.sampled_from([0, 7, -1, None]),
        "is_last": st.booleans(),
    }
)


def frame(*rows: dict[str, Any]) -> pd.DataFrame:
    """Return rows as a frame of the table's dtypes."""
    return conform(pd.DataFrame([SOUND | row for row in rows], dtype="object"), Samples)


def says_pandera(given_frame: pd.DataFrame) -> bool:
    """Tell whether pandera itself finds nothing wrong."""
    try:
        Samples.to_schema().validate(given_frame, lazy=True)
    except pandera.errors.SchemaErrors:
        return False
    return True


@settings(deadline=None)
@given(st.lists(CELLS, min_size=1, max_size=4))
def test_what_surely_holds_holds_by_pandera(rows: list[dict[str, Any]]) -> None:
    """No frame is passed that pandera would refuse, and each that is plainly sound is passed."""
    tried = frame(*rows)
    if surely_holds(Samples.to_schema(), tried):
        assert says_pandera(tried)
    elif says_pandera(tried):
        doubtful = tried["sample_date"].dropna()
        assert not (doubtful.str.isascii() & doubtful.str.fullmatch(r"[\d-]+")).all()


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(lambda f: f.rename(columns={"value": "other"}), id="another column"),
        pytest.param(lambda f: f[f.columns[::-1]], id="another order"),
        pytest.param(lambda f: f.assign(more="x"), id="a column more"),
        pytest.param(lambda f: f.astype({"row_count": "float64"}), id="another dtype"),
        pytest.param(lambda f: f.astype({"sample_code": "object"}), id="text as objects"),
        pytest.param(lambda f: pd.concat([f, f]), id="a code twice"),
        pytest.param(lambda f: f.assign(colour_code=f["colour_code"].str.upper()), id="no word"),
    ],
)
def test_what_is_not_plain_is_left_to_pandera(changed: Any) -> None:
    """A frame that is not wholly as declared is not passed here."""
    assert surely_holds(Samples.to_schema(), frame({}))
    assert not surely_holds(Samples.to_schema(), changed(frame({})))


class Keyed(Table):
    """A table whose rows are told apart by two columns."""

    sample_code: Series[str] = code("Code.", 4)
    row_count: Series[pd.Int64Dtype] = count("Rows.", nullable=True)

    class Config:
        """Pandera's settings."""

        unique: ClassVar[list[str]] = ["sample_code", "row_count"]


class KeyedByFigure(Table):
    """A table with a figure in its key."""

    sample_code: Series[str] = code("Code.", 4)
    value: Series[float] = figure("Figure.")

    class Config:
        """Pandera's settings."""

        unique: ClassVar[list[str]] = ["sample_code", "value"]


@pytest.mark.parametrize(
    ("model", "rows", "holds"),
    [
        (Keyed, [("a", 1), ("a", 2), ("b", 1), ("a", None)], True),
        (Keyed, [("a", 1), ("b", 1), ("a", 1)], False),
        (Keyed, [("a", None), ("b", 1), ("a", None)], False),
        (KeyedByFigure, [("a", None), ("a", None)], False),
        (KeyedByFigure, [("a", 1.0), ("a", 2.0)], False),
    ],
    ids=["apart", "a key twice", "a key without a number twice", "no figures", "figures"],
)
def test_keys(model: type[Table], rows: list[tuple[object, ...]], *, holds: bool) -> None:
    """A key that is there twice is left to pandera, and so is one that holds figures."""
    columns = list(model.to_schema().columns)
    keyed = conform(pd.DataFrame(rows, columns=columns, dtype="object"), model)
    assert surely_holds(model.to_schema(), keyed) == holds


def test_failure_is_pandera_s() -> None:
    """A frame that does not hold is refused by pandera, with its cases."""
    with pytest.raises(pandera.errors.SchemaErrors) as caught:
        validate_distinct(frame({"row_count": -1}), Samples)
    assert caught.value.failure_cases["check"].tolist() == ["greater_than_or_equal_to(0)"]


@pytest.mark.parametrize("name", KNOWN)
def test_every_table_can_be_looked_at(name: str) -> None:
    """No declared column or check is unknown here, so that pandera is not asked of sound frames."""
    model = KNOWN[name]
    assert surely_holds(model.to_schema(), empty(model))


def test_long_frame_is_checked_by_its_values() -> None:
    """A frame of many rows is not looked at row by row, and passes nevertheless."""
    rows = frame({"sample_code": "a"}).loc[[0] * 10_001].reset_index(drop=True)
    codes = [f"{number:x}" for number in range(len(rows))]
    sound = rows.assign(sample_code=pd.Series(codes, dtype="str"))
    assert not surely_holds(Samples.to_schema(), sound)
    validate_distinct(sound, Samples)
    with pytest.raises(pandera.errors.SchemaErrors):
        validate_distinct(rows, Samples)
