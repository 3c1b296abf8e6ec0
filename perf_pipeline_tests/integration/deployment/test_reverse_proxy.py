"""The proxy sample, tried with a real nginx: who gets through to the server, and with what."""

import base64
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from perf_pipeline_tests.integration.deployment.proxies import ENGINEERS, VIEWERS, Answer, Proxy
from perf_pipeline_tests.integration.deployment.servers import PROJECT

OWN = f"https://{ENGINEERS}"
FOREIGN = "https://elsewhere.example.org"
QUERY = b'{"query": "{ version }"}'
JSON = {"Content-Type": "application/json"}
HANDSHAKE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Protocol": "graphql-ws",
}
SECURITY_HEADERS = {
    "Strict-Transport-Security": "max-age=31536000",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Upstream(ThreadingHTTPServer):
    """A server in place of Dagster's, which keeps what reaches it, and echoes on a websocket."""

    def __init__(self) -> None:
        self.reached: list[tuple[str, str, dict[str, str]]] = []
        super().__init__(("127.0.0.1", 0), _Keep)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Keep(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Upstream

    def answer(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.rfile.read(int(headers.get("content-length", 0)))
        self.server.reached.append((self.command, self.path, headers))
        if headers.get("upgrade") == "websocket":
            self.send_response(101)
            self.send_header("Upgrade", "websocket")
            self.send_header("Connection", "Upgrade")
            self.end_headers()
            self.wfile.write(self.rfile.read(4).upper())
            self.close_connection = True
            return
        self.send_response(200)
        self.send_header("Content-Length", "7")
        self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(b"reached")

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = do_PATCH = answer  # noqa: N815 - http.server's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Write nothing."""


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Proxy, Upstream, Upstream]]:
    """The proxy, the engineers' server and the viewers' one."""
    engineers, viewers = Upstream(), Upstream()
    proxy = Proxy(engineers.server_port, viewers.server_port)
    proxy.start()
    try:
        yield proxy, engineers, viewers
    finally:
        proxy.stop()
        for server in (engineers, viewers):
            server.shutdown()
            server.server_close()


@pytest.fixture
def proxy(running: tuple[Proxy, Upstream, Upstream]) -> Proxy:
    """The proxy, before which nothing has reached a server."""
    for server in running[1:]:
        server.reached.clear()
    return running[0]


@pytest.fixture
def engineers(running: tuple[Proxy, Upstream, Upstream]) -> Upstream:
    """The engineers' server."""
    return running[1]


@pytest.fixture
def viewers(running: tuple[Proxy, Upstream, Upstream]) -> Upstream:
    """The viewers' server."""
    return running[2]


def known(proxy: Proxy, name: str = "engineers", password: str | None = None) -> dict[str, str]:
    """Return the header of somebody who has a password."""
    pair = f"{name}:{proxy.password if password is None else password}"
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def case(
    name: str, status: int, method: str = "GET", path: str = "/", **headers: str
) -> "pytest.ParameterSet":
    """Return a request of somebody who has a password, and the status that it must be given."""
    given = {key.replace("_", "-"): value for key, value in headers.items()}
    return pytest.param(method, path, given, status, id=name)


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        case("page", 200),
        case("page below", 200, path="/assets/publication?view=lineage"),
        case("head", 200, "HEAD"),
        case("page from our own page", 200, Origin=OWN, Sec_Fetch_Site="same-origin"),
        case(
            "link followed from another site",
            200,
            Sec_Fetch_Site="cross-site",
            Sec_Fetch_Mode="navigate",
        ),
        case("picture on another site", 403, Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="no-cors"),
        case("picture on a sister site", 403, Sec_Fetch_Site="same-site", Sec_Fetch_Mode="no-cors"),
        case("page read by another site", 403, Origin=FOREIGN),
        case("query", 200, "POST", "/graphql", Origin=OWN),
        case(
            "query of a browser",
            200,
            "POST",
            "/graphql",
            Origin=OWN,
            Sec_Fetch_Site="same-origin",
            Sec_Fetch_Mode="cors",
        ),
        case("query of another site", 403, "POST", "/graphql", Origin=FOREIGN),
        case("query of a file or sandbox", 403, "POST", "/graphql", Origin="null"),
        case("query of nobody", 403, "POST", "/graphql"),
        case(
            "query of our address without TLS",
            403,
            "POST",
            "/graphql",
            Origin=f"http://{ENGINEERS}",
        ),
        case("query of our address elsewhere", 403, "POST", "/graphql", Origin=f"{OWN}:8443"),
        case(
            "query of an address that begins like ours",
            403,
            "POST",
            "/graphql",
            Origin=f"{OWN}.example.org",
        ),
        case("query of the viewers' address", 403, "POST", "/graphql", Origin=f"https://{VIEWERS}"),
        case(
            "query that a browser calls foreign",
            403,
            "POST",
            "/graphql",
            Origin=OWN,
            Sec_Fetch_Site="cross-site",
            Sec_Fetch_Mode="cors",
        ),
        case(
            "form of another site",
            403,
            "POST",
            "/graphql",
            Origin=FOREIGN,
            Content_Type="text/plain",
        ),
        case("query in a link", 405, "GET", "/graphql?query=%7Bversion%7D"),
        case(
            "query in a link from our page", 405, "GET", "/graphql?query=%7Bversion%7D", Origin=OWN
        ),
        case("head of the API", 405, "HEAD", "/graphql", Origin=OWN),
        case("put to the API", 405, "PUT", "/graphql", Origin=OWN),
        case("delete to the API", 405, "DELETE", "/graphql", Origin=OWN),
        case("preflight of our own", 405, "OPTIONS", "/graphql", Origin=OWN),
        case("preflight of another site", 403, "OPTIONS", "/graphql", Origin=FOREIGN),
        case("API by another spelling", 405, "GET", "/./graphql?query=%7Bversion%7D"),
        case("API by an escape", 405, "GET", "/%67raphql?query=%7Bversion%7D"),
        case("API by a doubled slash", 405, "POST", "//report_asset_check/publication", Origin=OWN),
        case(
            "report from outside",
            405,
            "POST",
            "/report_asset_materialization/publication",
            Origin=OWN,
        ),
        case("trace", 405, "TRACE"),
    ],
)
def test_matrix(
    proxy: Proxy,
    engineers: Upstream,
    method: str,
    path: str,
    headers: dict[str, str],
    status: int,
) -> None:
    """Each request gets through or is refused as it must; a refused one reaches no server."""
    body = QUERY if method in {"POST", "PUT"} else None
    answer = proxy.request(method, path, body=body, headers=known(proxy) | JSON | headers)
    assert answer.status == status
    assert len(engineers.reached) == (1 if status == 200 else 0)


