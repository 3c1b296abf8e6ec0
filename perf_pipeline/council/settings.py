"""`council.yaml` and `sources.yaml`: what they may hold, and reading them."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, Field, ValidationError

from perf_pipeline.council.council_sections import (
    BenchmarksEntries,
    BenchmarksEntry,
    ComparisonEntries,
    ComparisonEntry,
    GroupDifferencesEntry,
    PlausibilityEntry,
    SchemeEntry,
    SmallNumbersEntries,
    SmallNumbersEntry,
    dated_section_mistakes,
    scheme_mistakes,
)
from perf_pipeline.council.default_rules import DefaultRuleEntries, default_rule_mistakes
from perf_pipeline.council.entries import Entry, QuarterKey
from perf_pipeline.council.model_faults import model_mistakes
from perf_pipeline.council.rule_entries import RuleEntry, kinds_of
from perf_pipeline.council.schedule_section import (
    Addresses,
    ScheduleEntry,
    schedule_mistakes,
)
from perf_pipeline.council.wording import Fault, quoted
from perf_pipeline.council.yaml_files import YamlFile
from perf_pipeline.disaggregated_entries import DisaggregatedEntry
from perf_pipeline.errors import Mistake
from perf_pipeline.source_entries import Source

COUNCIL_FILE = "council.yaml"
SOURCES_FILE = "sources.yaml"

_SOURCES = "sources"
_DISAGGREGATED = "disaggregated"

_LONGEST_DEADLINE_DAYS = 60
"""A return due later than this would come in the next quarter."""


def _each_once(roles: tuple[str, ...]) -> tuple[str, ...]:
    twice = sorted({role for role in roles if roles.count(role) > 1})
    if twice:
        raise ValueError(f"{', '.join(twice)} is there twice: name each role once")
    return roles


RoleName = Annotated[str, Field(min_length=1, max_length=120)]
"""A role that signs, never a person's name."""


class CouncilSettings(Entry):
    """What `council.yaml` holds.

    Attributes:
        name: The council's name.
        first_quarter: First quarter that the pipeline reports.
        default_rule: Rules of the KPIs that name none, each with its quarters.
        return_deadline_working_days: A return is due by that many working days after the quarter.
        rules: Rating rules by name.
        scheme: How ratings are printed.
        comparison: How figures are compared with earlier ones, in which quarters.
        benchmarks: Within which difference a figure is similar to a benchmark, in which quarters.
        plausibility: Beyond what a figure is questioned.
        group_differences: Which differences between groups are said to be more than chance.
        small_numbers: Which counts of people are too small to be shown, in which quarters.
        sign_off: Roles that sign a draft before it is released; none where it is released at once.
        schedule: When a quarter's run is proposed, and how its returns are watched for.
        notify: Addresses that are told when a run fails or returns are missing.
    """

    name: Annotated[str, Field(min_length=1, max_length=120)]
    first_quarter: QuarterKey
    default_rule: DefaultRuleEntries
    return_deadline_working_days: Annotated[
        int, Field(strict=True, ge=1, le=_LONGEST_DEADLINE_DAYS)
    ]
    rules: Annotated[
        Mapping[Annotated[str, Field(min_length=1, max_length=40)], RuleEntry],
        Field(min_length=1),
    ]
    scheme: SchemeEntry = SchemeEntry()
    comparison: ComparisonEntries = (ComparisonEntry(),)
    benchmarks: BenchmarksEntries = (BenchmarksEntry(),)
    plausibility: PlausibilityEntry = PlausibilityEntry()
    group_differences: GroupDifferencesEntry = GroupDifferencesEntry()
    small_numbers: SmallNumbersEntries = (SmallNumbersEntry(),)
    sign_off: Annotated[tuple[RoleName, ...], AfterValidator(_each_once)] = ()
    schedule: ScheduleEntry = ScheduleEntry()
    notify: Addresses = ()


class SourcesSettings(Entry):
    """What `sources.yaml` holds: one entry a source, and one a system with disaggregated files."""

    sources: Annotated[list[Source], Field(min_length=1)]
    disaggregated: tuple[DisaggregatedEntry, ...] = ()


