"""What a commentary asserts of its KPI, and what only looks as if it did."""

from decimal import Decimal

import pytest

from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import DEFAULT_SCHEME, NOT_RATED, RagLook
from perf_pipeline.scrutinise.asserted_colours import ColourWords
from perf_pipeline.scrutinise.asserted_figures import asserted_counts, asserted_figures
from perf_pipeline.scrutinise.asserted_outcomes import asserted_outcomes
from perf_pipeline.scrutinise.periods import named_quarters, names_other_time
from perf_pipeline.scrutinise.wording import printed, quoted, sentences

QUARTER = Quarter(2023, 1)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Performance was 81.5% this quarter.", "81.5"),
        ("Performance was 81.5% against a target of 82.42%.", "81.5"),
        ("Posts were vacant. The outturn is 79 per cent, which is low.", "79"),
        ("We achieved 95% (19 of 20).", "95"),
        ("It stands at 81.5%; more will follow", "81.5"),
        ("Demand rose and performance fell to 71.25%", "71.25"),
        ("The figure for Q1 2023/24 was 79%.", "79"),
        ("The result for the quarter is now -9.67%.", "-9.67"),
        ("In Q1, performance was 60%.", "60"),
        ("Due to vacancies in one team, performance was 79%, up from 71% last year.", "79"),
    ],
)
def test_asserted_percentage(text: str, value: str) -> None:
    """A percentage directly after a word for the KPI's figure and a verb is asserted."""
    (figure,) = asserted_figures(sentences(text), "percent", QUARTER)
    assert figure.value == Decimal(value)


@pytest.mark.parametrize(
    ("text", "unit_code", "value", "step"),
    [
        ("The figure was 1,290.", "number", "1290", "1"),
        ("The figure is £1.2m.", "gbp", "1200000", "100000"),
        ("The result was £84,350.50 this quarter.", "gbp", "84350.5", "0.01"),
        ("The result was 31.5 days.", "days", "31.5", "0.1"),
        ("Performance was 4 weeks", "weeks", "4", "1"),
    ],
)
def test_asserted_number(text: str, unit_code: str, value: str, step: str) -> None:
    """Other figures are asserted in the KPI's own unit, to the digits written."""
    (figure,) = asserted_figures(sentences(text), unit_code, QUARTER)
    assert (figure.value, figure.step) == (Decimal(value), Decimal(step))


@pytest.mark.parametrize(
    "text",
    [
        "In the east performance was 71%.",
        "For minor applications, performance was 71%.",
        "Contractor performance was 71%.",
        "The vacancy rate was 12%.",
        "The figure for Q4 2022/23 was 79%.",
        "Last quarter performance was 79%.",
        "Performance was 79% last quarter.",
        "Performance was 79% in 2021/22.",
        "Performance was 79% in 2021.",
        "Performance in April was 79%.",
        "Performance was 79% in April.",
        "National performance was 79%.",
        "Performance was 79% nationally.",
        "The England average was 79%, and so the figure was 79% there.",
        "Performance will be 90%.",
        "We expect that performance is 90%.",
        "Performance improved by 5%.",
        "Performance was 5% below target.",
        "Performance was 5 percentage points short.",
        "Performance was around 80%.",
        "Performance was 80 - 85%.",
        "Performance was 80% of the target.",
        "We achieved 100% of inspections.",
        "We reached 42 schools.",
        "The rate is 12 per 1,000.",
        "Performance was £81.",
        "Performance was 79% but has recovered.",
        "81.5% of requests were answered.",
    ],
)
@pytest.mark.parametrize("unit_code", ["percent", "number"])
def test_figure_of_something_else(text: str, unit_code: str) -> None:
    """A figure of another time, place or thing, or a change, is not asserted of the KPI."""
    assert list(asserted_figures(sentences(text), unit_code, QUARTER)) == []


def test_figure_in_another_unit() -> None:
    """A figure in days is not asserted of a KPI in weeks."""
    assert list(asserted_figures(["The result was 31.5 days."], "weeks", QUARTER)) == []


@pytest.mark.parametrize(
    ("text", "figure", "is_figure"),
    [
        ("It was 81.5%", 81.46, True),
        ("It was 81.5%", 81.55, True),
        ("It was 81.5%", 81.56, False),
        ("It was 82%", 81.5, True),
        ("It was 81%", 81.5, True),
        ("It was 81%", 81.6, False),
        ("It was 0.3%", 0.1 + 0.2, True),
    ],
)
def test_figures_are_compared_at_the_digits_written(
    text: str, figure: float, *, is_figure: bool
) -> None:
    """A figure asserted may be rounded; an exact half may be rounded either way."""
    (asserted,) = asserted_figures([text], "percent", QUARTER)
    assert asserted.may_be(figure) is is_figure


