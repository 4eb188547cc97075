"""The report of a loading: one page in two languages that asks nobody for anything."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup

from network.base import format_clock
from scenarios.loads.curves_svg import draw_load_curve
from scenarios.loads.run import peak_window
from scenarios.loads.stretches import fullest_by_line, map_segments, sum_stretches
from scenarios.loads.time_space_svg import draw_time_space
from scenarios.report.labels import line_colors
from scenarios.report.map_svg import draw_load_map, widest_load
from scenarios.report.map_view import choose_view
from scenarios.report.text import LANGUAGES, get_catalogue, normalise_language

if TYPE_CHECKING:
    from pathlib import Path

    from scenarios.loads.run import DayLoads
    from scenarios.loads.stretches import StretchLoads
    from scenarios.report.text import Catalogue

REPORT_NAME = "report.html"
_CURVES = 9
_PACKAGE = "scenarios.loads"


def write_page(loads: DayLoads, out_dir: Path, *, lang: str = "fr") -> Path:
    """Write the report of a loading, ``lang`` shown first, and return its path.

    The time-space diagram is of the line asked for, else of the one with the fullest stretch.

    Raises
    ------
    OSError
        If the folder cannot be made or written.
    """
    out_dir.mkdir(parents=True, exist_ok=True)
    path = out_dir / REPORT_NAME
    path.write_text(render_page(loads, lang=lang), encoding="utf-8")
    return path


def render_page(loads: DayLoads, *, lang: str = "fr") -> str:
    """Return the report's HTML."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(_PACKAGE, "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = resources.files("scenarios.report").joinpath("style.css").read_text(encoding="utf-8")
    first = normalise_language(lang)
    ordered = (first, *(other for other in LANGUAGES if other != first))
    stretches = sum_stretches(loads)
    return environment.get_template("template.html.j2").render(
        first=first,
        style=Markup(style),
        title=f"{loads.territory.title.get(first, loads.territory.name)} · Créneau",
        languages=LANGUAGES,
        pages=[_context(loads, stretches, get_catalogue(code, _PACKAGE)) for code in ordered],
        version=loads.version,
    )


def _context(loads: DayLoads, stretches: StretchLoads, words: Catalogue) -> dict[str, Any]:
    ranked = fullest_by_line(loads, stretches)
    window = peak_window(loads)
    segments = loads.segments
    chosen = next((pair for pair in ranked if segments.line[pair[0]] == loads.request.line), None)
    shown = chosen or (ranked[0] if ranked else None)
    drawn = map_segments(loads, stretches, window)
    names = _stations(loads, ranked)
    view = choose_view(drawn, names)
    title = words("loads.map_title", time=format_clock(int(loads.windows.starts_s()[window])))
    return {
        "w": words,
        "loads": loads,
        "place": loads.territory.title.get(words.lang) or loads.territory.name,
        "headline": _headline(loads, ranked, stretches, words),
        "figures": _figures(loads, words),
        "map_title": title,
        "map": Markup(draw_load_map(drawn, view, widest_load([drawn], view), names, title, words)),
        "swatches": (
            ("q0", f"< {words.percent(0.5)}"),
            ("q1", words.percent(0.5)),
            ("q2", words.percent(0.75)),
            ("q3", words.percent(0.9)),
            ("q4", f"> {words.percent(1.0)}"),
        ),
        "diagram": None if shown is None else _diagram(loads, shown, words),
        "curves": [_curve(loads, stretches, pair, ranked[0], words) for pair in ranked[:_CURVES]],
        "hours": _hours(loads, words),
        "published": _published(loads, words),
        "entries": loads.entries,
        "notes": (*_made_of(loads, words), *loads.territory.notes.get(words.lang, ())),
    }


def _published(loads: DayLoads, words: Catalogue) -> tuple[tuple[str, ...], ...]:
    """Return a row for each published load factor: line, said, modelled, points, where, source."""
    rows = []
    for row in loads.published():
        stated = row.published
        said = stated.where_fr if words.lang == "fr" else stated.where_en
        found, points, where = words("loads.nobody_rides"), "", ""
        if row.load_factor is not None and row.error is not None:
            found = words.percent(row.load_factor)
            points = words.number(100 * row.error, 0, signed=True)
            hour = f"{format_clock(row.start_s)}–{format_clock(row.end_s)}"
            where = f"{row.from_stop} → {row.to_stop}, {hour}"
        source = f"{stated.source}, {stated.source_date.isoformat()}"
        rows.append(
            (stated.line, words.percent(stated.load_factor), said, found, points, where, source)
        )
    return tuple(rows)


def _made_of(loads: DayLoads, words: Catalogue) -> list[str]:
    """Say what was changed and what walks rest on."""
    walks = "walks_streets" if loads.demand.connectors.over_streets else "walks_straight"
    detour = words.number(loads.territory.file.network.detour, 1)
    said = [words(f"loads.{walks}", detour=detour)]
    seats = "seats_kept" if loads.request.settings.keep_seats else "seats_shared"
    said.append(words(f"loads.{seats}"))
    if loads.scenario is not None:
        count = len(loads.scenario.modifications)
        said.insert(0, words("loads.scenario", name=loads.scenario.name, count=count))
    return said


