"""Whatever bytes are read: rows, a figure or a refusal in words come out, and in time."""

import gc
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from perf_pipeline_tests.fuzzing.properties import (
    CONTEXTS,
    FORMATS,
    PROPERTIES,
    check_cell,
    check_csv,
    check_json,
)

FOLDER = Path(__file__).parent
KEPT = sorted(path for kept in ("crashes", "seeds") for path in FOLDER.glob(f"{kept}/*/*"))
NEAR_FIGURES = st.text("0123456789.,-()£%kmbnrp[] \u00a0\u2212\u2009Ee+#/!=\n\t", max_size=70)
NEAR_CSV = st.text("RefValueWhy,;\t\"' \r\n0159A\u00a0\ufeff£", max_size=120)
TABLES = st.lists(
    st.lists(st.sampled_from(["Ref", "Value", "Why", "", " ", "5", '"', 'a"b', "\n", "x,y"])),
    max_size=8,
)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["ref", "value", "a", "b", "a.b", "data", "items"]), inner
        )
    ),
    max_leaves=12,
)


@pytest.mark.parametrize("path", KEPT, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_was_found_before(path: Path) -> None:
    """Each case in `crashes/` that once broke a reader, and each that fuzzing begins with."""
    PROPERTIES[path.parent.name](path.read_bytes())


@settings(max_examples=400, deadline=None)
@given(NEAR_FIGURES | st.text(max_size=80), st.integers(0, 6), st.integers(0, 4))
def test_any_text_in_a_cell(text: str, context: int, number_format: int) -> None:
    """A cell of any text and format is a number as written, a status, or a problem in words."""
    assert (len(CONTEXTS), len(FORMATS)) == (7, 5)
    check_cell(bytes((context, number_format)) + text.encode("utf-8", "surrogatepass"))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200) | NEAR_CSV.map(str.encode), st.integers(0, 8))
@example(b"Ref,Value,Why\nA1,5,\n", 0)
def test_any_bytes_as_a_delimited_file(content: bytes, entry: int) -> None:
    """Bytes of any kind are rows that both readers count alike, or a refusal."""
    check_csv(bytes((entry,)) + content)


@settings(max_examples=200, deadline=None)
@given(TABLES, st.sampled_from([",", ";", "\t"]), st.sampled_from(["\n", "\r\n", "\r"]))
def test_any_table_as_a_delimited_file(
    table: list[list[str]], delimiter: str, line_end: str
) -> None:
    """Rows of any width, quoted well or badly, above and below the headings."""
    lines = [delimiter.join(fields) for fields in table]
    lines.insert(len(lines) // 2, delimiter.join(("Ref", "Value", "Why")))
    check_csv(bytes((",;\t".index(delimiter),)) + line_end.join(lines).encode())


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=120) | st.text('[]{}":,.ref value0159-eE\\u', max_size=80).map(str.encode)
)
def test_any_bytes_as_a_document(content: bytes) -> None:
    """Bytes of any kind are records that both readers count alike, or a refusal."""
    check_json(b"\0" + content)


@settings(max_examples=300, deadline=None)
@given(JSON_VALUES, st.integers(0, 1))
def test_any_document(document: object, entry: int) -> None:
    """JSON of any shape is records that both readers count alike, or a refusal."""
    check_json(bytes((entry,)) + json_bytes(document))


def json_bytes(document: object) -> bytes:
    """Write a document as JSON, NaN and infinities as some services do."""
    return json.dumps(document).encode()


@pytest.fixture
def _no_collector() -> Iterator[None]:
    """Keep the garbage collector, which looks through everything now and then, out of the times."""
    gc.disable()
    yield
    gc.enable()


def seconds(work: Callable[[], object]) -> float:
    """Return the shortest of three processor times that a piece of work takes."""
    times = []
    for _ in range(3):
        begun = time.process_time()
        work()
        times.append(time.process_time() - begun)
    return min(times)


@pytest.mark.parametrize(
    ("name", "piece"),
    [
        ("cells", b"1,111"),
        ("cells", b"1 "),
        ("cells", b"(" * 5),
        ("cells", b"#DIV/0!"),
        ("cells", " \N{NO-BREAK SPACE}".encode()),
        ("csv", b'"",'),
        ("csv", b'A1,"x""",\n'),
        ("csv", b",,,\n"),
        ("csv", b"\n\r"),
        ("csv", b'Ref,Val,Why,"\n"\n'),
        ("json", b'{"ref":"a","value":[1,[2]]},'),
        ("json", b'{"a":{"b":{}}},'),
        ("json", b'"\\u0041",'),
    ],
    ids=str,
)
@pytest.mark.usefixtures("_no_collector")
def test_time_grows_with_length_and_not_faster(name: str, piece: bytes) -> None:
    """Eight times the bytes take less than 32 times as long; each against each would take 64."""
    heads = {"cells": b"\0\0", "csv": b"\0Ref,Value,Why\n", "json": b"\0["}
    tails = {"cells": b"x", "csv": b"", "json": b'{"ref":"a","value":1,"a":{"b":2}}]'}
    check = PROPERTIES[name]
    count = 400_000 // len(piece) if name == "cells" else 1_500
    short, long = (heads[name] + piece * times + tails[name] for times in (count, 8 * count))
    assert seconds(lambda: check(long)) < 32 * seconds(lambda: check(short)) + 0.01