def test_asserted_counts() -> None:
    """Counts of a total are read with and without `out`, with what is counted."""
    text = "5 of 7 applications, 1,200 out of the 2,000; 1.5 of 7, 5 of 7%, 5 of 7.5 are none."
    found = [(count.part, count.whole, count.noun) for count in asserted_counts([text], QUARTER)]
    assert found == [(5, 7, "applications"), (1200, 2000, "")]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The KPI is green.", "green"),
        ("This indicator remains amber because of vacancies.", "amber"),
        ("RAG: Amber", "amber"),
        ("Posts are vacant. Status is now Amber.", "amber"),
        ("Rated green", "green"),
        ('This measure is still rated as "amber" this quarter', "amber"),
        ("The indicator has moved from green to amber.", "amber"),
        ("It is not rated.", NOT_RATED),
    ],
)
def test_asserted_colour(text: str, code: str) -> None:
    """A colour directly after a word for the KPI and a verb, or a heading, is asserted."""
    words = ColourWords.of(DEFAULT_SCHEME)
    (colour,) = words.asserted(sentences(text), "red", QUARTER)
    assert colour.rag_code == code


@pytest.mark.parametrize(
    "text",
    [
        "It is green waste that grew most.",
        "The Red Cross helped; this is Amber Valley.",
        "We are an amber alert area.",
        "Green spaces are well used.",
        "It was red and is now green.",
        "It is no longer amber.",
        "85% of projects rated as green and 15% currently rated as amber",
        "Two of three schools are rated green.",
        "It was green last quarter.",
        "It is expected that the KPI is green.",
        "It is amber in the risk register.",
        "The KPI was amber but has recovered.",
        "The KPI was amber and is now on the mend.",
        "It turned amber, but it has improved since.",
    ],
)
def test_colour_of_something_else(text: str) -> None:
    """A colour of another thing or time, or beside the KPI's own, is not asserted of the KPI."""
    words = ColourWords.of(DEFAULT_SCHEME)
    assert list(words.asserted(sentences(text), "red", QUARTER)) == []


@pytest.mark.parametrize(
    "text",
    [
        "The indicator is green as all milestones were delivered.",
        "The KPI is green because costs were shared, and numbers reduced as required.",
        "The KPI is green and is kept under review.",
    ],
    ids=["delivered", "shared, reduced, required", "is green and is"],
)
def test_colour_beside_parts_of_words(text: str) -> None:
    """The letters of the KPI's own colour within other words are not its colour."""
    words = ColourWords.of(DEFAULT_SCHEME)
    (colour,) = words.asserted(sentences(text), "red", QUARTER)
    assert colour.rag_code == "green"


def test_label_beside_parts_of_words() -> None:
    """A council's own label is found beside `delivered` where the KPI is red."""
    looks = DEFAULT_SCHEME | {"green": RagLook("green", "Star", "#00703c", "★", 1)}
    text = sentences("The indicator is Star as all milestones were delivered.")
    (colour,) = ColourWords.of(looks).asserted(text, "red", QUARTER)
    assert colour.rag_code == "green"


def test_colours_are_the_councils_words() -> None:
    """The words of the council's scheme are looked for, and win over the codes."""
    labels = {"red": "Off track", "amber": "Green", "green": "Blue (good)", NOT_RATED: "None"}
    looks = {code: RagLook(code, label, "#000000", "x", 1) for code, label in labels.items()}
    words = ColourWords.of(looks)
    text = sentences("The KPI is off track. It is Green! Rating: blue (good).")
    found = [colour.rag_code for colour in words.asserted(text, NOT_RATED, QUARTER)]
    assert found == ["red", "amber", "green"]


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("The target was met.", "met"),
        ("Target exceeded", "met"),
        ("We met our target this quarter.", "met"),
        ("Performance is above target.", "met"),
        ("Target not met.", "missed"),
        ("The target has not been met.", "missed"),
        ("The target was narrowly missed.", "missed"),
        ("We didn\u2019t meet the target.", "missed"),
        ("Footfall had not met the target for the quarter.", "missed"),
        ("Just below target.", "missed"),
        ("We only just missed the target.", "missed"),
        ("Despite two vacancies the target was met.", "met"),
        ("With two vacancies, we missed the target.", "missed"),
        ("A wait of 2 days missed the target by one day.", "missed"),
        ("It fell short, and missed its target by more than 10%.", "missed by more"),
        ("It has missed its target, falling short by less than 10%.", "missed by less"),
        ("Within 10% of target.", "missed by less"),
    ],
)
def test_asserted_outcome(text: str, claim: str) -> None:
    """What is said of the target is asserted, what names a percentage before the rest."""
    assert asserted_outcomes(sentences(text), "higher", QUARTER)[0].claim == claim


