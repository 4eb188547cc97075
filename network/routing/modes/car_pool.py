"""Car-pool: a driver's way with a detour for a rider, and a rider's way by somebody's car."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from network.base import Problem
from network.base.errors import NetworkInputError
from network.routing.drives import Drive, find_drive
from network.routing.itineraries import Itinerary, WalkLeg
from network.routing.modes.meeting_points import MeetingPoints, find_meeting_points
from network.routing.modes.mode_stops import StreetPlace, draw_drive, known
from network.routing.modes.no_way import NoWay
from network.routing.street_legs import StreetLeg, leg_of_drive
from network.streets.graph import StreetMode
from network.walking.pairs import round_up

if TYPE_CHECKING:
    from network.network import Network
    from network.routing.itineraries import Place
    from network.streets.paths import StreetPath
    from network.streets.search import StreetSearch


@dataclass(frozen=True, slots=True, kw_only=True)
class CarPool:
    """A rider taken along by a driver.

    ``rider`` are the rider's legs: a walk to the meeting point, the shared ride, a walk from
    where it ends, walks of less than a metre left out. ``driver`` are the driver's three: to the
    meeting point (stopping there included), shared (stopping included), and on. ``detour_s``
    are the seconds that the driver takes besides ``direct_s``, both stops included.
    """

    rider: Itinerary
    driver: tuple[StreetLeg, StreetLeg, StreetLeg]
    direct_s: int
    detour_s: int

    @property
    def shared(self) -> StreetLeg:
        """The leg that both ride."""
        return self.driver[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trip:
    """Where all start and end, and the searches of cars."""

    network: Network
    search: StreetSearch
    start: StreetPlace
    end: StreetPlace
    direct_s: float
    meet: MeetingPoints
    leave: MeetingPoints


def find_car_pool(
    network: Network,
    driver_origin: Place,
    driver_destination: Place,
    rider_origin: Place,
    rider_destination: Place,
    *,
    departure_s: int | None = None,
    arrival_s: int | None = None,
    max_detour_s: int = 600,
    max_walk_s: int = 0,
    stop_s: int = 60,
    occupants: int = 2,
) -> CarPool | NoWay:
    """Find where a driver who leaves at a time, or is there by one, meets a rider.

    Of all pairs of meeting points, the one with the fewest seconds of driving and of the
    rider's walking together; where that asks for more than ``max_detour_s`` of the driver, the
    one with the least detour, the only one that may do. So there is an answer where any
    pair of points allows one. The rider is there when the car comes, and nobody waits.

    Meeting points are the street nearest to the rider's place that cars may stop on, walked to
    straight, and the junctions within ``max_walk_s`` of it on foot.

    Parameters
    ----------
    departure_s, arrival_s
        When the driver leaves, or is at their destination; seconds of the service day.
    max_walk_s
        The longest walk to a meeting point, and from where the rider is let out.
    stop_s
        Seconds of stopping to pick up, and again to let out.
    occupants
        Who shares the car on the shared leg, the driver included.

    Returns
    -------
    pool
        The car-pool at free flow (no traffic), or why there is none.

    Raises
    ------
    NetworkInputError
        If a duration is negative, nobody is in the car, or not just one of departure and
        arrival is given.
    """
    if (departure_s is None) == (arrival_s is None):
        raise NetworkInputError(
            Problem(
                file="car-pool",
                field="departure_s",
                found="both or neither of departure and arrival",
                expected="one of the two",
                mend="Correct the arguments.",
            )
        )
    _refuse_wrong(
        max_detour_s=(max_detour_s, 0), max_walk_s=(max_walk_s, 0),
        stop_s=(stop_s, 0), occupants=(occupants, 1),
    )  # fmt: skip
    trip = _prepare(
        network, (driver_origin, driver_destination), (rider_origin, rider_destination), max_walk_s
    )
    if isinstance(trip, NoWay):
        return trip
    for walk_weight in (1.0, 0.0):
        shared = _meet(trip, walk_weight)
        if shared is None:
            return NoWay.NO_WAY
        total_s = _drive_s(trip, shared) + 2 * stop_s
        direct_s, whole_s = (int(s) for s in round_up(np.array([trip.direct_s, total_s])))
        detour_s = max(0, whole_s - direct_s)
        if detour_s <= max_detour_s:
            start_s = (arrival_s or 0) - whole_s if departure_s is None else departure_s
            driver = _driver_legs(
                trip, shared, (driver_origin, driver_destination), start_s, stop_s, occupants
            )
            rider = _rider_legs(trip, shared, driver, (rider_origin, rider_destination), stop_s)
            return CarPool(rider=rider, driver=driver, direct_s=direct_s, detour_s=detour_s)
    return NoWay.DETOUR_TOO_LONG


def find_pooled_drive(
    network: Network,
    origin: Place,
    destination: Place,
    *,
    departure_s: int,
    detour_factor: float = 1.2,
    pickup_s: int = 120,
    occupants: int = 2,
) -> StreetLeg | NoWay:
    """Find a rider's way by a car shared with others whose ways are not known.

    The drive from door to door takes ``detour_factor`` times its seconds and metres on the
    street, and ``pickup_s`` once. What is drawn is the way without the detour.

    Raises
    ------
    NetworkInputError
        If the factor is below 1, the pick-up negative or nobody in the car.
    """
    _refuse_wrong(
        detour_factor=(detour_factor, 1), pickup_s=(pickup_s, 0), occupants=(occupants, 1)
    )
    drive = find_drive(network, origin, destination, StreetMode.CAR)
    if not isinstance(drive, Drive):
        return NoWay(drive)
    walk_s = drive.off_street_m / network.footpaths.speed_mps
    driven_s = (drive.seconds - walk_s) * detour_factor
    longer = Drive(
        mode=drive.mode,
        seconds=int(round_up(np.array([walk_s + driven_s]))[0]),
        metres=drive.off_street_m + drive.street_m * detour_factor,
        off_street_m=drive.off_street_m,
        points=drive.points,
        streets=drive.streets,
    )
    return leg_of_drive(
        longer, origin.name, destination.name, departure_s, standing_s=pickup_s,
        occupants=occupants,
    )  # fmt: skip


def _prepare(
    network: Network, driver: tuple[Place, Place], rider: tuple[Place, Place], max_walk_s: int
) -> _Trip | NoWay:
    streets = network.streets
    if streets is None:
        return NoWay.NO_STREETS
    start, end = (StreetPlace(streets, StreetMode.CAR, (p.lat, p.lon)) for p in driver)
    meet, leave = (
        find_meeting_points(network, streets, (p.lat, p.lon), max_walk_s, reverse=is_end)
        for p, is_end in zip(rider, (False, True), strict=True)
    )
    if not start.is_near or len(meet) == 0:
        return NoWay.ORIGIN_OFF_STREETS
    if not end.is_near or len(leave) == 0:
        return NoWay.DESTINATION_OFF_STREETS
    search = start.search
    seconds, _ = search.compute_times(start.points, end.points)
    if not np.isfinite(seconds[0]):
        return NoWay.NO_WAY
    walk_mps = network.footpaths.speed_mps
    off_s = float(start.off_s(walk_mps)[0] + end.off_s(walk_mps)[0])
    meet = meet.with_drive(search.compute_times(start.points, meet.points)[0])
    leave = leave.with_drive(search.compute_times(end.points, leave.points, reverse=True)[0])
    return _Trip(
        network=network, search=search, start=start, end=end, direct_s=float(seconds[0]) + off_s,
        meet=meet, leave=leave,
    )  # fmt: skip


def _meet(trip: _Trip, walk_weight: float) -> StreetPath | None:
    """Return the shared drive between the best two points; they are numbered in it."""
    return trip.search.find_path(
        trip.meet.points,
        trip.leave.points,
        origin_s=trip.meet.drive_s + walk_weight * trip.meet.walk_s,
        target_s=trip.leave.drive_s + walk_weight * trip.leave.walk_s,
    )


def _drive_s(trip: _Trip, shared: StreetPath) -> float:
    """Return the seconds of the driver's way through both points, stops left out."""
    walk_mps = trip.network.footpaths.speed_mps
    off_s = float(trip.start.off_s(walk_mps)[0] + trip.end.off_s(walk_mps)[0])
    before, after = trip.meet.drive_s[shared.origin], trip.leave.drive_s[shared.target]
    return off_s + float(before) + shared.seconds + float(after)


