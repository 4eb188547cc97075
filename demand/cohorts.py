"""Cohorts of the employers' staff by home zone, and everybody else on the lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from demand.employers import Cohorts
from demand.flows import BackgroundDemand
from network.base import pairwise_distance_m
from network.base.errors import DemandInputError, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from demand.employers import Employer, Site
    from demand.flows import ArrivalProfile, CommuterFlows
    from demand.zones import ZoneSystem

MIN_STRAND_PAX = 0.2
MIN_SITE_WORKERS = 500.0


def build_cohorts(
    employers: Sequence[Employer],
    flows: CommuterFlows,
    zones: ZoneSystem,
    *,
    min_strand_pax: float = MIN_STRAND_PAX,
    min_site_workers: float = MIN_SITE_WORKERS,
) -> Cohorts:
    """Build one cohort per team, spread over the home zones of those who work around its site.

    Present staff is ``headcount x (1 - telework_share)``. They live where the workers of
    the site's zone live and go by transit as these do, origin by origin: a cohort has
    ``present x workers[o] / sum(workers) x transit_share[o]`` passengers from ``o``. Where
    the site's zone has fewer than ``min_site_workers`` jobs, the jobs of its whole commune
    stand in. Strands below ``min_strand_pax`` join the kept strand whose home zone is
    nearest; a cohort's passengers are conserved.

    Raises
    ------
    DemandInputError
        If nobody works anywhere in a site's commune, so that homes cannot be told.
    """
    sites = [(employer, site) for employer in employers for site in employer.sites]
    place = {(employer.id, site.id): i for i, (employer, site) in enumerate(sites)}
    riders = [_riders_by_origin(site, flows, zones, min_site_workers) for _, site in sites]
    _check_sites(sites, riders)
    teams = [(e, employer, team) for e, employer in enumerate(employers) for team in employer.teams]
    team_site = [place[employer.id, team.site_id] for _, employer, team in teams]
    size = np.asarray([team.headcount * (1 - team.telework_share) for *_, team in teams])
    strands = [
        _merge_strands(present * riders[site], zones, min_strand_pax)
        for present, site in zip(size, team_site, strict=True)
    ]
    counts = [len(origin) for origin, _ in strands]

    def per_team(name: str) -> NDArray[np.int32]:
        return np.asarray([getattr(team, name) for *_, team in teams], dtype=np.int32)

    return Cohorts(
        employer_ids=tuple(employer.id for employer in employers),
        site_ids=tuple(site.id for _, site in sites),
        site_zone=np.asarray([site.zone_idx for _, site in sites], dtype=np.int32),
        site_lat=np.asarray([site.lat for _, site in sites], dtype=np.float64),
        site_lon=np.asarray([site.lon for _, site in sites], dtype=np.float64),
        team_ids=tuple(team.id for *_, team in teams),
        employer=np.asarray([e for e, *_ in teams], dtype=np.int32),
        site=np.asarray(team_site, dtype=np.int32),
        size=size,
        start_s=per_team("start_s"),
        earliest_s=per_team("earliest_s"),
        latest_s=per_team("latest_s"),
        max_shift_s=per_team("max_shift_s"),
        movable=np.asarray([team.movable for *_, team in teams], dtype=np.bool_),
        strand_cohort=np.repeat(np.arange(len(teams), dtype=np.int32), counts),
        strand_origin=_join([origin for origin, _ in strands], np.dtype(np.int32)),
        strand_pax=_join([pax for _, pax in strands], np.dtype(np.float64)),
    )


def build_background(
    flows: CommuterFlows,
    cohorts: Cohorts,
    zones: ZoneSystem,
    *,
    presence_share: float,
    other_purposes_factor: float,
    profile: ArrivalProfile,
) -> BackgroundDemand:
    """Build the transit trips of everybody who is not staff of the employers.

    All trips are ``workers x transit_share x presence_share x other_purposes_factor``; the
    employers' own passengers are then taken off so that nobody counts twice. What a pair
    cannot give (a site with more staff than its zone has jobs in the census) is taken off
    the other origins of the same destination in proportion, then off the other zones of
    the destination's commune; no pair falls below 0.
    """
    if not 0 <= presence_share <= 1 or other_purposes_factor < 1:
        msg = (
            f"presence_share {presence_share} must lie in 0 to 1 and other_purposes_factor "
            f"{other_purposes_factor} be at least 1"
        )
        raise ValueError(msg)
    trips = flows.workers * flows.transit_share * presence_share * other_purposes_factor
    staff = np.zeros((len(zones), len(zones)))
    site_zone = cohorts.site_zone[cohorts.site[cohorts.strand_cohort]]
    np.add.at(staff, (cohorts.strand_origin, site_zone), cohorts.strand_pax)
    own = staff[flows.origin, flows.destination]
    taken = np.minimum(trips, own)
    left = trips - taken
    owed = staff.sum(axis=0) - np.bincount(flows.destination, weights=taken, minlength=len(zones))
    left, owed = _take_off(left, flows.destination, owed)
    family = _families(zones)
    still_owed = np.bincount(family, weights=owed, minlength=len(zones)).astype(np.float64)
    left, _ = _take_off(left, family[flows.destination], still_owed)
    return BackgroundDemand(
        origin=flows.origin, destination=flows.destination, trips=left, profile=profile
    )


def _families(zones: ZoneSystem) -> NDArray[np.int32]:
    """Give the quartiers of one commune one number; every other leaf has its own."""
    first: dict[str, int] = {}
    return np.asarray(
        [
            first.setdefault(zones.parents[leaf] if zones.levels[leaf] == "quartier" else leaf, i)
            for i, leaf in enumerate(zones.ids)
        ],
        dtype=np.int32,
    )


def _take_off(
    trips: NDArray[np.float64], group: NDArray[np.integer], owed: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Take what each group owes off its trips in proportion; return trips and what is left owed."""
    there = np.bincount(group, weights=trips, minlength=len(owed))
    keep = np.divide(there - owed, there, out=np.zeros(len(owed)), where=there > 0)
    return trips * np.clip(keep, 0.0, 1.0)[group], np.maximum(owed - there, 0.0)


