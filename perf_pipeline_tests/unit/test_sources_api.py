"""JSON APIs: a real server that is slow, busy, paging or behind a log-in, and one that is well."""

import datetime as dt
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from perf_pipeline.errors import ReturnError
from perf_pipeline.quarters import Quarter
from perf_pipeline.source_entries import CsvEntry, JsonEntry
from perf_pipeline.sources import Landing, Patience, count_rows, extract

QUARTER = Quarter(2023, 1)
PATIENCE = Patience(first_wait_seconds=0.001, longest_wait_seconds=0.01)
TOKEN = "PERF_PIPELINE_TEST_TOKEN"  # noqa: S105 - the variable's name
RECORD = {"ref": "C1", "value": "76%"}


@pytest.fixture(scope="session")
def httpserver_listen_address() -> tuple[str, int]:
    """Bind the test server to this machine only, to any free port."""
    return ("127.0.0.1", 0)


def api_entry(server: HTTPServer, **changes: Any) -> JsonEntry:
    """Make the entry of an API on the test server."""
    settings: dict[str, Any] = {
        "kind": "json_api",
        "source_code": "community",
        "source_name": "Community",
        "contact_role": "Systems officer",
        "location": server.url_for("/kpis") + "?quarter={quarter}&key=secret-key",
        "columns": {"ref": "kpi_ref", "value": "value"},
        "records_path": "items",
        "timeout_seconds": 5,
    }
    return JsonEntry(**settings | changes)


def read(folder: Path, entry: JsonEntry | CsvEntry, patience: Patience = PATIENCE) -> pd.DataFrame:
    """Extract the return."""
    return extract(entry, QUARTER, folder, Landing(folder / "landing"), patience)


def failure(folder: Path, entry: JsonEntry | CsvEntry, patience: Patience = PATIENCE) -> str:
    """Return the message with which the return is refused; no secret is in it."""
    with pytest.raises(ReturnError) as caught:
        read(folder, entry, patience)
    message = str(caught.value)
    assert "secret" not in message
    return message


def statuses(server: HTTPServer, *answers: Response) -> list[float]:
    """Let the server give these answers in turn; return the times at which it was asked."""
    asked: list[float] = []
    left = list(answers)

    def answer(_: Request) -> Response:
        asked.append(time.monotonic())
        return left.pop(0)

    server.expect_request("/kpis").respond_with_handler(answer)
    return asked


def good() -> Response:
    """Make a whole answer of one record."""
    return Response(json.dumps({"items": [RECORD]}), content_type="application/json")


def test_body_is_landed_as_received(tmp_path: Path, httpserver: HTTPServer) -> None:
    """The landed copy is the body, byte for byte, and the rows come from it."""
    body = '{ "items": [ {"ref": "C1", "value": 76.50} ] }\n'
    httpserver.expect_request(
        "/kpis", query_string="quarter=2023-24-Q1&key=secret-key"
    ).respond_with_data(body, content_type="application/json; charset=utf-8")
    entry = api_entry(httpserver)
    row = read(tmp_path, entry).iloc[0]
    landing = Landing(tmp_path / "landing")
    assert landing.path(row["file_sha256"]).read_text() == body
    assert (row["value_text"], count_rows(entry, landing, row["file_sha256"])) == ("76.50", 1)


def test_address_is_shown_without_its_secrets(tmp_path: Path, httpserver: HTTPServer) -> None:
    """Credentials and query are not in the rows, which are published."""
    statuses(httpserver, good())
    location = httpserver.url_for("/kpis").replace("://", "://user:secret@") + "?q={quarter}"
    rows = read(tmp_path, api_entry(httpserver, location=location))
    assert list(rows["file_name"]) == [httpserver.url_for("/kpis")]


