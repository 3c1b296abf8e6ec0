"""Notices delivered to a real SMTP server and a real HTTP receiver, and what happens when not."""

import logging
import socket
import ssl
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from pytest_httpserver import HTTPServer
from werkzeug import Response

from perf_pipeline.notices import SentNotices
from perf_pipeline.notices.delivery import Channel, deliver
from perf_pipeline.notices.mail import MailChannel
from perf_pipeline.notices.messages import Notice, StepFailure, failure_notice
from perf_pipeline.notices.webhooks import WebhookChannel
from perf_pipeline.quarters import Quarter

SENDER = "pipeline@council.example"
TEAM = "performance@council.example"
PASSWORD = "p@ss/word"  # noqa: S105 - of a server that lives as long as a test
SECRET_PATH = "/services/T00/B00/s3cr3t"  # noqa: S105 - as above
LOG = logging.getLogger("notices under test")


class Inbox:
    """What a mail server takes; it answers with `answers` first."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.answers: list[str] = []
        self.unknown: set[str] = set()
        self.logins: list[tuple[bytes, bytes]] = []

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        """Take a recipient, or refuse one that is unknown."""
        if address in self.unknown:
            return "550 No such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Take a message, or refuse it."""
        if self.answers:
            return self.answers.pop(0)
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        self.recipients.append(envelope.rcpt_tos)
        return "250 OK"

    def authenticate(self, _server: Any, _s: Any, _e: Any, _m: str, data: Any) -> AuthResult:
        """Take the one login that there is."""
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login, data.password))
        return AuthResult(success=data.password == PASSWORD.encode(), handled=False)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@pytest.fixture
def inbox() -> Inbox:
    """An empty inbox."""
    return Inbox()


@pytest.fixture
def serve(inbox: Inbox) -> Iterator[Callable[..., int]]:
    """Return what starts a mail server for the inbox and returns its port."""
    started = []

    def start(**options: Any) -> int:
        server = Controller(inbox, hostname="127.0.0.1", port=free_port(), **options)
        server.start()
        started.append(server)
        port: int = server.port
        return port

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's side of TLS, for 127.0.0.1, which this process trusts."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture
def sent(tmp_path: Path) -> SentNotices:
    """Nothing was sent yet."""
    return SentNotices(tmp_path / "notices")


@pytest.fixture
def notice() -> Notice:
    """The notice of a failed run."""
    sentence = "Public Health's return for Q1 2023/24 – broken. Send it again. Ask: Lead."
    failure = StepFailure("public_health_return", sentence)
    return failure_notice("Testshire", [Quarter(2023, 1)], [failure], "run-1", "https://ui.example")


@pytest.fixture
def waited() -> list[float]:
    """How long deliveries have waited between tries."""
    return []


@pytest.fixture
def send(notice: Notice, sent: SentNotices, waited: list[float]) -> Callable[..., bool]:
    """Return what delivers the notice by channels."""

    def delivered(*channels: Channel, told: Notice = notice) -> bool:
        return deliver(told, channels, sent, LOG, sleep=waited.append)

    return delivered


def mail(port: int, login: str = "", scheme: str = "smtp") -> MailChannel:
    """Return a mail channel to a server of this machine."""
    return MailChannel(f"{scheme}://{login}127.0.0.1:{port}", SENDER, (TEAM, "bi@council.example"))


def test_mail_is_plain_text_to_every_address(
    serve: Callable[..., int], inbox: Inbox, send: Callable[..., bool], notice: Notice
) -> None:
    """The server gets one message of one plain-text part, for both addresses."""
    assert send(mail(serve()))
    (message,) = inbox.messages
    assert inbox.recipients == [[TEAM, "bi@council.example"]]
    assert message["Subject"] == "Q1 2023/24 failed at public_health_return: Testshire"
    assert (message["From"], message["To"]) == (SENDER, f"{TEAM}, bi@council.example")
    assert message["Message-ID"] == "<perf-pipeline.failure-run-1@council.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert not message.is_multipart()
    assert message.get_content_type() == "text/plain"
    assert message.get_content().replace("\r\n", "\n") == notice.text
    assert "https://ui.example/runs/run-1" in message.get_content()


