"""The page of a network: its map, what it holds, what is wrong with it, in one HTML file."""

from __future__ import annotations

import json
import re
from importlib import resources
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup

from scenarios.atlas import layers
from scenarios.atlas.dates_svg import draw_dates
from scenarios.atlas.rows import (
    count_rows,
    finding_rows,
    mode_rows,
    network_class,
    opinion_rows,
    people_class,
    zone_rows,
)
from scenarios.quality_words import get_quality_words
from scenarios.report.text import LANGUAGES, Catalogue, get_catalogue, normalise_language

if TYPE_CHECKING:
    from pathlib import Path

    from network import Network
    from network.quality.report import QualityReport
    from scenarios.atlas.view import TerritoryView

_PACKAGE = "scenarios.atlas"
_HOUSE = "scenarios.report"


def write_check_page(
    path: Path, report: QualityReport, network: Network | None, *, lang: str
) -> None:
    """Write what a check of feeds and extracts found as one page, ``lang`` shown first.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    names = [feed.name for feed in report.feeds]
    if report.streets is not None:
        names.append(report.streets.name)
    title = " + ".join(names)
    path.write_text(
        _render({"fr": title, "en": title}, network, report, None, lang), encoding="utf-8"
    )


def write_territory_page(path: Path, view: TerritoryView, *, lang: str) -> None:
    """Write a territory's map, zones and quality as one page, ``lang`` shown first.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    path.write_text(_render(view.title, view.network, view.report, view, lang), encoding="utf-8")


def _render(
    title: dict[str, str],
    network: Network | None,
    report: QualityReport | None,
    view: TerritoryView | None,
    lang: str,
) -> str:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(_PACKAGE, "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    first = normalise_language(lang)
    ordered = (first, *(other for other in LANGUAGES if other != first))
    words = {code: _read_words(code) for code in LANGUAGES}
    data = _map_data(network, report, view)
    data["words"] = {code: _script_words(words[code], report) for code in LANGUAGES}
    return environment.get_template("page.html.j2").render(
        first=first,
        title=title.get(first) or next(iter(title.values()), ""),
        languages=LANGUAGES,
        style=Markup(_leaflet_style() + _text("style.css", _HOUSE) + _text("page.css")),
        leaflet=Markup(_text("vendor/leaflet-1.9.4.js")),
        script=Markup(_text("page.js")),
        data=Markup(_as_island(data)),
        has_streets=data["streets"] is not None,
        has_zones=bool(data["zones"]),
        has_findings=bool(data["findings"]),
        pages=[_context(words[code], title, network, report, view) for code in ordered],
        version=version("creneau"),
    )


def _map_data(
    network: Network | None, report: QualityReport | None, view: TerritoryView | None
) -> dict[str, Any]:
    timetable = None if network is None else network.timetable
    lines = [] if timetable is None else layers.draw_lines(timetable)
    streets = None if network is None else network.streets
    return {
        "bounds": layers.compute_bounds(network, view),
        "lines": lines,
        "stations": None if timetable is None else layers.draw_stations(timetable, lines),
        "streets": None if streets is None else layers.draw_streets(streets),
        "zones": [] if view is None else layers.draw_zones(view),
        "findings": [] if report is None else layers.draw_findings(report),
    }


def _context(
    words: Catalogue,
    title: dict[str, str],
    network: Network | None,
    report: QualityReport | None,
    view: TerritoryView | None,
) -> dict[str, Any]:
    date = view.service_date if view is not None else report.service_date if report else None
    return {
        "w": words,
        "title": title.get(words.lang) or next(iter(title.values()), ""),
        "date": None if date is None else date.isoformat(),
        "counts": count_rows(words, network, report),
        "network_class": network_class(network),
        "modes": mode_rows(words, network),
        "dates": [] if report is None else [
            (feed, Markup(draw_dates(feed, words))) for feed in report.feeds if feed.trips_by_date
        ],
        "checked": report is not None,
        "checked_on": None if report is None else report.checked_on.isoformat(),
        "findings": [] if report is None else finding_rows(words, report),
        "opinions": [] if report is None else opinion_rows(words, report),
        "zones": [] if view is None else zone_rows(words, view),
        "people_class": "" if view is None else people_class(view),
        "sources": () if view is None else view.sources,
        "notes": () if view is None else view.notes.get(words.lang, ()),
    }  # fmt: skip


def _read_words(lang: str) -> Catalogue:
    """Return the words of the pages with those of the reports, which name the source classes."""
    words = get_catalogue(lang).words | get_catalogue(lang, _PACKAGE).words
    return Catalogue(lang=lang, words=words)


def _script_words(words: Catalogue, report: QualityReport | None) -> dict[str, Any]:
    """Return the words that the page's script needs, and the titles of the findings."""
    quality = get_quality_words(words.lang)
    shown = {key.split(".", 1)[1]: text for key, text in words.words.items() if key[:4] == "map."}
    shown |= {f"mode_{k.split('.', 1)[1]}": v for k, v in words.words.items() if k[:5] == "mode."}
    findings = () if report is None else report.findings
    return {**shown, "finding_titles": [quality.finding(f.code).title for f in findings]}


def _as_island(data: dict[str, Any]) -> str:
    """Return data as JSON that no text in it can end: ``<``, ``>`` and ``&`` are escaped."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text


def _leaflet_style() -> str:
    """Return Leaflet's style without its pictures, which no part of the page uses."""
    return re.sub(r"url\([^)]*\)", "none", _text("vendor/leaflet-1.9.4.css"))


def _text(name: str, package: str = _PACKAGE) -> str:
    return resources.files(package).joinpath(name).read_text(encoding="utf-8")
