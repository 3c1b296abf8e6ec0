"""The council folder: all that is one council's own, read into frozen values and frames.

::

    council.yaml   name, rules and the default ones, deadline,
                   scheme, comparison, benchmarks, plausibility,
                   group_differences, small_numbers,
                   schedule, who signs, who is told                  → values
    sources.yaml   one entry a source                                → source_entries.Source
                   one a system with disaggregated files             → DisaggregatedEntry
    register/      directorates · services · kpis · targets ·
                   breakdowns · history · in_development ·
                   key_issue_notes · receipts · priorities ·
                   themes · benchmarks · overrides ·
                   accepted_rows · series_breaks · successors ·
                   stated_counts · kpi_aliases (.csv)                → schemas.register

Every mistake in the folder is reported at once, with file, line and what to write instead.
What belongs to one council stands there and never in this code.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import pandas as pd

from perf_pipeline.council.council_sections import (
    BenchmarksEntry,
    ComparisonEntry,
    SmallNumbersEntry,
)
from perf_pipeline.council.dated_entries import Dated, dated_values, value_in_force
from perf_pipeline.council.default_rules import rule_name
from perf_pipeline.council.in_force import (
    directorates_of,
    fill_defaults,
    in_order_of_reports,
    join_links,
    join_places,
    priorities_of,
    rows_in_force,
    services_of,
    themes_of,
)
from perf_pipeline.council.organisation import (
    Organisation,
    live_ends,
    merged_codes,
    successors_by,
    whole_predecessors,
)
from perf_pipeline.council.reading import read_folder
from perf_pipeline.council.timetable import Timetable
from perf_pipeline.council.timing import join_targets, join_times
from perf_pipeline.disaggregated_entries import DisaggregatedEntry
from perf_pipeline.errors import CouncilError, Mistake
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import (
    BenchmarkBands,
    Comparison,
    GroupDifferences,
    OrganisationUnit,
    Plausibility,
    Rag,
    RagLook,
    Rule,
    SmallNumbers,
)
from perf_pipeline.source_entries import Source

__all__ = ["Council", "Timetable", "read_council", "rows_in_force"]


_Value = TypeVar("_Value")

Links = tuple[Mapping[str, Sequence[str]], frozenset[str]]
"""The KPIs that replaced each old one, and the live ones."""


@dataclass(frozen=True, eq=False)
class Council:
    """A council folder as read: nothing in it is a mistake.

    Attributes:
        folder: The folder.
        name: The council's name.
        first_quarter: First quarter that the pipeline reports.
        default_rules: Names of the rules of the KPIs that name none, each with its quarters.
        rules: Rating rules by name.
        timetable: What is to happen when, after each quarter.
        scheme: How each rating and none is printed, by code, in the order of tables.
        former_labels: Code of the rating that each former label of the scheme stood for.
        comparisons: How figures are compared with earlier ones, each with its quarters.
        benchmark_bandings: Within which difference a figure is similar to a benchmark, each with
            its quarters.
        plausibility: Beyond what a figure is questioned.
        group_differences: Which differences between groups are said to be more than chance.
        small_numbers_rules: Which counts are too small to be shown, each with its quarters.
        sign_off: Roles that sign a draft before readers see it; none where they see it at once.
        notify: E-mail addresses that are told when a run fails or returns are missing.
        sources: Sources by code, in the order of `sources.yaml`.
        disaggregated: Systems with disaggregated files, likewise.
        directorates: And the other frames: the register's tables, as `schemas.register` says, in
            the order of their files.
        sha256: Digest over the names and bytes of all files that were read.
        judging_sha256: The same over those by which outturns are read, compared and rated.
    """

    folder: Path
    name: str
    first_quarter: Quarter
    default_rules: Sequence[Dated[str]]
    rules: Mapping[str, Rule]
    timetable: Timetable
    scheme: Mapping[str, RagLook]
    former_labels: Mapping[str, str]
    comparisons: Sequence[Dated[Comparison]]
    benchmark_bandings: Sequence[Dated[BenchmarkBands]]
    plausibility: Plausibility
    group_differences: GroupDifferences
    small_numbers_rules: Sequence[Dated[SmallNumbers]]
    sign_off: tuple[str, ...]
    notify: tuple[str, ...]
    sources: Mapping[str, Source]
    disaggregated: Mapping[str, DisaggregatedEntry]
    directorates: pd.DataFrame
    services: pd.DataFrame
    kpis: pd.DataFrame
    kpi_aliases: pd.DataFrame
    targets: pd.DataFrame
    breakdowns: pd.DataFrame
    history: pd.DataFrame
    in_development: pd.DataFrame
    key_issue_notes: pd.DataFrame
    receipts: pd.DataFrame
    priorities: pd.DataFrame
    themes: pd.DataFrame
    benchmarks: pd.DataFrame
    overrides: pd.DataFrame
    accepted_rows: pd.DataFrame
    series_breaks: pd.DataFrame
    successors: pd.DataFrame
    stated_counts: pd.DataFrame
    sha256: str
    judging_sha256: str
    # A run asks for the same few quarters again and again, and joining takes long.
    _known: dict[tuple[str, Quarter], Any] = field(default_factory=dict, init=False, repr=False)

    @property
    def rating_words(self) -> dict[str, str]:
        """What a return may write for each rating: its code, its label or a former one."""
        codes = {rag.value: rag.value for rag in Rag}
        labels = {self.scheme[code].label: code for code in codes}
        return {**labels, **codes, **self.former_labels}

    def default_rule_in_force(self, quarter: Quarter) -> str:
        """Return the name of the rule of a quarter's KPIs that name none."""
        return value_in_force(self.default_rules, quarter)

    def comparison_in_force(self, quarter: Quarter) -> Comparison:
        """Return how a quarter's figures are compared with earlier ones."""
        return value_in_force(self.comparisons, quarter)

    def benchmark_bands_in_force(self, quarter: Quarter) -> BenchmarkBands:
        """Return within which difference a quarter's figure is similar to a benchmark."""
        return value_in_force(self.benchmark_bandings, quarter)

    def small_numbers_in_force(self, quarter: Quarter) -> SmallNumbers:
        """Return which counts of people are too small to be shown of a quarter."""
        return value_in_force(self.small_numbers_rules, quarter)

    def directorates_in_force(self, quarter: Quarter) -> pd.DataFrame:
        """Return the directorates of a quarter in the order of reports.

        Returns:
            `Directorates`; where a KPI belongs to the whole council, with a last row for that.
        """
        return directorates_of(self.directorates, self._once(self._live_kpis, quarter), quarter)

    def services_in_force(self, quarter: Quarter) -> pd.DataFrame:
        """Return the services of a quarter by their place within their directorate.

        Returns:
            `Services`; where a KPI belongs to the whole council, with a last row for that.
        """
        return services_of(self.services, self._once(self._live_kpis, quarter), quarter)

    def priorities_in_force(self, quarter: Quarter) -> pd.DataFrame:
        """Return the Council Plan priorities of a quarter in the order of reports.

        Returns:
            `Priorities`; where a KPI is linked to none, with a last row for that.
        """
        return priorities_of(self.priorities, self._once(self._live_kpis, quarter), quarter)

    def themes_in_force(self, quarter: Quarter) -> pd.DataFrame:
        """Return the themes of a quarter in the order of reports.

        Returns:
            `Themes`; where a KPI is linked to none, with a last row for that.
        """
        return themes_of(self.themes, self._once(self._live_kpis, quarter), quarter)

    def benchmarks_in_force(self, quarter: Quarter) -> pd.DataFrame:
        """Return the benchmarks of a quarter, as registered."""
        return rows_in_force(self.benchmarks, quarter)

    def overrides_of(self, quarter: Quarter) -> pd.DataFrame:
        """Return the overridden ratings of a quarter, as registered."""
        return self.overrides[self.overrides["quarter_key"] == quarter.key].reset_index(drop=True)

    def accepted_rows_of(self, quarter: Quarter) -> pd.DataFrame:
        """Return the rows of a quarter's returns that are to be taken as sent, as registered."""
        is_own = self.accepted_rows["quarter_key"] == quarter.key
        return self.accepted_rows[is_own].reset_index(drop=True)

    def kpis_in_force(self, quarter: Quarter) -> pd.DataFrame:
        """Return each KPI of a quarter with the target, rule and place that it has in it.

        In arrears the target is that of the quarter that the figure is about.

        Returns:
            A frame of `schemas.stages.KpisInForce`: by directorate, by service, then as
            registered.
        """
        return self._once(self._joined_kpis, quarter).copy()

    def kpi_successors(self, quarter: Quarter) -> dict[str, list[str]]:
        """Return the KPIs of a quarter that replaced others, by the old reference, each sorted.

        What was replaced in turn is followed; a reference that leads to no KPI of the quarter is
        left out.
        """
        children, live = self._once(self._kpi_links, quarter)
        ends = {old: live_ends(old, children, live) for old in children}
        return {old: refs for old, refs in ends.items() if refs}

    def kpi_aliases_of(self, quarter: Quarter) -> Mapping[str, str]:
        """Return the KPI for which each alias of a quarter stands."""
        return self._once(self._listed_aliases, quarter)

    def kpi_predecessors(self, quarter: Quarter) -> dict[str, str]:
        """Return each old reference that stood for all of one KPI of a quarter, and for no more.

        A renamed KPI's former references are such, back to where it was merged from several or
        split off.

        Returns:
            The reference in the quarter by the old one.
        """
        return whole_predecessors(*self._once(self._kpi_links, quarter))

    def kpi_mergers(self, quarter: Quarter) -> dict[str, list[str]]:
        """Return the old references that were merged, with others, into one KPI of a quarter.

        Returns:
            By old reference the other old ones that make up the KPI with it, each sorted.
        """
        return merged_codes(*self._once(self._kpi_links, quarter))

    def present_directorates(self, kpis_then: pd.DataFrame, quarter: Quarter) -> pd.Series:
        """Find the directorate to which each KPI of an earlier quarter belongs in this one.

        Args:
            kpis_then: `KpisInForce` of the earlier quarter.
            quarter: The quarter reported.

        Returns:
            Directorate codes by the frame's index: the KPI's own, or that of the single KPI that
            replaced it; else that of its service then, or of the single one that replaced that;
            else its directorate then likewise; else null.
        """
        return self._once(self._organisation, quarter).directorates_of(kpis_then)

    def return_deadline(self, quarter: Quarter) -> dt.date:
        """Return the last day for a quarter's returns, counted in England's working days."""
        return self.timetable.deadline(quarter)

    def _once(self, work_out: Callable[[Quarter], _Value], quarter: Quarter) -> _Value:
        """Return what one of the methods below works out of a quarter, worked out once."""
        key = work_out.__name__, quarter
        if key not in self._known:
            self._known[key] = work_out(quarter)
        known: _Value = self._known[key]
        return known

    def _live_kpis(self, quarter: Quarter) -> pd.DataFrame:
        return rows_in_force(self.kpis, quarter)

    def _listed_aliases(self, quarter: Quarter) -> Mapping[str, str]:
        rows = rows_in_force(self.kpi_aliases, quarter)
        return MappingProxyType(dict(zip(rows["alias_text"], rows["kpi_ref"], strict=True)))

    def _kpi_links(self, quarter: Quarter) -> Links:
        """Return the KPIs that replaced each old one, and the live ones, of a quarter."""
        children = successors_by(quarter, OrganisationUnit.KPI, self.successors)
        return children, frozenset(self._once(self._live_kpis, quarter)["kpi_ref"])

    def _joined_kpis(self, quarter: Quarter) -> pd.DataFrame:
        live = self._once(self._live_kpis, quarter)
        judged = fill_defaults(live, self.rules, self.default_rule_in_force(quarter))
        baseline = self.comparison_in_force(quarter).baseline_quarter_key
        timed = join_times(judged, quarter, baseline)
        targeted = join_targets(timed, self.targets)
        placed = join_places(
            targeted,
            services_of(self.services, live, quarter),
            directorates_of(self.directorates, live, quarter),
        )
        linked = join_links(
            placed,
            priorities_of(self.priorities, live, quarter),
            themes_of(self.themes, live, quarter),
        )
        judged = linked.assign(judging_sha256=self.judging_sha256)
        return in_order_of_reports(judged, quarter)

    def _organisation(self, quarter: Quarter) -> Organisation:
        live = self._once(self._live_kpis, quarter)
        services = services_of(self.services, live, quarter)
        directorates = directorates_of(self.directorates, live, quarter)
        placed = join_places(live, services, directorates)
        by_code = {
            OrganisationUnit.KPI: dict(
                zip(placed["kpi_ref"], placed["directorate_code"], strict=True)
            ),
            OrganisationUnit.SERVICE: dict(
                zip(services["service_code"], services["directorate_code"], strict=True)
            ),
            OrganisationUnit.DIRECTORATE: {code: code for code in directorates["directorate_code"]},
        }
        return Organisation(quarter, by_code, self.successors)


