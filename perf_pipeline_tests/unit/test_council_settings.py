"""What council.yaml and sources.yaml may hold: each mistake with its line and a remedy."""

import time
from collections.abc import Sequence
from decimal import Decimal

import pytest

from perf_pipeline.council.settings import checked_council, checked_sources
from perf_pipeline.council.yaml_files import read_yaml
from perf_pipeline.errors import Mistake
from perf_pipeline.rules import Rule, RuleKind

COUNCIL = """\
name: Testshire Council
first_quarter: 2023-24-Q1
default_rule: relative
return_deadline_working_days: 10
rules:
  relative:
    kind: tolerance_relative
    green_pct: 0
    amber_pct: 10
  points:
    kind: tolerance_points
    green_points: 0
    amber_points: 2.5
"""
SOURCES = """\
sources:
  - source_code: adults
    source_name: Adults
    contact_role: Performance Lead
    kind: csv
    location: returns/{quarter}/adults.csv
    columns: {Ref: kpi_ref, Value: value}
  - source_code: children
    source_name: Children
    contact_role: Data Manager
    kind: sql
    url: sqlite:///{council}/case.sqlite
    query: sql/children.sql
    columns: {ref: kpi_ref, value: value}
"""


def changed(text: str, old: str, new: str) -> str:
    """Replace the one place in a text where another stands."""
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
    return text.replace(old, new)


def council_mistakes(text: str) -> Sequence[Mistake]:
    """Return what is wrong with a text as council.yaml."""
    return checked_council(read_yaml("council.yaml", text.encode()))[1]


def source_mistakes(text: str) -> Sequence[Mistake]:
    """Return what is wrong with a text as sources.yaml."""
    return checked_sources(read_yaml("sources.yaml", text.encode()))[1]


def assert_one_mistake(
    mistakes: Sequence[Mistake], file: str, line: int, words: Sequence[str]
) -> None:
    """Assert that there is one mistake, where it is, and what it says."""
    assert [(mistake.file, mistake.line) for mistake in mistakes] == [(file, line)], mistakes
    for word in words:
        assert word in str(mistakes[0])
    assert mistakes[0].found.endswith(".")
    assert mistakes[0].remedy.endswith((".", "?"))


def test_council_yaml_without_mistakes_is_read() -> None:
    """Rules become frozen values whose tolerances are the decimals that were written."""
    settings, mistakes = checked_council(read_yaml("council.yaml", COUNCIL.encode()))
    assert not mistakes
    assert settings is not None
    assert {name: entry.rule(name) for name, entry in settings.rules.items()} == {
        "relative": Rule("relative", RuleKind.TOLERANCE_RELATIVE, Decimal(0), Decimal(10)),
        "points": Rule("points", RuleKind.TOLERANCE_POINTS, Decimal(0), Decimal("2.5")),
    }