def _driver_legs(
    trip: _Trip,
    shared: StreetPath,
    driver: tuple[Place, Place],
    departure_s: int,
    stop_s: int,
    occupants: int,
) -> tuple[StreetLeg, StreetLeg, StreetLeg]:
    walk_mps = trip.network.footpaths.speed_mps
    meet, leave = trip.meet.spot(shared.origin), trip.leave.spot(shared.target)
    to = known(trip.search.find_path(trip.start.points, trip.meet.points.take([shared.origin])))
    on = known(trip.search.find_path(trip.leave.points.take([shared.target]), trip.end.points))
    start_s, end_s = (float(p.off_s(walk_mps)[0]) for p in (trip.start, trip.end))
    drives = (
        draw_drive(StreetMode.CAR, to, trip.start.spot, meet, start_s),
        draw_drive(StreetMode.CAR, shared, meet, leave, 0.0),
        draw_drive(StreetMode.CAR, on, leave, trip.end.spot, end_s),
    )
    # Rounded as one way, so that three legs take no more than the whole.
    lasting = np.cumsum(
        [to.seconds + start_s + stop_s, shared.seconds + stop_s, on.seconds + end_s]
    )
    times = [departure_s, *(departure_s + int(s) for s in round_up(lasting))]
    names = (driver[0].name, *_names(trip, shared), driver[1].name)
    first, second, third = (
        leg_of_drive(
            drives[i], names[i], names[i + 1], times[i], seconds=times[i + 1] - times[i],
            standing_s=(stop_s, stop_s, 0)[i], occupants=(1, occupants, 1)[i],
        )
        for i in range(3)
    )  # fmt: skip
    return first, second, third


