"""Loading by vehicle runs with soft capacity: by hand, conserved, and what may never happen."""

import numpy as np
import pytest

from network.base import Cancelled, parse_clock
from network.base.errors import DemandInputError
from solver.crowding import SeatedStandingCurve
from solver.loading.vehicles import (
    CallTable,
    DwellRule,
    MinuteDemand,
    RouteChoice,
    RunSettings,
    load_runs,
)
from tests.builders.threetrains import by_train, choices_of, people, three_trains

EVEN = SeatedStandingCurve(slope=0.1, standing=1.0)
NO_CROWDING = SeatedStandingCurve(slope=0.0, standing=1.0)


def soft(**changes):
    return RunSettings(**{"relative_gap": 1e-8, "max_iterations": 4000} | changes)


def test_everybody_boards_the_first_train_after_coming_when_trains_weigh_nothing(tmp_path):
    network = three_trains(tmp_path)
    demand = people((1, 3, "07:55", 120), (1, 2, "08:05", 30), (2, 3, "08:01", 70))
    result = load_runs(
        network.timetable,
        choices_of(network, demand, trains_per_route=3),
        settings=soft(choice=RouteChoice.LEAST, curve=NO_CROWDING),
    )
    assert by_train(network, result.load_pax) == pytest.approx(
        np.asarray([[120, 190, 0], [30, 0, 0], [0, 0, 0]])
    )
    assert result.gaps == (0.0,)
    assert result.converged


def test_without_crowding_everybody_takes_a_cheapest_way(tmp_path):
    network = three_trains(tmp_path, shuttle=True)
    clocks = [f"0{7 + m // 60}:{m % 60:02d}" for m in range(50, 80, 3)]
    rows = [(a, b, clock, 40) for clock in clocks for a, b in ((1, 2), (1, 3), (2, 3))]
    choices = choices_of(network, people(*rows), trains_per_route=3)
    settings = soft(choice=RouteChoice.LEAST, curve=NO_CROWDING)
    result = load_runs(network.timetable, choices, settings=settings)
    least = np.minimum.reduceat(choices.free_min, choices.offset[:-1])[choices.group_of_entry()]
    assert choices.n_entries > 2 * choices.n_groups
    assert choices.free_min[result.flow_pax > 0] == pytest.approx(least[result.flow_pax > 0])
    assert result.flow_pax.sum() == pytest.approx(choices.pax.sum())


def test_two_trains_share_people_until_waiting_costs_as_much_as_standing(tmp_path):
    # 1,000 come to S1 at 08:00 for S3. Ten minutes of ride, slope 0.1 on 100 m2 and no seats:
    # x riders bear 10 x 0.1 x / 100 = 0.01 x minutes. The next train costs 10 min of wait at
    # 1.5 more. 0.01 a = 0.01 b + 15, a + b + c = 1000 with the third 30 more: a = 1000 if
    # 0.01 x 1000 = 10 < 15, so at 4,000: a + b = 4000, a - b = 1500, and the third (30) is
    # above 27.5. a = 2750, b = 1250.
    network = three_trains(tmp_path, train=(0.0, 100.0))
    for pax, expected in ((1000.0, [1000, 0, 0]), (4000.0, [2750, 1250, 0])):
        choices = choices_of(network, people((1, 3, "08:00", pax)), trains_per_route=3)
        result = load_runs(
            network.timetable, choices, settings=soft(choice=RouteChoice.LEAST, curve=EVEN)
        )
        assert result.converged
        assert by_train(network, result.load_pax)[:, 0] == pytest.approx(expected, abs=0.1)