def test_recipient_that_is_refused_is_named(
    serve: Callable[..., int],
    inbox: Inbox,
    send: Callable[..., bool],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The others get the message, once, and the log says who did not."""
    inbox.unknown = {"bi@council.example"}
    assert send(mail(serve()))
    assert inbox.recipients == [[TEAM]]
    assert "not taken for bi@council.example" in caplog.text


def test_notice_is_sent_once(
    serve: Callable[..., int], inbox: Inbox, send: Callable[..., bool]
) -> None:
    """The same failure told again is not sent again."""
    channel = mail(serve())
    assert send(channel)
    assert send(channel)
    assert len(inbox.messages) == 1


def test_text_of_a_source_makes_no_header(
    serve: Callable[..., int], inbox: Inbox, send: Callable[..., bool]
) -> None:
    """Line breaks in names and sentences add no header, no recipient and no part."""
    attack = "x\r\nBcc: thief@evil.example\r\nContent-Type: text/html\r\n\r\n<b>now</b>"
    hostile = failure_notice(
        attack, [Quarter(2023, 1)], [StepFailure(attack, attack)], "run-2", None
    )
    assert send(mail(serve()), told=hostile)
    (message,) = inbox.messages
    assert message["Bcc"] is None
    assert message.get_content_type() == "text/plain"
    assert inbox.recipients == [[TEAM, "bi@council.example"]]
    assert "thief" in message["Subject"]


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_mail_is_encrypted_before_the_password_is_sent(
    scheme: str,
    serve: Callable[..., int],
    inbox: Inbox,
    send: Callable[..., bool],
    tls: ssl.SSLContext,
) -> None:
    """A server that encrypts, at once or when asked, gets the login with its own characters."""
    at_once: dict[str, Any] = {"ssl_context": tls, "auth_require_tls": False}
    when_asked: dict[str, Any] = {"tls_context": tls, "require_starttls": True}
    options = at_once if scheme == "smtps" else when_asked
    port = serve(authenticator=inbox.authenticate, **options)
    assert send(mail(port, "pipeline:p%40ss%2Fword@", scheme))
    assert inbox.logins == [(b"pipeline", PASSWORD.encode())]
    assert len(inbox.messages) == 1


def test_password_is_not_sent_in_the_clear(
    serve: Callable[..., int],
    inbox: Inbox,
    send: Callable[..., bool],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A server without encryption gets no login, and the log says why on one line."""
    port = serve(authenticator=inbox.authenticate, auth_require_tls=False)
    assert not send(mail(port, "pipeline:p%40ss%2Fword@"))
    assert inbox.logins == []
    (line,) = [record.message for record in caplog.records if record.name == LOG.name]
    assert line.endswith("the server offers no encryption, so that the password was not sent")


def test_server_that_is_not_trusted_is_refused(
    serve: Callable[..., int],
    inbox: Inbox,
    send: Callable[..., bool],
    tls: ssl.SSLContext,
    monkeypatch: pytest.MonkeyPatch,
    waited: list[float],
) -> None:
    """A certificate that nobody vouches for is not tried again."""
    monkeypatch.delenv("SSL_CERT_FILE")
    assert not send(mail(serve(ssl_context=tls), scheme="smtps"))
    assert (inbox.messages, waited) == ([], [])


def test_wrong_password_is_tried_once_and_not_logged(
    serve: Callable[..., int],
    inbox: Inbox,
    send: Callable[..., bool],
    tls: ssl.SSLContext,
    waited: list[float],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A refused login is final: an account would be locked by more tries."""
    caplog.set_level(logging.DEBUG)
    port = serve(
        authenticator=inbox.authenticate, tls_context=tls, auth_exclude_mechanism={"LOGIN"}
    )
    assert not send(mail(port, "pipeline:wr0ng-s3cr3t@"))
    assert (len(inbox.logins), waited) == (1, [])
    assert "wr0ng-s3cr3t" not in caplog.text


def test_mail_that_is_put_off_is_tried_again(
    serve: Callable[..., int], inbox: Inbox, send: Callable[..., bool], waited: list[float]
) -> None:
    """A server that says "later" is asked again after a moment."""
    inbox.answers = ["451 Come back later"]
    assert send(mail(serve()))
    assert (len(inbox.messages), waited) == (1, [1.0])


def test_mail_that_is_refused_is_not_tried_again(
    serve: Callable[..., int], inbox: Inbox, send: Callable[..., bool], waited: list[float]
) -> None:
    """A server that says "never" is believed."""
    inbox.answers = ["554 No"]
    assert not send(mail(serve()))
    assert (inbox.messages, waited) == ([], [])


def test_server_that_is_away_fails_nothing(
    send: Callable[..., bool],
    waited: list[float],
    caplog: pytest.LogCaptureFixture,
    serve: Callable[..., int],
    inbox: Inbox,
) -> None:
    """After three tries there is one line in the log; when the server is back, it is sent."""
    port = free_port()
    assert not send(mail(port, "pipeline:s3cr3t@"))
    assert waited == [1.0, 2.0]
    (line,) = [record.message for record in caplog.records if record.name == LOG.name]
    assert line.startswith("Notice failure-run-1 was not sent by e-mail: ConnectionRefusedError")
    assert "s3cr3t" not in caplog.text
    assert send(mail(serve()))
    assert len(inbox.messages) == 1


def post(receiver: HTTPServer, kind: str = "slack") -> WebhookChannel:
    """Return a webhook channel to the receiver."""
    return WebhookChannel(receiver.url_for(SECRET_PATH), kind)


@pytest.mark.parametrize(
    ("kind", "key"), [("slack", "blocks"), ("teams", "attachments")], ids=["slack", "teams"]
)
def test_webhook_gets_json_once(
    kind: str, key: str, httpserver: HTTPServer, send: Callable[..., bool]
) -> None:
    """The receiver gets one JSON document of its kind."""
    httpserver.expect_request(SECRET_PATH, method="POST").respond_with_data("ok")
    assert send(post(httpserver, kind))
    assert send(post(httpserver, kind))
    ((request, _),) = httpserver.log
    assert request.headers["Content-Type"] == "application/json"
    assert key in request.get_json()
    assert "broken. Send it again. Ask: Lead." in request.get_data(as_text=True)


def test_webhook_that_is_down_is_tried_again(
    httpserver: HTTPServer, send: Callable[..., bool], waited: list[float]
) -> None:
    """A receiver that fails, or has had enough for now, is asked again."""
    for status in (503, 429, 200):
        httpserver.expect_ordered_request(SECRET_PATH).respond_with_data("", status)
    assert send(post(httpserver))
    assert waited == [1.0, 2.0]


@pytest.mark.parametrize("status", [400, 403, 404, 410])
def test_webhook_that_refuses_is_logged_without_its_address(
    status: int,
    httpserver: HTTPServer,
    send: Callable[..., bool],
    waited: list[float],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A refusal is final and one line; the address, which is a password, is in no log at all."""
    caplog.set_level(logging.DEBUG)
    httpserver.expect_request(SECRET_PATH).respond_with_data("no", status)
    assert not send(post(httpserver))
    assert waited == []
    lines = [record.message for record in caplog.records if record.name == LOG.name]
    assert lines == [f"Notice failure-run-1 was not sent by webhook: status {status}"]
    ours = [record for record in caplog.records if record.name != "werkzeug"]
    assert all("s3cr3t" not in record.getMessage() for record in ours)


def test_webhook_is_not_followed_elsewhere(
    httpserver: HTTPServer, send: Callable[..., bool]
) -> None:
    """A page to log in is no receipt."""
    httpserver.expect_request(SECRET_PATH).respond_with_response(
        Response(status=302, headers={"Location": httpserver.url_for("/login")})
    )
    httpserver.expect_request("/login").respond_with_data("welcome")
    assert not send(post(httpserver))
    assert [request.path for request, _ in httpserver.log] == [SECRET_PATH]


def test_webhook_that_is_away_fails_nothing(
    send: Callable[..., bool], waited: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    """After three tries there is one line without the address."""
    channel = WebhookChannel(f"http://127.0.0.1:{free_port()}{SECRET_PATH}", "slack")
    assert not send(channel)
    assert waited == [1.0, 2.0]
    assert "s3cr3t" not in caplog.text
    assert "s3cr3t" not in repr(channel)


def test_one_channel_that_fails_leaves_the_other(
    serve: Callable[..., int],
    inbox: Inbox,
    httpserver: HTTPServer,
    send: Callable[..., bool],
) -> None:
    """The webhook is told while the mail server is away, and only the mail is sent afterwards."""
    httpserver.expect_request(SECRET_PATH).respond_with_data("ok")
    assert not send(mail(free_port()), post(httpserver))
    assert len(httpserver.log) == 1
    assert send(mail(serve()), post(httpserver))
    assert (len(inbox.messages), len(httpserver.log)) == (1, 1)


def test_receipt_that_cannot_be_kept_fails_nothing(
    tmp_path: Path, httpserver: HTTPServer, notice: Notice, caplog: pytest.LogCaptureFixture
) -> None:
    """Where a file stands in the way of the folder, the notice is sent and the log says so."""
    (tmp_path / "file").write_text("")
    httpserver.expect_request(SECRET_PATH).respond_with_data("ok")
    sent = SentNotices(tmp_path / "file" / "notices")
    assert deliver(notice, [post(httpserver)], sent, LOG)
    assert "which cannot be kept" in caplog.text
