"""Transfer rules and kept seats in the search: equal to the definition on random feeds."""

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from network.readers import read_network
from network.routing.engines.compiled import compile_routing, mirror_routing
from network.routing.engines.profile import ProfileWorkspace, search_profile
from network.timetable import UNREACHED_S
from tests.builders.feeds import DAY, line_feed, write_feed
from tests.reference.transfers import earliest_arrivals, list_runs

STOPS = ("S1", "S2", "S3")
ROUTES = ("R1", "R2")
TRIPS = ("T1", "T2", "T3", "T4", "T5", "T6", "T7")
MAX_RIDES = 3


def clock(minutes):
    return f"{8 + minutes // 60:02d}:{minutes % 60:02d}:00"


@st.composite
def feeds(draw):
    trips, stop_times = ["route_id,service_id,trip_id,direction_id,block_id"], []
    for trip in TRIPS:
        route = draw(st.sampled_from(ROUTES))
        block = draw(st.sampled_from(("", "A", "B")))
        # Trips to S2 and trips from S2: a change there, under whatever rules, is the way to S3.
        comes = trip < "T4"
        calls = ["S1", "S2"] if comes else ["S2", "S3"]
        calls += draw(st.lists(st.sampled_from(STOPS), max_size=2))
        start = draw(st.integers(0, 2) if comes else st.integers(1, 8)) * 5
        trips.append(f"{route},WK,{trip},0,{block}")
        for i, stop in enumerate(calls):
            time = clock(start + 5 * i)
            stop_times.append(f"{trip},{time},{time},{stop},{i}")
    rules = ["from_stop_id,to_stop_id,transfer_type,min_transfer_time,from_route_id,to_route_id,"
             "from_trip_id,to_trip_id"]  # fmt: skip
    for _ in range(draw(st.integers(0, 12))):
        kind = draw(st.sampled_from((0, 1, 2, 2, 3, 3)))
        here = draw(st.sampled_from(("S2", "S2", *STOPS)))
        there = draw(st.sampled_from((here, here, *STOPS)))
        time = str(60 * draw(st.integers(0, 12))) if kind == 2 else ""
        sides = [draw(st.sampled_from(("", *ROUTES * 3, *TRIPS))) for _ in "ab"]
        from_route, to_route = (side if side in ROUTES else "" for side in sides)
        from_trip, to_trip = (side if side in TRIPS else "" for side in sides)
        named = f"{from_route},{to_route},{from_trip},{to_trip}"
        rules.append(f"{here},{there},{kind},{time},{named}")
    routes = "route_id,route_short_name,route_type\nR1,1,3\nR2,2,3\n"
    # S1 and S2 are a walk of about 4 minutes apart; S3 is out of reach on foot.
    stops = (
        "stop_id,stop_name,stop_lat,stop_lon\n"
        "S1,One,48.900,2.30\nS2,Two,48.902,2.30\nS3,Three,48.99,2.30\n"
    )
    return line_feed(
        stops=stops,
        routes=routes,
        trips="\n".join(trips) + "\n",
        stop_times="trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        + "\n".join(stop_times)
        + "\n",
        transfers="\n".join(rules) + "\n",
    )


def read(files):
    with tempfile.TemporaryDirectory() as folder:
        return read_network(write_feed(Path(folder), **files), DAY, include_spill=False)


def search(network, workspace, origin, target, departure_s):
    return search_profile(
        network,
        np.array([origin], dtype=np.int32),
        np.zeros(1, dtype=np.int32),
        np.array([0, 1], dtype=np.int32),
        np.array([target], dtype=np.int32),
        np.zeros(1, dtype=np.int32),
        np.array([departure_s], dtype=np.int32),
        max_rides=MAX_RIDES,
        workspace=workspace,
    )


@settings(max_examples=150, deadline=None)
@given(feeds(), st.integers(0, 1))
def test_arrivals_by_rides_are_those_of_the_definition(files, start):
    network = read(files)
    workspace = ProfileWorkspace(network, MAX_RIDES)
    departure_s = 8 * 3600 + 300 * start
    for origin in range(network.timetable.n_stops):
        for target in range(network.timetable.n_stops):
            journeys = search(network, workspace, origin, target, departure_s)
            found = [UNREACHED_S] * (MAX_RIDES + 1)
            for rides, arrival in zip(
                journeys.n_rides.tolist(), journeys.arrival_s.tolist(), strict=True
            ):
                for more in range(rides, MAX_RIDES + 1):
                    found[more] = min(found[more], arrival)
            assert found == earliest_arrivals(
                network, {origin: 0}, {target: 0}, departure_s, MAX_RIDES
            )


@settings(max_examples=100, deadline=None)
@given(feeds())
def test_legs_of_a_journey_follow_each_other_on_real_runs(files):
    network = read(files)
    runs = list_runs(network.timetable)
    workspace = ProfileWorkspace(network, MAX_RIDES)
    for origin in range(network.timetable.n_stops):
        for target in range(network.timetable.n_stops):
            journeys = search(network, workspace, origin, target, 8 * 3600)
            for j in range(len(journeys)):
                legs = range(journeys.leg_offset[j], journeys.leg_offset[j + 1])
                assert (
                    int((~journeys.leg_seated[legs.start : legs.stop]).sum())
                    == (journeys.n_rides[j])
                )
                for leg in legs:
                    run = runs[journeys.leg_trip[leg]]
                    assert journeys.leg_board_pos[leg] <= journeys.leg_alight_pos[leg]
                    if journeys.leg_seated[leg]:
                        before = runs[journeys.leg_trip[leg - 1]]
                        assert before.following == journeys.leg_trip[leg]
                        assert journeys.leg_alight_pos[leg - 1] == len(before.calls) - 1
                        assert journeys.leg_board_pos[leg] == 0
                    else:
                        assert run.calls[journeys.leg_board_pos[leg]][3]


@settings(max_examples=100, deadline=None)
@given(feeds())
def test_a_mirrored_graph_is_the_same_network_with_time_run_backwards(files):
    network = read(files)
    graph = compile_routing(network)
    back = mirror_routing(graph)
    again = mirror_routing(back)
    for name in ("arrival_s", "departure_s", "trip_of", "pattern_board", "pattern_alight"):
        np.testing.assert_array_equal(getattr(again, name), getattr(graph, name))
    np.testing.assert_array_equal(again.transfers.offset, graph.transfers.offset)
    np.testing.assert_array_equal(again.transfers.seconds, graph.transfers.seconds)
    workspace = ProfileWorkspace(network, MAX_RIDES, graph=back)
    departures = range(8 * 3600, 8 * 3600 + 75 * 60, 300)
    for origin in range(network.timetable.n_stops):
        for target in range(network.timetable.n_stops):
            by_s = 8 * 3600 + 50 * 60
            journeys = search(network, workspace, target, origin, -by_s)
            latest = max((-a for a in journeys.arrival_s.tolist()), default=None)
            in_time = [
                d
                for d in departures
                if earliest_arrivals(network, {origin: 0}, {target: 0}, d, MAX_RIDES)[-1] <= by_s
            ]
            # Everything leaves on five minutes, so that the last of them is the latest of all.
            assert latest == (max(in_time) if in_time else None)
