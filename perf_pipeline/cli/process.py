"""The command line as a process: begun and ended without work that nobody sees.

Python looks for garbage after every 700 new objects, and takes every module and object apart at
the end: of a council's quarter that was a fifth of the time (docs/adr/0016-what-a-run-pays-for.md).
"""

import atexit
import gc
import os
import sys
import threading
from typing import NoReturn

from perf_pipeline.cli import main

_OBJECTS_BEFORE_A_LOOK = 200_000


def look_for_garbage_seldom() -> None:
    """Look for garbage after many new objects: for a process that works and ends."""
    gc.set_threshold(_OBJECTS_BEFORE_A_LOOK)


def run() -> None:
    """Run the command line as all that this process does, and end the process."""
    look_for_garbage_seldom()
    try:
        main()
    except SystemExit as ended:
        if isinstance(ended.code, int) and threading.active_count() == 1 and _is_flushed():
            _end(ended.code)
        raise


def _is_flushed() -> bool:
    """Write what is still to be written; where nobody takes it Python says so in its own way."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        return False
    return True


def _end(code: int) -> NoReturn:
    """End the process as Python does, files closed and all that was registered run, and no more."""
    # Python has no other name for it; it is what an ordinary end calls as well.
    atexit._run_exitfuncs()  # noqa: SLF001
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
