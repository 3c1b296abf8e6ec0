"""Which KPIs a source's template asks for, and what it tells of each, as the council prints it."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
from sqlalchemy import Engine

from perf_pipeline.compare import under_present_refs
from perf_pipeline.council import Council, rows_in_force
from perf_pipeline.errors import RequestError
from perf_pipeline.orchestration.earlier_results import EarlierResults, earlier_results
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import NOT_RATED, Rag, RuleKind
from perf_pipeline.source_entries import ReturnField, Source
from perf_pipeline.summarise import printed_figure, printed_range
from perf_pipeline.template_format import HEADINGS
from perf_pipeline.templates import Template, TemplateRow

_ALWAYS = {
    ReturnField.KPI_REF,
    ReturnField.KPI_NAME,
    ReturnField.VALUE,
    ReturnField.STATUS,
    ReturnField.COMMENTARY,
    ReturnField.ACTION,
    ReturnField.ACTION_OWNER,
    ReturnField.ACTION_DUE,
}
_BREAKDOWN = {ReturnField.BREAKDOWN_TYPE, ReturnField.BREAKDOWN_CATEGORY}
_JUDGEMENT = {ReturnField.RATING, ReturnField.RATING_REASON}
_WHERE_SENT = {
    ReturnField.NUMERATOR,
    ReturnField.DENOMINATOR,
    ReturnField.PROVISIONAL,
    ReturnField.FORECAST,
    *_JUDGEMENT,
}
"""Fields that a template has where the source's own returns have them."""


def template_sources(quarter: Quarter, council: Council) -> list[str]:
    """Return the sources of which figures are due in a quarter, in the order of `sources.yaml`."""
    kpis = _due(council, quarter)
    return [code for code in council.sources if (kpis["source_code"] == code).any()]


def return_template(
    sender: str, quarter: Quarter, council: Council, warehouse: Engine | None, now: dt.datetime
) -> Template:
    """Gather the template of a source; a service that one source serves alone names it too.

    Args:
        sender: A source's code, or a service's whose KPIs one source returns, and no others.
        quarter: Quarter of the return.
        council: The council folder.
        warehouse: The database with earlier publications, where there is one.
        now: When it is made.

    Raises:
        RequestError: There is no such source or service, several sources return its KPIs, one
            returns them with others, or no figure of it is due.
        PublicationError: The database cannot be read.
    """
    if quarter < council.first_quarter:
        raise RequestError(f"The first quarter reported is {council.first_quarter.label}.")
    kpis = _kpis_of(sender, quarter, council)
    entry = council.sources[kpis["source_code"].iloc[0]]
    earlier = earlier_results(council, quarter, warehouse)
    rows = tuple(_Rows(quarter, council, earlier).of(kpis))
    last_keys = earlier.scorecard["quarter_key"].unique()
    return Template(
        council_name=council.name,
        source_code=entry.source_code,
        source_name=entry.source_name,
        contact_role=entry.contact_role,
        quarter_key=quarter.key,
        quarter_label=quarter.label,
        quarter_start=quarter.start_date,
        last_quarter_label=quarter.previous.label,
        last_year_label=quarter.last_year.label,
        last_published_label=Quarter.parse(last_keys[0]).label if len(last_keys) else None,
        deadline=council.return_deadline(quarter),
        created_at=now,
        fields=_fields(entry, kpis, rows),
        rating_words=tuple(council.scheme[rag].label for rag in Rag),
        rows=rows,
        origin_text=earlier.origin_text,
    )


def _due(council: Council, quarter: Quarter) -> pd.DataFrame:
    kpis = council.kpis_in_force(quarter)
    return kpis[kpis["is_due"]]


def _kpis_of(sender: str, quarter: Quarter, council: Council) -> pd.DataFrame:
    due = _due(council, quarter)
    known = [*council.sources, *council.kpis_in_force(quarter)["service_code"].unique()]
    if sender not in known:
        listed = ", ".join(council.sources)
        raise RequestError(
            f"`{sender}` is no source of {council.name}, nor a service. Choose one of: {listed}."
        )
    column = "source_code" if sender in council.sources else "service_code"
    kpis = due[due[column] == sender]
    sources = list(kpis["source_code"].unique())
    if not sources:
        raise RequestError(f"No figure of {sender} is due in {quarter.label}.")
    if len(sources) > 1:
        raise RequestError(
            f"Several sources return the KPIs of {sender}: make a template of each of "
            f"{', '.join(sources)}."
        )
    of_source = due[due["source_code"] == sources[0]]
    if len(kpis) < len(of_source):
        raise RequestError(
            f"{sources[0]} returns the KPIs of {sender} together with those of other services, and "
            f"a return is whole with all of them. Make the template of {sources[0]}."
        )
    return kpis


