"""What a return template and its reader agree on: its mark, its sheet and its headings.

The mark stands in the workbook's custom document properties, which Excel and LibreOffice keep. A
return with it needs no `columns` in `sources.yaml`.
"""

from collections.abc import Mapping

from perf_pipeline.source_entries import ReturnField

TEMPLATE_VERSION = "1"
"""The layout that this code writes and reads."""

VERSION_PROPERTY = "perf_pipeline_template"
SOURCE_PROPERTY = "perf_pipeline_source"
QUARTER_PROPERTY = "perf_pipeline_quarter"
FIELDS_PROPERTY = "perf_pipeline_fields"
"""The fields that this template has columns for, separated by spaces."""

RETURN_SHEET = "Return"

HEADINGS: Mapping[ReturnField, str] = {
    ReturnField.KPI_REF: "KPI reference",
    ReturnField.KPI_NAME: "KPI",
    ReturnField.BREAKDOWN_TYPE: "Breakdown by",
    ReturnField.BREAKDOWN_CATEGORY: "Category",
    ReturnField.VALUE: "Value",
    ReturnField.NUMERATOR: "Numerator",
    ReturnField.DENOMINATOR: "Denominator",
    ReturnField.STATUS: "Status",
    ReturnField.PROVISIONAL: "Provisional",
    ReturnField.FORECAST: "Year-end forecast",
    ReturnField.RATING: "Rating",
    ReturnField.RATING_REASON: "Reason for the rating",
    ReturnField.COMMENTARY: "Commentary",
    ReturnField.ACTION: "Action",
    ReturnField.ACTION_OWNER: "Action owner",
    ReturnField.ACTION_DUE: "Action due date",
}
"""The heading of each field that a template can have, in the order of its columns."""
