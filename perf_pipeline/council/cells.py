"""What may stand in one cell of the register; numbers, flags, quarters and dates among it."""

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping
from decimal import Decimal

import numpy as np

from perf_pipeline.council.wording import Fault, quoted
from perf_pipeline.errors import QuarterError
from perf_pipeline.quarters import Quarter
from perf_pipeline.schemas import ColumnKind

_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
_WHOLE_NUMBER = re.compile(r"0|-?[1-9][0-9]*")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_QUARTER_WORDS = {"Q1", "Q2", "Q3", "Q4"}
_MOST_DIGITS = 15
_MOST_ARREARS = 4
_JOINING: Mapping[str, str] = {":": "a colon", " / ": "a slash between spaces"}
"""What joins codes: in keys of the star schema, and in `row_key` of `publication_changes`."""
_UNSEEN_CATEGORIES = ("Cc", "Cf")
_WRAPPING = "\t\r\n"
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def hidden_fault(subject: str, text: str, *, may_wrap: bool) -> Fault | None:
    """Find a character that nobody sees: control, NUL, zero width, direction mark, mangled.

    Args:
        subject: What holds the text, to begin the sentence with.
        text: The text.
        may_wrap: Whether it may hold line breaks and tabs.
    """
    for char in text:
        is_hidden = unicodedata.category(char) in _UNSEEN_CATEGORIES or char == _REPLACEMENT
        if is_hidden and not (may_wrap and char in _WRAPPING):
            return Fault(
                f"{subject} {quoted(text)} holds the character U+{ord(char):04X}, which does not "
                "show.",
                "Delete it, or type the text afresh.",
            )
    return None


def cell_fault(column: str, kind: ColumnKind, text: str) -> Fault | None:
    """Say what is wrong with a cell by itself, if anything is.

    An empty cell is null; whether it may be, the table's schema says, save that a flag never may.

    Args:
        column: The cell's column.
        kind: What the column holds.
        text: The cell as written.
    """
    if not text:
        return _empty_flag(column) if kind is ColumnKind.FLAG else None
    is_free_text = kind is ColumnKind.TEXT
    return (
        hidden_fault(f"`{column}`", text, may_wrap=is_free_text)
        or _space_fault(column, text, is_free_text=is_free_text)
        or _content_fault(column, kind, text)
    )


def cell_value(kind: ColumnKind, text: str) -> str | float | int | bool | None:
    """Turn a cell without fault into its value: null when empty, False for an empty flag."""
    if kind is ColumnKind.FLAG:
        return text == "true"
    if kind is ColumnKind.FIGURE:
        return float(Decimal(text) + 0) if text else np.nan
    if not text:
        return None
    return int(text) if kind is ColumnKind.COUNT else text


def quarter_fault(subject: str, text: str, error: QuarterError) -> Fault:
    """Word what `Quarter.parse` says: what was found, then what to write."""
    remedy = str(error).rpartition(" is not a quarter. ")[2]
    return Fault(f"{subject} is {quoted(text)}, which is not a quarter.", remedy)


def _empty_flag(column: str) -> Fault:
    return Fault(f"`{column}` is empty.", "Write true or false.")


def _space_fault(column: str, text: str, *, is_free_text: bool) -> Fault | None:
    stripped = text.strip()
    if not stripped:
        return Fault(f"`{column}` holds only spaces.", "Delete them or write the text.")
    if stripped != text and not is_free_text:
        return Fault(f"`{column}` {quoted(text)} begins or ends with a space.", "Delete the space.")
    return None


def _content_fault(column: str, kind: ColumnKind, text: str) -> Fault | None:
    check = _BY_COLUMN.get(column) or _BY_KIND.get(kind)
    return check(column, text) if check else None


