"""Folders that are written to: there, a folder, writable, this user's, and with room."""

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from perf_pipeline.cli.doctor.findings import Finding, note, ok, wrong

LEAST_FREE_BYTES = 1 << 30
"""Below this a quarter may not fit: a return may have 100 MB, and is kept, parsed and published."""

_CHECK = "folder"


def folder_findings(needed: Iterable[Path], made_by_runs: Iterable[Path]) -> Iterator[Finding]:
    """Look at folders that must be there, and at those that runs make when they need them."""
    for folder in needed:
        yield folder_finding(folder)
    for folder in made_by_runs:
        if os.path.lexists(folder):
            yield folder_finding(folder)


def foreign_owner(folder: Path) -> int | None:
    """Return whose a folder is, or the nearest one above it that exists; None where it is ours."""
    there = next(each for each in (folder, *folder.parents) if each.exists())
    owner = there.stat().st_uid
    return None if owner == os.geteuid() else owner


def make_folders(folders: Iterable[Path]) -> Iterator[Finding]:
    """Make folders that are missing; one that cannot be made is a finding."""
    for folder in folders:
        if os.path.lexists(folder):
            continue
        try:
            folder.mkdir(mode=0o700, parents=True)
        except OSError as error:
            yield wrong(
                "fix",
                f"{folder} could not be made: {_reason(error)}.",
                "Make it, and give it to the user who runs this.",
            )
        else:
            yield ok("fix", f"Made {folder}.")


def folder_finding(folder: Path) -> Finding:
    """Look at one folder that runs write to."""
    try:
        if not folder.exists():
            return wrong(_CHECK, f"{folder} does not exist.", "Make it: perf-pipeline doctor --fix")
        if not folder.is_dir():
            return wrong(_CHECK, f"{folder} is no folder.", "Move it away, or name another folder.")
        with tempfile.TemporaryFile(dir=folder, prefix=".doctor-"):
            free = shutil.disk_usage(folder).free
        return _writable(folder, free)
    except OSError as error:
        return wrong(
            _CHECK,
            f"{folder} cannot be written to: {_reason(error)}. It belongs to {_owner(folder)}, and "
            f"this runs as user {os.geteuid()}.",
            "Give it to the user who runs this (chown -R), on a disk that is not read-only.",
        )


def _writable(folder: Path, free: int) -> Finding:
    shown = f"{free / (1 << 30):.1f} GiB free"
    if free < LEAST_FREE_BYTES:
        return wrong(_CHECK, f"{folder} has {shown}.", "Free 1 GiB at least on that disk.")
    mode = folder.stat()
    if mode.st_uid != os.geteuid():
        return note(
            _CHECK,
            f"{folder} can be written to ({shown}) and belongs to {_owner(folder)}.",
            "Give it to the user who runs this (chown -R), unless that is on purpose.",
        )
    if mode.st_mode & 0o002:
        return wrong(_CHECK, f"Everybody may write to {folder}.", f"chmod o-w {folder}")
    if is_open_to_everybody(folder):
        found = f"Everybody on this machine may look into {folder}: returns hold data about people."
        return wrong(_CHECK, found, f"chmod o-rwx {folder}")
    return ok(_CHECK, f"{folder} can be written to ({shown}).")


def is_open_to_everybody(folder: Path) -> bool:
    """Tell whether any user can enter a folder, which a closed one above it prevents too."""
    return all(each.stat().st_mode & 0o001 for each in (folder, *folder.parents))


def _owner(folder: Path) -> str:
    try:
        return f"user {folder.stat().st_uid}"
    except OSError:
        return "somebody else"


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