@pytest.mark.parametrize(
    "host",
    ["elsewhere.example.org", "127.0.0.1", "localhost", f"{ENGINEERS}.example.org", "_"],
)
def test_foreign_host(proxy: Proxy, engineers: Upstream, host: str) -> None:
    """A request for any other host is refused, with a password too: any name can lead here."""
    own = {"Origin": f"https://{host}"}
    assert proxy.request(host=host, headers=known(proxy)).status == 421
    answer = proxy.request("POST", "/graphql", host=host, body=QUERY, headers=known(proxy) | own)
    assert answer.status == 421
    assert engineers.reached == []


@pytest.mark.parametrize(
    ("name", "password"),
    [(None, None), ("engineers", "wrong"), ("viewers", None), ("nobody", "")],
    ids=["no password", "wrong password", "viewer's password", "unknown name"],
)
def test_without_password(
    proxy: Proxy, engineers: Upstream, name: str | None, password: str | None
) -> None:
    """Who has no password of the address is asked for one, on pages and API."""
    headers = {} if name is None else known(proxy, name, password)
    for answer in (
        proxy.request(headers=headers),
        proxy.request("POST", "/graphql", body=QUERY, headers=headers | JSON | {"Origin": OWN}),
    ):
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"].startswith("Basic")
    assert engineers.reached == []


