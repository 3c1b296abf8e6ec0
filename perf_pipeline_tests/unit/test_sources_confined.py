"""Returns are read in a child process: what becomes of one that dies, hangs, swells or lies."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import psutil
import pytest
from pydantic import ValidationError

from perf_pipeline.errors import ReturnError
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import ReturnFault
from perf_pipeline.source_entries import CsvEntry, JsonEntry
from perf_pipeline.sources.confined import (
    READING_PROCESS,
    annotate_confined,
    begin_reading,
    count_confined,
    next_page_confined,
    read_confined,
)
from perf_pipeline.sources.questions import ANSWERS
from perf_pipeline.sources.wording import ReturnPlace
from perf_pipeline_tests.corpus.makers import GOOD, xlsx

FACTS = {
    "source_code": "housing",
    "source_name": "Housing",
    "contact_role": "Performance officer",
    "location": "{quarter}",
    "columns": {"Ref": "kpi_ref", "Value": "value"},
}
ENTRY = CsvEntry.model_validate(FACTS | {"kind": "csv"})
PLACE = ReturnPlace(ENTRY, "2023-24-Q1.csv", Quarter(2023, 1))
HONEST = b"Ref,Value\nA1,75%\n\nA2,3\n"


@pytest.fixture
def honest(tmp_path: Path) -> Path:
    """A return that can be read."""
    path = tmp_path / "honest"
    path.write_bytes(HONEST)
    return path


@pytest.fixture
def endless(tmp_path: Path) -> Iterator[Path]:
    """A copy whose reading never ends, since nobody writes to it."""
    path = tmp_path / "endless"
    os.mkfifo(path)
    kept_open = os.open(path, os.O_RDWR)
    yield path
    os.close(kept_open)


def reading_processes() -> list[psutil.Process]:
    """Return the reading processes of this process."""
    children = psutil.Process().children()
    return [child for child in children if "reading_process" in " ".join(child.cmdline())]


def while_reading(act: Callable[[psutil.Process], None]) -> threading.Thread:
    """Do something to the child that reads, as soon as there is one."""

    def wait_and_act() -> None:
        while not (found := [each for one in reading_processes() for each in one.children()]):
            time.sleep(0.01)
        act(found[0])

    thread = threading.Thread(target=wait_and_act)
    thread.start()
    return thread


def refusal(path: Path) -> ReturnError:
    """Return the error with which a landed copy is refused."""
    with pytest.raises(ReturnError) as caught:
        read_confined(ENTRY, path, PLACE)
    return caught.value


def test_rows_come_back_as_they_were_read(honest: Path) -> None:
    """Rows, kinds and the second reader's count are those of the readers."""
    parsed, counted = read_confined(ENTRY, honest, PLACE)
    assert [(row.number, row.kind, dict(row.texts)) for row in parsed.rows] == [
        (1, "heading", {}),
        (2, "data", {"kpi_ref": "A1", "value": "75%"}),
        (3, "blank", {}),
        (4, "data", {"kpi_ref": "A2", "value": "3"}),
    ]
    assert counted == count_confined(ENTRY, honest, PLACE) == 3


def test_error_of_a_reader_arrives_as_it_was(tmp_path: Path) -> None:
    """The child's refusal has its words and its code."""
    path = tmp_path / "landed"
    path.write_bytes(b"Ref,Wert\nA1,1\n")
    error = refusal(path)
    assert error.reason_code == ReturnFault.HEADING_MISSING
    assert str(error).startswith("Housing's return for Q1 2023/24 (2023-24-Q1.csv): The heading `V")


