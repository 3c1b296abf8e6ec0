"""The one parser of targets as councils write them: a target or a range, or why it is neither.

What is read: a figure in the KPI's unit (`85%`, `4 minutes`, `£1.2m`), words that say on which side
of it the target is met (`Maintain 9% or above`, `<=10 days`, `at most 5`), and ranges (`between 5
and 7`). A figure that is on the target meets it, so `more than 50%` is refused and not read as 50%;
so is all that depends on another figure, names several targets, or has two readings.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from perf_pipeline.rules.codes import Polarity
from perf_pipeline.rules.units import Unit

_LONGEST = 200
_FIGURE = re.compile(
    r"(?P<minus>-)?(?P<pound>£)?(?P<number>(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?)"
    r"(?P<scale>bn|[km])?(?: ?(?P<unit>%|per 1,?000|per 10,?000|per 100,?000|[a-z]+))?"
)
_NOTE = re.compile(r" \(quarterly(?: target)?\)$")
_MORE_FIRST = r"(?:>=|≥|at least|no less than|not less than|(?:a )?minimum(?: of)?)"
_LESS_FIRST = r"(?:<=|≤|at most|no more than|not more than|up to|(?:a )?maximum(?: of)?)"
_MORE_LAST = r"(?:or above|or more|or higher|or over|and above|minimum|\+)"
_LESS_LAST = r"(?:or below|or less|or fewer|or lower|or under|and below|maximum)"
_VERB = r"(?:maintain(?: at)?|achieve|target(?: of)?:?)"
_FORMS = (
    ("more", re.compile(rf"(?:{_VERB} )?{_MORE_FIRST} ?(?P<figure>.+)")),
    ("less", re.compile(rf"(?:{_VERB} )?{_LESS_FIRST} ?(?P<figure>.+)")),
    ("more", re.compile(rf"(?:{_VERB} )?(?P<figure>.+?) ?{_MORE_LAST}")),
    ("less", re.compile(rf"(?:{_VERB} )?(?P<figure>.+?) ?{_LESS_LAST}")),
    ("more", re.compile(r"(?:increase|rise|improve) to (?P<figure>.+)")),
    ("less", re.compile(r"(?:reduce|fall|decrease) to (?P<figure>.+)")),
    ("", re.compile(rf"(?:{_VERB} )?(?P<figure>.+?)(?: or better)?")),
)
_RANGE = re.compile(
    rf"(?:{_VERB} )?(?:(?:between (?P<low>.+?) and|(?:from )?(?P<low2>.+?) to) (?P<high>.+)"
    r"|(?P<low3>[^ -]+) ?[-\u2013] ?(?P<high3>[^-]+))"
)
_STRICT = re.compile(
    r"\b(?:more|greater|higher|less|fewer|lower) than\b"
    r"|\b(?:above|below|over|under|exceed\w*)\b|[<>]"
)
_YEARS = re.compile(r"(?:19|20)[0-9]{2}")
_NOTHING = ("nil", "none", "zero")
_SIDES: Mapping[str, Polarity] = {"more": Polarity.HIGHER, "less": Polarity.LOWER}
_SCALES = {None: 0, "k": 3, "m": 6, "bn": 9}
_MOST_DIGITS = 15


class TargetReading(NamedTuple):
    """What a target's text says: a value, or the ends of a range."""

    value: Decimal | None = None
    lower: Decimal | None = None
    upper: Decimal | None = None


class TargetRefusal(NamedTuple):
    """Why a target's text is not read, and what to write instead, both as sentences."""

    found: str
    remedy: str


def read_target_text(text: str, unit: Unit, polarity: Polarity) -> TargetReading | TargetRefusal:
    """Read a target as a council writes it.

    Args:
        text: The text.
        unit: Unit of the KPI.
        polarity: Which way is better; words that say otherwise are refused.
    """
    folded = " ".join(text.replace("\u2212", "-").split()).casefold().rstrip(".")
    folded = _NOTE.sub("", folded)
    if len(folded) > _LONGEST:
        return _not_read("is too long to be a target", "Write the target alone.")
    if (ends := _range_ends(folded, unit)) is not None:
        return ends if isinstance(ends, TargetRefusal) else _range(*ends, polarity)
    for side, form in _FORMS:
        match = form.fullmatch(folded)
        value = _figure(match["figure"], unit) if match else None
        if isinstance(value, Decimal):
            return _sided(value, side, polarity)
        if value is not None:
            return value
    return _why_not(folded, unit)


