"""The report's page: everything a reader needs in one file that asks nobody for anything."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup

from network.base import format_clock
from scenarios.report import comparison as cmp
from scenarios.report.after import build_section
from scenarios.report.curves_svg import DRAWN, draw_curves
from scenarios.report.entries_svg import draw_entries, has_territory, largest_errors
from scenarios.report.labels import line_colors
from scenarios.report.map_page import draw_maps
from scenarios.report.moves import employer_moves, gain_notes
from scenarios.report.sentences import summarise
from scenarios.report.text import LANGUAGES, get_catalogue, normalise_language

if TYPE_CHECKING:
    from pathlib import Path

    from scenarios.report.text import Catalogue
    from scenarios.results import RunResult

REPORT_NAME = "report.html"


def write_report(result: RunResult, out_dir: Path, *, lang: str = "fr") -> Path:
    """Write a run as one self-contained HTML file and return its path.

    The file holds both languages with a switch; ``lang`` is the one shown first.

    Raises
    ------
    OSError
        If the folder cannot be made or written.
    """
    out_dir.mkdir(parents=True, exist_ok=True)
    path = out_dir / REPORT_NAME
    path.write_text(render_report(result, lang=lang), encoding="utf-8")
    return path


def render_report(result: RunResult, *, lang: str = "fr") -> str:
    """Return the report's HTML, ``lang`` shown first."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("scenarios.report", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = resources.files("scenarios.report").joinpath("style.css").read_text(encoding="utf-8")
    first = normalise_language(lang)
    ordered = (first, *(other for other in LANGUAGES if other != first))
    return environment.get_template("template.html.j2").render(
        first=first,
        style=Markup(style),
        title=f"{result.scenario.name} · Créneau",
        languages=LANGUAGES,
        pages=[_context(result, get_catalogue(code)) for code in ordered],
        version=result.version,
    )


def _context(result: RunResult, words: Catalogue) -> dict[str, Any]:
    sentences = summarise(result, words)
    return {
        "w": words,
        "result": result,
        "place": _in_language(result.territory_title, words) or result.territory,
        "headline": sentences[0],
        "sentences": sentences[1:],
        "names": cmp.situation_names(result),
        "groups": (
            (words("table.loads"), cmp.segment_rows(result, words)),
            (words("table.indicators"), cmp.kpi_rows(result, words)),
        ),
        "single_groups": (
            (words("report.in_short"), cmp.headline_rows(result, words)),
            (words("table.plan"), cmp.plan_rows(result, words)),
            (words("table.quality"), cmp.entry_rows(result, words)),
        ),
        "situation": lambda name: _situation_title(result, words, name),
        "value": lambda figure: cmp.format_value(words, figure.value, figure.unit),
        "unit": lambda figure: cmp.format_unit(words, figure.unit),
        "range": lambda figure: cmp.format_range(words, figure),
        "maps": draw_maps(result, words),
        "drawn": [name for name in DRAWN if name in result.situations],
        "curves": draw_curves(result, words),
        "badge": line_colors,
        "svg": Markup,
        "after": build_section(result, words),
        "moves": employer_moves(result, words),
        "gain_notes": gain_notes(result, words),
        "scatter": Markup(draw_entries(result.entries, words)) if result.entries else "",
        "worst": largest_errors(result.entries) if result.entries else (),
        "own_entries": result.entries is not None and has_territory(result.entries),
        "idle_gain": _idle_gain(result, words),
        "modifications": _modifications(result),
        "people_class": cmp.staff_class(result),
        "rules": _rules(result, words),
        "notes": result.notes.get(words.lang, ()),
        "loadings": _loadings(result, words),
        "clock": format_clock,
    }


def _in_language(texts: dict[str, str], words: Catalogue) -> str:
    return texts.get(words.lang) or next(iter(texts.values()), "")


def _situation_title(result: RunResult, words: Catalogue, name: str) -> str:
    title = words.find("situation", name)
    if name != "partial_compliance":
        return title
    return f"{title} ({words.percent(result.scenario.plan.compliance)})"


def _rules(result: RunResult, words: Catalogue) -> tuple[str, ...]:
    plan, scenario = result.scenario.plan, result.scenario
    rules = [
        words(
            "report.rule_window",
            start=plan.earliest_start,
            end=plan.latest_start,
            slot=plan.slot_min,
        ),
        words(
            "report.rule_shift",
            shift=plan.max_shift_min,
            share=words.percent(plan.max_moved_share),
        ),
        words("report.rule_cost", cost=words.number(plan.shift_cost_per_min)),
        words("report.rule_crowding", cost=words.number(scenario.crowding.cost_per_pax_m2)),
        words("report.rule_compliance", share=words.percent(plan.compliance)),
    ]
    if plan.no_employer_worse_off:
        rules.insert(2, words("report.rule_fair"))
    return tuple(rules)


def _loadings(result: RunResult, words: Catalogue) -> tuple[str, ...]:
    lines = []
    for name in cmp.situation_names(result):
        situation = result.situations[name]
        if situation.converged is None or situation.assignment_gap is None:
            continue
        key = "report.converged" if situation.converged else "report.diverged"
        gap = f"{situation.assignment_gap:.1e}"
        title = words.find("situation", name)
        lines.append(words(key, name=title, gap=gap, iterations=situation.iterations))
    return tuple(lines)


def _idle_gain(result: RunResult, words: Catalogue) -> str:
    """Return the gain shown for a plan that moves nobody, which should be none; else nothing."""
    idle = [abs(r.free_response_gain_h) for r in result.sensitivity if r.people_moved == 0]
    worst = max(idle, default=0.0)
    return words.number(worst, 1) if worst >= 0.05 else ""


def _modifications(result: RunResult) -> tuple[str, ...]:
    """Return the scenario's modifications as they are written in its file."""
    return tuple(
        ", ".join(f"{key}: {value}" for key, value in item.model_dump(exclude_none=True).items())
        for item in result.scenario.modifications
    )
