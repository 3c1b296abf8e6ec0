"""The files of a disaggregated return, copied into the landing store and not yet read."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from perf_pipeline.disaggregated_entries import DisaggregatedEntry
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import ReturnFault
from perf_pipeline.schemas import conform, empty
from perf_pipeline.schemas.disaggregated import DisaggregatedFiles
from perf_pipeline.sources.files import matching_files, open_file, shown_location
from perf_pipeline.sources.landing import Landing
from perf_pipeline.sources.limits import LARGEST_DISAGGREGATED_BYTES
from perf_pipeline.sources.wording import SourcePlace, listed


def land_files(
    entry: DisaggregatedEntry, quarter: Quarter, council_folder: Path, landing: Landing
) -> pd.DataFrame:
    """Keep a copy of every file of a source's disaggregated return.

    Args:
        entry: The source's entry in `sources.yaml`.
        quarter: Quarter of the return.
        council_folder: The council folder, to which paths are relative.
        landing: Where the copies are kept.

    Returns:
        `DisaggregatedFiles` by name; without rows where the return has not come.

    Raises:
        ReturnError: A file cannot be fetched, or two files have the same content.
    """
    location = entry.located(entry.location, quarter)
    place = SourcePlace(entry, shown_location(location), quarter)
    names = matching_files(location, council_folder, place)
    files = [
        file for name in names for file in _landed(entry, quarter, name, council_folder, landing)
    ]
    if not files:
        return empty(DisaggregatedFiles)
    _require_each_once(files, place)
    return conform(pd.DataFrame(files), DisaggregatedFiles)


def _landed(
    entry: DisaggregatedEntry, quarter: Quarter, name: str, council_folder: Path, landing: Landing
) -> Iterator[Mapping[str, Any]]:
    shown = shown_location(name)
    place = SourcePlace(entry, shown, quarter)
    pieces = open_file(name, council_folder, place, LARGEST_DISAGGREGATED_BYTES)
    if pieces is not None:
        sha256 = landing.land(pieces)
        yield {
            "quarter_key": quarter.key,
            "source_code": entry.source_code,
            "file_name": shown,
            "file_sha256": sha256,
            "byte_count": landing.path(sha256).stat().st_size,
        }


def _require_each_once(files: list[Mapping[str, Any]], place: SourcePlace) -> None:
    """Refuse one content under two names: nothing would tell the rows of the two apart."""
    names = defaultdict(list)
    for file in files:
        names[file["file_sha256"]].append(file["file_name"])
    if twice := [name for alike in names.values() if len(alike) > 1 for name in alike]:
        raise place.error(
            f"Files with the same content came more than once: {listed(twice)}.",
            "Take all but one of them away",
            ReturnFault.PART_REPEATED,
        )
