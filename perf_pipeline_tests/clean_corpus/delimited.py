"""Delimited files as services export them."""

from perf_pipeline_tests.clean_corpus.honest import COLUMNS, SHORT, HonestReturn, csv_entry, lines

_LONG = {"Ref": "kpi_ref", "By": "breakdown_type", "Group": "breakdown_category", "Actual": "value"}
_PARTS = {"Ref": "kpi_ref", "Top": "numerator", "Bottom": "denominator"}
_DATED = {"Ref": "kpi_ref", "Period": "quarter", "Actual": "value"}

DELIMITED = (
    HonestReturn(
        "titles, blank lines and a signature around the table",
        csv_entry(),
        lines(
            "Housing performance return,,,\n,,,\nQuarter 1 2023/24,,,\n,,,\n"
            "Ref,Measure,Actual,Comment\nHOU-01,Repairs,71.4%,Two teams short\n"
            "HOU-02,Homeless,48,\n,,,\n,Signed off by the Head of Homes,,\n"
        ),
        6,
        {"HOU-01": "71.4", "HOU-02": "48"},
        {"HOU-01": "Two teams short"},
    ),
    HonestReturn(
        "semicolons and a byte order mark, as Excel exports in other languages",
        csv_entry(SHORT, delimiter=";", encoding="utf-8-sig"),
        lines("Ref;Actual\r\nHOU-01;71.4%\r\nHOU-02;1,048\r\n", "utf-8-sig"),
        3,
        {"HOU-01": "71.4", "HOU-02": "1048"},
    ),
    HonestReturn(
        "an old encoding with pound signs and halves",
        csv_entry(encoding="cp1252"),
        lines(
            "Ref,Measure,Actual,Comment\nHOU-03,Arrears,£12500,Up by ½\nHOU-04,Days,21.5,\n",
            "cp1252",
        ),
        3,
        {"HOU-03": "12500", "HOU-04": "21.5"},
        {"HOU-03": "Up by ½"},
    ),
    HonestReturn(
        "tabs and UTF-16, as Excel's Unicode text",
        csv_entry(SHORT, delimiter="\t", encoding="utf-16"),
        lines("Ref\tActual\r\nHOU-03\t£1,250\r\nHOU-05\t88%\r\n", "utf-16"),
        3,
        {"HOU-03": "1250", "HOU-05": "88"},
    ),
    HonestReturn(
        "thousands and millions written in five ways",
        csv_entry(_DATED),
        lines(
            'Ref,Period,Actual\nHOU-02,,"1,048"\nHOU-02,Q4 2022/23,1\u00a0012\n'
            "HOU-02,Q3 2022/23,998\nHOU-03,,£1.2m\nHOU-03,Q4 2022/23,£950k\n"
            'HOU-03,Q3 2022/23,"£1,050,000"\n'
        ),
        7,
        {
            "HOU-02": "1048",
            "HOU-02 @2022-23-Q4": "1012",
            "HOU-02 @2022-23-Q3": "998",
            "HOU-03": "1200000",
            "HOU-03 @2022-23-Q4": "950000",
            "HOU-03 @2022-23-Q3": "1050000",
        },
    ),
    HonestReturn(
        "headings in another case, broken over lines and with doubled spaces",
        csv_entry({"KPI ref": "kpi_ref", "Actual for quarter": "value"}),
        lines('kpi  REF,"ACTUAL\nfor quarter"\nHOU-01,71.4%\n'),
        2,
        {"HOU-01": "71.4"},
    ),
    HonestReturn(
        "columns moved, and others between them",
        csv_entry(),
        lines(
            "Comment,Target,Actual,Variance,Ref,Measure\nGood,80%,82%,2%,HOU-01,Repairs\n"
            ",50,48,-2,HOU-02,Homeless\n"
        ),
        3,
        {"HOU-01": "82", "HOU-02": "48"},
        {"HOU-01": "Good"},
    ),
    HonestReturn(
        "sections with headings, subtotals and a total",
        csv_entry(),
        lines(
            "Ref,Measure,Actual,Comment\nHousing management,,,\nHOU-02,Homeless,48,\n"
            "Sub-total,,48,\nRepairs service,,,\nHOU-01,Repairs,71.4%,\n,Total,119.4,\n"
            "Council total,,119.4,\n"
        ),
        8,
        {"HOU-02": "48", "HOU-01": "71.4"},
    ),
    HonestReturn(
        "years over targets and actuals, in cells that are not merged any more",
        csv_entry({"Ref": "kpi_ref", "2023/24 Actual": "value", "Comment": "commentary"}),
        lines(
            "Ref,2022/23,,2023/24,,Comment\n,Target,Actual,Target,Actual,\n"
            "HOU-01,78%,70.2%,80%,71.4%,Short\nHOU-02,60,55,50,48,\n"
        ),
        4,
        {"HOU-01": "71.4", "HOU-02": "48"},
        {"HOU-01": "Short"},
    ),
    HonestReturn(
        "a column for each quarter, the year still to be filled in",
        csv_entry({"Ref": "kpi_ref"}, wide={"quarter": "Q{number} {year}"}),
        lines(
            "Ref,Q4 2022/23,Q1 2023/24,Q2 2023/24,Q3 2023/24\nHOU-01,70.2%,71.4%,,\n"
            "HOU-02,55,48,,\nTotal,125.2,119.4,,\n"
        ),
        4,
        {"HOU-01": "71.4", "HOU-02": "48"},
    ),
    HonestReturn(
        "a column for each quarter, of which earlier ones were corrected",
        csv_entry(
            {"Ref": "kpi_ref", "Comment": "commentary"},
            wide={"quarter": "{label}", "earlier_quarters": True},
        ),
        lines(
            "Ref,Q3 2022/23,Q4 2022/23,Q1 2023/24,Comment\nHOU-01,69%,70.2%,71.4%,Corrected\n"
            "HOU-02,,56,48,\n"
        ),
        3,
        {
            "HOU-01": "71.4",
            "HOU-01 @2022-23-Q4": "70.2",
            "HOU-01 @2022-23-Q3": "69",
            "HOU-02": "48",
            "HOU-02 @2022-23-Q4": "56",
        },
        {"HOU-01": "Corrected"},
    ),
    HonestReturn(
        "a column for each month, to be added up",
        csv_entry({"Ref": "kpi_ref"}, wide={"month": "{mon}-{yy}", "months_make": "sum"}),
        lines(
            "Ref,Mar-23,Apr-23,May-23,Jun-23,Jul-23\n"
            'HOU-02,9,15,"1,016",17,\nHOU-03,£1,£100,£200.50,£300,\nHOU-08,TBC,TBC,TBC,TBC,TBC\n'
        ),
        4,
        {"HOU-02": "1048", "HOU-03": "600.50", "HOU-08": "awaiting"},
    ),
    HonestReturn(
        "a column for each month of which the last is the quarter's",
        csv_entry({"Ref": "kpi_ref"}, wide={"month": "{month}", "months_make": "last"}),
        lines("Ref,April,May,June\nHOU-01,70%,70.5%,71.4%\nHOU-04,23,,21.5\n"),
        3,
        {"HOU-01": "71.4", "HOU-04": "21.5"},
    ),
    HonestReturn(
        "a block for each KPI, with wards and a total below",
        csv_entry(
            {"Area": "breakdown_type", "Ward": "breakdown_category", "Actual": "value"},
            blocks={"title": "{kpi_ref} - {kpi_name}"},
        ),
        lines(
            "Housing return,,\nHOU-01 - Repairs completed in time,,\nArea,Ward,Actual\n"
            "Ward,North Ward,70%\nWard,South Ward,74%\n,,\nHOU-02 - Homeless households,,\n"
            "Area,Ward,Actual\nWard,North Ward,20\nWard,South Ward,28\n,Total,48\n"
        ),
        10,
        {
            "HOU-01 ward north": "70",
            "HOU-01 ward south": "74",
            "HOU-02 ward north": "20",
            "HOU-02 ward south": "28",
        },
    ),
    HonestReturn(
        "words and signs for figures that are not there",
        csv_entry(SHORT),
        lines(
            "Ref,Actual\nHOU-01,N/A\nHOU-02,TBC\nHOU-03,-\nHOU-04,\nHOU-05,[c]\nHOU-06,..\n"
            "HOU-07, to follow \n"
        ),
        8,
        {
            "HOU-01": "not_applicable",
            "HOU-02": "awaiting",
            "HOU-03": "no_figure",
            "HOU-04": "blank",
            "HOU-05": "suppressed",
            "HOU-06": "not_available",
            "HOU-07": "awaiting",
        },
    ),
    HonestReturn(
        "breakdowns in rows, by their printed names",
        csv_entry(_LONG),
        lines(
            "Ref,By,Group,Actual\nHOU-05,,,88%\nHOU-05,Sex,women,90%\nHOU-05,SEX,M,86%\n"
            "HOU-05,Age,Under 25,70%\nHOU-05,age,25 AND OVER,91%\n"
        ),
        6,
        {
            "HOU-05": "88",
            "HOU-05 sex F": "90",
            "HOU-05 sex M": "86",
            "HOU-05 age under_25": "70",
            "HOU-05 age over_24": "91",
        },
    ),
    HonestReturn(
        "names and old numbers for references",
        csv_entry({"Indicator": "kpi_ref", "Actual": "value"}),
        lines("Indicator,Actual\nRepairs  completed in TIME,71.4%\nbv 213,48\nHOU-04,21.5\n"),
        4,
        {"HOU-01": "71.4", "HOU-02": "48", "HOU-04": "21.5"},
    ),
    HonestReturn(
        "quarters written in six ways",
        csv_entry(_DATED),
        lines(
            "Ref,Period,Actual\nHOU-01,30/06/2023,71.4%\nHOU-02,Apr-Jun 2023,48\n"
            "HOU-03,Q1 23/24,£5\nHOU-04,2023-24-Q1,21.5\nHOU-05,June 2023,88%\n"
            "HOU-01,31 March 2023,70.2%\nHOU-08,Q4 2022-23,12\n"
        ),
        8,
        {
            "HOU-01": "71.4",
            "HOU-02": "48",
            "HOU-03": "5",
            "HOU-04": "21.5",
            "HOU-05": "88",
            "HOU-01 @2022-23-Q4": "70.2",
            "HOU-08": "12",
        },
    ),
    HonestReturn(
        "references in another case, with spaces and of full width",
        csv_entry(SHORT),
        lines("Ref,Actual\nhou-01 ,71.4%\n\u3000HOU-02,48\n\uff28\uff2f\uff35-04,21.5\n"),
        4,
        {"HOU-01": "71.4", "HOU-02": "48", "HOU-04": "21.5"},
    ),
    HonestReturn(
        "counts of which the figure is the ratio",
        csv_entry(_PARTS),
        lines('Ref,Top,Bottom\nHOU-01,30,40\nHOU-06,3,"1,200"\nHOU-05,0,0\n'),
        4,
        {"HOU-01": "75", "HOU-06": "2.5", "HOU-05": "not_calculable"},
    ),
    HonestReturn(
        "percentages with spaces, and a mark for provisional ones",
        csv_entry(SHORT),
        lines("Ref,Actual\nHOU-01,71.4 % [p]\nHOU-05,  88%\n"),
        3,
        {"HOU-01": "71.4", "HOU-05": "88"},
    ),
    HonestReturn(
        "comments over several lines, with quotation marks and commas",
        csv_entry(),
        lines(
            'Ref,Measure,Actual,Comment\r\nHOU-01,Repairs,71.4%,"Two teams, ""A"" and ""B"",\r\n'
            'were short"\r\nHOU-02,Homeless,48,\r\n'
        ),
        3,
        {"HOU-01": "71.4", "HOU-02": "48"},
        {"HOU-01": 'Two teams, "A" and "B",\r\nwere short'},
    ),
    HonestReturn(
        "rows pasted in twice, and the headings with them",
        csv_entry(SHORT),
        lines("Ref,Actual\nHOU-01,71.4%\nHOU-02,48\nRef,Actual\nHOU-01,71.4%\nHOU-02,48\n"),
        6,
        {"HOU-01": "71.4", "HOU-02": "48"},
    ),
    HonestReturn(
        "empty columns and rows that Excel took for filled",
        csv_entry(SHORT),
        lines("Ref,Actual,,,\nHOU-01,71.4%,,,\n,,,,\nHOU-02,48,,,\n,,,,\n,,,,\n"),
        3,
        {"HOU-01": "71.4", "HOU-02": "48"},
    ),
    HonestReturn(
        "negative amounts in three ways",
        csv_entry(_DATED),
        lines(
            "Ref,Period,Actual\nHOU-03,,(500)\nHOU-03,2022-23-Q4,\u2212£1200\n"
            'HOU-03,2022-23-Q3,"-1,300"\n'
        ),
        4,
        {"HOU-03": "-500", "HOU-03 @2022-23-Q4": "-1200", "HOU-03 @2022-23-Q3": "-1300"},
    ),
    HonestReturn(
        "another name for a heading than last quarter",
        csv_entry(COLUMNS, synonyms={"Actual": ["Outturn", "Result"], "Comment": ["Narrative"]}),
        lines("Ref,Measure,Result,Narrative\nHOU-01,Repairs,71.4%,Good\n"),
        2,
        {"HOU-01": "71.4"},
        {"HOU-01": "Good"},
    ),
    HonestReturn(
        "a signature and a source below the table, in lines of one cell",
        csv_entry(),
        lines(
            "Ref,Measure,Actual,Comment\nHOU-01,Repairs,71.4%,\n\n"
            "Signed off by the Head of Homes\nSource: repairs system on 3 July 2023\n"
        ),
        4,
        {"HOU-01": "71.4"},
    ),
    HonestReturn(
        "units behind the figures",
        csv_entry(SHORT),
        lines(
            'Ref,Actual\nHOU-04,21.5 days\nHOU-07,4 Mins\nHOU-06,"2.5 per 1,000"\n'
            'HOU-03,"£12,500"\n'
        ),
        5,
        {"HOU-04": "21.5", "HOU-07": "4", "HOU-06": "2.5", "HOU-03": "12500"},
    ),
    HonestReturn(
        "labels that a pivot table writes once for all rows below",
        csv_entry(_LONG, fill_down=["Ref", "By"]),
        lines(
            "Ref,By,Group,Actual\nHOU-05,Sex,Women,90%\n,,Men,86%\n,Age,Under 25,70%\n"
            ",,25 and over,91%\nHOU-02,,,48\nTotal,,,385\n"
        ),
        7,
        {
            "HOU-05 sex F": "90",
            "HOU-05 sex M": "86",
            "HOU-05 age under_25": "70",
            "HOU-05 age over_24": "91",
            "HOU-02": "48",
        },
    ),
)
