"""The corpus of malformed and hostile files: each, or its row, is refused for the stated reason."""

import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

import pandas as pd
import pytest
from pydantic import TypeAdapter

from perf_pipeline.errors import ReturnError
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import ReturnFault, RowKind
from perf_pipeline.schemas import register, stages
from perf_pipeline.source_entries import Source
from perf_pipeline.sources import Landing, confined, extract
from perf_pipeline.sources.confined import Ending, ReadingProcess, read_confined
from perf_pipeline.sources.wording import ReturnPlace
from perf_pipeline.validate import (
    Expectations,
    accepted_outturns,
    check_rows,
    count_mismatch,
    ledger_imbalance,
    rejected_rows,
    return_ledger,
)
from perf_pipeline_tests.corpus.cases import QUERY, SOURCE, Case, Refused, Rows
from perf_pipeline_tests.corpus.databases import sql_cases
from perf_pipeline_tests.corpus.documents import json_cases, ods_cases
from perf_pipeline_tests.corpus.hostile_workbooks import SLIP, hostile_cases
from perf_pipeline_tests.corpus.layouts import layout_cases
from perf_pipeline_tests.corpus.makers import (
    GOOD,
    HEADINGS,
    csv,
    database,
    ods,
    record,
    records,
    xlsx,
)
from perf_pipeline_tests.corpus.text_files import text_cases
from perf_pipeline_tests.corpus.values import value_cases
from perf_pipeline_tests.corpus.workbooks import workbook_cases
from perf_pipeline_tests.unit.builders import KPI, builder

QUARTER = Quarter(2023, 1)
CASES = list(
    chain(
        value_cases(),
        text_cases(),
        workbook_cases(),
        hostile_cases(),
        ods_cases(),
        json_cases(),
        sql_cases(),
        layout_cases(),
    )
)
MOST_SECONDS = 10
MOST_BYTES = 500_000_000
_FACTS = {
    "source_code": SOURCE,
    "source_name": "Adults Services",
    "contact_role": "Adults performance lead",
    "columns": dict(zip(HEADINGS, ("kpi_ref", "value", "commentary"), strict=True)),
}
_KINDS = {"csv": "csv", "xlsx": "excel", "ods": "excel", "json": "json_api", "sql": "sql"}
_ENTRY: TypeAdapter[Source] = TypeAdapter(Source)
_NUMBER = {"unit_code": "number", "maximum_value": None, "minimum_value": None}
_KPIS = (
    {},
    {"kpi_ref": "ADS-02", "is_due": False} | _NUMBER,
    {"kpi_ref": "ADS-03"} | _NUMBER | {"unit_code": "gbp"},
    {"kpi_ref": "ADS-04"} | _NUMBER,
    {"kpi_ref": "ADS-05"} | _NUMBER,
    {"kpi_ref": "ADS-06", "rule_kind_code": "judgement"} | _NUMBER,
    {"kpi_ref": "ADS-07", "arrears_quarter_count": 1} | _NUMBER,
    {"kpi_ref": "CHD-01", "source_code": "children"},
)
_OLD = {"OLD-01": ["ADS-04", "ADS-05"], "OLD-02": ["ADS-04"], "OLD-03": ["ADS-04"]}


class Watched(ReadingProcess):
    """The reading process, with how each of its children ended."""

    def __init__(self) -> None:
        super().__init__()
        self.endings: list[Ending] = []

    def ask(self, question: bytes) -> tuple[bytes, Ending]:
        """Ask as ever, and keep the ending."""
        answer, ending = super().ask(question)
        self.endings.append(ending)
        return answer, ending


@dataclass
class Tried:
    """What became of one file.

    Attributes:
        case: The file.
        found: What was otherwise than expected, in words.
        crash: What was raised that is no `ReturnError`.
        is_silent: True where nothing was refused or rejected although something should have been.
        unaccounted_count: Rows that a person counts and the ledger does not, or the reverse.
        cpu_seconds: Processor time of its children, what a busy machine does not change.
        peak_bytes: The largest resident set of a child.
    """

    case: Case
    found: list[str] = field(default_factory=list)
    crash: str = ""
    is_silent: bool = False
    unaccounted_count: int = 0
    cpu_seconds: float = 0.0
    peak_bytes: int = 0

    @property
    def name(self) -> str:
        """Kind and name."""
        return f"{self.case.kind}/{self.case.name}"


