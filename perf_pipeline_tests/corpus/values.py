"""Files of one row whose value nobody should send, one for each value and each way to send it."""

from collections.abc import Iterator
from functools import partial

from perf_pipeline_tests.corpus import makers
from perf_pipeline_tests.corpus.cases import Case, Rows
from perf_pipeline_tests.corpus.makers import GOOD, Raw, ods_cell

_GOOD = {"ADS-05": 7.0}

CELLS = (
    # name, KPI, cell, reason, words
    ("exponent", "ADS-05", "1E3", "not_a_number", "`1E3`"),
    ("huge-exponent", "ADS-05", "1e400", "not_a_number", "`1e400`"),
    ("nan", "ADS-05", "NaN", "not_a_number", "`NaN`"),
    ("infinity", "ADS-05", "inf", "not_a_number", "`inf`"),
    ("minus-infinity", "ADS-05", "-Infinity", "not_a_number", "`-Infinity`"),
    ("boolean", "ADS-05", "TRUE", "not_a_number", "`TRUE`"),
    ("date", "ADS-05", "03/04/2023", "not_a_number", "`03/04/2023`"),
    ("iso-date", "ADS-05", "2023-04-03", "not_a_number", "`2023-04-03`"),
    ("two-points", "ADS-05", "1.2.3", "not_a_number", "`1.2.3`"),
    ("arabic-digits", "ADS-05", "\u0663", "not_a_number", "is not a number"),
    ("full-width-digits", "ADS-05", "\uff17\uff15", "not_a_number", "is not a number"),
    ("vulgar-fraction", "ADS-05", "\u00bd", "not_a_number", "is not a number"),
    ("continental", "ADS-05", "1.234,5", "not_a_number", "`1.234,5`"),
    ("short-group", "ADS-05", "1,23", "not_a_number", "`1,23`"),
    ("indian-groups", "ADS-05", "1,00,000", "not_a_number", "`1,00,000`"),
    ("hexadecimal", "ADS-05", "0x1F", "not_a_number", "`0x1F`"),
    ("underscore", "ADS-05", "1_000", "not_a_number", "`1_000`"),
    ("two-signs", "ADS-05", "--5", "not_a_number", "`--5`"),
    ("minus-in-brackets", "ADS-05", "(-5)", "not_a_number", "`(-5)`"),
    ("open-bracket", "ADS-05", "(5", "not_a_number", "`(5`"),
    ("minus-behind", "ADS-05", "5-", "not_a_number", "`5-`"),
    ("words-behind", "ADS-05", "75 approx.", "not_a_number", "`75 approx.`"),
    ("range", "ADS-05", "70-75", "not_a_number", "`70-75`"),
    ("more-than", "ADS-05", ">5", "not_a_number", "`>5`"),
    ("about", "ADS-05", "~5", "not_a_number", "`~5`"),
    ("ratio", "ADS-05", "5/7", "not_a_number", "`5/7`"),
    ("duration", "ADS-05", "4 minutes", "not_a_number", "`4 minutes`"),
    ("clock", "ADS-05", "00:04:30", "not_a_number", "`00:04:30`"),
    ("zero-width-space", "ADS-05", "7\u200b5", "not_a_number", "\\u200b"),
    ("right-to-left", "ADS-05", "\u202e57", "control_character; not_a_number", "\\u202e"),
    ("emoji", "ADS-05", "\U0001f44d", "not_a_number", "is not a number"),
    ("sql", "ADS-05", "7'; DROP TABLE kpis; --", "not_a_number", "is not a number"),
    ("markup", "ADS-05", "<script>alert(1)</script>", "not_a_number", "is not a number"),
    ("slow-for-a-pattern", "ADS-05", "1,111" * 12 + "x", "not_a_number", "is not a number"),
    ("slow-for-spaces", "ADS-05", "1" + " 111" * 5_000 + "x", "not_a_number", "is not a number"),
    ("many-digits", "ADS-05", "1234567890.1234567", "too_many_digits", "15 significant digits"),
    ("hundred-digits", "ADS-05", "9" * 59, "too_many_digits", "15 significant digits"),
    ("long-figure", "ADS-05", "9" * 61, "not_a_number", "is not a number"),
    ("quadrillion", "ADS-05", "1" + "0" * 15, "too_large", "15 digits before"),
    ("nil", "ADS-05", "nil", "ambiguous_figure", "as 0 or as no figure"),
    ("none", "ADS-05", "None", "ambiguous_figure", "as 0 or as no figure"),
    ("thousand", "ADS-05", "1.2m", "ambiguous_figure", "in full"),
    ("pounds-of-a-number", "ADS-05", "£5", "unit_mismatch", "in pounds"),
    ("percent-of-a-number", "ADS-05", "75%", "unit_mismatch", "is a percentage"),
    ("pounds-of-a-percentage", "ADS-01", "£75", "unit_mismatch", "in pounds"),
    ("percent-of-pounds", "ADS-03", "75%", "unit_mismatch", "is a percentage"),
    ("other-currency", "ADS-03", "€5", "not_a_number", "`€5`"),
    ("bare-fraction", "ADS-01", "0.75", "ambiguous_percent", "0.75% or as 75%"),
    ("beyond-hundred", "ADS-01", "101%", "out_of_range", "0 to 100"),
    ("below-nothing", "ADS-01", "-1%", "out_of_range", "0 to 100"),
    ("division-error", "ADS-05", "#DIV/0!", "excel_error", "#DIV/0!"),
    ("lookup-error", "ADS-05", "#N/A", "excel_error", "#N/A"),
    ("reference-error", "ADS-05", "#REF!", "excel_error", "#REF!"),
    ("name-error", "ADS-05", "#NAME?", "excel_error", "#NAME?"),
    ("spill-error", "ADS-05", "#SPILL!", "excel_error", "#SPILL!"),
    ("division-without-hash", "ADS-05", "DIV/0", "excel_error", "DIV/0"),
    ("formula", "ADS-05", "=1+1", "formula_not_calculated", "without its result"),
    ("command", "ADS-05", "=cmd|' /C calc'!A0", "formula_not_calculated", "without its result"),
    ("revised", "ADS-05", "7 [r]", "marked_revised", "is marked as revised"),
    ("unknown-kpi", "ADS-55", "7", "kpi_unknown", "ADS-05"),
    ("look-alike-kpi", "\u0410DS-05", "7", "kpi_unknown", "ADS-05"),
    ("na-as-kpi", "NA", "7", "kpi_unknown", "NA"),
    ("retired-kpi", "ADS-99", "7", "kpi_not_live", "ADS-99"),
    ("kpi-of-another-source", "CHD-01", "7", "kpi_wrong_source", "CHD-01"),
    ("no-kpi", "", "7", "kpi_ref_missing", ""),
    ("figure-not-due", "ADS-02", "7", "kpi_not_due", "not due"),
    ("kpi-of-10000-characters", "A" * 10_000, "7", "kpi_unknown", ""),
)
"""Cells of a return's figure that must be rejected, as text."""

