"""Road assignment: answers found by hand, published ones, and another method's."""

from dataclasses import replace

import numpy as np
import pytest

from network.readers.tntp import read_tntp_flows, read_tntp_network, read_tntp_trips
from network.roads import match_flows
from solver.loading.road import Objective, solve_road
from tests.builders.realdata import real_data
from tests.builders.roads import BRAESS, linear, road_network, trip_table
from tests.reference.road import relative_gap

OPTIMUM = Objective.SYSTEM_OPTIMUM


def public(name):
    folder = real_data("transportation-networks", name)
    stem = name.removesuffix("-Example")
    return (
        read_tntp_network(folder / f"{stem}_net.tntp"),
        read_tntp_trips(folder / f"{stem}_trips.tntp"),
    )


def published_flows(name, network):
    path = real_data("transportation-networks", name) / f"{name}_flow.tntp"
    return match_flows(network, read_tntp_flows(path))


def test_two_linear_roads_share_so_that_both_cost_the_same():
    # 10 + v = 20 + 0.5 (16 - v) gives v = 12, cost 22 on both.
    network = road_network([linear(1, 2, 10, 1), linear(1, 2, 20, 0.5)])
    result = solve_road(network, trip_table({(1, 2): 16}), gap=1e-13)
    assert result.flow == pytest.approx([12, 4], abs=1e-9)
    assert result.cost == pytest.approx([22, 22], abs=1e-9)
    assert result.total_travel_time == pytest.approx(16 * 22)
    # Beckmann: 10 * 12 + 12^2 / 2 + 20 * 4 + 4^2 / 4.
    assert result.objective == pytest.approx(276)
    assert result.converged


def test_two_linear_roads_at_the_optimum_have_the_same_marginal_cost():
    # 10 + 2 v = 20 + (16 - v) gives v = 26 / 3; the others pay v and (16 - v) / 2 a vehicle.
    network = road_network([linear(1, 2, 10, 1), linear(1, 2, 20, 0.5)])
    result = solve_road(network, trip_table({(1, 2): 16}), objective=OPTIMUM, gap=1e-13)
    v, w = 26 / 3, 16 - 26 / 3
    assert result.flow == pytest.approx([v, w])
    assert result.objective == pytest.approx(v * (10 + v) + w * (20 + w / 2))
    assert result.external_cost == pytest.approx([v, w / 2])


def test_braess_pays_92_each_with_the_link_that_harms_and_83_without():
    # With it 2 vehicles a path: 10 * 4 + 50 + 2 = 92. Without, 3 a path: 10 * 3 + 50 + 3 = 83.
    trips = trip_table({(1, 2): 6})
    result = solve_road(road_network(BRAESS), trips, gap=1e-12)
    assert result.flow == pytest.approx([4, 2, 2, 4, 2], abs=1e-6)
    assert result.total_travel_time == pytest.approx(6 * 92, abs=1e-5)
    without = solve_road(road_network(BRAESS[:4]), trips, gap=1e-12)
    assert without.flow == pytest.approx([3, 3, 3, 3], abs=1e-6)
    assert without.total_travel_time == pytest.approx(6 * 83, abs=1e-5)


def test_braess_at_the_optimum_leaves_the_link_that_harms_empty():
    # x on each outer path: the total 26 x^2 - 184 x + 816 falls up to x = 92 / 26 > 3.
    result = solve_road(road_network(BRAESS), trip_table({(1, 2): 6}), objective=OPTIMUM, gap=1e-12)
    assert result.flow == pytest.approx([3, 3, 3, 3, 0], abs=1e-6)
    assert result.objective == pytest.approx(498, abs=1e-5)


def test_braess_file_has_the_answer_found_by_hand():
    network, trips = public("Braess-Example")
    result = solve_road(network, trips, gap=1e-12)
    assert result.total_travel_time == pytest.approx(552, abs=1e-5)


