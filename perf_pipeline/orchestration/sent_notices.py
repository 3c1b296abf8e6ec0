"""What was sent: a small file for each notice and channel, so that each is sent once."""

import datetime as dt
from pathlib import Path


class SentNotices:
    """A folder of files named by notice and channel; each says when it was sent."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def is_sent(self, name: str) -> bool:
        """Tell whether a notice was sent by a channel."""
        return self._path(name).exists()

    def remember(self, name: str) -> None:
        """Note that a notice was sent by a channel.

        Raises:
            OSError: The folder cannot be written.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        self._path(name).write_text(f"{dt.datetime.now(dt.UTC).isoformat()}\n", encoding="utf-8")

    def _path(self, name: str) -> Path:
        return self._folder / name


def notices_folder(home: Path) -> Path:
    """Return where it is kept which notices were sent."""
    return home / "notices"
