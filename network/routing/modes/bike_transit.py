"""Bicycle and transit: parked at the stop, or carried on trips that take bicycles."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from network.base.kept import Kept
from network.routing.engines.seats import SeatGroups, group_seats
from network.routing.opened import OpenedRouting, open_routing
from network.routing.street_legs import StreetLeg, leg_of_drive
from network.timetable import POSSIBLE, UNKNOWN

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.network import Network
    from network.routing.drives import Drive
    from network.routing.engines.compiled import RoutingGraph
    from network.routing.itineraries import Call, Place
    from network.routing.modes.mode_stops import ModeStops, StreetPlace
    from network.timetable import Timetable

_KEPT = 4


class BikeEnd:
    """Stops by bicycle from a place, or with ``reverse`` the place from stops.

    ``parking_s`` are the seconds to lock it up, part of ``seconds``; none at first.
    """

    def __init__(
        self, stops: ModeStops, place: Place, at: StreetPlace, *, limit_s: int, reverse: bool
    ) -> None:
        """Search the streets once; ``limit_s`` holds for the ride without parking."""
        self._stops, self._place, self._at = stops, place, at
        self._reverse = reverse
        self._drawn: dict[int, Drive] = {}
        self.parking_s = 0
        self.stop, self.seconds = stops.compute_seconds(at, limit_s, reverse=reverse)

    def parking(self, parking_s: int) -> BikeEnd:
        """Return the same rides, each with ``parking_s`` at the stop."""
        parked = copy(self)
        parked.parking_s = parking_s
        parked.seconds = self.seconds + np.int32(parking_s - self.parking_s)
        return parked

    def legs(self, call: Call, time_s: int, seconds: int) -> tuple[StreetLeg, ...]:
        """Return the ride of ``seconds`` that ends (``reverse``: starts) at ``call``."""
        spot = (call.lat, call.lon)
        drive = self._drawn.get(call.stop_idx)
        if drive is None:
            drive = self._stops.draw(self._at, call.stop_idx, spot, reverse=self._reverse)
            self._drawn[call.stop_idx] = drive
        if self._reverse:
            leg = leg_of_drive(
                drive, call.name, self._place.name, time_s, from_stop=call.stop_idx,
                seconds=seconds, standing_s=self.parking_s,
            )  # fmt: skip
        else:
            leg = leg_of_drive(
                drive, self._place.name, call.name, time_s - seconds, to_stop=call.stop_idx,
                seconds=seconds, standing_s=self.parking_s,
            )  # fmt: skip
        return (leg,)


class BikeRouting(OpenedRouting):
    """A network's graph without the trips that don't take bicycles, and its workspaces."""

    def __init__(self, network: Network, *, accept_unknown: bool) -> None:
        """Note the network; ``accept_unknown`` keeps trips of which the feed does not say."""
        super().__init__(network)
        self._accept_unknown = accept_unknown

    @cached_property
    def _graph(self) -> RoutingGraph:
        takes = find_bike_trips(self.network.timetable, accept_unknown=self._accept_unknown)
        return keep_trips(open_routing(self.network).graph, takes)


def open_bike_routing(network: Network, *, accept_unknown: bool) -> BikeRouting:
    """Find what a network is searched with by who carries a bicycle, or make it."""
    return _opened.find(
        (network,),
        lambda: BikeRouting(network, accept_unknown=accept_unknown),
        values=accept_unknown,
    )


_opened: Kept[BikeRouting] = Kept(_KEPT)


def find_bike_trips(timetable: Timetable, *, accept_unknown: bool) -> NDArray[np.bool_]:
    """Return which trips take bicycles, shape (n_trips,)."""
    takes = timetable.trip_bikes == POSSIBLE
    if accept_unknown:
        takes |= timetable.trip_bikes == UNKNOWN
    return np.asarray(takes)


def keep_trips(graph: RoutingGraph, kept: NDArray[np.bool_]) -> RoutingGraph:
    """Return the graph with some trips of the timetable alone, patterns without any left out.

    Nodes and transfers stay as they are: a rule between two trips holds where both are kept.

    Parameters
    ----------
    kept
        By trip_idx, shape (n_trips,).
    """
    is_kept = kept[graph.trip_of]
    n_calls = np.diff(graph.pattern_offset)
    n_trips = np.diff(graph.pattern_trip_offset)
    pattern_of_trip = np.repeat(np.arange(graph.n_patterns), n_trips)
    trips_left = np.bincount(pattern_of_trip[is_kept], minlength=graph.n_patterns)
    patterns = np.flatnonzero(trips_left)
    calls = np.repeat(trips_left > 0, n_calls)
    times = np.repeat(is_kept, n_calls[pattern_of_trip])
    trip_offset = _offsets(trips_left[patterns])
    pattern_board = graph.pattern_board[calls]
    lengths = n_calls[patterns]
    offset = _offsets(lengths)
    order = np.argsort(pattern_board, kind="stable")
    pattern = np.repeat(np.arange(len(patterns)), lengths)
    pos = np.arange(len(pattern_board)) - np.repeat(offset[:-1], lengths)
    return replace(
        graph,
        pattern_of=graph.pattern_of[patterns],
        trip_of=graph.trip_of[is_kept],
        pattern_route=graph.pattern_route[patterns],
        pattern_offset=offset,
        pattern_board=pattern_board,
        pattern_alight=graph.pattern_alight[calls],
        pattern_pickup=graph.pattern_pickup[calls],
        pattern_dropoff=graph.pattern_dropoff[calls],
        pattern_trip_offset=trip_offset,
        pattern_time_offset=_offsets(trips_left[patterns] * lengths),
        arrival_s=graph.arrival_s[times],
        departure_s=graph.departure_s[times],
        board_pattern_offset=_offsets(np.bincount(pattern_board, minlength=graph.n_boards)),
        board_pattern=pattern[order].astype(np.int32),
        board_pattern_pos=pos[order].astype(np.int32),
        seats=_keep_seats(graph.seats, is_kept, trip_offset),
    )


def _keep_seats(
    seats: SeatGroups, is_kept: NDArray[np.bool_], trip_offset: NDArray[np.int32]
) -> SeatGroups:
    """Return the seats that go on from a kept trip to a kept trip, trips numbered anew."""
    number = np.cumsum(is_kept) - 1
    both = is_kept[seats.trip] & is_kept[seats.next_trip]
    return group_seats(number[seats.trip[both]], number[seats.next_trip[both]], trip_offset)


def _offsets(lengths: NDArray[np.integer]) -> NDArray[np.int32]:
    return np.concatenate(([0], np.cumsum(lengths))).astype(np.int32)
