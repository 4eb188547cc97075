"""Changes under transfers.txt and in kept seats: the timetable stands in the test."""

import numpy as np
import pytest

from network.base import format_clock
from network.readers import read_network
from network.routing import Place, find_itineraries
from network.routing.engines.profile import ProfileWorkspace, search_profile
from tests.builders.feeds import DAY, line_feed, write_feed

# T1 comes to S2 at 08:10; from there T2 leaves at 08:12 and T3 at 08:32, both 8 minutes to S3.
STOPS = """stop_id,stop_name,stop_lat,stop_lon
S1,One,48.90,2.30
S2,Two,48.93,2.30
S3,Three,48.96,2.30
"""
ROUTES = "route_id,route_short_name,route_type\nR1,1,3\nR2,2,3\n"
STOP_TIMES = """trip_id,arrival_time,departure_time,stop_id,stop_sequence
T1,08:00:00,08:00:00,S1,0
T1,08:10:00,08:10:00,S2,1
T2,08:12:00,08:12:00,S2,0
T2,08:20:00,08:20:00,S3,1
T3,08:32:00,08:32:00,S2,0
T3,08:40:00,08:40:00,S3,1
"""
HEADER = (
    "from_stop_id,to_stop_id,transfer_type,min_transfer_time,from_route_id,to_route_id,"
    "from_trip_id,to_trip_id\n"
)


def read(tmp_path, rules="", blocks=("", "", "")):
    rows = zip(("R1", "R2", "R2"), ("T1", "T2", "T3"), blocks, strict=True)
    trips = "route_id,service_id,trip_id,block_id\n" + "".join(
        f"{route},WK,{trip},{block}\n" for route, trip, block in rows
    )
    files = line_feed(stops=STOPS, routes=ROUTES, trips=trips, stop_times=STOP_TIMES)
    return read_network(
        write_feed(tmp_path, **files, transfers=HEADER + rules), DAY, include_spill=False
    )


def arrivals(network, max_rides=2):
    """(rides, arrival) of the journeys from S1 at 08:00 to S3."""
    ids = network.timetable.stops.ids
    journeys = search_profile(
        network,
        np.array([ids.index("S1")], dtype=np.int32),
        np.zeros(1, dtype=np.int32),
        np.array([0, 1], dtype=np.int32),
        np.array([ids.index("S3")], dtype=np.int32),
        np.zeros(1, dtype=np.int32),
        np.array([8 * 3600], dtype=np.int32),
        max_rides=max_rides,
        workspace=ProfileWorkspace(network, max_rides),
    )
    return [
        (int(rides), format_clock(int(arrival)))
        for rides, arrival in zip(journeys.n_rides, journeys.arrival_s, strict=True)
    ]


@pytest.mark.parametrize(
    ("rules", "arrival"),
    [
        ("", "08:20"),
        ("S2,S2,2,120,,,,\n", "08:20"),  # just enough
        ("S2,S2,2,121,,,,\n", "08:40"),
        ("S2,S2,2,600,R1,R2,,\n", "08:40"),
        ("S2,S2,2,600,R2,R1,,\n", "08:20"),  # the other way
        ("S2,S2,2,600,R1,,,\n", "08:40"),  # from route 1 to any
        ("S2,S2,3,,,,T1,T2\n", "08:40"),
        ("S2,S2,2,600,,,,\nS2,S2,2,60,,,T1,T2\n", "08:20"),  # the rule for trips goes first
        ("S2,S2,2,60,R1,R2,,\nS2,S2,3,,,,,T2\n", "08:40"),
        ("S2,S2,2,600,,,,\nS2,S2,1,,R1,R2,,\n", "08:40"),  # no time of its own: the stop's holds
    ],
)
def test_a_change_at_one_stop_obeys_the_most_specific_rule(tmp_path, rules, arrival):
    assert arrivals(read(tmp_path, rules)) == [(2, arrival)]


def test_a_change_forbidden_to_everybody_leaves_no_journey(tmp_path):
    assert arrivals(read(tmp_path, "S2,S2,3,,,,,\n")) == []


def test_staying_on_board_is_one_ride_whatever_the_change_takes(tmp_path):
    rules = "S2,S2,2,3600,,,,\n"
    assert arrivals(read(tmp_path, rules, blocks=("B", "B", ""))) == [(1, "08:20")]


def test_the_block_of_a_later_trip_is_kept_beside_the_earliest_arrival(tmp_path):
    assert arrivals(read(tmp_path, blocks=("B", "", "B"))) == [(1, "08:40"), (2, "08:20")]


def test_an_in_seat_transfer_that_is_forbidden_needs_a_change(tmp_path):
    rules = "S2,S2,5,,,,T1,T2\n"
    assert arrivals(read(tmp_path, rules, blocks=("B", "B", ""))) == [(2, "08:20")]


def test_an_itinerary_in_a_kept_seat_has_no_change(tmp_path):
    network = read(tmp_path, blocks=("B", "B", ""))
    stops = network.timetable.stops
    ends = [
        Place(name=name, lat=stops.lat[i], lon=stops.lon[i], stops=(i,))
        for name, i in (("from", stops.ids.index("S1")), ("to", stops.ids.index("S3")))
    ]
    (found,) = find_itineraries(network, *ends, departure_s=8 * 3600).itineraries
    assert (found.n_rides, format_clock(found.arrival_s)) == (1, "08:20")
