"""The notes sheet of a template: how it is filled in, in words."""

from collections.abc import Iterator
from typing import NamedTuple

from perf_pipeline.source_entries import ReturnField
from perf_pipeline.templates.cell_rules import STATUSES
from perf_pipeline.templates.content import Template


class Note(NamedTuple):
    """A heading and what stands under it."""

    heading: str
    text: str


def notes(template: Template) -> Iterator[Note]:
    """Yield the notes, in order."""
    yield Note(
        "What this is",
        f"The return of {template.source_name} for {template.quarter_label}. Fill in the sheet "
        f"Return and send the workbook by {template.deadline:%d %B %Y}. Asked about it is: "
        f"{template.contact_role}.",
    )
    yield Note(
        "What you can type into",
        "Only the cells under Value and the headings after it. The others are locked, without a "
        "password. Do not rename the sheet or change headings: they tell what is what. The column "
        "Please fill in says what each row needs.",
    )
    yield Note(
        "Value",
        "The figure alone, in the unit that the row states. A percentage cell shows its % sign: "
        "type 75.5 or 75.5%, and look that it shows 75.5%. 0 means that you counted none.",
    )
    yield from _parts(template)
    yield Note(
        "Status",
        f"Only where there is no figure, choose why: {', '.join(STATUSES)}. Leave it empty where "
        "there is a figure: a row with both is sent back. Where both are empty, the KPI counts as "
        "not returned.",
    )
    yield from _others(template)
    yield Note(
        "Commentary and action",
        "Commentary says why the figure is as it is; the action says what will be done. A KPI that "
        "is red needs an action.",
    )
    yield Note(
        "Action owner and due date",
        "The role that answers for the action (not a person's name), and the day by which it is to "
        "be done, such as 30 September 2023. They are asked for where the KPI was red when last "
        "published.",
    )
    yield Note("Earlier figures", template.origin_text)
    yield Note(
        "To restate an earlier quarter's figure",
        "There is no row for it here. Tell the performance team which KPI, which quarter, the "
        "figure and why.",
    )
    yield Note(
        "Before you send it",
        "The file can be checked: every mistake is named with its cell, and how each KPI would be "
        f"rated. The command is perf-pipeline check-return FILE {template.quarter_key}.",
    )


def _parts(template: Template) -> Iterator[Note]:
    if ReturnField.NUMERATOR in template.fields:
        yield Note(
            "Numerator and denominator",
            "Where you know them, send both. The value may then be left empty, since it is worked "
            "out; where it is given it must agree with them.",
        )


def _others(template: Template) -> Iterator[Note]:
    if ReturnField.BREAKDOWN_TYPE in template.fields:
        yield Note(
            "Rows of a breakdown",
            "A row with a category is for that part alone. The row without one is for the whole.",
        )
    if ReturnField.PROVISIONAL in template.fields:
        yield Note("Provisional", "Yes where the figure may still change.")
    if ReturnField.FORECAST in template.fields:
        yield Note("Year-end forecast", "What the figure will be at the end of the year.")
    if ReturnField.RATING in template.fields:
        yield Note(
            "Rating and its reason",
            f"For KPIs that are rated by judgement: {', '.join(template.rating_words)}, and why.",
        )
