"""Road assignment to a relative gap, beside bi-conjugate Frank-Wolfe in the same run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from benchmarks.cases.inputs import find_real_data
from benchmarks.phases import Phase
from benchmarks.registry import case

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from network.roads import RoadNetwork, TripTable


class Solver(Protocol):
    """A way to assign trips that is not ours."""

    def solve(self, gap: float) -> NDArray[np.float64]:
        """Return link flows at a relative gap, in the network's order."""


class AnswersDiffer(Exception):  # noqa: N818 - says what happened
    """Two methods do not agree on the objective."""


def read_roads(name: str) -> tuple[RoadNetwork, TripTable]:
    """Read a public test network; raises Unavailable where it is not at hand."""
    from network.readers.tntp import read_tntp_network, read_tntp_trips

    paths = [
        find_real_data("transportation-networks", name, f"{name}_{kind}.tntp")
        for kind in ("net", "trips")
    ]
    return read_tntp_network(paths[0]), read_tntp_trips(paths[1])


def _solve(name: str, gap: float) -> Callable[[], object]:
    from solver.loading.road import load_kernels, solve_road

    network, trips = read_roads(name)
    load_kernels()
    return lambda: solve_road(network, trips, gap=gap)


def _solve_by_frank_wolfe(name: str, gap: float) -> Callable[[], object]:
    """Prepare the same method in numpy, made here."""
    from benchmarks.peers.frank_wolfe import FrankWolfe

    return _solve_otherwise(name, gap, FrankWolfe)


def _solve_by_aequilibrae(name: str, gap: float) -> Callable[[], object]:
    """Prepare the package's own run."""
    from benchmarks.peers.with_aequilibrae import Aequilibrae

    return _solve_otherwise(name, gap, Aequilibrae)


def _solve_otherwise(
    name: str, gap: float, method: Callable[[RoadNetwork, TripTable], Solver]
) -> Callable[[], object]:
    """Prepare another method; its objective must be ours, within the two gaps."""
    from solver.loading.road import solve_road
    from solver.loading.road.cost import read_costs

    network, trips = read_roads(name)
    ours = solve_road(network, trips, gap=gap)
    other, costs = method(network, trips), read_costs(network, trips.total)

    def solve() -> object:
        flow = other.solve(gap)
        objective = costs.beckmann(flow)
        if abs(objective - ours.objective) > 2 * gap * ours.total_cost:
            msg = f"{name}: {ours.objective:.6g} here, {objective:.6g} by Frank-Wolfe"
            raise AnswersDiffer(msg)
        return flow

    return solve


@case("sioux-falls-1e-4", Phase.ROAD_EQUILIBRIUM, repeats=5)
def solve_sioux_falls_roughly() -> Callable[[], object]:
    """Assign Sioux Falls (76 links, 528 pairs) to a relative gap of 1e-4."""
    return _solve("SiouxFalls", 1e-4)


@case("sioux-falls-1e-6", Phase.ROAD_EQUILIBRIUM, repeats=5)
def solve_sioux_falls() -> Callable[[], object]:
    """Assign Sioux Falls to a relative gap of 1e-6."""
    return _solve("SiouxFalls", 1e-6)


@case("anaheim-1e-4", Phase.ROAD_EQUILIBRIUM, repeats=5)
def solve_anaheim_roughly() -> Callable[[], object]:
    """Assign Anaheim (914 links, 1,406 pairs) to a relative gap of 1e-4."""
    return _solve("Anaheim", 1e-4)


@case("anaheim-1e-6", Phase.ROAD_EQUILIBRIUM, repeats=5)
def solve_anaheim() -> Callable[[], object]:
    """Assign Anaheim to a relative gap of 1e-6."""
    return _solve("Anaheim", 1e-6)


@case("sioux-falls-1e-4-frank-wolfe", Phase.ROAD_EQUILIBRIUM, repeats=1)
def solve_sioux_falls_roughly_otherwise() -> Callable[[], object]:
    """Assign Sioux Falls to 1e-4 by bi-conjugate Frank-Wolfe."""
    return _solve_by_frank_wolfe("SiouxFalls", 1e-4)


@case("sioux-falls-1e-6-frank-wolfe", Phase.ROAD_EQUILIBRIUM, repeats=1)
def solve_sioux_falls_otherwise() -> Callable[[], object]:
    """Assign Sioux Falls to 1e-6 by bi-conjugate Frank-Wolfe."""
    return _solve_by_frank_wolfe("SiouxFalls", 1e-6)


@case("anaheim-1e-4-frank-wolfe", Phase.ROAD_EQUILIBRIUM, repeats=1)
def solve_anaheim_roughly_otherwise() -> Callable[[], object]:
    """Assign Anaheim to 1e-4 by bi-conjugate Frank-Wolfe."""
    return _solve_by_frank_wolfe("Anaheim", 1e-4)


@case("anaheim-1e-6-frank-wolfe", Phase.ROAD_EQUILIBRIUM, repeats=1)
def solve_anaheim_otherwise() -> Callable[[], object]:
    """Assign Anaheim to 1e-6 by bi-conjugate Frank-Wolfe."""
    return _solve_by_frank_wolfe("Anaheim", 1e-6)


@case("sioux-falls-1e-6-aequilibrae", Phase.ROAD_EQUILIBRIUM, repeats=1)
def solve_sioux_falls_by_package() -> Callable[[], object]:
    """Assign Sioux Falls to 1e-6 by AequilibraE's bi-conjugate Frank-Wolfe, one core."""
    return _solve_by_aequilibrae("SiouxFalls", 1e-6)


@case("anaheim-1e-6-aequilibrae", Phase.ROAD_EQUILIBRIUM, repeats=1)
def solve_anaheim_by_package() -> Callable[[], object]:
    """Assign Anaheim to 1e-6 by AequilibraE's bi-conjugate Frank-Wolfe, one core."""
    return _solve_by_aequilibrae("Anaheim", 1e-6)


@case("sioux-falls-1e-4-aequilibrae", Phase.ROAD_EQUILIBRIUM, repeats=1)
def solve_sioux_falls_roughly_by_package() -> Callable[[], object]:
    """Assign Sioux Falls to 1e-4 by AequilibraE's bi-conjugate Frank-Wolfe, one core."""
    return _solve_by_aequilibrae("SiouxFalls", 1e-4)


@case("anaheim-1e-4-aequilibrae", Phase.ROAD_EQUILIBRIUM, repeats=1)
def solve_anaheim_roughly_by_package() -> Callable[[], object]:
    """Assign Anaheim to 1e-4 by AequilibraE's bi-conjugate Frank-Wolfe, one core."""
    return _solve_by_aequilibrae("Anaheim", 1e-4)