@pytest.mark.parametrize(
    ("number", "code", "words"),
    [
        (signal.SIGABRT, ReturnFault.READER_ENDED, "The file ended its reader (SIGABRT)."),
        (signal.SIGSEGV, ReturnFault.READER_ENDED, "The file ended its reader (SIGSEGV)."),
        (signal.SIGXCPU, ReturnFault.TOO_SLOW, "Reading it takes longer than 10 seconds."),
    ],
    ids=["abort", "crash", "processor-time"],
)
def test_child_that_dies(
    honest: Path, endless: Path, number: signal.Signals, code: ReturnFault, words: str
) -> None:
    """A reader's death is a sentence about the file, and the next return is read."""
    thread = while_reading(lambda child: child.send_signal(number))
    error = refusal(endless)
    thread.join()
    assert error.reason_code == code
    assert words in str(error)
    assert not error.is_transient
    assert read_confined(ENTRY, honest, PLACE)[1] == 3


def test_reading_process_that_is_gone(honest: Path, endless: Path) -> None:
    """Where the machine ends the reading process itself, that may pass, and a new one starts."""
    thread = while_reading(lambda child: child.parent().kill())
    error = refusal(endless)
    thread.join()
    assert error.is_transient
    assert "The process that reads returns has gone away." in str(error)
    assert read_confined(ENTRY, honest, PLACE)[1] == 3


def test_child_that_waits_for_ever(endless: Path) -> None:
    """A reader that takes no processor time is ended by the clock, which a busy machine may do."""
    started = time.monotonic()
    error = refusal(endless)
    assert error.reason_code == ReturnFault.TOO_SLOW
    assert error.is_transient
    assert "perhaps this machine is busy" in str(error)
    assert 19 < time.monotonic() - started < 30


def test_answer_that_is_none(honest: Path) -> None:
    """What is no question gets no answer, and nothing of it is run."""
    answer, ending = READING_PROCESS.ask(b"cos\nsystem\n(S'true'\ntR.")
    assert (answer, ending.signal_number, ending.is_overdue) == (b"", 0, False)
    assert read_confined(ENTRY, honest, PLACE)[1] == 3


@pytest.mark.parametrize(
    "forged",
    [
        b"",
        b"cos\nsystem\n(S'true'\ntR.",
        b"[]",
        b'{"parsed": {"rows": [{"number": "x", "kind": "data", "row_text": ""}]}}',
        b'{"parsed": {"rows": [{"number": 1, "kind": "script", "row_text": ""}]}}',
        b'{"parsed": {"rows": [{"number": 1, "kind": "data", "row_text": {}}]}}',
        b'{"refusal": {"text": "x", "reason_code": "unheard of"}}',
        b'{"parsed": {"rows": [',
    ],
    ids=["none", "pickle", "list", "number", "kind", "text", "code", "cut"],
)
def test_forged_answer(forged: bytes) -> None:
    """What a child that was taken over may send is an answer in every field, or none."""
    with pytest.raises(ValidationError):
        ANSWERS.validate_json(forged)


