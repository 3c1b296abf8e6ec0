"""Reads every file of a council folder once, and gathers the mistakes of all of them."""

import datetime as dt
import json
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from zoneinfo import ZoneInfo

from perf_pipeline.council.acceptance_checks import acceptance_mistakes
from perf_pipeline.council.alias_checks import alias_mistakes
from perf_pipeline.council.checks import register_mistakes, unknown_names
from perf_pipeline.council.declared_rules import DeclaredRules
from perf_pipeline.council.files import digest, read_files
from perf_pipeline.council.kpi_checks import arrears_mistakes, kpi_mistakes
from perf_pipeline.council.register import (
    REGISTER,
    REQUIRED,
    RegisterTable,
    read_table,
    register_file,
)
from perf_pipeline.council.settings import (
    COUNCIL_FILE,
    SOURCES_FILE,
    CouncilSettings,
    SourcesSettings,
    checked_council,
    checked_sources,
    declared_excepted_kpis,
    declared_queries,
    declared_rule_names,
    declared_sources,
)
from perf_pipeline.council.small_number_checks import protected_breakdown_mistakes
from perf_pipeline.council.successor_checks import successor_mistakes
from perf_pipeline.council.target_checks import target_mistakes
from perf_pipeline.council.target_texts import with_texts_read
from perf_pipeline.council.timetable import TIMEZONE
from perf_pipeline.council.wording import nearest, quoted
from perf_pipeline.council.yaml_files import YamlFile, read_yaml
from perf_pipeline.errors import CouncilError, Mistake

_NOT_JUDGING = {
    SOURCES_FILE,
    *map(
        register_file,
        ("benchmarks", "in_development", "key_issue_notes", "receipts", "stated_counts"),
    ),
}
"""Files that say where returns are, or that nothing but the last step reads."""

_NOT_JUDGING_SECTIONS = {"schedule", "notify", "sign_off"}
"""Sections of `council.yaml` that change no figure: when things happen, who is told, who signs."""

_WHAT_FILES_HOLD = {
    COUNCIL_FILE: "the council's name, first quarter, deadline and rating rules",
    SOURCES_FILE: "an entry for each source of returns",
}


@dataclass(frozen=True)
class FolderParts:
    """What a council folder without mistakes holds.

    Attributes:
        settings: `council.yaml`.
        sources: `sources.yaml`.
        tables: The register's tables, by name.
        sha256: Digest over the names and bytes of all files that were read.
        judging_sha256: The same over those by which outturns are read, compared and rated.
    """

    settings: CouncilSettings
    sources: SourcesSettings
    tables: Mapping[str, RegisterTable]
    sha256: str
    judging_sha256: str


def read_folder(folder: Path) -> FolderParts:
    """Read a council folder that is there.

    Raises:
        CouncilError: The folder has mistakes; all of them are in it.
    """
    names = [COUNCIL_FILE, SOURCES_FILE, *map(register_file, REGISTER)]
    contents, unreadable = read_files(folder, names)
    council_file = read_yaml(COUNCIL_FILE, contents.get(COUNCIL_FILE))
    sources_file = read_yaml(SOURCES_FILE, contents.get(SOURCES_FILE))
    tables = {name: read_table(name, contents.get(register_file(name))) for name in REGISTER}
    tables["targets"] = with_texts_read(tables["targets"], tables["kpis"])
    queries, query_mistakes = _read_queries(folder, sources_file)
    settings, council_mistakes = checked_council(council_file)
    sources, source_mistakes = checked_sources(sources_file)
    mistakes = {
        *unreadable,
        *_missing_files({*contents, *(mistake.file for mistake in unreadable)}),
        *_unknown_files(folder),
        *council_mistakes,
        *source_mistakes,
        *query_mistakes,
        *(mistake for table in tables.values() for mistake in table.mistakes),
        *register_mistakes(tables),
        *alias_mistakes(tables),
        *successor_mistakes(tables),
        *acceptance_mistakes(tables["accepted_rows"], _today()),
        *arrears_mistakes(tables["kpis"], tables["series_breaks"]),
        *_settings_references(tables, council_file, sources_file),
    }
    if mistakes or settings is None or sources is None:
        raise CouncilError(list(mistakes))
    return FolderParts(
        settings,
        sources,
        tables,
        digest({**contents, **queries}),
        _judging_digest(contents, council_file),
    )


