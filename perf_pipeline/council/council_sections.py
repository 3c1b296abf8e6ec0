"""The optional sections of `council.yaml`: how the council compares, questions and prints."""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, ValidationError

from perf_pipeline.council.dated_entries import (
    DatedEntry,
    Declaration,
    declarations,
    listed,
    period_mistakes,
)
from perf_pipeline.council.entries import Entry, Omissible, QuarterKey, Tolerance
from perf_pipeline.council.wording import Fault, folded, quoted
from perf_pipeline.council.yaml_files import YamlFile
from perf_pipeline.errors import Mistake
from perf_pipeline.rules import (
    DEFAULT_SCHEME,
    NOT_RATED,
    BenchmarkBands,
    Comparison,
    GroupDifferences,
    Plausibility,
    Rag,
    RagLook,
    SmallNumbers,
)

_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
_FEWEST_TREND_FIGURES, _MOST_TREND_FIGURES = 3, 13
"""A line needs three figures; returns are looked back for twelve quarters."""

_CODES = {*Rag, NOT_RATED}
_COMPARISON, _BANDS, _PLAUSIBILITY = Comparison(), BenchmarkBands(), Plausibility()
_DIFFERENCES, _SMALL_NUMBERS = GroupDifferences(), SmallNumbers()


def _one_line(text: str) -> str:
    if text != " ".join(text.split()):
        raise ValueError(
            "it begins or ends with a space, or has a line break or two spaces together: "
            "write it on one line with single spaces"
        )
    return text


def _parsed_colour(value: Any) -> str:
    if not isinstance(value, str) or not _COLOUR.fullmatch(value):
        # Without quotes YAML takes # for the beginning of a comment.
        found = "it is empty" if value is None else f"{quoted(value)} is not a colour"
        raise ValueError(
            f'{found}: write # and six of 0-9 and a-f between quotes, such as "#00703c"'
        )
    return value.lower()


def _as_text(value: Any) -> Any:
    # A number is a fair symbol, and needs no quotes to be one.
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Name = Annotated[str, Field(min_length=1, max_length=40), AfterValidator(_one_line)]
"""A word or a few, printed on one line."""

Symbol = Annotated[
    str,
    Field(min_length=1, max_length=4),
    AfterValidator(_one_line),
    BeforeValidator(_as_text),
]
"""What tells a rating apart without colour."""

Colour = Annotated[str | None, PlainValidator(_parsed_colour)]
"""A colour, `#rrggbb`, in small letters once read."""


class LookEntry(Entry):
    """How one rating is printed; what is left out is as `DEFAULT_SCHEME` has it."""

    label: Omissible[Name] = None
    colour: Colour = None
    symbol: Omissible[Symbol] = None
    order: Omissible[Annotated[int, Field(strict=True, ge=1, le=99)]] = None

    def look(self, rag_code: str) -> RagLook:
        """Return the look of a rating."""
        usual = DEFAULT_SCHEME[rag_code]
        return RagLook(
            rag_code=rag_code,
            label=self.label or usual.label,
            colour_code=self.colour or usual.colour_code,
            symbol=self.symbol or usual.symbol,
            display_order=self.order or usual.display_order,
        )


class RatingLookEntry(LookEntry):
    """How a rating is printed, and what it was called before, as earlier returns write it."""

    former_labels: tuple[Name, ...] = ()


class SchemeEntry(Entry):
    """How ratings are printed; no return states that a KPI is not rated."""

    red: RatingLookEntry = RatingLookEntry()
    amber: RatingLookEntry = RatingLookEntry()
    green: RatingLookEntry = RatingLookEntry()
    not_rated: LookEntry = LookEntry()

    def looks(self) -> Mapping[str, RagLook]:
        """Return the look of each rating and of none, by code, in the order of tables."""
        looks = [entry.look(code) for code, entry in self]
        looks.sort(key=lambda look: look.display_order)
        return MappingProxyType({look.rag_code: look for look in looks})

    def former_labels(self) -> Mapping[str, str]:
        """Return the code of the rating that each former label stood for."""
        ratings = {Rag.RED: self.red, Rag.AMBER: self.amber, Rag.GREEN: self.green}
        return MappingProxyType(
            {label: rag.value for rag, entry in ratings.items() for label in entry.former_labels}
        )


