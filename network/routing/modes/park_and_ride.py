"""Park and ride: by car to a car park, from there on foot to the stops around it."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from network.base import Problem, SourceClass
from network.base.errors import NetworkInputError
from network.base.kept import Kept
from network.routing.drives import find_street_tools
from network.routing.itineraries import WalkLeg
from network.routing.modes.mode_stops import draw_drive, known
from network.routing.street_legs import leg_of_drive
from network.streets.graph import StreetMode
from network.walking.access import draw_walk, walk_access
from network.walking.pairs import round_up

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.network import Network
    from network.routing.drives import Drive
    from network.routing.itineraries import Call, Place
    from network.routing.modes.mode_stops import StreetPlace
    from network.routing.street_legs import StreetLeg
    from network.streets.graph import StreetGraph
    from network.streets.snap import SnapPoints

_KEPT = 4
DEFAULT_TRANSFER_S = 180
"""Seconds from driving into a car park to walking out of it (a judgement)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarPark:
    """A car park at which one changes from the car to transit.

    ``capacity`` is its spaces, None where unknown; whether one is free is not looked at.
    ``transfer_s`` are the seconds from driving in to walking out. ``fee`` says whether one
    pays, None where unknown, and ``source_class`` what all this rests on, None where whoever
    asks gave it.

    Raises
    ------
    NetworkInputError
        If a value is no place, number of spaces or duration; names all.
    """

    name: str
    lat: float
    lon: float
    capacity: int | None = None
    transfer_s: int = DEFAULT_TRANSFER_S
    fee: bool | None = None
    source_class: SourceClass | None = None

    def __post_init__(self) -> None:
        problems = [
            self._problem(field, found, expected)
            for field, found, expected, is_right in (
                ("lat", self.lat, "degrees from -90 to 90", _is_within(self.lat, 90)),
                ("lon", self.lon, "degrees from -180 to 180", _is_within(self.lon, 180)),
                ("capacity", self.capacity, "spaces, 0 or more", (self.capacity or 0) >= 0),
                ("transfer_s", self.transfer_s, "seconds, 0 to 3600", 0 <= self.transfer_s <= 3600),
            )
            if not is_right
        ]
        if problems:
            raise NetworkInputError(*problems)

    def _problem(self, field: str, found: object, expected: str) -> Problem:
        return Problem(
            file=f"car park {self.name!r}",
            field=field,
            found=str(found),
            expected=expected,
            mend="Correct the car park.",
        )


class CarParks:
    """Car parks of a network on the streets of cars, with the stops in a walk of each.

    Walks of car park ``p`` are ``offset[p]`` to ``offset[p + 1]`` of ``stop`` and ``walk_s``,
    shape (n_walks,), the seconds in a car park not counted.
    """

    def __init__(
        self, network: Network, streets: StreetGraph, given: tuple[CarPark, ...], max_walk_s: int
    ) -> None:
        """Put the car parks on the streets and walk from each of them once."""
        self.network = network
        self.given = given
        snapper, self.search = find_street_tools(streets, StreetMode.CAR)
        self.points: SnapPoints = snapper.snap([p.lat for p in given], [p.lon for p in given])
        # The way between street and car park, and what it takes to leave the car there.
        self.in_s = self.points.distance_m / network.footpaths.speed_mps
        self.in_s += np.array([p.transfer_s for p in given], dtype=np.float64)
        walks = [walk_access(network, p.lat, p.lon, max_walk_s=max_walk_s) for p in given]
        counts = [len(stop) for stop, _ in walks]
        self.car_park = np.repeat(np.arange(len(given)), counts)
        self.stop: NDArray[np.int32] = np.concatenate([stop for stop, _ in walks])
        self.walk_s: NDArray[np.int32] = np.concatenate([seconds for _, seconds in walks])


