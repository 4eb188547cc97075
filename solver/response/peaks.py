"""New peaks: where a plan makes it fuller than it ever is today."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.response.places import CellPlaces
    from solver.response.situations import Ground, State

_MORE = 1e-6
"""A load is above another by more than this share of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPeak:
    """A cell fuller than its place is at any hour of the status quo.

    Load factors before and after, and ``status_quo_peak``: the largest of its place today.
    """

    cell: int
    place: int
    window: int
    before: float
    after: float
    status_quo_peak: float
    after_pax: float
    stands: bool

    def as_dict(self) -> dict[str, Any]:
        """Return the peak as plain JSON values."""
        return {
            "cell": self.cell,
            "place": self.place,
            "window": self.window,
            "load_factor_before": self.before,
            "load_factor_after": self.after,
            "status_quo_peak_load_factor": self.status_quo_peak,
            "load_after_pax": self.after_pax,
            "people_stand": self.stands,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSlotPeak:
    """A start at one site with more people than any start there has today."""

    site: int
    start_s: int
    before_people: float
    after_people: float
    status_quo_peak_people: float

    def as_dict(self) -> dict[str, Any]:
        """Return the peak as plain JSON values."""
        return {
            "site": self.site,
            "start_s": self.start_s,
            "before_people": self.before_people,
            "after_people": self.after_people,
            "status_quo_peak_people": self.status_quo_peak_people,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPeaks:
    """All new peaks counted, the fullest listed.

    ``n_cells`` is None where the cells' places are not known; ``n_cells_standing`` counts
    those of them in which people stand.
    """

    n_cells: int | None
    n_cells_standing: int | None
    cells: tuple[NewPeak, ...]
    n_slots: int
    slots: tuple[NewSlotPeak, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the peaks as plain JSON values."""
        return {
            "n_cells": self.n_cells,
            "n_cells_standing": self.n_cells_standing,
            "cells": [peak.as_dict() for peak in self.cells],
            "n_slots": self.n_slots,
            "slots": [peak.as_dict() for peak in self.slots],
        }


def find_new_peaks(
    ground: Ground,
    status_quo: State,
    response: State,
    *,
    places: CellPlaces | None,
    at_most: int,
) -> NewPeaks:
    """Find cells and starts that a plan makes fuller than their place is today at any hour.

    Fullest first, at most so many of each. Without ``places`` only starts are compared.
    """
    n_slots, slots = _slot_peaks(ground, response, at_most)
    if places is None:
        return NewPeaks(n_cells=None, n_cells_standing=None, cells=(), n_slots=n_slots, slots=slots)
    cells = ground.problem.cells
    capacity = cells.capacity_pax
    size = np.where(capacity > 0, capacity, 1.0)
    before = np.where(capacity > 0, status_quo.load_pax / size, 0.0)
    after = np.where(capacity > 0, response.load_pax / size, 0.0)
    peak = np.zeros(int(places.place.max(initial=-1)) + 1)
    np.maximum.at(peak, places.place, before)
    limit = peak[places.place]
    is_new = after > limit + _MORE * np.maximum(1.0, limit)
    stands = response.load_pax > cells.seats
    order = np.flatnonzero(is_new)[np.argsort(-after[is_new], kind="stable")]
    return NewPeaks(
        n_cells=int(is_new.sum()),
        n_cells_standing=int((is_new & stands).sum()),
        cells=tuple(
            NewPeak(
                cell=int(k),
                place=int(places.place[k]),
                window=int(places.window[k]),
                before=float(before[k]),
                after=float(after[k]),
                status_quo_peak=float(limit[k]),
                after_pax=float(response.load_pax[k]),
                stands=bool(stands[k]),
            )
            for k in order[:at_most]
        ),
        n_slots=n_slots,
        slots=slots,
    )


def _slot_peaks(
    ground: Ground, response: State, at_most: int
) -> tuple[int, tuple[NewSlotPeak, ...]]:
    sites, before = _people_by_start(ground, ground.base_x)
    _, after = _people_by_start(ground, response.x)
    peak = before.max(axis=1, initial=0.0)
    site, slot = np.nonzero(after > (peak + _MORE * np.maximum(1.0, peak))[:, None])
    order = np.argsort(-(after[site, slot] - peak[site]), kind="stable")[:at_most]
    return len(site), tuple(
        NewSlotPeak(
            site=int(sites[site[i]]),
            start_s=int(ground.problem.slot_start_s[slot[i]]),
            before_people=float(before[site[i], slot[i]]),
            after_people=float(after[site[i], slot[i]]),
            status_quo_peak_people=float(peak[site[i]]),
        )
        for i in order
    )


def _people_by_start(
    ground: Ground, x: NDArray[np.float64]
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Count people of all modes by site and slot, (n_sites, n_slots)."""
    cohorts = ground.problem.cohorts
    sites, place = np.unique(cohorts.site, return_inverse=True)
    owner = ground.matrices.candidate_cohort
    people = np.zeros((len(sites), len(ground.problem.slot_start_s)))
    np.add.at(people, (place[owner], cohorts.candidate_slot), cohorts.size[owner] * x)
    return sites, people