def _judging_digest(contents: Mapping[str, bytes], council_file: YamlFile) -> str:
    """Digest what outturns are judged by; of `council.yaml` what it says, not its layout."""
    sections = {
        name: value
        for name, value in council_file.data.items()
        if name not in _NOT_JUDGING_SECTIONS
    }
    judging = {name: contents[name] for name in contents if name not in _NOT_JUDGING}
    return digest({**judging, COUNCIL_FILE: json.dumps(sections).encode()})


def _today() -> dt.date:
    """Return the day where the council is."""
    return dt.datetime.now(ZoneInfo(TIMEZONE)).date()


def _read_queries(folder: Path, sources_file: YamlFile) -> tuple[dict[str, bytes], list[Mistake]]:
    """Read the query files that sources name, each relative to the council folder."""
    lines = declared_queries(sources_file)
    absolute = [name for name in lines if PurePath(name).is_absolute()]
    contents, mistakes = read_files(folder, [name for name in lines if name not in absolute])
    unreadable = {mistake.file for mistake in mistakes}
    for name in lines.keys() - contents.keys() - unreadable:
        reason = "is not relative" if name in absolute else "does not exist"
        mistakes.append(
            Mistake(
                SOURCES_FILE,
                lines[name],
                f"The query file {quoted(name)} {reason}.",
                "Write the file's path relative to the council folder.",
            )
        )
    return contents, mistakes


def _missing_files(there: Container[str]) -> Iterator[Mistake]:
    """Find required files that are not there."""
    for name in (COUNCIL_FILE, SOURCES_FILE):
        if name not in there:
            remedy = f"Write it: {_WHAT_FILES_HOLD[name]}."
            yield Mistake(name, 0, "There is no such file.", remedy)
    for table in REQUIRED:
        name = register_file(table)
        if name not in there:
            headings = ",".join(REGISTER[table].to_schema().columns)
            remedy = f"Write it with the headings {headings}."
            yield Mistake(name, 0, "There is no such file.", remedy)


def _unknown_files(folder: Path) -> Iterator[Mistake]:
    """Find files of the register that nothing would read, such as a misspelt one."""
    for path in (folder / "register").glob("*.csv"):
        if path.stem not in REGISTER:
            near = nearest(path.stem, REGISTER)
            remedy = f"Did you mean `{near}.csv`?" if near else "Move it out of register/."
            yield Mistake(register_file(path.stem), 0, "Nothing reads this file.", remedy)


def _settings_references(
    tables: Mapping[str, RegisterTable], council_file: YamlFile, sources_file: YamlFile
) -> Iterator[Mistake]:
    """Check the register against what the two YAML files name, as far as they could be read."""
    sources, names = declared_sources(sources_file), declared_rule_names(council_file)
    if sources:
        for name in ("kpis", "receipts", "accepted_rows"):
            yield from unknown_names(tables[name], "source_code", sources, SOURCES_FILE)
    if names:
        yield from unknown_names(tables["kpis"], "rule_name", names, COUNCIL_FILE)
    yield from _unknown_excepted_kpis(tables["kpis"], council_file)
    yield from protected_breakdown_mistakes(tables["breakdowns"], council_file)
    rules = DeclaredRules.of(council_file)
    yield from kpi_mistakes(tables["kpis"], rules)
    yield from target_mistakes(tables["targets"], tables["kpis"], rules)


def _unknown_excepted_kpis(kpis: RegisterTable, council_file: YamlFile) -> Iterator[Mistake]:
    """Find KPIs left out of `group_differences` that the register does not have."""
    known = {row["kpi_ref"] for row in kpis.rows}
    for ref, line in declared_excepted_kpis(council_file).items():
        if known and ref not in known:
            near = nearest(ref, known)
            remedy = f"Did you mean {quoted(near)}?" if near else "Delete it."
            found = f"The KPI {quoted(ref)} is not in {kpis.file}."
            yield Mistake(COUNCIL_FILE, line, found, remedy)
