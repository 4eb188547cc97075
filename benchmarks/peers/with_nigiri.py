"""nigiri (pynigiri): RAPTOR in C++, in whole minutes; footpaths come from transfers.txt."""

from __future__ import annotations

import datetime as dt
import importlib
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from benchmarks.peers.ends import read_ends
from benchmarks.peers.question import NO_ARRIVAL, EngineUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from benchmarks.peers.question import Opened, Questions

_LONGEST_MIN = 24 * 60


def open_stops(questions: Questions) -> Opened:
    """Open nigiri from stop to stop; it is given no walks but those of transfers.txt."""
    nigiri, timetable = _open(questions)
    exact = nigiri.LocationMatchMode.EXACT
    ask = _asking(nigiri, timetable, questions)

    def ask_stops(number: int) -> int:
        origin, destination = questions.pairs[number]
        return ask(
            [nigiri.Offset(timetable.find_location(f"s{origin}"), 0)],
            [nigiri.Offset(timetable.find_location(f"s{destination}"), 0)],
            exact,
        )

    return ask_stops


def open_doors(questions: Questions) -> Opened:
    """Open nigiri from door to door, walks to and from stops given, cut to whole minutes."""
    nigiri, timetable = _open(questions)
    ask = _asking(nigiri, timetable, questions)

    def offsets(stops: NDArray[Any], seconds: NDArray[Any]) -> list[Any]:
        return [
            nigiri.Offset(timetable.find_location(f"s{stop}"), walk_s // 60)
            for stop, walk_s in zip(stops.tolist(), seconds.tolist(), strict=True)
        ]

    ends = [
        (offsets(one.access_stop, one.access_s), offsets(one.egress_stop, one.egress_s))
        for one in read_ends(questions)
    ]
    mode = nigiri.LocationMatchMode.INTERMODAL
    return lambda number: ask(*ends[number], mode)


def _asking(
    nigiri: Any,  # noqa: ANN401 - the peer has no types
    timetable: Any,  # noqa: ANN401
    questions: Questions,
) -> Callable[[list[Any], list[Any], Any], int]:
    noon = dt.datetime.combine(
        dt.date.fromisoformat(questions.date), dt.time(12), ZoneInfo(questions.timezone)
    )
    day_start_min = int(noon.timestamp()) // 60 - 12 * 60

    def ask(start: list[Any], destination: list[Any], mode: Any) -> int:  # noqa: ANN401
        query = nigiri.Query()
        query.start, query.destination = start, destination
        query.start_match_mode = query.dest_match_mode = mode
        query.max_transfers = questions.max_rides - 1
        query.max_travel_time = _LONGEST_MIN
        query.start_time = day_start_min + questions.departure_s // 60
        arrivals = (journey.dest_time for journey in nigiri.route(timetable, query))
        return min(((at - day_start_min) * 60 for at in arrivals), default=NO_ARRIVAL)

    return ask


def _open(questions: Questions) -> tuple[Any, Any]:
    try:
        nigiri = importlib.import_module("pynigiri")
    except ImportError as problem:
        raise EngineUnavailable(f"pynigiri is not installed ({problem})") from None
    config = nigiri.LoaderConfig()
    config.link_stop_distance = 0
    options = nigiri.FinalizeOptions()
    options.adjust_footpaths = False
    options.max_footpath_length = questions.walk_limit_s // 60 + 1  # shorter than this
    date = dt.date.fromisoformat(questions.date)
    timetable = nigiri.load_timetable(
        [nigiri.TimetableSource("feed", questions.folder, config)],
        date.isoformat(),
        (date + dt.timedelta(days=1)).isoformat(),
        options,
    )
    return nigiri, timetable