@pytest.fixture(scope="module")
def expected() -> Expectations:
    """What rows are checked against: a percentage, a count, pounds, one that is not due."""
    kpis = builder(stages.KpisInForce, KPI)(*_KPIS)
    known = pd.Series([*kpis["kpi_ref"], *_OLD, "ADS-99"])
    breakdown = {
        "breakdown_type_code": "sex",
        "breakdown_category_code": "F",
        "breakdown_category_name": "Female",
        "display_order": 1,
    }
    breakdowns = builder(register.Breakdowns, breakdown)({}, {"breakdown_category_code": "M"})
    return Expectations.of(
        SOURCE,
        QUARTER,
        kpis,
        known,
        breakdowns,
        None,
        successors=_OLD,
        mergers={"OLD-02": ["OLD-03"], "OLD-03": ["OLD-02"]},
    )


@pytest.fixture(scope="module")
def tried(
    expected: Expectations, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Tried]]:
    """Every file of the corpus, tried once in the way that a run takes."""
    process = Watched()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(confined, "READING_PROCESS", process)
        folder = tmp_path_factory.mktemp("corpus")
        yield [_tried(case, folder, expected, process) for case in CASES]
    process.close()


def _tried(case: Case, folder: Path, expected: Expectations, process: Watched) -> Tried:
    result = Tried(case)
    content = case.make()
    process.endings.clear()
    try:
        rows = _extracted(case, content, folder)
        _judge_rows(result, rows, check_rows(rows, expected), expected)
    except ReturnError as error:
        _judge_refusal(result, error)
    except Exception as error:  # noqa: BLE001 - a crash is what the corpus looks for
        result.crash = f"{type(error).__name__}: {str(error)[:200]}"
    result.cpu_seconds = max((ending.cpu_seconds for ending in process.endings), default=0.0)
    result.peak_bytes = max((ending.peak_bytes for ending in process.endings), default=0)
    return result


def _entry(case: Case) -> Source:
    where: dict[str, object] = {"location": "{quarter}"}
    if case.kind == "sql":
        where = {"query": "query.sql", "url": "sqlite:///{council}/2023-24-Q1"}
    if _KINDS[case.kind] == "excel":
        where["sheet"] = "Return"
    return _ENTRY.validate_python({**_FACTS, "kind": _KINDS[case.kind], **where, **case.entry})


def _dropped(folder: Path, content: bytes) -> Path:
    """Put a file where the source's entry says, with the query of a database's entry."""
    (folder / QUARTER.key).write_bytes(content)
    (folder / "query.sql").write_text(QUERY)
    return folder


def _extracted(case: Case, content: bytes, folder: Path) -> pd.DataFrame:
    _dropped(folder, content)
    if case.kind == "landed":
        entry = _entry(replace(case, kind="sql"))
        read_confined(entry, folder / QUARTER.key, ReturnPlace(entry, "landed", QUARTER))
    return extract(_entry(case), QUARTER, folder, Landing(folder / "landing"))


def _judge_refusal(result: Tried, error: ReturnError) -> None:
    wanted = result.case.expected
    if not isinstance(wanted, Refused) or error.reason_code != wanted.code:
        result.found.append(f"refused as {error.reason_code}: {error}")
        return
    result.found += [f"no {word!r} in: {error}" for word in wanted.words if word not in str(error)]
    if "Ask: Adults performance lead." not in str(error):
        result.found.append(f"nobody to ask: {error}")


def _judge_rows(
    result: Tried, rows: pd.DataFrame, checked: pd.DataFrame, expected: Expectations
) -> None:
    wanted = result.case.expected
    accepted, rejected = accepted_outturns(checked), rejected_rows(checked)
    reasons = tuple(rejected["outcome_reason_code"])
    result.is_silent = not reasons and not result.case.is_harmless
    if not isinstance(wanted, Rows):
        result.found.append(f"read, with {len(accepted)} accepted and rejected {reasons}")
        return
    if reasons != tuple(wanted.rejected):
        result.found.append(f"rejected {reasons}")
    figures = dict(zip(accepted["kpi_ref"], accepted["outturn_value"], strict=True))
    if len(accepted) != len(figures) or figures != wanted.accepted:
        result.found.append(f"accepted {figures}")
    told = " ".join(rejected["outcome_text"])
    result.found += [f"no {word!r} in: {told}" for word in wanted.words if word not in told]
    result.unaccounted_count = _unaccounted(rows, checked, wanted, expected)


