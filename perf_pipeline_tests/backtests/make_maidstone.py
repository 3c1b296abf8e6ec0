"""Write the Maidstone council folder's register and returns from its published figures.

Reads `maidstone/published/maidstone_kpis.csv` and writes `register/` and `returns/` for the seven
documents whose targeted indicators are all in it and that print totals::

    python perf_pipeline_tests/backtests/make_maidstone.py [FOLDER]

FOLDER is where to write, `maidstone/` when left out. Targets and figures stand as printed, words
in place of a figure included. References, codes and what a document does not print are ours; the
folder's README lists them.
"""

import csv
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

HERE = Path(__file__).parent / "maidstone"
PUBLISHED = HERE / "published" / "maidstone_kpis.csv"
DOCUMENTS = ("s64447", "s75686", "s77799", "s84970", "s91202", "s91583", "s92607")
COMMITTEE_CODES = {
    "HCL": "hcl",
    "ERL": "erl",
    "CHE": "che",
    "Communities, Leisure & Arts": "cla",
    "Corporate Services": "corporate_services",
}
UNIT_CODES = {"%": "percent", "GBP": "gbp", "number": "number"}
KPI_REFS = {
    "Percentage of all available tickets sold at the Hazlitt": "HAZLITT-TICKETS",
    "Percentage of tickets sold at the Hazlitt": "HAZLITT-TICKETS",
    "Customer satisfaction with the Hazlitt": "HAZLITT-SATISFACTION",
    "Number of outreach projects/work undertaken by the Hazlitt": "HAZLITT-OUTREACH",
    "Number of students benefiting from the museums educational service": "MUSEUM-STUDENTS",
    "Number of students benefitting from the museums educational service": "MUSEUM-STUDENTS",
    "Footfall at the museum and Visitors Information Centre": "MUSEUM-FOOTFALL",
    "Footfall at the Museum and Visitors Information Centre": "MUSEUM-FOOTFALL",
    "Contacts to the Visitor Information Centre": "VISITOR-CONTACTS",
    "Number of visits per month to Visit-Maidstone.com": "VISITOR-SITE-VISITS",
    "Extra visits to the Borough for Events (HUQ)": "VISITOR-EVENTS",
    "Number of users at the leisure centre": "LEISURE-USERS",
    "Number of users at the Leisure Centre": "LEISURE-USERS",
    "Percentage change in Utility costs for public use leisure assets "
    "(Q4 & Q1 data, Jan-Jun 2023)": "LEISURE-UTILITY-COSTS",
    "Footfall in the Town Centre": "TOWN-FOOTFALL",
    "Percentage of vacant retail units in the town centre (Annual KPI)": "TOWN-VACANT-UNITS",
    "Business Rates income from the Town Centre (Annual KPI)": "TOWN-BUSINESS-RATES",
    "Market Hall Occupancy Percentage": "MARKET-HALL-OCCUPANCY",
    "Number of households living in temporary accommodation last night of the month "
    "(average Jul-Sep)": "HOMES-TEMPORARY",
    "Number of households living in nightly paid temporary accommodation "
    "(average Jul-Sep)": "HOMES-NIGHTLY-PAID",
    "Number of households newly in temporary accommodation due to loss of tenancy and home "
    "ownership": "HOMES-LOST-TENANCY",
    "Percentage of successful Prevention Duty outcomes": "HOMES-PREVENTION-DUTY",
    "Percentage of successful Relief Duty outcomes": "HOMES-RELIEF-DUTY",
    "Number of households prevented or relieved from becoming homeless": "HOMES-PREVENTED",
    "Number of Rough Sleepers accommodated by the Council on the last night of the "
    "month": "ROUGH-ACCOMMODATED",
    "Number of Rough Sleepers newly engaged in the period": "ROUGH-NEWLY-ENGAGED",
    "Number of households at risk of (or in) financial crisis (LIFT data) "
    "September 2023": "CRISIS-HOUSEHOLDS",
    "Percentage of households receiving Council Tax Support (CTS)": "TAX-SUPPORT",
    "Maidstone: Percentage of Council Tax collected": "TAX-COLLECTED",
    "Maidstone: Percentage of Non-domestic rates collected": "RATES-COLLECTED",
    "Percentage of vacant MBC-owned commercial space "
    "(excluding property for development)": "PROPERTY-VACANT-SPACE",
    "Percentage Change of Carbon Emissions from MBC Buildings/Fleet "
    "(Scope 1 and 2)": "PROPERTY-EMISSIONS",
}
"""Our reference of each indicator by its name: names drift between documents, references do not."""

YEAR_TO_DATE = {"TAX-COLLECTED", "RATES-COLLECTED"}
"""What adds up from April: 54.81% of the council tax is in by September, 81.50% by December."""

