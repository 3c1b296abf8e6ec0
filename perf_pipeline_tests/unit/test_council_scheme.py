"""The optional sections of council.yaml: how ratings look, and how figures are compared."""

from collections.abc import Sequence
from decimal import Decimal

import pytest

from perf_pipeline.council.settings import CouncilSettings, checked_council
from perf_pipeline.council.yaml_files import read_yaml
from perf_pipeline.errors import Mistake
from perf_pipeline.rules import (
    DEFAULT_SCHEME,
    BenchmarkBands,
    Comparison,
    GroupDifferences,
    Plausibility,
    RagLook,
)

COUNCIL = """\
name: Testshire Council
first_quarter: 2023-24-Q1
return_deadline_working_days: 10
default_rule: met
rules:
  met: {kind: two_colour}
"""


def checked(section: str) -> tuple[CouncilSettings | None, list[Mistake]]:
    """Check council.yaml with more after its six lines."""
    return checked_council(read_yaml("council.yaml", (COUNCIL + section).encode()))


def settings_with(section: str) -> CouncilSettings:
    """Return the settings of council.yaml with more after its six lines."""
    settings, mistakes = checked(section)
    assert not mistakes
    assert settings is not None
    return settings


def test_council_that_says_nothing_has_the_usual() -> None:
    """Every section may be left out."""
    settings = settings_with("")
    assert settings.scheme.looks() == DEFAULT_SCHEME
    assert [entry.comparison() for entry in settings.comparison] == [Comparison()]
    assert [entry.bands() for entry in settings.benchmarks] == [BenchmarkBands()]
    assert not settings.scheme.former_labels()
    assert settings.plausibility.plausibility() == Plausibility()
    assert settings.group_differences.group_differences() == GroupDifferences()


def test_what_a_council_leaves_out_is_as_usual() -> None:
    """Each key of a section may be left out as well."""
    looks = settings_with("scheme:\n  amber: {label: Blue}\n").scheme.looks()
    usual = DEFAULT_SCHEME["amber"]
    assert looks["amber"] == RagLook("amber", "Blue", usual.colour_code, usual.symbol, 2)
    (entry,) = settings_with("comparison: {dead_band_points: 0.5}\n").comparison
    assert entry.comparison() == Comparison(dead_band_points=Decimal("0.5"))


def test_sections_are_read() -> None:
    """Every key of the sections reaches its value."""
    settings = settings_with("""\
comparison:
  baseline_quarter: 2019-20-Q4
  baseline_name: pre-covid
  dead_band_points: 0.5
  dead_band_pct: 1
  trend_quarters: 8
benchmarks: {similar_points: 2, similar_pct: 0}
plausibility: {zero_after: 0.5, scale_factor: 100, least_limit_figures: 12}
group_differences: {level_pct: 1, except_kpis: [HOU-01]}
""")
    (comparison,), (bands,) = settings.comparison, settings.benchmarks
    assert comparison.comparison() == Comparison(
        "2019-20-Q4", "pre-covid", Decimal("0.5"), Decimal(1), 8
    )
    assert bands.bands() == BenchmarkBands(Decimal(2), Decimal(0))
    expected = Plausibility(Decimal("0.5"), Decimal(100), 12)
    assert settings.plausibility.plausibility() == expected
    differences = settings.group_differences.group_differences()
    assert differences == GroupDifferences(Decimal(1), frozenset({"HOU-01"}))


def test_scheme_is_in_the_order_of_tables() -> None:
    """A council may use other words, colours, symbols and another order; codes stay."""
    looks = settings_with("""\
scheme:
  red: {label: Triangle, symbol: △, order: 4}
  amber: {label: Circle, symbol: ○, order: 3}
  green: {label: Star, symbol: ★, colour: "#00703C", order: 2}
  not_rated: {label: No rating, symbol: 0, order: 1}
""").scheme.looks()
    assert list(looks) == ["not_rated", "green", "amber", "red"]
    assert looks["green"] == RagLook("green", "Star", "#00703c", "★", 2)
    assert looks["not_rated"].symbol == "0"


def test_former_labels_are_read() -> None:
    """What ratings were called before is kept with their codes; the usual words among it."""
    scheme = settings_with("""\
scheme:
  red: {label: Triangle, former_labels: [Red, Off track]}
  amber: {label: Circle, former_labels: []}
  green: {label: Star, former_labels: [On track]}
""").scheme
    assert scheme.former_labels() == {"Red": "red", "Off track": "red", "On track": "green"}
    assert scheme.looks()["red"].label == "Triangle"


@pytest.mark.parametrize("section", ["comparison", "benchmarks"])
def test_dated_section_without_mistakes(section: str) -> None:
    """The first entry needs no beginning, the last no end; what they leave out is as usual."""
    settings = settings_with(f"""\
{section}:
  - {{valid_to: 2023-24-Q4}}
  - {{valid_from: 2024-25-Q1, valid_to: 2024-25-Q1}}
  - {{valid_from: 2024-25-Q2}}
""")
    entries = settings.comparison if section == "comparison" else settings.benchmarks
    assert [str(entry.period) for entry in entries[1:]] == ["in 2024-25-Q1", "from 2024-25-Q2 on"]


