"""`itinerary`: from here to there on a territory's timetable."""

import math
from typing import Annotated, Any, get_args

import typer
from pydantic import ValidationError

from api.commands.common import HELP, JsonOption, LangOption, example, get_state
from api.itineraries import answer_query
from api.outcome import ExitCode
from api.output import ProgressLine, complain, print_json, print_line
from api.schemas import ItineraryAnswer, ItineraryOut, ItineraryQuery, Leg, TravelMode
from api.territories import say_cache_trouble
from api.text import get_words
from network.base import InputError, Problem
from scenarios.network_pack import NetworkPack
from scenarios.report import get_catalogue
from scenarios.validation import problems_of

_OPTIONS = {"window_min": "window", "max_rides": "max-rides"}
_CLOCK = "a clock time HH:MM, as in 08:15; after midnight 24:30 and so on, up to 47:59"


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(
        "itinerary",
        help=HELP("help.itinerary"),
        epilog=example(
            "itinerary --territory plaine-commune --from 48.9362,2.3574 --to 48.8756,2.3260 "
            "--depart 08:15"
        ),
    )(itinerary)


def itinerary(
    ctx: typer.Context,
    origin: Annotated[str, typer.Option("--from", metavar="LAT,LON", help=HELP("help.origin"))],
    destination: Annotated[
        str, typer.Option("--to", metavar="LAT,LON", help=HELP("help.destination"))
    ],
    territory: Annotated[
        str, typer.Option("--territory", metavar="T", help=HELP("help.territory_name"))
    ] = "plaine-commune",
    date: Annotated[
        str | None, typer.Option("--date", metavar="YYYY-MM-DD", help=HELP("help.date"))
    ] = None,
    depart: Annotated[
        str | None, typer.Option("--depart", metavar="HH:MM", help=HELP("help.depart"))
    ] = None,
    arrive: Annotated[
        str | None, typer.Option("--arrive", metavar="HH:MM", help=HELP("help.arrive"))
    ] = None,
    window: Annotated[
        int | None, typer.Option("--window", metavar="MIN", help=HELP("help.window"))
    ] = None,
    max_rides: Annotated[int, typer.Option("--max-rides", help=HELP("help.max_rides"))] = 5,
    modes: Annotated[
        str | None, typer.Option("--modes", metavar="M,M", help=HELP("help.modes"))
    ] = None,
    geometry: Annotated[
        bool, typer.Option("--geometry/--no-geometry", help=HELP("help.geometry"))
    ] = True,
    json: JsonOption = False,
    lang: LangOption = None,
) -> int:
    """Find itineraries."""
    state = get_state(ctx)
    state.begin(json=json, lang=lang)
    query = build_query(
        {
            "territory": territory,
            "from": origin,
            "to": destination,
            "date": date,
            "depart": depart,
            "arrive": arrive,
            "window_min": window,
            "max_rides": max_rides,
            "modes": modes,
            "geometry": geometry,
        }
    )
    with ProgressLine(get_words(state.lang)) as progress:
        loaded = state.engine.get_territory(query.territory, query.date, progress=progress)
    if isinstance(loaded, NetworkPack):
        for line in say_cache_trouble(loaded.built, state.lang):
            complain(line)
    answer = answer_query(loaded, query, lang=state.lang)
    if state.json:
        print_json(answer.model_dump(mode="json", by_alias=True))
    else:
        _print_answer(answer, state.lang)
    return ExitCode.FINE if answer.itineraries else ExitCode.NO


def build_query(values: dict[str, Any]) -> ItineraryQuery:
    """Check what was typed; points are still ``LAT,LON``, modes have commas between them.

    Raises
    ------
    InputError
        Naming every option that is wrong.
    """
    problems = []
    given = dict(values)
    for key in ("from", "to"):
        lat, comma, lon = str(given[key]).partition(",")
        try:
            given[key] = {"lat": float(lat), "lon": float(lon)}
        except ValueError:
            given[key] = {"lat": 0.0, "lon": 0.0}
            problems.append(
                Problem(
                    file=f"--{key}",
                    found=repr(values[key]),
                    expected="LAT,LON in degrees, as in 48.9362,2.3574",
                    mend="Write two decimal numbers with a comma between them, no space.",
                )
            )
    if given.get("modes") is not None:
        problems += _split_modes(given)
    try:
        query = ItineraryQuery.model_validate(given)
    except ValidationError as error:
        for problem in problems_of(error, file="itinerary"):
            field = problem.field or ""
            head = field.split(".")[0]
            if head.isidentifier():
                option = f"--{_OPTIONS.get(head, head)}"
                mend = f"Correct {option}."
            else:
                option, mend = "--depart, --arrive", "Give one of them."
            expected = _CLOCK if head in ("depart", "arrive") else problem.expected
            problems.append(Problem(file=option, found=problem.found, expected=expected, mend=mend))
    if problems:
        raise InputError(*problems)
    return query


