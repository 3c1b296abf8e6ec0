"""Contents page: every asset, check, job, schedule, sensor and resource, listed.

The checks are declared on the assets that evaluate them (`perf_pipeline.orchestration.checks`).
"""

import dagster as dg

from perf_pipeline.council import Council, read_council
from perf_pipeline.orchestration.automation.freshness import publication_freshness
from perf_pipeline.orchestration.automation.schedules import (
    quarter_due_schedule,
    returns_reminder_schedule,
)
from perf_pipeline.orchestration.automation.sensors import returns_arrived_sensor, run_failed_sensor
from perf_pipeline.orchestration.disaggregated import disaggregated_assets
from perf_pipeline.orchestration.environment import Environment
from perf_pipeline.orchestration.io import parquet_io_manager
from perf_pipeline.orchestration.outturns import (
    comparators_asset,
    earlier_outturns_asset,
    gathered_asset,
    kpis_in_force_asset,
)
from perf_pipeline.orchestration.partitions import quarter_partitions
from perf_pipeline.orchestration.publication import publication_asset
from perf_pipeline.orchestration.quarter_locks import (
    QUARTER_LOCKS,
    locks_folder,
    quarter_locks_resource,
)
from perf_pipeline.orchestration.ratings import (
    compared_asset,
    earlier_ratings_asset,
    rated_asset,
)
from perf_pipeline.orchestration.reporting import reporting_asset
from perf_pipeline.orchestration.resources import (
    frames_folder,
    landing_folder,
    publisher_resource,
)
from perf_pipeline.orchestration.returns import source_assets
from perf_pipeline.orchestration.runs import QUARTER_JOB, progress_logger
from perf_pipeline.sources import Landing


def build_definitions(council: Council, environment: Environment) -> dg.Definitions:
    """List everything for one council."""
    partitions = quarter_partitions(council.first_quarter)
    sources, systems = list(council.sources.values()), list(council.disaggregated.values())
    return dg.Definitions(
        assets=[
            kpis_in_force_asset(partitions),
            *source_assets(sources, partitions),
            gathered_asset(sources, partitions),
            *disaggregated_assets(systems, partitions, environment),
            earlier_outturns_asset(partitions),
            comparators_asset(partitions),
            compared_asset(partitions),
            rated_asset(partitions),
            earlier_ratings_asset(partitions),
            reporting_asset(partitions),
            publication_asset(partitions, environment, publication_freshness(council.timetable)),
        ],
        jobs=[
            dg.define_asset_job(
                QUARTER_JOB,
                selection=dg.AssetSelection.all(),
                description="The whole quarter, from the services' returns to the publication.",
            )
        ],
        schedules=[
            quarter_due_schedule(council, environment),
            returns_reminder_schedule(council, environment),
        ],
        sensors=[
            returns_arrived_sensor(council, environment),
            run_failed_sensor(council, environment),
        ],
        resources={
            QUARTER_LOCKS: quarter_locks_resource(
                locks_folder(environment.home), environment.lock_wait_s
            ),
            "io_manager": parquet_io_manager(frames_folder(environment.home)),
            "council": council,
            "landing": Landing(landing_folder(environment.home)),
            "publisher": publisher_resource(environment.database_url, environment.code_version),
        },
        # At a council's size a process for each step costs more than it saves.
        executor=dg.in_process_executor,
        loggers={"console": dg.colored_console_logger, "progress": progress_logger},
    )


environment = Environment.read()
environment.require_settings()
council = read_council(environment.council)
defs = build_definitions(council, environment)


def quarter_job() -> dg.JobDefinition:
    """Return the quarter's job, for processes that must find it by name."""
    return defs.resolve_job_def(QUARTER_JOB)
