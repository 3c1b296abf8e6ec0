"""Notices to a channel of Teams or Slack, as text that neither reads as Markdown.

The address of a webhook is its password: it is in no message, log line or error.
"""

import html
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from perf_pipeline.notices.delivery import LIMIT_SECONDS, DeliveryError
from perf_pipeline.notices.messages import Notice

TEAMS, SLACK = "teams", "slack"
_LONGEST_SLACK_TEXT = 2_900
"""Characters of one part; a line has fewer."""


@dataclass(frozen=True)
class WebhookChannel:
    """A channel of Teams or Slack, by the address that it gives out.

    Attributes:
        url: That address, which is a secret.
        kind: `teams` or `slack`.
    """

    url: str = field(repr=False)
    kind: str
    name: str = "webhook"

    def send(self, notice: Notice) -> str:
        """Post a notice; nothing is left to say of one that was taken.

        Raises:
            DeliveryError: The address cannot be reached, or refuses it.
        """
        payload = slack_payload(notice) if self.kind == SLACK else teams_payload(notice)
        request = urllib.request.Request(  # noqa: S310 - the scheme is checked where it is read
            self.url, json.dumps(payload).encode(), {"Content-Type": "application/json"}
        )
        try:
            with _opener().open(request, timeout=LIMIT_SECONDS):
                return ""
        except urllib.error.HTTPError as error:
            error.close()
            is_transient = error.code >= HTTPStatus.INTERNAL_SERVER_ERROR or (
                error.code == HTTPStatus.TOO_MANY_REQUESTS
            )
            raise DeliveryError(f"status {error.code}", is_transient=is_transient) from None
        except (OSError, ValueError) as error:
            # An address that cannot be used stands in the error's own text.
            found = str(getattr(error, "reason", "")) or "the address cannot be used"
            raise DeliveryError(
                f"{type(error).__name__}: {found}", is_transient=isinstance(error, OSError)
            ) from None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Follow nothing: a page to log in would look like success."""


def _opener() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(_NoRedirect)


def teams_payload(notice: Notice) -> dict[str, Any]:
    """Return a notice as an Adaptive Card whose text runs know no Markdown."""
    runs = [(notice.subject, {"weight": "Bolder"}), *((line, {}) for line in notice.lines if line)]
    body = [
        {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, **look}]}
        for text, look in runs
    ]
    card: dict[str, Any] = {"type": "AdaptiveCard", "version": "1.4", "body": body}
    if notice.link:
        card["actions"] = [{"type": "Action.OpenUrl", "title": "Open the run", "url": notice.link}]
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    return {"type": "message", "attachments": [attachment]}


def slack_payload(notice: Notice) -> dict[str, Any]:
    """Return a notice as plain-text blocks; only the link, which is ours, is marked up."""
    blocks = [_slack_block("plain_text", text) for text in _slack_texts(notice)]
    if notice.link:
        blocks.append(_slack_block("mrkdwn", f"<{_slack_text(notice.link)}|Open the run>"))
    # What a notification shows is read as mark-up, in which only these three begin anything that
    # links or calls people.
    return {"text": _slack_text(notice.subject), "blocks": blocks}


def _slack_texts(notice: Notice) -> Iterator[str]:
    """Yield the whole text in parts that Slack takes, none of which breaks a line."""
    text = notice.subject
    for line in ["", *notice.lines]:
        if len(text) + 1 + len(line) > _LONGEST_SLACK_TEXT:
            yield text
            text = line
        else:
            text = f"{text}\n{line}"
    yield text


def _slack_block(kind: str, text: str) -> dict[str, Any]:
    look = {"emoji": False} if kind == "plain_text" else {}
    return {"type": "section", "text": {"type": kind, "text": text, **look}}


def _slack_text(text: str) -> str:
    return html.escape(text, quote=False)
