"""Sums of a loading by vehicle runs, by hand on three trains, and who is on a stretch."""

import numpy as np
import pytest

from network.base import parse_clock
from network.routing.loads import CrowdedRides
from solver.crowding import SeatedStandingCurve
from solver.loading.vehicles import (
    CallTable,
    RouteChoice,
    RunSettings,
    Windows,
    average_segment_loads,
    load_runs,
    select_link,
    sum_cells,
    sum_line_hours,
    sum_stops,
)
from tests.builders.threetrains import by_train, choices_of, people, three_trains

# Trains take 100: 20 seats, 80 standing on 20 m2. First train: 120 from S1 (30 to S2), 60
# more from S2: 120, then 150. Second: 40 from S1 to S3. Third: nobody.
ROWS = (
    (1, 3, "07:55", 90, 0),
    (1, 2, "07:55", 30, 1),
    (2, 3, "08:01", 60, 2),
    (1, 3, "08:05", 32, 0),
    (1, 3, "08:05", 8, 3),
)


@pytest.fixture
def loaded(tmp_path):
    network = three_trains(tmp_path)
    demand = people(*ROWS)
    choices = choices_of(network, demand)
    settings = RunSettings(
        choice=RouteChoice.LEAST, curve=SeatedStandingCurve(slope=0.0, standing=1.0)
    )
    loading = load_runs(network.timetable, choices, settings=settings)
    return network, demand, choices, loading, CallTable.of(network.timetable)


def test_load_factors_count_four_standing_a_square_metre_and_the_router_reads_them(loaded):
    network, _, _, loading, calls = loaded
    assert by_train(network, loading.load_factor(calls)) == pytest.approx(
        np.asarray([[1.2, 1.5, 0], [0.4, 0.4, 0], [0, 0, 0]])
    )
    rides = CrowdedRides(timetable=network.timetable, loads=loading.segment_loads(calls))
    found = rides.find(0, 0, 0, 2)
    assert (found.max_load_factor, found.crowded_s) == (1.5, 600)
    assert rides.find(0, 1, 0, 2).crowded_s == 0


def test_cells_are_the_runs_that_leave_in_a_quarter_hour(loaded):
    network, _, _, loading, calls = loaded
    windows = Windows.over(parse_clock("08:00"), parse_clock("08:30"))
    cells = sum_cells(network.timetable, calls, loading, windows)
    # S1: trains of 08:00 and 08:10, then 08:20. S2: 08:05 alone, then 08:15 and 08:25.
    assert cells.load_pax == pytest.approx(np.asarray([[160, 0], [150, 40], [0, 0]]))
    assert cells.capacity_pax == pytest.approx(np.asarray([[200, 100], [100, 200], [0, 0]]))
    assert cells.vehicles == pytest.approx(np.asarray([[2, 1], [1, 2], [0, 0]]))
    assert cells.ride_pax_min[0, 0] == pytest.approx(5 * 160)


def test_expected_load_factors_are_means_of_the_quarter_hour(loaded):
    network, _, _, loading, calls = loaded
    windows = Windows.over(parse_clock("08:00"), parse_clock("08:30"))
    mean = average_segment_loads(network.timetable, calls, loading, windows)
    assert by_train(network, mean.load_factor) == pytest.approx(
        np.asarray([[0.8, 1.5, 0], [0.8, 0.2, 0], [0, 0.2, 0]])
    )


def test_crowding_by_line_and_hour_is_counted_by_hand(loaded):
    network, _, _, loading, calls = loaded
    hours = sum_line_hours(network.timetable, calls, loading)
    assert (hours.lines, hours.line.tolist(), hours.hour.tolist()) == (("M",), [0], [8])
    assert hours.boarding_pax == pytest.approx([220])
    assert hours.ride_pax_h == pytest.approx([5 * (120 + 150 + 40 + 40) / 60])
    # beyond 20 seats: 100, 130, 20, 20; beyond 100 places: 20, 50; in such runs: 120, 150
    assert hours.above_seats_pax_min == pytest.approx([5 * 270])
    assert hours.above_4_pax_min == pytest.approx([5 * 70])
    assert hours.exposed_pax_min == pytest.approx([5 * 270])
    assert hours.max_load_factor == pytest.approx([1.5])


def test_boardings_and_alightings_by_stop_and_quarter_hour(loaded):
    network, _, _, loading, calls = loaded
    windows = Windows.over(parse_clock("08:00"), parse_clock("08:30"))
    on = sum_stops(network.timetable, calls, loading.boarding_pax, windows)
    off = sum_stops(network.timetable, calls, loading.alighting_pax, windows, by_arrival=True)
    assert on == pytest.approx(np.asarray([[160, 0], [60, 0], [0, 0]]))
    assert off == pytest.approx(np.asarray([[0, 0], [30, 0], [150, 40]]))


def test_who_is_on_a_stretch_is_told_by_zone_and_cohort_but_not_of_a_few(loaded):
    network, demand, choices, loading, calls = loaded
    last_hop = calls.stop == int(np.flatnonzero(np.asarray(network.timetable.stops.ids) == "S2")[0])
    chosen = select_link(choices, loading, demand, last_hop & calls.leaves, n_places=3, n_owners=4)
    # 90 + 60 + 32 + 8; the 30 for S2 get off before. Cohort 3 has 8 people, too few to tell.
    assert chosen.total_pax == pytest.approx(190)
    assert chosen.origin_pax == pytest.approx([130, 60, 0])
    assert chosen.place_pax == pytest.approx([0, 0, 190])
    assert chosen.owner_pax == pytest.approx([122, 0, 60, 0])
    assert chosen.hidden_owner_pax == pytest.approx(8)
    assert chosen.nobody_pax == 0
