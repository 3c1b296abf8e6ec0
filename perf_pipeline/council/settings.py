"""`council.yaml` and `sources.yaml`: what they may hold, and reading them."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationError,
    model_validator,
)

from perf_pipeline.council.model_faults import model_mistakes
from perf_pipeline.council.wording import Fault, either, quoted
from perf_pipeline.council.yaml_files import YamlFile
from perf_pipeline.errors import Mistake
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import Rule, RuleKind
from perf_pipeline.source_entries import Source

COUNCIL_FILE = "council.yaml"
SOURCES_FILE = "sources.yaml"

_LONGEST_DEADLINE_DAYS = 60
"""A return due later than this would come in the next quarter."""


def _parsed_quarter(value: Any) -> Quarter:
    return Quarter.parse(str(value))


Tolerance = Annotated[Decimal, Field(ge=0, max_digits=15, allow_inf_nan=False)]
"""A tolerance of a rule, not negative."""

QuarterKey = Annotated[Quarter, PlainValidator(_parsed_quarter)]
"""A quarter written as its key."""


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RelativeToleranceEntry(_Entry):
    """A rule whose tolerances are percentages of the absolute target."""

    kind: Literal["tolerance_relative"]
    green_pct: Tolerance
    amber_pct: Tolerance

    @model_validator(mode="after")
    def _green_is_narrower(self) -> "RelativeToleranceEntry":
        if self.green_pct > self.amber_pct:
            raise ValueError("green_pct is more than amber_pct: make green_pct the smaller one")
        return self

    def rule(self, name: str) -> Rule:
        """Return the entry as the rule of a name."""
        return Rule(name, RuleKind.TOLERANCE_RELATIVE, self.green_pct, self.amber_pct)


class PointsToleranceEntry(_Entry):
    """A rule whose tolerances are in the KPI's own unit."""

    kind: Literal["tolerance_points"]
    green_points: Tolerance
    amber_points: Tolerance

    @model_validator(mode="after")
    def _green_is_narrower(self) -> "PointsToleranceEntry":
        if self.green_points > self.amber_points:
            raise ValueError(
                "green_points is more than amber_points: make green_points the smaller one"
            )
        return self

    def rule(self, name: str) -> Rule:
        """Return the entry as the rule of a name."""
        return Rule(name, RuleKind.TOLERANCE_POINTS, self.green_points, self.amber_points)


RuleEntry = Annotated[RelativeToleranceEntry | PointsToleranceEntry, Field(discriminator="kind")]
"""Any entry of `rules`, told apart by its `kind`."""


class CouncilSettings(_Entry):
    """What `council.yaml` holds.

    Attributes:
        name: The council's name.
        first_quarter: First quarter that the pipeline reports.
        default_rule: Rule of the KPIs that name none.
        return_deadline_working_days: A return is due by that many working days after the quarter.
        rules: Rating rules by name.
    """

    name: Annotated[str, Field(min_length=1, max_length=120)]
    first_quarter: QuarterKey
    default_rule: str
    return_deadline_working_days: Annotated[
        int, Field(strict=True, ge=1, le=_LONGEST_DEADLINE_DAYS)
    ]
    rules: Annotated[
        Mapping[Annotated[str, Field(min_length=1, max_length=40)], RuleEntry],
        Field(min_length=1),
    ]


class SourcesSettings(_Entry):
    """What `sources.yaml` holds: one entry a source."""

    sources: Annotated[list[Source], Field(min_length=1)]


_Settings = TypeVar("_Settings", bound=BaseModel)


def kinds_of(union: Any) -> dict[str, type[BaseModel]]:
    """Return the models of a discriminated union by their `kind`."""
    models = get_args(get_args(union)[0])
    return {get_args(model.model_fields["kind"].annotation)[0]: model for model in models}


def checked_council(file: YamlFile) -> tuple[CouncilSettings | None, list[Mistake]]:
    """Check `council.yaml`; the settings are None where there are mistakes."""
    settings, mistakes = _checked(file, CouncilSettings, kinds_of(RuleEntry))
    return settings, [*mistakes, *_unknown_default(file)]


def checked_sources(file: YamlFile) -> tuple[SourcesSettings | None, list[Mistake]]:
    """Check `sources.yaml`; the settings are None where there are mistakes."""
    settings, mistakes = _checked(file, SourcesSettings, kinds_of(Source))
    return settings, [*mistakes, *_repeated_sources(file)]


def default_rule(file: YamlFile) -> str | None:
    """Return the default rule's name if there is one, whatever else is wrong."""
    name = file.data.get("default_rule") if isinstance(file.data, dict) else None
    return name if isinstance(name, str) else None


def declared_rules(file: YamlFile) -> dict[str, Any]:
    """Return the kind of each rule by name as far as can be told, whatever else is wrong."""
    rules = file.data.get("rules") if isinstance(file.data, dict) else None
    entries = rules.items() if isinstance(rules, dict) else ()
    return {
        str(name): entry.get("kind") if isinstance(entry, dict) else None for name, entry in entries
    }


def declared_sources(file: YamlFile) -> dict[str, int]:
    """Return the line of each source by code as far as can be told, whatever else is wrong."""
    return {
        str(entry["source_code"]): file.line_of(("sources", place, "source_code"))
        for place, entry in reversed(_entries(file))
        if "source_code" in entry
    }


def declared_queries(file: YamlFile) -> dict[str, int]:
    """Return the line of each query file that a source names, by name."""
    return {
        entry["query"]: file.line_of(("sources", place, "query"))
        for place, entry in reversed(_entries(file))
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


def _unknown_default(file: YamlFile) -> Iterator[Mistake]:
    name, rules = default_rule(file), declared_rules(file)
    if name is not None and rules and name not in rules:
        yield Fault(
            f"`default_rule` is {quoted(name)}, which is not one of the rules.",
            f"Write {either(rules)}.",
        ).at(file.name, file.line_of(("default_rule",)))


def _repeated_sources(file: YamlFile) -> Iterator[Mistake]:
    first_lines = declared_sources(file)
    for place, entry in _entries(file):
        code = str(entry.get("source_code"))
        line = file.line_of(("sources", place, "source_code"))
        first = first_lines.get(code, line)
        if line != first:
            yield Fault(
                f"The source_code {quoted(code)} is used already, on line {first}.",
                "Give each source a code of its own.",
            ).at(file.name, line)


def _entries(file: YamlFile) -> list[tuple[int, dict[str, Any]]]:
    sources = file.data.get("sources") if isinstance(file.data, dict) else None
    numbered = enumerate(sources) if isinstance(sources, list) else ()
    return [(place, entry) for place, entry in numbered if isinstance(entry, dict)]
