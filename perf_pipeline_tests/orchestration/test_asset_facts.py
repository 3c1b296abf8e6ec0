"""What the asset graph shows and obeys: groups in flow order, pools, checks by quarter."""

import dagster as dg
import pytest


@pytest.fixture(scope="module")
def definitions() -> dg.Definitions:
    """The code location's definitions."""
    from perf_pipeline.definitions import defs  # noqa: PLC0415 - reads the council folder

    return defs


def test_groups_sort_as_the_data_flow(definitions: dg.Definitions) -> None:
    """No asset is made of one whose group is listed after its own."""
    groups = {spec.key: str(spec.group_name) for spec in definitions.resolve_all_asset_specs()}
    graph = definitions.resolve_asset_graph()
    for key, group in groups.items():
        assert all(groups[parent] <= group for parent in graph.get(key).parent_keys), key


def test_only_the_publication_takes_a_place_in_the_databases_pool(
    definitions: dg.Definitions,
) -> None:
    """The pool of writers, which admits one at a time, holds the step that writes and no other."""
    graph = definitions.resolve_asset_graph()
    pools = {key.to_user_string(): graph.get(key).pools for key in graph.get_all_asset_keys()}
    assert {name for name, found in pools.items() if found} == {"publication"}
    assert pools["publication"] == {"database"}


def test_checks_are_kept_by_quarter(definitions: dg.Definitions) -> None:
    """Every check is partitioned as its asset is, so that each quarter has its own result."""
    graph = definitions.resolve_asset_graph()
    for key in graph.asset_check_keys:
        assert graph.get(key).partitions_def == graph.get(key.asset_key).partitions_def
        assert graph.get(key).partitions_def is not None
