"""A step for one quarter or several: the loop round what makes one quarter's tables.

Metadata and the results of checks are kept for each quarter, as a run of each alone would. It
knows nothing of what the tables hold.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg
import pandas as pd

# Not among Dagster's public names, and a check's result without it is never the current one.
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluationTargetMaterializationData,
)

from perf_pipeline.errors import PerfPipelineError, PublicationError
from perf_pipeline.orchestration.checks import Outcome
from perf_pipeline.orchestration.io import Frames
from perf_pipeline.orchestration.partitions import quarter_of_key
from perf_pipeline.quarters import Quarter
from perf_pipeline.sources import may_pass

MOST_RETRIES = 3
FIRST_WAIT_S = 5.0
"""Wait before the first retry of a step; it doubles after each: 5, 10 and 20 seconds."""

Event = (
    dg.MaterializeResult[Any] | dg.AssetMaterialization | dg.Output[None] | dg.AssetCheckEvaluation
)
Events = Iterator[Any]
"""What a step yields: `Event`, in words that Dagster reads no output's type from."""


@dataclass(frozen=True)
class Made:
    """What a step made of one table of one quarter.

    Attributes:
        frame: The table; null where a database holds what was made.
        metadata: What the UI shows of it.
        outcomes: What its checks found.
    """

    frame: pd.DataFrame | None
    metadata: Mapping[str, Any]
    outcomes: Sequence[Outcome] = ()


Tables = Mapping[str, Made]
"""What a step made of one quarter, by asset."""

Making = Callable[[Quarter, Mapping[str, pd.DataFrame]], Tables]
"""Makes one quarter's tables from the frames of the steps before, by asset."""


def each_quarter(
    context: dg.AssetExecutionContext, make: Making, inputs: Mapping[str, Frames] | None = None
) -> Iterator[Event]:
    """Make the tables of every quarter of a run, and yield what Dagster is to record.

    Args:
        context: The step's.
        make: Makes one quarter's.
        inputs: Frames of the steps before, by asset.

    Raises:
        dagster.Failure: A quarter cannot be made; its description has every such quarter's
            sentence.
        dagster.RetryRequested: The same, and every fault is one that may pass.
    """
    made: dict[str, Tables] = {}
    faults: list[PerfPipelineError] = []
    for key in context.partition_keys:
        frames = {asset: of_quarters[key] for asset, of_quarters in (inputs or {}).items()}
        try:
            made[key] = make(quarter_of_key(key), frames)
        except PerfPipelineError as fault:
            faults.append(fault)
    if faults:
        yield from _already_done(made)
        raise _failure(faults, context.retry_number) from faults[0]
    for asset in next(iter(made.values())):
        yield from _recorded(context, asset, {key: tables[asset] for key, tables in made.items()})


def _already_done(made: Mapping[str, Tables]) -> Iterator[dg.AssetMaterialization]:
    """Record the quarters that a database holds although another quarter of the run failed."""
    for key, tables in made.items():
        for asset, each in tables.items():
            if each.frame is None:
                yield dg.AssetMaterialization(asset, metadata=each.metadata, partition=key)


def _failure(faults: Sequence[PerfPipelineError], retry_number: int) -> Exception:
    if retry_number < MOST_RETRIES and all(_may_pass(fault) for fault in faults):
        return dg.RetryRequested(MOST_RETRIES, FIRST_WAIT_S * 2**retry_number)
    return dg.Failure(description="\n".join(map(str, faults)), allow_retries=False)


def _may_pass(fault: PerfPipelineError) -> bool:
    is_of_database = isinstance(fault, PublicationError) and may_pass(fault.__cause__)
    return fault.is_transient or is_of_database


def _recorded(
    context: dg.AssetExecutionContext, asset: str, made: Mapping[str, Made]
) -> Iterator[Event]:
    for key, each in made.items():
        context.add_asset_metadata(each.metadata, asset_key=asset, partition_key=key)
    frames = {key: each.frame for key, each in made.items() if each.frame is not None}
    value: dict[str, Any] = {"value": frames} if frames else {}
    if len(made) == 1:
        (only,) = made.values()
        results = [dg.AssetCheckResult(asset_key=asset, **each.facts) for each in only.outcomes]
        yield dg.MaterializeResult(asset_key=asset, check_results=results, **value)
        return
    yield dg.MaterializeResult(asset_key=asset, **value)
    yield from _evaluated(context, asset, made)


def _evaluated(
    context: dg.AssetExecutionContext, asset: str, made: Mapping[str, Made]
) -> Iterator[dg.Output[None] | dg.AssetCheckEvaluation]:
    """Yield every quarter's result of every check; Dagster makes one of a result for them all."""
    checked = {key: each for key, each in made.items() if each.outcomes}
    targets = {key: _materialization(context.instance, asset, key) for key in checked}
    for outcome in next(iter(made.values())).outcomes:
        spec = dg.AssetCheckSpec(outcome.name, asset=asset)
        yield dg.Output(None, output_name=spec.get_python_identifier())
    for key, each in checked.items():
        for outcome in each.outcomes:
            yield dg.AssetCheckEvaluation(
                asset_key=dg.AssetKey(asset),
                blocking=outcome.is_blocking,
                partition=key,
                target_materialization_data=targets[key],
                **outcome.facts,
            )


def _materialization(
    instance: dg.DagsterInstance, asset: str, key: str
) -> AssetCheckEvaluationTargetMaterializationData | None:
    wanted = dg.AssetRecordsFilter(dg.AssetKey(asset), asset_partitions=[key])
    found = instance.fetch_materializations(wanted, limit=1).records
    if not found:
        return None
    record = found[0]
    return AssetCheckEvaluationTargetMaterializationData(
        storage_id=record.storage_id, run_id=record.run_id, timestamp=record.timestamp
    )