class ComparisonEntry(DatedEntry):
    """How figures are compared with earlier ones."""

    baseline_quarter: Omissible[QuarterKey] = None
    baseline_name: Name = _COMPARISON.baseline_name
    dead_band_points: Tolerance = _COMPARISON.dead_band_points
    dead_band_pct: Tolerance = _COMPARISON.dead_band_pct
    trend_quarters: Annotated[
        int, Field(strict=True, ge=_FEWEST_TREND_FIGURES, le=_MOST_TREND_FIGURES)
    ] = _COMPARISON.trend_quarters

    def comparison(self) -> Comparison:
        """Return the section as a value."""
        return Comparison(
            baseline_quarter_key=self.baseline_quarter.key if self.baseline_quarter else None,
            baseline_name=self.baseline_name,
            dead_band_points=self.dead_band_points,
            dead_band_pct=self.dead_band_pct,
            trend_quarters=self.trend_quarters,
        )


class BenchmarksEntry(DatedEntry):
    """Within which difference a figure is similar to a benchmark."""

    similar_points: Tolerance = _BANDS.similar_points
    similar_pct: Tolerance = _BANDS.similar_pct

    def bands(self) -> BenchmarkBands:
        """Return the section as a value."""
        return BenchmarkBands(self.similar_points, self.similar_pct)


class SmallNumbersEntry(DatedEntry):
    """Which counts of people are too small to be shown, and in which breakdowns."""

    # With 2 a single person's figure would be hidden, and every total would give it back.
    threshold: Annotated[int, Field(strict=True, ge=3, le=100)] = _SMALL_NUMBERS.threshold
    breakdowns: tuple[Annotated[str, Field(min_length=1, max_length=30)], ...] | None = None

    def small_numbers(self) -> SmallNumbers:
        """Return the section as a value."""
        types = None if self.breakdowns is None else frozenset(self.breakdowns)
        return SmallNumbers(self.threshold, types)


ComparisonEntries = Annotated[
    tuple[ComparisonEntry, ...], BeforeValidator(listed), Field(min_length=1)
]
"""What stands under `comparison`; keys alone are one entry."""

BenchmarksEntries = Annotated[
    tuple[BenchmarksEntry, ...], BeforeValidator(listed), Field(min_length=1)
]
"""What stands under `benchmarks`; keys alone are one entry."""


SmallNumbersEntries = Annotated[
    tuple[SmallNumbersEntry, ...], BeforeValidator(listed), Field(min_length=1)
]
"""What stands under `small_numbers`; keys alone are one entry."""


class PlausibilityEntry(Entry):
    """Beyond what a figure is questioned."""

    zero_after: Annotated[Tolerance, Field(gt=0)] = _PLAUSIBILITY.zero_after_value
    scale_factor: Annotated[Tolerance, Field(gt=1)] = _PLAUSIBILITY.scale_factor
    least_limit_figures: Annotated[int, Field(strict=True, ge=2, le=99)] = (
        _PLAUSIBILITY.least_limit_figures
    )

    def plausibility(self) -> Plausibility:
        """Return the section as a value."""
        return Plausibility(self.zero_after, self.scale_factor, self.least_limit_figures)


class GroupDifferencesEntry(Entry):
    """Which differences between groups are said to be more than chance."""

    # Whoever writes 95 means the confidence, of which the level is the rest.
    level_pct: Annotated[Tolerance, Field(gt=0, le=20)] = _DIFFERENCES.level_pct
    except_kpis: tuple[Annotated[str, Field(min_length=1, max_length=24)], ...] = ()

    def group_differences(self) -> GroupDifferences:
        """Return the section as a value."""
        return GroupDifferences(self.level_pct, frozenset(self.except_kpis))


def declared_comparisons(file: YamlFile) -> list[Declaration[Comparison] | None]:
    """Return the entries of `comparison`, None for one that is not sound by itself."""
    entries = _written(file, "comparison")
    return declarations(file, "comparison", entries, ComparisonEntry, ComparisonEntry.comparison)