Row = Mapping[str, str]


def printed_rows() -> list[Row]:
    """Return the rows of the seven documents, with our quarter keys and codes beside them."""
    with PUBLISHED.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["doc"] in DOCUMENTS]
    return [
        row
        | {
            "quarter_key": row["period"].replace(" ", "-"),
            "committee_code": COMMITTEE_CODES[row["committee"]],
            "kpi_ref": KPI_REFS[row["kpi"]],
        }
        for row in rows
    ]


def committees(rows: Iterable[Row]) -> dict[str, tuple[str, str, str]]:
    """Return each committee's name, first and last quarter, by code and in order of time."""
    found: dict[str, tuple[str, str, str]] = {}
    for row in sorted(rows, key=lambda row: row["quarter_key"]):
        quarter = row["quarter_key"]
        _, first, _ = found.get(row["committee_code"], ("", quarter, ""))
        found[row["committee_code"]] = (row["committee"], first, quarter)
    return found


def directorates(rows: Iterable[Row]) -> list[Row]:
    """Return a directorate for each committee."""
    return [
        {
            "directorate_code": code,
            "directorate_name": name,
            "display_order": str(place),
            "valid_from": first,
            "valid_to": last,
        }
        for place, (code, (name, first, last)) in enumerate(committees(rows).items(), start=1)
    ]


def services(rows: Iterable[Row]) -> list[Row]:
    """Return one service for each committee."""
    return [
        {
            "service_code": code,
            "service_name": name,
            "directorate_code": code,
            "display_order": "1",
            "valid_from": first,
            "valid_to": last,
        }
        for code, (name, first, last) in committees(rows).items()
    ]


def kpi(row: Row) -> Row:
    """Return an indicator as one document prints it."""
    is_targeted = row["polarity_inferred"] != "info"
    can_fall = "change" in row["kpi"].casefold()
    is_annual = "Annual" in row["kpi"] + row["actual"]
    return {
        "kpi_ref": row["kpi_ref"],
        "kpi_name": row["kpi"],
        "definition_text": "",
        "service_code": row["committee_code"],
        "priority_code": "",
        "theme_code": "",
        "source_code": row["committee_code"],
        "unit_code": UNIT_CODES[row["unit"]],
        "polarity_code": row["polarity_inferred"] if is_targeted else "none",
        "basis_code": "targeted" if is_targeted else "data_only",
        "rule_name": "",
        "due_quarters_text": "Q4" if is_annual else "Q1 Q2 Q3 Q4",
        "arrears_quarter_count": "0",
        "is_year_to_date": "true" if row["kpi_ref"] in YEAR_TO_DATE else "false",
        "baseline_quarter_key": "",
        "decimal_places": str(max(decimals(row["target"]), decimals(row["actual"]))),
        "minimum_value": "-100" if can_fall else "",
        "maximum_value": "",
        "owner_name": "Not stated in the document",
        "is_illustrative": "false",
        "note_text": f"As printed in document {row['doc']}, {row['source']}. Reference and "
        "polarity are not printed: the one is ours, the other inferred from the name.",
        "valid_from": row["quarter_key"],
        "valid_to": row["quarter_key"],
    }


def decimals(text: str) -> int:
    """Return how many decimals a printed figure has; 0 for words."""
    whole, _, fraction = text.partition(".")
    return len(fraction) if whole.lstrip("-").isdigit() else 0


def targets(rows: Iterable[Row]) -> list[Row]:
    """Return the printed targets, each for its quarter."""
    return [
        {
            "kpi_ref": row["kpi_ref"],
            "target_value": row["target"],
            "floor_value": "",
            "lower_value": "",
            "upper_value": "",
            "is_illustrative": "false",
            "note_text": f"As printed in document {row['doc']}, {row['source']}",
            "valid_from": row["quarter_key"],
            "valid_to": row["quarter_key"],
        }
        for row in rows
        if row["target"]
    ]


def returns(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Return what each committee's document prints, by the file's place in the folder."""
    files: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        files[f"returns/{row['quarter_key']}/{row['committee_code']}.csv"].append(
            {"Ref": row["kpi_ref"], "Performance Indicator": row["kpi"], "Value": row["actual"]}
        )
    return files


def write(path: Path, rows: Sequence[Row]) -> None:
    """Write rows under their headings."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main(folder: Path) -> None:
    """Write every generated file of the council folder."""
    rows = printed_rows()
    files = {
        "register/directorates.csv": directorates(rows),
        "register/services.csv": services(rows),
        "register/kpis.csv": [kpi(row) for row in rows],
        "register/targets.csv": targets(rows),
        **returns(rows),
    }
    for name, content in files.items():
        write(folder / name, content)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
