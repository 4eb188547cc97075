"""`itinerary`: from here to there on a territory's timetable."""

from typing import Annotated, Any

import typer
from pydantic import ValidationError

from api.commands.common import HELP, JsonOption, LangOption, example, get_state
from api.itineraries import answer_query
from api.outcome import ExitCode
from api.output import ProgressLine, complain, print_json, print_line
from api.schemas import ItineraryAnswer, ItineraryQuery, Leg
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
    """Check what was typed; points are still ``LAT,LON``.

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
    for found in answer.itineraries:
        print_line()
        print_line(
            words(
                "itinerary.summary",
                departure=found.departure,
                arrival=found.arrival,
                duration=found.arrival_s // 60 - found.departure_s // 60,
                transfers=found.transfers,
                walk=words.number(found.walk_m, 0),
            )
        )
        for leg in found.legs:
            print_line(f"  {leg.departure}–{leg.arrival}  {_describe(leg, lang)}")
    if answer.notes:
        print_line()
    for note in answer.notes:
        print_line(note)


def _describe(leg: Leg, lang: str) -> str:
    words = get_words(lang)
    if leg.mode == "walk":
        metres = words.number(leg.distance_m, 0)
        return words("itinerary.walk", metres=metres, to=leg.destination.name)
    platform = leg.origin.platform
    text = words(
        "itinerary.ride",
        mode=words.find("mode", leg.mode),
        line=leg.line or "",
        headsign=leg.headsign or leg.destination.name,
        origin=leg.origin.name
        + (f" ({words('itinerary.platform', name=platform)})" if platform else ""),
        to=leg.destination.name,
    )
    source = get_catalogue(lang).find("class", leg.source_class)
    if leg.is_headway:
        source = f"{words('itinerary.about')}, {source}"
    return f"{text} ({words('itinerary.class_note', origin=source)})"
