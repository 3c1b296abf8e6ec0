"""The council folder whose service sends the corpus's returns; everything in it is illustrative."""

from pathlib import Path

COUNCIL = """\
name: Testshire Council
first_quarter: 2022-23-Q1
default_rule: met
return_deadline_working_days: 10
rules:
  met: {kind: two_colour}
"""
SOURCES = """\
sources:
  - source_code: housing
    source_name: Housing
    contact_role: Housing performance lead
    kind: csv
    location: returns/{quarter}/housing.csv
    columns: {Ref: kpi_ref, Value: value}
"""
KPI_HEADING = (
    "kpi_ref,kpi_name,definition_text,service_code,priority_code,theme_code,source_code,unit_code,"
    "polarity_code,basis_code,rule_name,due_quarters_text,arrears_quarter_count,is_year_to_date,"
    "baseline_quarter_key,decimal_places,minimum_value,maximum_value,owner_name,is_illustrative,"
    "note_text,valid_from,valid_to"
)
KPIS = (
    # Reference, name, unit, quarters in arrears.
    ("HOU-01", "Repairs completed in time", "percent", 0),
    ("HOU-02", "Homeless households", "number", 0),
    ("HOU-03", "Rent arrears", "gbp", 0),
    ("HOU-04", "Days to let a home", "days", 0),
    ("HOU-05", "Tenants satisfied", "percent", 0),
    ("HOU-06", "Evictions per 1,000 tenancies", "per_1000", 0),
    ("HOU-07", "Call waiting time", "minutes", 0),
    ("HOU-08", "New homes", "number", 1),
)
REGISTER = {
    "directorates": "directorate_code,directorate_name,display_order,valid_from,valid_to\n"
    "places,Places,1,2022-23-Q1,\n",
    "services": "service_code,service_name,directorate_code,display_order,valid_from,valid_to\n"
    "homes,Homes,places,1,2022-23-Q1,\n",
    "targets": "kpi_ref,target_value,floor_value,lower_value,upper_value,is_illustrative,note_text,"
    "valid_from,valid_to\n",
    "breakdowns": "breakdown_type_code,breakdown_category_code,breakdown_category_name,"
    "display_order\n"
    "sex,F,Women,1\nsex,M,Men,2\n"
    "ward,north,North Ward,1\nward,south,South Ward,2\n"
    "age,under_25,Under 25,1\nage,over_24,25 and over,2\n",
    "kpi_aliases": "kpi_ref,alias_text,valid_from,valid_to\n"
    "HOU-01,Repairs completed in time,2022-23-Q1,\n"
    "HOU-02,No. of homeless households,2022-23-Q1,\n"
    "HOU-02,BV 213,2022-23-Q1,\n",
}


def write_council(folder: Path) -> Path:
    """Write the council folder."""
    (folder / "register").mkdir(parents=True)
    (folder / "council.yaml").write_text(COUNCIL, "utf-8")
    (folder / "sources.yaml").write_text(SOURCES, "utf-8")
    rows = [
        f"{ref},{name},,homes,,,housing,{unit},none,data_only,,Q1 Q2 Q3 Q4,{arrears},false,,1,,,"
        f"Head of Homes,true,Illustrative,2022-23-Q1,"
        for ref, name, unit, arrears in KPIS
    ]
    kpis = "\n".join([KPI_HEADING, *rows, ""]).replace(
        "Evictions per 1,000 tenancies", '"Evictions per 1,000 tenancies"'
    )
    for name, text in (REGISTER | {"kpis": kpis}).items():
        (folder / "register" / f"{name}.csv").write_text(text, "utf-8")
    return folder