@pytest.mark.parametrize(
    ("power", "share", "total"),
    [(1, 0.5, 0.75), (2, 0.5773503, 0.6150998), (4, 0.6687403, 0.4650078)],
)
def test_pigou_takes_the_free_road_for_itself_and_leaves_part_of_it_for_all(power, share, total):
    # Costs x^d and 1: all on the first, 1 each; optimum where (d + 1) x^d = 1.
    network = road_network([(1, 2, 1e-9, 1e9, 1, power), (1, 2, 1, 0, 1, 1)])
    trips = trip_table({(1, 2): 1})
    selfish = solve_road(network, trips, gap=1e-12)
    assert selfish.flow == pytest.approx([1, 0], abs=1e-6)
    assert selfish.total_travel_time == pytest.approx(1, abs=1e-6)
    best = solve_road(network, trips, objective=OPTIMUM, gap=1e-13)
    assert best.flow[0] == pytest.approx(share, abs=1e-6)
    assert best.objective == pytest.approx(total, abs=1e-6)


def test_a_road_whose_delay_rises_steeply_from_nothing_is_shared_exactly():
    # 1 + sqrt(v) = 2 at v = 1; the slope at 0 is infinite, so Newton's method alone would stay.
    network = road_network([(1, 2, 1, 1, 1, 0.5), (1, 2, 2, 0, 1, 1)])
    result = solve_road(network, trip_table({(1, 2): 4}), gap=1e-13)
    assert result.flow == pytest.approx([1, 3], abs=1e-6)


def test_powers_that_are_no_whole_numbers_and_large_ones_are_exact():
    # 1 + (v / 2)^2.5 = 1 + 32 (w / 2)^p with w = 10 - v, at v = 8: 4^2.5 = 32 = 32 (2 / 2)^p.
    for power in (3.7, 17):
        network = road_network([(1, 2, 1, 1, 2, 2.5), (1, 2, 1, 32, 2, power)])
        result = solve_road(network, trip_table({(1, 2): 10}), gap=1e-13)
        assert result.flow == pytest.approx([8, 2], abs=1e-9)
        assert result.cost == pytest.approx([33, 33])


def test_sioux_falls_has_its_published_equilibrium():
    network, trips = public("SiouxFalls")
    result = solve_road(network, trips, gap=1e-9)
    published = published_flows("SiouxFalls", network)
    assert result.objective == pytest.approx(4_231_335.28710744, abs=1e-3)
    assert result.total_travel_time == pytest.approx(7_480_225.3, abs=0.1)
    assert np.abs(result.flow - published.volume).max() < 0.01
    assert relative_gap(network, trips, result.flow) <= 1e-9 + 1e-13


@pytest.mark.parametrize(
    ("factor", "kind", "total"),
    [
        (0.5, Objective.USER_EQUILIBRIUM, 1_870_591),
        (0.75, Objective.USER_EQUILIBRIUM, 3_654_464),
        (0.5, OPTIMUM, 1_815_465),
        (1.0, OPTIMUM, 7_194_256),
    ],
)
def test_sioux_falls_has_its_known_total_travel_time_at_other_demands_and_at_the_optimum(
    factor, kind, total
):
    # Totals that a Frank-Wolfe method and a convex programme agreed on.
    network, trips = public("SiouxFalls")
    scaled = replace(trips, trips=factor * trips.trips)
    result = solve_road(network, scaled, objective=kind, gap=1e-8)
    assert result.total_travel_time == pytest.approx(total, abs=1)


@pytest.mark.parametrize("name", ["SiouxFalls", "Anaheim"])
def test_public_networks_are_solved_to_the_last_digits_of_the_gap(name):
    network, trips = public(name)
    result = solve_road(network, trips, gap=1e-13)
    assert result.converged
    assert result.relative_gap <= 1e-13
    assert result.history[0] > 1e-3


def test_anaheim_has_its_published_flows():
    network, trips = public("Anaheim")
    published = published_flows("Anaheim", network)
    result = solve_road(network, trips, gap=1e-10)
    assert result.total_travel_time == pytest.approx(published.volume @ published.cost, rel=1e-6)
    assert np.abs(result.flow - published.volume).max() < 1.0
