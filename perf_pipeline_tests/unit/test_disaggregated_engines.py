"""Whatever does the work, the dataset is the same, also when a worker is killed in mid-work."""

import importlib
import signal
from pathlib import Path
from types import ModuleType

import pytest

from perf_pipeline.disaggregated.building import build
from perf_pipeline.disaggregated.engines import (
    DaskEngine,
    Engine,
    LocalEngine,
    ProcessEngine,
    engine_named,
)
from perf_pipeline.errors import PerfPipelineError, RequestError, ReturnError
from perf_pipeline_tests.unit.builders import FrameBuilder
from perf_pipeline_tests.unit.disaggregated_returns import (
    files_of_every_kind,
    landed,
    register_of,
    request,
)
from perf_pipeline_tests.unit.losing_engines import LosingDask, LosingProcesses


def digest(engine: Engine, folder: Path, build_kpis: FrameBuilder) -> str:
    """Return the digest of the dataset that an engine makes."""
    files = files_of_every_kind(folder)
    with engine:
        return build(request(files, folder / "work", register_of(build_kpis)), engine).sha256


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory, build_kpis: FrameBuilder) -> str:
    """Return the digest of the dataset that one process makes."""
    return digest(LocalEngine(), tmp_path_factory.mktemp("local"), build_kpis)


@pytest.mark.parametrize("name", ["local", "processes", "dask"])
def test_every_engine_makes_the_same_dataset(
    name: str, expected: str, tmp_path: Path, build_kpis: FrameBuilder
) -> None:
    """One process, two worker processes and two Dask workers make one digest."""
    assert digest(engine_named(name, 2), tmp_path, build_kpis) == expected


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("engine", [LosingProcesses, LosingDask])
def test_a_killed_worker_changes_nothing(
    engine: type[LosingProcesses | LosingDask],
    moment: str,
    expected: str,
    tmp_path: Path,
    build_kpis: FrameBuilder,
) -> None:
    """Of every list of tasks a worker is killed, its task is done again, and the digest is one."""
    assert digest(engine(moment, tmp_path), tmp_path, build_kpis) == expected
    assert len(list(tmp_path.glob("*.killed"))) == 3


@pytest.mark.parametrize("name", ["processes", "dask"])
def test_what_is_wrong_with_a_file_comes_back_from_a_worker(
    name: str, tmp_path: Path, build_kpis: FrameBuilder
) -> None:
    """A worker's complaint about a file arrives as it was made, and the engine can go on."""
    file = landed(tmp_path, "a.csv", b"Ref,Value\nA,1\n")
    with engine_named(name, 1) as engine:
        with pytest.raises(ReturnError, match="Headings missing: `Period`") as error:
            build(request([file], tmp_path / "work", register_of(build_kpis)), engine)
        assert error.value.reason_code == "heading_missing"
        assert engine.map(abs, [(-1,), (2,), (-3,)]) == [1, 2, 3]


def test_workers_that_always_end_are_given_up(tmp_path: Path) -> None:
    """Where the machine ends every worker, the error says what to do."""
    with (
        ProcessEngine(1) as engine,
        pytest.raises(PerfPipelineError, match="ended 3 times in mid-work"),
    ):
        engine.map(signal.raise_signal, [(signal.SIGKILL,)])


def test_dask_takes_the_scheduler_that_it_is_given(tmp_path: Path) -> None:
    """An engine works on a cluster that was started apart, and leaves it running."""
    distributed = importlib.import_module("distributed")
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, dashboard_address=":0"
    ) as cluster:
        for _ in range(2):
            with DaskEngine(1, cluster.scheduler_address) as engine:
                assert engine.map(abs, [(-1,), (-2,)]) == [1, 2]


def test_a_scheduler_that_does_not_answer_is_named() -> None:
    """The address of a scheduler that is not there stands in the error."""
    with pytest.raises(RequestError, match=r"tcp://127\.0\.0\.1:9 does not answer"):
        DaskEngine(1, "tcp://127.0.0.1:9")


def test_dask_need_not_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Dask, its engine says what to install."""

    def refuse(name: str, package: str | None = None) -> ModuleType:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", refuse)
    with pytest.raises(RequestError, match=r"perf-pipeline\[dask\]"):
        engine_named("dask", 1)


def test_an_unknown_engine_is_refused() -> None:
    """The names of the engines are said."""
    with pytest.raises(RequestError, match="no engine `spark`. Write local, processes or dask"):
        engine_named("spark", 1)