def test_logit_of_two_trains_solves_its_equation(tmp_path):
    # h1 / h2 = exp(-scale (c1 - c2)) with c1 - c2 = 0.01 (h1 - h2) - 15, same path size.
    network = three_trains(tmp_path, train=(0.0, 100.0), trains=("08:00", "08:10"))
    choices = choices_of(network, people((1, 3, "08:00", 4000)), trains_per_route=2)
    result = load_runs(network.timetable, choices, settings=soft(curve=EVEN, relative_gap=1e-11))
    one, two = by_train(network, result.load_pax)[:, 0]
    assert one + two == pytest.approx(4000)
    assert np.log(one / two) == pytest.approx(-0.25 * (0.01 * (one - two) - 15), abs=1e-4)
    assert result.converged
    assert result.gaps[-1] <= 1e-11 < result.gaps[0]


def test_iterations_that_run_out_are_said_to_have_not_converged(tmp_path):
    network = three_trains(tmp_path, train=(0.0, 100.0))
    choices = choices_of(network, people((1, 3, "08:00", 4000)), trains_per_route=3)
    result = load_runs(
        network.timetable, choices, settings=soft(curve=EVEN, max_iterations=1, seed=7)
    )
    assert not result.converged
    assert (result.iterations, result.settings.seed) == (1, 7)
    assert result.assignment_gap > 1e-8


@pytest.mark.parametrize("choice", list(RouteChoice))
def test_order_of_the_rows_and_split_over_cohorts_change_nothing(tmp_path, choice):
    network = three_trains(tmp_path, train=(10.0, 50.0))
    rows = [(1, 3, "08:00", 700), (2, 3, "08:01", 300), (1, 2, "07:58", 200)]
    split = [(1, 3, "08:00", 300, 4), rows[2], (1, 3, "08:00", 400, 2), (2, 3, "08:01", 300, 0)]
    loads = [
        load_runs(
            network.timetable,
            choices_of(network, people(*order), trains_per_route=3),
            settings=soft(choice=choice, relative_gap=1e-4),
        ).load_pax
        for order in (rows, rows[::-1], split)
    ]
    assert (loads[0] == loads[1]).all()
    assert (loads[0] == loads[2]).all()


def test_twice_the_capacity_raises_no_load_factor(tmp_path):
    demand = people((1, 3, "08:00", 900), (2, 3, "08:01", 300), (1, 2, "07:58", 200))
    factors = []
    for times, name in ((1, "one"), (2, "two")):
        network = three_trains(tmp_path / name, train=(20.0 * times, 40.0 * times))
        choices = choices_of(network, demand, trains_per_route=3)
        result = load_runs(network.timetable, choices, settings=soft(relative_gap=1e-6))
        factors.append(result.load_factor(CallTable.of(network.timetable)))
    assert (factors[1] <= factors[0]).all()
    assert factors[1].max() < 0.9 * factors[0].max()


def test_closed_line_carries_nobody(tmp_path):
    demand = people((2, 3, "08:01", 300))
    both = three_trains(tmp_path / "both", shuttle=True)
    result = load_runs(both.timetable, choices_of(both, demand), settings=soft())
    assert by_train(both, result.boarding_pax, "Z").sum() > 1
    without = three_trains(tmp_path / "without")
    result = load_runs(without.timetable, choices_of(without, demand), settings=soft())
    assert by_train(without, result.boarding_pax).sum() == pytest.approx(300)


def test_nobody_boards_before_coming_and_all_who_board_get_off(tmp_path):
    network = three_trains(tmp_path)
    demand = people((1, 3, "08:01", 120), (2, 3, "08:16", 70), (1, 2, "07:59", 30))
    choices = choices_of(network, demand, trains_per_route=3)
    result = load_runs(network.timetable, choices, settings=soft(relative_gap=1e-4))
    assert by_train(network, result.boarding_pax)[0] == pytest.approx(
        [result.flow_pax[choices.group_of_entry() == 0][0], 0, 0], abs=1e-9
    )
    assert by_train(network, result.boarding_pax)[:2, 1].sum() == 0
    on, off = by_train(network, result.boarding_pax), by_train(network, result.alighting_pax)
    assert on.sum(axis=1) == pytest.approx(off.sum(axis=1))
    assert on.sum() == pytest.approx(220)


