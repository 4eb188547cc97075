"""The demand side of a pack: from its own tables, or from census tables by commune."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from demand import (
    TransitShareSettings,
    compute_outer_factor,
    estimate_transit_share,
    spread_flows,
)
from demand.readers import (
    read_commune_zones,
    read_flows,
    read_insee_modes,
    read_insee_od,
    read_zones,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from demand import CommunePairs, CommuterFlows, ModePairs, ZoneSystem
    from network.base import ProblemLog
    from scenarios.parameters import CensusDemand, PackDemand


@dataclass(frozen=True, slots=True, kw_only=True)
class PackData:
    """Zones and the commuters between them."""

    zones: ZoneSystem
    flows: CommuterFlows


def read_pack_demand(
    demand: PackDemand | CensusDemand, resolve: Callable[[str], Path], log: ProblemLog
) -> PackData:
    """Read a pack's zones and flows, or spread the census tables it names over its zones."""
    zones = read_zones(resolve(demand.zones), log=log)
    if demand.kind == "census":
        return PackData(zones=zones, flows=_spread_census(demand, resolve, zones, log))
    return PackData(zones=zones, flows=read_flows(resolve(demand.flows), zones, log=log))


def _spread_census(
    demand: CensusDemand, resolve: Callable[[str], Path], zones: ZoneSystem, log: ProblemLog
) -> CommuterFlows:
    pairs = read_insee_od(resolve(demand.workers), log=log)
    modes = read_insee_modes(resolve(demand.modes), log=log)
    split = read_commune_zones(resolve(demand.commune_zones), zones, log=log)
    share = estimate_pair_shares(
        pairs,
        modes,
        centre=demand.centre_departements,
        inner=demand.inner_departements,
        region_transit_share=demand.region_transit_share,
    )
    return spread_flows(pairs, share, split, log=log)


def estimate_pair_shares(
    pairs: CommunePairs,
    modes: ModePairs,
    *,
    centre: tuple[str, ...],
    inner: tuple[str, ...],
    region_transit_share: float,
) -> NDArray[np.float64]:
    """Estimate the transit share of every commune pair so that the region's comes out.

    ``centre`` and ``inner`` are departments of the first two rings; all else is outer.
    """

    def ring_of(code: str) -> int:
        return 0 if code[:2] in centre else 1 if code[:2] in inner else 2

    first = estimate_transit_share(pairs, modes, ring_of=ring_of)
    factor = compute_outer_factor(pairs, first, ring_of=ring_of, target_share=region_transit_share)
    final = estimate_transit_share(
        pairs, modes, ring_of=ring_of, settings=TransitShareSettings(outer_factor=factor)
    )
    return final.share
