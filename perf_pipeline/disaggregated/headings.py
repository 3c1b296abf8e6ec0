"""Where in a disaggregated file the promised headings stand."""

from collections.abc import Mapping, Sequence

from perf_pipeline.disaggregated_entries import DisaggregatedEntry, DisaggregatedField
from perf_pipeline.rules import ReturnFault
from perf_pipeline.sources.promises import heading_key
from perf_pipeline.sources.wording import SourcePlace, listed


def heading_places(
    found: Sequence[str], entry: DisaggregatedEntry, place: SourcePlace
) -> Mapping[DisaggregatedField, int]:
    """Return the column of each field, counted from 0.

    Headings match whatever their case and white space; columns that are not promised are left
    aside.

    Raises:
        ReturnError: Promised headings are missing or stand in two columns; every one is named.
    """
    keys = [heading_key(text) for text in found]
    missing = missing_headings(found, entry)
    twice = [heading for heading in entry.columns if keys.count(heading_key(heading)) > 1]
    if missing or twice:
        raise _not_as_promised(found, missing, twice, place)
    return {field: keys.index(heading_key(heading)) for heading, field in entry.columns.items()}


def missing_headings(found: Sequence[str], entry: DisaggregatedEntry) -> list[str]:
    """Return the promised headings that are not among those found."""
    keys = set(map(heading_key, found))
    return [heading for heading in entry.columns if heading_key(heading) not in keys]


def _not_as_promised(
    found: Sequence[str], missing: Sequence[str], twice: Sequence[str], place: SourcePlace
) -> Exception:
    faults = [f"Headings missing: {listed(missing)}."] if missing else []
    faults += [f"Headings that stand in two columns: {listed(twice)}."] if twice else []
    shown = listed([text for text in found if text])
    return place.error(
        f"{' '.join(faults)} Headings found: {shown}.",
        "Send each of them once, or change sources.yaml",
        ReturnFault.HEADING_MISSING if missing else ReturnFault.HEADING_REPEATED,
    )
