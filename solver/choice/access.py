"""How zones and sites reach stops: on foot, by local bus, by lines the network does not hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from network.base import pairwise_distance_m
from solver.choice.other_lines import LocalLines, OtherLines

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network import Timetable

WALK, LOCAL, HUB = 0, 1, 2
"""Kinds of connector: walked, by local bus or tram, by other lines to a hub."""

NO_WAY = -1
"""Seconds of a connector in the direction in which it cannot be taken."""

FELT_SPREAD = 0.75
"""Felt over root mean square distance of a disk's people from its centre.

For a disk of radius R the mean of exp(-k d) is 2 (1 - exp(-kR) (1 + kR)) / (kR)^2, and the
distance felt is -ln of that over k. With k = 0.0068 per metre (logit scale 0.25 per minute,
walking 1.5 at 1.2 m/s and a detour of 1.3) and a root mean square of 450 m (R = 636 m) it is
340 m; the factor is 0.79 at 300 m and 0.71 at 600 m.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkRules:
    """Walking between places and stops: straight line x ``detour`` at ``speed_mps``.

    A place stands for an area: nobody lives exactly in its middle, so no walk is shorter
    than ``least_m`` metres.
    """

    max_s: int = 1200
    speed_mps: float = 1.2
    detour: float = 1.3
    least_m: float = 250.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRules:
    """The three ways of reaching a stop."""

    walk: WalkRules = WalkRules()
    local: LocalLines = LocalLines()
    other: OtherLines = OtherLines()


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where trips start and end: leaf zones first, then employers' sites.

    ``lat``/``lon`` have shape (n_places,); the first ``n_zones`` are the zones by
    ``zone_idx``, the rest sites in the order of the cohorts' ``site_ids``. A place stands for
    an area: ``spread_m`` is the root mean square distance of its people from its point (None: 0).
    """

    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    n_zones: int
    spread_m: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        return len(self.lat)


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherStations:
    """Where the fast lines outside the network call: degrees, shape (n_stations,) each."""

    lat: NDArray[np.float64]
    lon: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetWalks:
    """Walks over streets between points and stops, seconds, shape (n_places, n_stops) each.

    Infinite where there is none within the limit they were looked for.
    """

    to_stop_s: NDArray[np.float64]
    from_stop_s: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Connectors:
    """Stops that each place reaches, as CSR by place, and the trip by other lines.

    ``seconds`` is the time from place to stop, ``back_s`` that from stop to place (None: the
    same), :data:`NO_WAY` where there is none that way; ``out_s`` is the part of it out of the
    vehicle (walk, wait), ``kind`` one of WALK, LOCAL, HUB. ``over_streets`` says whether the
    walks follow streets; else they are straight lines times a detour.
    ``other_min[o, p]`` is the whole trip from zone ``o`` to place ``p`` without the modelled
    lines, ``other_out_min`` the part of it out of the vehicle, minutes; ``other_changes`` how
    often such a trip changes on average.
    """

    offset: NDArray[np.int32]
    stop: NDArray[np.int32]
    seconds: NDArray[np.int32]
    out_s: NDArray[np.int32]
    kind: NDArray[np.int8]
    other_min: NDArray[np.float64]
    other_out_min: NDArray[np.float64]
    other_changes: float
    back_s: NDArray[np.int32] | None = None
    over_streets: bool = False

    @property
    def from_stop_s(self) -> NDArray[np.int32]:
        """Seconds from the stop to the place, :data:`NO_WAY` where there is none."""
        return self.seconds if self.back_s is None else self.back_s

    def place_of_connector(self) -> NDArray[np.int64]:
        """Return the place of every connector."""
        return np.repeat(np.arange(len(self.offset) - 1), np.diff(self.offset))


def build_connectors(
    timetable: Timetable,
    places: Places,
    *,
    hub_stops: NDArray[np.int32],
    rules: AccessRules,
    other_stations: OtherStations | None = None,
    streets: StreetWalks | None = None,
) -> Connectors:
    """Build the connectors of every place; where several kinds reach a stop, the quickest.

    Walks follow ``streets`` where they are given; a place's spread then adds to its walk as
    it does to the straight line, in squares, and a place without spread is the very point:
    no least walk is asked for.

    ``hub_stops`` are ``stop_idx`` at which fast lines outside the network call;
    ``other_stations`` all places where they do (None: as near to every place as usual).
    """
    straight_m = _felt_distance_m(places, timetable.stops.lat, timetable.stops.lon)
    walk_s, back_s = _walk_s(places, straight_m, rules.walk, streets)
    either_s = np.minimum(walk_s, back_s)
    walked = np.isfinite(either_s)
    local_s = _local_s(straight_m, timetable.stops.station, walked, rules.local)
    end_min = _end_min(places, other_stations, rules)
    hub_s = np.full_like(walk_s, np.inf)
    hub_s[:, hub_stops] = 60 * (
        end_min[:, None] + rules.other.change_min + rules.other.ride_min(straight_m[:, hub_stops])
    )
    best_s = np.stack((either_s, local_s, np.where(walked, np.inf, hub_s)))
    kind = best_s.argmin(axis=0)
    best = np.take_along_axis(best_s, kind[None], axis=0)[0]
    place_idx, stop_idx = np.nonzero(np.isfinite(best))
    chosen = kind[place_idx, stop_idx]
    out_s = np.choose(
        chosen,
        (
            walk_s[place_idx, stop_idx],
            np.full(len(chosen), 60 * rules.local.fixed_min),
            60 * (end_min[place_idx] + rules.other.change_min),
        ),
    )
    there = np.where(chosen == WALK, walk_s[place_idx, stop_idx], best[place_idx, stop_idx])
    back = np.where(chosen == WALK, back_s[place_idx, stop_idx], best[place_idx, stop_idx])
    counts = np.bincount(place_idx, minlength=len(places))
    n = places.n_zones
    between_m = pairwise_distance_m(places.lat[:n], places.lon[:n], places.lat, places.lon)
    other_out_min = end_min[:n, None] + end_min[None, :]
    return Connectors(
        offset=np.concatenate(([0], np.cumsum(counts))).astype(np.int32),
        stop=stop_idx.astype(np.int32),
        seconds=_whole_s(there),
        out_s=_whole_s(out_s),
        kind=chosen.astype(np.int8),
        other_min=other_out_min + rules.other.ride_min(between_m),
        other_out_min=other_out_min,
        other_changes=rules.other.changes,
        back_s=None if streets is None else _whole_s(back),
        over_streets=streets is not None,
    )


def _whole_s(seconds: NDArray[np.float64]) -> NDArray[np.int32]:
    return np.where(np.isfinite(seconds), np.rint(seconds), NO_WAY).astype(np.int32)


def _walk_s(
    places: Places,
    straight_m: NDArray[np.float64],
    rules: WalkRules,
    streets: StreetWalks | None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return seconds of walking from each place to each stop and back, inf beyond the limit."""
    if streets is None:
        walk_s = np.maximum(straight_m, rules.least_m) * rules.detour / rules.speed_mps
        walk_s = np.where(walk_s <= rules.max_s, walk_s, np.inf)
        return walk_s, walk_s
    spread_m = np.zeros(len(places)) if places.spread_m is None else places.spread_m
    spread_s = (FELT_SPREAD * spread_m * rules.detour / rules.speed_mps)[:, None]
    ways = [np.hypot(seconds, spread_s) for seconds in (streets.to_stop_s, streets.from_stop_s)]
    there, back = (np.where(way <= rules.max_s, way, np.inf) for way in ways)
    return there, back


