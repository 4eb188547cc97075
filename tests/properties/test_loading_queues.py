"""Platform queues on the grid city equal a plain run of the day, whoever travels."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from network.base import SourceClass
from network.building.inputs import Capacity as Room
from network.building.inputs import VehicleCapacities
from network.readers import read_network
from solver.choice import WALK, Connectors
from solver.loading.vehicles import (
    CallTable,
    Capacity,
    MinuteDemand,
    PathSettings,
    RunSettings,
    build_run_choices,
    load_runs,
)
from tests.builders.gridcity import GRID_DAY, write_grid_city
from tests.reference.loading import run_platforms

HOUR_S = 3600
ROWS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 59), st.integers(1, 60)),
    min_size=1,
    max_size=12,
)


@pytest.fixture(scope="module")
def cities(tmp_path_factory):
    """The grid city with vehicles for 10, 40 and 150 people."""
    feed = write_grid_city(tmp_path_factory.mktemp("grid"))
    found = []
    for seats in (10.0, 40.0, 150.0):
        room = Room(
            seats=seats, standing_m2=0.0, source="made up", source_class=SourceClass.ILLUSTRATIVE
        )
        vehicles = VehicleCapacities(by_line={"A": room, "B": room})
        found.append(read_network(feed, GRID_DAY, vehicles=vehicles))
    return found


def at_the_stops(n):
    """Place k at the door of stop k, no other lines."""
    return Connectors(
        offset=np.arange(n + 1, dtype=np.int32),
        stop=np.arange(n, dtype=np.int32),
        seconds=np.zeros(n, dtype=np.int32),
        out_s=np.zeros(n, dtype=np.int32),
        kind=np.full(n, WALK, dtype=np.int8),
        other_min=np.full((n, n), np.inf),
        other_out_min=np.zeros((n, n)),
        other_changes=0.0,
    )


def demand_of(rows):
    used = [row for row in rows if row[0] != row[1]] or [(0, 1, 0, 5)]
    columns = np.asarray(used).T
    return MinuteDemand(
        origin=columns[0].astype(np.int32),
        place=columns[1].astype(np.int32),
        wanted_s=(7 * HOUR_S + 60 * columns[2]).astype(np.int32),
        pax=columns[3].astype(np.float64),
        flexible=np.zeros(len(used), dtype=np.bool_),
        owner=np.full(len(used), -1, dtype=np.int32),
    )


def plain_day(timetable, calls, choices, flow):
    """The twin's trips and people, from the same choice sets."""
    line = timetable.routes.lines
    route = np.repeat(timetable.pattern_route, np.diff(timetable.pattern_trip_offset))
    trips = {}
    for trip in range(timetable.n_trips):
        at = np.arange(calls.first[trip], calls.first[trip] + calls.n_calls[trip])
        times = zip(
            calls.stop[at].tolist(),
            timetable.arrival_s[at].tolist(),
            timetable.departure_s[at].tolist(),
            strict=True,
        )
        trips[trip] = (line[route[trip]], float(timetable.trip_seats[trip]), list(times))
    journeys, people = choices.journeys, []
    for entry, group in enumerate(choices.group_of_entry().tolist()):
        j = choices.journey[entry]
        legs = [
            (
                line[route[journeys.leg_trip[leg]]],
                int(calls.stop[journeys.leg_board[leg]]),
                int(calls.stop[journeys.leg_alight[leg]]),
                int(journeys.leg_walk_s[leg]),
                int(timetable.departure_s[journeys.leg_board[leg]]),
            )
            for leg in range(journeys.leg_offset[j], journeys.leg_offset[j + 1])
        ]
        people.append([int(choices.wanted_s[group]) + legs[0][3], float(flow[entry]), legs])
    return trips, people


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=ROWS, size=st.integers(0, 2))
def test_queues_equal_the_plain_day(cities, rows, size):
    network = cities[size]
    timetable = network.timetable
    choices = build_run_choices(
        network,
        at_the_stops(timetable.n_stops),
        demand_of(rows),
        settings=PathSettings(by_departure=True, earliest_departure_s=6 * HOUR_S, look_s=1800),
        workers=1,
    )
    result = load_runs(
        timetable, choices, settings=RunSettings(capacity=Capacity.HARD, max_iterations=1)
    )
    calls = CallTable.of(timetable)
    trips, people = plain_day(timetable, calls, choices, result.flow_pax)
    for found, wanted in zip(
        (result.boarding_pax, result.alighting_pax, result.left_behind_pax),
        run_platforms(trips, people),
        strict=True,
    ):
        expected = np.zeros(len(calls))
        for (trip, at), pax in wanted.items():
            expected[calls.first[trip] + at] = pax
        assert found == pytest.approx(expected, abs=1e-6)
    assert (result.load_pax <= calls.seats + 1e-9).all()
    ridden = result.alighting_pax.sum()
    assert result.boarding_pax.sum() == pytest.approx(ridden)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=ROWS, order=st.randoms(use_true_random=False))
def test_order_of_people_changes_nothing_with_full_vehicles(cities, rows, order):
    network = cities[0]
    shuffled = list(rows)
    order.shuffle(shuffled)
    loads = []
    for some in (rows, shuffled):
        choices = build_run_choices(
            network,
            at_the_stops(network.timetable.n_stops),
            demand_of(some),
            settings=PathSettings(by_departure=True, earliest_departure_s=6 * HOUR_S),
            workers=1,
        )
        hard = RunSettings(capacity=Capacity.HARD, max_iterations=5)
        loads.append(load_runs(network.timetable, choices, settings=hard).load_pax)
    assert loads[0] == pytest.approx(loads[1], abs=1e-9)
