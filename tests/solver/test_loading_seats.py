"""Kept seats: who sits on a vehicle by hand, seats are neither lost nor made, and what it costs."""

import numpy as np
import pytest

from solver.crowding import SeatedStandingCurve
from solver.loading.vehicles import (
    CallTable,
    Capacity,
    RouteChoice,
    RunSettings,
    find_seated_minutes,
    load_runs,
)
from solver.loading.vehicles._seat_kernels import fill_seats
from tests.builders.threetrains import choices_of, people, three_trains
from tests.reference.loading import seat_passengers

STANDING = SeatedStandingCurve(slope=0.0, standing=2.0)
"""A minute standing weighs 2, whatever the density: extra minutes are minutes on one's feet."""


def share_of(seats, rides, n_calls):
    exchange, share = np.zeros((n_calls, n_calls)), np.full((n_calls, n_calls), np.nan)
    for board, alight, pax in rides:
        exchange[board, alight] += pax
    fill_seats(n_calls, float(seats), exchange, share)
    return share


def test_freed_seats_go_to_those_who_stand_before_those_who_board():
    # 10 seats. At the first call 20 board: 8 to call 1, 12 to call 3; half of all sit. At call 1
    # the 8 leave, 4 of them seated: 4 seats for the 6 who stand of the 12. 5 board and stand.
    # 10 of 12 sit. At call 2 nobody leaves; 2 board and stand. At call 3 the 12 leave: ten
    # seats for the five of call 1, the two of call 2, and three of the four who board.
    share = share_of(10, [(0, 1, 8), (0, 3, 12), (1, 4, 5), (2, 4, 2), (3, 4, 4)], 5)
    assert share[0, :3] == pytest.approx([0.5, 10 / 12, 10 / 12])
    assert share[1, 1:4] == pytest.approx([0, 0, 1])
    assert share[2, 2:4] == pytest.approx([0, 1])
    assert share[3, 3] == pytest.approx(3 / 4)


def test_one_more_sits_only_where_a_seat_is_free():
    share = share_of(10, [(0, 2, 10), (2, 3, 4)], 4)
    assert share[1, 1] == 0  # nobody boarded at call 1, and no seat was free
    assert share[1, 2] == 1  # six are, from call 2 on


def test_nobody_sits_without_seats_and_everybody_with_enough():
    rides = [(0, 2, 3.5), (1, 2, 2.0)]
    assert share_of(0, rides, 3)[np.triu_indices(2)] == pytest.approx(0)
    assert share_of(6, rides, 3)[np.triu_indices(2)] == pytest.approx(1)


@pytest.mark.parametrize("seed", range(12))
def test_seats_are_filled_as_one_passenger_after_another_would(seed):
    """Every segment's seats are full or everybody sits, and the plain twin finds the same."""
    rng = np.random.default_rng(seed)
    n, seats = int(rng.integers(3, 9)), int(rng.integers(0, 30))
    rides = []
    for _ in range(12):
        board = int(rng.integers(0, n - 1))
        rides.append((board, int(rng.integers(board + 1, n)), float(rng.integers(1, 12))))
    share = share_of(seats, rides, n)
    expected = seat_passengers(seats, rides, n)
    for board, alight, _ in rides:
        for here in range(board, alight):
            assert share[board, here] == pytest.approx(expected[board, here], abs=1e-9)
        assert (np.diff(share[board, board:alight]) >= -1e-12).all()  # nobody gets up
    for here in range(n - 1):
        aboard = [(board, pax) for board, alight, pax in rides if board <= here < alight]
        seated = sum(pax * share[board, here] for board, pax in aboard)
        assert seated == pytest.approx(min(seats, sum(pax for _, pax in aboard)))


