"""The report of a run, as one HTML file; its words and rows serve the terminal too."""

from scenarios.report.after import sheet_name
from scenarios.report.comparison import (
    Row,
    entry_rows,
    format_range,
    format_unit,
    format_value,
    headline_rows,
    kpi_rows,
    plan_rows,
    segment_rows,
    situation_names,
)
from scenarios.report.page import REPORT_NAME, render_report, write_report
from scenarios.report.sentences import has_plan, summarise, unconverged
from scenarios.report.sheets import render_sheet, write_sheets
from scenarios.report.text import (
    DEFAULT_LANGUAGE,
    LANGUAGES,
    Catalogue,
    get_catalogue,
    normalise_language,
)

__all__ = [
    "DEFAULT_LANGUAGE",
    "LANGUAGES",
    "REPORT_NAME",
    "Catalogue",
    "Row",
    "entry_rows",
    "format_range",
    "format_unit",
    "format_value",
    "get_catalogue",
    "has_plan",
    "headline_rows",
    "kpi_rows",
    "normalise_language",
    "plan_rows",
    "render_report",
    "render_sheet",
    "segment_rows",
    "sheet_name",
    "situation_names",
    "summarise",
    "unconverged",
    "write_report",
    "write_sheets",
]
