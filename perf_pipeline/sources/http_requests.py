"""One http(s) request, patiently: timeouts, three tries, no redirects, a limit on size and time."""

import datetime as dt
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_exponential, wait_random

from perf_pipeline.errors import ReturnError
from perf_pipeline.rules import ReturnFault
from perf_pipeline.sources.files import within_size
from perf_pipeline.sources.wording import ReturnPlace, quoted, reason

_REFUSED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
_TRY_LATER = "Try again later, or ask whoever runs the service"
_CHECK_ADDRESS = "Check `location` in sources.yaml"


@dataclass(frozen=True)
class Patience:
    """How long a service is waited for, and how far its pages are followed.

    Attributes:
        tries: Requests made of one address before giving up.
        first_wait_seconds: Wait before the second try; it doubles after each, with some chance
            added so that many clients do not return at once.
        longest_wait_seconds: Longest wait between tries, also where the service asks for more.
        longest_answer_seconds: Longest time that one answer may take to arrive in full.
        most_pages: Pages of one return after which a service's paging is taken not to end.
    """

    tries: int = 3
    first_wait_seconds: float = 1.0
    longest_wait_seconds: float = 60.0
    longest_answer_seconds: float = 600.0
    most_pages: int = 1_000

    def wait(self, state: RetryCallState) -> float:
        """Return the seconds to wait before the next try."""
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, _TransientError) and error.retry_after is not None:
            return min(error.retry_after, self.longest_wait_seconds)
        first = self.first_wait_seconds
        longest = self.longest_wait_seconds
        return (wait_exponential(first, longest) + wait_random(0, first))(state)


PATIENCE = Patience()


class _TransientError(Exception):
    """A failure that may pass; it becomes a `ReturnError` when it does not."""

    def __init__(self, found: str, retry_after: float | None = None) -> None:
        super().__init__(found)
        self.retry_after = retry_after


@dataclass(frozen=True)
class Answer:
    """A complete answer with status 200.

    Attributes:
        body: Its bytes.
        content_type: Lower-case media type without parameters; empty when not stated.
    """

    body: bytes
    content_type: str


def fetch(
    client: httpx.Client, url: str, place: ReturnPlace, patience: Patience = PATIENCE
) -> Answer | None:
    """Request an address until it answers.

    Returns:
        The answer, or nothing when there is no such thing (404).

    Raises:
        ReturnError: No answer after the last try, or one that is neither 200 nor 404.
    """
    retrying = Retrying(
        stop=stop_after_attempt(patience.tries),
        wait=patience.wait,
        retry=retry_if_exception_type(_TransientError),
        reraise=True,
    )
    try:
        return retrying(_request, client, url, place, patience)
    except _TransientError as error:
        found = f"{error}, {patience.tries} times running."
        raise place.error(found, _TRY_LATER, ReturnFault.NOT_REACHED, is_transient=True) from None
    except httpx.InvalidURL as error:
        found = f"The address cannot be used: {reason(error, url)}."
        raise place.error(found, _CHECK_ADDRESS, ReturnFault.ENTRY_UNUSABLE) from None


def _request(
    client: httpx.Client, url: str, place: ReturnPlace, patience: Patience
) -> Answer | None:
    deadline = time.monotonic() + patience.longest_answer_seconds
    try:
        with client.stream("GET", url) as response:
            if response.status_code == HTTPStatus.NOT_FOUND:
                return None
            _check_status(response, place)
            body = b"".join(within_size(_until(deadline, response), place))
    except httpx.TimeoutException:
        raise _TransientError(f"The service did not answer in time ({_limits(client)})") from None
    except httpx.RequestError as error:
        raise _TransientError(f"The service cannot be reached ({reason(error, url)})") from None
    media_type = response.headers.get("content-type", "").partition(";")[0]
    return Answer(body, media_type.strip().lower())


def _until(deadline: float, response: httpx.Response) -> Iterator[bytes]:
    for piece in response.iter_bytes():
        if time.monotonic() > deadline:
            raise _TransientError("The service's answer took too long to arrive")
        yield piece


def _limits(client: httpx.Client) -> str:
    return f"{client.timeout.read:g} seconds"


def _check_status(response: httpx.Response, place: ReturnPlace) -> None:
    status = response.status_code
    if status == HTTPStatus.OK:
        return
    if status == HTTPStatus.TOO_MANY_REQUESTS or response.is_server_error:
        raise _TransientError(f"The service answered {_named(status)}", _retry_after(response))
    raise _refusal(response, place)


def _refusal(response: httpx.Response, place: ReturnPlace) -> ReturnError:
    status = response.status_code
    if status in _REFUSED:
        return place.error(
            f"The service refused this pipeline ({_named(status)}).",
            "Renew the token and put it into the environment variable that `token_env` in "
            "sources.yaml names",
            ReturnFault.ACCESS_REFUSED,
        )
    if response.is_redirect:
        target = httpx.URL(response.headers.get("location", "")).host or "another page"
        return place.error(
            f"The service sends to {quoted(target)} ({_named(status)}); often this is a log-in "
            "page.",
            f"{_CHECK_ADDRESS} and the token",
            ReturnFault.ACCESS_REFUSED,
        )
    return place.error(
        f"The service answered {_named(status)}.", _CHECK_ADDRESS, ReturnFault.NOT_REACHED
    )


def _named(status: int) -> str:
    phrase = next((known.phrase for known in HTTPStatus if known == status), "")
    return f"{status} {phrase}".strip()


def _retry_after(response: httpx.Response) -> float | None:
    """Return the wait that the service asks for, given in seconds or as a date."""
    asked = response.headers.get("retry-after", "")
    if asked.isdecimal():
        return float(asked)
    try:
        moment = parsedate_to_datetime(asked)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    return max(0.0, (moment - dt.datetime.now(dt.UTC)).total_seconds())