def _unaccounted(
    rows: pd.DataFrame, checked: pd.DataFrame, wanted: Rows, expected: Expectations
) -> int:
    """Hold the ledger against what a person counts, and against the second reader."""
    ledger = return_ledger(rows, checked, expected.source_code, expected.quarter)
    if ledger_imbalance(ledger) or count_mismatch(rows):
        return len(rows)
    filled = int((rows["row_kind_code"] != RowKind.BLANK).sum())
    outcomes = Counter(checked["row_outcome_code"])
    off = abs(filled - wanted.filled_count)
    return off + abs(len(rows) - sum(outcomes.values()))


def test_corpus(tried: list[Tried], capsys: pytest.CaptureFixture[str]) -> None:
    """Every file has the stated outcome: no crash, nothing accepted silently, no row lost."""
    slowest = max(tried, key=lambda each: each.cpu_seconds)
    largest = max(tried, key=lambda each: each.peak_bytes)
    as_expected = [each for each in tried if not each.found and not each.crash]
    crashes = [f"{each.name}: {each.crash}" for each in tried if each.crash]
    silent = [each.name for each in tried if each.is_silent]
    unaccounted = {each.name: each.unaccounted_count for each in tried if each.unaccounted_count}
    harmless = sum(each.case.is_harmless for each in tried)
    with capsys.disabled():
        print(  # noqa: T201 - the corpus's figures are what issue and README quote
            f"\n{len(tried)} tried, {len(as_expected)} with the expected reason code "
            f"({harmless} of them harmless, and read rightly), {len(crashes)} crashes, "
            f"{len(silent)} accepted silently, {sum(unaccounted.values())} rows unaccounted for; "
            f"slowest {slowest.cpu_seconds:.1f} s of processor time ({slowest.name}), "
            f"most memory {largest.peak_bytes / 1e6:.0f} MB ({largest.name})"
        )
    assert not {each.name: each.found for each in tried if each.found}
    assert not crashes
    assert not silent
    assert not unaccounted
    assert slowest.cpu_seconds <= MOST_SECONDS
    assert largest.peak_bytes <= MOST_BYTES
    assert not Path(tempfile.gettempdir(), SLIP).exists()


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("csv", csv(GOOD)),
        ("xlsx", xlsx(GOOD)),
        ("ods", ods(GOOD)),
        ("json", records(record())),
        ("sql", database(GOOD)),
    ],
)
def test_files_without_a_fault_are_read(
    tmp_path: Path, expected: Expectations, kind: str, content: bytes
) -> None:
    """What the corpus breaks is whole before: each maker's file is read, figure and all."""
    rows = extract(
        _entry(Case("", kind, bytes, Rows())),
        QUARTER,
        _dropped(tmp_path, content),
        Landing(tmp_path),
    )
    accepted = accepted_outturns(check_rows(rows, expected))
    assert list(zip(accepted["kpi_ref"], accepted["outturn_value"], strict=True)) == [("ADS-05", 7)]


def test_corpus_is_large_and_of_every_kind() -> None:
    """There are at least 150 different files, at least ten of every kind of source."""
    names = {(case.kind, case.name) for case in CASES}
    assert len(names) == len(CASES) >= 150
    kinds = Counter(case.kind for case in CASES)
    assert all(kinds[kind] >= 10 for kind in _KINDS)


def test_corpus_has_every_fault_of_a_file() -> None:
    """Every code of a refusal is in the corpus, but for those that no file's content causes."""
    of_places = {
        ReturnFault.PAGING,
        ReturnFault.STILL_WRITTEN,
        ReturnFault.NOT_A_FILE,
        ReturnFault.OUTSIDE_FOLDER,
        ReturnFault.UNREADABLE,
        ReturnFault.ACCESS_REFUSED,
        ReturnFault.NOT_INSTALLED,
        ReturnFault.NOT_KEPT,
        ReturnFault.PIPELINE,
    }
    tried = {case.expected.code for case in CASES if isinstance(case.expected, Refused)}
    assert set(ReturnFault) - tried == of_places
