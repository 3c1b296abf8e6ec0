"""The check page's answers: who is refused, what is too large, what is shown, and what is kept."""

import asyncio
import tempfile
import tracemalloc
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from perf_pipeline.cli.check_page import application
from perf_pipeline.cli.check_page.application import check_page
from perf_pipeline.cli.check_page.guard import HEADERS
from perf_pipeline.cli.check_page.upload import LARGEST_BYTES
from perf_pipeline.orchestration.environment import Environment
from perf_pipeline_tests.unit.test_council_tables import folder_with

HOST = "127.0.0.1:8765"
FORM = {"quarter": "2023-24-Q2", "source": ""}
SENT = "Ref,Value\nA1,85%\nA2,106%\n"
HOSTILE = "<img src=x onerror=alert(1)>"
Asker = Callable[..., httpx.Response]


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """A council folder without a database; what is written for a while is written to `scratch`."""
    (tmp_path / "council").mkdir()
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))
    council = folder_with(tmp_path / "council")
    url = f"sqlite:///{tmp_path / 'none.sqlite'}"
    return Environment(council, tmp_path, url, tmp_path / "dagster")


@pytest.fixture
def ask(environment: Environment) -> Asker:
    """Return a function that asks the page, as a browser that has it open does."""

    def ask(method: str, path: str, host: str = HOST, **parts: Any) -> httpx.Response:
        async def answer() -> httpx.Response:
            transport = httpx.ASGITransport(check_page(environment, 8765))
            async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
                return await client.request(method, path, **parts)

        return asyncio.run(answer())

    return ask


def send(ask: Asker, content: bytes | str, name: str = "adults.csv", **form: str) -> httpx.Response:
    """Send a file with the page's form."""
    return ask("POST", "/check", data=FORM | form, files={"file": (name, content)})


def test_the_form_has_the_quarters_and_the_sources(ask: Asker) -> None:
    """The quarter that ended last comes first, and no quarter from before the first one."""
    page = ask("GET", "/")
    assert page.status_code == 200
    assert '<option value="adults">Adults</option>' in page.text
    assert '<option value="2023-24-Q1">Q1 2023/24</option>' in page.text
    assert "2022-23-Q4" not in page.text


@pytest.mark.parametrize("name", ["page.css", "drop.js"])
def test_what_the_page_needs_is_there(ask: Asker, name: str) -> None:
    """Its style and its script come from itself."""
    assert ask("GET", f"/static/{name}").status_code == 200
    assert f"/static/{name}" in ask("GET", "/").text


def test_findings_are_shown_with_ratings_and_what_is_missing(ask: Asker) -> None:
    """A row that would be rejected stands with its place and what to do about it."""
    page = send(ask, "Ref,Value\nA1,106%\n")
    assert page.status_code == 200
    assert "<h1>Adults, Q2 2023/24: 1 row would be rejected and 1 KPI is missing</h1>" in page.text
    assert '<th scope="row">row 2, column B</th><td>A1</td>' in page.text
    assert "106 is outside the KPI&#39;s range (0 to 100)" in page.text
    assert "<li>A2 Carers</li>" in page.text
    assert '<th scope="row">A1</th><td>Reviews</td><td>none</td>' in page.text


def test_a_return_without_fault_is_said_to_have_none(ask: Asker) -> None:
    """Nothing to mend is said, not left blank."""
    page = send(ask, "Ref,Value\nA1,85%\nA2,80%\n")
    assert "Adults, Q2 2023/24: nothing would be rejected" in page.text
    assert "<p>Nothing.</p>" in page.text
    assert "<p>None.</p>" in page.text


def test_whose_return_it_is_can_be_chosen(ask: Asker) -> None:
    """A file of any name is checked as the source's that was chosen, else it is asked for."""
    refused = send(ask, SENT, "figures.csv")
    assert refused.status_code == 422
    assert "Name the source: one of adults" in refused.text
    assert send(ask, SENT, "figures.csv", source="adults").status_code == 200


@pytest.mark.parametrize("name", ["C:\\Users\\Me\\adults.csv", "/home/me/adults.csv"])
def test_folders_of_the_sender_are_left_aside(ask: Asker, name: str) -> None:
    """A browser that sends the whole path says no more than the name."""
    page = send(ask, SENT, name)
    assert page.status_code == 200
    assert "adults.csv: 3 rows" in page.text


def test_texts_of_the_file_are_no_markup(ask: Asker) -> None:
    """Neither its name nor its cells become elements of the page."""
    page = send(ask, f"Ref,Value\n{HOSTILE},85%\n", f"{HOSTILE}.csv", source="adults")
    assert page.text.count("&lt;img src=x onerror=alert(1)&gt;") == 2
    assert "<img" not in page.text


