"""Earliest arrivals alone: connection scan and sweep, one origin to all stops and to one."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.cases.inputs import find_real_data
from benchmarks.phases import Phase
from benchmarks.registry import case

if TYPE_CHECKING:
    from collections.abc import Callable

    from network.routing.engines.compiled import RoutingGraph

EIGHT_S = 8 * 3600
N_ORIGINS = 100
NO_WALK = np.zeros(1, dtype=np.int32)


def _porto() -> RoutingGraph:
    return _graph("porto", "gtfs_stcp.zip", dt.date(2024, 5, 15))


def _mexico_city() -> RoutingGraph:
    return _graph("mexico-city", "gtfs_cdmx.zip", dt.date(2022, 6, 15))


def _graph(folder: str, feed: str, date: dt.date) -> RoutingGraph:
    from network.readers import read_network
    from network.routing.engines.compiled import compile_routing

    return compile_routing(read_network(find_real_data(folder, feed), date))


def _pairs(graph: RoutingGraph) -> list[tuple[np.ndarray, np.ndarray]]:
    n_stops = graph.network.timetable.n_stops
    stops = np.random.default_rng(1).integers(0, n_stops, (N_ORIGINS, 2, 1)).astype(np.int32)
    return [(start, end) for start, end in stops]


def _sweep_all(graph: RoutingGraph) -> Callable[[], object]:
    from network.routing.engines.sweep import SweepWorkspace, sweep_one_to_all

    work, pairs = SweepWorkspace(graph), _pairs(graph)
    return lambda: [sweep_one_to_all(work, start, NO_WALK, EIGHT_S) for start, _ in pairs]


def _scan_all(graph: RoutingGraph) -> Callable[[], object]:
    from network.routing.engines.scan import ScanWorkspace, scan_one_to_all

    work, pairs = ScanWorkspace(graph), _pairs(graph)
    return lambda: [scan_one_to_all(work, start, NO_WALK, EIGHT_S) for start, _ in pairs]


def _scan_pairs(graph: RoutingGraph) -> Callable[[], object]:
    from network.routing.engines.scan import ScanWorkspace, scan_earliest

    work, pairs = ScanWorkspace(graph), _pairs(graph)
    return lambda: [scan_earliest(work, a, NO_WALK, b, NO_WALK, EIGHT_S) for a, b in pairs]


@case("porto-all-stops-sweep", Phase.NETWORK_ITINERARY, repeats=11)
def sweep_porto() -> Callable[[], object]:
    """Find times at all 2,504 stops of Porto's STCP from 100 origins, by sweep."""
    return _sweep_all(_porto())


@case("porto-all-stops-scan", Phase.NETWORK_ITINERARY, repeats=11)
def scan_porto() -> Callable[[], object]:
    """Find times at all 2,504 stops of Porto's STCP from 100 origins, by connection scan."""
    return _scan_all(_porto())


@case("porto-pairs-scan", Phase.NETWORK_ITINERARY, repeats=11)
def scan_porto_pairs() -> Callable[[], object]:
    """Find the earliest arrivals of 100 pairs of Porto's stops by connection scan."""
    return _scan_pairs(_porto())


@case("mexico-city-all-stops-sweep", Phase.NETWORK_ITINERARY, repeats=5)
def sweep_mexico_city() -> Callable[[], object]:
    """Find times at all 9,718 stops of Mexico City from 100 origins, by sweep."""
    return _sweep_all(_mexico_city())


@case("mexico-city-all-stops-scan", Phase.NETWORK_ITINERARY, repeats=5)
def scan_mexico_city() -> Callable[[], object]:
    """Find times at all 9,718 stops of Mexico City from 100 origins, by connection scan."""
    return _scan_all(_mexico_city())


@case("mexico-city-pairs-scan", Phase.NETWORK_ITINERARY, repeats=5)
def scan_mexico_city_pairs() -> Callable[[], object]:
    """Find the earliest arrivals of 100 pairs of Mexico City's stops by connection scan."""
    return _scan_pairs(_mexico_city())