TYPED = (
    # name, kind, cell, reason, words
    ("boolean", "xlsx", Raw('<c r="{ref}" t="b"><v>1</v></c>'), "not_a_number", "`TRUE`"),
    ("date", "xlsx", Raw('<c r="{ref}" s="2"><v>45019</v></c>'), "not_a_number", "2023-04-03"),
    ("error", "xlsx", Raw('<c r="{ref}" t="e"><v>#DIV/0!</v></c>'), "excel_error", "#DIV/0!"),
    ("lookup-error", "xlsx", Raw('<c r="{ref}" t="e"><v>#N/A</v></c>'), "excel_error", "#N/A"),
    ("no-result", "xlsx", Raw('<c r="{ref}"><f>A1/B1</f></c>'), "formula_not_calculated", ""),
    (
        "error-result",
        "xlsx",
        Raw('<c r="{ref}" t="e"><f>1/0</f><v>#DIV/0!</v></c>'),
        "excel_error",
        "",
    ),
    (
        "empty-result",
        "xlsx",
        Raw('<c r="{ref}"><f>A1</f><v></v></c>'),
        "formula_not_calculated",
        "",
    ),
    ("percent-format", "xlsx", Raw('<c r="{ref}" s="1"><v>0.75</v></c>'), "unit_mismatch", ""),
    ("huge-float", "xlsx", Raw('<c r="{ref}"><v>1e300</v></c>'), "not_a_number", "e+300"),
    (
        "boolean",
        "ods",
        ods_cell('value-type="boolean" boolean-value="true"', "TRUE"),
        "not_a_number",
        "`TRUE`",
    ),
    (
        "date",
        "ods",
        ods_cell('value-type="date" date-value="2023-04-03"', "03/04/23"),
        "not_a_number",
        "2023-04-03",
    ),
    (
        "error",
        "ods",
        ods_cell('formula="of:=1/0" value-type="string" string-value=""', "#DIV/0!"),
        "excel_error",
        "#DIV/0!",
    ),
    ("no-result", "ods", ods_cell('formula="of:=[.A1]/[.B1]"'), "formula_not_calculated", ""),
    (
        "percent",
        "ods",
        ods_cell('value-type="percentage" value="0.75"', "75%"),
        "unit_mismatch",
        "",
    ),
    ("boolean", "json", True, "not_a_number", "`TRUE`"),
    ("list", "json", [7], "not_a_number", "[7]"),
    ("object", "json", {"value": 7}, "not_a_number", "value"),
    ("exponent", "json", 1e300, "not_a_number", "e+300"),
    ("many-digits", "json", 12345678901234567890, "too_many_digits", ""),
    ("blob", "sql", b"\x00\xff", "not_a_number", "`00ff`"),
    ("infinity", "sql", float("inf"), "not_a_number", "inf"),
    ("huge-float", "sql", 1e300, "not_a_number", "e+300"),
    ("error", "sql", "#N/A", "excel_error", ""),
    ("many-digits", "sql", 9_223_372_036_854_775_807, "too_many_digits", ""),
)
"""Cells with a type of their own in the kind of source that can hold it."""