def _names(trip: _Trip, shared: StreetPath) -> tuple[str, str]:
    """Return what the two meeting points are called: the street that each lies on."""
    segments = trip.search.streets.segments
    meet, leave = (
        segments.names[int(segments.name[points.points.segment[row]])]
        for points, row in ((trip.meet, shared.origin), (trip.leave, shared.target))
    )
    return meet, leave


def _rider_legs(
    trip: _Trip,
    shared: StreetPath,
    driver: tuple[StreetLeg, StreetLeg, StreetLeg],
    rider: tuple[Place, Place],
    stop_s: int,
) -> Itinerary:
    """Return the rider's legs: on foot until the car stops, and from when it has stopped."""
    ride = driver[1]
    here_s = driver[0].arrival_s - stop_s
    legs: list[WalkLeg | StreetLeg] = [ride]
    before = trip.meet.walk(shared.origin)
    if before.metres >= 1:
        legs.insert(
            0,
            WalkLeg(
                from_name=rider[0].name, to_name=ride.from_name, from_stop=None, to_stop=None,
                departure_s=here_s - before.seconds, arrival_s=here_s,
                metres=before.metres, points=before.points, streets=before.streets,
            ),
        )  # fmt: skip
    after = trip.leave.walk(shared.target)
    if after.metres >= 1:
        legs.append(
            WalkLeg(
                from_name=ride.to_name, to_name=rider[1].name, from_stop=None, to_stop=None,
                departure_s=ride.arrival_s, arrival_s=ride.arrival_s + after.seconds,
                metres=after.metres, points=after.points, streets=after.streets,
            )
        )  # fmt: skip
    return Itinerary(legs=tuple(legs))


def _refuse_wrong(**given: tuple[float, float]) -> None:
    problems = [
        Problem(
            file="car-pool",
            field=name,
            found=f"{value:g}",
            expected=f"{least:g} or more",
            mend="Correct the argument.",
        )
        for name, (value, least) in given.items()
        if not least <= value < np.inf
    ]
    if problems:
        raise NetworkInputError(*problems)