def _fields(
    entry: Source, kpis: pd.DataFrame, rows: tuple[TemplateRow, ...]
) -> tuple[ReturnField, ...]:
    wanted = _ALWAYS | (_WHERE_SENT & set(entry.columns.values()))
    if (kpis["rule_kind_code"] == RuleKind.JUDGEMENT).any():
        wanted |= _JUDGEMENT
    if not all(row.is_headline for row in rows):
        wanted |= _BREAKDOWN
    return tuple(name for name in HEADINGS if name in wanted)


class _Rows:
    """What a quarter's templates tell of KPIs."""

    def __init__(self, quarter: Quarter, council: Council, earlier: EarlierResults) -> None:
        self._quarter, self._council = quarter, council
        self._replaced = council.kpi_predecessors(quarter)
        register = rows_in_force(council.kpis, quarter)
        self._definitions = _by_ref(register, "definition_text")
        figures = under_present_refs(earlier.figures, self._replaced)
        self._figures = figures.set_index(["kpi_ref", "quarter_key"])["outturn_value"]
        self._ratings = self._present(earlier.scorecard)
        self._breakdowns = self._present(earlier.breakdowns)

    def of(self, kpis: pd.DataFrame) -> Iterator[TemplateRow]:
        """Yield the rows of KPIs, each followed by its breakdown."""
        for kpi in kpis.itertuples(index=False):
            yield self._headline(kpi)
            own = self._breakdowns[self._breakdowns["kpi_ref"] == kpi.kpi_ref]
            last = own[own["quarter_key"] == own["quarter_key"].max()]
            for category in last.itertuples(index=False):
                yield self._category(kpi, category, own)

    def _present(self, frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(kpi_ref=frame["kpi_ref"].replace(dict(self._replaced)))

    def _headline(self, kpi: Any) -> TemplateRow:
        last = self._ratings[self._ratings["kpi_ref"] == kpi.kpi_ref]
        code = None if last.empty else last["rag_code"].iloc[0]
        looks = self._council.scheme
        label = looks[NOT_RATED if pd.isna(code) else str(code)].label
        return TemplateRow(
            breakdown_type=None,
            breakdown_category=None,
            last_quarter=self._figure(kpi, self._quarter.previous),
            last_year=self._figure(kpi, self._quarter.last_year),
            last_rating=None if last.empty else label,
            was_red=code == Rag.RED,
            target=_target(kpi),
            **self._facts(kpi),
        )

    def _category(self, kpi: Any, category: Any, own: pd.DataFrame) -> TemplateRow:
        same = own[
            (own["breakdown_type_code"] == category.breakdown_type_code)
            & (own["breakdown_category_code"] == category.breakdown_category_code)
        ]
        printed = _by_key(same, "quarter_key", "outturn_text")
        return TemplateRow(
            breakdown_type=str(category.breakdown_type_code),
            breakdown_category=str(category.breakdown_category_name),
            last_quarter=printed.get(self._quarter.previous.key),
            last_year=printed.get(self._quarter.last_year.key),
            last_rating=None,
            was_red=False,
            target=None,
            **self._facts(kpi),
        )

    def _facts(self, kpi: Any) -> dict[str, Any]:
        return {
            "kpi_ref": str(kpi.kpi_ref),
            "kpi_name": str(kpi.kpi_name),
            "definition": self._definitions.get(kpi.kpi_ref, ""),
            "unit_code": str(kpi.unit_code),
            "decimal_places": int(kpi.decimal_places),
            "minimum": None if pd.isna(kpi.minimum_value) else float(kpi.minimum_value),
            "maximum": None if pd.isna(kpi.maximum_value) else float(kpi.maximum_value),
        }

    def _figure(self, kpi: Any, quarter: Quarter) -> str | None:
        value = self._figures.get((kpi.kpi_ref, quarter.key))
        if value is None:
            return None
        return printed_figure(float(value), kpi.unit_code, kpi.decimal_places)


def _target(kpi: Any) -> str | None:
    described = (kpi.unit_code, kpi.decimal_places)
    in_range = printed_range(kpi.lower_value, kpi.upper_value, *described)
    return in_range or printed_figure(kpi.target_value, *described)


def _by_ref(frame: pd.DataFrame, column: str) -> Mapping[str, str]:
    return _by_key(frame, "kpi_ref", column)


def _by_key(frame: pd.DataFrame, key: str, column: str) -> Mapping[str, str]:
    known = frame.dropna(subset=[column])
    return dict(zip(known[key], known[column], strict=True))
