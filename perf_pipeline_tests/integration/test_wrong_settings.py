"""Settings of a run that are not what they may be are refused before it begins, all at once."""

import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest

WITHOUT_DASK = "import sys\nsys.modules['distributed'] = None\n"
WRONG = {
    "PERF_PIPELINE_ENGINE": "spark",
    "PERF_PIPELINE_WORKERS": "0",
    "PERF_PIPELINE_ROWS_PER_CHUNK": "many",
    "PERF_PIPELINE_DASK_SCHEDULER": "dask.example.gov.uk",
    "PERF_PIPELINE_LOCK_WAIT_S": "soon",
}


def take_dask_away(workplace: Any) -> None:
    """Let the processes of a workplace find no Dask, as where the extra is not installed."""
    folder: Path = workplace.root / "without_dask"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(WITHOUT_DASK, encoding="ascii")
    paths = [str(folder), os.environ.get("PYTHONPATH", "")]
    workplace.is_installed = True
    workplace.extra["PYTHONPATH"] = os.pathsep.join(filter(None, paths))


@pytest.mark.parametrize("more", [[], ["--to", "2023-24-Q2"]], ids=["quarter", "quarters"])
def test_all_wrong_settings_are_named_at_once(workplace: Any, more: list[str]) -> None:
    """Every wrong setting is named with what to write, by exit code 2, and nothing was begun."""
    workplace.extra |= WRONG
    done = workplace.call("run", "2023-24-Q1", *more)
    assert done.returncode == 2
    assert "The settings have 5 mistakes:" in done.stderr
    for name, text in WRONG.items():
        assert f"{name} is `{text}`. Write " in done.stderr
    assert not workplace.home.exists()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("PERF_PIPELINE_WORKERS", "two", id="no number"),
        pytest.param("PERF_PIPELINE_WORKERS", "-1", id="below nought"),
        pytest.param("PERF_PIPELINE_ROWS_PER_CHUNK", "0", id="no rows"),
        pytest.param("PERF_PIPELINE_DASK_SCHEDULER", "http://host:8786", id="no Dask address"),
        pytest.param("PERF_PIPELINE_DASK_SCHEDULER", "tcp://host:99999", id="no port"),
    ],
)
def test_a_wrong_setting_is_one_sentence(workplace: Any, name: str, text: str) -> None:
    """One wrong setting is a sentence that names it and says what to write instead."""
    workplace.extra[name] = text
    done = workplace.call("run", "2023-24-Q1")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"{name} is `{text}`. Write ")
    assert not workplace.home.exists()


def test_a_missing_dask_is_named_before_the_run(workplace: Any) -> None:
    """The engine `dask` without Dask is refused before the run, which needs nothing of it yet."""
    take_dask_away(workplace)
    done = workplace.call("run", "2023-24-Q1", "--engine", "dask")
    assert done.returncode == 2
    assert "perf-pipeline[dask]" in done.stderr
    assert not workplace.home.exists()


def test_other_commands_do_not_mind(published: Any) -> None:
    """What only runs need holds up no command that reads."""
    published.extra |= WRONG
    assert published.call("show", "2023-24-Q1").returncode == 0


def settings_found(workplace: Any) -> list[tuple[str, str]]:
    """Return what the doctor says of settings and of Dask."""
    done = workplace.call("doctor", "--json")
    assert done.stdout, done.stderr
    checks = {"settings", "dask scheduler"}
    found = [each for each in json.loads(done.stdout) if each["check"] in checks]
    assert all(each["remedy"] for each in found if each["status"] == "wrong")
    return [(each["status"], each["found"]) for each in found]


def test_the_doctor_names_wrong_settings(workplace: Any) -> None:
    """Each wrong setting is a finding of its own."""
    workplace.extra |= WRONG
    found = settings_found(workplace)
    assert [status for status, _ in found] == ["wrong"] * len(WRONG)
    assert {text.partition(" is ")[0] for _, text in found} == set(WRONG)


def test_the_doctor_outlives_endless_digits(workplace: Any) -> None:
    """A number that Python does not read is a finding too, and the doctor goes on."""
    workplace.extra["PERF_PIPELINE_WORKERS"] = "9" * 5_000
    ((status, text),) = settings_found(workplace)
    assert status == "wrong"
    assert text.endswith("999…`. Write a whole number from 1 to 1,000, such as 2.")


def test_the_doctor_misses_dask(workplace: Any) -> None:
    """The engine `dask` without Dask is a finding."""
    take_dask_away(workplace)
    workplace.extra["PERF_PIPELINE_ENGINE"] = "dask"
    ((status, text),) = settings_found(workplace)
    assert status == "wrong"
    assert "perf-pipeline[dask]" in text


def test_the_doctor_asks_the_scheduler(workplace: Any) -> None:
    """A scheduler that does not answer is a finding, where the engine is `dask`."""
    workplace.extra["PERF_PIPELINE_DASK_SCHEDULER"] = "tcp://127.0.0.1:9"
    assert settings_found(workplace) == [("ok", "Disaggregated returns by `local`.")]
    workplace.extra["PERF_PIPELINE_ENGINE"] = "dask"
    found = settings_found(workplace)
    assert found == [
        ("ok", "Disaggregated returns by `dask`, scheduler tcp://127.0.0.1:9."),
        ("wrong", "Nothing answers at tcp://127.0.0.1:9."),
    ]


def test_the_doctor_hears_the_scheduler(workplace: Any) -> None:
    """Where something listens at the scheduler's address, that is said."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"tcp://127.0.0.1:{listening.getsockname()[1]}"
        workplace.extra["PERF_PIPELINE_DASK_SCHEDULER"] = address
        workplace.extra["PERF_PIPELINE_ENGINE"] = "dask"
        assert ("ok", f"Something answers at {address}.") in settings_found(workplace)
