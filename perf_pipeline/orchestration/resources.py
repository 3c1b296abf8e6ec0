"""What steps are handed: the council, the landing store, and the publisher with its fence."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import dagster as dg
import pandas as pd
from sqlalchemy import Engine

from perf_pipeline.disaggregated.dataset import Dataset
from perf_pipeline.errors import PublicationError
from perf_pipeline.orchestration.quarter_locks import QUARTER_LOCKS
from perf_pipeline.quarters import Quarter
from perf_pipeline.warehouse import (
    Origin,
    Publication,
    connect,
    current_drafts,
    migrate,
    publish,
    shown_url,
)


class Publisher:
    """Publishes quarters to one database, fenced by what was in view when the run began.

    The schema is brought up to date then too, which the migrations' own lock keeps to one process
    at a time; the pool of the publication's step holds back what is published alone.

    The fence is read once, when the run's process starts. If any other run publishes the quarter
    after that, this run's tables may be older than what is in view, and publishing is refused;
    Dagster's run status is not asked, since a killed run's step may run on. Where the database
    was away when the run began, the fence is read at the first publication that reaches it, as a
    rerun from failure would read it.
    """

    def __init__(self, database_url: str, code_version: str) -> None:
        self._url = database_url
        self._code_version = code_version
        self._engine: Engine | None = None
        self._drafts: Mapping[str, int] = {}
        self._fault: PublicationError | None = None

    @property
    def shown_url(self) -> str:
        """The database's URL without its password."""
        return shown_url(self._url)

    def open(self) -> None:
        """Connect, bring the tables up to date and read the fence; a fault waits for `publish`.

        The returns are worth extracting even while the database is away, so that only the
        publication has to be run again.
        """
        self._fault = None
        try:
            self._engine = connect(self._url)
            migrate(self._engine)
            self._drafts = current_drafts(self._engine)
        except PublicationError as fault:
            self._fault = fault

    def close(self) -> None:
        """Give the connections back."""
        if self._engine is not None:
            self._engine.dispose()

    def publish(  # noqa: PLR0913 - all that a publication is made of
        self,
        quarter: Quarter,
        tables: Mapping[str, pd.DataFrame],
        withheld: Mapping[str, pd.DataFrame],
        *,
        council_name: str,
        council_sha256: str,
        run_id: str,
        is_released: bool,
        roles: Sequence[str],
        datasets: Sequence[Dataset],
    ) -> Publication:
        """Make a quarter's reporting tables its draft, and bring them into view if it is released.

        What they withhold is kept beside them, and so are the rows of disaggregated returns, where
        no reader of reports has a right.

        Raises:
            PublicationError: The database cannot be reached or refuses; nothing has changed.
            SupersededError: Another run published the quarter after this run began.
        """
        if self._fault is not None:
            self.open()
        if self._fault is not None or self._engine is None:
            raise self._fault or PublicationError("The publisher was not opened.")
        return publish(
            self._engine,
            quarter,
            tables,
            Origin(council_name, council_sha256, self._code_version, run_id),
            expected_draft=self._drafts.get(quarter.key, 0),
            is_released=is_released,
            roles=roles,
            withheld=withheld,
            datasets=datasets,
        )


def publisher_resource(database_url: str, code_version: str) -> dg.ResourceDefinition:
    """Return the publisher as a resource, opened once for a run's process.

    The URL is closed over and not configuration, since Dagster shows configuration to all.
    """

    @dg.resource(
        description="Publishes reporting tables to the database.",
        # The fence must be read when no other run of these quarters can move it any more.
        required_resource_keys={QUARTER_LOCKS},
    )
    def publisher(_: dg.InitResourceContext) -> Iterator[Publisher]:
        opened = Publisher(database_url, code_version)
        opened.open()
        try:
            yield opened
        finally:
            opened.close()

    return publisher


def landing_folder(home: Path) -> Path:
    """Return where what sources gave is kept."""
    return home / "landing"


def frames_folder(home: Path) -> Path:
    """Return where frames between steps are kept."""
    return home / "frames"
