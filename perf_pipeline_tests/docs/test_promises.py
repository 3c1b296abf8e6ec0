"""What readers were promised at the last release holds, or is announced to be broken."""

import json
import runpy
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).resolve().parents[2]
BASELINE = "published_columns.json"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what the promise is made of, to be changed."""
    (tmp_path / "docs").mkdir()
    for part in ("pyproject.toml", "CHANGELOG.md", "docs/make_tables.py", f"docs/{BASELINE}"):
        shutil.copyfile(PROJECT / part, tmp_path / part)
    return tmp_path


@pytest.fixture
def release(project: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return what does as `make release-baseline` does, in the copy."""
    script = str(project / "docs" / "make_tables.py")
    monkeypatch.setattr(sys, "argv", [script, "--release-baseline"])

    def release() -> None:
        runpy.run_path(script, run_name="__main__")

    return release


def promise(project: Path, column: str) -> None:
    """Promise a column of the scorecard that it does not have."""
    file = project / "docs" / BASELINE
    released = json.loads(file.read_text("utf-8"))
    released["kpi_scorecard"]["columns"][column] = {"kind": "code", "width": 10, "nullable": False}
    file.write_text(json.dumps(released), "utf-8")


def test_no_promise_is_broken_without_a_word(writer: dict[str, Any]) -> None:
    """A column that is gone, renamed, narrower, of another kind or null stands in CHANGELOG.md."""
    assert writer["broken_promises"]() == []


def test_baseline_moves_with_a_release(project: Path, release: Callable[[], None]) -> None:
    """The promise becomes what readers see now, a line for each column."""
    (project / "docs" / BASELINE).unlink()
    release()
    made = (project / "docs" / BASELINE).read_text("utf-8")
    assert '      "quarter_key": {"kind": "code", "width": 10, "nullable": false},\n' in made


def test_baseline_stays_while_a_broken_promise_is_not_announced(
    project: Path, release: Callable[[], None]
) -> None:
    """The release is refused, and told what to write."""
    promise(project, "lost_code")
    before = (project / "docs" / BASELINE).read_bytes()
    with pytest.raises(
        SystemExit, match=r"^kpi_scorecard\.lost_code is gone\. Undo it, or announce"
    ):
        release()
    assert (project / "docs" / BASELINE).read_bytes() == before


def test_baseline_moves_once_a_broken_promise_is_announced(
    project: Path, release: Callable[[], None]
) -> None:
    """What CHANGELOG.md says is removed is no longer promised."""
    promise(project, "lost_code")
    changelog = project / "CHANGELOG.md"
    text = changelog.read_text("utf-8")
    announced = "## Unreleased\n\n### Removed\n\n- `kpi_scorecard.lost_code`.\n"
    changelog.write_text(text.replace("## Unreleased\n", announced, 1), "utf-8")
    release()
    assert "lost_code" not in (project / "docs" / BASELINE).read_text("utf-8")
