"""Notices by e-mail: plain text, sent by the council's own mail server."""

import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import localtime
from urllib.parse import SplitResult, unquote, urlsplit

from perf_pipeline.notices.delivery import LIMIT_SECONDS, DeliveryError
from perf_pipeline.notices.messages import Notice, plain

PORTS = {"smtp": 25, "smtps": 465}
"""Ports by scheme, where an address names none."""

_PERMANENT = 500
"""SMTP answers from here on will be the same next time."""


@dataclass(frozen=True)
class MailChannel:
    """E-mail by a server of the council.

    Attributes:
        url: `smtp://user:password@host:port`, or `smtps://` where encryption begins at once.
        sender: The address that notices come from.
        recipients: The addresses that they go to.
    """

    url: str = field(repr=False)
    sender: str
    recipients: tuple[str, ...]
    name: str = "e-mail"

    def send(self, notice: Notice) -> str:
        """Send a notice to all recipients; encrypted where the server can.

        Returns:
            Whom the server refused although it took others; empty where it took all.

        Raises:
            DeliveryError: The server cannot be reached or takes it for none of them.
        """
        server = urlsplit(self.url)
        try:
            with _smtp(server) as connection:
                _log_in(connection, server)
                refused = connection.send_message(self._message(notice))
                return f"not taken for {', '.join(refused)}" if refused else ""
        except DeliveryError:
            raise
        except (OSError, smtplib.SMTPException, ValueError) as error:
            found = _without_password(error, server)
            raise DeliveryError(found, is_transient=_may_pass(error)) from None

    def _message(self, notice: Notice) -> EmailMessage:
        message = EmailMessage()
        message["Subject"] = plain(notice.subject)
        message["From"] = self.sender
        message["To"] = ", ".join(self.recipients)
        message["Date"] = localtime()
        # The same notice has the same id, so that a server can drop one sent twice.
        message["Message-ID"] = f"<perf-pipeline.{notice.key}@{self.sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(notice.text)
        return message


def _smtp(server: SplitResult) -> smtplib.SMTP:
    host, port = server.hostname or "", server.port or PORTS[server.scheme]
    context = ssl.create_default_context()
    if server.scheme == "smtps":
        return smtplib.SMTP_SSL(host, port, timeout=LIMIT_SECONDS, context=context)
    connection = smtplib.SMTP(host, port, timeout=LIMIT_SECONDS)
    connection.ehlo()
    if connection.has_extn("starttls"):
        connection.starttls(context=context)
        connection.ehlo()
    elif server.username:
        connection.close()
        raise DeliveryError(
            "the server offers no encryption, so that the password was not sent",
            is_transient=False,
        )
    return connection


def _log_in(connection: smtplib.SMTP, server: SplitResult) -> None:
    if server.username:
        connection.login(unquote(server.username), unquote(server.password or ""))


def _may_pass(error: Exception) -> bool:
    if isinstance(error, smtplib.SMTPAuthenticationError | ssl.SSLError | ValueError):
        return False
    return getattr(error, "smtp_code", 0) < _PERMANENT


def _without_password(error: Exception, server: SplitResult) -> str:
    text = str(error)
    for secret in (server.password, unquote(server.password or "")):
        text = text.replace(secret, "***") if secret else text
    return f"{type(error).__name__}: {text}"
