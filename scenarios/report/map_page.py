"""The maps of a run with their words: the status quo, and what the response changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from network.base import format_clock
from scenarios.report.map_svg import (
    change_scale,
    changes_by_stretch,
    draw_change_map,
    draw_load_map,
    widest_load,
)
from scenarios.report.map_view import choose_view, key_stations

if TYPE_CHECKING:
    from scenarios.report.text import Catalogue
    from scenarios.results import RunResult


@dataclass(frozen=True, slots=True, kw_only=True)
class MapFigure:
    """One map, what stands above it, and the labels of its colours' five steps."""

    title: str
    note: str
    legend: str
    swatches: tuple[tuple[str, str], ...]
    drawing: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class MapPage:
    """The maps and the sentence that says when they are."""

    lede: str
    figures: tuple[MapFigure, ...]


def draw_maps(result: RunResult, words: Catalogue) -> MapPage | None:
    """Return the map of the status quo and of the change in free response; None without any."""
    base = result.situations.get("status_quo")
    if base is None or not base.map_segments:
        return None
    names = key_stations(result)
    view = choose_view(base.map_segments, names)
    free = result.situations.get("free_response")
    after = free.map_segments if free is not None else ()
    widest = widest_load((base.map_segments, after), view)
    title = words("situation.status_quo")
    figures = [
        MapFigure(
            title=title,
            note=words("situation_note.status_quo"),
            legend=words("report.legend_load"),
            swatches=_load_swatches(words),
            drawing=Markup(draw_load_map(base.map_segments, view, widest, names, title, words)),
        )
    ]
    changes = changes_by_stretch(base.map_segments, after, view)
    if changes:
        outer = change_scale(points for _, points in changes)
        title = words("report.map_change")
        drawing = draw_change_map(changes, outer, view, widest, names, title, words)
        figures.append(
            MapFigure(
                title=title,
                note=words("report.map_change_note"),
                legend=words("report.legend_change"),
                swatches=_change_swatches(outer, words),
                drawing=Markup(drawing),
            )
        )
    return MapPage(lede=_lede(result, words), figures=tuple(figures))


def _load_swatches(words: Catalogue) -> tuple[tuple[str, str], ...]:
    low, high = words.percent(0.5), words.percent(1.0)
    return (
        ("q0", f"< {low}"),
        ("q1", "50–75"),
        ("q2", "75–90"),
        ("q3", "90–100"),
        ("q4", f"> {high}"),
    )


def _change_swatches(outer: float, words: Catalogue) -> tuple[tuple[str, str], ...]:
    inner, top = _points(outer / 4, words), _points(outer, words)
    less, least = _points(-outer, words), _points(-outer / 4, words)
    return (
        ("d0", f"< {less}"),
        ("d1", f"{less} … {least}"),
        ("d2", f"± {inner}"),
        ("d3", f"+{inner} … +{top}"),
        ("d4", f"> +{top}"),
    )


def _points(value: float, words: Catalogue) -> str:
    return words.number(value, 0 if value == int(value) else 1)


def _lede(result: RunResult, words: Catalogue) -> str:
    start = _find_window(result)
    return words("report.map_lede", window=start) if start else words("report.map_lede_alone")


def _find_window(result: RunResult) -> str:
    """Return the map's quarter hour: when a load curve has the load its stretch has there."""
    base = result.situations["status_quo"]
    mapped = {(s.line, s.from_stop, s.to_stop): s.load_pax for s in base.map_segments}
    for curve in base.curves:
        load = mapped.get((curve.line, curve.from_stop, curve.to_stop))
        hits = [i for i, pax in enumerate(curve.load_pax) if load and pax == load]
        if len(hits) == 1 and hits[0] + 1 < len(curve.start_s):
            first_s, last_s = curve.start_s[hits[0]], curve.start_s[hits[0] + 1]
            return f"{format_clock(first_s)}–{format_clock(last_s)}"
    return ""
