"""A territory's demand by the minute, for the loading by vehicle runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from demand import build_cohorts
from scenarios.model import connect_places, find_background, find_relief, list_places
from solver.loading.vehicles import NOBODY, MinuteDemand

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from demand import ArrivalProfile, Cohorts
    from scenarios.territory import Territory
    from solver.choice import Connectors

STAFF_SPREAD_MIN = 15
"""Staff arrive evenly over so many minutes before their hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayDemand:
    """Who travels when, from where to where, and how they reach stops.

    ``trips`` are all passengers of the period, ``left_out_trips`` those of pairs too small to
    follow over the whole day. Places from ``n_zones`` on are employers' sites.
    """

    rows: MinuteDemand
    connectors: Connectors
    cohorts: Cohorts
    relief: tuple[NDArray[np.bool_], ...]
    n_zones: int
    n_places: int
    trips: float
    left_out_trips: float


def build_day_demand(
    territory: Territory,
    *,
    start_s: int,
    end_s: int,
    pax_per_row: float,
    flexible_share: float,
    factor: float,
    seed: int,
) -> DayDemand:
    """Spread everybody's trips over minutes of arrival from ``start_s`` to ``end_s``.

    A pair's trips become one row for each ``pax_per_row`` of them, at least one, at equal steps
    of the arrival profile from a start that is drawn: few rows, no bias, and all trips are kept.
    A drawn ``flexible_share`` of the rows, staff left out, may choose the hour. ``factor``
    multiplies the trips of all but staff.
    """
    rng = np.random.default_rng(seed)
    cohorts = build_cohorts(territory.employers, territory.flows, territory.zones)
    background, left_out = find_background(territory, cohorts)
    share = background.profile.share_between(start_s, end_s)
    trips = background.trips * share * factor
    row, minute_s, pax = sample_rows(trips, background.profile, start_s, end_s, pax_per_row, rng)
    staff = _staff_rows(cohorts, start_s, end_s, pax_per_row, rng)
    n_zones = len(territory.zones)
    strand, staff_s, staff_pax = staff
    rows = MinuteDemand(
        origin=np.concatenate((background.origin[row], cohorts.strand_origin[strand])),
        place=np.concatenate(
            (background.destination[row], n_zones + cohorts.site[cohorts.strand_cohort[strand]])
        ).astype(np.int32),
        wanted_s=np.concatenate((minute_s, staff_s)).astype(np.int32),
        pax=np.concatenate((pax, staff_pax)),
        flexible=np.concatenate(
            (rng.random(len(row)) < flexible_share, np.zeros(len(strand), dtype=np.bool_))
        ),
        owner=np.concatenate(
            (np.full(len(row), NOBODY, dtype=np.int32), cohorts.strand_cohort[strand])
        ).astype(np.int32),
    )
    places = list_places(territory, cohorts)
    connectors = connect_places(territory, places)
    return DayDemand(
        rows=rows,
        connectors=connectors,
        cohorts=cohorts,
        relief=find_relief(territory),
        n_zones=n_zones,
        n_places=len(places),
        trips=float(rows.pax.sum()),
        left_out_trips=left_out,
    )


def sample_rows(
    trips: NDArray[np.float64],
    profile: ArrivalProfile,
    start_s: int,
    end_s: int,
    pax_per_row: float,
    rng: np.random.Generator,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Spread pairs' trips over minutes: pair, minute (seconds) and passengers of every row.

    Each of a pair's rows has the same share of its ``trips``, at equal steps of the profile
    between ``start_s`` and ``end_s`` from a start that is drawn.
    """
    first = max(0, (start_s - profile.start_s) // 60)
    last = max(first, (end_s - profile.start_s) // 60)
    cumulated = np.cumsum(profile.share[first:last])
    there = np.flatnonzero(trips > 0)
    if len(cumulated) == 0 or cumulated[-1] <= 0 or len(there) == 0:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0)
    count = np.maximum(1, np.rint(trips[there] / pax_per_row)).astype(np.int64)
    row = np.repeat(there, count)
    step = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    at = (step + np.repeat(rng.random(len(there)), count)) / np.repeat(count, count)
    minute = np.searchsorted(cumulated, at * cumulated[-1], side="right")
    minute_s = profile.start_s + 60 * (first + np.minimum(minute, len(cumulated) - 1))
    return row, minute_s.astype(np.int64), trips[row] / np.repeat(count, count)


def _staff_rows(
    cohorts: Cohorts, start_s: int, end_s: int, pax_per_row: float, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return strand, minute and passengers of staff whose hour lies in the period."""
    begin_s = cohorts.start_s[cohorts.strand_cohort]
    inside = np.flatnonzero((begin_s > start_s) & (begin_s <= end_s) & (cohorts.strand_pax > 0))
    count = np.clip(np.rint(cohorts.strand_pax[inside] / pax_per_row), 1, STAFF_SPREAD_MIN)
    count = count.astype(np.int64)
    strand = np.repeat(inside, count)
    step = np.arange(len(strand)) - np.repeat(np.cumsum(count) - count, count)
    at = (step + np.repeat(rng.random(len(inside)), count)) / np.repeat(count, count)
    early_min = np.floor(at * STAFF_SPREAD_MIN)
    wanted_s = begin_s[strand] - 60 * early_min
    return strand, wanted_s.astype(np.int64), cohorts.strand_pax[strand] / np.repeat(count, count)
