"""Territories as text in a terminal."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from api.output import print_line
from api.quality_tables import conclude
from api.text import get_words
from scenarios.built import Origin, count_network
from scenarios.making.pack_text import say_factor
from scenarios.quality_words import get_quality_words
from scenarios.report import get_catalogue
from scenarios.zone_people import summarise_levels

if TYPE_CHECKING:
    from network.quality.report import QualityReport
    from scenarios.built import BuiltNetwork
    from scenarios.making import MadePack
    from scenarios.network_pack import NetworkPack
    from scenarios.report import Catalogue
    from scenarios.zone_people import LevelSummary

WIDTH = 100


def print_built(pack: NetworkPack, report: QualityReport, seconds: float, lang: str) -> None:
    """Print what `territory build` did, and the network in numbers."""
    words = get_catalogue(lang, "api.territories")
    built = pack.built
    _print_heading(pack, words)
    if built.origin is Origin.IN_MEMORY:
        print_line(
            words(
                "origin.in_memory",
                seconds=words.number(seconds, 1),
                reason=say_reason(built, words),
            )
        )
    else:
        key = f"origin.{built.origin}"
        print_line(words(key, seconds=words.number(seconds, 1), path=built.path))
    if built.damage:
        print_line(words("origin.damaged", damage=built.damage))
    if built.removed:
        print_line(words("origin.removed", count=len(built.removed)))
    print_line()
    _print_counts(pack, words)
    _print_quality(report, words)


def say_cache_trouble(built: BuiltNetwork, lang: str) -> list[str]:
    """Return what a user should know of the cache: nothing where all is well or it is off."""
    words = get_catalogue(lang, "api.territories")
    told = []
    if built.reason:
        told.append(words("origin.not_kept", reason=built.reason))
    if built.damage:
        told.append(words("origin.rebuilt", damage=built.damage))
    return told


def say_reason(built: BuiltNetwork, words: Catalogue) -> str:
    """Return why a network is not kept."""
    return built.reason or words("origin.off")


def print_pack(pack: NetworkPack, report: QualityReport, lang: str) -> None:
    """Print all that is known about a territory's network."""
    words = get_catalogue(lang, "api.territories")
    _print_heading(pack, words)
    print_line(words("show.folder", folder=pack.folder))
    print_line()
    _print_counts(pack, words)
    _print_coverage(pack, words)
    _print_zones(pack, words)
    _print_quality(report, words)
    if pack.set_aside:
        print_line(words("show.set_aside"))
        for kind, count in sorted(pack.set_aside.items()):
            print_line(f"  {kind}: {words.number(count, 0)}")
        print_line()
    print_line(words("show.sources"))
    classes = get_catalogue(lang)
    for source in pack.sources:
        values = source.as_dict()
        values["class"] = classes.find("class", source.source_class)
        _print_wrapped(words("show.source", **values))
    notes = pack.notes.get(lang, ())
    if notes:
        print_line()
        print_line(words("show.notes"))
        for note in notes:
            _print_wrapped(note)


def print_made(made: MadePack, report: QualityReport, lang: str) -> None:
    """Print what `territory init` made, and what to do next."""
    words = get_catalogue(lang, "api.territories")
    pack = made.pack
    print_line(words("made.done", folder=pack.folder))
    _print_heading(pack, words)
    print_line(words("made.zones", leaves=len(made.plan.leaves), count=len(made.plan.zones)))
    if made.n_outside:
        print_line(
            words(
                "made.outside",
                count=made.n_outside,
                population=words.number(made.outside.get("population", 0.0), 0),
                jobs=words.number(made.outside.get("jobs", 0.0), 0),
            )
        )
    for kind, count in made.log.counts.items():
        example = str(made.log.examples[kind][0]) if made.log.examples.get(kind) else ""
        _print_wrapped(words("made.set_aside", kind=kind, count=count, example=example))
    print_line()
    _print_counts(pack, words)
    _print_coverage(pack, words)
    _print_zones(pack, words)
    _print_quality(report, words)
    print_line(words("made.next"))
    first, last = pick_ends(pack)
    print_line("  " + words("made.sources", path=pack.folder / pack.file.sources[0]))
    print_line("  " + words("made.show", folder=pack.folder))
    print_line("  " + words("made.itinerary", folder=pack.folder, from_point=first, to_point=last))