def test_token_is_sent(
    tmp_path: Path, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The token comes from the environment and goes into the header."""
    monkeypatch.setenv(TOKEN, " secret-token\n")
    httpserver.expect_request(
        "/kpis", headers={"Authorization": "Bearer secret-token"}
    ).respond_with_response(good())
    assert len(read(tmp_path, api_entry(httpserver, token_env=TOKEN))) == 1


@pytest.mark.parametrize("value", [None, " ", "two\nlines", "sécret"])
def test_token_that_is_none(
    tmp_path: Path, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    """A variable that is not set, or to no token, is named before anything is sent."""
    monkeypatch.delenv(TOKEN, raising=False)
    if value is not None:
        monkeypatch.setenv(TOKEN, value)
    found = failure(tmp_path, api_entry(httpserver, token_env=TOKEN))
    assert f"The environment variable {TOKEN}" in found
    assert f"Set {TOKEN} where the pipeline runs, then rerun community_return." in found
    assert httpserver.log == []


def test_404_is_not_returned(tmp_path: Path, httpserver: HTTPServer) -> None:
    """A quarter that the service does not have yet has not come."""
    asked = statuses(httpserver, Response(status=404))
    assert read(tmp_path, api_entry(httpserver)).empty
    assert len(asked) == 1


@pytest.mark.parametrize("status", [429, 500, 503])
def test_passing_failure_is_tried_again(
    tmp_path: Path, httpserver: HTTPServer, status: int
) -> None:
    """Twice busy or broken, then well: the return is read."""
    asked = statuses(httpserver, Response(status=status), Response(status=status), good())
    assert len(read(tmp_path, api_entry(httpserver))) == 1
    assert len(asked) == 3


def test_lasting_failure_is_reported(tmp_path: Path, httpserver: HTTPServer) -> None:
    """After three tries the message says what the service answered."""
    asked = statuses(httpserver, *[Response("secret", status=503) for _ in range(3)])
    assert failure(tmp_path, api_entry(httpserver)) == (
        f"Community's return for Q1 2023/24 ({httpserver.url_for('/kpis')}): The service answered "
        "503 Service Unavailable, 3 times running. Try again later, or ask whoever runs the "
        "service, then rerun community_return. Ask: Systems officer."
    )
    assert len(asked) == 3


@pytest.mark.parametrize(
    "asked_for",
    ["1", format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(hours=1), usegmt=True)],
    ids=["seconds", "date"],
)
def test_wait_that_the_service_asks_for(
    tmp_path: Path, httpserver: HTTPServer, asked_for: str
) -> None:
    """Retry-After is honoured, up to the longest wait."""
    asked = statuses(httpserver, Response(status=429, headers={"Retry-After": asked_for}), good())
    patience = Patience(first_wait_seconds=0.001, longest_wait_seconds=0.2)
    assert len(read(tmp_path, api_entry(httpserver), patience)) == 1
    assert asked[1] - asked[0] >= 0.2


@pytest.mark.parametrize("asked_for", ["soon", "Fri, 30 Jun 2023 09:15:00 -0000"])
def test_wait_that_cannot_be_read(tmp_path: Path, httpserver: HTTPServer, asked_for: str) -> None:
    """A Retry-After that says nothing certain leaves the usual wait."""
    statuses(httpserver, Response(status=429, headers={"Retry-After": asked_for}), good())
    assert len(read(tmp_path, api_entry(httpserver))) == 1


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (Response(status=401), "refused this pipeline (401 Unauthorized). Renew the token"),
        (Response(status=403), "refused this pipeline (403 Forbidden). Renew the token"),
        (Response(status=400), "The service answered 400 Bad Request. Check `location`"),
        (Response(status=204), "The service answered 204 No Content."),
        (Response(status=299), "The service answered 299."),
        (
            Response(status=302, headers={"Location": "https://login.example/?key=secret"}),
            "The service sends to `login.example` (302 Found); often this is a log-in page.",
        ),
        (Response(status=302, headers={"Location": "/login"}), "sends to `another page`"),
        (Response("<html>secret", content_type="text/html"), "answered with a web page, not JSON"),
        (Response("secret", content_type="text/plain"), "answered with `text/plain`, not JSON"),
        (Response('{"items": [', content_type="application/json"), "document is cut short."),
        (Response('{"items": []}', content_type="application/json"), "holds no rows of figures."),
    ],
    ids=[
        "401",
        "403",
        "400",
        "204",
        "299",
        "redirect",
        "redirect-here",
        "html",
        "text",
        "cut",
        "empty",
    ],
)
def test_answer_that_is_no_return(
    tmp_path: Path, httpserver: HTTPServer, answer: Response, found: str
) -> None:
    """Such an answer is not asked for again, and the message says what it was."""
    asked = statuses(httpserver, answer)
    assert found in failure(tmp_path, api_entry(httpserver))
    assert len(asked) == 1


def test_body_without_a_content_type(tmp_path: Path, httpserver: HTTPServer) -> None:
    """A service that does not say what it sends is judged by what it sends."""
    answer = good()
    del answer.headers["Content-Type"]
    statuses(httpserver, answer)
    assert len(read(tmp_path, api_entry(httpserver))) == 1


def test_body_that_is_cut_off(tmp_path: Path, httpserver: HTTPServer) -> None:
    """A connection that closes before the stated length is a failure that may pass."""
    cut = Response(iter([b'{"items"']), headers={"Content-Length": "500"})
    asked = statuses(httpserver, cut, good())
    assert len(read(tmp_path, api_entry(httpserver))) == 1
    assert len(asked) == 2


def test_service_that_is_not_there(tmp_path: Path, httpserver: HTTPServer) -> None:
    """A refused connection is reported as such after the last try."""
    entry = api_entry(httpserver, location="http://127.0.0.1:9/kpis?q={quarter}&key=secret")
    found = failure(tmp_path, entry)
    assert "The service cannot be reached (" in found
    assert "3 times running" in found


def test_service_that_does_not_answer_in_time(tmp_path: Path, httpserver: HTTPServer) -> None:
    """The entry's limit ends the wait for each read."""

    def slowly(_: Request) -> Response:
        time.sleep(0.3)
        return good()

    httpserver.expect_request("/kpis").respond_with_handler(slowly)
    found = failure(tmp_path, api_entry(httpserver, timeout_seconds=0.05), Patience(tries=1))
    assert "The service did not answer in time (0.05 seconds), 1 times running." in found


def test_answer_that_drips(tmp_path: Path, httpserver: HTTPServer) -> None:
    """An answer whose every piece is in time, and which as a whole is not, is given up."""

    def drops() -> Iterator[bytes]:
        for _ in range(20):
            yield b" " * 100
            time.sleep(0.02)

    httpserver.expect_request("/kpis").respond_with_handler(lambda _: Response(drops()))
    patience = Patience(tries=1, longest_answer_seconds=0.1)
    found = failure(tmp_path, api_entry(httpserver), patience)
    assert "The service's answer took too long to arrive" in found


def pages(server: HTTPServer, *following: object) -> None:
    """Serve pages /kpis, /kpis/2, …, each with a record and what it says comes next."""
    for number, next_page in enumerate(following, 1):
        path = "/kpis" if number == 1 else f"/kpis/{number}"
        items = [{"ref": f"C{number}", "value": f"{number}.0"}]
        server.expect_request(path).respond_with_json({"items": items, "next": next_page})


def test_all_pages_are_one_return(tmp_path: Path, httpserver: HTTPServer) -> None:
    """Pages are followed to the last, by relative and absolute addresses, and landed together."""
    pages(httpserver, "/kpis/2", httpserver.url_for("/kpis/3"), None)
    entry = api_entry(httpserver, next_path="next")
    rows = read(tmp_path, entry)
    assert list(rows["kpi_ref_text"]) == ["C1", "C2", "C3"]
    assert list(rows["row_number"]) == [1, 2, 3]
    landing = Landing(tmp_path / "landing")
    assert count_rows(entry, landing, rows["file_sha256"].iloc[0]) == 3


def test_pages_are_followed_only_where_the_entry_says(
    tmp_path: Path, httpserver: HTTPServer
) -> None:
    """Without `next_path` the first page is the return."""
    pages(httpserver, "/kpis/2", None)
    assert len(read(tmp_path, api_entry(httpserver))) == 1


@pytest.mark.parametrize(
    ("following", "found"),
    [
        (["/kpis/2", "/kpis/2"], "paging goes in a circle: page 2 leads to an earlier page"),
        (["/kpis/2", "/missing"], "Page 3 is not there (404 Not Found)."),
        (["http://127.0.0.2/kpis?key=secret"], "The next page's address is on another host."),
        (["http://[secret"], "The next page's address cannot be read."),
        (["http://127.0.0.1:no/secret"], "The next page's address cannot be read."),
        ([2], "What stands at `next` is not an address."),
        ([["/kpis/2"]], "What stands at `next` is not an address."),
    ],
    ids=["circle", "missing", "other-host", "bracket", "port", "number", "list"],
)
def test_paging_that_fails(
    tmp_path: Path, httpserver: HTTPServer, following: list[object], found: str
) -> None:
    """All pages or none: nothing is landed of a return whose paging fails."""
    pages(httpserver, *following)
    httpserver.expect_request("/missing").respond_with_data(status=404)
    assert found in failure(tmp_path, api_entry(httpserver, next_path="next"))
    assert not (tmp_path / "landing").exists()


def test_paging_that_does_not_end(tmp_path: Path, httpserver: HTTPServer) -> None:
    """A service that always has a next page is left after so many."""
    pages(httpserver, "/kpis/2", "/kpis/3", "/kpis/4", "/kpis/5", None)
    entry = api_entry(httpserver, next_path="next")
    assert len(read(tmp_path, entry, replace(PATIENCE, most_pages=5))) == 5
    found = failure(tmp_path, entry, replace(PATIENCE, most_pages=4))
    assert "The service's pages do not end after 4 of them" in found


def test_address_that_is_none(tmp_path: Path, httpserver: HTTPServer) -> None:
    """An address that cannot be used is reported without its parts that may be secret."""
    entry = api_entry(httpserver, location="http://127.0.0.1:no/{quarter}?key=secret")
    assert "The address cannot be used" in failure(tmp_path, entry)


def test_csv_over_http(tmp_path: Path, httpserver: HTTPServer) -> None:
    """A CSV file can lie at an address too; 404 is not returned."""
    httpserver.expect_request("/2023-24-Q1.csv").respond_with_data("Ref,Value\nA1,5%\n")
    entry = CsvEntry(
        kind="csv",
        source_code="housing",
        source_name="Housing",
        contact_role="Housing performance lead",
        location=httpserver.url_for("/{quarter}.csv"),
        columns={"Ref": "kpi_ref", "Value": "value"},
    )
    assert list(read(tmp_path, entry)["value_text"].dropna()) == ["5%"]
    httpserver.clear()
    httpserver.expect_request("/2023-24-Q1.csv").respond_with_data(status=404)
    assert read(tmp_path, entry).empty
