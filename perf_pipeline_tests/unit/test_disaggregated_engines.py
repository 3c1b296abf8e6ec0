"""Whatever does the work, the dataset is the same, also when a worker is killed in mid-work."""

import importlib
import signal
from collections.abc import Iterator
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
from perf_pipeline_tests.unit.losing_engines import LosingEngine


def digest(engine: Engine, folder: Path, build_kpis: FrameBuilder) -> str:
    """Return the digest of the dataset that an engine makes."""
    files = files_of_every_kind(folder)
    with engine:
        return build(request(files, folder / "work", register_of(build_kpis)), engine).sha256


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory, build_kpis: FrameBuilder) -> str:
    """Return the digest of the dataset that one process makes."""
    return digest(LocalEngine(), tmp_path_factory.mktemp("local"), build_kpis)


@pytest.fixture(scope="module")
def scheduler_address() -> Iterator[str]:
    """Return the address of a Dask scheduler with two worker processes, started apart."""
    distributed = importlib.import_module("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=":0"
    ) as cluster:
        yield cluster.scheduler_address


@pytest.fixture(params=["processes", "dask"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Return an engine with two worker processes."""
    address = request.getfixturevalue("scheduler_address") if request.param == "dask" else None
    return engine_named(request.param, 2, address)


def test_every_engine_makes_the_same_dataset(
    engine: Engine, expected: str, tmp_path: Path, build_kpis: FrameBuilder
) -> None:
    """Two worker processes and two Dask workers make the digest that one process makes."""
    assert digest(engine, tmp_path, build_kpis) == expected


def test_killed_workers_change_nothing(
    engine: Engine, expected: str, tmp_path: Path, build_kpis: FrameBuilder
) -> None:
    """Of every list of tasks a worker is killed, its task is done again, and the digest is one."""
    moments = {"plan_file": "before", "check_part": "after", "judge_rows": "before"}
    losing = LosingEngine(engine, moments, tmp_path)
    assert digest(losing, tmp_path, build_kpis) == expected
    assert len(list(tmp_path.glob("*.killed"))) == len(moments)


def test_a_worker_may_end_while_another_starts(tmp_path: Path) -> None:
    """A pool that loses its first worker at once is replaced, whatever its second one was at."""
    for turn in range(25):
        folder = tmp_path / str(turn)
        folder.mkdir()
        with LosingEngine(ProcessEngine(2), {"abs": "before"}, folder) as engine:
            assert engine.map(abs, [(-number,) for number in range(6)]) == [*range(6)]


def test_what_is_wrong_with_a_file_comes_back_from_a_worker(
    engine: Engine, tmp_path: Path, build_kpis: FrameBuilder
) -> None:
    """A worker's complaint about a file arrives as it was made, and the engine can go on."""
    file = landed(tmp_path, "a.csv", b"Ref,Value\nA,1\n")
    with engine:
        with pytest.raises(ReturnError, match="Headings missing: `Period`") as error:
            build(request([file], tmp_path / "work", register_of(build_kpis)), engine)
        assert error.value.reason_code == "heading_missing"
        assert engine.map(abs, [(-1,), (2,), (-3,)]) == [1, 2, 3]


def test_workers_that_always_end_are_given_up() -> None:
    """Where the machine ends every worker, the error says what to do."""
    with (
        ProcessEngine(1) as engine,
        pytest.raises(PerfPipelineError, match="ended 3 times in mid-work"),
    ):
        engine.map(signal.raise_signal, [(signal.SIGKILL,)])


def test_dask_starts_workers_of_its_own() -> None:
    """Without a scheduler's address, worker processes of this machine do the work."""
    with engine_named("dask", 1) as engine:
        assert engine.map(abs, [(-1,), (-2,)]) == [1, 2]


def test_a_scheduler_that_does_not_answer_is_named() -> None:
    """The address of a scheduler that is not there stands in the error."""
    with pytest.raises(RequestError, match=r"tcp://127\.0\.0\.1:9 does not answer"):
        DaskEngine(1, "tcp://127.0.0.1:9")


def test_dask_need_not_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Dask, its engine says what to install."""

    def refuse(name: str) -> ModuleType:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", refuse)
    with pytest.raises(RequestError, match=r"perf-pipeline\[dask\]"):
        engine_named("dask", 1)


def test_an_unknown_engine_is_refused() -> None:
    """The names of the engines are said."""
    with pytest.raises(RequestError, match=r"no engine `spark`\. Write one of local, proc"):
        engine_named("spark", 1)
