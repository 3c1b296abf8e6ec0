"""A landed return read by its kind's two readers: what the reading process does for each question.

Everything that parses what somebody sent is called from here, and this is called from nowhere but
`reading_process`.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from perf_pipeline.errors import ReturnError
from perf_pipeline.rules import ReturnFault
from perf_pipeline.source_entries import CsvEntry, ExcelEntry, JsonEntry, Source
from perf_pipeline.sources.annotations import CellNote, annotate, is_xlsx
from perf_pipeline.sources.csv_files import count_csv, read_csv
from perf_pipeline.sources.excel_files import count_excel, read_excel
from perf_pipeline.sources.json_documents import count_records, next_page, read_records
from perf_pipeline.sources.questions import (
    REPORT,
    Answer,
    Question,
    Refusal,
    Task,
    too_much_memory,
)
from perf_pipeline.sources.rows import ParsedReturn, checked_for_data
from perf_pipeline.sources.sql_results import count_result, read_result
from perf_pipeline.sources.template_marks import as_sent, read_mark
from perf_pipeline.sources.wording import ReturnPlace, quoted, reason


def answer(question: Question) -> Answer:
    """Do what is asked; whatever goes wrong becomes a refusal in words."""
    if question.entry is None:
        return _without_entry(question)
    place = question.place(question.entry)
    try:
        entry, place = as_sent(question.entry, question.path, place)
        return _TASKS[question.task](entry, question.path, place)
    except ReturnError as error:
        refused = error
    except MemoryError:
        refused = too_much_memory(place)
    except BaseException as error:  # noqa: BLE001 - a reader in Rust raises past Exception
        found = f"The file upset its reader ({type(error).__name__}: {quoted(reason(error))})."
        refused = place.error(found, REPORT, ReturnFault.READER_ENDED)
    return Answer(refusal=Refusal(str(refused), ReturnFault(refused.reason_code)))


def _without_entry(question: Question) -> Answer:
    if question.task is Task.MARK:
        return Answer(mark=read_mark(question.path))
    if question.task is Task.KIND:
        return Answer(is_xlsx=is_xlsx(question.path))
    annotate(question.path, question.folder, (CellNote(*note) for note in question.notes))
    return Answer(is_annotated=True)


def _read(entry: Source, path: Path, place: ReturnPlace) -> Answer:
    parsed = checked_for_data(_parsed(entry, path, place), place)
    return Answer(parsed=parsed, counted_count=_counted(entry, path, place))


def _count(entry: Source, path: Path, place: ReturnPlace) -> Answer:
    return Answer(counted_count=_counted(entry, path, place))


def _next_page(entry: Source, path: Path, place: ReturnPlace) -> Answer:
    return Answer(next_page=next_page(path.read_bytes(), getattr(entry, "next_path", None), place))


_TASKS: Mapping[Task, Callable[[Source, Path, ReturnPlace], Answer]] = {
    Task.READ: _read,
    Task.COUNT: _count,
    Task.NEXT_PAGE: _next_page,
}


def _parsed(entry: Source, path: Path, place: ReturnPlace) -> ParsedReturn:
    if isinstance(entry, ExcelEntry):
        return read_excel(path, entry, place)
    content = path.read_bytes()
    if isinstance(entry, CsvEntry):
        return read_csv(content, entry, place)
    if isinstance(entry, JsonEntry):
        return read_records(content, entry, place)
    return read_result(content, place)


def _counted(entry: Source, path: Path, place: ReturnPlace) -> int:
    if isinstance(entry, ExcelEntry):
        return count_excel(path, entry, place)
    content = path.read_bytes()
    if isinstance(entry, CsvEntry):
        return count_csv(content, entry, place)
    if isinstance(entry, JsonEntry):
        return count_records(content, entry, place)
    return count_result(content)
