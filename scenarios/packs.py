"""The demand side of a pack: from its own tables, or from census tables by commune."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from demand import (
    TransitShareSettings,
    ZoningSettings,
    build_zone_system,
    compute_outer_factor,
    estimate_transit_share,
    spread_flows,
)
from demand.readers import (
    read_communes,
    read_flows,
    read_insee_modes,
    read_insee_od,
    read_zones,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from demand import CommunePairs, CommuterFlows, ModePairs, ZoneSystem
    from network import Network
    from network.base import ProblemLog
    from scenarios.parameters import CensusDemand, TerritoryFile


@dataclass(frozen=True, slots=True, kw_only=True)
class PackData:
    """Zones and the commuters between them."""

    zones: ZoneSystem
    flows: CommuterFlows


def read_pack_demand(
    file: TerritoryFile, resolve: Callable[[str], Path], network: Network, log: ProblemLog
) -> PackData:
    """Read a pack's zones and flows, or build them from the census tables it names."""
    demand = file.demand
    if demand.kind == "census":
        return _build_from_census(demand, resolve, network, log)
    zones = read_zones(resolve(demand.zones), log=log)
    return PackData(zones=zones, flows=read_flows(resolve(demand.flows), zones, log=log))


def _build_from_census(
    demand: CensusDemand, resolve: Callable[[str], Path], network: Network, log: ProblemLog
) -> PackData:
    """Cut communes into quartiers round the feed's stations and spread the census flows.

    Jobs are spread like homes within a commune: nothing better is in the census.
    """
    communes = read_communes(resolve(demand.communes), resolve(demand.population), log=log)
    pairs = read_insee_od(resolve(demand.workers), log=log)
    modes = read_insee_modes(resolve(demand.modes), log=log)
    lat, lon, names = _stations(network)
    zones, split = build_zone_system(
        communes,
        territory_codes=demand.communes_of_territory,
        stations_lat=lat,
        stations_lon=lon,
        stations_names=names,
        settings=ZoningSettings(
            region_name=demand.region_name,
            territory_name=demand.territory_name,
            departement_names=demand.departement_names,
            near_m=demand.near_m,
            split_departements=demand.split_departements,
        ),
    )
    share = estimate_pair_shares(
        pairs,
        modes,
        centre=demand.centre_departements,
        inner=demand.inner_departements,
        region_transit_share=demand.region_transit_share,
    )
    return PackData(zones=zones, flows=spread_flows(pairs, share, split))


def estimate_pair_shares(
    pairs: CommunePairs,
    modes: ModePairs,
    *,
    centre: tuple[str, ...],
    inner: tuple[str, ...],
    region_transit_share: float,
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Estimate the transit share of every commune pair so that the region's comes out.

    ``centre`` and ``inner`` are departments of the first two rings; all else is outer.
    """

    def ring_of(code: str) -> int:
        return 0 if code[:2] in centre else 1 if code[:2] in inner else 2

    first = estimate_transit_share(pairs, modes, ring_of=ring_of)
    factor = compute_outer_factor(
        pairs, first, ring_of=ring_of, target_share=region_transit_share
    )
    final = estimate_transit_share(
        pairs, modes, ring_of=ring_of, settings=TransitShareSettings(outer_factor=factor)
    )
    return final.share


def _stations(
    network: Network,
) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Return the mean position and the name of every station."""
    stops = network.timetable.stops
    n = len(stops.station_names)
    count = np.maximum(1, np.bincount(stops.station, minlength=n))
    lat = np.bincount(stops.station, weights=stops.lat, minlength=n) / count
    lon = np.bincount(stops.station, weights=stops.lon, minlength=n) / count
    return lat, lon, stops.station_names
