"""Words that head a section or stand below a table, told from what was meant as a reference."""

import re

_FEWEST_LETTERS = 5
"""Fewer may be meant as a reference, such as `NA`."""

_FEWEST_WORDS = 4
"""So many are no reference, whatever digits are among them: `Source: Census of 2021`."""

_THOUSANDS = re.compile(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))")
_SEPARATED = re.compile(r"[;|\t]|,(?!\s|$)|(?:^|,)\s*£?[0-9.]+%?\s*(?:,|$)")
"""Between cells: a semicolon, bar or tab, a comma without a space or beside a bare figure."""


def reads_like_words(text: str) -> bool:
    """Tell words from a reference: letters without a digit, or a whole phrase."""
    is_plain = sum(map(str.isalpha, text)) >= _FEWEST_LETTERS and not any(map(str.isdigit, text))
    return is_plain or len(text.split()) >= _FEWEST_WORDS


def reads_like_cells(text: str) -> bool:
    """Tell a text that may be several cells, not told apart: `Repairs,75%,On track`."""
    return _SEPARATED.search(_THOUSANDS.sub("", text)) is not None
