"""`isochrone` and `matrix`: what is within reach, and travel times between places."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from api.commands.common import HELP, JsonOption, LangOption, State, example, get_state
from api.commands.network import read_date
from api.itinerary_night import get_until
from api.itinerary_off_street import say_off_street
from api.out_folder import find_unwritable, unwritable_file
from api.outcome import ExitCode
from api.output import ProgressLine, complain, print_json, print_line
from api.text import get_words
from network.base import InputError, Problem, SourceClass, parse_clock
from network.routing.reach.matrix import Departures, ReachPlaces
from scenarios.network_pack import NetworkPack
from scenarios.reach import (
    MODES,
    ReachedArea,
    ReachQuery,
    as_feature_collection,
    describe_off_street,
    draw_geometry,
    find_reach,
    read_points,
    write_geojson,
    write_matrix,
    zone_places,
)
from scenarios.report import get_catalogue

_MOST_MINUTES = 240
_CLOCK = re.compile(r"(?:[0-3]?\d|4[0-7]):[0-5]\d")
_ZONES_SHOWN = 12
_LONGEST_S = 6 * 3600
"""A matrix that may end so long after its last departure is searched past midnight."""
_HERE = SourceClass.ESTIMATED


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(
        "isochrone",
        help=HELP("help.isochrone"),
        epilog=example(
            "isochrone --territory plaine-commune --from 48.9362,2.3574 --depart 08:15 "
            "--minutes 15,30,45"
        ),
    )(isochrone)
    app.command(
        "matrix",
        help=HELP("help.matrix"),
        epilog=example(
            "matrix --territory plaine-commune --depart 08:00 --window 60 --percentiles 5,50,95 "
            "--csv times.csv"
        ),
    )(matrix)


TerritoryOption = Annotated[
    str, typer.Option("--territory", metavar="T", help=HELP("help.territory_name"))
]
DateOption = Annotated[
    str | None, typer.Option("--date", metavar="YYYY-MM-DD", help=HELP("help.date"))
]


def isochrone(
    ctx: typer.Context,
    origin: Annotated[str, typer.Option("--from", metavar="LAT,LON", help=HELP("help.origin"))],
    territory: TerritoryOption = "plaine-commune",
    date: DateOption = None,
    depart: Annotated[
        str, typer.Option("--depart", metavar="HH:MM", help=HELP("help.reach_depart"))
    ] = "08:00",
    minutes: Annotated[
        str, typer.Option("--minutes", metavar="MIN,...", help=HELP("help.minutes"))
    ] = "15,30,45",
    mode: Annotated[
        str, typer.Option("--mode", metavar="|".join(MODES), help=HELP("help.reach_mode"))
    ] = "transit",
    geojson: Annotated[
        Path | None, typer.Option("--geojson", metavar="FILE", help=HELP("help.geojson"))
    ] = None,
    json: JsonOption = False,
    lang: LangOption = None,
) -> int:
    """Find what is within reach of a place."""
    state = get_state(ctx)
    state.begin(json=json, lang=lang)
    typed = _Typed()
    place = typed.read("--from", origin, _place, "LAT,LON in degrees, as in 48.9362,2.3574")
    depart_s = typed.read("--depart", depart, _clock, "a clock time HH:MM, from 00:00 to 47:59")
    limits = typed.read(
        "--minutes", minutes, _limits, f"whole minutes from 1 to {_MOST_MINUTES}, as in 15,30,45"
    )
    typed.read("--mode", mode, _mode, "one of " + ", ".join(MODES))
    typed.require_file("--geojson", geojson)
    service_date = typed.finish(date)
    query = ReachQuery(lat=place[0], lon=place[1], depart_s=depart_s, minutes=limits, mode=mode)
    with ProgressLine(get_words(state.lang)) as progress:
        until_s = depart_s + 60 * max(limits)
        loaded = get_until(state.engine, territory, service_date, until_s, progress=progress)
        pack = cast("NetworkPack", loaded)
        areas = find_reach(
            pack.network, pack.zones, getattr(pack, "people", None), query, progress=progress
        )
    if geojson is not None:
        _write(
            "--geojson",
            geojson,
            lambda: write_geojson(geojson, as_feature_collection(areas, query)),
        )
        complain(get_words(state.lang)("reach.written", path=geojson))
    if state.json:
        print_json(_answer(pack, query, areas, state.lang))
    else:
        _print_areas(pack, query, areas, state)
    return ExitCode.FINE


def matrix(
    ctx: typer.Context,
    csv: Annotated[Path, typer.Option("--csv", metavar="FILE", help=HELP("help.matrix_csv"))],
    territory: TerritoryOption = "plaine-commune",
    date: DateOption = None,
    depart: Annotated[
        str, typer.Option("--depart", metavar="HH:MM", help=HELP("help.reach_depart"))
    ] = "08:00",
    window: Annotated[
        int, typer.Option("--window", metavar="MIN", help=HELP("help.reach_window"))
    ] = 0,
    percentiles: Annotated[
        str, typer.Option("--percentiles", metavar="P,...", help=HELP("help.percentiles"))
    ] = "50",
    zones: Annotated[bool, typer.Option("--zones", help=HELP("help.matrix_zones"))] = False,
    points: Annotated[
        Path | None, typer.Option("--points", metavar="CSV", help=HELP("help.matrix_points"))
    ] = None,
    json: JsonOption = False,
    lang: LangOption = None,
) -> int:
    """Compute travel times between zones or points."""
    state = get_state(ctx)
    state.begin(json=json, lang=lang)
    typed = _Typed()
    depart_s = typed.read("--depart", depart, _clock, "a clock time HH:MM, from 00:00 to 47:59")
    shares = typed.read("--percentiles", percentiles, _shares, "numbers 0 to 100, as in 5,50,95")
    typed.read("--window", str(window), _window, "whole minutes from 0 to 720")
    if zones and points is not None:
        typed.refuse("--zones, --points", "both", "one of them", "Leave one out.")
    typed.require_file("--csv", csv)
    service_date = typed.finish(date)
    given = None if points is None else read_points(points)
    departures = Departures(depart_s=depart_s, window_min=window, percentiles=shares)
    with ProgressLine(get_words(state.lang)) as progress:
        until_s = depart_s + 60 * window + _LONGEST_S
        loaded = get_until(state.engine, territory, service_date, until_s, progress=progress)
        pack = cast("NetworkPack", loaded)
        places = _zones_of(pack) if given is None else given
        reached = _write(
            "--csv",
            csv,
            lambda: write_matrix(
                csv,
                pack.network,
                places,
                departures,
                threads=os.cpu_count() or 1,
                progress=progress,
            ),
        )
    answer = {
        "territory": pack.name,
        "service_date": pack.service_date.isoformat(),
        "depart_s": depart_s,
        "window_min": window,
        "percentiles": list(shares) if window else [],
        "places": len(places),
        "pairs": len(places) ** 2,
        "pairs_reached": reached,
        "csv": str(csv),
        "unit": "min",
        "source_class": str(_HERE),
        "notes": list(pack.notes.get(state.lang, ())),
    }
    if state.json:
        print_json(answer)
    else:
        words = get_words(state.lang)
        source = get_catalogue(state.lang).find("class", str(_HERE))
        print_line(words("reach.matrix", **{**answer, "origin": source}))
        for note in pack.notes.get(state.lang, ()):
            print_line(note)
    return ExitCode.FINE


class _Typed:
    """What was typed, read option by option; all that is wrong is said at once."""

    def __init__(self) -> None:
        self._problems: list[Problem] = []

    def read(self, option: str, text: str, parse: Callable[[str], Any], expected: str) -> Any:  # noqa: ANN401 - what parse returns
        try:
            return parse(text)
        except ValueError:
            self.refuse(option, repr(text), expected, f"Correct {option}.")
            return None

    def require_file(self, option: str, path: Path | None) -> None:
        """Refuse a file that could not be written, before minutes are spent on it."""
        wrong = None if path is None else find_unwritable(option, path)
        if wrong is not None:
            self._problems.append(wrong)

    def refuse(self, option: str, found: str, expected: str, mend: str) -> None:
        self._problems.append(Problem(file=option, found=found, expected=expected, mend=mend))

    def finish(self, date: str | None) -> Any:  # noqa: ANN401 - a date or None
        """Return the date; raise InputError with all that is wrong."""
        service_date = None
        try:
            service_date = read_date(date)
        except InputError as error:
            self._problems.extend(error.problems)
        if self._problems:
            raise InputError(*self._problems)
        return service_date


def _place(text: str) -> tuple[float, float]:
    lat, lon = (float(part) for part in text.split(","))
    if not (abs(lat) <= 90 and abs(lon) <= 180):
        raise ValueError(text)
    return lat, lon


def _clock(text: str) -> int:
    if _CLOCK.fullmatch(text.strip()) is None:
        raise ValueError(text)
    return parse_clock(text)


def _limits(text: str) -> tuple[int, ...]:
    limits = sorted({int(part) for part in text.split(",")})
    if limits[0] < 1 or limits[-1] > _MOST_MINUTES:
        raise ValueError(text)
    return tuple(limits)


def _mode(text: str) -> str:
    if text not in MODES:
        raise ValueError(text)
    return text


def _window(text: str) -> int:
    if not 0 <= int(text) <= 720:
        raise ValueError(text)
    return int(text)


def _shares(text: str) -> tuple[float, ...]:
    shares = tuple(sorted({float(part) for part in text.split(",")}))
    if not all(0 <= share <= 100 for share in shares):
        raise ValueError(text)
    return shares


def _zones_of(pack: NetworkPack) -> ReachPlaces:
    if pack.zones is None:
        raise InputError(
            Problem(
                file="--zones",
                found=f"territory {pack.name} has no zone table",
                expected="a territory with zones, or --points",
                mend="Give places with --points FILE (columns id, lat, lon).",
            )
        )
    return zone_places(pack.zones)


def _write(option: str, path: Path, write: Callable[[], Any]) -> Any:  # noqa: ANN401
    try:
        return write()
    except OSError as error:
        raise InputError(unwritable_file(option, path, error)) from None


def _answer(
    pack: NetworkPack, query: ReachQuery, areas: tuple[ReachedArea, ...], lang: str
) -> dict[str, Any]:
    return {
        "territory": pack.name,
        "service_date": pack.service_date.isoformat(),
        "from": {"lat": query.lat, "lon": query.lon},
        "mode": query.mode,
        "depart_s": query.depart_s if query.mode == "transit" else None,
        "isochrones": [
            {
                "minutes": area.minutes,
                "area_km2": round(area.isochrone.area_km2, 4),
                **{quantity: area.sums.get(quantity) for quantity in ("population", "jobs")},
                "zones_unknown": area.unknown,
                "zones": [
                    {"id": z.zone_id, "name": z.name, "minutes": round(z.seconds / 60, 2)}
                    for z in area.zones
                ],
                "geometry": draw_geometry(area.isochrone),
            }
            for area in areas
        ],
        "units": {"area_km2": "km2", "population": "people", "jobs": "jobs", "minutes": "min"},
        "source_class": str(_HERE),
        "has_zones": pack.zones is not None,
        "on_streets": pack.network.streets is not None,
        **describe_off_street(areas[0].off_street_m),
        "notes": [
            *say_off_street(areas[0].off_street_m, query.mode, get_words(lang)),
            *pack.notes.get(lang, ()),
        ],
    }


def _print_areas(
    pack: NetworkPack, query: ReachQuery, areas: tuple[ReachedArea, ...], state: State
) -> None:
    words = get_words(state.lang)
    source = get_catalogue(state.lang).find("class", str(_HERE))
    print_line(
        words(
            "reach.heading",
            territory=pack.name,
            date=pack.service_date.isoformat(),
            mode=words.find("reach_mode", query.mode),
            origin=source,
        )
    )
    for area in areas:
        km2 = words.number(area.isochrone.area_km2, 2)
        print_line(words("reach.area", minutes=area.minutes, km2=km2))
        for quantity, total in area.sums.items():
            key = f"reach.{quantity}" if total is not None else f"reach.{quantity}_unknown"
            number = "" if total is None else words.number(total, 0)
            line = words(key, number=number)
            if area.unknown[quantity] and total is not None:
                line += words("reach.unknown", count=area.unknown[quantity])
            print_line("  " + line)
        if pack.zones is not None:
            names = ", ".join(f"{z.name} ({z.seconds // 60})" for z in area.zones[:_ZONES_SHOWN])
            more = " …" if len(area.zones) > _ZONES_SHOWN else ""
            print_line("  " + words("reach.zones", count=len(area.zones), names=names + more))
    if pack.zones is None:
        print_line(words("reach.no_zones"))
    if pack.network.streets is None:
        print_line(words("reach.straight"))
    for line in say_off_street(areas[0].off_street_m, query.mode, words):
        print_line(line)
    for note in pack.notes.get(state.lang, ()):
        print_line(note)