def test_sources_yaml_without_mistakes_is_read() -> None:
    """Every entry becomes the source of its kind."""
    settings, mistakes = checked_sources(read_yaml("sources.yaml", SOURCES.encode()))
    assert not mistakes
    assert settings is not None
    assert [(entry.source_code, entry.kind) for entry in settings.sources] == [
        ("adults", "csv"),
        ("children", "sql"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        pytest.param("name: T", "nmae: T\nname: T", 1, ["Did you mean `name`?"], id="unknown-key"),
        pytest.param("name: T", "zz: T\nname: T", 1, ["known here are name"], id="alien-key"),
        pytest.param("name: Testshire Council\n", "", 0, ["`name` is missing"], id="no-name"),
        pytest.param("Testshire Council", "T" * 121, 1, ["120 characters"], id="long-name"),
        pytest.param("Testshire Council", "2023", 1, ["is `2023`", "quotes"], id="numeric-name"),
        pytest.param("Testshire Council", "", 1, ["`name` is empty"], id="empty-name"),
        pytest.param("Testshire Council", '"A\\0"', 1, ["U+0000", "Delete it"], id="nul"),
        pytest.param("2023-24-Q1", "2023-25-Q1", 2, ["mean 2023-24-Q1?"], id="years-apart"),
        pytest.param("2023-24-Q1", "2023-04-01", 2, ["Write it like"], id="date-as-quarter"),
        pytest.param("rule: relative", "rule: lax", 3, ["`lax`", "or points"], id="no-such-rule"),
        pytest.param("days: 10", "days: 0", 4, ["`0`", "1 or more"], id="deadline-too-early"),
        pytest.param("days: 10", "days: 61", 4, ["`61`", "60 or less"], id="deadline-too-late"),
        pytest.param("days: 10", "days: '10'", 4, ["whole number"], id="deadline-text"),
        pytest.param("days: 10", "days: true", 4, ["whole number"], id="deadline-true"),
        pytest.param(
            "tolerance_relative", "guess", 7, ["tolerance_points", "or judgement"], id="alien-kind"
        ),
        pytest.param("    kind: tolerance_relative\n", "", 6, ["`kind` is missing"], id="no-kind"),
        pytest.param("    amber_pct: 10\n", "", 6, ["`amber_pct` is missing"], id="no-amber"),
        pytest.param("green_pct: 0", "green_pct: -1", 8, ["`-1`", "0 or more"], id="negative"),
        pytest.param("green_pct: 0", "green_pct: 11", 6, ["more than amber_pct"], id="pct-order"),
        pytest.param("green_points: 0", "green_points: 3", 10, ["more than"], id="points-order"),
        pytest.param("  points", f"  {'p' * 41}", 10, ["40 characters"], id="long-rule-name"),
        pytest.param("2.5", "some", 13, ["`some`", "Write a number"], id="not-a-number"),
        pytest.param("2.5", ".inf", 13, ["`inf`", "Write a number"], id="infinite"),
        pytest.param("2.5", "0.1234567890123456", 13, ["15 digits"], id="too-exact"),
        pytest.param("relative:\n", "relative: 5\n  b:\n", 6, ["keys"], id="rule-is-number"),
        pytest.param("name: T", "name: U\nname: T", 2, ["`name`", "on line 1"], id="repeated-key"),
        pytest.param("rule: relative", "rule: &a relative", 3, ["anchor `&a`"], id="anchor"),
        pytest.param("rule: relative", "rule: *a", 3, ["alias `*a`", "in full"], id="alias"),
        pytest.param("rule: relative", "rule: !!python/object:o.s x", 3, ["python/o"], id="tag"),
        pytest.param("2.5", "2.5\n---\na: b", 14, ["second document"], id="second-document"),
        pytest.param("name: T", "%YAML 1.1\n---\nname: T", 2, ["directive"], id="directive"),
        pytest.param("rules:", "rules: [", 7, ["not YAML", "indent"], id="syntax"),
        pytest.param("rules:", '"\\UFFFFFFFF": 1\nrules:', 4, ["not YAML"], id="no-character"),
        pytest.param("Testshire", "Test\x07shire", 1, ["U+0007", "not YAML"], id="control"),
        pytest.param("rule: relative", f"rule: {'[' * 30}", 3, ["20 deep"], id="deep"),
        pytest.param("name: T", "[a]: b\nname: T", 1, ["not a text"], id="list-as-key"),
        pytest.param("name: T", "2: b\nname: T", 1, ["`2`"], id="number-as-key"),
        pytest.param("days: 10", f"days: {'9' * 5000}", 4, ["whole number"], id="endless-number"),
    ],
)
def test_mistake_in_council_yaml(old: str, new: str, line: int, words: Sequence[str]) -> None:
    """A mistake in council.yaml is reported at its line with what to write."""
    assert_one_mistake(council_mistakes(changed(COUNCIL, old, new)), "council.yaml", line, words)


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        pytest.param(SOURCES, "sources: []", 1, ["a list", "at least 1"], id="no-sources"),
        pytest.param("kind: csv", "kind: xml", 5, ["`xml`", "excel, sql or"], id="alien-kind"),
        pytest.param("code: children", "code: adults", 8, ["line 2"], id="repeated-source"),
        pytest.param("code: children", "code: Children", 8, ["such as adults_"], id="bad-code"),
        pytest.param("name: Children", "name: ''", 9, ["`source_name` is empty"], id="no-name"),
        pytest.param("{quarter}", "now", 6, ["same file every quarter", "Put"], id="no-quarter"),
        pytest.param(
            "{quarter}", "{year}", 6, ["cannot stand", "Only {quarter}"], id="alien-field"
        ),
        pytest.param(
            "Value: value", "Value: figure", 7, ["or action_due"], id="alien-column-field"
        ),
        pytest.param("Value: value", "5: value", 7, ["`5`", "quotes"], id="heading-is-number"),
        pytest.param(
            "Value: value", "Val: value, V: value", 7, ["two headings"], id="two-headings"
        ),
        pytest.param(
            "Value: value",
            'Value: value}\n    wide: {quarters: "Q{number}"',
            8,
            ["`quarters` is not known", "Did you mean `quarter`?"],
            id="misspelt-part-of-layout",
        ),
        pytest.param(
            "Value: value",
            'Value: value}\n    blocks: {title: "KPI"',
            8,
            ["`title`", "does not say where the reference stands", "Put {kpi_ref} into it"],
            id="title-without-reference",
        ),
        pytest.param("sql/children.sql", '"x\\0y"', 13, ["U+0000"], id="nul-in-query"),
        pytest.param("    kind: sql\n", "    kind: sql\n    sheet: A\n", 12, ["url"], id="sheet"),
        pytest.param("    url:", "    url_env: DB\n    url:", 8, ["Give one of"], id="two-urls"),
        pytest.param(
            "  - source_code: adults",
            "  - 5\n  - source_code: adults",
            2,
            ["Entry 1 is `5`", "keys"],
            id="no-entry",
        ),
    ],
)
def test_mistake_in_sources_yaml(old: str, new: str, line: int, words: Sequence[str]) -> None:
    """A mistake in sources.yaml is reported at its line with what to write."""
    assert_one_mistake(source_mistakes(changed(SOURCES, old, new)), "sources.yaml", line, words)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        pytest.param("", 0, ["The file is empty", "keys"], id="empty"),
        pytest.param("# only a comment\n", 0, ["The file is empty"], id="comment"),
        pytest.param("- a\n- b\n", 0, ["The file holds a list"], id="list"),
        pytest.param("just a text", 0, ["The file is `just a text`"], id="text"),
    ],
)
def test_file_that_is_no_mapping(text: str, line: int, words: Sequence[str]) -> None:
    """A file without keys at all is one mistake of the file as a whole."""
    assert_one_mistake(council_mistakes(text), "council.yaml", line, words)


