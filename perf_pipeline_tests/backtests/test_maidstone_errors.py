"""The nine errors that Maidstone published, each fed to the checks as printed and as corrected.

Figures and totals are read from `maidstone/published`. What only a document's sentences say, such
as `33.33% (6 of 8)`, stands here beside the document that says it.
"""

import csv
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from perf_pipeline.quarters import Quarter
from perf_pipeline.rate import rate_figure
from perf_pipeline.rules import DEFAULT_SCHEME, UNITS, Plausibility, Rag, Rule, RuleKind
from perf_pipeline.schemas import (
    ColumnKind,
    Table,
    column_kinds,
    conform,
    empty,
    register,
    reporting,
    stages,
    summaries,
)
from perf_pipeline.scrutinise import Evidence, find_implausible
from perf_pipeline.validate import CellContext, parse_figure

PUBLISHED = Path(__file__).parent / "maidstone" / "published"
RULE = Rule("met-or-within-10-percent", RuleKind.TOLERANCE_RELATIVE, amber=Decimal(10))
TITLE_COLUMNS = ["source_code", "file_name", "sheet_name", "row_number", "row_text"]
DIRECTIONS = ("improved", "maintained", "declined", "not_comparable")

Row = dict[str, Any]


def published(name: str) -> list[dict[str, str]]:
    """Return the rows of a published file."""
    with (PUBLISHED / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


DOCUMENTS = {row["doc"]: row for row in published("maidstone_doc_counts.csv")}
INDICATORS = published("maidstone_kpis.csv")


class Finding(NamedTuple):
    """A finding's check and sentence."""

    check_code: str
    finding_text: str


def frame(model: type[Table], rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Make a frame; what rows do not state is null, and false for flags."""
    if not rows:
        return empty(model)
    kinds = column_kinds(model)
    nothing = {name: False if kind is ColumnKind.FLAG else None for name, kind in kinds.items()}
    return conform(pd.DataFrame([nothing | row for row in rows], dtype="object"), model)


def findings(
    doc: str, *, kpi: Row | None = None, stated: Sequence[Row] = (), title: str | None = None
) -> list[Finding]:
    """Return what the checks find in a document: a KPI's row, counts, or a title."""
    printed = DOCUMENTS[doc]
    quarter = Quarter.parse(printed["period"].replace(" ", "-"))
    place = {"quarter_key": quarter.key, "directorate_code": "committee"}
    titles = [] if title is None else [("committee", "report.html", None, 1, title)]
    evidence = Evidence(
        quarter=quarter,
        scorecard=frame(reporting.KpiScorecard, [place | kpi] if kpi else []),
        kpis=frame(stages.KpisInForce, [place | kpi_in_force(kpi)] if kpi else []),
        comparators=empty(stages.ComparatorOutturns),
        titles=pd.DataFrame(titles, columns=TITLE_COLUMNS, dtype="object"),
        notes=empty(register.KeyIssueNotes),
        stated=frame(register.StatedCounts, [place | row for row in stated]),
        directorate_summary=frame(summaries.DirectorateSummary, [place | table_of(printed)]),
        council_summary=empty(summaries.CouncilSummary),
        overrides=empty(register.Overrides),
        looks=DEFAULT_SCHEME,
        thresholds=Plausibility(),
    )
    found = find_implausible(evidence)[list(Finding._fields)]
    return [Finding(*row) for row in found.itertuples(index=False)]


def kpi_in_force(kpi: Row) -> Row:
    """Return the register's part of a scorecard row."""
    columns = [name for name in column_kinds(stages.KpisInForce) if name in kpi]
    return {name: kpi[name] for name in columns} | {"is_due": True, "basis_code": "targeted"}


def table_of(printed: Mapping[str, str]) -> Row:
    """Return a document's table of counts, as our summary would have them."""
    counts = {f"{colour}_count": int(printed[colour]) for colour in ("red", "amber", "green")}
    directions = {
        f"{code}_count": int(count) for code, count in (printed_directions(printed["doc"])).items()
    }
    return {
        **counts,
        **directions,
        "directorate_name": printed["committee"],
        "display_order": 1,
        "kpi_count": int(printed["total"]),
        "rated_count": sum(counts.values()),
    }


def printed_directions(doc: str) -> dict[str, int]:
    """Return the directions that a document's table counts, by the codes of stated counts."""
    columns = {
        "previous_quarter": "dir_last_quarter_up_same_down_na",
        "last_year": "dir_last_year_up_same_down_na",
    }
    return {
        f"{direction}_{comparator}": int(count)
        for comparator, column in columns.items()
        for direction, count in zip(DIRECTIONS, DOCUMENTS[doc][column].split("/"), strict=True)
    }


def compared_with_last_year(doc: str) -> dict[str, int]:
    """Return how many of a document's indicators improved, were sustained and declined."""
    counts = printed_directions(doc)
    return {code: counts[code] for code in (f"{name}_last_year" for name in DIRECTIONS[:-1])}


def stated(counts: Mapping[str, int], **shares: tuple[int, str]) -> list[Row]:
    """Return stated counts; a share is what a count is of, and the percentage printed."""
    return [
        {
            "count_code": code,
            "stated_count": count,
            "stated_of_count": shares.get(code, (None, None))[0],
            "stated_share_text": shares.get(code, (None, None))[1],
        }
        for code, count in counts.items()
    ]


def printed_colours(doc: str) -> dict[str, int]:
    """Return a document's counts of colours."""
    return {colour: int(DOCUMENTS[doc][colour]) for colour in ("red", "amber", "green")}


def printed_share(doc: str) -> tuple[int, str]:
    """Return what a document's greens are a share of, and the percentage, as it prints them."""
    green, whole = DOCUMENTS[doc]["stated_of"].split(" of ")
    assert green == DOCUMENTS[doc]["green"]
    return int(whole), DOCUMENTS[doc]["stated_pct"]


def test_s92607_red_beside_missed_by_less_than_ten_percent() -> None:
    """Council tax is counted red, and the narrative says that it was missed by less than 10%."""
    doc = "s92607"
    row = next(row for row in INDICATORS if row["published_rag"] == "CONFLICT")
    assert row["doc"] == doc
    assert (DOCUMENTS[doc]["red"], DOCUMENTS[doc]["amber"]) == ("1", "0")
    outturn, target = float(row["actual"]), float(row["target"])
    rag = rate_figure(RULE, outturn=outturn, target=target, polarity=row["polarity_inferred"])
    narrative = row["rag_evidence"].split("narrative says ")[1].split(",")[0]
    kpi = {
        "kpi_ref": "TAX-COLLECTED",
        "kpi_name": row["kpi"],
        "unit_code": "percent",
        "polarity_code": row["polarity_inferred"],
        "outturn_value": outturn,
        "target_value": target,
        "shortfall_value": float(Decimal(row["target"]) - Decimal(row["actual"])),
        "rule_name": RULE.name,
        "rule_kind_code": RULE.kind,
        "amber_tolerance_value": 10.0,
        "rule_rag_code": rag,
        "rag_code": rag,
        "commentary_text": f"Council tax {narrative}.",
        "is_year_to_date": True,
    }

    found = dict(findings(doc, kpi=kpi | {"stated_rag_code": Rag.RED}))
    assert set(found) == {"narrative_disagrees_with_rating", "stated_rating_differs"}
    assert "missed by less than 10%" in found["narrative_disagrees_with_rating"]
    assert (
        "the return states Red, and the rule is amber up to 10% of the target"
        in found["narrative_disagrees_with_rating"]
    )
    assert findings(doc, kpi=kpi | {"stated_rag_code": Rag.AMBER}) == []


def test_s89772_share_of_five_of_seven() -> None:
    """71.2% is printed for 5 of 7 green."""
    doc = "s89772"
    (found,) = findings(doc, stated=stated(printed_colours(doc), green=printed_share(doc)))
    assert found.check_code == "share_miscalculated"
    assert "`71.2% (5 of 7)`, but 5 of 7 is 71.4%" in found.finding_text
    assert findings(doc, stated=stated(printed_colours(doc), green=(7, "71.4"))) == []


def test_s94523_nine_of_twelve_where_eleven_are_rated() -> None:
    """75.0% (9 of 12) is printed beside 9 green, 1 amber and 1 red."""
    doc = "s94523"
    found = dict(findings(doc, stated=stated(printed_colours(doc), green=printed_share(doc))))
    assert "share of 12, but red 1, amber 1 and green 9 is 11" in found["stated_parts_disagree"]
    assert "stated as of 12, and the scorecard has 11 rated" in found["stated_count_differs"]
    assert len(found) == 2
    assert findings(doc, stated=stated(printed_colours(doc), green=(11, "81.8"))) == []


def test_s84970_share_of_indicators_without_target() -> None:
    """18.2% (2 of 11) is printed, though 8 of the 11 are data only and 3 have a rating."""
    doc = "s84970"
    found = dict(findings(doc, stated=stated(printed_colours(doc), green=printed_share(doc))))
    assert "share of 11, but red 1, amber 0 and green 2 is 3" in found["stated_parts_disagree"]
    assert findings(doc, stated=stated(printed_colours(doc), green=(3, "66.7"))) == []


def test_s77799_share_that_declined() -> None:
    """33.33% (6 of 8) is printed for those that declined on last year."""
    doc = "s77799"
    counts = compared_with_last_year(doc)
    whole = sum(counts.values())
    (found,) = findings(doc, stated=stated(counts, declined_last_year=(whole, "33.33")))
    assert found.check_code == "share_miscalculated"
    assert "`33.33% (6 of 8)`, but 6 of 8 is 75.00%" in found.finding_text
    assert findings(doc, stated=stated(counts, declined_last_year=(whole, "75"))) == []


def test_s77799_directions_of_nine_of_ten() -> None:
    """Directions are counted for 9 of 10 KPIs, against either comparator."""
    doc = "s77799"
    counts = printed_directions(doc) | {"kpis": int(DOCUMENTS[doc]["total"])}
    found = findings(doc, stated=stated(counts))
    assert [one.check_code for one in found] == ["stated_parts_disagree"] * 2
    assert all("make 9, but KPIs is stated as 10" in one.finding_text for one in found)
    corrected = counts | {
        code: count + 1 for code, count in counts.items() if code.startswith("not_comparable")
    }
    parts = [one for one in findings(doc, stated=stated(corrected)) if "parts" in one.check_code]
    assert parts == []


def test_s77593_share_that_was_sustained() -> None:
    """12.25% (2 of 16) is printed for those that were sustained on last year."""
    doc = "s77593"
    counts = compared_with_last_year(doc)
    whole = sum(counts.values())
    (found,) = findings(doc, stated=stated(counts, maintained_last_year=(whole, "12.25")))
    assert found.check_code == "share_miscalculated"
    assert "`12.25% (2 of 16)`, but 2 of 16 is 12.50%" in found.finding_text
    assert findings(doc, stated=stated(counts, maintained_last_year=(whole, "12.5"))) == []


def test_s91202_four_of_four_where_the_table_has_three() -> None:
    """100% (4 of 4) is said to have improved on last year, and the table counts 3."""
    doc = "s91202"
    table = {
        code: count for code, count in printed_directions(doc).items() if code.endswith("last_year")
    } | {"kpis": int(DOCUMENTS[doc]["total"])}
    said = table | {"improved_last_year": 4}
    found = findings(doc, stated=stated(said, improved_last_year=(4, "100")))
    assert [one.check_code for one in found] == ["stated_count_differs", "stated_parts_disagree"]
    assert "improved last year is stated as 4, and the scorecard has 3" in found[0].finding_text
    assert "make 9, but KPIs is stated as 8" in found[1].finding_text
    assert findings(doc, stated=stated(table, improved_last_year=(3, "100"))) == []


def test_s91202_table_and_narrative_side_by_side() -> None:
    """3 in the table and 4 in the narrative cannot both have improved on last year."""
    doc = "s91202"
    code = "improved_last_year"
    (in_table,) = stated({code: printed_directions(doc)[code]})
    (in_narrative,) = stated({code: 4}, improved_last_year=(4, "100"))
    rows = [in_table | {"note_text": "Table"}, in_narrative | {"note_text": "Narrative"}]
    found = findings(doc, stated=rows)
    assert [one.check_code for one in found] == ["stated_count_differs", "stated_parts_disagree"]
    assert "stated as 4 (Narrative), and the scorecard has 3" in found[0].finding_text
    assert "improved last year is stated as 3 and 4" in found[1].finding_text
    (corrected,) = stated({code: 3}, improved_last_year=(3, "100"))
    assert findings(doc, stated=[rows[0], corrected | {"note_text": "Narrative"}]) == []


def test_s64447_heading_left_over_from_the_first_quarter() -> None:
    """The update for the third quarter is headed `Quarter 1`."""
    (found,) = findings("s64447", title="Quarter 1")
    assert found.check_code == "other_quarter_named"
    assert "A title of the return for Q3 2018/19 reads" in found.finding_text
    assert findings("s64447", title="Quarter 3") == []


def test_s75686_spreadsheet_error_in_place_of_a_figure() -> None:
    """`DIV/0` is printed as the value: the cell's parser refuses it, so no check is needed."""
    row = next(
        row for row in INDICATORS if row["doc"] == "s75686" and row["published_rag"] == "N/A"
    )
    figure = parse_figure(row["actual"], None, CellContext(UNITS["percent"]))
    assert figure.value is None
    assert figure.problem is not None
    assert figure.problem.code == "excel_error"
    corrected = parse_figure("N/A", None, CellContext(UNITS["percent"]))
    assert corrected.problem is None