def dated_section_mistakes(file: YamlFile) -> Iterator[Mistake]:
    """Find quarters in which two entries of a dated section hold, or none."""
    entries = _written(file, "benchmarks")
    bands = declarations(file, "benchmarks", entries, BenchmarksEntry, BenchmarksEntry.bands)
    yield from period_mistakes(file, "comparison", declared_comparisons(file))
    yield from period_mistakes(file, "benchmarks", bands)
    yield from period_mistakes(file, "small_numbers", _declared_small_numbers(file))


def _declared_small_numbers(file: YamlFile) -> list[Declaration[SmallNumbers] | None]:
    entries = _written(file, "small_numbers")
    value = SmallNumbersEntry.small_numbers
    return declarations(file, "small_numbers", entries, SmallNumbersEntry, value)


def declared_protected_breakdowns(file: YamlFile) -> list[tuple[str, int]]:
    """Return the breakdown types that `small_numbers` names, each with its line."""
    written = _written(file, "small_numbers")
    has_list = isinstance(file.under("small_numbers"), list)
    return [
        (kind, file.line_of(("small_numbers", *([place] if has_list else []), "breakdowns", at)))
        for place, entry in enumerate(written if isinstance(written, list) else [])
        if isinstance(entry, dict) and isinstance(entry.get("breakdowns"), list)
        for at, kind in enumerate(entry["breakdowns"])
        if isinstance(kind, str)
    ]


def _written(file: YamlFile, key: str) -> Any:
    """Return the entries of a section as a list; one that is left out is one of the usual."""
    written = file.under(key)
    if written is None:
        return [{}]
    return [written] if isinstance(written, dict) else written


def scheme_mistakes(file: YamlFile) -> Iterator[Mistake]:
    """Find ratings that could be taken for one another, those left as usual among them."""
    section = file.under("scheme")
    try:
        entry = SchemeEntry.model_validate(section)
    except ValidationError:
        return
    looks = entry.looks()
    for look in looks.values():
        if folded(look.label) in _CODES - {look.rag_code}:
            place = ("scheme", look.rag_code, "label")
            yield _misleading_label(look).at(file.name, file.line_of(place))
    for key, first, second in _clashes(looks.values()):
        places = [("scheme", look.rag_code, key) for look in (second, first)]
        written = next((place for place in places if place in file.lines), places[0])
        yield _clash(key, first, second).at(file.name, file.line_of(written))
    yield from _former_label_mistakes(file, entry)


def _former_label_mistakes(file: YamlFile, entry: SchemeEntry) -> Iterator[Mistake]:
    """Find former labels that a return could mean something else by, or that are there twice."""
    owners = {folded(look.label): f"the label of {code}" for code, look in entry.looks().items()}
    owners |= {folded(code): f"the code of {code}" for code in _CODES}
    for code, look in entry:
        for place, label in enumerate(getattr(look, "former_labels", ())):
            key, own = folded(label), f"a former label of {code}"
            # The usual label of a rating is its code, which a return may always write.
            if key != code:
                if key in owners:
                    where = ("scheme", code, "former_labels", place)
                    fault = _taken_label(label, code, owners[key])
                    yield fault.at(file.name, file.line_of(where))
                owners.setdefault(key, own)


def _taken_label(label: str, rag_code: str, owner: str) -> Fault:
    return Fault(
        f"The former label {quoted(label)} of {rag_code} is {owner} already.",
        "Delete it here, or write there a word that cannot be taken for it.",
    )


def _misleading_label(look: RagLook) -> Fault:
    return Fault(
        f"The label {quoted(look.label)} of {look.rag_code} is the code of another rating.",
        "Write a word that cannot be taken for it.",
    )


def _clashes(looks: Iterable[RagLook]) -> Iterator[tuple[str, RagLook, RagLook]]:
    for first, second in itertools.combinations(looks, 2):
        label = folded(first.label)
        # A label that is a code is a mistake already, with one of the two.
        if label == folded(second.label) and label not in _CODES:
            yield "label", first, second
        if first.symbol == second.symbol:
            yield "symbol", first, second
        if first.display_order == second.display_order:
            yield "order", first, second


def _clash(key: str, first: RagLook, second: RagLook) -> Fault:
    shown = {"label": second.label, "symbol": second.symbol, "order": second.display_order}[key]
    return Fault(
        f"The {key} {quoted(shown)} is that of {first.rag_code} and of {second.rag_code}.",
        f"Give each rating a {key} of its own; what is left out is as usual.",
    )