def test_file_in_another_encoding() -> None:
    """The first byte that is not UTF-8 is named, with its line."""
    content = COUNCIL.replace("days: 10", "days: 10 # caf\u00e9").encode("cp1252")
    mistakes = checked_council(read_yaml("council.yaml", content))[1]
    assert_one_mistake(mistakes, "council.yaml", 4, ["0xe9", "Save the file as UTF-8"])


def test_byte_order_mark_is_passed_over() -> None:
    """A file that an editor began with a byte order mark is read like any other."""
    assert not checked_council(read_yaml("council.yaml", COUNCIL.encode("utf-8-sig")))[1]


def test_alias_bomb_is_refused_at_once() -> None:
    """Ten levels of nine aliases each are refused, line by line, without being expanded."""
    levels = ["a0: &a0 [x]"] + [
        f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]" for level in range(1, 11)
    ]
    start = time.perf_counter()
    mistakes = council_mistakes(COUNCIL + "\n".join(levels))
    assert time.perf_counter() - start < 1
    aliases = [mistake.line for mistake in mistakes if "alias" in mistake.found]
    assert sorted(set(aliases)) == list(range(15, 25))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        pytest.param("yes", "yes", id="yes-is-a-text"),
        pytest.param("2023-04-01", "2023-04-01", id="date-is-a-text"),
        pytest.param("'5'", "5", id="quoted-number"),
        pytest.param("0o17", 15, id="octal"),
        pytest.param("~", None, id="null"),
        pytest.param("true", True, id="true"),
    ],
)
def test_yaml_1_2_scalars(written: str, read: object) -> None:
    """Words are read by YAML 1.2: only true and false are booleans, and dates are texts."""
    assert read_yaml("x.yaml", f"key: {written}".encode()).data == {"key": read}


def test_several_mistakes_are_reported_at_once() -> None:
    """Mistakes of YAML and of content are reported together."""
    text = changed(COUNCIL, "rule: relative", "rule: &a relative")
    text = changed(text, "days: 10", "days: 0")
    text = changed(text, "amber_pct: 10", "amber_pct: none")
    assert sorted(mistake.line for mistake in council_mistakes(text)) == [3, 4, 9]