class CarParkEnd:
    """Stops by car and car park from a place: for each the car park that is there first.

    ``reached`` says which car parks the car comes to within the limit.
    """

    def __init__(self, parks: CarParks, place: Place, at: StreetPlace, *, limit_s: int) -> None:
        """Search the streets once; ``limit_s`` holds for the drive, walks to the car included."""
        self._parks, self._place, self._at = parks, place, at
        self._walk_mps = parks.network.footpaths.speed_mps
        drive_s, _ = parks.search.compute_times(
            at.points,
            parks.points,
            origin_s=at.off_s(self._walk_mps),
            target_s=parks.in_s,
            limit_s=limit_s + max(p.transfer_s for p in parks.given) + 0.5,
        )
        self.reached = np.isfinite(drive_s)
        self._drive_s = np.zeros(len(drive_s), dtype=np.int64)
        self._drive_s[self.reached] = round_up(drive_s[self.reached])
        self.reached &= self._drive_s - [p.transfer_s for p in parks.given] <= limit_s
        walks = np.flatnonzero(self.reached[parks.car_park])
        total_s = self._drive_s[parks.car_park[walks]] + parks.walk_s[walks]
        order = walks[np.lexsort((parks.car_park[walks], total_s, parks.stop[walks]))]
        self.stop, first = np.unique(parks.stop[order], return_index=True)
        self._drawn: dict[int, Drive] = {}
        self._best = parks.car_park[order[first]]
        self._walk_s = parks.walk_s[order[first]]
        self.seconds = (self._drive_s[self._best] + self._walk_s).astype(np.int32)

    def legs(self, call: Call, time_s: int, seconds: int) -> tuple[StreetLeg | WalkLeg, ...]:
        """Return the drive and the walk, ``seconds`` together, that end at ``call``."""
        row = int(np.searchsorted(self.stop, call.stop_idx))
        park, walk_s = int(self._best[row]), int(self._walk_s[row])
        given = self._parks.given[park]
        return (
            self._drive(park, time_s - seconds),
            _walk(self._parks.network, given, call, time_s - walk_s, walk_s),
        )

    def _drive(self, park: int, departure_s: int) -> StreetLeg:
        given = self._parks.given[park]
        if park not in self._drawn:
            self._drawn[park] = self._draw(park)
        return leg_of_drive(
            self._drawn[park],
            self._place.name,
            given.name,
            departure_s,
            seconds=int(self._drive_s[park]),
            standing_s=given.transfer_s,
        )

    def _draw(self, park: int) -> Drive:
        parks, given = self._parks, self._parks.given[park]
        path = known(parks.search.find_path(self._at.points, parks.points.take([park])))
        walk_s = float(self._at.off_s(self._walk_mps)[0])
        walk_s += float(parks.points.distance_m[park]) / self._walk_mps
        return draw_drive(StreetMode.CAR, path, self._at.spot, (given.lat, given.lon), walk_s)


def find_car_parks(
    network: Network, given: tuple[CarPark, ...], max_walk_s: int
) -> CarParks | None:
    """Find car parks laid out on a network, None where it has no streets or none is given."""
    streets = network.streets
    if streets is None or not given:
        return None
    return _parks.find(
        (network,),
        lambda: CarParks(network, streets, given, max_walk_s),
        values=(given, max_walk_s),
    )


_parks: Kept[CarParks] = Kept(_KEPT)


def _walk(network: Network, park: CarPark, call: Call, departure_s: int, seconds: int) -> WalkLeg:
    drawn = draw_walk(network, (park.lat, park.lon), call.stop_idx)
    return WalkLeg(
        from_name=park.name,
        to_name=call.name,
        from_stop=None,
        to_stop=call.stop_idx,
        departure_s=departure_s,
        arrival_s=departure_s + seconds,
        metres=drawn.metres,
        points=drawn.points,
        streets=tuple(dict.fromkeys(part.name for part in drawn.parts if part.name)),
    )


def _is_within(degrees: float, most: float) -> bool:
    return isfinite(degrees) and abs(degrees) <= most
