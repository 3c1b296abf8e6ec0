"""Reruns and backfills of every asset: the same bytes as a full run on a fresh home.

A step is made to fail by a folder that stands where its result belongs, and mended by taking that
away: nothing in the code is replaced.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import dagster as dg
import pandas as pd
import pytest

from perf_pipeline.council import read_council
from perf_pipeline.definitions import build_definitions
from perf_pipeline.orchestration.environment import Environment
from perf_pipeline.orchestration.lineage import reporting_lineage
from perf_pipeline.orchestration.partitions import (
    PARTITION_TAG,
    RANGE_END_TAG,
    RANGE_START_TAG,
    partition_key,
)
from perf_pipeline.quarters import Quarter
from perf_pipeline.schemas import REPORTING_TABLES
from perf_pipeline.warehouse import connect, current_publication

FOLDER = Path(__file__).with_name("every_rule")
FIRST, SECOND = Quarter(2024, 1), Quarter(2024, 2)
RANGE = {RANGE_START_TAG: partition_key(FIRST), RANGE_END_TAG: partition_key(SECOND)}
ONE = {PARTITION_TAG: partition_key(SECOND)}

STEPS = {
    "kpis_in_force": ("kpis_in_force",),
    "services_return": ("services_return",),
    "earlier_outturns": ("earlier_outturns",),
    "services_outturns": ("services_outturns",),
    "gathered_outturns": (
        "accepted_outturns",
        "rejected_rows",
        "accepted_rows",
        "return_ledger",
        "return_titles",
        "withheld_rows",
        "withheld_files",
    ),
    "earlier_ratings": ("earlier_ratings",),
    "comparator_outturns": ("comparator_outturns",),
    "compared_outturns": ("compared_outturns",),
    "rated_outturns": ("rated_outturns",),
    "reporting_tables": (
        *(name for name in REPORTING_TABLES if name not in {"rejected_rows", "accepted_rows"}),
        "withheld_figures",
    ),
    "publication": ("publication",),
}
"""Every step with its assets, each after those that it is made of."""

Results = Mapping[str, bytes]


def environment_in(root: Path) -> Environment:
    """Return where things are in a folder."""
    home = root / "home"
    return Environment(FOLDER, home, f"sqlite:///{home / 'p.sqlite'}", root / "dagster")


@cache
def quarter_job(root: str) -> dg.JobDefinition:
    """Return the quarter's job on a folder."""
    environment = environment_in(Path(root))
    definitions = build_definitions(read_council(environment.council), environment)
    return definitions.resolve_job_def("quarter")


@dataclass
class Home:
    """A home folder of its own, in which jobs run here in this process, recorded in memory."""

    root: Path
    instance: dg.DagsterInstance = field(default_factory=dg.DagsterInstance.ephemeral)

    @property
    def environment(self) -> Environment:
        """Where things are."""
        return environment_in(self.root)

    def run(
        self,
        tags: Mapping[str, str],
        *,
        after: str | None = None,
        assets: list[str] | None = None,
    ) -> dg.JobExecutionResult:
        """Run the job whole, for some assets, or from the failure of the run before."""
        # Dagster keeps one definition of a job that is the same to it: the folder tells them apart.
        job = dg.build_reconstructable_job(__name__, "quarter_job", (str(self.root),))
        return dg.execute_job(
            job,
            instance=self.instance,
            tags=dict(tags),
            asset_selection=None if assets is None else [dg.AssetKey(name) for name in assets],
            reexecution_options=None
            if after is None
            else dg.ReexecutionOptions.from_failure(after, self.instance),
        )

    def results(self) -> Results:
        """Return the bytes of every frame and the id of every quarter's publication."""
        frames = self.environment.home / "frames"
        found = {
            str(path.relative_to(frames)): path.read_bytes() for path in frames.rglob("*.parquet")
        }
        engine = connect(self.environment.database_url)
        try:
            for quarter in (FIRST, SECOND):
                published = current_publication(engine, quarter)
                if published is not None:
                    found[f"published {quarter}"] = published.publication_id.encode()
        finally:
            engine.dispose()
        return found

    def place(self, asset: str, quarter: Quarter = SECOND) -> Path:
        """Return where an asset's result belongs."""
        home = self.environment.home
        if asset == "publication":
            return home / "p.sqlite"
        return home / "frames" / asset / f"{partition_key(quarter)}.parquet"


def downstream(step: str, root: Path) -> list[str]:
    """Return the assets of a step and of all that follows from it, as the UI selects them."""
    graph = quarter_job(str(root)).asset_layer.asset_graph
    keys = {dg.AssetKey(name) for name in STEPS[step]}
    waiting = list(keys)
    while waiting:
        found = graph.get(waiting.pop()).child_keys - keys
        keys |= found
        waiting += found
    return sorted(key.to_user_string() for key in keys)


