"""What writes the documents that come from the schemas."""

import runpy
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def writer() -> dict[str, Any]:
    """What docs/make_tables.py defines; nothing is written."""
    script = Path(__file__).resolve().parents[2] / "docs" / "make_tables.py"
    return runpy.run_path(str(script))
