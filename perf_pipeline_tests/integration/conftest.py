"""The command line as a process of its own, on a copy of the sample council."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from perf_pipeline_tests.integration.workplaces import Workplace, copy_council


@pytest.fixture(scope="session")
def make_workplace() -> Callable[[Path], Workplace]:
    """Return what makes a workplace in a folder that holds a council folder `data`."""
    return Workplace


@pytest.fixture
def workplace(tmp_path: Path) -> Workplace:
    """A workplace in which nothing has run yet."""
    copy_council(tmp_path)
    return Workplace(tmp_path)


@pytest.fixture(scope="session")
def first_quarter_run(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """A workplace in which Q1 is published, to be copied and not changed."""
    root = tmp_path_factory.mktemp("published")
    copy_council(root)
    published = Workplace(root, is_installed=True)
    assert published.run("2023-24-Q1")["exit_code"] == 0
    return published


@pytest.fixture
def published(first_quarter_run: Workplace, tmp_path: Path) -> Workplace:
    """A workplace of the test's own in which Q1 is published."""
    root = tmp_path / "work"
    shutil.copytree(first_quarter_run.root, root)
    return Workplace(root)