_Settings = TypeVar("_Settings", bound=BaseModel)


def checked_council(file: YamlFile) -> tuple[CouncilSettings | None, list[Mistake]]:
    """Check `council.yaml`; the settings are None where there are mistakes."""
    settings, mistakes = _checked(file, CouncilSettings, kinds_of(RuleEntry))
    rules = declared_rule_names(file)
    return settings, [
        *mistakes,
        *default_rule_mistakes(file, rules),
        *scheme_mistakes(file),
        *dated_section_mistakes(file),
        *schedule_mistakes(file),
    ]


def checked_sources(file: YamlFile) -> tuple[SourcesSettings | None, list[Mistake]]:
    """Check `sources.yaml`; the settings are None where there are mistakes."""
    settings, mistakes = _checked(file, SourcesSettings, kinds_of(Source))
    return settings, [*mistakes, *_repeated_sources(file)]


def declared_rule_names(file: YamlFile) -> list[str]:
    """Return the names of the rules as far as can be told, whatever else is wrong."""
    rules = file.under("rules")
    return [str(name) for name in rules] if isinstance(rules, dict) else []


def declared_excepted_kpis(file: YamlFile) -> dict[str, int]:
    """Return the line of each KPI that `group_differences` leaves out, as far as can be told."""
    section = file.under("group_differences")
    refs = section.get("except_kpis") if isinstance(section, dict) else None
    return {
        ref: file.line_of(("group_differences", "except_kpis", place))
        for place, ref in enumerate(refs if isinstance(refs, list) else ())
        if isinstance(ref, str)
    }


def declared_sources(file: YamlFile) -> dict[str, int]:
    """Return the line of each source by code as far as can be told, whatever else is wrong."""
    return _declared(file, _SOURCES)


def _declared(file: YamlFile, section: str) -> dict[str, int]:
    return {
        str(entry["source_code"]): file.line_of((section, place, "source_code"))
        for place, entry in reversed(_entries(file, section))
        if "source_code" in entry
    }


def declared_queries(file: YamlFile) -> dict[str, int]:
    """Return the line of each query file that a source names, by name."""
    return {
        entry["query"]: file.line_of(("sources", place, "query"))
        for place, entry in reversed(_entries(file, _SOURCES))
        if entry.get("kind") == "sql" and isinstance(entry.get("query"), str) and entry["query"]
    }


def _checked(
    file: YamlFile, model: type[_Settings], kinds: Mapping[str, type[BaseModel]]
) -> tuple[_Settings | None, list[Mistake]]:
    if not file.is_whole:
        return None, list(file.mistakes)
    try:
        settings = model.model_validate(file.data)
    except ValidationError as error:
        refused = {mistake.line for mistake in file.mistakes}
        found = model_mistakes(error, file, model, kinds)
        return None, [*file.mistakes, *(each for each in found if each.line not in refused)]
    return settings, list(file.mistakes)


def _repeated_sources(file: YamlFile) -> Iterator[Mistake]:
    first_lines = {**_declared(file, _DISAGGREGATED), **declared_sources(file)}
    for section in (_SOURCES, _DISAGGREGATED):
        yield from _repeated_in(file, section, first_lines)


def _repeated_in(file: YamlFile, section: str, first_lines: Mapping[str, int]) -> Iterator[Mistake]:
    for place, entry in _entries(file, section):
        code = str(entry.get("source_code"))
        line = file.line_of((section, place, "source_code"))
        first = first_lines.get(code, line)
        if line != first:
            yield Fault(
                f"The source_code {quoted(code)} is used already, on line {first}.",
                "Give each source a code of its own.",
            ).at(file.name, line)


def _entries(file: YamlFile, section: str) -> list[tuple[int, dict[str, Any]]]:
    sources = file.under(section)
    numbered = enumerate(sources) if isinstance(sources, list) else ()
    return [(place, entry) for place, entry in numbered if isinstance(entry, dict)]
