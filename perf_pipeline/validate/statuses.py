"""The column that says why there is no figure, and the figure's own cell: one account of both."""

from perf_pipeline.rules import UNITS, OutturnStatus
from perf_pipeline.source_entries import ReturnField
from perf_pipeline.validate.cells import CellContext, Figure, Problem, parse_figure, quoted

_CONTEXT = CellContext(UNITS["number"])
_WORDS = "awaiting, not available, not applicable, suppressed, not due"


def parse_status(text: str | None) -> Figure:
    """Read the cell of a status by the parser of figures; an empty one says nothing."""
    stated = parse_figure(text, None, _CONTEXT)
    if stated.problem is None and stated.value is None:
        return stated
    return _refused("status_unknown", f"{quoted(text or '')} is no status. Use: {_WORDS}.")


def with_status(value: Figure, stated: Figure) -> Figure:
    """Settle a figure with the status that the row states beside it.

    Args:
        value: What the figure's own cell says.
        stated: What the status's cell says.

    Returns:
        The figure, or the status where its cell is empty; a problem where they disagree.
    """
    if value.status is OutturnStatus.BLANK:
        return stated
    if stated.status in {OutturnStatus.BLANK, value.status}:
        return value
    found = "a figure is given" if value.value is not None else f"the figure says {value.status}"
    return _refused(
        "status_disagrees",
        f"The status says {stated.status}, but {found}. Take one of the two out.",
    )


def _refused(code: str, text: str) -> Figure:
    return Figure(OutturnStatus.BLANK, problem=Problem(code, text, ReturnField.STATUS))
