"""What a network is searched with, made when first asked for and kept for the next search."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from functools import cached_property
from threading import Lock, RLock, local
from typing import TYPE_CHECKING

import numpy as np

from network.routing.engines.boardings import Boardings, index_boardings
from network.routing.engines.bounds import RemainingBounds
from network.routing.engines.compiled import RoutingGraph, compile_routing, mirror_routing
from network.routing.engines.doors import DoorWorkspace
from network.routing.engines.profile import ProfileWorkspace
from network.routing.engines.sweep import SweepWorkspace
from network.routing.headways import compute_headways, reckon_waits, wait_for_runs
from network.routing.options import HeadwayWait

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.network import Network

_KEPT = 4
_KEPT_WAYS = 4


class OpenedRouting:
    """A network's graph, its mirror, and the workspaces of each thread, every one made once.

    The graphs are shared by all threads; a workspace that a method returns belongs to the
    thread that called, is the same at each call, and goes when the thread ends.

    ``min_transfer_s`` is the least time of every change, ``headway_wait`` what waiting for runs
    that go by headway is reckoned at: :meth:`changing` opens the network another way.
    """

    def __init__(
        self,
        network: Network,
        *,
        min_transfer_s: int = 0,
        headway_wait: HeadwayWait = HeadwayWait.TIMETABLE,
        base: OpenedRouting | None = None,
    ) -> None:
        """Note the network; all else is made when it is first asked for."""
        self.network = network
        self.min_transfer_s = min_transfer_s
        self.headway_wait = headway_wait
        self._base = base
        self._ways: OrderedDict[tuple[int, str], OpenedRouting] = OrderedDict()
        self._making = RLock()
        self._own = _Own()
        self._first_sweep: dict[bool, SweepWorkspace] = {}
        self._first_door: DoorWorkspace | None = None
        self._boardings: dict[bool, Boardings] = {}
        self._bounds: dict[bool, RemainingBounds] = {}

    def changing(self, min_transfer_s: int, headway_wait: HeadwayWait) -> OpenedRouting:
        """Return the network opened with another least change and another wait for runs.

        The last few ways to open it are kept.
        """
        base = self._base or self
        key = (min_transfer_s, str(headway_wait))
        if key == (base.min_transfer_s, str(base.headway_wait)):
            return base
        with base._making:
            found = base._ways.get(key)
            if found is None:
                found = OpenedRouting(
                    self.network,
                    min_transfer_s=min_transfer_s,
                    headway_wait=headway_wait,
                    base=base,
                )
                base._ways[key] = found
            base._ways.move_to_end(key)
            while len(base._ways) > _KEPT_WAYS:
                base._ways.popitem(last=False)
        return found

    @property
    def headway_s(self) -> NDArray[np.int32]:
        """Headway of each run of a frequency, seconds by trip_idx; 0 of other trips."""
        if self._base is not None:
            return self._base.headway_s
        with self._making:
            return self._headway_s

    @cached_property
    def wait_s(self) -> NDArray[np.int32] | None:
        """Wait that is reckoned for each run, seconds by trip_idx; None where none is."""
        return reckon_waits(self.network.timetable, self.headway_wait)

    @cached_property
    def span_s(self) -> tuple[int, int]:
        """First departure and last arrival of the timetable; (0, -1) where nothing runs."""
        timetable = self.network.timetable
        if timetable.n_stop_times == 0:
            return 0, -1
        return int(timetable.departure_s.min()), int(timetable.arrival_s.max())

    @property
    def graph(self) -> RoutingGraph:
        """The network laid out for search."""
        with self._making:
            return self._graph

    @property
    def mirror(self) -> RoutingGraph:
        """The same with time run backwards."""
        with self._making:
            return self._mirror

    def profile(self, max_rides: int) -> ProfileWorkspace:
        """Return the calling thread's workspace of searches by number of rides."""
        return self._find_profile(self.graph, max_rides)

    def mirror_profile(self, max_rides: int) -> ProfileWorkspace:
        """Return the calling thread's workspace of searches by rides back from a destination."""
        return self._find_profile(self.mirror, max_rides)

    def sweep(self) -> SweepWorkspace:
        """Return the calling thread's workspace of earliest arrivals."""
        return self._find_sweep(self.graph)

    def door(self) -> DoorWorkspace:
        """Return the calling thread's workspace of earliest arrivals at one end."""
        found = self._own.door
        if found is None:
            with self._making:
                if self._first_door is None:
                    self._first_door = DoorWorkspace(
                        self.graph,
                        bounds=self._find_bounds(self.graph),
                        boardings=self._find_boardings(self.graph),
                    )
            found = self._own.door = DoorWorkspace(self.graph, like=self._first_door)
        return found

    def mirror_sweep(self) -> SweepWorkspace:
        """Return the calling thread's workspace of latest departures."""
        return self._find_sweep(self.mirror)

    @cached_property
    def _graph(self) -> RoutingGraph:
        if self._base is None:
            return compile_routing(self.network)
        graph = self._base.graph
        transfers = graph.transfers
        if self.min_transfer_s > 0:
            # Each origin's stay in order of duration.
            seconds = np.maximum(transfers.seconds, np.int32(self.min_transfer_s))
            graph = replace(graph, transfers=replace(transfers, seconds=seconds))
        return graph if self.wait_s is None else wait_for_runs(graph, self.wait_s)

    @cached_property
    def _headway_s(self) -> NDArray[np.int32]:
        return compute_headways(self.network.timetable)

    @cached_property
    def _mirror(self) -> RoutingGraph:
        return mirror_routing(self.graph)

    def _find_bounds(self, graph: RoutingGraph) -> RemainingBounds:
        with self._making:
            found = self._bounds.get(graph.mirrored)
            if found is None:
                found = self._bounds[graph.mirrored] = RemainingBounds(graph)
        return found

    def _find_boardings(self, graph: RoutingGraph) -> Boardings:
        with self._making:
            found = self._boardings.get(graph.mirrored)
            if found is None:
                found = self._boardings[graph.mirrored] = index_boardings(graph)
        return found

    def _find_profile(self, graph: RoutingGraph, max_rides: int) -> ProfileWorkspace:
        key = (graph.mirrored, max_rides)
        found = self._own.profiles.get(key)
        if found is None:
            found = ProfileWorkspace(
                self.network,
                max_rides,
                graph=graph,
                bounds=self._find_bounds(graph),
                boardings=self._find_boardings(graph),
            )
            self._own.profiles[key] = found
        return found

    def _find_sweep(self, graph: RoutingGraph) -> SweepWorkspace:
        found = self._own.sweeps.get(graph.mirrored)
        if found is None:
            with self._making:
                # What the first holds of the graph all others share.
                first = self._first_sweep.get(graph.mirrored)
                found = SweepWorkspace(graph, like=first)
                self._first_sweep.setdefault(graph.mirrored, found)
            self._own.sweeps[graph.mirrored] = found
        return found


class _Own(local):
    """The workspaces of one thread."""

    def __init__(self) -> None:
        self.profiles: dict[tuple[bool, int], ProfileWorkspace] = {}
        self.sweeps: dict[bool, SweepWorkspace] = {}
        self.door: DoorWorkspace | None = None


def open_routing(network: Network) -> OpenedRouting:
    """Find what a network is searched with among the last few networks, or begin it.

    Networks are told apart by being the same object: they never change. What is kept holds
    its network, so weak references to networks would never let go of any; the longest unused
    of more than four goes instead.
    """
    with _lock:
        found = _recent.get(id(network))
        if found is None:
            found = _recent[id(network)] = OpenedRouting(network)
        _recent.move_to_end(id(network))
        while len(_recent) > _KEPT:
            _recent.popitem(last=False)
    return found


_recent: OrderedDict[int, OpenedRouting] = OrderedDict()
_lock = Lock()
