"""Who travels: zones, commuter flows, employers' staff as cohorts, and everybody else."""

from demand.cohorts import build_background, build_cohorts
from demand.communes import Commune, CommunePairs, CommuneSplit, ModePairs
from demand.employers import Cohorts, Employer, Site, Team
from demand.flows import ArrivalProfile, BackgroundDemand, CommuterFlows
from demand.profiles import smooth_profile
from demand.spreading import spread_flows, weigh_work_ends
from demand.transit_share import (
    TransitShares,
    TransitShareSettings,
    compute_outer_factor,
    estimate_transit_share,
)
from demand.zones import ZoneSystem
from demand.zoning import ZoningSettings, build_zone_system

__all__ = [
    "ArrivalProfile",
    "BackgroundDemand",
    "Cohorts",
    "Commune",
    "CommunePairs",
    "CommuneSplit",
    "CommuterFlows",
    "Employer",
    "ModePairs",
    "Site",
    "Team",
    "TransitShareSettings",
    "TransitShares",
    "ZoneSystem",
    "ZoningSettings",
    "build_background",
    "build_cohorts",
    "build_zone_system",
    "compute_outer_factor",
    "estimate_transit_share",
    "smooth_profile",
    "spread_flows",
    "weigh_work_ends",
]