FIELDS = {
    "Ref": "kpi_ref",
    "Outturn": "value",
    "Numerator": "numerator",
    "Denominator": "denominator",
    "Quarter": "quarter",
    "Type": "breakdown_type",
    "Category": "breakdown_category",
    "Previous": "previous_value",
    "Forecast": "forecast",
    "Provisional": "provisional",
    "Rating": "rating",
    "Reason": "rating_reason",
    "Status": "status",
    "Commentary": "commentary",
    "Action": "action",
    "Owner": "action_owner",
    "Due": "action_due",
}
"""Headings of a return with every field, and what each is."""

BESIDE = (
    # name, cells, reason, words
    (
        "parts-disagree",
        {"Ref": "ADS-01", "Outturn": "71.2%", "Numerator": "5", "Denominator": "7"},
        "value_disagrees",
        "71.2%",
    ),
    ("numerator-alone", {"Numerator": "5"}, "part_missing", "denominator"),
    ("denominator-alone", {"Denominator": "5"}, "part_missing", "numerator"),
    (
        "numerator-beyond",
        {"Ref": "ADS-01", "Numerator": "9", "Denominator": "7"},
        "out_of_range",
        "0 to 100",
    ),
    (
        "numerator-word",
        {"Ref": "ADS-01", "Numerator": "five", "Denominator": "7"},
        "not_a_number",
        "In the numerator",
    ),
    (
        "figure-of-nothing",
        {"Ref": "ADS-01", "Outturn": "50%", "Numerator": "0", "Denominator": "0"},
        "value_disagrees",
        "",
    ),
    ("year-as-quarter", {"Outturn": "7", "Quarter": "2023-24"}, "quarter_unreadable", "`2023-24`"),
    (
        "two-dates-as-quarter",
        {"Outturn": "7", "Quarter": "03/04/2023"},
        "quarter_ambiguous",
        "Q1 2023/24",
    ),
    ("serial-of-no-date", {"Outturn": "7", "Quarter": "451"}, "quarter_unreadable", "`451`"),
    ("calendar-quarter", {"Outturn": "7", "Quarter": "Q1 2023"}, "quarter_ambiguous", "`Q1 2023`"),
    ("fifth-quarter", {"Outturn": "7", "Quarter": "2023-24-Q5"}, "quarter_unreadable", ""),
    ("wrong-year-pair", {"Outturn": "7", "Quarter": "2023-25-Q1"}, "quarter_unreadable", ""),
    (
        "future-quarter",
        {"Outturn": "7", "Quarter": "2023-24-Q2"},
        "quarter_in_future",
        "Q2 2023/24",
    ),
    (
        "unknown-breakdown",
        {"Outturn": "7", "Type": "Sex", "Category": "Q"},
        "breakdown_unknown",
        "sex / F",
    ),
    ("half-breakdown", {"Outturn": "7", "Category": "F"}, "breakdown_unknown", ""),
    (
        "breakdown-of-the-past",
        {"Outturn": "7", "Type": "sex", "Category": "F", "Quarter": "2022-23-Q4"},
        "breakdown_of_earlier_quarter",
        "",
    ),
    ("forecast-word", {"Outturn": "7", "Forecast": "higher"}, "not_a_number", "In the forecast"),
    (
        "forecast-of-a-breakdown",
        {"Outturn": "7", "Type": "sex", "Category": "F", "Forecast": "8"},
        "misplaced",
        "forecast",
    ),
    ("previous-error", {"Outturn": "7", "Previous": "#REF!"}, "excel_error", "previous value"),
    ("status-of-nothing", {"Status": "soon"}, "status_unknown", "`soon`"),
    (
        "status-against-figure",
        {"Outturn": "7", "Status": "awaiting"},
        "status_disagrees",
        "awaiting",
    ),
    (
        "two-dates",
        {"Outturn": "7", "Action": "x", "Due": "03/04/2023"},
        "ambiguous_date",
        "3 April",
    ),
    ("no-date", {"Outturn": "7", "Action": "x", "Due": "soon"}, "not_a_date", "`soon`"),
    (
        "owner-of-1000-characters",
        {"Outturn": "7", "Action": "x", "Owner": "x" * 1_000},
        "schema",
        "action_owner_name",
    ),
    (
        "not-reached",
        {"Ref": "ADS-07", "Outturn": "7", "Quarter": "2023-24-Q1"},
        "quarter_not_reached",
        "ADS-07",
    ),
    (
        "judgement-without-reason",
        {"Ref": "ADS-06", "Outturn": "7", "Rating": "green"},
        "judgement_without_reason",
        "",
    ),
    (
        "judgement-without-rating",
        {"Ref": "ADS-06", "Outturn": "7", "Reason": "x"},
        "judgement_without_rating",
        "",
    ),
    ("split-kpi", {"Ref": "OLD-01", "Outturn": "7"}, "kpi_split", "ADS-04"),
    ("merged-kpi", {"Ref": "OLD-02", "Outturn": "7"}, "kpi_merged", "OLD-03"),
    ("maybe-provisional", {"Outturn": "7", "Provisional": "maybe"}, "provisional_unknown", "maybe"),
    ("mark-against-word", {"Outturn": "7 [p]", "Provisional": "no"}, "provisional_disagrees", ""),
    ("unknown-rating", {"Outturn": "7", "Rating": "purple"}, "rating_unknown", "purple"),
    ("nul-character", {"Outturn": "7", "Commentary": "a\x01b"}, "control_character", "U+0001"),
    ("escape-sequence", {"Outturn": "7", "Commentary": "\x1b[2J"}, "control_character", "U+001B"),
    (
        "replacement-character",
        {"Outturn": "7", "Commentary": "caf\ufffd"},
        "control_character",
        "U+FFFD",
    ),
    (
        "text-direction",
        {"Outturn": "7", "Commentary": "Paid \u202e001£"},
        "control_character",
        "U+202E",
    ),
)
"""Rows of which another cell than the figure is wrong; the KPI is ADS-05 where none is named."""


