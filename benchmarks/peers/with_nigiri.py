"""nigiri (pynigiri): RAPTOR in C++, in whole minutes; footpaths come from transfers.txt."""

from __future__ import annotations

import datetime as dt
import importlib
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from benchmarks.peers.question import NO_ARRIVAL, EngineUnavailable

if TYPE_CHECKING:
    from benchmarks.peers.question import Ask, Questions


def open_nigiri(questions: Questions) -> Ask:
    """Open nigiri on the exported feed; it is given no walks but those of transfers.txt."""
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
    noon = dt.datetime.combine(date, dt.time(12), ZoneInfo(questions.timezone))
    day_start_min = int(noon.timestamp()) // 60 - 12 * 60
    start_min = day_start_min + questions.departure_s // 60

    def ask(origin: int, destination: int) -> int:
        query = nigiri.Query()
        query.start = [nigiri.Offset(timetable.find_location(f"s{origin}"), 0)]
        query.destination = [nigiri.Offset(timetable.find_location(f"s{destination}"), 0)]
        query.start_match_mode = nigiri.LocationMatchMode.EXACT
        query.dest_match_mode = nigiri.LocationMatchMode.EXACT
        query.max_transfers = questions.max_rides - 1
        query.max_travel_time = 24 * 60
        query.start_time = start_min
        arrivals = (journey.dest_time for journey in nigiri.route(timetable, query))
        return min(((at - day_start_min) * 60 for at in arrivals), default=NO_ARRIVAL)

    return ask