def pick_ends(pack: NetworkPack) -> tuple[str, str]:
    """Return the ends of the pattern with most trips, as two points to try an itinerary."""
    timetable = pack.network.timetable
    counts = timetable.pattern_trip_offset[1:] - timetable.pattern_trip_offset[:-1]
    stops = timetable.pattern_stops(int(counts.argmax()))
    ends = (int(stops[0]), int(stops[-1]))
    points = [f"{timetable.stops.lat[s]:.5f},{timetable.stops.lon[s]:.5f}" for s in ends]
    return points[0], points[1]


def _print_heading(pack: NetworkPack, words: Catalogue) -> None:
    title = pack.title.get(words.lang, pack.name)
    print_line(words("show.heading", title=title, name=pack.name))
    print_line(words("show.date", date=pack.service_date.isoformat()))


def _print_counts(pack: NetworkPack, words: Catalogue) -> None:
    print_line(words("show.network"))
    for key, count in count_network(pack.network).items():
        print_line(f"  {words.find('count', key):<28}{words.number(count, 0):>14}")
    kind = words("show.streets")
    if pack.network.streets is None:
        kind = words("show.straight", detour=say_factor(words, pack.file.network.detour))
    print_line(f"  {words('show.walks', kind=kind)}")
    print_line()


def _print_coverage(pack: NetworkPack, words: Catalogue) -> None:
    print_line(words("show.coverage"))
    for feed in pack.coverage:
        dates = words(
            "show.covers", first=feed.first_date, last=feed.last_date, date=feed.service_date
        )
        print_line(f"  {feed.name}: {dates}")
    print_line()


def _print_zones(pack: NetworkPack, words: Catalogue) -> None:
    print_line(words("show.zones"))
    if pack.zones is None or pack.people is None:
        print_line(f"  {words('show.no_zones')}")
    else:
        for level in summarise_levels(pack.zones, pack.people):
            number = words("show.level", zones=words.number(level.zones, 0))
            parts = [number, *(_say_people(level, quantity, words) for quantity in level.sums)]
            print_line(f"  {words.find('level', level.level):<16}{'; '.join(parts)}")
    print_line()


def _say_people(level: LevelSummary, quantity: str, words: Catalogue) -> str:
    value, unknown = level.sums[quantity], level.unknown[quantity]
    jobs = "_jobs" if quantity == "jobs" else ""
    if value is None:
        said = words(f"show.unknown{jobs}")
    elif unknown:
        said = words(f"show.partly{jobs}", value=words.number(value, 0), count=unknown)
    else:
        said = words.number(value, 0)
    return words(f"show.{quantity}", value=said)


def _print_quality(report: QualityReport, words: Catalogue) -> None:
    quality = get_quality_words(words.lang)
    print_line(words("show.quality", date=report.checked_on.isoformat()))
    for finding in report.findings:
        severity = quality.severity(finding.severity, 1)
        count = words.number(finding.count, 0)
        unit = quality.unit(finding.unit, finding.count)
        title = quality.finding(finding.code).title
        _print_wrapped(f"{severity}: {title}: {count} {unit} ({finding.file})")
    if not report.findings:
        print_line(f"  {words('show.clean')}")
    for line in conclude(report, quality, get_words(words.lang)).splitlines():
        print_line(f"  {line}")
    print_line()


def _print_wrapped(text: str) -> None:
    for line in textwrap.wrap(
        text, WIDTH, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False
    ):
        print_line(line)