def _number_fault(column: str, text: str) -> Fault | None:
    if not _NUMBER.fullmatch(text):
        return Fault(
            f"`{column}` is {quoted(text)}, which is not a plain number.",
            "Write digits, with a decimal point and a leading - where needed, such as 1250 or "
            "-3.5: no thousands separators, no % sign, no exponent.",
        )
    digits = len(text.lstrip("-0").replace(".", ""))
    if digits > _MOST_DIGITS:
        return Fault(
            f"`{column}` is {quoted(text)}, which has {digits} digits; figures are exact to "
            f"{_MOST_DIGITS}.",
            f"Write it with {_MOST_DIGITS} digits at most.",
        )
    return None


def _whole_number_fault(column: str, text: str) -> Fault | None:
    if not _WHOLE_NUMBER.fullmatch(text) or len(text) > _MOST_DIGITS:
        return Fault(
            f"`{column}` is {quoted(text)}, which is not a whole number.",
            "Write digits only, such as 0 or 12.",
        )
    return None


def _flag_fault(column: str, text: str) -> Fault | None:
    if text in {"true", "false"}:
        return None
    return Fault(
        f"`{column}` is {quoted(text)}, which is not yes or no.",
        "Write true or false, in small letters.",
    )


def _quarter_fault(column: str, text: str) -> Fault | None:
    try:
        Quarter.parse(text)
    except QuarterError as error:
        return quarter_fault(f"`{column}`", text, error)
    return None


def _date_fault(column: str, text: str) -> Fault | None:
    try:
        if _DATE.fullmatch(text):
            dt.date.fromisoformat(text)
            return None
    except ValueError:
        pass
    return Fault(
        f"`{column}` is {quoted(text)}, which is not a date.",
        "Write a day of the calendar as year-month-day, such as 2023-07-14.",
    )


def _due_quarters_fault(column: str, text: str) -> Fault | None:
    words = text.split(" ")
    are_quarters = set(words) <= _QUARTER_WORDS
    if are_quarters and len(set(words)) == len(words):
        return None
    reason = "names a quarter twice" if are_quarters else "is not a list of quarters"
    return Fault(
        f"`{column}` is {quoted(text)}, which {reason}.",
        "Write each quarter once, with one space between, such as Q1 Q2 Q3 Q4 or Q2 Q4.",
    )


def _arrears_fault(column: str, text: str) -> Fault | None:
    fault = _whole_number_fault(column, text)
    if fault is None and int(text) > _MOST_ARREARS:
        fault = Fault(
            f"`{column}` is {quoted(text)}, more than a year.",
            f"Write by how many quarters the figures lag: 0 to {_MOST_ARREARS}.",
        )
    return fault


def _joined_code_fault(column: str, text: str) -> Fault | None:
    found = next((name for sign, name in _JOINING.items() if sign in text), None)
    if found is None:
        return None
    return Fault(
        f"`{column}` is {quoted(text)}, which holds {found}, with which codes are joined to keys.",
        "Write a hyphen or nothing in its place, here and wherever the code stands.",
    )


_Check = Callable[[str, str], Fault | None]
_BY_COLUMN: Mapping[str, _Check] = {
    "quarter_key": _quarter_fault,
    "valid_from": _quarter_fault,
    "valid_to": _quarter_fault,
    "baseline_quarter_key": _quarter_fault,
    "received_date": _date_fault,
    "decided_date": _date_fault,
    "accepted_date": _date_fault,
    "arrears_quarter_count": _arrears_fault,
    "due_quarters_text": _due_quarters_fault,
    "directorate_code": _joined_code_fault,
    "service_code": _joined_code_fault,
    "kpi_ref": _joined_code_fault,
    "breakdown_type_code": _joined_code_fault,
    "breakdown_category_code": _joined_code_fault,
}
_BY_KIND: Mapping[ColumnKind, _Check] = {
    ColumnKind.FIGURE: _number_fault,
    ColumnKind.COUNT: _whole_number_fault,
    ColumnKind.FLAG: _flag_fault,
}
