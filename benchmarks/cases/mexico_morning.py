"""An illustrative morning of Mexico City: people by zone as there is room in vehicles."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from network.base import pairwise_distance_m, parse_clock

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from demand import ArrivalProfile
    from network import Network
    from solver.choice import Connectors, Places
    from solver.loading.vehicles import MinuteDemand

ZONE_M = 1_500.0
MEAN_KM = 7.0
"""Gravity's deterrence falls by e in so many kilometres."""
LEAST_TRIPS = 2.0
"""Pairs of fewer trips are left out, their trips given to the others."""
MAX_WALK_S = 900
_METRES_A_DEGREE = 111_195.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Morning:
    """Who travels between which zones when, and how zones reach stops."""

    places: Places
    connectors: Connectors
    rows: MinuteDemand
    n_pairs: int


def build_morning(
    network: Network,
    profile: ArrivalProfile,
    *,
    trips: float,
    start: str,
    end: str,
    pax_per_row: float,
    seed: int,
) -> Morning:
    """Build an illustrative morning: nobody counted these people.

    Zones are squares of ``ZONE_M`` that hold stops, at the mean of these. People set out from
    a zone, and go there, in proportion to the room of all vehicles that call there between
    ``start`` and ``end``, each time by a factor drawn around 1; a pair's trips fall exponentially
    with distance (gravity). All go by the lines of the network; who finds no journey is stranded.
    """
    from scenarios.loads import sample_rows
    from solver.loading.vehicles import NOBODY, MinuteDemand

    rng = np.random.default_rng(seed)
    start_s, end_s = parse_clock(start), parse_clock(end)
    places, zone_of_stop = _build_zones(network)
    origin, place, pair_trips = _gravity(network, places, zone_of_stop, start_s, end_s, trips, rng)
    row, minute_s, pax = sample_rows(pair_trips, profile, start_s, end_s, pax_per_row, rng)
    rows = MinuteDemand(
        origin=origin[row],
        place=place[row],
        wanted_s=minute_s.astype(np.int32),
        pax=pax,
        flexible=np.zeros(len(row), dtype=np.bool_),
        owner=np.full(len(row), NOBODY, dtype=np.int32),
    )
    return Morning(
        places=places,
        connectors=_connect(network, places),
        rows=rows,
        n_pairs=len(origin),
    )


def _build_zones(network: Network) -> tuple[Places, NDArray[np.int64]]:
    """Return the squares that hold stops, and each stop's."""
    from solver.choice import Places

    stops = network.timetable.stops
    north_m = stops.lat * _METRES_A_DEGREE
    east_m = stops.lon * _METRES_A_DEGREE * np.cos(np.radians(stops.lat.mean()))
    square = np.column_stack([np.floor(north_m / ZONE_M), np.floor(east_m / ZONE_M)])
    _, zone = np.unique(square, axis=0, return_inverse=True)
    zone = zone.reshape(-1)
    count = np.bincount(zone)
    lat = np.bincount(zone, weights=stops.lat) / count
    lon = np.bincount(zone, weights=stops.lon) / count
    return Places(lat=lat, lon=lon, n_zones=len(count)), zone


def _gravity(
    network: Network,
    places: Places,
    zone_of_stop: NDArray[np.int64],
    start_s: int,
    end_s: int,
    trips: float,
    rng: np.random.Generator,
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
    """Return origins, destinations and trips of the pairs."""
    from solver.crowding import capacity_pax
    from solver.loading.vehicles import CallTable

    timetable, n = network.timetable, len(places)
    calls = CallTable.of(timetable)
    offered = capacity_pax(calls.seats, calls.standing_m2)
    calling = (timetable.departure_s >= start_s) & (timetable.departure_s < end_s)
    by_zone = np.bincount(zone_of_stop[calls.stop[calling]], weights=offered[calling], minlength=n)
    out, into = (by_zone * rng.lognormal(0.0, 0.5, n) for _ in range(2))
    km = pairwise_distance_m(places.lat, places.lon, places.lat, places.lon) / 1000
    weight = out[:, None] * into[None, :] * np.exp(-km / MEAN_KM)
    np.fill_diagonal(weight, 0.0)
    weight *= trips / weight.sum()
    weight[weight < LEAST_TRIPS] = 0.0
    weight *= trips / weight.sum()
    origin, place = np.nonzero(weight)
    return origin.astype(np.int32), place.astype(np.int32), weight[origin, place]


def _connect(network: Network, places: Places) -> Connectors:
    """Return walks to the stops around each zone's centre, and no other lines at all."""
    from solver.choice import AccessRules, LocalLines, WalkRules, build_connectors
    from solver.loading.vehicles import NO_OTHER_MIN

    rules = AccessRules(walk=WalkRules(max_s=MAX_WALK_S), local=LocalLines(max_m=0.0))
    no_hubs = np.zeros(0, dtype=np.int32)
    connectors = build_connectors(network.timetable, places, hub_stops=no_hubs, rules=rules)
    return replace(connectors, other_min=np.full_like(connectors.other_min, NO_OTHER_MIN))
