"""What the notes of an export say: shorthand, codes, and what became of awkward text."""

from collections.abc import Iterator, Mapping

from perf_pipeline.rules import NotComparableReason, NotRatedReason, OutturnStatus

Note = tuple[str, str, str]
"""What it is about, the code it explains, the note."""

SHORTHAND: Mapping[str, str] = {
    "[p]": "Provisional: the figure may still change. Such rows have is_provisional true.",
    "[r]": "Revised: readers saw another figure before. In the database fact_outturn.is_revised "
    "marks such figures of this quarter; the table restatements lists those of earlier quarters "
    "that this quarter's returns state anew.",
    "[c]": "Confidential: the figure is suppressed. Its outturn_status_code is suppressed.",
    "[x]": "Not available. The outturn_status_code is not_available.",
    "[z]": "Not applicable. The outturn_status_code is not_applicable.",
}
"""The Government Analysis Function's shorthand, which may stand in text as received.

Figures' own cells hold numbers or nothing, so that they can be counted with.
"""

NOT_RATED_REASONS: Mapping[NotRatedReason, str] = {
    NotRatedReason.NO_TARGET: "No target is registered for the quarter.",
    NotRatedReason.IN_DEVELOPMENT: "The indicator is in development.",
    NotRatedReason.DATA_ONLY: "The KPI is published for information and has no target.",
    NotRatedReason.NOT_DUE: "No figure is due this quarter.",
    NotRatedReason.NOT_RETURNED: "The service returned no figure.",
    NotRatedReason.AWAITING: "The service awaits the figure.",
    NotRatedReason.REJECTED: "The figure's row was rejected; rejected_rows says why.",
    NotRatedReason.SUPPRESSED: "The figure is suppressed.",
    NotRatedReason.NOT_APPLICABLE: "The service says that the KPI does not apply.",
    NotRatedReason.NOT_CALCULABLE: "The figure's denominator is 0.",
    NotRatedReason.NEW_MEASURE: "The measure is new and has no target yet.",
    NotRatedReason.NO_JUDGEMENT: "The service gave a figure and no judgement.",
}

OUTTURN_STATUSES: Mapping[OutturnStatus, str] = {
    OutturnStatus.GIVEN: "The service gave the figure.",
    OutturnStatus.CALCULATED: "The figure is the ratio of the numerator and denominator given.",
    OutturnStatus.BLANK: "The cell was empty.",
    OutturnStatus.NO_FIGURE: "The cell held a dash.",
    OutturnStatus.NOT_AVAILABLE: "The service says that the figure is not available.",
    OutturnStatus.AWAITING: "The service awaits the figure.",
    OutturnStatus.SUPPRESSED: "The figure is suppressed, by the service or as a small number.",
    OutturnStatus.NOT_APPLICABLE: "The service says that the KPI does not apply.",
    OutturnStatus.NOT_CALCULABLE: "The denominator is 0.",
    OutturnStatus.NOT_DUE: "The service says that no figure is due.",
}

NOT_COMPARABLE_REASONS: Mapping[NotComparableReason, str] = {
    NotComparableReason.NO_FIGURE: "There is no figure this quarter.",
    NotComparableReason.NO_EARLIER_FIGURE: "There is no earlier figure to compare with.",
    NotComparableReason.NO_POLARITY: "Neither way is better.",
    NotComparableReason.YEAR_TO_DATE: "Figures add up from April, so the quarter before is less.",
    NotComparableReason.NO_BASELINE: "The register names no baseline quarter.",
    NotComparableReason.TOO_FEW_FIGURES: "There are too few figures for a trend.",
    NotComparableReason.DEFINITION_CHANGED: "The KPI's definition changed in between.",
    NotComparableReason.POPULATION_CHANGED: "Whom or what the KPI counts changed in between.",
    NotComparableReason.TARGET_BASIS_CHANGED: "What the target is based on changed in between.",
}

_TEXT_NOTES: Mapping[str, str] = {
    "apostrophe": (
        "Text that a spreadsheet might take for a formula has an apostrophe in front: text whose "
        "first character, spaces and quotation marks aside, is = + - @, a tab or a line break."
    ),
    "backslash": (
        "A character that cannot be shown is written as a backslash, the letter u and four "
        "hexadecimal digits."
    ),
    "space": "In workbooks a tab within text is written as a space.",
}

CUT_TEXT = "Cut text"
"""Subject of the notes on text too long for a workbook's cell."""


def standing_notes() -> Iterator[Note]:
    """Return the notes that every export has."""
    for subject, texts in (
        ("Shorthand", SHORTHAND),
        ("not_rated_reason_code", NOT_RATED_REASONS),
        ("outturn_status_code", OUTTURN_STATUSES),
        ("not_comparable_reason_code", NOT_COMPARABLE_REASONS),
        ("Signs in text", _TEXT_NOTES),
    ):
        for code, text in texts.items():
            yield subject, str(code), text