def test_viewers_reach_the_viewers_server(
    proxy: Proxy, engineers: Upstream, viewers: Upstream
) -> None:
    """A viewer's password leads to the read-only server and to no other."""
    own = known(proxy, "viewers") | JSON | {"Origin": f"https://{VIEWERS}"}
    assert proxy.request("POST", "/graphql", host=VIEWERS, body=QUERY, headers=own).status == 200
    assert len(viewers.reached) == 1
    assert engineers.reached == []


def test_password_goes_no_further(proxy: Proxy, engineers: Upstream) -> None:
    """The server is given the host that was asked for, and neither password nor upgrade."""
    upgrade = {"Upgrade": "h2c", "Connection": "Upgrade"}
    proxy.request(path="/runs", headers=known(proxy) | upgrade)
    ((_, path, headers),) = engineers.reached
    assert (path, headers["host"]) == ("/runs", ENGINEERS)
    assert {"authorization", "upgrade"}.isdisjoint(headers)


@pytest.mark.parametrize(
    ("origin", "status"), [(OWN, 101), (FOREIGN, 403), ("null", 403), (None, 403)]
)
def test_websocket(proxy: Proxy, engineers: Upstream, origin: str | None, status: int) -> None:
    """A websocket opens from our own pages alone, and then carries both ways."""
    given = {} if origin is None else {"Origin": origin}
    connection = proxy.open_https()
    try:
        headers = {"Host": ENGINEERS} | known(proxy) | HANDSHAKE | given
        connection.request("GET", "/graphql", headers=headers)
        if status == 101:
            assert connection.sock is not None
            opened = connection.sock.recv(4096)
            connection.sock.sendall(b"ping")
            assert opened.startswith(b"HTTP/1.1 101")
            assert opened.partition(b"\r\n\r\n")[2] + connection.sock.recv(4) == b"PING"
        else:
            assert connection.getresponse().status == status
    finally:
        connection.close()
    assert len(engineers.reached) == (1 if status == 101 else 0)


def secured(answer: Answer) -> bool:
    """Tell whether an answer has every security header, once."""
    return all(answer.headers.get_all(n) == [v] for n, v in SECURITY_HEADERS.items())


def test_security_headers(proxy: Proxy) -> None:
    """Every answer has the security headers, a refusal too; the server's leniency is taken out."""
    page = proxy.request(headers=known(proxy))
    asked = proxy.request()
    refused = proxy.request("PUT", "/graphql", body=QUERY, headers=known(proxy))
    assert [a.status for a in (page, asked, refused)] == [200, 401, 405]
    assert all(secured(answer) for answer in (page, asked, refused))
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert "Access-Control-Allow-Origin" not in page.headers
    assert page.headers["Server"] == "nginx"


def test_without_tls(proxy: Proxy, engineers: Upstream) -> None:
    """In the clear nobody is asked for a password: our address leads to TLS, others nowhere."""
    answer = proxy.request_without_tls()
    assert (answer.status, answer.headers["Location"]) == (301, f"{OWN}/runs")
    assert proxy.request_without_tls("elsewhere.example.org").status == 421
    assert engineers.reached == []


def test_large_request_is_refused(proxy: Proxy, engineers: Upstream) -> None:
    """A request of more than a megabyte is refused before it reaches the server."""
    headers = known(proxy) | JSON | {"Origin": OWN}
    answer = proxy.request("POST", "/graphql", body=b" " * (1 << 20) + b"{}", headers=headers)
    assert answer.status == 413
    assert engineers.reached == []


def test_debians_default_site_must_go(proxy: Proxy) -> None:
    """Left in place it is a second default server, which nginx refuses; so the pages say."""
    assert "a duplicate default server" in proxy.refusal_beside_debians_site()
    for page in ("docs/deployment.md", "deploy/nginx/perf-pipeline.conf"):
        assert "/etc/nginx/sites-enabled/default" in (PROJECT / page).read_text()