@pytest.mark.parametrize("section", ["comparison", "benchmarks"])
@pytest.mark.parametrize(
    ("written", "line", "words"),
    [
        pytest.param(
            "\n  - {valid_to: 2023-24-Q2}\n  - {valid_from: 2023-24-Q4}",
            7,
            ["In 2023-24-Q3 no entry of `SECTION` holds", "leave `valid_to` out of the last"],
            id="gap",
        ),
        pytest.param(
            "\n  - {valid_to: 2023-24-Q3}\n  - {valid_from: 2023-24-Q3}",
            9,
            ["In 2023-24-Q3 both entry 1 and entry 2 of `SECTION` hold", "End the one"],
            id="overlap",
        ),
        pytest.param(
            "\n  - {valid_from: 2023-24-Q2}", 7, ["In 2023-24-Q1 no entry"], id="first-begins-late"
        ),
        pytest.param(" {valid_to: 2024-25-Q1}", 7, ["In 2024-25-Q2 no entry"], id="last-ends"),
        pytest.param(
            "\n  - {valid_from: 2024-25-Q1, valid_to: 2023-24-Q1}", 8, ["Swap"], id="backward"
        ),
        pytest.param("\n  - {valid_to: 2023}", 8, ["`valid_to`", "not a quarter"], id="year"),
        pytest.param("\n  - {until: 1}", 8, ["`until`", "valid_to"], id="alien-key"),
        pytest.param("\n  - 5", 8, ["Entry 1 is `5`", "keys"], id="number-in-the-list"),
        pytest.param(" []", 7, ["`SECTION` holds a list", "at least 1"], id="empty-list"),
        pytest.param("", 7, ["neither keys nor a list", "Write keys with"], id="nothing"),
        pytest.param(" 5", 7, ["neither keys nor a list"], id="number"),
    ],
)
def test_mistake_in_a_dated_section(
    section: str, written: str, line: int, words: Sequence[str]
) -> None:
    """Two entries in a quarter, or none, are a mistake that names the quarter."""
    mistakes = checked(f"{section}:{written}\n")[1]
    assert [mistake.line for mistake in mistakes] == [line], mistakes
    for word in words:
        assert word.replace("SECTION", section) in str(mistakes[0])
    assert mistakes[0].found.endswith(".")
    assert mistakes[0].remedy.endswith((".", "?"))


