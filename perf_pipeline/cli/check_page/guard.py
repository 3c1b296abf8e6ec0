"""Who may ask the check page, and the headers that every answer bears.

A page elsewhere that a browser has open must neither send a return here nor frame what is shown.
"""

from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; form-action 'self'; "
        "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""What every answer says to the browser."""

_REFUSAL = (
    "This page answers nobody but the browser on this machine that opened it itself. Type its "
    "address, as perf-pipeline serve-check printed it, into the browser."
)
_SAFE = {"GET", "HEAD"}


class Guard:
    """Refuses requests from elsewhere with 403, and gives every answer its headers."""

    def __init__(self, app: ASGIApp, hosts: tuple[str, ...]) -> None:
        """Guard an application.

        Args:
            app: The application.
            hosts: Its own hosts, with the port.
        """
        self._app, self._hosts = app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        is_own = self._is_own(scope["method"], Headers(scope=scope))
        app = self._app if is_own else Response(_REFUSAL, 403, media_type="text/plain")
        await app(scope, receive, send_with_headers)

    def _is_own(self, method: str, headers: Headers) -> bool:
        """Tell whether the request is for this page and from it.

        A browser that is told to send no referrer sends a form with the origin `null`; that it is
        the page's own form is then said by `Sec-Fetch-Site`, which no script can set.
        """
        if headers.get("host") not in self._hosts:
            return False
        if method in _SAFE:
            return True
        origin, site = headers.get("origin"), headers.get("sec-fetch-site")
        if origin in {None, "null"}:
            return site == "same-origin" or (origin is None and site is None)
        return origin in {f"http://{host}" for host in self._hosts}