def _split_modes(given: dict[str, Any]) -> list[Problem]:
    """Put a list in place of the modes typed; return what is wrong with them."""
    typed = str(given["modes"])
    known = get_args(TravelMode)
    given["modes"] = [mode.strip().lower() for mode in typed.split(",") if mode.strip()]
    if given["modes"] and set(given["modes"]) <= set(known):
        return []
    given["modes"] = None
    return [
        Problem(
            file="--modes",
            found=repr(typed),
            expected="one or more of " + ", ".join(known) + ", with commas between them",
            mend="Correct --modes, or leave it out to use all there is.",
        )
    ]


def _print_answer(answer: ItineraryAnswer, lang: str) -> None:
    words = get_words(lang)
    print_line(
        words(
            "itinerary.heading",
            territory=answer.territory,
            date=answer.service_date.isoformat(),
            count=len(answer.itineraries),
        )
    )
    if answer.reason is not None:
        print_line(words("itinerary.none", reason=answer.reason))
    if answer.nearest is not None:
        print_line(answer.nearest.text)
    for found in answer.itineraries:
        _print_itinerary(found, lang)
    if answer.direct and answer.direct != answer.itineraries:
        print_line()
        print_line(words("itinerary.direct"))
        for found in answer.direct:
            print_line(_describe_direct(found, lang))
    if answer.notes:
        print_line()
    for note in answer.notes:
        print_line(note)


def _print_itinerary(found: ItineraryOut, lang: str) -> None:
    words = get_words(lang)
    summary = words(
        "itinerary.summary",
        departure=found.departure,
        arrival=found.arrival,
        duration=found.arrival_s // 60 - found.departure_s // 60,
        transfers=found.transfers,
        walk=words.number(found.walk_m, 0),
    )
    print_line()
    print_line(f"{summary}{_describe_co2(found, lang)}")
    for leg in found.legs:
        print_line(f"  {leg.departure}–{leg.arrival}  {_describe(leg, lang)}")


def _describe_co2(found: ItineraryOut, lang: str) -> str:
    if found.co2_g is None:
        return ""
    words = get_words(lang)
    return "   " + words("itinerary.co2", grams=words.number(found.co2_g, 0))


def _describe_direct(found: ItineraryOut, lang: str) -> str:
    words = get_words(lang)
    leg = found.legs[0]
    text = words(
        "itinerary.direct_line",
        mode=words.find("mode", leg.mode),
        duration=math.ceil(found.duration_s / 60),
        departure=found.departure,
        arrival=found.arrival,
        km=words.number(leg.distance_m / 1000, 1),
    )
    return f"{text}{_describe_co2(found, lang)}{_describe_streets(leg, lang)}"


def _describe_streets(leg: Leg, lang: str) -> str:
    if not leg.streets:
        return ""
    return "   " + get_words(lang)("itinerary.by_street", streets=", ".join(leg.streets))


def _describe(leg: Leg, lang: str) -> str:
    words = get_words(lang)
    if leg.mode == "walk":
        metres = words.number(leg.distance_m, 0)
        return words("itinerary.walk", metres=metres, to=leg.destination.name)
    if leg.mode in ("bike", "car"):
        mode, metres = words.find("mode", leg.mode), words.number(leg.distance_m, 0)
        text = words("itinerary.drive", mode=mode, metres=metres, to=leg.destination.name)
        return f"{text}{_describe_streets(leg, lang)}"
    source = get_catalogue(lang).find("class", leg.source_class)
    if leg.is_headway:
        source = f"{words('itinerary.about')}, {source}"
    return f"{_describe_ride(leg, lang)} ({words('itinerary.class_note', origin=source)})"


def _describe_ride(leg: Leg, lang: str) -> str:
    words = get_words(lang)
    mode, line = words.find("mode", leg.mode), leg.line or ""
    headsign, to = leg.headsign or leg.destination.name, leg.destination.name
    if leg.stay_seated:
        return words("itinerary.seated", mode=mode, line=line, headsign=headsign, to=to)
    platform = leg.origin.platform
    origin = leg.origin.name
    if platform:
        origin += f" ({words('itinerary.platform', name=platform)})"
    return words("itinerary.ride", mode=mode, line=line, headsign=headsign, origin=origin, to=to)
