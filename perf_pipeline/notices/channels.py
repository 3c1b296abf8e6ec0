"""Which ways for notices are set up, and what is wrong with those that are not quite."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from logging import Logger
from urllib.parse import urlsplit

from perf_pipeline.notices.delivery import Channel, SentNotices, deliver
from perf_pipeline.notices.mail import PORTS, MailChannel
from perf_pipeline.notices.messages import Notice
from perf_pipeline.notices.webhooks import SLACK, TEAMS, WebhookChannel

SMTP_URL = "PERF_PIPELINE_SMTP_URL"
MAIL_FROM = "PERF_PIPELINE_MAIL_FROM"
WEBHOOK_URL = "PERF_PIPELINE_WEBHOOK_URL"
WEBHOOK_KIND = "PERF_PIPELINE_WEBHOOK_KIND"
UI_URL = "PERF_PIPELINE_UI_URL"


NOBODY = (
    f"No way for notices is set up: set {SMTP_URL} and {MAIL_FROM} and name addresses under "
    f"`notify` in council.yaml, or set {WEBHOOK_URL}."
)
"""Said where a notice would leave by no channel."""


@dataclass(frozen=True)
class NoticeSettings:
    """By what notices leave; docs/configuration.md describes the variables of these.

    Attributes:
        smtp_url: Mail server. Never shown: it may hold a password.
        mail_from: Address that notices come from.
        webhook_url: Address of a Teams or Slack channel. Never shown: who knows it can post.
        webhook_kind: `teams` or `slack`.
        ui_url: Address of the Dagster UI, for the links.
    """

    smtp_url: str | None = field(default=None, repr=False)
    mail_from: str | None = None
    webhook_url: str | None = field(default=None, repr=False)
    webhook_kind: str = TEAMS
    ui_url: str | None = None

    @classmethod
    def read(cls, variables: Mapping[str, str]) -> "NoticeSettings":
        """Take the settings out of environment variables; an empty one counts as not set."""
        return cls(
            smtp_url=variables.get(SMTP_URL) or None,
            mail_from=variables.get(MAIL_FROM) or None,
            webhook_url=variables.get(WEBHOOK_URL) or None,
            webhook_kind=variables.get(WEBHOOK_KIND) or TEAMS,
            ui_url=variables.get(UI_URL) or None,
        )


def tell(
    notice: Notice,
    settings: NoticeSettings,
    recipients: Sequence[str],
    sent: SentNotices,
    log: Logger,
) -> bool:
    """Send a notice once by each way that is set up, and log what is wrong with the others.

    Returns:
        True where every way that is set up has it.
    """
    for fault in channel_faults(settings, recipients):
        log.warning(fault)
    channels = set_up_channels(settings, recipients)
    if not channels:
        log.warning("Notice %s was told to nobody. %s", notice.key, NOBODY)
    return deliver(notice, channels, sent, log)


def set_up_channels(settings: NoticeSettings, recipients: Sequence[str]) -> list[Channel]:
    """Return the channels by which a notice can leave; one with a fault is left out.

    The webhook comes first: a mail server that does not answer is waited for longest.
    """
    channels: list[Channel] = []
    if settings.webhook_url and not [*_webhook_faults(settings)]:
        channels.append(WebhookChannel(settings.webhook_url, settings.webhook_kind))
    if settings.smtp_url and not [*_mail_faults(settings, recipients)]:
        sender = settings.mail_from or ""
        channels.append(MailChannel(settings.smtp_url, sender, tuple(recipients)))
    return channels


def channel_faults(settings: NoticeSettings, recipients: Sequence[str]) -> list[str]:
    """Return what is wrong with the settings of notices, a sentence each, without any secret."""
    return [
        *_mail_faults(settings, recipients),
        *_webhook_faults(settings),
        *_link_faults(settings),
    ]


def ui_url(settings: NoticeSettings) -> str | None:
    """Return the address of the Dagster UI for links; None where it is none."""
    return None if [*_link_faults(settings)] else settings.ui_url


def _mail_faults(settings: NoticeSettings, recipients: Sequence[str]) -> Iterator[str]:
    if not settings.smtp_url:
        if recipients:
            yield f"council.yaml names who to notify, and {SMTP_URL} is not set."
        return
    if not _is_address(settings.smtp_url, PORTS):
        yield (
            f"{SMTP_URL} cannot be read. Write it like smtp://user:password@host:587, "
            "with %40 for @ and %2F for / in a password."
        )
    if not settings.mail_from or "@" not in settings.mail_from:
        yield f"{MAIL_FROM} is no address. Write the one that notices come from."
    elif not settings.mail_from.isprintable():
        yield f"{MAIL_FROM} is not one line."
    if not recipients:
        yield f"{SMTP_URL} is set, and council.yaml names nobody under notify."


def _webhook_faults(settings: NoticeSettings) -> Iterator[str]:
    if not settings.webhook_url:
        return
    if not _is_address(settings.webhook_url, ("https", "http")):
        yield f"{WEBHOOK_URL} is no https address."
    if settings.webhook_kind not in {TEAMS, SLACK}:
        yield f"{WEBHOOK_KIND} is not known. Write {TEAMS} or {SLACK}."


def _link_faults(settings: NoticeSettings) -> Iterator[str]:
    if settings.ui_url and not _is_address(settings.ui_url, ("https", "http")):
        yield f"{UI_URL} is no http or https address."


def _is_address(url: str, schemes: Sequence[str] | dict[str, int]) -> bool:
    try:
        parts = urlsplit(url)
        is_whole = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
    is_one_word = url.isprintable() and " " not in url
    return is_whole and is_one_word and parts.scheme in schemes
