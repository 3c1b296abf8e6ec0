"""A JSON API: all pages of a return or none of it, as one document for landing."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import httpx

from perf_pipeline.rules import ReturnFault
from perf_pipeline.source_entries import JsonEntry
from perf_pipeline.sources.confined import next_page_confined
from perf_pipeline.sources.http_requests import Answer, Patience, fetch
from perf_pipeline.sources.json_documents import ASK_SERVICE, PAGES_KEY
from perf_pipeline.sources.limits import LARGEST_BYTES
from perf_pipeline.sources.wording import ReturnPlace, quoted

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def fetch_document(
    url: str, entry: JsonEntry, place: ReturnPlace, patience: Patience
) -> bytes | None:
    """Fetch every page of a return.

    Returns:
        The body as received where there is one page; else a document that holds all pages under
        `PAGES_KEY`; nothing when the first address is not there (404).

    Raises:
        ReturnError: No token, no answer, no JSON, or paging that does not end.
    """
    with httpx.Client(headers=_headers(entry, place), timeout=entry.timeout_seconds) as client:
        bodies = list(_bodies(client, url, entry, place, patience))
    if len(bodies) <= 1:
        return bodies[0] if bodies else None
    pages = b",".join(body.removeprefix(_BYTE_ORDER_MARK) for body in bodies)
    return b'{"' + PAGES_KEY.encode() + b'":[' + pages + b"]}"


def _headers(entry: JsonEntry, place: ReturnPlace) -> dict[str, str]:
    headers = {"Accept": "application/json"}
    if entry.token_env is None:
        return headers
    token = os.environ.get(entry.token_env, "").strip()
    if not token.isascii() or not token.isprintable() or not token:
        raise place.error(
            f"The environment variable {entry.token_env}, which holds the service's token, is not "
            "set, or not to a token.",
            f"Set {entry.token_env} where the pipeline runs",
            ReturnFault.ENTRY_UNUSABLE,
        )
    return headers | {"Authorization": f"Bearer {token}"}


def _bodies(
    client: httpx.Client, first: str, entry: JsonEntry, place: ReturnPlace, patience: Patience
) -> Iterator[bytes]:
    seen: set[str] = set()
    total = 0
    url: str | None = first
    while url is not None:
        _check_paging(url, seen, total, place, patience.most_pages)
        seen.add(url)
        answer = fetch(client, url, place, patience)
        if answer is None and len(seen) == 1:
            return
        body = _body(answer, len(seen), place)
        total += len(body)
        yield body
        url = _next_url(body, url, entry, place)


def _check_paging(
    url: str, seen: set[str], total: int, place: ReturnPlace, most_pages: int
) -> None:
    if url in seen:
        found = f"The service's paging goes in a circle: page {len(seen)} leads to an earlier page."
        raise place.error(found, ASK_SERVICE, ReturnFault.PAGING)
    if len(seen) == most_pages or total > LARGEST_BYTES:
        raise place.error(
            f"The service's pages do not end after {len(seen):,} of them ({total:,} bytes).",
            "Narrow the request in sources.yaml to the quarter",
            ReturnFault.TOO_LARGE,
        )


def _body(answer: Answer | None, number: int, place: ReturnPlace) -> bytes:
    if answer is None:
        raise place.error(
            f"Page {number} is not there (404 Not Found).", ASK_SERVICE, ReturnFault.PAGING
        )
    if "html" in answer.content_type:
        raise place.error(
            "The service answered with a web page, not JSON; often it is a log-in page.",
            "Check `location` in sources.yaml and the token",
            ReturnFault.ACCESS_REFUSED,
        )
    if answer.content_type and "json" not in answer.content_type:
        raise place.error(
            f"The service answered with {quoted(answer.content_type)}, not JSON.",
            "Check `location` in sources.yaml, or ask whoever runs the service",
            ReturnFault.WRONG_KIND,
        )
    return answer.body


def _next_url(body: bytes, url: str, entry: JsonEntry, place: ReturnPlace) -> str | None:
    if entry.next_path is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.json"
        page.write_bytes(body)
        following = next_page_confined(entry, page, place)
    return None if following is None else _on_same_host(following, url, place)


def _on_same_host(following: str, url: str, place: ReturnPlace) -> str:
    """Make a page's address whole, and keep the token from other hosts."""
    try:
        address = urljoin(url, following)
        is_same = _origin(address) == _origin(url)
    except (ValueError, httpx.InvalidURL):
        raise place.error(
            "The next page's address cannot be read.", ASK_SERVICE, ReturnFault.PAGING
        ) from None
    if not is_same:
        raise place.error(
            "The next page's address is on another host.", ASK_SERVICE, ReturnFault.PAGING
        )
    return address


def _origin(url: str) -> tuple[str, str, int | None]:
    parsed = httpx.URL(url)
    return parsed.scheme, parsed.host, parsed.port