def _stations(loads: DayLoads, ranked: list[tuple[int, int]]) -> tuple[str, ...]:
    """Return the stations the map is drawn around: the fullest stretch's, and the territory's."""
    segments = loads.segments
    names = [
        name
        for stretch, _ in ranked[:1]
        for name in (segments.from_station[stretch], segments.to_station[stretch])
    ]
    for watch in loads.territory.file.watch:
        names += [watch.from_station, watch.to_station]
    if loads.entries is not None:
        names += [row.station for row in loads.entries.rows if row.in_territory]
    return tuple(dict.fromkeys(names))


def _headline(
    loads: DayLoads, ranked: list[tuple[int, int]], stretches: StretchLoads, words: Catalogue
) -> str:
    if not ranked:
        return words("loads.nobody")
    stretch, window = ranked[0]
    segments = loads.segments
    return words(
        "loads.headline",
        line=segments.line[stretch],
        start=segments.from_station[stretch],
        end=segments.to_station[stretch],
        time=format_clock(int(loads.windows.starts_s()[window])),
        share=words.percent(float(stretches.load_factor()[stretch, window])),
    )


def _figures(loads: DayLoads, words: Catalogue) -> list[tuple[str, str, str]]:
    """Return (what, value, unit) of the whole loading."""
    found = loads.as_dict()
    rows = [("period", "–".join(found["period"]), "")]
    for name, unit in (
        ("trips", "pax"),
        ("riders", "pax"),
        ("boardings", "pax"),
        ("passenger_hours", "pax_h"),
        ("above_seats_passenger_hours", "pax_h"),
        ("above_4_per_m2_passenger_hours", "pax_h"),
        ("left_behind", "pax"),
        ("unserved", "pax"),
    ):
        rows.append((name, words.number(found[name], 0), words(f"unit.{unit}")))
    done = words("loads.converged" if found["converged"] else "loads.not_converged")
    gap = f"{found['relative_gap']:.1e}"
    rows.append(("relative_gap", gap.replace(".", ",") if words.lang == "fr" else gap, done))
    rows.append(("iterations", words.number(found["iterations"], 0), ""))
    rows.append(("seed", str(found["seed"]), ""))
    rows.append(("capacity", words(f"capacity.{found['capacity']}"), ""))
    return [(words(f"figure.{name}"), value, unit) for name, value, unit in rows]


def _diagram(loads: DayLoads, pair: tuple[int, int], words: Catalogue) -> dict[str, Any]:
    segments, (stretch, window) = loads.segments, pair
    return {
        "line": segments.line[stretch],
        "colors": line_colors(segments.color[stretch]),
        "toward": words("loads.toward", direction=segments.direction[stretch]),
        "drawing": Markup(draw_time_space(loads, stretch, window, words)),
    }


def _curve(
    loads: DayLoads,
    stretches: StretchLoads,
    pair: tuple[int, int],
    highest: tuple[int, int],
    words: Catalogue,
) -> dict[str, Any]:
    segments, (stretch, window) = loads.segments, pair
    factor, starts_s = stretches.load_factor(), loads.windows.starts_s()
    where = f"{segments.from_station[stretch]} → {segments.to_station[stretch]}"
    top = max(1.1, 1.05 * float(factor[highest]))
    drawing = draw_load_curve(starts_s, loads.windows.length_s, factor[stretch], top, where, words)
    return {
        "line": segments.line[stretch],
        "colors": line_colors(segments.color[stretch]),
        "where": where,
        "caption": words(
            "loads.curve_caption",
            load=words.number(4 * float(stretches.load_pax[stretch, window]), 0),
            time=format_clock(int(starts_s[window])),
            share=words.percent(float(factor[stretch, window])),
        ),
        "drawing": Markup(drawing),
    }


def _hours(loads: DayLoads, words: Catalogue) -> list[tuple[str, ...]]:
    """Return a row for each line over the period: rides, hours, crowding, the fullest run."""
    hours = loads.line_hours
    rows: list[tuple[str, ...]] = []
    for number, name in enumerate(hours.lines):
        own = hours.line == number
        ridden = float(hours.ride_pax_h[own].sum())
        if ridden == 0:
            continue
        rows.append(
            (
                name,
                words.number(float(hours.boarding_pax[own].sum()), 0),
                words.number(ridden, 0),
                words.percent(float(hours.above_seats_pax_min[own].sum()) / 60 / ridden, 1),
                words.percent(float(hours.exposed_pax_min[own].sum()) / 60 / ridden, 1),
                words.percent(float(hours.max_load_factor[own].max())),
                words.number(float(hours.left_behind_pax[own].sum()), 0),
            )
        )
    return rows
