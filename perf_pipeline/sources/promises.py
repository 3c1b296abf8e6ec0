"""The headings that a source's entry promises in a quarter, and what stands under each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import ReturnFault
from perf_pipeline.source_entries import FIGURE_FIELDS, GridEntry, ReturnField
from perf_pipeline.source_layouts import (
    MONTHS_IN_QUARTER,
    Layout,
    WideFigures,
    month_words,
    quarter_words,
)
from perf_pipeline.sources.wording import ReturnPlace, listed

_MOST_EARLIER_QUARTERS = 20
"""Earlier quarters whose columns are looked for in a wide return: five years."""


@dataclass(frozen=True)
class Promise:
    """A heading that a return has to have, or may have.

    Attributes:
        heading: As sources.yaml has it, for messages.
        keys: What it may read like: its own key and those of its synonyms.
        field: What stands under it; none for a figure beside the row's own.
        is_required: True where the return cannot be read without it.
    """

    heading: str
    keys: frozenset[str]
    field: ReturnField | None = None
    is_required: bool = True


@dataclass(frozen=True)
class WideFigure:
    """A figure that has its own column, or a column for each of its months.

    Attributes:
        headings: Headings of its columns.
        texts: What the headings say of it: its quarter, or its breakdown.
    """

    headings: Sequence[str]
    texts: Mapping[ReturnField, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Contract:
    """What a grid has to look like.

    Attributes:
        promises: Its headings.
        own_figure: The row's own figure where it stands in wide columns.
        other_figures: Figures beside the row's own.
        fill_down: Headings of the labels that are written once for several rows.
    """

    promises: Sequence[Promise]
    own_figure: WideFigure | None = None
    other_figures: Sequence[WideFigure] = ()
    fill_down: Sequence[str] = ()

    @property
    def has_own_figure(self) -> bool:
        """True where a row has a figure that is of no breakdown column."""
        fields = {promise.field for promise in self.promises}
        return self.own_figure is not None or not fields.isdisjoint(FIGURE_FIELDS)


def heading_key(text: str | None) -> str:
    """Fold a heading for matching only: case and white space, line breaks among it."""
    return " ".join((text or "").split()).casefold()


def contract_of(place: ReturnPlace) -> Contract:
    """Return what a source's entry promises of its return's grid in the return's quarter.

    Raises:
        ReturnError: Two of the entry's headings read alike.
    """
    entry = place.entry
    layout = entry if isinstance(entry, GridEntry) else Layout()
    own, others = _wide_figures(layout.wide, place.quarter)
    promises = [_promise(heading, layout, name) for heading, name in place.entry.columns.items()]
    required = [*(own.headings if own else ())]
    required += layout.wide.breakdowns if layout.wide else ()
    promises += [_promise(heading, layout) for heading in required]
    promises += [
        Promise(heading, frozenset({heading_key(heading)}), is_required=False)
        for figure in others
        for heading in figure.headings
        if heading not in required
    ]
    _check_apart(promises, place)
    return Contract(promises, own, others, layout.fill_down)


def _promise(heading: str, layout: Layout, name: ReturnField | None = None) -> Promise:
    spellings = (heading, *layout.synonyms.get(heading, ()))
    return Promise(heading, frozenset(map(heading_key, spellings)), name)


def _check_apart(promises: Sequence[Promise], place: ReturnPlace) -> None:
    keys = [key for promise in promises for key in promise.keys]
    if len(set(keys)) < len(keys):
        alike = [each.heading for each in promises if any(keys.count(key) > 1 for key in each.keys)]
        raise place.error(
            f"Two of the headings in sources.yaml read alike: {listed(alike)}.",
            "Give each field a heading of its own there",
            ReturnFault.ENTRY_UNUSABLE,
        )


def _wide_figures(
    wide: WideFigures | None, quarter: Quarter | None
) -> tuple[WideFigure | None, Sequence[WideFigure]]:
    """Return the row's own figure, where it is in wide columns, and those beside it."""
    if wide is None or quarter is None:
        return None, ()
    if wide.quarter is not None:
        current = WideFigure([_filled(wide.quarter, quarter)])
        return current, list(_earlier(wide, wide.quarter, quarter))
    if wide.month is not None:
        months = range(MONTHS_IN_QUARTER) if wide.months_make == "sum" else [MONTHS_IN_QUARTER - 1]
        headings = [wide.month.format(**month_words(quarter, place)) for place in months]
        return WideFigure(headings), ()
    return None, [
        WideFigure(
            [heading],
            {
                ReturnField.BREAKDOWN_TYPE: column.type,
                ReturnField.BREAKDOWN_CATEGORY: column.category,
            },
        )
        for heading, column in wide.breakdowns.items()
    ]


def _earlier(wide: WideFigures, pattern: str, quarter: Quarter) -> Iterator[WideFigure]:
    """Yield the figures of earlier quarters; only this year's where headings name no year."""
    if not wide.earlier_quarters:
        return
    names_year = _filled(pattern, quarter) != _filled(pattern, quarter.last_year)
    for back in range(1, _MOST_EARLIER_QUARTERS + 1):
        earlier = quarter.shift(-back)
        if not names_year and earlier.year < quarter.year:
            return
        yield WideFigure([_filled(pattern, earlier)], {ReturnField.QUARTER: earlier.key})


def _filled(pattern: str, quarter: Quarter) -> str:
    return pattern.format(**quarter_words(quarter))
