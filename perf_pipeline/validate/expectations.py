"""What the rows of one return are checked against: the register as it stands in its quarter."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

import pandas as pd

from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import UNITS, Rag, RuleKind
from perf_pipeline.schemas.identities import acceptance_identities
from perf_pipeline.schemas.records import rows_of
from perf_pipeline.source_entries import PercentScale
from perf_pipeline.validate.cells import CellContext
from perf_pipeline.validate.references import alias_key, matching_key

_RAG_CODES: Mapping[str, str] = {rag.value: rag.value for rag in Rag}
_NONE: Mapping[str, Sequence[str]] = {}
_NO_ALIASES: Mapping[str, str] = {}
_OF_KPIS = [
    "kpi_ref",
    "source_code",
    "is_due",
    "arrears_quarter_count",
    "rule_kind_code",
    "unit_code",
    "minimum_value",
    "maximum_value",
    "is_year_to_date",
]
"""Columns of `KpisInForce` by which rows are checked."""


class Kpi(NamedTuple):
    """One KPI as it stands in the return's quarter.

    Attributes:
        kpi_ref: Its reference.
        source_code: Source that returns it.
        is_due: True where a figure is due in the return's quarter.
        arrears_quarter_count: Quarters by which its figures lag.
        is_judged: True where its rating is the return's judgement, not a rule's.
        context: How its figures are read.
    """

    kpi_ref: str
    source_code: str
    is_due: bool
    arrears_quarter_count: int
    is_judged: bool
    context: CellContext


class Place(NamedTuple):
    """A figure's row in one content of a return; its identity names sheet, row and column."""

    file_sha256: str
    row_id: str


class RatingWord(NamedTuple):
    """A word that a return may write for a rating, as people write it, and what it stands for."""

    word: str
    rag_code: str


@dataclass(frozen=True)
class Expectations:
    """All that rows of one return are checked against.

    Attributes:
        quarter: Quarter of the return.
        source_code: Source of the return.
        kpis: Live KPIs of every source, by matching key.
        known_refs: Every reference the register has ever had, by matching key.
        categories: Breakdown type and category codes, by their matching keys.
        rating_words: Words for ratings, by matching key.
        successors: The live KPIs that replaced one which is not live, by its matching key.
        mergers: The old references that were merged with another, by its matching key.
        acceptances: Reasons with which a role accepts a row as it was sent, by where it stands.
        aliases: Live KPIs by the alias keys of what returns write in place of their references.
    """

    quarter: Quarter
    source_code: str
    kpis: Mapping[str, Kpi]
    known_refs: Mapping[str, str]
    categories: Mapping[tuple[str, str], tuple[str, str]]
    rating_words: Mapping[str, RatingWord]
    successors: Mapping[str, Sequence[Kpi]]
    mergers: Mapping[str, Sequence[str]]
    acceptances: Mapping[Place, frozenset[str]]
    aliases: Mapping[str, Kpi]

    @cached_property
    def memory(self) -> dict[Hashable, Any]:
        """What readers of many rows found by these expectations, and keep for later rows."""
        return {}

    @classmethod
    def of(  # noqa: PLR0913 - all of the register that rows are checked against
        cls,
        source_code: str,
        quarter: Quarter,
        kpis_in_force: pd.DataFrame,
        known_refs: pd.Series,
        breakdowns: pd.DataFrame,
        percent_scale: PercentScale | None,
        *,
        rating_words: Mapping[str, str] = _RAG_CODES,
        successors: Mapping[str, Sequence[str]] = _NONE,
        mergers: Mapping[str, Sequence[str]] = _NONE,
        accepted_rows: pd.DataFrame | None = None,
        aliases: Mapping[str, str] = _NO_ALIASES,
    ) -> "Expectations":
        """Gather them from the register.

        Args:
            source_code: Source of the return.
            quarter: Quarter of the return.
            kpis_in_force: `KpisInForce` of that quarter.
            known_refs: `kpi_ref` of all of `Kpis`.
            breakdowns: `Breakdowns`.
            percent_scale: How the source writes bare percentages.
            rating_words: Words that a return may write for a rating → `rag_code`.
            successors: Old KPI reference → the new ones that replaced it.
            mergers: Old KPI reference → the other old ones that were merged with it into one KPI.
            accepted_rows: The register's `AcceptedRows`; those of other sources or quarters are
                left aside.
            aliases: What a return may write in place of a KPI's reference → the reference.
        """
        listed = (_kpi(row, percent_scale) for row in rows_of(kpis_in_force[_OF_KPIS]))
        kpis = {matching_key(kpi.kpi_ref): kpi for kpi in listed}
        return cls(
            quarter=quarter,
            source_code=source_code,
            kpis=kpis,
            known_refs={matching_key(ref): ref for ref in known_refs},
            categories=_categories(breakdowns),
            rating_words=_words(rating_words),
            successors=dict(_live_successors(successors, kpis)),
            mergers={matching_key(old): others for old, others in mergers.items()},
            acceptances=_acceptances(accepted_rows, source_code, quarter),
            aliases={
                alias_key(alias): kpis[matching_key(ref)]
                for alias, ref in aliases.items()
                if matching_key(ref) in kpis
            },
        )


