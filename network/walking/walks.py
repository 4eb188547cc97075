"""The walks of a network: from stop to stop, and where stops touch the streets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from network.base import distance_m, no_progress
from network.streets.snap import MAX_OFF_STREET_M
from network.walking.links import link_stops
from network.walking.over_streets import StreetWalks, build_walk_snapper
from network.walking.pairs import Pairs, round_up
from network.walking.rules import NO_WALK_S, apply_rules
from network.walking.stations import StationWays
from network.walking.straight import (
    DEFAULT_DETOUR,
    DEFAULT_SPEED_MPS,
    find_near_stops,
    straight_s,
)
from network.walks import Footpaths

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.base import Progress
    from network.streets.graph import StreetGraph
    from network.timetable import Stops, Timetable
    from network.walking.links import LinkedStops
    from network.walks import Pathways, StopLinks, TransferRules

_FAR_TIMES, _FAR_MORE_S = 4, 1800
"""A change that transfers.txt recommends is looked for over streets up to this many times
the straight walk and this many seconds more; beyond that it takes the straight walk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Walking:
    """What every part of the building needs; ``over`` and ``linked`` where there are streets."""

    stops: Stops
    max_walk_s: int
    speed_mps: float
    detour: float
    step_free: bool
    ways: StationWays | None
    inside: Pairs
    linked: LinkedStops | None = None
    over: StreetWalks | None = None

    def straight_s(self, a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.int64]:
        return straight_s(self.stops, a, b, speed_mps=self.speed_mps, detour=self.detour)

    def near(self, max_walk_s: int) -> Pairs:
        return find_near_stops(
            self.stops, max_walk_s=max_walk_s, speed_mps=self.speed_mps, detour=self.detour
        )


def build_walks(
    timetable: Timetable,
    *,
    transfer_rules: TransferRules | None = None,
    pathways: Pathways | None = None,
    streets: StreetGraph | None = None,
    max_walk_s: int = 600,
    speed_mps: float = DEFAULT_SPEED_MPS,
    detour: float = DEFAULT_DETOUR,
    step_free: bool = False,
    progress: Progress = no_progress,
) -> tuple[Footpaths, StopLinks | None]:
    """Build the walks between stops in use, in seconds, and the links of stops to streets.

    Ordered pairs of stops within ``max_walk_s`` are joined by the fastest walk over the
    streets, durations rounded up. A stop is linked to the nearest point of a street within
    250 m, or at the entrances of its station where pathways lead there. By the straight line
    x ``detour`` at ``speed_mps`` go: every walk where there are no streets; walks from and to
    a stop too far from any street (counted in ``n_straight_stops``); walks between two stops
    that are nearer to each other than one of them is to its street; and walks between stops
    of one parent station that streets and pathways do not join within the limit.

    Walks along pathways take the place of those over streets or straight lines between the
    same stops. Then transfers.txt sets single pairs, as
    :func:`network.walking.rules.apply_rules` says. Walks are not closed under composition;
    routing walks once between two rides.

    Parameters
    ----------
    transfer_rules
        Those between two stops alone are laid over the walks; others are routing's.
    step_free
        Leave out steps of streets, and pathways with steps. A stop that its station's
        pathways join to nothing without steps has no walk, whatever transfers.txt says.

    Returns
    -------
    footpaths, stop_links
        ``stop_links`` is None where no streets are given.

    Raises
    ------
    Cancelled
        If ``progress`` raises it.
    """
    stops = timetable.stops
    ways = None
    if pathways is not None and len(pathways.node_ids):
        ways = StationWays(pathways, len(stops), step_free=step_free)
    walking = _Walking(
        stops=stops,
        max_walk_s=max_walk_s,
        speed_mps=speed_mps,
        detour=detour,
        step_free=step_free,
        ways=ways,
        inside=Pairs.none() if ways is None else ways.find_pairs(),
    )
    pairs = walking.near(max_walk_s)
    if streets is not None:
        walking = _link(walking, streets)
        pairs = _over_streets(walking, pairs, progress)
    pairs = _lay_pathways(walking, pairs)
    if transfer_rules is not None:
        pairs = apply_rules(pairs, transfer_rules, lambda a, b: _however_far(walking, a, b))
        pairs = pairs.select(~_is_barred(walking, pairs.origin, pairs.target))
    return _as_footpaths(walking, pairs), walking.linked.links if walking.linked else None


def _link(walking: _Walking, streets: StreetGraph) -> _Walking:
    """Return the same with the stops linked to the streets."""
    snapper = build_walk_snapper(streets, step_free=walking.step_free)
    linked = link_stops(walking.stops, snapper, walking.ways, speed_mps=walking.speed_mps)
    over = StreetWalks(
        streets, linked.links, speed_mps=walking.speed_mps, step_free=walking.step_free
    )
    return _Walking(
        stops=walking.stops,
        max_walk_s=walking.max_walk_s,
        speed_mps=walking.speed_mps,
        detour=walking.detour,
        step_free=walking.step_free,
        ways=walking.ways,
        inside=walking.inside,
        linked=linked,
        over=over,
    )


