"""The publication: a quarter's reporting tables in the database, in one transaction."""

from collections.abc import Mapping
from typing import Any

import dagster as dg
import pandas as pd

from perf_pipeline.council import Council
from perf_pipeline.orchestration import checks
from perf_pipeline.orchestration.datasets import named_datasets
from perf_pipeline.orchestration.each_quarter import Events, Made, Tables, each_quarter
from perf_pipeline.orchestration.environment import Environment
from perf_pipeline.orchestration.io import Frames
from perf_pipeline.orchestration.resources import Publisher
from perf_pipeline.orchestration.run_tags import is_draft_only
from perf_pipeline.orchestration.tables import OWNERS, PUBLICATION_GROUP
from perf_pipeline.quarters import Quarter
from perf_pipeline.schemas import REPORTING_TABLES, WITHHELD_TABLES
from perf_pipeline.suppress import without_digests
from perf_pipeline.warehouse import Publication

DATABASE_POOL = "database"
"""The pool of the steps that write to the database; the instance allows it one at a time."""


def publication_asset(
    partitions: dg.TimeWindowPartitionsDefinition,
    environment: Environment,
    freshness: dg.FreshnessPolicy | None = None,
) -> dg.AssetsDefinition:
    """Make the asset of the publication. What the database holds is its only output."""

    @dg.asset(
        name="publication",
        description="One immutable version of the quarter's reporting tables: in view of BI tools "
        "at once, or once every role that signs has signed it. Publishing the same again changes "
        "nothing.",
        group_name=PUBLICATION_GROUP,
        owners=OWNERS,
        partitions_def=partitions,
        kinds={"sql"},
        pool=DATABASE_POOL,
        freshness_policy=freshness,
        ins={name: dg.AssetIn(name) for name in (*REPORTING_TABLES, *WITHHELD_TABLES)},
        check_specs=[checks.blocking(checks.PUBLISHED_EQUALS_COMPUTED, "publication", partitions)],
    )
    def publication(
        context: dg.AssetExecutionContext,
        council: dg.ResourceParam[Council],
        publisher: dg.ResourceParam[Publisher],
        **tables: Frames,
    ) -> Events:
        is_released = not council.sign_off and not is_draft_only(context)

        def make(quarter: Quarter, frames: Mapping[str, pd.DataFrame]) -> Tables:
            files = frames["withheld_files"]
            reported = {name: without_digests(frames[name], files) for name in REPORTING_TABLES}
            published = publisher.publish(
                quarter,
                reported,
                {name: frames[name] for name in WITHHELD_TABLES},
                council_name=council.name,
                council_sha256=council.sha256,
                run_id=context.run.run_id,
                is_released=is_released,
                roles=council.sign_off,
                datasets=named_datasets(
                    frames["disaggregated_returns"], environment.engine.workplace, quarter
                ),
            )
            row_count = sum(map(len, reported.values()))
            facts = _facts(published, quarter, council, row_count)
            # What is read back and differs fails the publication itself, which is then not made.
            outcome = checks.error_outcome(checks.PUBLISHED_EQUALS_COMPUTED, None)
            metadata = facts | {"database": publisher.shown_url}
            return {"publication": Made(None, metadata, [outcome])}

        yield from each_quarter(context, make, tables)

    return publication


def _facts(
    published: Publication, quarter: Quarter, council: Council, row_count: int
) -> dict[str, Any]:
    return {
        "quarter": quarter.label,
        "publication_id": published.publication_id,
        "version_number": published.version_number,
        "is_new": published.is_new,
        "is_released": published.is_released,
        "roles_that_sign": dg.MetadataValue.json(list(council.sign_off)),
        "dagster/row_count": row_count,
    }
