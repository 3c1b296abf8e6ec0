"""How an export gets its place: all of its files at once, over nothing that differs."""

import shutil
import uuid
from collections.abc import Callable
from pathlib import Path

from perf_pipeline.errors import PerfPipelineError


def place(target: Path, write: Callable[[Path], None]) -> bool:
    """Have a folder written beside its place, then move it there.

    Nobody sees half of it. Where the same is there already, it is left alone.

    Args:
        target: Where the folder shall be.
        write: Writes the files into the folder that it is given.

    Returns:
        True where the folder is new, False where the same was there.

    Raises:
        PerfPipelineError: Something else is there, or the folder cannot be written.
    """
    draft = target.with_name(f".{target.name}-{uuid.uuid4().hex}")
    try:
        draft.mkdir(parents=True)
        write(draft)
        return _move(draft, target)
    except OSError as error:
        raise PerfPipelineError(
            f"The export cannot be written to {target}: {error.strerror}. Check that you may "
            "write there and that there is room, or give another folder with --to."
        ) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _move(draft: Path, target: Path) -> bool:
    try:
        draft.rename(target)
    except OSError:
        differing = _differing(draft, target)
        if differing:
            raise PerfPipelineError(
                f"{target} holds another export, or one that was changed since "
                f"({', '.join(differing)} differ); it was left as it is. Move it away, or give "
                "another folder with --to."
            ) from None
        return False
    return True


def _differing(draft: Path, target: Path) -> list[str]:
    names = {path.name for folder in (draft, target) for path in folder.iterdir()}
    return sorted(name for name in names if _bytes(draft / name) != _bytes(target / name))


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None
