"""Codes that replaced others, followed to those of a quarter, and where former KPIs belong now."""

from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import OrganisationUnit

UNIT_COLUMNS: Mapping[OrganisationUnit, tuple[str, str]] = {
    OrganisationUnit.DIRECTORATE: ("directorates", "directorate_code"),
    OrganisationUnit.SERVICE: ("services", "service_code"),
    OrganisationUnit.KPI: ("kpis", "kpi_ref"),
}
"""Table and column of the codes of each kind of unit."""

_NARROWEST_FIRST = (OrganisationUnit.KPI, OrganisationUnit.SERVICE, OrganisationUnit.DIRECTORATE)


@dataclass(frozen=True)
class Organisation:
    """Where everything belongs in one quarter.

    Attributes:
        quarter: The quarter.
        directorates: Directorate of each KPI, each service and each directorate (itself) of the
            quarter, by kind and code.
        successors: The register's `Successors`.
    """

    quarter: Quarter
    directorates: Mapping[OrganisationUnit, Mapping[str, str]]
    successors: pd.DataFrame

    def directorates_of(self, kpis_then: pd.DataFrame) -> pd.Series:
        """Find the directorate to which each KPI of an earlier quarter belongs in this one.

        It is that of the KPI, else of its service then, else its directorate then: the first of
        them that is still there, or that a single other one has taken the place of.

        Args:
            kpis_then: `KpisInForce` of the earlier quarter.

        Returns:
            Directorate codes by the frame's index, null where there is no single one.
        """
        found = pd.Series(None, index=kpis_then.index, dtype="str")
        for kind in _NARROWEST_FIRST:
            codes = kpis_then[UNIT_COLUMNS[kind][1]]
            found = found.fillna(codes.map(self._present(kind, codes)).astype("str"))
        return found.rename("present_directorate_code")

    def _present(self, kind: OrganisationUnit, codes: pd.Series) -> dict[str, str]:
        """Return the directorate now of each code that one single code stands for now."""
        live, children = self.directorates[kind], successors_by(self.quarter, kind, self.successors)
        ends = {code: live_ends(code, children, live) for code in codes.unique()}
        return {code: live[reached[0]] for code, reached in ends.items() if len(reached) == 1}


def successors_by(
    quarter: Quarter, kind: OrganisationUnit, successors: pd.DataFrame
) -> Mapping[str, Sequence[str]]:
    """Return the codes that replaced each old one, up to and including a quarter.

    Args:
        quarter: The quarter.
        kind: What the codes stand for.
        successors: The register's `Successors`.
    """
    has_happened = successors["valid_from"] <= quarter.key
    links = successors[has_happened & (successors["unit_kind_code"] == kind)]
    children: defaultdict[str, list[str]] = defaultdict(list)
    for old, new in zip(links["old_code"], links["new_code"], strict=True):
        children[old].append(new)
    return dict(children)


def live_ends(code: str, children: Mapping[str, Sequence[str]], live: Container[str]) -> list[str]:
    """Follow a code through what replaced it to live codes; a live code is its own end.

    Args:
        code: The code to begin with.
        children: The codes that replaced each old one.
        live: The live codes.

    Returns:
        The live codes reached, each once, sorted.
    """
    ends, seen, ahead = set(), set(), [code]
    while ahead:
        each = ahead.pop()
        if each in live:
            ends.add(each)
        elif each not in seen:
            seen.add(each)
            ahead.extend(children.get(each, ()))
    return sorted(ends)


def merged_codes(
    children: Mapping[str, Sequence[str]], live: Container[str]
) -> dict[str, list[str]]:
    """Find the old codes of which each is but a part of the one live code that it leads to.

    A code that was renamed, once or more, is the whole of the new one. One that was merged with
    others is not, and neither is what had led to it before.

    Args:
        children: The codes that replaced each old one, without circles.
        live: The live codes.

    Returns:
        By old code the others that make up the live one with it, sorted.
    """
    parents = _turned(children)
    ends = {old: live_ends(old, children, live) for old in children}
    single = {old: reached[0] for old, reached in ends.items() if len(reached) == 1}
    parts = {old: _others(old, end, children, parents) for old, end in single.items()}
    return {old: others for old, others in parts.items() if others}


def whole_predecessors(
    children: Mapping[str, Sequence[str]], live: Container[str]
) -> dict[str, str]:
    """Find the old codes that stood for all that one live code stands for, and nothing else.

    Args:
        children: The codes that replaced each old one, without circles.
        live: The live codes.

    Returns:
        The live code by the old one.
    """
    merged = merged_codes(children, live)
    leaves = {
        old: [code for code in _reached(old, children) if code not in children] for old in children
    }
    return {
        old: found[0]
        for old, found in leaves.items()
        if len(found) == 1 and found[0] in live and old not in merged
    }


def _turned(children: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    parents: defaultdict[str, list[str]] = defaultdict(list)
    for old, codes in children.items():
        for new in codes:
            parents[new].append(old)
    return dict(parents)


def _others(
    old: str, end: str, children: Mapping[str, Sequence[str]], parents: Mapping[str, Sequence[str]]
) -> list[str]:
    """Return the old codes that lead to an end otherwise than through an old one."""
    without = {new: [code for code in codes if code != old] for new, codes in parents.items()}
    return sorted(set(_reached(end, without)) - set(_reached(old, children)))


def _reached(code: str, links: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Follow links from a code, yielding each code that they lead to once."""
    seen, ahead = {code}, [code]
    while ahead:
        for each in links.get(ahead.pop(), ()):
            if each not in seen:
                seen.add(each)
                ahead.append(each)
                yield each