def test_stranded_people_are_counted(tmp_path):
    network = three_trains(tmp_path)
    choices = choices_of(
        network, people((1, 3, "08:00", 10), (1, 3, "09:30", 7), (3, 1, "08:00", 5))
    )
    assert choices.stranded_pax == 12
    assert choices.pax == pytest.approx([10])
    assert choices.row_group.tolist() == [0, -1, -1]


def test_stops_stand_longer_where_many_get_on(tmp_path):
    # 100 get on at S2, 0.3 s each on top of 20 s: 50 s needed where 20 are given: the train
    # leaves 30 s late, rides as late and is 30 s late at S3. Those on board bear half a
    # minute; those who wait at S2 half a minute at 1.5.
    network = three_trains(tmp_path, dwell_s=20)
    demand = people((1, 3, "07:59", 40), (2, 3, "08:01", 100))
    choices = choices_of(network, demand)
    rule = soft(
        choice=RouteChoice.LEAST, curve=NO_CROWDING, dwell=DwellRule(fixed_s=20, per_pax_s=0.3)
    )
    result = load_runs(network.timetable, choices, settings=rule)
    assert by_train(network, result.late_min)[0] == pytest.approx([0, 0.5, 0.5])
    assert result.cost_min - choices.free_min == pytest.approx([0.5, 0.75])


def test_who_may_choose_the_hour_leaves_the_full_train_to_others(tmp_path):
    # 3,000 want to be at S3 at 08:20, when the second train arrives; the first is there at
    # 08:10, ten minutes early at 0.61, the third ten late at 2.4. x riders bear 0.01 x minutes:
    # 0.01 a = 0.01 b - 6.1 and a + b = 3000: b = 1805, a = 1195; the third (24) is above 18.05.
    network = three_trains(tmp_path, train=(0.0, 100.0))
    demand = people((1, 3, "08:20", 3000), flexible=True)
    choices = choices_of(network, demand, by_departure=False, late_s=1800)
    result = load_runs(
        network.timetable, choices, settings=soft(choice=RouteChoice.LEAST, curve=EVEN)
    )
    assert by_train(network, result.load_pax)[:, 0] == pytest.approx([1195, 1805, 0], abs=0.1)
    strict = choices_of(network, people((1, 3, "08:20", 3000)), by_departure=False)
    held = load_runs(network.timetable, strict, settings=soft(choice=RouteChoice.LEAST, curve=EVEN))
    assert by_train(network, held.load_pax)[:, 0] == pytest.approx([0, 3000, 0])


def test_progress_can_cancel_a_loading(tmp_path):
    network = three_trains(tmp_path)

    def stop(stage, done, total):
        raise Cancelled

    choices = choices_of(network, people((1, 3, "08:00", 10)))
    with pytest.raises(Cancelled):
        load_runs(network.timetable, choices, settings=soft(), progress=stop)


def test_hours_cannot_be_chosen_by_who_sets_out_at_a_given_minute(tmp_path):
    network = three_trains(tmp_path)
    with pytest.raises(ValueError, match="flexible"):
        choices_of(network, people((1, 3, "08:00", 10), flexible=True))


@pytest.mark.parametrize("pax", [-1.0, float("nan"), float("inf")], ids=["negative", "nan", "inf"])
def test_demand_that_is_no_number_of_people_is_refused(pax):
    one = np.zeros(1, dtype=np.int32)
    with pytest.raises(DemandInputError, match="passengers of 0 or more"):
        MinuteDemand(
            origin=one,
            place=one,
            wanted_s=one + parse_clock("08:00"),
            pax=np.asarray([pax]),
            flexible=np.zeros(1, dtype=np.bool_),
            owner=one,
        )


@pytest.mark.parametrize(
    "field", ["scale_per_min", "relative_gap", "max_iterations", "full_pax_m2", "speed_up"]
)
def test_settings_of_a_loading_that_make_no_sense_are_refused(field):
    with pytest.raises(ValueError, match=field):
        RunSettings(**{field: 0})