def _riders_by_origin(
    site: Site, flows: CommuterFlows, zones: ZoneSystem, min_site_workers: float
) -> NDArray[np.float64]:
    """Return transit passengers by origin per worker of the site; NaN where nobody works near."""
    at_work = flows.destination == site.zone_idx
    commune = zones.parents.get(zones.ids[site.zone_idx])
    quartier = zones.levels.get(zones.ids[site.zone_idx]) == "quartier"
    if flows.workers[at_work].sum() < min_site_workers and quartier and commune is not None:
        at_work = np.isin(flows.destination, zones.leaves_under(commune))
    workers = flows.workers[at_work]
    if workers.sum() <= 0:
        return np.full(len(zones), np.nan)
    pax = workers * flows.transit_share[at_work] / workers.sum()
    by_origin = np.bincount(flows.origin[at_work], weights=pax, minlength=len(zones))
    return by_origin.astype(np.float64)


def _check_sites(sites: list[tuple[Employer, Site]], riders: list[NDArray[np.float64]]) -> None:
    problems = [
        Problem(
            file="commuter flows",
            found=f"nobody works near site {site.id} of {employer.id}",
            expected="workers in the site's zone or commune, to know where its staff live",
            mend="Correct the site's place or add flows to its zone.",
        )
        for (employer, site), pax in zip(sites, riders, strict=True)
        if np.isnan(pax).any()
    ]
    if problems:
        raise DemandInputError(*problems)


def _merge_strands(
    pax: NDArray[np.float64], zones: ZoneSystem, min_pax: float
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Return origins and passengers of the strands kept; small ones join the nearest kept."""
    present = np.flatnonzero(pax > 0)
    if len(present) == 0:
        return np.empty(0, dtype=np.int32), np.empty(0)
    kept = np.flatnonzero(pax >= min_pax)
    if len(kept) == 0:
        kept = np.asarray([int(pax.argmax())])
    small = np.setdiff1d(present, kept)
    result = pax[kept].copy()
    if len(small):
        away = pairwise_distance_m(
            zones.lat[small], zones.lon[small], zones.lat[kept], zones.lon[kept]
        )
        np.add.at(result, away.argmin(axis=1), pax[small])
    return kept.astype(np.int32), result


def _join(parts: list[NDArray[Any]], dtype: np.dtype[Any]) -> NDArray[Any]:
    return np.concatenate(parts).astype(dtype) if parts else np.empty(0, dtype=dtype)
