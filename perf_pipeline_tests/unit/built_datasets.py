"""A small return of every kind of file, and its dataset, for tests of building: a plugin."""

import pytest

from perf_pipeline.disaggregated.building import build
from perf_pipeline.disaggregated.dataset import Dataset
from perf_pipeline.disaggregated.engines import LocalEngine
from perf_pipeline.disaggregated.orders import Register
from perf_pipeline.disaggregated.parts import LandedFile
from perf_pipeline_tests.unit.builders import FrameBuilder
from perf_pipeline_tests.unit.disaggregated_returns import files_of_every_kind, register_of, request


@pytest.fixture(scope="module")
def known(build_kpis: FrameBuilder) -> Register:
    """Return a small register."""
    return register_of(build_kpis)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[LandedFile]:
    """Return files with rows of every kind."""
    return files_of_every_kind(tmp_path_factory.mktemp("landed"))


@pytest.fixture(scope="module")
def dataset(
    files: list[LandedFile], known: Register, tmp_path_factory: pytest.TempPathFactory
) -> Dataset:
    """Return the dataset of these files."""
    return build(request(files, tmp_path_factory.mktemp("work"), known), LocalEngine())
