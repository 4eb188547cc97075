"""The grid city from feed to plan, every number worked out by hand.

Trains of line A leave A1 every 10 minutes from 07:00, A2 five later, and are at A3 ten later.
Line B leaves B1 every 15 minutes and is at A2 six later. A window's people are spread over its
15 minutes; each takes the latest way in time. Cost is ride + 1.5 x wait + 5 a change + slack.

Team 0 lives at A1 and rides line A for 10 minutes, to A3 at 08:00, 08:10, 08:20, ...

- by 08:01..08:15: 9 minutes have the 08:00, 6 the 08:10. Slack 45 + 15 = 60, mean 4: cost 14
- by 08:16..08:30: 4 the 08:10, 10 the 08:20, 1 the 08:30. Slack 30 + 45, mean 5: cost 15
- by 08:31..08:45: 9 the 08:30, 6 the 08:40: cost 14

Team 1 lives at B1, changes at A2. Leaving at 07:45 it waits 4 minutes there and is at A3 at
08:00: 11 of ride + 6 + 5 = 22. Leaving at 08:00 it waits 9 and is there at 08:20: 29.5. At
08:15 it is as at 07:45, and there at 08:30.

- by 08:01..08:15: all the 08:00, mean slack 8: cost 30
- by 08:16..08:30: 4 the 08:00 (slack 16 to 19), 10 the 08:20 (0 to 9), 1 the 08:30:
  (4 x 22 + 70 + 10 x 29.5 + 45 + 22) / 15 = 520 / 15
- by 08:31..08:45: all the 08:30: cost 30
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from network.base import format_clock, parse_clock
from network.routing import Place, find_itineraries_range
from scenarios.planning import build_problem, price_status_quo, read_moves
from scenarios.schema import PlanRules, Scenario
from solver.choice import OtherLines
from solver.loading import assign_transit
from solver.staggering import PlanStatus, RouteForm, SolveSettings, solve_staggering
from tests.builders.gridmodel import grid_model, grid_network

# What one passenger of a team loads: {(from, to, window): share}, by slot.
TEAM_0 = {
    "08:15": {
        ("A1", "A2", "07:45"): 9 / 15,  # the 08:00 left A1 at 07:50, A2 at 07:55
        ("A1", "A2", "08:00"): 6 / 15,  # the 08:10 left at 08:00 and 08:05
        ("A2", "A3", "07:45"): 9 / 15,
        ("A2", "A3", "08:00"): 6 / 15,
    },
    "08:30": {
        ("A1", "A2", "08:00"): 14 / 15,  # the 08:10 and the 08:20 left A1 at 08:00 and 08:10
        ("A1", "A2", "08:15"): 1 / 15,  # the 08:30 at 08:20
        ("A2", "A3", "08:00"): 4 / 15,  # A2 at 08:05,
        ("A2", "A3", "08:15"): 11 / 15,  # 08:15 and 08:25
    },
    "08:45": {
        ("A1", "A2", "08:15"): 9 / 15,
        ("A1", "A2", "08:30"): 6 / 15,
        ("A2", "A3", "08:15"): 9 / 15,
        ("A2", "A3", "08:30"): 6 / 15,
    },
}
TEAM_1 = {
    "08:15": {("B1", "A2", "07:45"): 1, ("A2", "A3", "07:45"): 1},
    "08:30": {
        ("B1", "A2", "07:45"): 4 / 15,
        ("B1", "A2", "08:00"): 10 / 15,
        ("B1", "A2", "08:15"): 1 / 15,
        ("A2", "A3", "07:45"): 4 / 15,
        ("A2", "A3", "08:15"): 11 / 15,
    },
    "08:45": {("B1", "A2", "08:15"): 1, ("A2", "A3", "08:15"): 1},
}
SLOTS = tuple(TEAM_0)
FREE_MIN = ({"08:15": 14, "08:30": 15, "08:45": 14}, {"08:15": 30, "08:30": 520 / 15, "08:45": 30})
# Team 0 alone at 08:30 with 300, team 1 with 150: passengers by cell, today.
LOADS_TODAY = {
    ("A1", "A2", "08:00"): 280,  # 14/15 of 300
    ("A1", "A2", "08:15"): 20,
    ("A2", "A3", "08:00"): 80,  # 4/15 of 300
    ("A2", "A3", "08:15"): 330,  # 11/15 of 450
    ("A2", "A3", "07:45"): 40,  # 4/15 of 150
    ("B1", "A2", "07:45"): 40,
    ("B1", "A2", "08:00"): 100,
    ("B1", "A2", "08:15"): 10,
}
# One vehicle a window costs each of x passengers 0.01 x minutes, two 0.005 x. Trains leave A1
# at 07:50 | 08:00 08:10 | 08:20 | 08:30 08:40 and A2 at 07:45 07:55 | 08:05 | 08:15 08:25 | 08:35.
EXTRA_PER_PAX = {
    ("A1", "A2", "08:00"): 0.005,
    ("A1", "A2", "08:30"): 0.005,
    ("A2", "A3", "07:45"): 0.005,
    ("A2", "A3", "08:15"): 0.005,
}  # 0.01 elsewhere


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    return grid_network(tmp_path_factory.mktemp("grid"))


@pytest.fixture(scope="module")
def model(network):
    return grid_model(network, riders=[{"A1": 300}, {"B1": 150}])


def named(model, network, by_cell):
    """Values of cells that are not 0 by (from, to, start of window)."""
    timetable, cells = network.timetable, model.cells
    result = {}
    for cell in np.flatnonzero(np.abs(by_cell) > 1e-9).tolist():
        segment, window = divmod(cell, cells.n_windows)
        a, b = timetable.pattern_stop[segment : segment + 2]
        start = format_clock(int(cells.window_starts_s()[window]))
        result[timetable.stops.ids[a], timetable.stops.ids[b], start] = float(by_cell[cell])
    return result


def load(model, **changes):
    return assign_transit(
        model.alternatives,
        model.cells,
        model.staff_today(),
        curve=model.curve,
        settings=model.assignment,
        path_size=model.path_size,
        **changes,
    )


def test_itineraries_leave_and_arrive_as_the_timetable_says(network):
    ids = network.timetable.stops.ids
    places = {
        stop: Place.at_station(
            network.timetable, int(network.timetable.stops.station[ids.index(stop)])
        )
        for stop in ("A1", "B1", "A3")
    }

    def spans(home):
        found = find_itineraries_range(
            network,
            places[home],
            places["A3"],
            earliest_s=parse_clock("07:45"),
            latest_s=parse_clock("08:15"),
        )
        return [
            (format_clock(i.departure_s), format_clock(i.arrival_s), i.n_rides)
            for i in found.itineraries
        ]

    assert spans("A1") == [
        ("07:50", "08:00", 1),
        ("08:00", "08:10", 1),
        ("08:10", "08:20", 1),
    ]
    assert spans("B1") == [("07:45", "08:00", 2), ("08:00", "08:20", 2), ("08:15", "08:30", 2)]


def test_each_group_has_one_way_of_the_cost_and_cells_worked_out(model, network):
    alternatives = model.alternatives
    assert np.diff(alternatives.offset).tolist() == [2] * 6  # and the trip by other lines
    for team, cells in enumerate((TEAM_0, TEAM_1)):
        for slot, expected in enumerate(cells.values()):
            a = alternatives.offset[3 * team + slot]
            assert alternatives.free_min[a] == pytest.approx(FREE_MIN[team][SLOTS[slot]])
            assert alternatives.n_rides[a] == team + 1
            at = slice(alternatives.cell_offset[a], alternatives.cell_offset[a + 1])
            by_cell = np.zeros(len(model.cells))
            by_cell[alternatives.cell[at]] = alternatives.cell_weight[at]
            assert named(model, network, by_cell) == pytest.approx(expected, abs=1e-6)
            assert by_cell.sum() == pytest.approx(2)  # two stops to ride


def test_passengers_load_the_cells_worked_out_and_pay_for_them(model, network):
    result = load(model)
    assert result.converged
    assert named(model, network, result.load_pax) == pytest.approx(LOADS_TODAY, abs=1e-3)
    extra = {cell: EXTRA_PER_PAX.get(cell, 0.01) * pax for cell, pax in LOADS_TODAY.items()}
    found = named(model, network, result.extra_min)
    assert {cell: found[cell] for cell in extra} == pytest.approx(extra, abs=1e-5)
    # Team 0: 15 + (14 x 1.4 + 1 x 0.2 + 4 x 0.8 + 11 x 1.65) / 15 = 15 + 41.15 / 15; team 1:
    # (520 + 4 x 0.4 + 10 x 1 + 1 x 0.1 + 4 x 0.2 + 11 x 1.65) / 15 = 550.65 / 15.
    modelled = model.alternatives.offset[[1, 4]]
    assert result.cost_min[modelled] == pytest.approx([266.15 / 15, 550.65 / 15], abs=1e-5)
    assert result.total_cost_min == pytest.approx(20 * 266.15 + 10 * 550.65, abs=0.01)


def test_passengers_split_between_line_and_other_lines_as_a_logit(network):
    # Without crowding; other lines cost c, line A 15: the line's share is 1 / (1 + e^(15 - c)/4).
    model = grid_model(
        network, riders=[{"A1": 300}], other=OtherLines(usual_end_min=1.0, changes=0.0), slope=0.0
    )
    group = 1  # from A1, arriving by 08:30
    line, other = model.alternatives.offset[group], model.alternatives.offset[group + 1] - 1
    # 4 km x 1.3 at 21 km/h and 1.5 x 2 min at the ends: 17.857.
    assert model.alternatives.free_min[other] == pytest.approx(17.857, abs=0.01)
    share = 1 / (1 + np.exp(0.25 * (15 - model.alternatives.free_min[other])))
    flow = load(model).flow_pax
    assert flow[line] == pytest.approx(300 * share)
    assert flow[line] == pytest.approx(201.4, abs=0.2)
    assert flow[line] + flow[other] == pytest.approx(300)


def scenario(shift_cost_per_min, **changes):
    return Scenario(
        name="grid",
        plan=PlanRules(
            earliest_start="08:15",
            latest_start="08:45",
            max_moved_share=1.0,
            shift_cost_per_min=shift_cost_per_min,
            no_employer_worse_off=False,
            **changes,
        ),
    )


def plan_cost(team_0, team_1, shift_cost_per_min):
    """Travel, crowding and moving of a plan, straight from the tables above."""
    pax = {}
    for people, cells in ((300, TEAM_0[team_0]), (150, TEAM_1[team_1])):
        for cell, share in cells.items():
            pax[cell] = pax.get(cell, 0) + people * share
    crowding = sum(EXTRA_PER_PAX.get(cell, 0.01) * x * x for cell, x in pax.items())
    moved = 300 * (team_0 != "08:30") + 150 * (team_1 != "08:30")
    return (
        300 * FREE_MIN[0][team_0]
        + 150 * FREE_MIN[1][team_1]
        + crowding
        + 15 * shift_cost_per_min * moved
    )


# By plan_cost, with team 0 down and team 1 across at 08:15, 08:30, 08:45:
#
#   moving weighs 0.2 a minute         0.4 a minute
#   08:15  11359.5 11259.5 11089.5     12709.5 12159.5 12439.5
#   08:30  10489.5 10829.5 10819.5     10939.5 10829.5 11269.5
#   08:45  11089.5 11385.5 11359.5     12439.5 12285.5 12709.5
#
# Team 1 gains 4.67 minutes of travel a head by leaving B1 for the good connection. At 08:15 it
# rides with nobody; at 08:45 it would meet team 0 on the way from A2. Three minutes a head are
# worth that, six are not.
@pytest.mark.parametrize("routes", ["joint", "fixed"])
@pytest.mark.parametrize(
    ("shift_cost_per_min", "best", "cost"),
    [(0.2, ("08:30", "08:15"), 10_489.5), (0.4, ("08:30", "08:30"), 10_829.5)],
)
def test_the_plan_is_the_best_of_the_nine_there_are(model, shift_cost_per_min, best, cost, routes):
    by_plan = {(a, b): plan_cost(a, b, shift_cost_per_min) for a in SLOTS for b in SLOTS}
    assert min(by_plan, key=by_plan.get) == best
    assert by_plan[best] == pytest.approx(cost)

    wanted = scenario(shift_cost_per_min, routes=routes)
    basis = build_problem(model, wanted, load(model))
    plan = solve_staggering(
        basis.problem, settings=SolveSettings(gap=0.0, form=RouteForm(routes), time_limit_s=20)
    )
    assert plan.status is PlanStatus.OPTIMAL
    assert plan.objective == pytest.approx(cost, abs=1e-3)
    # The best of the problem itself: its weights have 32 bits, so it is 2e-5 off the hand's.
    assert 0.98 * cost < plan.best_bound <= plan.objective
    assert price_status_quo(basis) == pytest.approx(10_829.5, abs=1e-3)
    moves = [(m.team_id, m.people, format_clock(m.to_s)) for m in read_moves(model, basis, plan)]
    assert moves == ([("team 1", 150.0, "08:15")] if best[1] == "08:15" else [])


def test_what_the_plan_promises_is_what_a_loading_of_it_gives(model):
    basis = build_problem(model, scenario(0.2), load(model))
    plan = solve_staggering(basis.problem)
    start_s, share = basis.starts_and_shares(plan)
    response = assign_transit(
        model.alternatives,
        model.cells,
        model.staff_at(start_s, share),
        curve=model.curve,
        settings=model.assignment,
        path_size=model.path_size,
    )
    # One way each: nobody has another to respond with. 150 people moved, 3 minutes a head.
    assert response.total_cost_min == pytest.approx(10_489.5 - 450, abs=0.01)


def test_the_kernels_give_the_same_without_compilation():
    """The hand-worked tests of choice and loading once more in plain Python.

    Its integers wrap as compiled ones do, and say so: that warning is the one ignored.
    """
    tests = ("itineraries", "each_group", "load_the_cells")
    command = [sys.executable, "-m", "pytest", str(Path(__file__)), "-q", "-p", "no:cacheprovider"]
    command += ["-W", "ignore:overflow encountered:RuntimeWarning", "-k", " or ".join(tests)]
    done = subprocess.run(
        command,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert f"{len(tests)} passed" in done.stdout
