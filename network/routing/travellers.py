"""Who travels: how fast they walk, whether they take steps, what they may board."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from network.base import Problem
from network.base.errors import NetworkInputError
from network.base.kept import Kept
from network.routing.criteria.costs import Weights
from network.routing.loads import SegmentLoads, find_calls
from network.timetable import POSSIBLE, UNKNOWN
from network.walking.straight import DEFAULT_DETOUR, DEFAULT_SPEED_MPS
from network.walking.walks import build_walks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.network import Network
    from network.timetable import Timetable
    from network.walks import Pathways

_SPEEDS_MPS = (0.1, 3.0)
_ON_FOOT = (1, 2)  # pathway_mode of walkways and stairs: the others move, or hold up, everybody
_KEPT = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Traveller:
    """How somebody gets about.

    ``speed_mps`` is the walking speed on the flat, that of the network where None. With
    ``step_free`` no steps are taken. With ``wheelchair`` only stops and trips are used that the
    feed calls accessible; those of which it says nothing too where ``accept_unknown``.

    Raises
    ------
    NetworkInputError
        If the speed is not between 0.1 and 3 metres a second.
    """

    speed_mps: float | None = None
    step_free: bool = False
    wheelchair: bool = False
    accept_unknown: bool = False
    weights: Weights = Weights()

    def __post_init__(self) -> None:
        """Refuse a speed at which nobody walks."""
        low, high = _SPEEDS_MPS
        if self.speed_mps is not None and not low <= self.speed_mps <= high:
            raise NetworkInputError(
                Problem(
                    file="<traveller>",
                    field="speed_mps",
                    found=f"{self.speed_mps} m/s",
                    expected=f"a walking speed of {low:g} to {high:g} m/s",
                    mend="Give metres a second: 1.2 is 4.3 km/h.",
                )
            )


DEFAULT = Traveller()
"""Walks as the network says, by steps too."""
SLOW = Traveller(speed_mps=0.8, weights=Weights(walking=2.0, transfer_s=480.0))
"""Walks at 0.8 m/s, about the mean of people over 65 (Asher, Aresu, Falaschetti, Mindell, Age
and Ageing 41(5), 2012, doi:10.1093/ageing/afs076); walks and changes weigh at the upper end of
what is usual, a choice."""
WHEELCHAIR = Traveller(
    speed_mps=0.8,
    step_free=True,
    wheelchair=True,
    weights=Weights(walking=2.0, transfer_s=480.0),
)
"""Rolls at 0.8 m/s, the mean of a day in a manual wheelchair (Tolerico et al., Journal of
Rehabilitation Research and Development 44(4), 2007, doi:10.1682/JRRD.2006.02.0017)."""


def network_for(network: Network, traveller: Traveller) -> Network:
    """Return the network as a traveller can use it, the same one each time.

    Walks between stops are built anew at the traveller's speed, as far in metres as before, and
    so are the links of stops to the streets; access and egress follow, for they take speed and
    steps from the footpaths. Times that transfers.txt sets stay. Inside stations, walkways
    and stairs take longer or shorter, escalators, lifts and gates do not. In a wheelchair,
    stops that may not be used are neither boarded nor left at, and trips that may not are
    removed, so that trips are numbered anew (:func:`keep_loads`); patterns stay.

    Parameters
    ----------
    network
        As read from feeds. It and what is returned are kept while among the last eight.
    """
    speed_mps = _speed(network, traveller)
    step_free = traveller.step_free or network.footpaths.step_free
    same_walks = speed_mps == network.footpaths.speed_mps and step_free == (
        network.footpaths.step_free
    )
    if same_walks and not traveller.wheelchair:
        return network
    values = (speed_mps, step_free, traveller.wheelchair, traveller.accept_unknown)

    def make() -> Network:
        walked = network if same_walks else _walk_anew(network, speed_mps, step_free=step_free)
        if not traveller.wheelchair:
            return walked
        return replace(walked, timetable=_accessible(network.timetable, traveller))

    return _kept.find((network,), make, values=values)


_kept: Kept[Network] = Kept(_KEPT)


def keep_loads(network: Network, traveller: Traveller, loads: SegmentLoads) -> SegmentLoads:
    """Return loads of a network for the network of a traveller, where trips may be fewer.

    Raises
    ------
    NetworkInputError
        If the loads are not of the network.
    """
    loads.refuse_other(network.timetable)
    if not traveller.wheelchair:
        return loads
    kept = can_use(network.timetable.trip_wheelchair, traveller)
    trip_at, _ = find_calls(network.timetable)
    return SegmentLoads(load_factor=loads.load_factor[kept[trip_at]])


def can_use(wheelchair: NDArray[np.int8], traveller: Traveller) -> NDArray[np.bool_]:
    """Return which stops or trips a traveller can use, by what the feed says of wheelchairs."""
    if not traveller.wheelchair:
        return np.ones(len(wheelchair), dtype=np.bool_)
    usable = wheelchair == POSSIBLE
    if traveller.accept_unknown:
        usable |= wheelchair == UNKNOWN
    return np.asarray(usable)


def _speed(network: Network, traveller: Traveller) -> float:
    if traveller.speed_mps is None:
        return network.footpaths.speed_mps
    return traveller.speed_mps


def _walk_anew(network: Network, speed_mps: float, *, step_free: bool) -> Network:
    footpaths = network.footpaths
    pathways = network.pathways and _at_speed(network.pathways, speed_mps)
    walks, links = build_walks(
        network.timetable,
        transfer_rules=network.transfer_rules,
        pathways=pathways,
        streets=network.streets,
        max_walk_s=math.ceil(footpaths.limit_s * footpaths.speed_mps / speed_mps),
        speed_mps=speed_mps,
        detour=_detour(footpaths.kind),
        step_free=step_free,
    )
    return replace(network, footpaths=walks, pathways=pathways, stop_links=links)


def _at_speed(pathways: Pathways, speed_mps: float) -> Pathways:
    """Return pathways whose walkways and stairs take as long as the walker does."""
    on_foot = np.isin(pathways.mode, _ON_FOOT)
    seconds = pathways.duration_s * DEFAULT_SPEED_MPS / speed_mps
    return replace(pathways, duration_s=np.where(on_foot, seconds, pathways.duration_s))


def _detour(kind: str) -> float:
    """Return the detour that straight walks of footpaths were built with."""
    _, found, detour = kind.partition("straight-line x ")
    return float(detour) if found else DEFAULT_DETOUR


def _accessible(timetable: Timetable, traveller: Traveller) -> Timetable:
    """Return the timetable without the stops and trips that a wheelchair cannot use."""
    kept = can_use(timetable.trip_wheelchair, traveller)
    at_call = can_use(timetable.stops.wheelchair, traveller)[timetable.pattern_stop]
    trip_at, _ = find_calls(timetable)
    at_time = kept[trip_at]
    pattern = np.repeat(np.arange(timetable.n_patterns), np.diff(timetable.pattern_trip_offset))
    counts = np.bincount(pattern[kept], minlength=timetable.n_patterns)
    sizes = counts * np.diff(timetable.pattern_offset)
    starts = np.concatenate(([0], np.cumsum(sizes)))[: len(timetable.pattern_time_offset)]
    return replace(
        timetable,
        pattern_pickup=timetable.pattern_pickup & at_call,
        pattern_dropoff=timetable.pattern_dropoff & at_call,
        pattern_trip_offset=np.concatenate(([0], np.cumsum(counts))).astype(np.int32),
        pattern_time_offset=starts.astype(np.int32),
        arrival_s=timetable.arrival_s[at_time],
        departure_s=timetable.departure_s[at_time],
        trip_ids=tuple(timetable.trip_ids[t] for t in np.flatnonzero(kept).tolist()),
        trip_seats=timetable.trip_seats[kept],
        trip_standing_m2=timetable.trip_standing_m2[kept],
        trip_is_headway=timetable.trip_is_headway[kept],
        trip_next=_number_next(timetable.trip_next, kept),
        trip_wheelchair=timetable.trip_wheelchair[kept],
        trip_bikes=timetable.trip_bikes[kept],
    )


def _number_next(trip_next: NDArray[np.int32], kept: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Return what each kept trip goes on as, -1 where that trip is not kept."""
    number = np.full(len(kept) + 1, -1, dtype=np.int32)  # the last place stands for none
    number[:-1][kept] = np.arange(int(kept.sum()))
    return number[trip_next[kept]]
