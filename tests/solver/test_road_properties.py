"""Road assignment on random networks: against all paths, and what holds for any answer."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from solver.loading.road import Objective, bushes, equilibrium, solve_road
from tests.builders.roads import road_cases, steep_roads
from tests.reference.road import least_costs, link_cost, relative_gap, solve_by_paths

GAP = 1e-11


def served(network, result, trips):
    """Return the trips that are on the network: no table entry that was left out."""
    lost = set(zip(result.unreachable.origin, result.unreachable.destination, strict=True))
    keep = [
        o != d and (o, d) not in lost for o, d in zip(trips.origin, trips.destination, strict=True)
    ]
    return replace(
        trips,
        origin=trips.origin[keep],
        destination=trips.destination[keep],
        trips=trips.trips[keep],
    )


@given(road_cases(), st.booleans())
def test_the_objective_is_that_of_a_convex_programme_over_all_simple_paths(case, optimum):
    network, trips = case
    kind = Objective.SYSTEM_OPTIMUM if optimum else Objective.USER_EQUILIBRIUM
    result = solve_road(network, trips, objective=kind, gap=GAP)
    assume(result.assigned_trips > 0 and result.total_cost > 0)
    known, _ = solve_by_paths(network, trips, optimum=optimum)
    assert result.converged
    # The other method stops short of the least value, never below it.
    assert result.objective <= known * (1 + 1e-9) + 1e-9
    assert result.objective >= known * (1 - 1e-6) - 1e-6


@given(road_cases())
def test_the_gap_is_the_one_of_its_definition(case):
    network, trips = case
    result = solve_road(network, trips, gap=GAP)
    own = served(network, result, trips)
    assume(result.total_cost > 1e-6)
    cost = np.array([link_cost(network, a, v) for a, v in enumerate(result.flow)])
    assert result.cost == pytest.approx(cost)
    assert relative_gap(network, own, result.flow) == pytest.approx(result.relative_gap, abs=1e-12)


@given(road_cases())
def test_vehicles_leave_every_node_as_they_enter_it(case):
    network, trips = case
    result = solve_road(network, trips, gap=1e-4)
    own = served(network, result, trips)
    balance = np.zeros(network.n_nodes)
    np.add.at(balance, network.head, result.flow)
    np.add.at(balance, network.tail, -result.flow)
    np.add.at(balance, own.origin, own.trips)
    np.add.at(balance, own.destination, -own.trips)
    assert np.abs(balance).max() <= 1e-12 * max(1.0, trips.total)
    assert result.flow.min() >= 0


@given(road_cases())
def test_trips_are_left_out_exactly_where_no_path_leads(case):
    network, trips = case
    result = solve_road(network, trips)
    lost = set(zip(result.unreachable.origin, result.unreachable.destination, strict=True))
    for o, d, n in zip(trips.origin, trips.destination, trips.trips, strict=True):
        if o != d and n > 0:
            reach = least_costs(network, np.ones(network.n_links), o)[d]
            assert ((o, d) in lost) == (reach == np.inf)
    within = trips.trips[trips.origin == trips.destination].sum()
    assert result.intrazonal_trips == within
    total = result.assigned_trips + result.intrazonal_trips + result.unreachable.total
    assert total == pytest.approx(trips.total)


@given(road_cases(), st.randoms(use_true_random=False))
def test_the_order_of_the_trips_changes_nothing(case, rng):
    network, trips = case
    order = list(range(len(trips.trips)))
    rng.shuffle(order)
    shuffled = replace(
        trips,
        origin=trips.origin[order],
        destination=trips.destination[order],
        trips=trips.trips[order],
    )
    first, second = (solve_road(network, table, gap=1e-8) for table in (trips, shuffled))
    assert np.array_equal(first.flow, second.flow)


@given(road_cases(), st.sampled_from([0.25, 4.0, 1024.0]))
def test_vehicles_and_minutes_counted_in_other_units_give_the_same_answer(case, unit):
    network, trips = case
    first = solve_road(network, trips, gap=1e-8)
    by_volume = replace(network, capacity=network.capacity * unit)
    second = solve_road(by_volume, replace(trips, trips=trips.trips * unit), gap=1e-8)
    assert second.flow == pytest.approx(first.flow * unit)
    by_time = replace(
        network,
        free_flow_time=network.free_flow_time * unit,
        toll_factor=network.toll_factor * unit,
        distance_factor=network.distance_factor * unit,
    )
    third = solve_road(by_time, trips, gap=1e-8)
    assert third.flow == pytest.approx(first.flow)
    assert third.objective == pytest.approx(first.objective * unit)


@given(road_cases())
def test_the_optimum_never_costs_more_than_the_equilibrium(case):
    network, trips = case
    selfish = solve_road(network, trips, gap=1e-9)
    best = solve_road(network, trips, objective=Objective.SYSTEM_OPTIMUM, gap=1e-9)
    assert best.total_cost <= selfish.total_cost * (1 + 1e-8)
    assert selfish.objective <= selfish.total_cost * (1 + 1e-12)


@given(road_cases())
def test_blocks_and_threads_only_share_the_work(case):
    network, trips = case
    whole = solve_road(network, trips, gap=1e-9)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bushes, "SMALL", 0)
        patch.setattr(bushes, "BLOCK_ENTRIES", 1)
        alone = solve_road(network, trips, gap=1e-9)
        shared = solve_road(network, trips, gap=1e-9, threads=3)
    assert np.array_equal(alone.flow, shared.flow)
    assert alone.history == shared.history
    assert whole.objective == pytest.approx(alone.objective)


@given(road_cases(), st.sampled_from([1, 2, 100]))
def test_going_on_in_the_direction_of_the_last_shifts_changes_only_how_soon(case, rounds):
    network, trips = case
    usual = solve_road(network, trips, gap=GAP)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(equilibrium, "PATTERN", rounds)
        other = solve_road(network, trips, gap=GAP)
    assert other.converged
    assert other.objective == pytest.approx(usual.objective, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("seed", range(12))
def test_steep_links_that_tie_many_pairs_together_are_levelled_too(seed):
    network, trips = steep_roads(seed)
    result = solve_road(network, trips, gap=1e-8)
    own = served(network, result, trips)
    assert result.converged
    assert relative_gap(network, own, result.flow) <= 1e-8 + 1e-12
