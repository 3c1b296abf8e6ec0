"""Which ways for notices are set up, and what is wrong with those that are not quite."""

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from perf_pipeline.orchestration import environment as variables
from perf_pipeline.orchestration.delivery import Channel
from perf_pipeline.orchestration.environment import Environment
from perf_pipeline.orchestration.mail import PORTS, MailChannel
from perf_pipeline.orchestration.webhooks import SLACK, TEAMS, WebhookChannel


def set_up_channels(environment: Environment, recipients: Sequence[str]) -> list[Channel]:
    """Return the channels by which a notice can leave; one with a fault is left out."""
    channels: list[Channel] = []
    if environment.smtp_url and not [*_mail_faults(environment, recipients)]:
        sender = environment.mail_from or ""
        channels.append(MailChannel(environment.smtp_url, sender, tuple(recipients)))
    if environment.webhook_url and not [*_webhook_faults(environment)]:
        channels.append(WebhookChannel(environment.webhook_url, environment.webhook_kind))
    return channels


def channel_faults(environment: Environment, recipients: Sequence[str]) -> list[str]:
    """Return what is wrong with the settings of notices, a sentence each, without any secret."""
    return [
        *_mail_faults(environment, recipients),
        *_webhook_faults(environment),
        *_link_faults(environment),
    ]


def ui_url(environment: Environment) -> str | None:
    """Return the address of the Dagster UI for links; None where it is none."""
    return None if [*_link_faults(environment)] else environment.ui_url


def _mail_faults(environment: Environment, recipients: Sequence[str]) -> Iterator[str]:
    if not environment.smtp_url:
        if recipients:
            yield f"council.yaml names who to notify, and {variables.SMTP_URL} is not set."
        return
    if not _is_address(environment.smtp_url, PORTS):
        yield (
            f"{variables.SMTP_URL} cannot be read. Write it like smtp://user:password@host:587, "
            "with %40 for @ and %2F for / in a password."
        )
    if not environment.mail_from or "@" not in environment.mail_from:
        yield f"{variables.MAIL_FROM} is no address. Write the one that notices come from."
    elif not environment.mail_from.isprintable():
        yield f"{variables.MAIL_FROM} is not one line."
    if not recipients:
        yield f"{variables.SMTP_URL} is set, and council.yaml names nobody under notify."


def _webhook_faults(environment: Environment) -> Iterator[str]:
    if not environment.webhook_url:
        return
    if not _is_address(environment.webhook_url, ("https", "http")):
        yield f"{variables.WEBHOOK_URL} is no https address."
    if environment.webhook_kind not in {TEAMS, SLACK}:
        yield f"{variables.WEBHOOK_KIND} is not known. Write {TEAMS} or {SLACK}."


def _link_faults(environment: Environment) -> Iterator[str]:
    if environment.ui_url and not _is_address(environment.ui_url, ("https", "http")):
        yield f"{variables.UI_URL} is no http or https address."


def _is_address(url: str, schemes: Sequence[str] | dict[str, int]) -> bool:
    try:
        parts = urlsplit(url)
        is_whole = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
    is_one_word = url.isprintable() and " " not in url
    return is_whole and is_one_word and parts.scheme in schemes
