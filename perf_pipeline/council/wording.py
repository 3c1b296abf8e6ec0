"""How mistakes are worded: what was found shown safely, and the nearest word that would do."""

import difflib
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

from perf_pipeline.errors import Mistake

_LONGEST_SHOWN = 60


class Fault(NamedTuple):
    """What is wrong and what to write instead, before it is known where it stands."""

    found: str
    remedy: str

    def at(self, file: str, line: int) -> Mistake:
        """Return the mistake that this fault is in a place."""
        return Mistake(file, line, self.found, self.remedy)


def quoted(text: object) -> str:
    """Show what was written: on one line, cut when long, control characters spelt out."""
    shown = str(text)
    if len(shown) > _LONGEST_SHOWN:
        shown = shown[: _LONGEST_SHOWN - 1] + "…"
    spelt = (
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in shown
    )
    return f"`{''.join(spelt)}`"


def either(words: Iterable[str]) -> str:
    """List words as alternatives: `a, b or c`."""
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last


def folded(text: str) -> str:
    """Reduce a text to what a reader sees of it, so that look-alikes are equal."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def nearest(text: str, known: Iterable[str]) -> str | None:
    """Return the known word that is most like a text, if any is."""
    by_fold = {folded(word): word for word in known}
    matches = difflib.get_close_matches(folded(text), by_fold, n=1)
    return by_fold[matches[0]] if matches else None