@pytest.fixture(scope="module")
def fresh_homes(tmp_path_factory: pytest.TempPathFactory) -> Mapping[Quarter, Home]:
    """A home of its own for each quarter after a full run, to be read and not changed."""
    homes = {quarter: Home(tmp_path_factory.mktemp("fresh")) for quarter in (FIRST, SECOND)}
    for quarter, home in homes.items():
        assert home.run({PARTITION_TAG: partition_key(quarter)}).success
    return homes


@pytest.fixture(scope="module")
def fresh(fresh_homes: Mapping[Quarter, Home]) -> Results:
    """What a full run of each quarter, each on a home of its own, makes."""
    return {name: made for h in fresh_homes.values() for name, made in h.results().items()}


@pytest.fixture(scope="module")
def second(fresh: Results) -> Results:
    """Of that, what is of the second quarter."""
    key = partition_key(SECOND)
    return {n: made for n, made in fresh.items() if key in n or n == f"published {SECOND}"}


def test_rerun_from_failure_of_every_step(tmp_path: Path, second: Results) -> None:
    """Failing at each step in turn and rerun from there, a quarter is that of one whole run."""
    home = Home(tmp_path)
    blocked = {step: home.place(assets[0]) for step, assets in STEPS.items()}
    for place in blocked.values():
        (place / "in the way").mkdir(parents=True)
    result = home.run(ONE)
    for step, place in blocked.items():
        assert not result.success
        shutil.rmtree(place)
        result = home.run(ONE, after=result.run_id)
        assert step in {event.step_key for event in result.get_step_success_events()}
    assert result.success
    assert home.results() == second


def test_materialize_every_asset_and_downstream(
    tmp_path: Path, fresh_homes: Mapping[Quarter, Home], second: Results
) -> None:
    """Every step run again with all that follows, in a home that is whole, changes no byte."""
    home = Home(tmp_path)
    shutil.copytree(fresh_homes[SECOND].root, tmp_path, dirs_exist_ok=True)
    for step in STEPS:
        result = home.run(ONE, assets=downstream(step, tmp_path))
        assert result.success, step
        assert step in {event.step_key for event in result.get_step_success_events()}
        assert home.results() == second, step


def test_backfill_as_one_run(tmp_path: Path, fresh: Results) -> None:
    """One run of both quarters makes what a run of each makes, and again when run again."""
    home = Home(tmp_path)
    for _ in range(2):
        assert home.run(RANGE).success
        assert home.results() == fresh


def test_backfill_as_many_runs(tmp_path: Path, fresh: Results) -> None:
    """A run of each quarter on one home, the later first, makes what fresh homes make."""
    home = Home(tmp_path)
    for quarter in (SECOND, FIRST):
        assert home.run({PARTITION_TAG: partition_key(quarter)}).success
    assert home.results() == fresh


@pytest.mark.parametrize("asset", ["services_return", "rated_outturns", "publication"])
def test_backfill_rerun_from_failure(tmp_path: Path, fresh: Results, asset: str) -> None:
    """A run of both quarters that fails for one is rerun from there for both."""
    home = Home(tmp_path)
    (home.place(asset) / "in the way").mkdir(parents=True)
    failed = home.run(RANGE)
    assert not failed.success
    shutil.rmtree(home.place(asset))
    assert home.run(RANGE, after=failed.run_id).success
    assert home.results() == fresh


def test_lineage_says_the_truth(fresh_homes: Mapping[Quarter, Home]) -> None:
    """A column that is said to be carried over holds nothing that its origin does not."""
    home = fresh_homes[SECOND]
    frames = {
        name: pd.read_parquet(home.place(name))
        for assets in STEPS.values()
        for name in assets
        if name != "publication"
    }
    checked = 0
    for table in REPORTING_TABLES:
        lineage = reporting_lineage(table)
        for column, deps in ({} if lineage is None else lineage.deps_by_column).items():
            asset = deps[0].asset_key.to_user_string()
            is_carried = deps[0].column_name == column or asset == "compared_outturns"
            if len(deps) == 1 and is_carried and not column.endswith("_count"):
                origin = frames[asset][deps[0].column_name]
                assert set(frames[table][column].dropna()) <= set(origin.dropna()), column
                checked += 1
    assert checked > 60


def test_every_asset_is_in_a_step(tmp_path: Path) -> None:
    """The steps that are rerun here are all that there are."""
    graph = quarter_job(str(tmp_path)).asset_layer.asset_graph
    keys = graph.materializable_asset_keys
    assert {key.to_user_string() for key in keys} == {a for names in STEPS.values() for a in names}