@pytest.mark.parametrize(
    "text",
    [
        "We will meet the target.",
        "We met the target last quarter.",
        "The national target was met.",
        "The annual target was met.",
        "Two of the three targets were met.",
        "We nearly met the target.",
        "The target was met for major applications only.",
        "Reviews rose by more than 10%.",
        "Calls from within 10% of wards.",
        "Short by less than 10 percentage points.",
        "Above last year, below the higher target.",
        "No team missed the target.",
        "Only one team missed the target.",
        "Two wards were below target.",
        "Three of the four areas exceeded the target.",
        "Most schools met the target, and each of our sites has reached the target.",
        "Two wards missed it by less than 10%, and some wards are within 10% of target.",
        "The target has been reached by two of the five teams.",
        "The target was missed by some providers.",
        "We are on track to have the target met.",
        "The target was not exceeded.",
    ],
)
def test_outcome_of_something_else(text: str) -> None:
    """What is to come, another target or another time, and what is hedged, asserts nothing."""
    assert asserted_outcomes(sentences(text), "higher", QUARTER) == []


@pytest.mark.parametrize("polarity", ["lower", "range", "none"])
def test_above_and_below_are_read_where_higher_is_better(polarity: str) -> None:
    """`Above target` may be said of the figure or of the performance where lower is better."""
    text = ["The backlog is above target.", "The cost is below target.", "We exceeded the target."]
    assert asserted_outcomes(text, polarity, QUARTER) == []


def test_number_that_exceeded_a_target_missed_it_where_lower_is_better() -> None:
    """A number of days that exceeded the target is a miss of it where fewer are better."""
    text = ["The number of days exceeded target this quarter."]
    (outcome,) = asserted_outcomes(text, "lower", QUARTER)
    assert outcome.claim == "missed"


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Q1 and Quarter 2, the third quarter", [1, 2, 3]),
        ("2023-24 Q1", [1]),
        ("Q10, EQ1, Q1a and Quarters 1 to 3", []),
    ],
)
def test_named_quarters(text: str, numbers: list[int]) -> None:
    """Quarters are read as people write them."""
    assert [named.number for named in named_quarters(text)] == numbers


@pytest.mark.parametrize(
    ("text", "is_other"),
    [
        ("in Q1 2023/24", False),
        ("in 2023/24", False),
        ("in 2023", False),
        ("in Q1 2022/23", True),
        ("in 2022/23", True),
        ("in 2019", True),
        ("in January", True),
        ("in the previous quarter", True),
        ("this quarter", False),
    ],
)
def test_names_other_time(text: str, *, is_other: bool) -> None:
    """Another quarter, year or month is another time."""
    assert names_other_time(text, QUARTER) is is_other


@pytest.mark.parametrize(
    ("value", "unit_code", "text"),
    [
        (71.42857142857143, "percent", "71.43%"),
        (81.5, "percent", "81.5%"),
        (73390.0, "number", "73,390"),
        (-1234.5, "gbp", "-£1,234.5"),
        (0.00012345, "ratio", "0.000123"),
        (0.0, "days", "0 days"),
        (100.0, "percent", "100%"),
        (0.999999, "percent", "1%"),
        (1e-7, "ratio", "0.0000001"),
        (1e20, "number", "100,000,000,000,000,000,000"),
    ],
)
def test_figures_are_printed_short(value: float, unit_code: str, text: str) -> None:
    """Figures print with two decimals at most, or three digits where they are small."""
    assert printed(value, unit_code) == text


def test_what_others_wrote_is_quoted_safely() -> None:
    """Control characters are spelt out, and long texts are cut."""
    assert quoted("a\x00b\u202ec\ud800") == "`a\\x00b\\u202ec\\ud800`"
    assert quoted("x" * 200) == f"`{'x' * 79}…`"


def test_sentences_end_with_lines_too() -> None:
    """Sentences end with their points, semicolons and lines, and never within a number."""
    text = "One 81.5%  is.\u00a0Two; three!\n four"
    assert sentences(text) == ("One 81.5% is.", "Two;", "three!", "four")
