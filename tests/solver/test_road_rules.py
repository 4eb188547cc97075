"""Road assignment: where paths may lead, what cannot be assigned, and how a run ends."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from network.base import Cancelled
from network.base.errors import NetworkInputError
from solver.loading.road import Objective, solve_road
from tests.builders.roads import BRAESS, linear, road_network, trip_table


def fixed(tail, head, time):
    return (tail, head, time, 0, 1, 1)


def test_no_path_leads_through_a_zone_before_the_first_thru_node():
    # By zone 3 it is 2 minutes, by node 4 it is 10; paths begin and end at zones all the same.
    links = [fixed(1, 3, 1), fixed(3, 2, 1), fixed(1, 4, 5), fixed(4, 2, 5)]
    trips = trip_table({(1, 2): 7, (1, 3): 2, (3, 2): 3}, n_zones=3)
    closed = solve_road(road_network(links, n_zones=3, first_thru=4), trips)
    assert closed.flow.tolist() == [2, 3, 7, 7]
    open_to_all = solve_road(road_network(links, n_zones=3), trips)
    assert open_to_all.flow.tolist() == [9, 10, 0, 0]


def test_trips_no_path_serves_are_named_and_left_out():
    network = road_network([fixed(1, 2, 1), fixed(3, 1, 1)], n_zones=4, n_nodes=5)
    trips = trip_table({(1, 2): 5, (2, 1): 3, (1, 3): 2, (4, 1): 1, (3, 2): 4}, n_zones=4)
    result = solve_road(network, trips)
    assert result.flow.tolist() == [9, 4]
    assert result.assigned_trips == 9
    lost = result.unreachable
    assert list(zip(lost.origin, lost.destination, lost.trips, strict=True)) == [
        (0, 2, 2),
        (1, 0, 3),
        (3, 0, 1),
    ]


def test_trips_within_a_zone_are_counted_and_load_nothing():
    network = road_network([fixed(1, 2, 1), fixed(2, 1, 1)])
    result = solve_road(network, trip_table({(1, 1): 40, (1, 2): 5, (2, 2): 2}))
    assert result.flow.tolist() == [5, 0]
    assert (result.intrazonal_trips, result.assigned_trips) == (42, 5)


def test_a_table_without_trips_between_zones_is_solved_at_once():
    network = road_network([fixed(1, 2, 3)])
    for trips in ({}, {(1, 1): 4}, {(1, 2): 0}):
        result = solve_road(network, trip_table(trips))
        assert result.flow.tolist() == [0]
        assert (result.relative_gap, result.iterations, result.converged) == (0, 1, True)
        assert (result.objective, result.total_travel_time) == (0, 0)


def test_tolls_and_lengths_count_by_their_factors_but_not_as_time():
    # The toll of 4 at half weight makes the fast road (2) dearer than the slow (3.5).
    links = [(1, 2, 2, 0, 1, 1, 4, 1), (1, 2, 3.5, 0, 1, 1, 0, 1)]
    trips = trip_table({(1, 2): 10})
    without = solve_road(road_network(links), trips)
    assert without.flow.tolist() == [10, 0]
    tolled = solve_road(road_network(links, toll_factor=0.5, distance_factor=0.25), trips)
    assert tolled.flow.tolist() == [0, 10]
    assert tolled.cost.tolist() == [4.25, 3.75]
    assert tolled.total_travel_time == 35
    assert tolled.total_cost == 37.5
    assert tolled.objective == 37.5


def test_the_optimum_weighs_tolls_like_time():
    # Marginal costs 2 v + 1 (toll) and 5: v = 2 of 3.
    links = [(1, 2, 1e-9, 1e9, 1, 1, 1, 0), (1, 2, 5, 0, 1, 1)]
    network = road_network(links, toll_factor=1.0)
    result = solve_road(
        network, trip_table({(1, 2): 3}), objective=Objective.SYSTEM_OPTIMUM, gap=1e-13
    )
    assert result.flow == pytest.approx([2, 1], abs=1e-6)
    assert result.objective == pytest.approx(2 * 2 + 2 * 1 + 5)
    assert result.total_travel_time == pytest.approx(2 * 2 + 5)


def test_what_one_more_vehicle_costs_the_others_is_the_toll_that_makes_the_optimum():
    network = road_network(BRAESS, toll_factor=1.0)
    trips = trip_table({(1, 2): 6})
    best = solve_road(network, trips, objective=Objective.SYSTEM_OPTIMUM, gap=1e-13)
    tolled = solve_road(replace(network, toll=best.external_cost), trips, gap=1e-13)
    assert tolled.flow == pytest.approx(best.flow, abs=1e-6)


def test_a_power_of_zero_makes_the_time_constant_whatever_the_capacity():
    links = [(1, 2, 2, 0.5, 0, 0), (1, 2, 4, 0, 0, 4)]
    result = solve_road(road_network(links), trip_table({(1, 2): 9}))
    assert result.flow.tolist() == [9, 0]
    assert result.time.tolist() == [3, 4]
    assert not result.closed.any()


def test_a_link_without_the_capacity_its_time_depends_on_is_closed():
    links = [(1, 2, 1, 0.15, 0, 4), (1, 2, 8, 0.15, 10, 4)]
    result = solve_road(road_network(links), trip_table({(1, 2): 10}))
    assert result.flow.tolist() == [0, 10]
    assert result.closed.tolist() == [True, False]
    assert result.cost == pytest.approx([np.inf, 9.2])
    assert result.total_cost == pytest.approx(92)


def test_links_that_cost_nothing_make_no_circles():
    # Nodes 3, 4, 5 are joined both ways at no cost; the roads out share 5 each.
    free = [fixed(a, b, 0) for a in (3, 4, 5) for b in (3, 4, 5) if a != b]
    links = [fixed(1, 3, 0), *free, linear(4, 2, 0, 1), linear(5, 2, 0, 1)]
    result = solve_road(road_network(links), trip_table({(1, 2): 10}), gap=1e-12)
    assert result.flow[-2:] == pytest.approx([5, 5])
    inner = result.flow[1:-2]
    assert inner.sum() == pytest.approx(10, abs=5.0 + 1e-9)
    assert result.converged


def test_parallel_links_keep_their_own_flows():
    network = road_network([linear(1, 2, 1, 1), linear(1, 2, 1, 1), linear(1, 2, 1, 2)])
    result = solve_road(network, trip_table({(1, 2): 10}), gap=1e-13)
    assert result.flow == pytest.approx([4, 4, 2])


def test_a_run_that_may_not_iterate_further_says_it_did_not_converge():
    network = road_network([linear(1, 2, 10, 1), linear(1, 2, 20, 0.5)])
    result = solve_road(network, trip_table({(1, 2): 16}), gap=1e-12, max_iterations=1)
    assert not result.converged
    assert result.iterations == 1
    assert result.relative_gap > 1e-12
    assert result.flow.sum() == pytest.approx(16)


def test_progress_goes_from_0_to_100_and_may_cancel():
    seen = []
    network, trips = road_network(BRAESS), trip_table({(1, 2): 6})
    solve_road(network, trips, progress=lambda stage, done, total: seen.append((stage, done)))
    assert {stage for stage, _ in seen} == {"road"}
    assert seen == sorted(seen)
    assert (seen[0][1], seen[-1][1]) == (0, 100)

    def cancel(stage, done, total):
        raise Cancelled

    with pytest.raises(Cancelled):
        solve_road(network, trips, progress=cancel)


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"toll": np.array([-3.0, 0])}, "cost below 0 without traffic: -1"),
        ({"capacity": np.array([-1.0, 1])}, "capacity below 0: -1"),
        ({"power": np.array([1.0, np.nan])}, "power below 0: nan"),
        ({"b": np.array([1.0, -0.15])}, "b below 0: -0.15"),
        ({"power": np.array([400.0, 1.0])}, "cost with all trips on it: inf"),
    ],
    ids=["toll", "capacity", "power", "b", "overflow"],
)
def test_a_link_whose_cost_makes_no_sense_is_named(changed, found):
    links = [(1, 2, 2, 0.1, 1, 1), (2, 1, 1, 0.1, 1, 1)]
    network = replace(road_network(links, toll_factor=1.0), **changed)
    with pytest.raises(NetworkInputError) as caught:
        solve_road(network, trip_table({(1, 2): 10}))
    assert found in [problem.found for problem in caught.value.problems]
    names = [problem.field for problem in caught.value.problems]
    assert names[0] in ("link 1 to 2", "link 2 to 1")


def test_trips_of_zones_the_network_does_not_have_are_refused_by_name():
    network = road_network([fixed(1, 2, 2), fixed(2, 3, 1)])
    with pytest.raises(NetworkInputError) as caught:
        solve_road(network, trip_table({(1, 3): 10, (9, 2): 1}, n_zones=9))
    assert [problem.found for problem in caught.value.problems] == [
        "trips from or to zone 3",
        "trips from or to zone 9",
    ]
    for wrong in (-1.0, np.nan):
        with pytest.raises(NetworkInputError, match="1 to 2: "):
            solve_road(network, trip_table({(1, 2): wrong}))


@pytest.mark.parametrize("setting", ["gap", "max_iterations", "threads"])
def test_settings_that_are_not_positive_are_refused(setting):
    with pytest.raises(ValueError, match=f"{setting} must be positive"):
        solve_road(road_network([fixed(1, 2, 2)]), trip_table({(1, 2): 1}), **{setting: 0})


def test_loading_the_kernels_leaves_none_to_be_compiled_while_a_solution_is_timed():
    # In a process of its own: other tests have compiled them in this one.
    program = """
from importlib import import_module
from numba.core.dispatcher import Dispatcher
from solver.loading.road import load_kernels
load_kernels()
for part in ("bush", "cost", "pattern", "shift", "tree"):
    module = import_module(f"solver.loading.road._{part}_kernels")
    for name, value in vars(module).items():
        if isinstance(value, Dispatcher) and not value.signatures and name not in CALLED:
            print(name)
""".replace("CALLED", repr(CALLED_BY_OTHERS))
    outcome = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert outcome.stdout == ""


CALLED_BY_OTHERS = ("price", "push", "pop", "grow_tree", "spread_falls", "sort_by_label", "_move")
"""Kernels that only kernels call: they are compiled into those."""
