"""The text of a new pack's own files: ``territory.toml`` and ``sources.toml``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from network.base import SourceClass
from scenarios.report import get_catalogue

if TYPE_CHECKING:
    import datetime as dt

    from network import FeedInfo, Network
    from scenarios.artefacts import FileHash
    from scenarios.network_inputs import NetworkInputs
    from scenarios.report import Catalogue

UNKNOWN = "unknown"
ZONES, OUTLINES, SOURCES = "zones.csv", "zones.geojson", "sources.toml"
OSM_LICENCE = "ODbL 1.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackWords:
    """What a new pack is called, and in which language its comments are."""

    name: str
    title: str
    timezone: str
    lang: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedFile:
    """A data file of a new pack: how the pack names it, its hash, whose timetable it is."""

    path: str
    role: str
    hash: FileHash
    feed: FeedInfo | None = None
    agencies: tuple[str, ...] = ()


def format_territory(
    words: PackWords,
    inputs: NetworkInputs,
    names: list[str],
    osm: str | None,
    notes: dict[str, list[str]],
) -> str:
    """Return the text of ``territory.toml``; ``names`` are the feeds' paths in the pack."""
    say = get_catalogue(words.lang, "scenarios.making")
    date: dt.date | None = inputs.service_date
    lines = [
        f"# {say('file.heading')}",
        f"# {say('file.how')}",
        "",
        f"# {say('file.name')}",
        f"name = {quote(words.name)}",
        f"title_fr = {quote(words.title)}",
        f"title_en = {quote(words.title)}",
        f"timezone = {quote(words.timezone)}",
        "",
        f"# {say('file.service_date')}",
        f"service_date = {date}",
        "",
        f"sources = [{quote(SOURCES)}]",
    ]
    for lang in ("fr", "en"):
        lines += [f"notes_{lang} = [", *(f"    {quote(note)}," for note in notes[lang]), "]"]
    lines += ["", f"# {say('file.network')}", "[network]"]
    if len(names) == 1:
        lines.append(f"gtfs = {quote(names[0])}")
    if osm is not None:
        lines.append(f"osm = {quote(osm)}")
    lines += [
        f"# {say('file.walking')}",
        f"max_transfer_s = {inputs.max_transfer_s}",
        "max_walk_s = 1200",
        f"walk_speed_mps = {inputs.walk_speed_mps}",
    ]
    if osm is None:
        lines.append(f"# {say('file.straight')}")
    lines.append(f"detour = {inputs.detour}")
    if len(names) > 1:
        for name, feed in zip(names, inputs.feeds, strict=True):
            lines += ["", "[[network.feeds]]", f"path = {quote(name)}"]
            lines.append(f"prefix = {quote(feed.prefix)}")
            if feed.service_date is not None:
                lines += [f"# {say('file.own_date')}", f"service_date = {feed.service_date}"]
    lines += ["", f"# {say('file.zones')}", "[zones]"]
    lines += [f"file = {quote(ZONES)}", f"polygons = {quote(OUTLINES)}"]
    lines += ["", f"# {say('file.demand')}"]
    return "\n".join(lines) + "\n"


def format_sources(
    lang: str, files: list[NamedFile], *, zones_from: str, zones_class: SourceClass
) -> str:
    """Return the text of ``sources.toml``: an entry for each file, what is not known said so."""
    entries = []
    for file in files:
        entry = _describe_file(file)
        entry |= {"sha256": file.hash.sha256}
        entries.append(entry)
    for path, what in ((ZONES, "Zones"), (OUTLINES, "Outlines of the zones")):
        entries.append(
            {
                "path": path,
                "title": what,
                "source": zones_from,
                "licence": UNKNOWN,
                "date": UNKNOWN,
                "source_class": str(zones_class),
            }
        )
    texts = [f"# {get_catalogue(lang, 'scenarios.making')('file.sources')}\n"]
    for entry in entries:
        rows = "".join(f"{key} = {quote(value)}\n" for key, value in entry.items())
        texts.append(f"[[file]]\n{rows}")
    return "\n".join(texts)


def write_notes(
    network: Network,
    inputs: NetworkInputs,
    *,
    grid_m: float | None,
    unknown_people: str,
) -> dict[str, list[str]]:
    """Return what every result must say of a pack, in French and English.

    ``unknown_people`` is ``all``, ``some`` or ``none``: of how many zones nobody knows them.
    """
    notes: dict[str, list[str]] = {}
    for lang in ("fr", "en"):
        say = get_catalogue(lang, "scenarios.making")
        told = []
        if network.streets is None:
            told.append(
                say(
                    "note.straight",
                    detour=say_factor(say, inputs.detour),
                    speed=say_factor(say, inputs.walk_speed_mps),
                )
            )
        told += [
            say(
                "note.own_date",
                feed=feed.path.name,
                date=inputs.service_date,
                own=feed.service_date,
            )
            for feed in inputs.feeds
            if feed.service_date is not None
        ]
        if grid_m is not None:
            told.append(say("note.grid", size=say.number(grid_m, 0)))
        if unknown_people != "none":
            told.append(say("note.no_people" if unknown_people == "all" else "note.some_people"))
        notes[lang] = told
    return notes


def say_factor(words: Catalogue, value: float) -> str:
    """Return a small number with the one or two decimals it has."""
    return words.number(value, 1 if round(value, 1) == round(value, 2) else 2)


def quote(text: str) -> str:
    """Return a text as a TOML string."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _describe_file(file: NamedFile) -> dict[str, str]:
    feed = file.feed
    if feed is not None:
        return {
            "path": file.path,
            "title": f"GTFS timetable, {feed.first_date} to {feed.last_date}",
            "source": feed.publisher or ", ".join(feed.attributions or file.agencies) or UNKNOWN,
            "licence": UNKNOWN,
            "date": feed.version or str(feed.first_date),
            "source_class": str(SourceClass.PUBLISHED),
        }
    if file.role == "osm":
        return {
            "path": file.path,
            "title": "Streets and paths",
            "source": "OpenStreetMap contributors",
            "licence": OSM_LICENCE,
            "date": UNKNOWN,
            "source_class": str(SourceClass.OBSERVED),
        }
    return {
        "path": file.path,
        "title": file.role,
        "source": UNKNOWN,
        "licence": UNKNOWN,
        "date": UNKNOWN,
        "source_class": str(SourceClass.PUBLISHED),
    }