@pytest.mark.parametrize(
    ("parts", "status", "words"),
    [
        pytest.param({"data": FORM}, 400, "this page&#39;s form", id="no-multipart"),
        pytest.param({"files": {"file": ("", b"")}}, 400, "No file was chosen", id="no-name"),
        pytest.param({"files": {"quarter": (None, "x")}}, 400, "No file was chosen", id="no-file"),
        pytest.param(
            {"files": [("file", ("a.csv", b"")), ("file", ("b.csv", b""))]},
            400,
            "this page&#39;s form",
            id="two-files",
        ),
        pytest.param(
            {"content": b"x", "headers": {"Content-Type": "multipart/form-data; boundary=b"}},
            400,
            "this page&#39;s form",
            id="garbage",
        ),
        pytest.param(
            {"content": b"x", "headers": {"Content-Type": "multipart/form-data"}},
            400,
            "this page&#39;s form",
            id="no-boundary",
        ),
        pytest.param(
            {"data": {"quarter": "Q2"}, "files": {"file": ("adults.csv", b"")}},
            422,
            "`Q2` is not a quarter",
            id="no-quarter",
        ),
        pytest.param(
            {"data": FORM, "files": {"file": ("adults.csv", b"")}},
            422,
            "nothing in the file",
            id="empty-file",
        ),
    ],
)
def test_what_cannot_be_checked_is_refused_in_words(
    ask: Asker, parts: dict[str, Any], status: int, words: str
) -> None:
    """Each says what to do, and leads back to the form."""
    page = ask("POST", "/check", **parts)
    assert page.status_code == status
    assert words in page.text
    assert '<a href="/">Check another file</a>' in page.text


def test_a_file_of_200_mb_is_refused_without_being_held(ask: Asker) -> None:
    """It is read to its end, so that the browser sees the answer, and thrown away on the way."""
    chunk, sent = b"x" * 1_000_000, []

    async def body() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
        for number in range(200):
            sent.append(number)
            yield chunk
        yield b"\r\n--b--\r\n"

    tracemalloc.start()
    try:
        page = ask(
            "POST",
            "/check",
            content=body(),
            headers={"Content-Type": "multipart/form-data; boundary=b"},
        )
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (page.status_code, len(sent)) == (413, 200)
    assert "The file is larger than 20 MB" in page.text
    assert peak < 80_000_000


def test_a_file_just_over_the_limit_is_refused(ask: Asker) -> None:
    """The limit is the file's own, not the form's."""
    page = send(ask, b"x" * (LARGEST_BYTES + 1))
    assert page.status_code == 413


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8765", "127.0.0.1", "127.0.0.1:8766", "0.0.0.0:8765"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_another_host_is_refused(ask: Asker, method: str, host: str) -> None:
    """A name of somebody else's that leads to this machine is not this page's."""
    assert ask(method, "/", host=host).status_code == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": f"http://{HOST}"}, 400),
        ({"Origin": "http://localhost:8765"}, 400),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, 400),
        ({}, 400),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://127.0.0.1:9999"}, 403),
        ({"Origin": f"https://{HOST}"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
    ],
    ids=str,
)
def test_another_origin_is_refused(ask: Asker, headers: dict[str, str], status: int) -> None:
    """A page elsewhere cannot send a return; the page's own form gets as far as its content."""
    assert ask("POST", "/check", headers=headers).status_code == status


@pytest.mark.parametrize(
    ("method", "path", "host", "status"),
    [
        ("GET", "/", HOST, 200),
        ("GET", "/static/page.css", HOST, 200),
        ("GET", "/static/../application.py", HOST, 404),
        ("GET", "/nothing", HOST, 404),
        ("GET", "/check", HOST, 405),
        ("POST", "/check", HOST, 400),
        ("POST", "/check", "evil.example", 403),
    ],
)
def test_every_answer_bears_the_headers(
    ask: Asker, method: str, path: str, host: str, status: int
) -> None:
    """Whatever the answer is, it is not stored, not framed, and sets no cookie."""
    answer = ask(method, path, host=host)
    assert answer.status_code == status
    assert {name: answer.headers[name] for name in HEADERS} == dict(HEADERS)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "set-cookie" not in answer.headers


def test_nothing_runs_or_loads_that_is_not_the_pages_own(ask: Asker) -> None:
    """The policy lets in what its own address has, and the pages need no more."""
    policy = ask("GET", "/").headers["Content-Security-Policy"]
    assert policy.split("; ") == [
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "form-action 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ]
    for page in (ask("GET", "/"), send(ask, SENT)):
        assert "style=" not in page.text
        assert "onclick" not in page.text


@pytest.mark.parametrize(
    "content", [SENT, b"\0\0", b"PK\x03\x04 broken"], ids=["csv", "nul", "zip"]
)
def test_nothing_is_kept_on_disk(ask: Asker, tmp_path: Path, content: bytes | str) -> None:
    """What the check wrote for a while is gone after the answer, whatever the answer is."""
    before = sorted(path for path in tmp_path.rglob("*"))
    send(ask, content)
    assert sorted(path for path in tmp_path.rglob("*")) == before


def test_a_failure_of_ours_tells_nothing_of_the_file(
    ask: Asker, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither the page nor the terminal shows what an error's text may hold."""

    def fail(*_: object) -> None:
        raise ValueError("secret figure")

    monkeypatch.setattr(application, "check_return", fail)
    page = send(ask, SENT)
    shown = "".join(capfd.readouterr())
    assert page.status_code == 500
    assert "a fault of ours" in page.text
    assert "ValueError" in shown
    assert "secret" not in page.text + shown


def test_a_broken_council_folder_is_said(ask: Asker, environment: Environment) -> None:
    """The form is not shown, and every mistake is."""
    (environment.council / "register" / "kpis.csv").unlink()
    page = ask("GET", "/")
    assert page.status_code == 500
    assert "register/kpis.csv: There is no such file." in page.text
    assert send(ask, SENT).status_code == 422
