"""What every search does with its ends: arrays that don't fit are refused, nodes become stops."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from network.base import Problem
from network.base.errors import NetworkInputError
from network.timetable import UNREACHED_S

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.network import Network
    from network.routing.engines.compiled import RoutingGraph


def refuse_stops(
    network: Network,
    search: str,
    name: str,
    stop: NDArray[np.int32],
    seconds: NDArray[np.int32],
) -> None:
    """Refuse stops and durations that do not fit each other or the network.

    Raises
    ------
    NetworkInputError
        Naming the search, the array and what is wrong with it.
    """
    if len(stop) != len(seconds):
        raise refused(search, f"{name}_s", f"{len(seconds)} durations for {len(stop)} stops")
    if len(stop) == 0:
        return
    if int(stop.min()) < 0 or int(stop.max()) >= network.timetable.n_stops:
        raise refused(search, f"{name}_stop", "a stop_idx that the network does not have")
    if int(seconds.min()) < 0 or int(seconds.max()) >= UNREACHED_S:
        raise refused(search, f"{name}_s", "a negative or endless duration")


def refused(search: str, field: str, found: str) -> NetworkInputError:
    """Return the error that says which argument of a search does not fit."""
    return NetworkInputError(
        Problem(
            file=search,
            field=field,
            found=found,
            expected="arrays that fit the network and each other",
            mend="Build access and targets from the network that is searched.",
        )
    )


def fold_by_stop(
    graph: RoutingGraph, ready_s: NDArray[np.int32], vehicle_s: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Return the earliest time at each stop, int32, shape (n_stops,), over all its nodes."""
    n_stops = graph.network.timetable.n_stops
    arrival_s = np.minimum(ready_s[:n_stops], vehicle_s[:n_stops])
    np.minimum.at(arrival_s, graph.board_stop[n_stops:], ready_s[n_stops:])
    np.minimum.at(arrival_s, graph.alight_stop[n_stops:], vehicle_s[n_stops:])
    return arrival_s
