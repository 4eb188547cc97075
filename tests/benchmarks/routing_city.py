"""A city of four stops in a row, and questions about it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from benchmarks.peers.ends import DoorEnds, write_ends, write_network
from benchmarks.peers.export import plain_network, write_gtfs
from benchmarks.peers.question import Answers, Questions
from network.readers import read_network

if TYPE_CHECKING:
    from pathlib import Path

    from network.network import Network

DAY = dt.date(2024, 5, 15)
EIGHT_S = 8 * 3600
STOP_TIMES = """trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type
one,08:10:00,08:10:00,A,0,0,0
one,08:20:30,08:20:30,B,1,0,0
two,08:21:00,08:21:00,B,0,0,0
two,08:31:10,08:31:10,C,1,0,0
late,08:26:00,08:26:00,B,0,0,0
late,08:36:10,08:36:10,C,1,0,0
back,22:00:00,22:00:00,D,0,0,0
back,22:30:00,22:30:00,A,1,0,0
"""
FEED = {
    "agency.txt": "agency_id,agency_name,agency_url,agency_timezone\na,A,http://a.org,Europe/Paris\n",
    # About 11 km apart: no footpaths but from C to D, 111 m (120 s at 1.2 m/s and detour 1.3).
    "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\n"
    "A,A,48.0,2.0\nB,B,48.1,2.0\nC,C,48.2,2.0\nD,D,48.201,2.0\n",
    "routes.txt": "route_id,agency_id,route_short_name,route_type\nr,a,1,3\nq,a,2,3\n",
    "trips.txt": "route_id,service_id,trip_id\nr,d,one\nq,d,two\nq,d,late\nr,d,back\n",
    "calendar.txt": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,"
    "start_date,end_date\nd,1,1,1,1,1,1,1,20240515,20240515\n",
}
# 111 m south of A, 93 s on foot at 1.2 m/s and detour 1.3 = 120 s; 111 m north of D.
DOOR = (47.999, 2.0, 48.202, 2.0)


def build(folder: Path, stop_times: str = STOP_TIMES) -> Network:
    """Read the city with other stop times."""
    folder.mkdir()
    for name, text in {**FEED, "stop_times.txt": stop_times}.items():
        folder.joinpath(name).write_text(text, encoding="utf-8")
    return read_network(folder, DAY)


def stop(network: Network, stop_id: str) -> int:
    """Return the number of a stop."""
    return network.timetable.stops.ids.index(stop_id)


def clock(seconds: int) -> str:
    """Return HH:MM:SS."""
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def questions(*pairs: tuple[int, int], **others: Any) -> Questions:  # noqa: ANN401 - of any field
    """Return questions at 08:00 from stop to stop."""
    values: dict[str, Any] = {
        "folder": "",
        "date": DAY.isoformat(),
        "timezone": "Europe/Paris",
        "departure_s": EIGHT_S,
        "max_rides": 5,
        "walk_limit_s": 600,
        "pairs": pairs,
        "speed_mps": 1.2,
    }
    return Questions(**{**values, **others})


def export(network: Network, asked: Questions, folder: Path) -> Questions:
    """Write what engines in processes of their own read; return the questions with the folder."""
    plain = plain_network(network)
    write_gtfs(plain, folder)
    write_network(plain, folder)
    here = Questions(
        **{name: getattr(asked, name) for name in Questions.__slots__ if name != "folder"},
        folder=str(folder),
    )
    if here.doors:
        find = DoorEnds(plain, here)
        write_ends([find(number) for number in range(len(here))], here)
    return here


def answers(engine: str, *found: Any, **others: Any) -> Answers:  # noqa: ANN401 - of any field
    """Return answers that took a second each."""
    took = (1.0,) * len(found)
    return Answers(**{"engine": engine, "found": found, "query_s": took, "cpu_s": took, **others})
