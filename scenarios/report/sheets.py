"""One page an employer: what it is asked, what it gains, what it could do instead."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup

from network.base import format_clock
from scenarios.report.after import SHEETS, format_error, sheet_name
from scenarios.report.comparison import staff_class
from scenarios.report.page import REPORT_NAME
from scenarios.report.text import LANGUAGES, get_catalogue, normalise_language

if TYPE_CHECKING:
    from pathlib import Path

    from scenarios.after import EmployerView
    from scenarios.report.text import Catalogue
    from scenarios.results import RunResult


def write_sheets(result: RunResult, out_dir: Path, *, lang: str = "fr") -> list[Path]:
    """Write every employer's sheet into the report's folder; return the files.

    A sheet tells an employer nothing of another: the others appear as a sum, and not even
    so where few are asked.

    Raises
    ------
    OSError
        If the folder cannot be made or written.
    """
    if result.after is None:
        return []
    folder = out_dir / SHEETS
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for view in result.after.employers:
        path = folder / sheet_name(view.employer_id)
        path.write_text(render_sheet(result, view, lang=lang), encoding="utf-8")
        written.append(path)
    return written


def render_sheet(
    result: RunResult, view: EmployerView, *, lang: str = "fr", report: str = f"../{REPORT_NAME}"
) -> str:
    """Return an employer's sheet as HTML, both languages, ``lang`` shown first.

    ``report`` is where its link to the whole report leads.
    """
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
    pages = [_context(result, view, get_catalogue(code)) for code in ordered]
    return environment.get_template("sheet.html.j2").render(
        first=first,
        style=Markup(style),
        title=f"{view.employer} · Créneau",
        languages=LANGUAGES,
        pages=pages,
        report=report,
        version=result.version,
    )


def _context(result: RunResult, view: EmployerView, words: Catalogue) -> dict[str, Any]:
    names = {team.team_id: team.team for team in view.teams}
    return {
        "w": words,
        "result": result,
        "view": view,
        "people_class": staff_class(result),
        "sentences": _sentences(result, view, words),
        "teams": tuple(
            (
                team.team,
                f"{format_clock(team.from_s)} → {format_clock(team.to_s)}",
                words.number(team.people, 0),
                words.number(team.transit_pax, 0),
                words.number(60 * team.gain_min, 1, signed=True),
            )
            for team in view.teams
            if team.from_s != team.to_s
        ),
        "limit": words.number(0.0 if result.after is None else result.after.flat_h, 2),
        "slots": tuple(
            (
                names.get(slot.team_id, slot.team_id),
                format_clock(slot.start_s),
                words.number(slot.cost_h, 2, signed=True),
            )
            for slot in view.other_slots
        ),
        "follows": tuple(
            (words.percent(share), words.number(gain, 2, signed=True))
            for share, gain in view.follows
        ),
    }


def _sentences(result: RunResult, view: EmployerView, words: Catalogue) -> tuple[str, ...]:
    first = _own_gain(view, words)
    figure = result.headline["free_response_gain_h"]
    if figure.low is None or figure.high is None:
        territory = words("sheet.territory", hours=words.number(figure.value, 1))
    else:
        territory = words(
            "sheet.territory_range",
            hours=words.number(figure.value, 1),
            low=words.number(figure.low, 1),
            high=words.number(figure.high, 1),
        )
    if view.others_moved is None or view.others_count is None:
        others = words("sheet.others_hidden")
    else:
        others = words(
            "sheet.others",
            people=words.number(view.others_moved, 0),
            count=view.others_count,
        )
    if not view.moved:
        return first, territory, others
    error = format_error(view.credit_error_h, words)
    credit = words(
        "sheet.credit",
        hours=words.number(view.credit_h, 2),
        error=f" ({error})" if error else "",
        last=words.number(view.last_in_h, 2),
    )
    return first, territory, others, credit


def _own_gain(view: EmployerView, words: Catalogue) -> str:
    """Return what the employer's own staff gain or lose, as shown: to a tenth of a second."""
    gain_s = round(60 * view.gain_min, 1)
    key = "sheet.summary" if view.moved else "sheet.summary_none"
    if gain_s < 0:
        key += "_loss"
    elif not gain_s and not view.moved:
        key += "_same"
    return words(
        key,
        people=words.number(view.moved, 0),
        staff=words.number(view.staff, 0),
        gain=words.number(abs(gain_s), 1),
    )