def _not_read(found: str, remedy: str) -> TargetRefusal:
    return TargetRefusal(f"It {found}.", remedy)


def _figure(text: str, unit: Unit) -> Decimal | TargetRefusal | None:
    """Return a figure in the KPI's unit; nothing where the text is none."""
    match = _FIGURE.fullmatch(text)
    if match is None:
        return None
    digits, named, is_pounds = match["number"].replace(",", ""), match["unit"], unit.code == "gbp"
    value = Decimal(f"{match['minus'] or ''}{digits}").scaleb(_SCALES[match["scale"]])
    if named is not None and named.replace(",", "") not in unit.words:
        return _other_unit(named, unit)
    if (match["pound"] and not is_pounds) or (match["scale"] and not match["pound"]):
        return _other_unit(match["pound"] or match["scale"], unit)
    if len(digits.replace(".", "").strip("0")) > _MOST_DIGITS:
        return _not_read(f"has more than {_MOST_DIGITS} digits", "Round it.")
    if unit.code == "percent" and named is None and 0 < abs(value) <= 1:
        return _not_read(
            f"can be read as {value:f}% or as {(value * 100).normalize():f}%", "Write the % sign."
        )
    return value


def _other_unit(named: str, unit: Unit) -> TargetRefusal:
    return _not_read(
        f"is in `{named}`, and the KPI is counted in {unit.code}",
        "Write it in the KPI's unit, or correct `unit_code` in register/kpis.csv.",
    )


def _sided(value: Decimal, side: str, polarity: Polarity) -> TargetReading | TargetRefusal:
    meant = _SIDES.get(side)
    if meant is None or meant is polarity:
        return TargetReading(value)
    better = "higher" if meant is Polarity.HIGHER else "lower"
    return _not_read(
        f"says that {better} figures meet it too, and the KPI's polarity is {polarity}",
        "Correct `polarity_code` in register/kpis.csv, or write the range that is the target.",
    )


def _range_ends(text: str, unit: Unit) -> tuple[Decimal, Decimal] | TargetRefusal | None:
    match = _RANGE.fullmatch(text)
    if match is None:
        return None
    lower = match["low"] or match["low2"] or match["low3"]
    upper = match["high"] or match["high3"]
    low, high = _figure(lower, unit), _figure(upper, unit)
    if not (isinstance(low, Decimal) and isinstance(high, Decimal)):
        return None
    if (scale := _scale(upper)) and not _scale(lower):
        return _not_read(
            f"has a lower end that can be read as {lower} or as {lower}{scale}",
            "Write both ends in full.",
        )
    return low, high


def _scale(figure: str) -> str:
    match = _FIGURE.fullmatch(figure)
    return (match and match["scale"]) or ""


def _range(low: Decimal, high: Decimal, polarity: Polarity) -> TargetReading | TargetRefusal:
    if low >= high:
        return _not_read(
            f"is no range: {low:f} is not below {high:f}", "Write the lower end first."
        )
    if polarity is not Polarity.RANGE:
        return _not_read(
            f"is a range, and the KPI's polarity is {polarity}",
            "Write range as `polarity_code` in register/kpis.csv, or one figure as the target.",
        )
    return TargetReading(lower=low, upper=high)


def _why_not(text: str, unit: Unit) -> TargetRefusal:
    if text in _NOTHING:
        return _not_read(
            "can be read as a target of 0 or as no target",
            "Write 0, or leave it empty and say data_only as `basis_code` in register/kpis.csv.",
        )
    if len(_YEARS.findall(text)) > 1 or text.count("%") > 1 or ";" in text:
        return _not_read(
            "names several targets", "Write a row for each, dated by `valid_from` and `valid_to`."
        )
    if _STRICT.search(text):
        return _not_read(
            "leaves the figure itself out, and a figure on its target meets it",
            "Write the first figure that meets it, such as `51% or above`.",
        )
    return _not_read(
        "gives no figure to judge by",
        f"Write a figure in the KPI's unit ({unit.code}) in `target_value`, or say data_only as "
        "`basis_code` in register/kpis.csv.",
    )
