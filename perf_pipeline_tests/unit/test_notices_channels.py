"""Which ways for notices are set up, and what is said of settings that do not work."""

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from perf_pipeline.notices import Notice, SentNotices
from perf_pipeline.notices.channels import (
    NoticeSettings,
    channel_faults,
    set_up_channels,
    tell,
    ui_url,
)

TEAM = ("performance@council.example",)
NOTHING = NoticeSettings()
WHOLE = NoticeSettings(
    smtp_url="smtp://pipeline:s3cr3t@mail.council.example:587",
    mail_from="pipeline@council.example",
    webhook_url="https://hooks.council.example/s3cr3t",
    webhook_kind="slack",
    ui_url="https://dagster.council.example",
)


def test_nothing_is_set_up_by_itself() -> None:
    """Without settings there is no channel, no fault and no link."""
    assert set_up_channels(NOTHING, ()) == []
    assert channel_faults(NOTHING, ()) == []
    assert ui_url(NOTHING) is None


def test_both_channels_are_set_up() -> None:
    """With all settings there are two channels and a link."""
    assert [channel.name for channel in set_up_channels(WHOLE, TEAM)] == ["webhook", "e-mail"]
    assert channel_faults(WHOLE, TEAM) == []
    assert ui_url(WHOLE) == "https://dagster.council.example"


def test_secrets_are_in_no_representation() -> None:
    """Neither settings nor channels show a password or a webhook's address when printed."""
    assert "s3cr3t" not in repr(WHOLE)
    assert "s3cr3t" not in repr(set_up_channels(WHOLE, TEAM))


@pytest.mark.parametrize(
    ("changed", "recipients", "said"),
    [
        pytest.param({"smtp_url": "mail.council.example"}, TEAM, "SMTP_URL cannot be", id="host"),
        pytest.param({"smtp_url": "http://m.example"}, TEAM, "SMTP_URL cannot be", id="scheme"),
        pytest.param({"smtp_url": "smtp://u:s3c/r3t@m"}, TEAM, "%2F for /", id="slash in password"),
        pytest.param({"smtp_url": "smtp://m.example:x"}, TEAM, "SMTP_URL cannot be", id="port"),
        pytest.param({"mail_from": None}, TEAM, "MAIL_FROM is no address", id="no sender"),
        pytest.param({"mail_from": "a@b\nBcc: c@d"}, TEAM, "not one line", id="two lines"),
        pytest.param({}, (), "names nobody under notify", id="no recipients"),
        pytest.param({"smtp_url": None}, TEAM, "SMTP_URL is not set", id="no server"),
        pytest.param({"webhook_url": "ftp://s3cr3t"}, TEAM, "WEBHOOK_URL is no", id="no https"),
        pytest.param({"webhook_kind": "irc"}, TEAM, "Write teams or slack", id="kind"),
        pytest.param({"ui_url": "javascript:alert(1)"}, TEAM, "UI_URL is no http", id="script"),
        pytest.param({"ui_url": "https://a b"}, TEAM, "UI_URL is no http", id="space"),
    ],
)
def test_setting_that_does_not_work_is_named(
    changed: dict[str, str | None], recipients: tuple[str, ...], said: str
) -> None:
    """One sentence names the variable and never its value; the other channel stays."""
    settings = replace(WHOLE, **changed)
    (fault,) = channel_faults(settings, recipients)
    assert said in fault
    assert "s3c" not in fault
    assert set_up_channels(settings, recipients)


def test_notice_that_leaves_by_no_channel_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Where nothing is set up, the log says that nobody was told, and how to change that."""
    log = logging.getLogger("notices under test")
    notice = Notice("failure-run-1", "It failed", ("It failed.",))
    tell(notice, NOTHING, (), SentNotices(tmp_path), log)
    assert "Notice failure-run-1 was told to nobody. No way for notices is set up" in caplog.text
    assert list(tmp_path.iterdir()) == []


def test_address_that_is_none_makes_no_link() -> None:
    """Only http and https are linked to."""
    assert ui_url(replace(WHOLE, ui_url="javascript:alert(1)")) is None
