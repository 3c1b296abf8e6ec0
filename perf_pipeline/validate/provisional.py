"""Whether a figure is provisional: said in a column of its own, or by a mark behind the figure."""

from typing import NamedTuple

from perf_pipeline.validate.cells import Problem, quoted
from perf_pipeline.validate.references import matching_key

_MARK = "[p]"
_YES = frozenset({"yes", "y", "true", "p", _MARK, "provisional"})
_NO = frozenset({"no", "n", "false", "final"})


class MarkedText(NamedTuple):
    """A figure's cell without the mark, and whether it bore one."""

    text: str | None
    is_marked: bool


def without_mark(text: str | None) -> MarkedText:
    """Take the Analysis Function's mark of a provisional figure off: `81.5% [p]` is `81.5%`.

    A mark with nothing before it marks nothing, and stays for the parser to refuse.
    """
    stripped = (text or "").strip()
    figure = stripped[: -len(_MARK)].rstrip()
    if figure and stripped.casefold().endswith(_MARK):
        return MarkedText(figure, is_marked=True)
    return MarkedText(text, is_marked=False)


def is_provisional(text: str | None, *, is_marked: bool) -> bool | Problem:
    """Read the column that says whether a figure is provisional.

    Args:
        text: Its cell; an empty one says nothing.
        is_marked: True where the figure's own cell bears the mark.

    Returns:
        Whether the figure is provisional, or why nobody can tell.
    """
    key = matching_key(text or "")
    if key in _YES or not key:
        return bool(key) or is_marked
    if key not in _NO:
        return Problem(
            "provisional_unknown",
            f"{quoted(text or '')} does not say whether the figure is provisional. Write yes or "
            "no, or leave the cell empty.",
        )
    if is_marked:
        return Problem(
            "provisional_disagrees",
            f"The figure is marked {_MARK} as provisional, and the row says "
            f"{quoted(text or '')}. Take one of the two out.",
        )
    return False
