"""Checks of counts that somebody printed of the quarter: against ours, and among themselves."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from perf_pipeline.rules import QualityCheck, StatedCount
from perf_pipeline.schemas.records import rows_of
from perf_pipeline.scrutinise.evidence import Evidence
from perf_pipeline.scrutinise.findings import Finding
from perf_pipeline.scrutinise.shares import StatedShare
from perf_pipeline.scrutinise.wording import listed

_COUNTS_FILE = "register/stated_counts.csv"
_COLOURS = (StatedCount.RED, StatedCount.AMBER, StatedCount.GREEN)
_RATED, _NOT_RATED, _KPIS = StatedCount.RATED, StatedCount.NOT_RATED, StatedCount.KPIS
_DIRECTIONS = tuple(
    tuple(
        StatedCount(f"{direction}_{period}")
        for direction in ("improved", "maintained", "declined", "not_comparable")
    )
    for period in ("previous_quarter", "last_year")
)
"""The counts of directions against each comparator, that of not comparable last."""
_SUMS = (
    (_COLOURS, _RATED),
    ((_RATED, _NOT_RATED), _KPIS),
    ((*_COLOURS, _NOT_RATED), _KPIS),
    *((codes, _KPIS) for codes in _DIRECTIONS),
)
"""Counts that make up another."""
_WHOLES = dict.fromkeys(_COLOURS, _RATED) | {_RATED: _KPIS, _NOT_RATED: _KPIS}
"""What a count is a share of."""
_COUNCIL = "the council"

_Counts = Mapping[StatedCount, int]


def stated_count_differs(evidence: Evidence) -> list[Finding]:
    """Find stated counts, what they are stated to be of, and shares alone, that are not ours."""
    if evidence.counts.empty:
        return []
    ours = _own_counts(evidence)
    return [
        _finding(QualityCheck.STATED_COUNT_DIFFERS, row.directorate_code, evidence, text)
        for row in rows_of(evidence.counts)
        for text in _differences(row, ours.get(_unit(row.directorate_code), {}))
    ]


def _own_counts(evidence: Evidence) -> dict[str, _Counts]:
    """Return our counts by directorate code, and those of the council."""
    directorates = evidence.directorate_summary.to_dict("records")
    counts = {str(row["directorate_code"]): _counts_of(row) for row in directorates}
    for row in evidence.council_summary.to_dict("records"):
        counts[_COUNCIL] = _counts_of(row)
    return counts


def _counts_of(summary: Mapping[Any, Any]) -> _Counts:
    counts = {code: summary.get(f"{code}_count") for code in StatedCount}
    counts[_KPIS] = summary["kpi_count"]
    counts[_NOT_RATED] = summary["kpi_count"] - summary["rated_count"]
    return {code: int(count) for code, count in counts.items() if not pd.isna(count)}


def _differences(row: Any, ours: _Counts) -> Iterator[str]:
    code = StatedCount(row.count_code)
    whole = _WHOLES.get(code)
    for stated, own, of in ((row.stated_count, code, ""), (row.stated_of_count, whole, "of ")):
        if own is not None and own in ours and not pd.isna(stated) and stated != ours[own]:
            yield (
                f"{_word(code)} is stated as {of}{stated}{_where(row)}, and the scorecard has "
                f"{ours[own]} {_word(own)}. Find out which KPIs make the difference."
            )
    is_alone = pd.isna(row.stated_count) or pd.isna(row.stated_of_count)
    if is_alone and isinstance(row.stated_share_text, str) and code in ours:
        yield from _other_share(row, code, ours)


def _other_share(row: Any, code: StatedCount, ours: _Counts) -> Iterator[str]:
    """Hold a share that is stated without its counts against each share that ours may make."""
    wholes = _own_wholes(code, ours)
    shares = [StatedShare("", row.stated_share_text, ours[code], whole) for whole in wholes]
    if shares and not any(share.is_right for share in shares):
        own = " or ".join(
            f"{share.right_text}% ({share.part} of {share.whole})" for share in shares
        )
        yield (
            f"{_word(code)} is stated as {row.stated_share_text}%{_where(row)}, and the scorecard "
            f"has {own}. Find out which KPIs make the difference."
        )


def _own_wholes(code: StatedCount, ours: _Counts) -> list[int]:
    """Return what our count may be a share of: of directions, the comparable KPIs or all."""
    if code in _WHOLES:
        return [ours[_WHOLES[code]]]
    return [
        sum(ours[part] for part in parts)
        for directions in _DIRECTIONS
        for parts in (directions[:-1], directions)
        if code in parts and ours.keys() >= set(parts)
    ]


def stated_parts_disagree(evidence: Evidence) -> list[Finding]:
    """Find counts of one directorate, or of the council, that cannot all be right."""
    return [
        _finding(QualityCheck.STATED_PARTS_DISAGREE, code, evidence, text)
        for code, rows in evidence.counts.groupby("directorate_code", dropna=False, sort=False)
        for text in _contradictions(rows_of(rows))
    ]


def _contradictions(rows: Sequence[Any]) -> Iterator[str]:
    stated: dict[StatedCount, list[int]] = {}
    for row in rows:
        values = stated.setdefault(StatedCount(row.count_code), [])
        if not pd.isna(row.stated_count) and row.stated_count not in values:
            values.append(int(row.stated_count))
    for code, values in stated.items():
        if len(values) > 1:
            yield f"{_word(code)} is stated as {listed(map(str, values))}. Correct one of them."
    counts = {code: values[0] for code, values in stated.items() if len(values) == 1}
    yield from _wrong_sums(counts)
    for row in rows:
        yield from _wrong_whole(row, counts)


def _wrong_sums(counts: _Counts) -> Iterator[str]:
    for parts, whole in _SUMS:
        if whole in counts and counts.keys() >= set(parts):
            total = sum(counts[part] for part in parts)
            if total != counts[whole]:
                yield (
                    f"{_added(parts, counts)} make {total}, but {_word(whole)} is stated as "
                    f"{counts[whole]}. Correct the count that is wrong."
                )


def _wrong_whole(row: Any, counts: _Counts) -> Iterator[str]:
    """Hold what a count is stated to be of against the counts that make it up."""
    code = StatedCount(row.count_code)
    if pd.isna(row.stated_of_count):
        return
    wholes = dict(_possible_wholes(code, counts))
    if wholes and row.stated_of_count not in wholes:
        yield (
            f"{_word(code)} is stated as a share of {row.stated_of_count}{_where(row)}, but "
            f"{listed(f'{text} is {whole}' for whole, text in wholes.items())}. Correct what it is "
            "a share of."
        )


def _possible_wholes(code: StatedCount, counts: _Counts) -> Iterator[tuple[int, str]]:
    """Yield each total that a count may be a share of, and what it is made up of."""
    if code in _COLOURS and counts.keys() >= set(_COLOURS):
        yield sum(counts[colour] for colour in _COLOURS), _added(_COLOURS, counts)
    elif code in _WHOLES and _WHOLES[code] in counts:
        yield counts[_WHOLES[code]], _word(_WHOLES[code])
    for directions in _DIRECTIONS:
        if code in directions:
            for parts in (directions[:-1], directions):
                if counts.keys() >= set(parts):
                    yield sum(counts[part] for part in parts), _added(parts, counts)


def _added(parts: Sequence[StatedCount], counts: _Counts) -> str:
    return listed(f"{_word(part)} {counts[part]}" for part in parts)


def _word(code: StatedCount) -> str:
    return "KPIs" if code is _KPIS else code.replace("_", " ")


def _where(row: Any) -> str:
    return f" ({row.note_text})" if isinstance(row.note_text, str) else ""


def _unit(directorate_code: object) -> str:
    return directorate_code if isinstance(directorate_code, str) else _COUNCIL


def _finding(
    check: QualityCheck, directorate_code: object, evidence: Evidence, text: str
) -> Finding:
    unit = _unit(directorate_code)
    name = evidence.directorate_names.get(unit, unit)
    place = {"directorate_code": directorate_code, "file_name": _COUNTS_FILE}
    return Finding(check, f"Of {name}: {text}", place)
