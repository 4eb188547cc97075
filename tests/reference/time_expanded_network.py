"""Earliest arrivals on a whole network by Dijkstra: rules, kept seats, any number of rides.

Beside :mod:`tests.reference.time_expanded`, which takes plain runs and knows no rules, this one
takes a network as it was built: its runs, what they go on as, its footpaths and its rules.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import networkx as nx

from network.timetable import UNREACHED_S
from tests.reference.transfers import change_s, list_runs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from network.network import Network
    from tests.reference.transfers import Run

_Node = tuple[Any, ...]

_START = ("start",)


class TimeExpanded:
    """The time-expanded graph of a network, asked for one origin after the other.

    A run's call has three nodes: ``sits`` when one is there on board, ``off`` when one has got
    off, ``on`` when one leaves on board. A vehicle that goes on as another run has nodes of its
    own there, ``stays``, since it cannot be there before the first run ends. One may get on at a
    run's last call, node ``last``, until the vehicle leaves as either run, and off after a hop
    of the next. An edge weighs the seconds that pass.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        listed: list[Run] = list_runs(network.timetable)  # type: ignore[no-untyped-call]
        self.runs = [replace(run, name=_base(run.name)) for run in listed]
        self.graph: nx.DiGraph[_Node] = nx.DiGraph()
        self.off: dict[_Node, tuple[int, int, int]] = {}  # stop, time and run that one got off
        for r, run in enumerate(self.runs):
            self._add_run(r, run)
        for node, (stop, time_s, r) in self.off.items():
            self._add_changes(node, stop, time_s, r)

    def earliest(self, start: int, departure_s: int) -> dict[int, int]:
        """Return the earliest arrival by vehicle at each stop reached from one, by stop_idx."""
        graph = self.graph.copy()
        graph.add_node(_START)
        for r, run in enumerate(self.runs):
            for stop, leaves, node in self._boardings(r, run):
                if stop == start and leaves >= departure_s:
                    graph.add_edge(_START, node, weight=leaves - departure_s)
        best: dict[int, int] = {}
        for node, seconds in nx.single_source_dijkstra_path_length(graph, _START).items():
            if node in self.off:
                stop, time_s, _ = self.off[node]
                assert time_s == departure_s + seconds
                best[stop] = min(time_s, best.get(stop, UNREACHED_S))
        return best

    def _add_run(self, r: int, run: Run) -> None:
        for i, (stop, arrives, leaves, _, may_alight) in enumerate(run.calls):
            if i > 0:
                earlier_s = run.calls[i - 1][2]
                self.graph.add_edge(("on", r, i - 1), ("sits", r, i), weight=arrives - earlier_s)
                self.graph.add_edge(("sits", r, i), ("on", r, i), weight=leaves - arrives)
                if may_alight:
                    self._add_off(("sits", r, i), ("off", r, i), stop, arrives, r)
        if run.following >= 0:
            self._add_stay(("sits", r, len(run.calls) - 1), run.calls[-1][1], run.following)
            wait = self.runs[run.following].calls[0][2] - self._leaves_last(run)
            self.graph.add_edge(("last", r), ("on", run.following, 0), weight=wait)

    def _leaves_last(self, run: Run) -> int:
        """Return when the vehicle of a run that goes on as another leaves its last call."""
        leaves: int = min(run.calls[-1][2], self.runs[run.following].calls[0][2])
        return leaves

    def _boardings(self, r: int, run: Run) -> Iterator[tuple[int, int, _Node]]:
        """Yield stop, departure and node of each call at which one may get on."""
        for i, (stop, _, leaves, may_board, _) in enumerate(run.calls):
            if may_board and i < len(run.calls) - 1:
                yield stop, leaves, ("on", r, i)
            elif may_board and run.following >= 0:
                yield stop, self._leaves_last(run), ("last", r)

    def _add_stay(self, seat: _Node, end_s: int, r: int) -> None:
        stop, arrives, leaves, _, may_alight = self.runs[r].calls[0]
        there_s = max(arrives, end_s)
        here = ("stays", *seat[1:], r)
        self.graph.add_edge(seat, here, weight=there_s - end_s)
        self.graph.add_edge(here, ("on", r, 0), weight=leaves - there_s)
        if may_alight:
            self._add_off(here, ("off", *here), stop, there_s, r)

    def _add_off(self, on_board: _Node, node: _Node, stop: int, time_s: int, r: int) -> None:
        self.graph.add_edge(on_board, node, weight=0)
        self.off[node] = (stop, time_s, r)

    def _add_changes(self, node: _Node, stop: int, time_s: int, r: int) -> None:
        for q, run in enumerate(self.runs):
            for there, leaves, there_node in self._boardings(q, run):
                if leaves >= time_s:
                    ends = self.runs[r], stop, run, there
                    seconds = change_s(self.network, *ends)  # type: ignore[no-untyped-call]
                    if seconds is not None and time_s + seconds <= leaves:
                        self.graph.add_edge(node, there_node, weight=leaves - time_s)


def _base(trip_id: str) -> str:
    """Return the trip_id of the feed: a run's has a departure or a date at its end."""
    return trip_id.split("/20")[0].split("@")[0]