def read_council(folder: Path) -> Council:
    """Read a council folder.

    Args:
        folder: The folder with `council.yaml`, `sources.yaml` and `register/`.

    Raises:
        CouncilError: The folder has mistakes; all of them are in it.
    """
    if not folder.is_dir():
        remedy = "Give the folder that holds council.yaml, sources.yaml and register/."
        raise CouncilError([Mistake(str(folder), 0, "There is no such folder.", remedy)])
    parts = read_folder(folder)
    settings = parts.settings
    return Council(
        folder=folder,
        name=settings.name,
        first_quarter=settings.first_quarter,
        default_rules=dated_values(settings.default_rule, rule_name),
        rules=MappingProxyType({name: each.rule(name) for name, each in settings.rules.items()}),
        timetable=settings.schedule.timetable(settings.return_deadline_working_days),
        scheme=settings.scheme.looks(),
        former_labels=settings.scheme.former_labels(),
        comparisons=dated_values(settings.comparison, ComparisonEntry.comparison),
        benchmark_bandings=dated_values(settings.benchmarks, BenchmarksEntry.bands),
        plausibility=settings.plausibility.plausibility(),
        group_differences=settings.group_differences.group_differences(),
        small_numbers_rules=dated_values(settings.small_numbers, SmallNumbersEntry.small_numbers),
        sign_off=settings.sign_off,
        notify=settings.notify,
        sources=MappingProxyType({each.source_code: each for each in parts.sources.sources}),
        disaggregated=MappingProxyType(
            {each.source_code: each for each in parts.sources.disaggregated}
        ),
        sha256=parts.sha256,
        judging_sha256=parts.judging_sha256,
        **{name: table.frame for name, table in parts.tables.items()},
    )
