"""Made-up disaggregated returns: as many rows as wanted, the same ones for the same seed.

A row for each quarter, KPI, area and category. Of a dirty return one row in a hundred is wrong, in
one of the ways of `DIRT`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from benchmarks.council import BREAKDOWNS, FIELDS, QUARTERS, MadeKpi, made_kpis

DIRT = (
    "kpi_unknown",
    "quarter_unreadable",
    "breakdown_unknown",
    "not_a_number",
    "out_of_range",
    "value_disagrees",
    "part_missing",
    "status_unknown",
    "provisional_unknown",
    "control_character",
    "duplicate_identical",
    "duplicate_conflict",
)
"""The ways in which a row can be wrong, by the reason for which it is then rejected."""

CATEGORIES = (("", ""), *BREAKDOWNS)
_MOST_KPIS, _LEAST_KPIS = 1000, 20
_ROWS_PER_BLOCK = 250_000
_SENTENCES = 50

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Shape:
    """What a made-up return is like.

    Attributes:
        row_count: Its rows, a multiple of 1,000.
        is_high: True where nearly every figure and commentary differs from all others.
        is_dirty: True where one row in a hundred is wrong.
        seed: What the rows are drawn from.
    """

    row_count: int
    is_high: bool = False
    is_dirty: bool = False
    seed: int = 1

    @property
    def name(self) -> str:
        """What its files are called."""
        kinds = ("high" if self.is_high else "low", "dirty" if self.is_dirty else "clean")
        return f"{self.row_count}-{'-'.join(kinds)}-{self.seed}"

    @property
    def kpi_count(self) -> int:
        """KPIs that its figures are of."""
        return min(_MOST_KPIS, max(_LEAST_KPIS, self.row_count // 100))

    @property
    def area_count(self) -> int:
        """Areas that each KPI has figures of."""
        return self.row_count // (len(QUARTERS) * len(CATEGORIES) * self.kpi_count)

    @property
    def decimals(self) -> int:
        """Decimal places of its figures."""
        return 6 if self.is_high else 1


def write_rows(folder: Path, shape: Shape) -> None:
    """Write a return as `<name>.csv` and `<name>.parquet`, its headings being the fields."""
    schema = pa.schema([(name, pa.string()) for name in FIELDS])
    unquoted = pyarrow.csv.WriteOptions(quoting_style="none")
    with (
        pyarrow.csv.CSVWriter(folder / f"{shape.name}.csv", schema, write_options=unquoted) as csv,
        pq.ParquetWriter(folder / f"{shape.name}.parquet", schema) as parquet,
    ):
        for table in made_tables(shape):
            csv.write_table(table)
            parquet.write_table(table)


def made_tables(shape: Shape) -> Iterator[pa.Table]:
    """Give the rows of a return, quarter by quarter, in tables of bounded size."""
    per_quarter = shape.kpi_count * shape.area_count * len(CATEGORIES)
    for place, quarter_key in enumerate(QUARTERS):
        for start in range(0, per_quarter, _ROWS_PER_BLOCK):
            rows = np.arange(start, min(start + _ROWS_PER_BLOCK, per_quarter))
            rng = np.random.default_rng([shape.seed, place, start])
            yield _table(_Block(shape, made_kpis(shape.kpi_count), quarter_key, rows, rng))


@dataclass(frozen=True)
class _Block:
    shape: Shape
    kpis: list[MadeKpi]
    quarter_key: str
    rows: Ints
    rng: np.random.Generator


def _table(block: _Block) -> pa.Table:
    facts = _facts(block)
    dirt = _dirt(block)
    _repeat(facts, dirt)
    texts = _texts(block, facts)
    for kind, name in enumerate(DIRT):
        _spoil(texts, name, np.flatnonzero(dirt == kind))
    columns = [pa.array(texts[name], pa.string(), mask=_is_empty(texts[name])) for name in FIELDS]
    return pa.table(columns, names=list(FIELDS))


def _is_empty(texts: npt.NDArray[np.object_]) -> npt.NDArray[np.bool_]:
    is_empty: npt.NDArray[np.bool_] = texts == ""
    return is_empty


def _facts(block: _Block) -> dict[str, Ints]:
    """Draw all that a row says, as whole numbers."""
    rng, size, shape = block.rng, len(block.rows), block.shape
    scale = 10**shape.decimals
    place = block.rows // len(CATEGORIES)
    kpi = place // shape.area_count
    share = np.clip(rng.normal((30 + kpi % 41) / 100, 0.08), 0.001, 0.999)
    whole = rng.integers(20, 1_000_000 if shape.is_high else 220, size)
    part = (whole * share).astype(np.int64)
    is_percent = np.array([each.unit == "percent" for each in block.kpis])[kpi]
    has_parts = is_percent & (rng.random(size) < 0.7)  # noqa: PLR2004 - most of them
    ratio = (2 * part * 100 * scale + whole) // (2 * whole)
    return {
        "kpi": kpi,
        "area": place % shape.area_count,
        "category": block.rows % len(CATEGORIES),
        "part": part,
        "whole": whole,
        "has_parts": has_parts.astype(np.int64),
        "scaled": np.where(has_parts, ratio, np.rint(share * 100 * scale).astype(np.int64)),
        # Of a thousand rows ten are suppressed, five awaited, five not applicable.
        "status": np.searchsorted([10, 15, 20], rng.integers(0, 1000, size), side="right"),
        "is_provisional": (rng.random(size) < 0.1).astype(np.int64),  # noqa: PLR2004 - a tenth
        "comment": np.where(
            rng.random(size) < (0.3 if shape.is_high else 0.05),
            rng.integers(1, 10**12 if shape.is_high else _SENTENCES, size),
            0,
        ),
    }


def _dirt(block: _Block) -> Ints:
    """Choose rows to be wrong and in which way, -1 for none; never two that follow each other."""
    size = len(block.rows)
    dirt = np.full(size, -1, dtype=np.int64)
    if block.shape.is_dirty:
        chosen = 2 * block.rng.choice(size // 2, max(size // 100, len(DIRT)), replace=False)
        dirt[chosen] = np.arange(len(chosen)) % len(DIRT)
    return dirt


def _repeat(facts: dict[str, Ints], dirt: Ints) -> None:
    """Give the row after one that is to be a duplicate the same cells, or another figure."""
    for name in ("duplicate_identical", "duplicate_conflict"):
        chosen = np.flatnonzero(dirt == DIRT.index(name))
        for values in facts.values():
            values[chosen + 1] = values[chosen]
        if name == "duplicate_conflict":
            facts["status"][chosen] = facts["status"][chosen + 1] = _GIVEN
            facts["has_parts"][chosen + 1] = 0
            facts["scaled"][chosen + 1] += 1


_SUPPRESSED, _AWAITED, _NOT_APPLICABLE, _GIVEN = range(4)


def _texts(block: _Block, facts: dict[str, Ints]) -> dict[str, npt.NDArray[Any]]:
    kinds = np.array(CATEGORIES, dtype=object)
    has_parts = (facts["has_parts"] == 1) & (facts["status"] == _GIVEN)
    marks = np.array(["[c]", "", "n/a", ""], dtype=object)
    value = np.where(
        facts["status"] == _GIVEN,
        _decimals(facts["scaled"], block.shape.decimals),
        marks[facts["status"]],
    )
    return {
        "kpi_ref": np.array([kpi.kpi_ref for kpi in block.kpis], dtype=object)[facts["kpi"]],
        "quarter": np.full(len(block.rows), block.quarter_key, dtype=object),
        "area": _numbered("E0500", facts["area"]),
        "breakdown_type": kinds[facts["category"], 0],
        "breakdown_category": kinds[facts["category"], 1],
        "value": value,
        "numerator": np.where(has_parts, _numbered("", facts["part"]), ""),
        "denominator": np.where(has_parts, _numbered("", facts["whole"]), ""),
        "status": np.where(facts["status"] == _AWAITED, "awaiting", "").astype(object),
        "provisional": np.where(facts["is_provisional"] == 1, "yes", "").astype(object),
        "commentary": np.where(
            facts["comment"] > 0, _numbered("Cases were moved: note ", facts["comment"]), ""
        ),
    }


def _numbered(words: str, numbers: Ints) -> npt.NDArray[np.object_]:
    texts = pc.binary_join_element_wise(words, pc.cast(pa.array(numbers), pa.string()), "")
    return _objects(texts)


def _decimals(scaled: Ints, places: int) -> npt.NDArray[np.object_]:
    whole, rest = (pa.array(part) for part in np.divmod(scaled, 10**places))
    fraction = pc.utf8_lpad(pc.cast(rest, pa.string()), places, "0")
    return _objects(pc.binary_join_element_wise(pc.cast(whole, pa.string()), fraction, "."))


def _objects(texts: pa.Array) -> npt.NDArray[np.object_]:
    array: npt.NDArray[np.object_] = texts.to_numpy(zero_copy_only=False)
    return array


_SPOILT: dict[str, dict[str, str]] = {
    "quarter_unreadable": {"quarter": "soon"},
    "breakdown_unknown": {"breakdown_type": "sex", "breakdown_category": "both"},
    "not_a_number": {"value": "abc", "status": ""},
    "out_of_range": {"value": "-7", "numerator": "", "denominator": "", "status": ""},
    "value_disagrees": {"value": "75", "numerator": "50", "denominator": "100", "status": ""},
    "part_missing": {"numerator": "5", "denominator": "", "status": ""},
    "status_unknown": {"status": "perhaps"},
    "provisional_unknown": {"provisional": "perhaps"},
    "control_character": {"commentary": "A bell \x07 rang."},
}


def _spoil(texts: dict[str, npt.NDArray[Any]], name: str, chosen: Ints) -> None:
    for field, text in _SPOILT.get(name, {}).items():
        texts[field][chosen] = text
    if name == "kpi_unknown":
        texts["kpi_ref"][chosen] = _numbered("TOTAL-", np.arange(len(chosen)) % _SENTENCES)
