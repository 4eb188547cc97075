"""The method the road benchmark compares with finds the same equilibria."""

import numpy as np
import pytest

from benchmarks.cases import road
from benchmarks.peers.frank_wolfe import FrankWolfe
from benchmarks.registry import Unavailable
from solver.loading.road import solve_road
from tests.builders.realdata import real_data
from tests.builders.roads import BRAESS, road_network, trip_table


def test_frank_wolfe_finds_braess_equilibrium() -> None:
    flow = FrankWolfe(road_network(BRAESS), trip_table({(1, 2): 6})).solve(1e-7)
    assert flow == pytest.approx([4, 2, 2, 4, 2], abs=1e-3)


def test_frank_wolfe_passes_through_no_zone_before_the_first_thru_node() -> None:
    links = [(1, 3, 1, 0, 1, 1), (3, 2, 1, 0, 1, 1), (1, 4, 5, 0, 1, 1), (4, 2, 5, 0, 1, 1)]
    network = road_network(links, n_zones=3, first_thru=4)
    trips = trip_table({(1, 2): 7, (1, 3): 2, (3, 2): 3}, n_zones=3)
    assert FrankWolfe(network, trips).solve(1e-6).tolist() == [2, 3, 7, 7]


def test_both_methods_agree_on_sioux_falls() -> None:
    real_data("transportation-networks", "SiouxFalls")
    network, trips = road.read_roads("SiouxFalls")
    ours = solve_road(network, trips, gap=1e-6)
    other = FrankWolfe(network, trips).solve(1e-5)
    assert np.abs(ours.flow - other).max() < 0.003 * ours.flow.max()


def test_a_case_fails_where_the_methods_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    network = road_network(BRAESS)
    monkeypatch.setattr(road, "read_roads", lambda _: (network, trip_table({(1, 2): 6})))
    road._solve_by_frank_wolfe("x", 1e-4)()
    call = road._solve_by_frank_wolfe("x", 1e-4)
    monkeypatch.setattr(FrankWolfe, "solve", lambda *_: np.array([6.0, 0, 0, 6, 6]))
    with pytest.raises(road.AnswersDiffer, match="by Frank-Wolfe"):
        call()


def test_a_case_without_its_network_is_unavailable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("CRENEAU_DATA", str(tmp_path))
    with pytest.raises(Unavailable, match="SiouxFalls_net.tntp"):
        road.solve_sioux_falls()
