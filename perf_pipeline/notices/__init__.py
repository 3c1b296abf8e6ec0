"""What people are told, and by what: e-mail and webhook. Knows no Dagster and no clock.

    messages      the texts, for the person who must act
    delivery      a notice sent once by each channel, tried again where that makes sense
    mail          by the council's mail server
    webhooks      to a channel of Teams or Slack
    channels      which of them are set up, and what is wrong with their settings

What must be kept out: when a notice is due (`orchestration`), and any text's mark-up.
"""

from perf_pipeline.notices.channels import (
    NOBODY,
    NoticeSettings,
    channel_faults,
    set_up_channels,
    tell,
    ui_url,
)
from perf_pipeline.notices.delivery import SentNotices
from perf_pipeline.notices.messages import (
    Notice,
    ReturnsNotice,
    StepFailure,
    failure_notice,
    missing_notice,
    names,
)

__all__ = [
    "NOBODY",
    "Notice",
    "NoticeSettings",
    "ReturnsNotice",
    "SentNotices",
    "StepFailure",
    "channel_faults",
    "failure_notice",
    "missing_notice",
    "names",
    "set_up_channels",
    "tell",
    "ui_url",
]
