"""What a check of the machine says: how it stands, in a sentence, and what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How something stands: as it should, worth knowing, or to be put right first."""

    OK = "ok"
    NOTE = "note"
    WRONG = "wrong"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        check: What was looked at, in a word or two.
        status: How it stands.
        found: A sentence.
        remedy: What to do; empty where there is nothing to do.
    """

    check: str
    status: Status
    found: str
    remedy: str = ""


def ok(check: str, found: str) -> Finding:
    """Return that something is as it should be."""
    return Finding(check, Status.OK, found)


def note(check: str, found: str, remedy: str = "") -> Finding:
    """Return that something is worth knowing, and holds nothing up."""
    return Finding(check, Status.NOTE, found, remedy)


def wrong(check: str, found: str, remedy: str) -> Finding:
    """Return that something must be put right."""
    return Finding(check, Status.WRONG, found, remedy)


def is_sound(findings: Iterable[Finding]) -> bool:
    """Tell whether nothing must be put right."""
    return all(finding.status is not Status.WRONG for finding in findings)
