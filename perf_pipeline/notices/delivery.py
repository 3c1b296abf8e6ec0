"""Delivering a notice: once by each channel, tried again where that makes sense, else one log line.

Nothing raises beyond `deliver`: what cannot be told must not fail what it is about.
"""

import datetime as dt
import time
from collections.abc import Callable, Sequence
from logging import Logger
from pathlib import Path
from typing import Protocol

from perf_pipeline.notices.messages import Notice, plain

LIMIT_SECONDS = 6.0
"""Seconds that a server may take for one thing: to connect, or to answer once."""

WAITS = (1.0, 2.0)
"""Seconds before the second and the third try."""

_LONGEST_REASON = 200


class DeliveryError(Exception):
    """A notice that was not taken; `is_transient` says whether another try makes sense."""

    def __init__(self, found: str, *, is_transient: bool) -> None:
        super().__init__(found)
        self.is_transient = is_transient


class Channel(Protocol):
    """A way for notices."""

    @property
    def name(self) -> str:
        """What the log calls it."""

    def send(self, notice: Notice) -> str:
        """Send a notice, and return what went wrong although it was taken; empty where nothing.

        Raises:
            DeliveryError: It was not taken.
        """


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


def deliver(
    notice: Notice,
    channels: Sequence[Channel],
    sent: SentNotices,
    log: Logger,
    *,
    waits: Sequence[float] = WAITS,
    sleep: Callable[[float], None] = time.sleep,
) -> bool:
    """Send a notice once by each channel, and log in one line what could not be sent.

    Args:
        notice: The notice.
        channels: The ways that are set up.
        sent: What was sent before.
        log: Where a line is written.
        waits: Seconds before each further try.
        sleep: Waits.

    Returns:
        True where every channel has it, now or from before.
    """
    delivered = [_deliver_by(each, notice, sent, log, waits, sleep) for each in channels]
    return all(delivered)


def _deliver_by(
    channel: Channel,
    notice: Notice,
    sent: SentNotices,
    log: Logger,
    waits: Sequence[float],
    sleep: Callable[[float], None],
) -> bool:
    name = f"{notice.key}.{channel.name}"
    if sent.is_sent(name):
        return True
    try:
        left = _try_to_send(channel, notice, waits, sleep)
    except DeliveryError as error:
        log.warning("Notice %s was not sent by %s: %s", notice.key, channel.name, _line(error))
        return False
    if left:
        log.warning("Notice %s by %s: %s", notice.key, channel.name, plain(left, _LONGEST_REASON))
    try:
        sent.remember(name)
    except OSError as error:
        log.warning("Notice %s was sent, which cannot be kept: %s", notice.key, _line(error))
    return True


def _try_to_send(
    channel: Channel, notice: Notice, waits: Sequence[float], sleep: Callable[[float], None]
) -> str:
    for wait in waits:
        try:
            return channel.send(notice)
        except DeliveryError as error:
            if not error.is_transient:
                raise
            sleep(wait)
    return channel.send(notice)


def _line(error: Exception) -> str:
    return plain(str(error), _LONGEST_REASON)