def test_lower_limit_of_the_machine(honest: Path) -> None:
    """Where the machine lets a process have less than the limits, less is what it has."""
    root = Path(__file__).resolve().parents[2]
    script = (
        "import resource, sys; sys.path.insert(0, sys.argv[2])\n"
        "from pathlib import Path\n"
        "resource.setrlimit(resource.RLIMIT_CPU, (8, 8))\n"
        "from perf_pipeline_tests.unit.test_sources_confined import ENTRY, PLACE, read_confined\n"
        "print(read_confined(ENTRY, Path(sys.argv[1]), PLACE)[1])\n"
    )
    command = [sys.executable, "-c", script, str(honest), str(root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "3\n"), done.stderr


def test_one_call_costs_little(honest: Path) -> None:
    """After the first return, each takes a small part of a second."""
    read_confined(ENTRY, honest, PLACE)
    started = time.process_time()
    for _ in range(10):
        read_confined(ENTRY, honest, PLACE)
    assert (time.process_time() - started) / 10 < 0.1
    assert len(reading_processes()) == 1


def begun_process() -> psutil.Process:
    """Begin reading anew, and return the process that was started."""
    READING_PROCESS.close()
    assert reading_processes() == []
    begin_reading()
    (process,) = reading_processes()
    return process


def test_process_that_was_begun_answers_the_first_question(honest: Path) -> None:
    """What was started ahead, once, is what reads; to begin again starts no other."""
    begun = begun_process()
    begin_reading()
    assert read_confined(ENTRY, honest, PLACE)[1] == 3
    assert reading_processes() == [begun]


def test_process_that_was_begun_and_killed_is_replaced(honest: Path) -> None:
    """One that is gone before the first question is replaced by that, and the return is read."""
    begun = begun_process()
    begun.kill()
    os.waitid(os.P_PID, begun.pid, os.WEXITED | os.WNOWAIT)
    assert read_confined(ENTRY, honest, PLACE)[1] == 3
    (process,) = reading_processes()
    assert process != begun


def test_threads_take_turns(honest: Path) -> None:
    """Several threads of one process are each answered."""
    counts: list[int] = []
    threads = [
        threading.Thread(target=lambda: counts.append(count_confined(ENTRY, honest, PLACE)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [3] * 8


def test_child_sees_no_secret(honest: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What this process's environment holds is out of reach of what is read."""
    READING_PROCESS.close()
    monkeypatch.setenv("PERF_PIPELINE_DATABASE_URL", "postgresql://user:canary@host/database")
    read_confined(ENTRY, honest, PLACE)
    (process,) = reading_processes()
    assert "canary" not in str(process.environ())


def test_next_page_is_read_in_the_child(tmp_path: Path) -> None:
    """A page of a JSON service is parsed like a return: a deep one is refused in words."""
    entry = JsonEntry.model_validate(FACTS | {"kind": "json_api", "next_path": "next"})
    page = tmp_path / "page"
    page.write_bytes(b'{"next": "?page=2", "items": []}')
    assert next_page_confined(entry, page, PLACE) == "?page=2"
    page.write_bytes(b"[" * 1_000_000)
    with pytest.raises(ReturnError) as caught:
        next_page_confined(entry, page, PLACE)
    assert caught.value.reason_code == ReturnFault.MALFORMED


def test_comments_are_written_in_the_child(tmp_path: Path) -> None:
    """A copy with comments is made within the limits; nothing of it is left elsewhere."""
    path, out = tmp_path / "return.xlsx", tmp_path / "out.xlsx"
    path.write_bytes(xlsx(GOOD))
    assert annotate_confined(path, out, [("Return", "B2", "Check it.")])
    assert openpyxl.load_workbook(out)["Return"]["B2"].comment.text == "Check it."
    assert sorted(tmp_path.iterdir()) == [out, path]


def test_workbook_that_swells_with_comments(tmp_path: Path) -> None:
    """A workbook that readers stream, but openpyxl would hold cell by cell, is not annotated."""
    path, out = tmp_path / "return.xlsx", tmp_path / "out.xlsx"
    merged = '<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    path.write_bytes(xlsx(GOOD, after=merged))
    assert not annotate_confined(path, out, [("Return", "B2", "Check it.")])
    assert not out.exists()


def test_reading_process_ends_with_the_one_that_started_it(honest: Path) -> None:
    """Whoever is killed leaves no process behind."""
    script = (
        "import os, signal, sys; sys.path.insert(0, sys.argv[2])\n"
        "from pathlib import Path\n"
        "import psutil\n"
        "from perf_pipeline_tests.unit.test_sources_confined import ENTRY, PLACE, read_confined\n"
        "read_confined(ENTRY, Path(sys.argv[1]), PLACE)\n"
        "print(psutil.Process().children()[0].pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    root = str(Path(__file__).resolve().parents[2])
    done = subprocess.run(
        [sys.executable, "-c", script, str(honest), root], capture_output=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    deadline = time.monotonic() + 10
    while psutil.pid_exists(int(done.stdout)) and time.monotonic() < deadline:
        if psutil.Process(int(done.stdout)).status() == psutil.STATUS_ZOMBIE:
            break
        time.sleep(0.05)
    else:
        assert not psutil.pid_exists(int(done.stdout))
