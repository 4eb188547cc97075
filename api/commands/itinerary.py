"""`itinerary`: from here to there on a territory's timetable.

What searches and reads is imported where it is used: the help of a command need not wait for it.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.commands.common import HELP, JsonOption, LangOption, State, example, get_state
from api.outcome import ExitCode
from api.output import ProgressLine, complain, print_json
from api.text import get_words
from network.base import InputError, Problem
from network.base.errors import NoServiceError

if TYPE_CHECKING:
    from api.itinerary_query import ItineraryQuery
    from api.schemas import ItineraryAnswer

_OPTIONS = {
    "window_min": "window",
    "max_walk_min": "max-walk",
    "min_transfer_min": "min-transfer",
}
_CLOCK = "a clock time HH:MM, as in 08:15; after midnight 24:30 and so on, up to 47:59"
_EXPECTED = {
    "depart": _CLOCK,
    "arrive": _CLOCK,
    "date": "a date as YYYY-MM-DD, as in 2026-03-10",
    "from": "latitude from -90 to 90, longitude from -180 to 180",
    "to": "latitude from -90 to 90, longitude from -180 to 180",
}
RoutesOption = list[str] | None


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
    first: Annotated[bool, typer.Option("--first", help=HELP("help.first"))] = False,
    last: Annotated[bool, typer.Option("--last", help=HELP("help.last"))] = False,
    window: Annotated[
        int | None, typer.Option("--window", metavar="MIN", help=HELP("help.window"))
    ] = None,
    page: Annotated[int | None, typer.Option("--page", metavar="N", help=HELP("help.page"))] = None,
    after: Annotated[
        str | None, typer.Option("--after", metavar="CURSOR", help=HELP("help.after"))
    ] = None,
    max_rides: Annotated[int, typer.Option("--max-rides", help=HELP("help.max_rides"))] = 5,
    max_walk: Annotated[
        int | None, typer.Option("--max-walk", metavar="MIN", help=HELP("help.max_walk"))
    ] = None,
    min_transfer: Annotated[
        int, typer.Option("--min-transfer", metavar="MIN", help=HELP("help.min_transfer"))
    ] = 0,
    headway_wait: Annotated[
        str,
        typer.Option(
            "--headway-wait", metavar="timetable|expected|worst", help=HELP("help.headway_wait")
        ),
    ] = "timetable",
    traveller: Annotated[
        str,
        typer.Option("--traveller", metavar="default|slow|wheelchair", help=HELP("help.traveller")),
    ] = "default",
    accept_unknown: Annotated[
        bool, typer.Option("--accept-unknown", help=HELP("help.accept_unknown"))
    ] = False,
    modes: Annotated[
        str | None, typer.Option("--modes", metavar="M,M", help=HELP("help.modes"))
    ] = None,
    car_parks: Annotated[
        Path | None, typer.Option("--car-parks", metavar="FILE.csv", help=HELP("help.car_parks"))
    ] = None,
    ban: Annotated[
        RoutesOption, typer.Option("--ban", metavar="LINE,...", help=HELP("help.ban"))
    ] = None,
    only: Annotated[
        RoutesOption, typer.Option("--only", metavar="LINE,...", help=HELP("help.only"))
    ] = None,
    prefer: Annotated[
        RoutesOption, typer.Option("--prefer", metavar="LINE,...", help=HELP("help.prefer"))
    ] = None,
    criteria: Annotated[
        str | None, typer.Option("--criteria", metavar="C,C", help=HELP("help.criteria"))
    ] = None,
    loads: Annotated[
        Path | None, typer.Option("--loads", metavar="FILE", help=HELP("help.loads"))
    ] = None,
    geometry: Annotated[
        bool, typer.Option("--geometry/--no-geometry", help=HELP("help.geometry"))
    ] = True,
    json: JsonOption = False,
    lang: LangOption = None,
) -> int:
    """Find itineraries."""
    from api.itineraries import answer_query
    from api.itinerary_night import get_served
    from api.itinerary_no_service import answer_without_service
    from api.territories import say_cache_trouble
    from network.readers.loads import read_loads
    from scenarios.network_pack import NetworkPack

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
            "first": first,
            "last": last,
            "window_min": window,
            "page": page,
            "after": after,
            "max_rides": max_rides,
            "max_walk_min": max_walk,
            "min_transfer_min": min_transfer,
            "headway_wait": headway_wait,
            "traveller": traveller,
            "accept_unknown": accept_unknown,
            "modes": modes,
            "car_parks": car_parks,
            "ban": ban,
            "only": only,
            "prefer": prefer,
            "criteria": criteria,
            "geometry": geometry,
        }
    )
    try:
        with ProgressLine(get_words(state.lang)) as progress:
            has_loads = loads is not None
            loaded = get_served(state.engine, query, has_loads=has_loads, progress=progress)
    except NoServiceError as error:
        return _show(answer_without_service(query, error, lang=state.lang), state)
    if isinstance(loaded, NetworkPack):
        for line in say_cache_trouble(loaded.built, state.lang):
            complain(line)
    given = None if loads is None else read_loads(loads, loaded.network.timetable)
    answer = answer_query(loaded, query, lang=state.lang, loads=given, name=name_option)
    return _show(answer, state)


def _show(answer: "ItineraryAnswer", state: State) -> int:
    from api.commands.itinerary_text import print_answer

    if state.json:
        print_json(answer.model_dump(mode="json", by_alias=True))
    else:
        print_answer(answer, state.lang)
    return ExitCode.FINE if answer.itineraries else ExitCode.NO


def name_option(field: str) -> str:
    """Return what the command line calls a field of a query."""
    return f"--{_OPTIONS.get(field, field.replace('_', '-'))}"


def build_query(values: dict[str, Any]) -> "ItineraryQuery":
    """Check what was typed: points ``LAT,LON``, lists with commas, car parks in a file.

    Raises
    ------
    InputError
        Naming every option that is wrong.
    """
    from pydantic import ValidationError

    from api.itinerary_query import ItineraryQuery
    from api.itinerary_typed import LISTS, read_point
    from scenarios.validation import problems_of

    problems: list[Problem] = []
    given = {key: value for key, value in values.items() if value is not None}
    for key in ("from", "to"):
        try:
            given[key] = read_point(str(given[key]))
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
    for key in LISTS:
        if key in given:
            given[key] = _split(key, given.pop(key), problems)
            if given[key] is None:
                del given[key]
    if "car_parks" in given:
        try:
            given["car_parks"] = _read_car_parks(given["car_parks"])
        except InputError as error:
            del given["car_parks"]
            problems += error.problems
    try:
        query = ItineraryQuery.model_validate(given)
    except ValidationError as error:
        for problem in problems_of(error, file="itinerary"):
            head = (problem.field or "").split(".")[0].split("[")[0]
            found, expected = problem.found, _EXPECTED.get(head, problem.expected)
            if head.isidentifier():
                option = name_option(head)
                mend = f"Correct {option}."
            else:
                option, mend = "--depart, --arrive", "Give one of them."
                found = "both" if "depart" in given and "arrive" in given else "no time"
            problems.append(Problem(file=option, found=found, expected=expected, mend=mend))
    if problems:
        raise InputError(*problems)
    return query


def _split(key: str, typed: str | list[str], problems: list[Problem]) -> list[str] | None:
    """Return the parts of a list; note what is wrong with it."""
    from api.itinerary_typed import CHOICES, split_list

    texts = [typed] if isinstance(typed, str) else typed
    parts = [part for text in texts for part in split_list(text)]
    known = CHOICES.get(key)
    if known is None:
        if parts or not texts:
            return parts
        expected = "one or more lines or route_id, with commas between them"
    else:
        parts = [part.lower() for part in parts]
        if parts and set(parts) <= set(known):
            return parts
        expected = "one or more of " + ", ".join(known) + ", with commas between them"
    problems.append(
        Problem(
            file=name_option(key),
            found=repr(", ".join(texts)),
            expected=expected,
            mend=f"Correct {name_option(key)}, or leave it out.",
        )
    )
    return None


def _read_car_parks(path: Path) -> list[dict[str, Any]]:
    from network.readers.car_parks import read_car_parks

    return [
        {
            "name": park.name,
            "lat": park.lat,
            "lon": park.lon,
            "capacity": park.capacity,
            "transfer_s": park.transfer_s,
        }
        for park in read_car_parks(path)
    ]
