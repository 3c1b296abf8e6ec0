"""How a return that cannot be read is reported: whose, which quarter, where, what, what next."""

from collections.abc import Collection
from dataclasses import dataclass

from perf_pipeline.errors import ReturnError
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import ReturnFault
from perf_pipeline.source_entries import NamedSource, SourceEntry

_AND_SEND = " and send that"
_LONGEST_SHOWN = 60
_MOST_LISTED = 20
_LONGEST_REASON = 300


@dataclass(frozen=True)
class SourcePlace:
    """Whose return is being read, for which quarter, and where it is.

    Attributes:
        entry: The source's entry.
        where: Path, address or database, without any secret in it.
        quarter: Quarter of the return; null where only the landed copy is known.
        is_unsent: True where the service checks its file before it sends it.
    """

    entry: NamedSource
    where: str
    quarter: Quarter | None = None
    is_unsent: bool = False

    def error(
        self, found: str, remedy: str, fault: ReturnFault, *, is_transient: bool = False
    ) -> ReturnError:
        """Return the error to raise.

        Args:
            found: What was found, as sentences.
            remedy: What to do, in the imperative and without a full stop.
            fault: The same as a code.
            is_transient: True where a network or a database failed in a way that may pass.
        """
        entry = self.entry
        ending = "'" if entry.source_name.endswith("s") else "'s"
        quarter = "" if self.quarter is None else f" for {self.quarter.label}"
        next_step = f"rerun {entry.source_code}_return. Ask: {entry.contact_role}"
        if self.is_unsent:
            remedy, next_step = remedy.removesuffix(_AND_SEND), "check it again"
        return ReturnError(
            f"{entry.source_name}{ending} return{quarter} ({self.where}): {found} {remedy}, then "
            f"{next_step}.",
            reason_code=fault,
            is_transient=is_transient,
        )


@dataclass(frozen=True)
class ReturnPlace(SourcePlace):
    """The place of a return that people wrote, whose entry says how it is laid out."""

    entry: SourceEntry


def quoted(text: object) -> str:
    """Show what was found: on one line, cut when long, control characters spelt out."""
    shown = str(text)
    if len(shown) > _LONGEST_SHOWN:
        shown = shown[: _LONGEST_SHOWN - 1] + "…"
    spelt = (
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in shown
    )
    text = "".join(spelt).replace("`", "'")
    return f"`{text}`"


def listed(texts: Collection[object]) -> str:
    """List what was found, the first twenty of it; `none` when there is nothing."""
    shown = [quoted(text) for text in texts][:_MOST_LISTED]
    more = len(texts) - len(shown)
    return (", ".join(shown) or "none") + (f" and {more} more" if more else "")


def reason(error: BaseException, *secrets: str | None) -> str:
    """Return another library's account of a failure, on one line and without the secrets."""
    text = " ".join(str(error).split()) or type(error).__name__
    for secret in secrets:
        if secret:
            text = text.replace(secret, "***")
    return text[:_LONGEST_REASON].rstrip(".")
