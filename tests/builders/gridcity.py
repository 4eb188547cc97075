"""A city of five stops and two crossing lines, timed so that every answer is found by hand.

::

              B1
              |          line A: A1 - A2 - A3, both ways, every 10 min from 07:00 to 09:50,
              |                  5 min from stop to stop
    A1 ------ A2 ------ A3
              |          line B: B1 - A2 - B3, both ways, every 15 min from 07:00 to 09:45,
              |                  6 min from stop to stop
              B3

Neighbouring stops lie 2 km apart, too far to walk between in ten minutes. Both lines call
at the one stop A2, where a change takes no time. So from A1 at 07:00 one is at A2 at 07:05,
leaves on line B at 07:06 and is at B3 at 07:12.
"""

import datetime as dt
from pathlib import Path

from tests.builders.feeds import write_feed

GRID_DAY = dt.date(2024, 5, 15)
LON_STEP = 0.027366  # degrees of longitude in the 2 km between stops of line A
STOPS = {
    "A1": (48.9, 2.322634),
    "A2": (48.9, 2.35),
    "A3": (48.9, 2.377366),
    "B1": (48.917986, 2.35),
    "B3": (48.882014, 2.35),
}
_LINES = {
    # line: (stops in direction 0, minutes from stop to stop, minutes between trips)
    "A": (("A1", "A2", "A3"), 5, 10),
    "B": (("B1", "A2", "B3"), 6, 15),
}
_FIRST_MIN, _END_MIN = 7 * 60, 10 * 60


def grid_city_feed() -> dict[str, str]:
    """Return the city's files as text, by name without ``.txt``."""
    trips = ["route_id,service_id,trip_id,direction_id"]
    calls = ["trip_id,arrival_time,departure_time,stop_id,stop_sequence"]
    for line, (stops, hop_min, headway_min) in _LINES.items():
        for direction, path in ((0, stops), (1, stops[::-1])):
            for start_min in range(_FIRST_MIN, _END_MIN, headway_min):
                trip = f"{line}{direction}-{_clock(start_min)}"
                trips.append(f"{line},ALL,{trip},{direction}")
                for i, stop in enumerate(path):
                    time = _clock(start_min + i * hop_min) + ":00"
                    calls.append(f"{trip},{time},{time},{stop},{i + 1}")
    stops_text = [f"{s},{s},{lat:.6f},{lon:.6f}" for s, (lat, lon) in STOPS.items()]
    return {
        "agency": "agency_id,agency_name,agency_url,agency_timezone\n"
        "G,Grid City,http://example.org,Europe/Paris\n",
        "stops": "\n".join(["stop_id,stop_name,stop_lat,stop_lon", *stops_text]),
        "routes": "route_id,route_short_name,route_long_name,route_type\n"
        "A,A,West to east,1\nB,B,North to south,1\n",
        "trips": "\n".join(trips),
        "stop_times": "\n".join(calls),
        "calendar": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,"
        "start_date,end_date\nALL,1,1,1,1,1,1,1,20240101,20241231\n",
    }


def write_grid_city(folder: Path) -> Path:
    """Write the city's feed into a folder and return its path."""
    return write_feed(folder, **grid_city_feed())


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
