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
from solver.crowding import SeatedStandingCurve
from solver.loading.vehicles import (
    CallTable,
    Capacity,
    MinuteDemand,
    PathSettings,
    RunSettings,
    assign,
    build,
    build_run_choices,
    joining,
    load_runs,
    queues,
)
from solver.loading.vehicles import _path_kernels as path_kernels
from solver.loading.vehicles import _queue_kernels as queue_kernels
from solver.loading.vehicles import _run_kernels as run_kernels
from tests.builders.gridcity import GRID_DAY, write_grid_city
from tests.reference.loading import run_costs, run_loads, run_platforms

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


def city_choices(network, rows):
    return build_run_choices(
        network,
        at_the_stops(network.timetable.n_stops),
        demand_of(rows),
        settings=PathSettings(by_departure=True, earliest_departure_s=6 * HOUR_S),
        workers=1,
    )


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=ROWS)
def test_loads_and_costs_equal_journeys_walked_call_by_call(cities, rows):
    network = cities[1]
    choices, calls = city_choices(network, rows), CallTable.of(network.timetable)
    curve = SeatedStandingCurve()
    result = load_runs(
        network.timetable, choices, settings=RunSettings(curve=curve, max_iterations=3)
    )
    assert result.load_pax == pytest.approx(
        run_loads(network.timetable, calls, choices, result.flow_pax), abs=1e-9
    )
    extra = curve.extra_min(result.load_pax, calls.seats, calls.room_m2, calls.ride_s / 60)
    assert result.cost_min == pytest.approx(run_costs(choices, extra))


@pytest.mark.parametrize("capacity", list(Capacity))
def test_kernels_give_the_same_without_compilation(cities, capacity, monkeypatch):
    rows = [(0, 2, 1, 30), (3, 2, 4, 25), (0, 4, 1, 18), (3, 4, 9, 44)]
    chosen = RunSettings(capacity=capacity, max_iterations=2)
    network = cities[0]
    compiled = load_runs(network.timetable, city_choices(network, rows), settings=chosen)
    for user in (assign, build, joining, queues, path_kernels, queue_kernels, run_kernels):
        for name, kernel in list(vars(user).items()):
            home = getattr(kernel, "py_func", None)
            if home is not None and home.__module__.startswith("solver.loading.vehicles"):
                monkeypatch.setattr(user, name, home)
    plain = load_runs(network.timetable, city_choices(network, rows), settings=chosen)
    assert plain.load_pax == pytest.approx(compiled.load_pax, abs=1e-9)
    assert plain.left_behind_pax == pytest.approx(compiled.left_behind_pax, abs=1e-9)
    assert plain.gaps == pytest.approx(compiled.gaps, rel=1e-6)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=ROWS, size=st.integers(0, 2), capacity=st.sampled_from(list(Capacity)))
def test_at_no_stop_and_minute_have_more_boarded_than_come(cities, rows, size, capacity):
    network = cities[size]
    timetable, calls = network.timetable, CallTable.of(network.timetable)
    choices = city_choices(network, rows)
    result = load_runs(
        timetable, choices, settings=RunSettings(capacity=capacity, max_iterations=4)
    )
    middle = timetable.stops.ids.index("A2")  # the one stop where people change lines
    for stop in set(range(timetable.n_stops)) - {middle}:
        own = calls.stop == stop
        came = choices.group_origin == stop
        for minute_s in range(7 * HOUR_S, 10 * HOUR_S, 60):
            boarded = result.boarding_pax[own & (timetable.departure_s <= minute_s)].sum()
            assert boarded <= choices.pax[came & (choices.wanted_s <= minute_s)].sum() + 1e-9
    ends = choices.pax.sum() - result.unserved_pax
    arrived = [
        result.alighting_pax[calls.stop == stop].sum()
        for stop in set(range(timetable.n_stops)) - {middle}
    ]
    assert sum(arrived) <= ends + 1e-9