def test_who_boards_first_sits_all_the_way_on_a_train_of_three_stops(tmp_path):
    # 20 seats. 20 board at S1 for S3, 30 at S2 for S3: five minutes a hop. Those of S1 sit all
    # ten minutes, those of S2 stand five: 5 extra minutes at weight 2, none for the others. If
    # they shared seats evenly each would stand 3 minutes of the second hop.
    network = three_trains(tmp_path, trains=("08:00",))
    demand = people((1, 3, "07:55", 20), (2, 3, "08:01", 30))
    choices = choices_of(network, demand)
    shared, kept = (
        load_runs(
            network.timetable,
            choices,
            settings=RunSettings(curve=STANDING, keep_seats=keep, relative_gap=1e-9),
        )
        for keep in (False, True)
    )
    assert shared.cost_min - choices.free_min == pytest.approx([3, 3])
    assert kept.cost_min - choices.free_min == pytest.approx([0, 5])
    rides = find_seated_minutes(network.timetable, choices, kept)
    assert rides.seated_min == pytest.approx([10, 0])


def test_seated_minutes_are_those_of_the_seats_in_use(tmp_path):
    """Conservation: over all rides as many seated minutes as seats were taken, no more."""
    network = three_trains(tmp_path, shuttle=True)
    demand = people(
        (1, 2, "07:50", 45), (1, 3, "07:55", 90), (2, 3, "08:01", 70), (1, 3, "08:05", 60)
    )
    choices = choices_of(network, demand, trains_per_route=3)
    settings = RunSettings(keep_seats=True, max_iterations=2000, relative_gap=1e-9)
    loading = load_runs(network.timetable, choices, settings=settings)
    calls = CallTable.of(network.timetable)
    rides = find_seated_minutes(network.timetable, choices, loading)
    pax = np.bincount(
        choices.journey, weights=loading.flow_pax, minlength=len(choices.journeys)
    ).repeat(np.diff(choices.journeys.leg_offset))
    in_use = np.minimum(loading.load_pax, calls.seats) * calls.ride_s / 60
    assert loading.converged
    assert (pax * rides.seated_min).sum() == pytest.approx(in_use.sum())
    assert in_use.sum() > 0


def test_where_all_can_sit_kept_seats_change_nothing(tmp_path):
    network = three_trains(tmp_path, train=(500.0, 20.0))
    choices = choices_of(network, people((1, 3, "07:55", 90), (2, 3, "08:01", 70)))
    costs = [
        load_runs(network.timetable, choices, settings=RunSettings(keep_seats=keep)).cost_min
        for keep in (False, True)
    ]
    assert costs[0] == pytest.approx(costs[1])


def test_kept_seats_draw_people_to_where_a_line_begins(tmp_path):
    """Two ways to S3, one from S1 where seats are free: more take it when seats are kept."""
    network = three_trains(tmp_path, shuttle=True, train=(100.0, 50.0))
    demand = people((1, 3, "07:55", 100), (2, 3, "08:01", 160))
    choices = choices_of(network, demand, trains_per_route=1)
    train = choices.journeys.leg_trip[choices.journeys.leg_offset[:-1]]
    lines = network.timetable.routes.lines
    pattern = np.searchsorted(network.timetable.pattern_trip_offset, train, side="right") - 1
    on_train = np.asarray([lines[r] == "M" for r in network.timetable.pattern_route[pattern]])
    riders = []
    for keep in (False, True):
        settings = RunSettings(keep_seats=keep, curve=STANDING, relative_gap=1e-9)
        loading = load_runs(network.timetable, choices, settings=settings)
        from_s2 = choices.group_origin[choices.group_of_entry()] == 1
        riders.append(loading.flow_pax[from_s2 & on_train[choices.journey]].sum())
    assert riders[1] < riders[0] - 5


def test_least_cost_with_kept_seats_goes_by_averages_and_says_its_gap(tmp_path):
    network = three_trains(tmp_path, shuttle=True)
    choices = choices_of(network, people((1, 3, "07:55", 90), (2, 3, "08:01", 70)))
    settings = RunSettings(keep_seats=True, choice=RouteChoice.LEAST, relative_gap=1e-2)
    loading = load_runs(network.timetable, choices, settings=settings)
    assert loading.converged == (loading.assignment_gap <= 1e-2)
    assert loading.flow_pax.sum() == pytest.approx(160)


def test_kept_seats_with_hard_capacity_are_refused():
    with pytest.raises(ValueError, match="soft capacity only"):
        RunSettings(keep_seats=True, capacity=Capacity.HARD)