def _over_streets(walking: _Walking, near: Pairs, progress: Progress) -> Pairs:
    """Find the walks over streets, and the straight ones that stand beside them."""
    linked, over = walking.linked, walking.over
    if linked is None or over is None:
        return near
    found = over.find_pairs(walking.max_walk_s, progress=progress)
    straight = linked.is_straight[near.origin] | linked.is_straight[near.target]
    shut_in = linked.is_shut_in[near.origin] | linked.is_shut_in[near.target]
    parted = _in_one_station(walking, near) & ~found.contains(near.origin, near.target)
    beside = _nearer_than_street(walking, linked.off_m)
    return Pairs.joined([found, near.select((straight | parted) & ~shut_in), beside])


def _in_one_station(walking: _Walking, pairs: Pairs) -> NDArray[np.bool_]:
    """Return which pairs are of one parent station that no pathways describe."""
    stops = walking.stops
    own_ids = set(stops.ids)
    has_parent = np.array([s not in own_ids for s in stops.station_ids], dtype=np.bool_)
    station = stops.station[pairs.origin]
    same = (station == stops.station[pairs.target]) & has_parent[station]
    if walking.ways is not None:
        named = walking.ways.group >= 0
        same &= ~(named[pairs.origin] | named[pairs.target])
    return np.asarray(same)


def _nearer_than_street(walking: _Walking, off_m: NDArray[np.float64]) -> Pairs:
    """Find the straight walks between stops that the way over the street would make longer."""
    reach_s = int(np.ceil(MAX_OFF_STREET_M * walking.detour / walking.speed_mps))
    near = walking.near(min(walking.max_walk_s, reach_s))
    a, b = near.origin, near.target
    stops = walking.stops
    metres = distance_m(stops.lat[a], stops.lon[a], stops.lat[b], stops.lon[b])
    own_place = np.isfinite(off_m[a]) & np.isfinite(off_m[b])
    return near.select(own_place & (metres <= np.maximum(off_m[a], off_m[b])))


def _lay_pathways(walking: _Walking, pairs: Pairs) -> Pairs:
    """Lay walks along pathways over the others; those too long or not step-free go."""
    if walking.ways is None:
        return pairs
    pairs = pairs.select(~_is_barred(walking, pairs.origin, pairs.target))
    inside = walking.inside
    group = walking.ways.group
    in_group = (group[pairs.origin] >= 0) & (group[pairs.origin] == group[pairs.target])
    if walking.linked is not None:  # the way out of one entrance and in by another stays
        in_group &= np.isfinite(walking.linked.off_m[pairs.origin])
    pairs = pairs.select(~(in_group & inside.contains(pairs.origin, pairs.target)))
    return pairs.under(inside.select(inside.seconds <= walking.max_walk_s))


def _is_barred(walking: _Walking, a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which pairs may not be walked: pathways show no way without steps."""
    barred = np.zeros(len(a), dtype=np.bool_)
    if walking.ways is None or not walking.step_free:
        return barred
    group = walking.ways.group
    shut_in = np.zeros(len(group), dtype=np.bool_)
    own_place = np.ones(len(group), dtype=np.bool_)
    if walking.linked is not None:
        shut_in = walking.linked.is_shut_in
        own_place = np.isfinite(walking.linked.off_m)
    barred = (group[a] >= 0) & (group[a] == group[b]) & own_place[a]
    barred |= shut_in[a] | shut_in[b]
    return np.asarray(barred & ~walking.inside.contains(a, b))


def _however_far(
    walking: _Walking, a: NDArray[np.int64], b: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Compute the seconds of walks of any length: by pathways, over streets, else straight."""
    seconds = walking.straight_s(a, b)
    if walking.over is not None:
        order = np.argsort(a, kind="stable")
        origins, first = np.unique(a[order], return_index=True)
        for origin, rows in zip(origins.tolist(), np.split(order, first[1:]), strict=True):
            limit_s = float(_FAR_TIMES * seconds[rows].max() + _FAR_MORE_S)
            by_street = walking.over.compute_times(origin, b[rows], limit_s)
            found = np.isfinite(by_street)
            seconds[rows[found]] = round_up(by_street[found])
    seconds[_is_barred(walking, a, b)] = NO_WALK_S
    return walking.inside.look_up(a, b, seconds)


def _as_footpaths(walking: _Walking, pairs: Pairs) -> Footpaths:
    offset, stop, duration_s = pairs.as_csr(len(walking.stops))
    linked = walking.linked
    return Footpaths(
        offset=offset,
        stop=stop,
        duration_s=duration_s,
        kind=f"straight-line x {walking.detour:g}" if linked is None else "streets",
        speed_mps=walking.speed_mps,
        limit_s=walking.max_walk_s,
        n_straight_stops=0 if linked is None else int(linked.is_straight.sum()),
        step_free=walking.step_free,
    )
