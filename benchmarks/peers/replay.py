"""A journey followed call by call through the timetable, by plain loops."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.peers.ends import Ends
    from network.network import Network

Ride = tuple[int, int, int, int]
"""A ride: trip_idx, pattern_idx, position boarded and position alighted."""


def replay(
    network: Network,
    rides: list[Ride],
    ends: Ends,
    departure_s: int,
    change_s: int = 0,
) -> int | None:
    """Return when rides bring one from end to end, seconds; None if they cannot be made.

    One walks to a stop of the ends and from one, and may walk one footpath between two rides;
    a change at one stop takes ``change_s``.
    """
    timetable = network.timetable
    access = dict(zip(ends.access_stop.tolist(), ends.access_s.tolist(), strict=True))
    egress = dict(zip(ends.egress_stop.tolist(), ends.egress_s.tolist(), strict=True))
    place, now_s = -1, departure_s
    for number, (trip, pattern, board, alight) in enumerate(rides):
        first = int(timetable.pattern_offset[pattern])
        arrivals, departures = timetable.pattern_times(pattern)
        row = trip - int(timetable.pattern_trip_offset[pattern])
        if not 0 <= row < len(arrivals) or not 0 <= board < alight < arrivals.shape[1]:
            return None
        stop = int(timetable.pattern_stop[first + board])
        if number == 0:
            walk_s = access.get(stop)
        elif stop == place:
            walk_s = change_s
        else:
            walk_s = find_walk(network, place, stop)
        can_board = timetable.pattern_pickup[first + board]
        if walk_s is None or not can_board or now_s + walk_s > departures[row, board]:
            return None
        if not timetable.pattern_dropoff[first + alight]:
            return None
        now_s = int(arrivals[row, alight])
        place = int(timetable.pattern_stop[first + alight])
    last_s = egress.get(place)
    return None if last_s is None or not rides else now_s + last_s


def find_walk(network: Network, origin: int, destination: int) -> int | None:
    """Return the seconds of the footpath between two stops, None where there is none."""
    footpaths = network.footpaths
    first, end = footpaths.offset[origin : origin + 2].tolist()
    for row in range(first, end):
        if footpaths.stop[row] == destination:
            return int(footpaths.duration_s[row])
    return None
