"""The council folder: all that is one council's own, read into frozen values and frames.

::

    council.yaml   name, rules and the default one, deadline        → values
    sources.yaml   one entry a source                                → source_entries.Source
    register/      directorates · services · kpis · targets ·
                   breakdowns · history · in_development ·
                   key_issue_notes · receipts (.csv)                 → schemas.register

Every mistake in the folder is reported at once, with file, line and what to write instead.
What belongs to one council stands there and never in this code.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import holidays
import pandas as pd

from perf_pipeline.council.in_force import (
    fill_defaults,
    join_kpis,
    join_places,
    join_targets,
    rows_in_force,
)
from perf_pipeline.council.reading import read_folder
from perf_pipeline.errors import CouncilError, Mistake
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import Rule
from perf_pipeline.source_entries import Source

__all__ = ["Council", "read_council", "rows_in_force"]


@dataclass(frozen=True, eq=False)
class Council:
    """A council folder as read: nothing in it is a mistake.

    Attributes:
        folder: The folder.
        name: The council's name.
        first_quarter: First quarter that the pipeline reports.
        default_rule: Rule of the KPIs that name none.
        rules: Rating rules by name.
        return_deadline_working_days: A return is due by that many working days after a quarter.
        sources: Sources by code, in the order of `sources.yaml`.
        directorates: And the other frames: the register's tables, as `schemas.register` says, in
            the order of their files.
        sha256: Digest over the names and bytes of all files that were read.
    """

    folder: Path
    name: str
    first_quarter: Quarter
    default_rule: str
    rules: Mapping[str, Rule]
    return_deadline_working_days: int
    sources: Mapping[str, Source]
    directorates: pd.DataFrame
    services: pd.DataFrame
    kpis: pd.DataFrame
    targets: pd.DataFrame
    breakdowns: pd.DataFrame
    history: pd.DataFrame
    in_development: pd.DataFrame
    key_issue_notes: pd.DataFrame
    receipts: pd.DataFrame
    sha256: str

    def directorates_in_force(self, quarter: Quarter) -> pd.DataFrame:
        """Return the directorates of a quarter in the order of reports."""
        return _by_display_order(rows_in_force(self.directorates, quarter))

    def services_in_force(self, quarter: Quarter) -> pd.DataFrame:
        """Return the services of a quarter by their place within their directorate."""
        return _by_display_order(rows_in_force(self.services, quarter))

    def kpis_in_force(self, quarter: Quarter) -> pd.DataFrame:
        """Return each KPI of a quarter with the target, rule and place that it has in it.

        Returns:
            A frame of `schemas.stages.KpisInForce`: by directorate, by service, then as
            registered.
        """
        places = join_places(
            rows_in_force(self.services, quarter), rows_in_force(self.directorates, quarter)
        )
        live = rows_in_force(self.kpis, quarter)
        judged = fill_defaults(live, self.rules, self.default_rule)
        targeted = join_targets(judged, rows_in_force(self.targets, quarter))
        return join_kpis(targeted, places, quarter)

    def return_deadline(self, quarter: Quarter) -> dt.date:
        """Return the last day for a quarter's returns, counted in England's working days."""
        england = holidays.country_holidays("GB", subdiv="ENG")
        return england.get_nth_working_day(quarter.end_date, self.return_deadline_working_days)


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
        default_rule=settings.default_rule,
        rules=MappingProxyType({name: each.rule(name) for name, each in settings.rules.items()}),
        return_deadline_working_days=settings.return_deadline_working_days,
        sources=MappingProxyType({each.source_code: each for each in parts.sources.sources}),
        sha256=parts.sha256,
        **{name: table.frame for name, table in parts.tables.items()},
    )


def _by_display_order(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.sort_values("display_order", kind="stable", ignore_index=True)
