"""What Dagster loads: as the server loads it, and as reviewers should see it change."""

import datetime as dt
import tomllib
from pathlib import Path

import dagster as dg
import pytest
import yaml

from perf_pipeline.orchestration.runs import CODE_LOCATION
from perf_pipeline.rules import QualityCheck

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def definitions() -> dg.Definitions:
    """The code location's definitions."""
    from perf_pipeline.definitions import defs  # noqa: PLC0415 - reads the council folder

    return defs


SOURCES = [
    "adults_services",
    "childrens_services",
    "climate_and_place",
    "community_services",
    "public_health",
    "resources_and_corporate",
    "strategy_workforce_localities",
]


def test_assets_are_these(definitions: dg.Definitions) -> None:
    """Two assets a source, then one for each table: a change shows here."""
    keys = {key.to_user_string() for key in definitions.resolve_all_asset_keys()}
    assert keys == {
        *(f"{source}_return" for source in SOURCES),
        *(f"{source}_outturns" for source in SOURCES),
        "kpis_in_force",
        "earlier_outturns",
        "comparator_outturns",
        "accepted_outturns",
        "return_ledger",
        "return_titles",
        "rejected_rows",
        "accepted_rows",
        "compared_outturns",
        "rated_outturns",
        "earlier_ratings",
        "directorate_summary",
        "service_summary",
        "council_summary",
        "priority_summary",
        "theme_summary",
        "owner_summary",
        "directorate_trend",
        "kpi_scorecard",
        "kpi_comparisons",
        "kpi_benchmarks",
        "kpi_breakdowns",
        "exceptions",
        "key_issues",
        "indicators_in_development",
        "return_status",
        "restatements",
        "data_quality",
        "rag_scheme",
        "organisation_changes",
        "disaggregated_returns",
        "disaggregated_summary",
        "withheld_figures",
        "withheld_rows",
        "withheld_files",
        "publication",
    }


def test_checks_are_these(definitions: dg.Definitions) -> None:
    """The checks, and which of them hold the publication: a change shows here."""
    graph = definitions.resolve_asset_graph()
    blocking = {key.name for key in graph.asset_check_keys if graph.get(key).blocking}
    warning = {key.name for key in graph.asset_check_keys if not graph.get(key).blocking}
    assert blocking == {
        "readers_agree",
        "ledger_balances",
        "accepted_rows_satisfy_schema",
        "summaries_add_up",
        "published_equals_computed",
    }
    assert warning == {
        "no_rejected_rows",
        "every_red_has_an_action",
        "earlier_returns_readable",
        *QualityCheck,
    }


def test_every_asset_is_described_owned_and_grouped(definitions: dg.Definitions) -> None:
    """No asset without description, owner, kind and group; every frame has its columns shown."""
    for spec in definitions.resolve_all_asset_specs():
        assert spec.description, spec.key
        assert spec.owners, spec.key
        assert spec.kinds, spec.key
        assert spec.group_name != "default", spec.key
        if spec.key.to_user_string() != "publication":
            columns = spec.metadata["dagster/column_schema"].columns
            assert all(column.description for column in columns), spec.key


def test_every_asset_is_partitioned_by_quarter(definitions: dg.Definitions) -> None:
    """Partition keys are the first days of the quarters that have ended."""
    for spec in definitions.resolve_all_asset_specs():
        assert spec.partitions_def is not None
        keys = spec.partitions_def.get_partition_keys()
        assert keys[:4] == ["2023-04-01", "2023-07-01", "2023-10-01", "2024-01-01"]


def test_schedules_and_sensors_are_these(definitions: dg.Definitions) -> None:
    """What can run by itself, which is nothing before it is switched on: a change shows here."""
    repository = definitions.get_repository_def()
    assert {each.name for each in repository.schedule_defs} == {"quarter_due", "returns_reminder"}
    assert {each.name for each in repository.sensor_defs} == {"returns_arrived", "run_failed"}
    assert all(each.description for each in [*repository.schedule_defs, *repository.sensor_defs])


def test_publication_has_a_freshness_policy(definitions: dg.Definitions) -> None:
    """It is due on a fixed day of each quarter; what was made since its end counts."""
    (policy,) = {
        spec.freshness_policy
        for spec in definitions.resolve_all_asset_specs()
        if spec.freshness_policy is not None
    }
    assert policy == dg.FreshnessPolicy.cron(
        deadline_cron="0 6 28 1,4,7,10 *",
        lower_bound_delta=dt.timedelta(days=27),
        timezone="Europe/London",
    )


def test_job_runs_in_one_process(definitions: dg.Definitions) -> None:
    """The quarter's job selects everything and starts no process for a step."""
    job = definitions.resolve_job_def("quarter")
    assert job.executor_def is dg.in_process_executor
    assert len(job.asset_layer.selected_asset_keys) == len(definitions.resolve_all_asset_keys())


def test_location_has_one_name() -> None:
    """Workspace, `[tool.dg.project]` and the command line name the same code location."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    workspace = yaml.safe_load((PROJECT / "workspace.yaml").read_text())
    module = workspace["load_from"][0]["python_module"]
    facts = project["tool"]["dg"]["project"]
    assert module["location_name"] == facts["code_location_name"] == CODE_LOCATION
    assert module["module_name"] == facts["code_location_target_module"]
