"""Who is on this stretch: by zone and by cohort, nothing said of a few people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.loading.vehicles.assign import RunLoading
    from solver.loading.vehicles.paths import MinuteDemand, RunChoices

LEAST_PAX = 11.0
"""Fewest people of whom a table may speak (the threshold of INSEE's tables on households)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectedLink:
    """Passengers of some run segments, each counted once however long the ride.

    ``origin_pax`` and ``place_pax`` are by zone or place, ``owner_pax`` by cohort; values from
    0 to the threshold are set to 0 and their sum is ``hidden_*_pax``. ``nobody_pax`` are
    of no cohort.
    """

    total_pax: float
    nobody_pax: float
    origin_pax: NDArray[np.float64]
    place_pax: NDArray[np.float64]
    owner_pax: NDArray[np.float64]
    hidden_origin_pax: float
    hidden_place_pax: float
    hidden_owner_pax: float


def select_link(
    choices: RunChoices,
    loading: RunLoading,
    demand: MinuteDemand,
    on_link: NDArray[np.bool_],
    *,
    n_places: int,
    n_owners: int,
    least_pax: float = LEAST_PAX,
) -> SelectedLink:
    """Find out who rides the run segments that leave the calls of a mask.

    Journeys count as they are planned: with hard capacity, who is left behind is counted with
    the run of the plan. A group's cohorts share its routes alike.

    Parameters
    ----------
    on_link
        Which calls, shape (n_stop_times,), aligned with ``Timetable.departure_s``.
    """
    uses = journeys_using(choices, on_link)
    on_entry = np.zeros(choices.n_entries, dtype=np.bool_)
    rides = choices.journey >= 0
    on_entry[rides] = uses[choices.journey[rides]]
    flow = np.where(on_entry, loading.flow_pax, 0.0)
    by_group = np.bincount(choices.group_of_entry(), weights=flow, minlength=choices.n_groups)
    share = np.divide(by_group, choices.pax, out=np.zeros(choices.n_groups), where=choices.pax > 0)
    there = choices.row_group >= 0
    row_pax = np.zeros(len(demand))
    row_pax[there] = demand.pax[there] * share[choices.row_group[there]]
    owned = demand.owner >= 0
    owner_pax = np.bincount(demand.owner[owned], weights=row_pax[owned], minlength=n_owners)
    origin_pax = np.bincount(choices.group_origin, weights=by_group, minlength=n_places)
    place_pax = np.bincount(choices.group_place, weights=by_group, minlength=n_places)
    shown = [_hide(values, least_pax) for values in (origin_pax, place_pax, owner_pax)]
    return SelectedLink(
        total_pax=float(by_group.sum()),
        nobody_pax=float(row_pax[~owned].sum()),
        origin_pax=shown[0][0],
        place_pax=shown[1][0],
        owner_pax=shown[2][0],
        hidden_origin_pax=shown[0][1],
        hidden_place_pax=shown[1][1],
        hidden_owner_pax=shown[2][1],
    )


def journeys_using(choices: RunChoices, on_link: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which journeys are planned over any of the run segments, shape (n_journeys,)."""
    journeys = choices.journeys
    before = np.concatenate(([0], np.cumsum(on_link)))
    ridden = before[journeys.leg_alight] - before[journeys.leg_board]
    along = np.concatenate(([0], np.cumsum(ridden)))
    return np.asarray(along[journeys.leg_offset[1:]] > along[journeys.leg_offset[:-1]])


def _hide(values: NDArray[Any], least: float) -> tuple[NDArray[np.float64], float]:
    few = (values > 0) & (values < least)
    return np.where(few, 0.0, values).astype(np.float64), float(values[few].sum())