def value_cases() -> Iterator[Case]:
    """Make the cases of wrong values."""
    for name, ref, cell, reason, words in CELLS:
        made = partial(makers.csv, (ref, cell, "Text"), GOOD)
        yield Case(f"value-{name}", "csv", made, Rows((reason,), _GOOD, words=(words,)))
    for name, kind, cell, reason, words in TYPED:
        yield Case(
            f"typed-{name}",
            kind,
            partial(_typed, kind, cell),
            Rows((reason,), _GOOD, int(kind in {"xlsx", "ods"}), (words,)),
        )
    for name, cells, reason, words in BESIDE:
        made = partial(_wide, {"Ref": "ADS-05"} | cells)
        yield Case(
            f"row-{name}",
            "csv",
            made,
            Rows((reason,), {"ADS-04": 3.0}, words=(words,)),
            {"columns": FIELDS},
        )
    for kind, make in (("xlsx", makers.xlsx), ("ods", makers.ods)):
        for name, text in (
            ("words", "ADS-04 75 on track"),
            ("commas", "ADS-04,75,We are on track"),
            ("brackets", "ADS-04  75  (12 of 16)"),
        ):
            made = partial(make, (text, None, None), GOOD)
            yield Case(f"row-in-a-cell-{name}", kind, made, Rows(("kpi_unknown",), _GOOD))
    yield from _pairs()


def _typed(kind: str, cell: object) -> bytes:
    row = ("ADS-04", cell, "Text")
    if kind == "json":
        return makers.records(makers.record(*row), makers.record(*GOOD))
    if kind == "sql":
        return makers.database(row, GOOD)
    return (makers.xlsx if kind == "xlsx" else makers.ods)(row, GOOD)


def _wide(cells: dict[str, str]) -> bytes:
    rows = [
        [row.get(name, "") for name in FIELDS] for row in (cells, {"Ref": "ADS-04", "Outturn": "3"})
    ]
    return makers.csv(*rows, headings=list(FIELDS))


def _pairs() -> Iterator[Case]:
    """Make the cases of two rows for one KPI."""
    for kind, make in (("csv", makers.csv), ("xlsx", makers.xlsx), ("ods", makers.ods)):
        made = partial(make, ("ADS-04", "3", ""), ("ads-04", "4", ""), GOOD)
        reasons = ("duplicate_conflicting", "duplicate_conflicting")
        yield Case("conflicting-rows", kind, made, Rows(reasons, _GOOD, words=("do not agree",)))
        made = partial(make, ("ADS-04", "x", ""), GOOD, GOOD)
        yield Case("repeated-rows", kind, made, Rows(("not_a_number",), _GOOD, 2))
