"""Words that head a section or stand below a table, told from what was meant as a reference."""

_FEWEST_LETTERS = 5
"""Fewer may be meant as a reference, such as `NA`."""

_FEWEST_WORDS = 4
"""So many are no reference, whatever digits are among them: `Source: Census of 2021`."""


def reads_like_words(text: str) -> bool:
    """Tell words from a reference: letters without a digit, or a whole phrase."""
    is_plain = sum(map(str.isalpha, text)) >= _FEWEST_LETTERS and not any(map(str.isdigit, text))
    return is_plain or len(text.split()) >= _FEWEST_WORDS