def _felt_distance_m(
    places: Places, lat: NDArray[np.float64], lon: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the distance to each stop that stands for all of a place's people, metres.

    Squared distances add up: from point to stop, and from people to point. Those who live
    nearer choose the stop more often, so the distance that stands for all is shorter than
    the root mean square: by the factor FELT_SPREAD for a disk round the stop.
    """
    point_m = pairwise_distance_m(places.lat, places.lon, lat, lon)
    if places.spread_m is None:
        return point_m
    return np.hypot(point_m, FELT_SPREAD * places.spread_m[:, None])


def _local_s(
    straight_m: NDArray[np.float64],
    station: NDArray[np.int32],
    walked: NDArray[np.bool_],
    rules: LocalLines,
) -> NDArray[np.float64]:
    """Return seconds by local lines to the nearest stations that are not walked to."""
    local_s = np.full_like(straight_m, np.inf)
    for place, distance_m in enumerate(straight_m):
        reach = np.flatnonzero(~walked[place] & (distance_m <= rules.max_m))
        reach = reach[np.argsort(distance_m[reach], kind="stable")]
        nearest = list(dict.fromkeys(station[reach].tolist()))[: rules.max_stations]
        served = reach[np.isin(station[reach], nearest)]
        local_s[place, served] = 60 * rules.trip_min(distance_m[served])
    return local_s


def _end_min(
    places: Places, other_stations: OtherStations | None, rules: AccessRules
) -> NDArray[np.float64]:
    """Return minutes that one end of a trip by other lines takes at each place.

    The nearest of their stations is walked to, or reached by local lines where that is too
    far, and a train waited for.
    """
    if other_stations is None or len(other_stations.lat) == 0:
        return np.full(len(places), rules.other.usual_end_min)
    nearest_m = _felt_distance_m(places, other_stations.lat, other_stations.lon).min(axis=1)
    walk = rules.walk
    walk_min = np.maximum(nearest_m, walk.least_m) * walk.detour / walk.speed_mps / 60
    reach_min = np.where(walk_min <= walk.max_s / 60, walk_min, rules.local.trip_min(nearest_m))
    minutes: NDArray[np.float64] = np.minimum(
        rules.other.board_min + reach_min, rules.other.longest_end_min
    )
    return minutes