@pytest.mark.parametrize(
    ("section", "line", "words"),
    [
        pytest.param(
            "scheme:\n  red: {former_labels: [Green]}",
            8,
            ["former label `Green` of red is the code of green already", "Delete it"],
            id="former-label-is-another-code",
        ),
        pytest.param(
            "scheme:\n  green: {label: Star}\n  red: {former_labels: [STAR]}",
            9,
            ["`STAR` of red is the label of green"],
            id="former-label-is-another-label",
        ),
        pytest.param(
            "scheme:\n  red: {label: Off, former_labels: [Off]}",
            8,
            ["is the label of red already"],
            id="former-label-is-the-label",
        ),
        pytest.param(
            "scheme:\n  red: {former_labels: [not rated]}",
            8,
            ["is the label of not_rated"],
            id="former-label-is-no-rating",
        ),
        pytest.param(
            "scheme:\n  red: {former_labels: [Off]}\n  green:\n    former_labels:\n"
            "      - On\n      - off",
            12,
            ["`off` of green is a former label of red"],
            id="former-label-twice",
        ),
        pytest.param(
            "scheme:\n  red: {former_labels: Off}",
            8,
            ["`former_labels` is `Off`", "Write a list here"],
            id="former-labels-are-no-list",
        ),
        pytest.param(
            "scheme:\n  red: {former_labels: ['']}", 8, ["Entry 1 is empty"], id="former-empty"
        ),
        pytest.param(
            "scheme:\n  not_rated: {former_labels: [Off]}",
            8,
            ["`former_labels` is not known here"],
            id="former-label-of-no-rating",
        ),
        pytest.param(
            "scheme:\n  blue: {label: Blue}", 8, ["`blue` is not known", "red, amber"], id="rating"
        ),
        pytest.param(
            "scheme:\n  red: {labl: Blue}", 8, ["`labl`", "Did you mean `label`?"], id="key"
        ),
        pytest.param("scheme:", 7, ["`scheme` is empty", "keys"], id="empty-section"),
        pytest.param("scheme: [red]", 7, ["`scheme` holds a list", "keys"], id="list"),
        pytest.param(
            f"scheme:\n  red: {{label: {'R' * 41}}}", 8, ["40 characters"], id="long-label"
        ),
        pytest.param("scheme:\n  red: {label: ''}", 8, ["`label` is empty"], id="empty-label"),
        pytest.param(
            'scheme:\n  red: {label: "Re\\nd"}', 8, ["line break", "single spaces"], id="two-lines"
        ),
        pytest.param(
            "scheme:\n  red: {label: ' Red'}", 8, ["begins or ends with a space"], id="space"
        ),
        pytest.param(
            "scheme:\n  red: {colour: #b10e1e}}", 9, ["not YAML"], id="colour-without-quotes"
        ),
        pytest.param(
            "scheme:\n  red:\n    colour: #b10e1e",
            9,
            ["`colour`: it is empty", "between quotes"],
            id="colour-is-a-comment",
        ),
        pytest.param(
            "scheme:\n  red: {colour: red}", 8, ["`red` is not a colour", "#00703c"], id="word"
        ),
        pytest.param(
            "scheme:\n  red: {colour: '#b10e1'}", 8, ["`#b10e1` is not"], id="colour-short"
        ),
        pytest.param("scheme:\n  red: {symbol: RRRRR}", 8, ["4 characters"], id="long-symbol"),
        pytest.param(
            "scheme:\n  red: {symbol: true}", 8, ["is `true`", "quotes"], id="true-symbol"
        ),
        pytest.param(
            "scheme:\n  red: {order: 0}", 8, ["`order` is `0`", "1 or more"], id="order-0"
        ),
        pytest.param("scheme:\n  red: {order: '1'}", 8, ["whole number"], id="order-is-a-text"),
        pytest.param(
            "scheme:\n  amber: {label: RED}",
            8,
            ["label `RED` of amber is the code of another rating"],
            id="label-is-another-code",
        ),
        pytest.param(
            "scheme:\n  green: {label: not_rated}", 8, ["code of another"], id="label-is-no-rating"
        ),
        pytest.param(
            "scheme:\n  red: {label: \uff2eot Rated}",
            8,
            ["label", "is that of red and of not_rated"],
            id="labels-look-alike",
        ),
        pytest.param(
            "scheme:\n  green: {symbol: ■}", 8, ["symbol `■`", "a symbol of its own"], id="symbols"
        ),
        pytest.param(
            "scheme:\n  red:\n    order: 3",
            9,
            ["order `3` is that of red and of green", "as usual"],
            id="order-of-one-left-out",
        ),
        pytest.param(
            "comparison: {baseline: x}", 7, ["`baseline`", "mean `baseline_name`?"], id="comparison"
        ),
        pytest.param(
            "comparison: {baseline_quarter: 2019}", 7, ["not a quarter"], id="baseline-is-a-year"
        ),
        pytest.param("comparison: {dead_band_pct: -1}", 7, ["0 or more"], id="negative-dead-band"),
        pytest.param("comparison: {trend_quarters: 2}", 7, ["3 or more"], id="short-trend"),
        pytest.param("comparison: {trend_quarters: 14}", 7, ["13 or less"], id="long-trend"),
        pytest.param("benchmarks: {similar: 1}", 7, ["`similar` is not known"], id="benchmarks"),
        pytest.param("benchmarks: {similar_pct: x}", 7, ["Write a number"], id="no-number"),
        pytest.param("plausibility: {zero_after: 0}", 7, ["more than 0"], id="zero-after-zero"),
        pytest.param("plausibility: {scale_factor: 1}", 7, ["more than 1"], id="scale-of-one"),
        pytest.param(
            "plausibility: {least_limit_figures: 1}", 7, ["2 or more"], id="limits-of-one-figure"
        ),
        pytest.param("group_differences: {level_pct: 0}", 7, ["more than 0"], id="level-zero"),
        pytest.param("group_differences: {level_pct: 95}", 7, ["20 or less"], id="confidence"),
        pytest.param("group_differences: {except_kpis: A}", 7, ["a list"], id="excepted-no-list"),
    ],
)
def test_mistake_in_a_section(section: str, line: int, words: Sequence[str]) -> None:
    """A mistake is reported once, at its line, with what to write."""
    mistakes = checked(section + "\n")[1]
    assert [mistake.line for mistake in mistakes] == [line], mistakes
    for word in words:
        assert word in str(mistakes[0])
    assert mistakes[0].found.endswith(".")
    assert mistakes[0].remedy.endswith((".", "?"))


def test_ratings_that_could_be_taken_for_one_another_are_all_reported() -> None:
    """Labels, symbols and orders are each told apart, for every pair of ratings."""
    mistakes = checked("""\
scheme:
  red: {label: Off, symbol: x, order: 1}
  amber: {label: off, symbol: x, order: 1}
""")[1]
    assert [mistake.line for mistake in mistakes] == [9, 9, 9]
    assert [word for word in ("label", "symbol", "order") for m in mistakes if word in m.found] == [
        "label",
        "symbol",
        "order",
    ]
