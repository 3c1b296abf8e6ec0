"""How references are matched, and which one a mistyped one was meant to be."""

import difflib
import itertools
import unicodedata
from collections.abc import Collection, Iterable

_LIKE = 0.6
"""Likeness from which a reference is worth suggesting, as in `difflib.get_close_matches`."""

_LONGEST_REFERENCE = 60
_MARKS = ".:;!?*()[]'\""
"""Marks around a word that are no part of it."""

_LOOK_ALIKES = str.maketrans(
    # Letters for digits, dashes for the hyphen, then Cyrillic and Greek letters for Latin ones.
    "oil"
    "\u2010\u2012\u2013\u2014\u2212"
    "\u0430\u0432\u0435\u043a\u043c\u043d\u043e\u0440\u0441\u0442\u0443\u0445\u0456"
    "\u03b1\u03b2\u03b5\u03b6\u03b7\u03b9\u03ba\u03bc\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7",
    "011-----abekmh0pctyx1abezh1kmn0ptyx",
)


def matching_key(text: str) -> str:
    """Fold a reference for matching only: compatibility forms, case and outer space."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def alias_key(text: str) -> str:
    """Fold an alias for matching only: as a reference, and white space within it."""
    return " ".join(matching_key(text).split())


def is_named(text: str, refs: Collection[str], aliases: Collection[str]) -> bool:
    """Tell whether a reference, nearly written as one or in two words, or an alias is in a text.

    Args:
        text: The text.
        refs: Matching keys of references.
        aliases: Alias keys.
    """
    words = [word.strip(_MARKS) for word in matching_key(text).replace(",", " ").split()]
    solid = {_solid(ref) for ref in refs}
    pairs = (first + second for first, second in itertools.pairwise(words))
    phrase = f" {' '.join(words)} "
    return (
        any(_solid(word) in solid for word in (*words, *pairs))
        or any(not word.isalpha() and nearest_key(word, refs) for word in words if word)
        or any(f" {alias} " in phrase for alias in aliases)
    )


def _solid(key: str) -> str:
    """Fold a reference further, to letters and digits."""
    return "".join(filter(str.isalnum, key.translate(_LOOK_ALIKES)))


def nearest_key(key: str, known: Iterable[str]) -> str | None:
    """Find which known key an unknown one was meant to be, if any is near.

    Args:
        key: The unknown reference's matching key.
        known: Matching keys of the references that would do, in the register's order.

    Returns:
        The key that looks the same (`o` for `0`, a dash for a hyphen), else the one most like it,
        the first of equals.
    """
    looks = {ref.translate(_LOOK_ALIKES): ref for ref in known}
    look = key[:_LONGEST_REFERENCE].translate(_LOOK_ALIKES)
    if look in looks:
        return looks[look]
    matcher = difflib.SequenceMatcher(b=look, autojunk=False)
    nearest, best = None, _LIKE
    for other, ref in looks.items():
        matcher.set_seq1(other)
        # The likeness is no greater, and takes far longer: most references are nothing like it.
        bound = matcher.quick_ratio()
        if bound < best or (nearest is not None and bound == best):
            continue
        likeness = matcher.ratio()
        if likeness > best or (nearest is None and likeness == best):
            nearest, best = ref, likeness
    return nearest
