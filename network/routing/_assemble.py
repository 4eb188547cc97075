"""Journeys as arrays to itineraries with names."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from network.base import distance_m
from network.routing.itineraries import Call, Itinerary, Place, RideLeg, WalkLeg
from network.routing.opened import open_routing
from network.walking.access import draw_walk, walk_between

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.network import Network
    from network.routing.engines.profile import ProfileJourneys
    from network.routing.itineraries import Leg
    from network.routing.opened import OpenedRouting
    from network.timetable import Timetable

_NO_POINTS = np.empty(0, dtype=np.float64)


def assemble_itinerary(
    network: Network,
    origin: Place,
    destination: Place,
    journeys: ProfileJourneys,
    j: int,
    *,
    opened: OpenedRouting | None = None,
) -> Itinerary:
    """Return journey ``j`` as an itinerary: access, rides joined by walks, egress.

    ``opened`` is what it was found with; the timetable as it is where None.
    """
    opened = opened or open_routing(network)
    leave_s, access_s = int(journeys.departure_s[j]), int(journeys.access_s[j])
    rides: list[RideLeg] = []
    ready_s = leave_s + access_s
    for i in range(int(journeys.leg_offset[j]), int(journeys.leg_offset[j + 1])):
        leg = _Leg(
            int(journeys.leg_pattern[i]),
            int(journeys.leg_trip[i]),
            int(journeys.leg_board_pos[i]),
            int(journeys.leg_alight_pos[i]),
            bool(journeys.leg_seated[i]),
        )
        rides.append(_ride(network.timetable, opened, leg, ready_s, is_first=not rides))
        ready_s = rides[-1].arrival_s
    rides = _keep_to_vehicle(rides)
    legs: list[Leg] = []
    if not origin.stops:
        legs.append(_walk(network, origin, rides[0].calls[0], leave_s, access_s))
    for before, after in zip(rides[:-1], rides[1:], strict=True):
        legs.append(before)
        a, b = before.calls[-1], after.calls[0]
        if a.stop_idx != b.stop_idx and not after.stay_seated:
            # A rule of the feed for one trip may allow less than the walk usually takes.
            seconds = _footpath_s(network, a.stop_idx, b.stop_idx)
            seconds = min(seconds, after.departure_s - before.arrival_s)
            legs.append(_walk(network, a, b, before.arrival_s, seconds))
    legs.append(rides[-1])
    if not destination.stops:
        seconds = int(journeys.egress_s[j])
        alight = rides[-1].calls[-1]
        legs.append(_walk(network, alight, destination, rides[-1].arrival_s, seconds))
    return Itinerary(legs=tuple(legs))


def _keep_to_vehicle(rides: list[RideLeg]) -> list[RideLeg]:
    """Mend times at the one call of a leg where a vehicle goes on as another trip.

    One leaves from a last call before the vehicle leaves as the next trip, and gets off at a
    first call when the vehicle has come there.
    """
    mended = list(rides)
    for i in range(1, len(rides)):
        before, after = rides[i - 1], rides[i]
        if after.stay_seated and len(before.calls) == 1 and not before.stay_seated:
            departure_s = min(before.departure_s, after.departure_s)
            mended[i - 1] = replace(mended[i - 1], departure_s=departure_s)
        if after.stay_seated and len(after.calls) == 1:
            arrival_s = max(after.arrival_s, before.arrival_s)
            mended[i] = replace(mended[i], arrival_s=arrival_s)
    return mended


def direct_walk(
    network: Network, origin: Place, destination: Place, departure_s: int, limit_s: int
) -> Itinerary | None:
    """Return the walk all the way, leaving at ``departure_s``; None beyond ``limit_s``."""
    if origin.stops or destination.stops:
        return None
    walk = walk_between(
        network,
        (origin.lat, origin.lon),
        (destination.lat, destination.lon),
        max_walk_s=limit_s,
    )
    if walk is None:
        return None
    return Itinerary(legs=(_walk(network, origin, destination, departure_s, walk.seconds),))


def move_walk(walk: Itinerary | None, departure_s: int) -> Itinerary | None:
    """Return the walk all the way as it is, leaving at another time; None where there is none."""
    if walk is None:
        return None
    (leg,) = walk.legs
    arrival_s = departure_s + walk.duration_s
    return Itinerary(legs=(replace(leg, departure_s=departure_s, arrival_s=arrival_s),))


def _walk(
    network: Network, start: Place | Call, end: Place | Call, departure_s: int, seconds: int
) -> WalkLeg:
    """Return a walk that takes ``seconds``, drawn as it goes over the streets."""
    drawn = draw_walk(
        network,
        start.stop_idx if isinstance(start, Call) else (start.lat, start.lon),
        end.stop_idx if isinstance(end, Call) else (end.lat, end.lon),
    )
    return WalkLeg(
        from_name=start.name,
        to_name=end.name,
        from_stop=start.stop_idx if isinstance(start, Call) else None,
        to_stop=end.stop_idx if isinstance(end, Call) else None,
        departure_s=departure_s,
        arrival_s=departure_s + seconds,
        metres=drawn.metres,
        points=drawn.points,
        streets=tuple(dict.fromkeys(part.name for part in drawn.parts if part.name)),
    )


def _footpath_s(network: Network, a: int, b: int) -> int:
    footpaths = network.footpaths
    first, last = footpaths.offset[a : a + 2]
    found = np.flatnonzero(footpaths.stop[first:last] == b)
    if len(found):
        return int(footpaths.duration_s[first + found[0]])
    # A change that transfers.txt allows between two routes or trips only.
    return draw_walk(network, a, b).seconds


class _Leg(NamedTuple):
    """A ride as a journey has it."""

    pattern: int
    trip: int
    board_pos: int
    alight_pos: int
    stay_seated: bool


def _ride(
    timetable: Timetable, opened: OpenedRouting, leg: _Leg, ready_s: int, *, is_first: bool
) -> RideLeg:
    """Return a ride with its calls; ``ready_s`` is when one came, the walk to it not counted."""
    pattern, trip, board_pos, alight_pos, stay_seated = leg
    arrival, departure = timetable.pattern_times(pattern)
    row = trip - int(timetable.pattern_trip_offset[pattern])
    stops = timetable.pattern_stops(pattern)[board_pos : alight_pos + 1]
    route = int(timetable.pattern_route[pattern])
    names, platforms = timetable.stops.names, timetable.stops.platforms
    lat, lon = timetable.stops.lat[stops], timetable.stops.lon[stops]
    calls = tuple(
        Call(
            stop_idx=stop,
            name=names[stop],
            lat=stop_lat,
            lon=stop_lon,
            arrival_s=arrival_s,
            departure_s=departure_s,
        )
        for stop, stop_lat, stop_lon, arrival_s, departure_s in zip(
            stops.tolist(),
            lat.tolist(),
            lon.tolist(),
            arrival[row, board_pos : alight_pos + 1].tolist(),
            departure[row, board_pos : alight_pos + 1].tolist(),
            strict=True,
        )
    )
    shape_lat, shape_lon = _shape(timetable, pattern, board_pos, alight_pos)
    if len(shape_lat) > 1:
        lat, lon = shape_lat, shape_lon
    waited_s = calls[0].departure_s - ready_s
    headway_s = int(opened.headway_s[trip])
    wait_s = 0
    if opened.wait_s is not None and opened.wait_s[trip] and not stay_seated:
        # Whoever sets out leaves as late as the wait allows; between rides the walk is unknown.
        wait_s = waited_s if is_first else min(int(opened.wait_s[trip]), waited_s)
    return RideLeg(
        line=timetable.routes.lines[route],
        route_id=timetable.routes.ids[route],
        route_type=int(timetable.routes.types[route]),
        color=timetable.routes.colors[route],
        headsign=timetable.pattern_headsign[pattern],
        trip_id=timetable.trip_ids[trip],
        from_name=calls[0].name,
        to_name=calls[-1].name,
        from_platform=platforms[calls[0].stop_idx],
        to_platform=platforms[calls[-1].stop_idx],
        departure_s=calls[0].departure_s,
        arrival_s=calls[-1].arrival_s,
        calls=calls,
        metres=float(distance_m(lat[:-1], lon[:-1], lat[1:], lon[1:]).sum()),
        is_headway=bool(timetable.trip_is_headway[trip]),
        pattern_idx=pattern,
        trip_idx=trip,
        board_pos=board_pos,
        alight_pos=alight_pos,
        agency=timetable.routes.agencies[route],
        stay_seated=stay_seated,
        headway_s=headway_s or None,
        wait_s=wait_s,
        shape=tuple(zip(shape_lat.tolist(), shape_lon.tolist(), strict=True)),
    )


def _shape(
    timetable: Timetable, pattern: int, board_pos: int, alight_pos: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the points of a pattern's shape between two calls; none where it draws no line."""
    shapes = timetable.shapes
    if shapes is None:
        return _NO_POINTS, _NO_POINTS
    first = int(timetable.pattern_offset[pattern])
    start, end = (int(shapes.stop_point[first + pos]) for pos in (board_pos, alight_pos))
    if start < 0 or end <= start:
        return _NO_POINTS, _NO_POINTS
    offset = int(shapes.offset[pattern])
    drawn = slice(offset + start, offset + end + 1)
    return shapes.lat[drawn], shapes.lon[drawn]