def _kpi(row: Any, percent_scale: PercentScale | None) -> Kpi:
    context = CellContext(
        unit=UNITS[row.unit_code],
        minimum=_limit(row.minimum_value),
        maximum=_limit(row.maximum_value),
        percent_scale=percent_scale,
        is_year_to_date=bool(row.is_year_to_date),
    )
    return Kpi(
        kpi_ref=row.kpi_ref,
        source_code=row.source_code,
        is_due=bool(row.is_due),
        arrears_quarter_count=int(row.arrears_quarter_count),
        is_judged=row.rule_kind_code == RuleKind.JUDGEMENT,
        context=context,
    )


def _limit(value: float) -> Decimal | None:
    return None if pd.isna(value) else Decimal(repr(float(value))).normalize()


def _categories(breakdowns: pd.DataFrame) -> dict[tuple[str, str], tuple[str, str]]:
    return {
        (matching_key(kind), matching_key(name)): (kind, category)
        for kind, category, label in zip(
            breakdowns["breakdown_type_code"],
            breakdowns["breakdown_category_code"],
            breakdowns["breakdown_category_name"],
            strict=True,
        )
        for name in (category, label)
    }


def _words(rating_words: Mapping[str, str]) -> dict[str, RatingWord]:
    words: dict[str, RatingWord] = {}
    for word, rag_code in rating_words.items():
        words.setdefault(matching_key(word), RatingWord(word, rag_code))
    return words


def _acceptances(
    accepted_rows: pd.DataFrame | None, source_code: str, quarter: Quarter
) -> dict[Place, frozenset[str]]:
    if accepted_rows is None:
        return {}
    is_of_return = accepted_rows["source_code"] == source_code
    if not (is_of_return & (accepted_rows["quarter_key"] == quarter.key)).any():
        # Telling every accepted row apart takes longer than all else here; few returns have any.
        return {}
    reasons: dict[Place, frozenset[str]] = {}
    placed = accepted_rows.assign(row_id=acceptance_identities(accepted_rows))
    for row in rows_of(placed):
        if (row.source_code, row.quarter_key) == (source_code, quarter.key):
            place = Place(str(row.file_sha256), str(row.row_id))
            reasons[place] = reasons.get(place, frozenset()) | {str(row.reason_code)}
    return reasons


def _live_successors(
    successors: Mapping[str, Sequence[str]], kpis: Mapping[str, Kpi]
) -> Iterator[tuple[str, list[Kpi]]]:
    for old, new_refs in successors.items():
        keys = dict.fromkeys(matching_key(ref) for ref in new_refs)
        live = [kpis[key] for key in keys if key in kpis]
        if live and matching_key(old) not in kpis:
            yield matching_key(old), live
