"""Hard capacity on one line with three trains: who boards which, by hand."""

import numpy as np
import pytest

from solver.crowding import SeatedStandingCurve
from solver.loading.vehicles import (
    Capacity,
    DwellRule,
    LeftBehind,
    RouteChoice,
    RunSettings,
    load_runs,
)
from tests.builders.threetrains import by_train, choices_of, people, three_trains

NO_CROWDING = SeatedStandingCurve(slope=0.0, standing=1.0)


def hard(**changes):
    return RunSettings(
        **{"capacity": Capacity.HARD, "choice": RouteChoice.LEAST, "max_iterations": 1} | changes
    )


def test_full_trains_leave_the_latest_comers_behind_and_they_take_the_next(tmp_path):
    # S1: 120 come at 07:55, of whom 100 go at 08:00 and 20 wait till 08:10, where 30 more have
    # come at 08:05: that train leaves S1 with 50. Everybody goes to S3.
    # S2: 70 come at 08:01. The train of 08:05 is full; that of 08:15 has 50 places, so 50
    # board and 20 wait till 08:25. Of 40 who come to S2 at 08:16, all board at 08:25.
    network = three_trains(tmp_path)
    demand = people(
        (1, 3, "07:55", 120), (1, 3, "08:05", 30), (2, 3, "08:01", 70), (2, 3, "08:16", 40)
    )
    result = load_runs(network.timetable, choices_of(network, demand), settings=hard())
    assert by_train(network, result.boarding_pax) == pytest.approx(
        np.asarray([[100, 0, 0], [50, 50, 0], [0, 60, 0]])
    )
    assert by_train(network, result.load_pax) == pytest.approx(
        np.asarray([[100, 100, 0], [50, 100, 0], [0, 60, 0]])
    )
    assert by_train(network, result.left_behind_pax) == pytest.approx(
        np.asarray([[20, 70, 0], [0, 20, 0], [0, 0, 0]])
    )
    assert by_train(network, result.alighting_pax)[:, 2] == pytest.approx([100, 100, 60])
    assert result.unserved_pax == 0


def test_who_came_first_boards_first_and_those_of_one_second_share_the_room(tmp_path):
    # 60 come to S1 at 07:55. At 07:58 come 30 for S2 and 90 for S3; the train of 08:00 has room
    # for 40 of these, 10 and 30 of them. The 80 go ten minutes later: on average the 30 are
    # 20 / 30 x 10 min late, the 90 60 / 90 x 10 min, at 1.5 a minute: 10 minutes of cost.
    network = three_trains(tmp_path)
    demand = people((1, 3, "07:58", 90), (1, 2, "07:58", 30), (1, 3, "07:55", 60))
    choices = choices_of(network, demand)
    result = load_runs(network.timetable, choices, settings=hard(curve=NO_CROWDING))
    assert by_train(network, result.boarding_pax)[:, 0] == pytest.approx([100, 80, 0])
    assert by_train(network, result.alighting_pax)[:, 1] == pytest.approx([10, 20, 0])
    assert choices.pax == pytest.approx([30, 60, 90])  # to S2, to S3 of 07:55, of 07:58
    assert result.cost_min - choices.free_min == pytest.approx([10.0, 0.0, 10.0])


def test_people_get_off_before_others_get_on(tmp_path):
    # 100 ride from S1 to S2 at 08:00 and 100 from S2 to S3 take their places.
    network = three_trains(tmp_path)
    demand = people((1, 2, "07:55", 100), (2, 3, "08:01", 100))
    result = load_runs(network.timetable, choices_of(network, demand), settings=hard())
    assert by_train(network, result.load_pax)[0] == pytest.approx([100, 100, 0])
    assert result.left_behind_pax.sum() == 0


def test_whom_no_train_takes_is_counted(tmp_path):
    network = three_trains(tmp_path)
    demand = people((2, 3, "08:01", 330))
    result = load_runs(network.timetable, choices_of(network, demand), settings=hard())
    assert result.boarding_pax.sum() == pytest.approx(300)
    assert result.unserved_pax == pytest.approx(30)


def test_left_behind_who_choose_again_take_another_line_of_the_station(tmp_path):
    # The train of 08:05 is full at S2 (100 from S1). Those of S2 plan it: 50 at 08:01, to
    # be at S3 at 08:10. Waiting, they go at 08:15 and are there at 08:20; the shuttle of 08:08
    # is there at 08:18, so who chooses again takes it.
    network = three_trains(tmp_path, shuttle=True)
    demand = people((1, 3, "07:55", 100), (2, 3, "08:01", 50))
    shuttle = {}
    for rule in LeftBehind:
        result = load_runs(
            network.timetable, choices_of(network, demand), settings=hard(left_behind=rule)
        )
        shuttle[rule] = by_train(network, result.boarding_pax, "Z")[:, 0].tolist()
        assert result.boarding_pax.sum() == pytest.approx(150)
    assert shuttle[LeftBehind.WAIT] == pytest.approx([0, 0])
    assert shuttle[LeftBehind.CHOOSE] == pytest.approx([50, 0])


def test_who_expects_to_be_left_behind_goes_another_way_in_the_end(tmp_path):
    # With 100 on board from S1 the train of 08:05 is useless at S2; once known, the shuttle
    # (16 min from 08:01 + 1 of more wait) is worth taking before a train ten minutes later.
    network = three_trains(tmp_path, shuttle=True)
    demand = people((1, 3, "07:55", 100), (2, 3, "08:01", 50))
    result = load_runs(
        network.timetable,
        choices_of(network, demand),
        settings=hard(max_iterations=60, relative_gap=1e-3),
    )
    assert by_train(network, result.boarding_pax, "Z")[0, 0] > 45
    assert by_train(network, result.load_pax).max() <= 100 + 1e-9


def test_stops_stand_longer_for_those_whom_a_full_train_takes(tmp_path):
    # 130 wait at S2, 100 fit. Train 1 takes 100: 0.3 s each on top of 20 s, 30 s more than the
    # 20 it has; train 2 the 30 left: 9 s more. All planned train 1, which leaves half a minute
    # late (x 1.5); 30 of 130 arrive ten minutes later (and 20 s of stop), also x 1.5.
    network = three_trains(tmp_path, dwell_s=20)
    choices = choices_of(network, people((2, 3, "08:01", 130)))
    rule = hard(curve=NO_CROWDING, dwell=DwellRule(fixed_s=20, per_pax_s=0.3))
    result = load_runs(network.timetable, choices, settings=rule)
    assert by_train(network, result.left_behind_pax)[:, 1] == pytest.approx([30, 0, 0])
    assert by_train(network, result.late_min) == pytest.approx(
        np.asarray([[0, 0.5, 0.5], [0, 0.15, 0.15], [0, 0, 0]])
    )
    assert result.cost_min - choices.free_min == pytest.approx([1.5 * 0.5 + 1.5 * 30 * 10 / 130])
