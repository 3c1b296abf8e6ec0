"""Which pure function makes each reporting table, and of what; it decides and counts nothing."""

from collections.abc import Mapping

import pandas as pd

from perf_pipeline import summarise, suppress
from perf_pipeline.compare import QUARTERS_BACK, compare_benchmarks, under_present_refs
from perf_pipeline.council import Council, rows_in_force
from perf_pipeline.quarters import Quarter
from perf_pipeline.scrutinise import Evidence, find_implausible
from perf_pipeline.validate import headline_outturns

Tables = dict[str, pd.DataFrame]

SUMMARIES = (
    "directorate_summary",
    "service_summary",
    "council_summary",
    "priority_summary",
    "theme_summary",
    "owner_summary",
)
"""The tables that count every KPI once."""

_QUARTERS_OF_A_YEAR = 4


def made_tables(stages: Mapping[str, pd.DataFrame], council: Council, quarter: Quarter) -> Tables:
    """Make every reporting table but those of single rows, and the figures that they withhold.

    Args:
        stages: The frames of the stages before, by name.
        council: The council folder.
        quarter: The quarter.
    """
    scorecard = summarise.kpi_scorecard(
        stages["rated_outturns"],
        stages["compared_outturns"],
        stages["kpis_in_force"],
        council.scheme,
    )
    tables = {
        "kpi_scorecard": scorecard,
        "exceptions": summarise.exceptions(scorecard),
        **_summaries(scorecard, stages["earlier_ratings"], council, quarter),
        **_kpi_tables(stages, council, quarter),
        **_breakdowns(stages, council, quarter),
        **_council_tables(stages, council, quarter),
    }
    return tables | {"data_quality": _findings(tables, stages, council, quarter)}


def _breakdowns(stages: Mapping[str, pd.DataFrame], council: Council, quarter: Quarter) -> Tables:
    year = [quarter.shift(-back) for back in range(_QUARTERS_OF_A_YEAR)]
    kpis, replaced = stages["kpis_in_force"], council.kpi_predecessors(quarter)
    seen = suppress.suppress_breakdowns(
        stages["accepted_outturns"],
        under_present_refs(stages["earlier_outturns"], replaced),
        kpis,
        {each.key: council.small_numbers_in_force(each) for each in year},
        {each.key: _due_refs(council, each, replaced) for each in year[1:]},
    )
    return {
        "kpi_breakdowns": summarise.kpi_breakdowns(seen.outturns, kpis, council.breakdowns),
        "withheld_figures": seen.withheld,
    }


def _due_refs(council: Council, quarter: Quarter, replaced: Mapping[str, str]) -> set[str]:
    """Return the KPIs of an earlier quarter that were due, under their present references."""
    if quarter < council.first_quarter:
        return set()
    kpis = council.kpis_in_force(quarter)
    return {replaced.get(ref, ref) for ref in kpis.loc[kpis["is_due"], "kpi_ref"]}


def _summaries(
    scorecard: pd.DataFrame, earlier: pd.DataFrame, council: Council, quarter: Quarter
) -> Tables:
    directorates = council.directorates_in_force(quarter)
    services, looks = council.services_in_force(quarter), council.scheme
    priorities, themes = council.priorities_in_force(quarter), council.themes_in_force(quarter)
    return {
        "directorate_summary": summarise.directorate_summary(
            scorecard, directorates, earlier, quarter, looks
        ),
        "service_summary": summarise.service_summary(
            scorecard, services, directorates, earlier, quarter, looks
        ),
        "council_summary": summarise.council_summary(
            scorecard, council.name, earlier, quarter, looks
        ),
        "priority_summary": summarise.priority_summary(
            scorecard, priorities, earlier, quarter, looks
        ),
        "theme_summary": summarise.theme_summary(scorecard, themes, earlier, quarter, looks),
        "owner_summary": summarise.owner_summary(scorecard, earlier, quarter, looks),
        "directorate_trend": summarise.directorate_trend(scorecard, earlier, directorates, quarter),
    }


def _kpi_tables(stages: Mapping[str, pd.DataFrame], council: Council, quarter: Quarter) -> Tables:
    accepted, kpis = stages["accepted_outturns"], stages["kpis_in_force"]
    replaced = council.kpi_predecessors(quarter)
    return {
        "kpi_comparisons": summarise.kpi_comparisons(stages["compared_outturns"]),
        "kpi_benchmarks": compare_benchmarks(
            headline_outturns(accepted, quarter),
            council.benchmarks_in_force(quarter),
            kpis,
            quarter,
            council.benchmark_bands_in_force(quarter),
        ),
        "restatements": summarise.restatements(
            accepted,
            stages["rated_outturns"],
            under_present_refs(stages["earlier_outturns"], replaced),
            under_present_refs(council.history, replaced),
            stages["comparator_outturns"],
            kpis,
            quarter.key,
        ),
    }


def _council_tables(
    stages: Mapping[str, pd.DataFrame], council: Council, quarter: Quarter
) -> Tables:
    directorates = rows_in_force(council.directorates, quarter)
    return {
        "key_issues": summarise.key_issues(council.key_issue_notes, directorates, quarter),
        "indicators_in_development": summarise.indicators_in_development(
            rows_in_force(council.in_development, quarter), directorates, quarter.key
        ),
        "return_status": summarise.return_status(
            stages["return_ledger"],
            council.sources,
            stages["kpis_in_force"],
            stages["rated_outturns"],
            council.receipts,
            quarter,
            council.return_deadline(quarter),
        ),
        "rag_scheme": summarise.rag_scheme(council.scheme, quarter.key),
        "organisation_changes": summarise.organisation_changes(council.successors, quarter),
    }


def _findings(
    tables: Tables, stages: Mapping[str, pd.DataFrame], council: Council, quarter: Quarter
) -> pd.DataFrame:
    figures = stages["comparator_outturns"]
    recent = figures[figures["quarter_key"] >= quarter.shift(-QUARTERS_BACK).key]
    return find_implausible(
        Evidence(
            quarter=quarter,
            scorecard=tables["kpi_scorecard"],
            kpis=stages["kpis_in_force"],
            comparators=recent,
            titles=stages["return_titles"],
            notes=council.key_issue_notes,
            stated=council.stated_counts,
            directorate_summary=tables["directorate_summary"],
            council_summary=tables["council_summary"],
            overrides=council.overrides,
            acceptances=council.accepted_rows,
            accepted=stages["accepted_rows"],
            rejected=stages["rejected_rows"],
            ledger=stages["return_ledger"],
            looks=council.scheme,
            thresholds=council.plausibility,
            breaks=council.series_breaks,
            breakdowns=tables["kpi_breakdowns"],
            differences=council.group_differences,
        )
    )
