"""The workbook that a service fills in: its KPIs of a quarter, in cells hard to fill in wrongly.

::

    content ──▶ layout: columns and cells ──▶ workbook, written by XlsxWriter
                  └──▶ cell_rules: what each cell takes

It decides nothing about KPIs: what stands in a template is handed to it as printed.
"""

from perf_pipeline.templates.content import Template, TemplateRow
from perf_pipeline.templates.workbook import template_bytes

__all__ = ["Template", "TemplateRow", "template_bytes"]
