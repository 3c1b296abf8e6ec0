"""The publication: a quarter's reporting tables in the database, in one transaction."""

from collections.abc import Iterator

import dagster as dg
import pandas as pd

from perf_pipeline.council import Council
from perf_pipeline.orchestration import checks
from perf_pipeline.orchestration.partitions import quarter_of
from perf_pipeline.orchestration.resources import Publisher
from perf_pipeline.orchestration.tables import OWNERS, readable_failures
from perf_pipeline.schemas import REPORTING_TABLES

PUBLICATION_GROUP = "publication"


def publication_asset(partitions: dg.TimeWindowPartitionsDefinition) -> dg.AssetsDefinition:
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
        ins={name: dg.AssetIn(name) for name in REPORTING_TABLES},
        check_specs=[checks.blocking(checks.PUBLISHED_EQUALS_COMPUTED, "publication")],
    )
    def publication(
        context: dg.AssetExecutionContext,
        council: dg.ResourceParam[Council],
        publisher: dg.ResourceParam[Publisher],
        **tables: pd.DataFrame,
    ) -> Iterator[dg.MaterializeResult[None]]:
        quarter = quarter_of(context)
        with readable_failures():
            published = publisher.publish(
                quarter,
                tables,
                council_name=council.name,
                council_sha256=council.sha256,
                run_id=context.run_id,
                is_released=not council.sign_off,
                roles=council.sign_off,
            )
        yield dg.MaterializeResult(
            metadata={
                "quarter": quarter.label,
                "publication_id": published.publication_id,
                "version_number": published.version_number,
                "is_new": published.is_new,
                "is_released": published.is_released,
                "roles_that_sign": dg.MetadataValue.json(list(council.sign_off)),
                "database": publisher.shown_url,
            },
            check_results=[
                checks.error_result(checks.PUBLISHED_EQUALS_COMPUTED, "publication", None)
            ],
        )

    return publication
