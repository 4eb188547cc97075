"""Earliest arrivals by Dijkstra on the time-expanded graph: another algorithm altogether."""

import networkx as nx

from network.timetable import UNREACHED_S
from tests.reference.raptor import Run


def earliest_arrivals_by_dijkstra(
    runs: list[Run],
    walks: dict[tuple[str, str], int],
    access: dict[str, int],
    egress: dict[str, int],
    departure_s: int,
    max_rides: int,
) -> list[int]:
    """Arrival with at most 0, 1, ... ``max_rides`` rides; UNREACHED_S where there is none.

    A node is one call of one run as the k-th ride, ``on`` before it leaves or ``off`` when
    it has come; an edge weighs the seconds that pass.
    """
    graph = nx.DiGraph()
    graph.add_node("origin")
    for k in range(1, max_rides + 1):
        for r, run in enumerate(runs):
            _add_run(graph, r, run, k)
            for i, (stop, _, departure, may_board, _) in enumerate(run):
                if not may_board:
                    continue
                if k == 1:
                    if stop in access and departure >= departure_s + access[stop]:
                        graph.add_edge("origin", ("on", r, i, k), weight=departure - departure_s)
                    continue
                for q, earlier in enumerate(runs):
                    for j, (from_stop, arrival, _, _, may_alight) in enumerate(earlier):
                        walk = 0 if from_stop == stop else UNREACHED_S
                        walk = min(walk, walks.get((from_stop, stop), UNREACHED_S))
                        if may_alight and arrival + walk <= departure:
                            wait = departure - arrival
                            graph.add_edge(("off", q, j, k - 1), ("on", r, i, k), weight=wait)
        for r, run in enumerate(runs):
            for j, (stop, _, _, _, may_alight) in enumerate(run):
                if may_alight and stop in egress:
                    graph.add_edge(("off", r, j, k), ("there", k), weight=egress[stop])
    elapsed = nx.single_source_dijkstra_path_length(graph, "origin")
    results = [UNREACHED_S]
    for k in range(1, max_rides + 1):
        there = elapsed.get(("there", k))
        results.append(min(results[-1], UNREACHED_S if there is None else departure_s + there))
    return results


def _add_run(graph: nx.DiGraph, r: int, run: Run, k: int) -> None:
    for i in range(len(run) - 1):
        ride = run[i + 1][1] - run[i][2]
        graph.add_edge(("on", r, i, k), ("off", r, i + 1, k), weight=ride)
        if i > 0:
            graph.add_edge(("off", r, i, k), ("on", r, i, k), weight=run[i][2] - run[i][1])
