"""One rule of GTFS a feed: the feed as text, the question, and the answer found by hand."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from network.base import parse_clock
from network.readers import read_network
from tests.builders.every_engine import EveryEngine, Ride
from tests.builders.feeds import DAY, write_feed

CALLS = "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
"""The header of most stop_times of these feeds."""
CHANGES = (
    "from_stop_id,to_stop_id,transfer_type,min_transfer_time,from_route_id,to_route_id,"
    "from_trip_id,to_trip_id\n"
)
"""The header of their transfers."""

WAYS = ("leaving", "arriving")
"""Asked when one arrives who leaves at a time, or when one leaves who arrives by a time."""

_FEED = {
    "agency": "agency_id,agency_name,agency_url,agency_timezone\nX,X,http://x,Europe/Paris",
    # 11 km from one to the next: nobody walks.
    "stops": "stop_id,stop_name,stop_lat,stop_lon\n"
    + "\n".join(f"{name},{name},48.{i},2.3" for i, name in enumerate("ABCDEFGH")),
    "routes": "route_id,route_short_name,route_type\nR1,1,3\nR2,2,3\nR3,3,3",
    "calendar": """
        service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date
        ALL,1,1,1,1,1,1,1,20240101,20241231
        """,
}


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule by name, why its answers are what they are, and a feed that shows it.

    Answers are by "from>to": every best way of the service day as ``leaves arrives xRIDES``,
    one a line or after a semicolon; none where there is none.
    """

    name: str
    why: str
    files: Mapping[str, str]
    answers: Mapping[str, str]
    day: dt.date = DAY


def rule_files(files: Mapping[str, str]) -> dict[str, str]:
    """Return the files of a feed; trips not given are of route R1 and run every day."""
    given = {**_FEED, **files}
    if "trips" not in given:
        rows = [line.strip() for line in given["stop_times"].strip().splitlines()[1:]]
        trips = dict.fromkeys(row.split(",")[0] for row in rows)
        given["trips"] = "\n".join(
            ["route_id,service_id,trip_id", *(f"R1,ALL,{trip}" for trip in trips)]
        )
    return {
        name: "\n".join(line.strip() for line in text.strip().splitlines())
        for name, text in given.items()
        if text
    }


def assert_rule_holds(rule: Rule, folder: Path, *ways: str) -> None:
    """Read the feed of a rule and ask every engine every question of it, some or all WAYS."""
    feed = write_feed(folder, zipped=False, **rule_files(rule.files))
    engines = EveryEngine(read_network(feed, rule.day))
    for way in ways or WAYS:
        check = engines.check_leaving if way == "leaving" else engines.check_arriving
        for question, answer in rule.answers.items():
            origin, destination = question.split(">")
            check(origin, destination, parse_answer(answer))


def parse_answer(text: str) -> list[Ride]:
    """Return the answer that is written as ``08:00 08:20 x1; 08:05 08:15 x2``."""
    parts = [part.split() for line in text.splitlines() for part in line.split(";")]
    return [
        Ride(leaves_s=parse_clock(leaves), arrives_s=parse_clock(arrives), n_rides=int(rides[1:]))
        for leaves, arrives, rides in (part for part in parts if part)
    ]
