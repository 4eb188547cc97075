"""Everybody else's answer to a plan: some move into the quarter hours that it empties."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from solver.choice import Alternatives
    from solver.loading import TransitLoading

FLEXIBLE_SHARES = (0.05, 0.15, 0.30)
"""Shares of everybody else who would as soon arrive a quarter hour earlier or later: low, middle
and high. No count of them is known for the territory: in Singapore 7 % of trips moved when early
rides became free (2013), in Melbourne 23 % of users; the three span these."""

ROUNDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebound:
    """Where everybody else ends: the loading, who shifted, how far from rest it was."""

    loading: TransitLoading
    shifted_pax: float
    residual: float


def find_neighbours(alternatives: Alternatives) -> NDArray[np.int64]:
    """Return the groups whose next group is the same trip one window later, shape (n,)."""
    same = (
        (alternatives.group_origin[1:] == alternatives.group_origin[:-1])
        & (alternatives.group_place[1:] == alternatives.group_place[:-1])
        & (alternatives.group_window[1:] == alternatives.group_window[:-1] + 1)
    )
    return np.flatnonzero(same)


def shift_flexible(
    demand_pax: NDArray[np.float64],
    first: NDArray[np.int64],
    change_min: NDArray[np.float64],
    *,
    flexible_share: float,
    scale_per_min: float,
) -> NDArray[np.float64]:
    """Return who goes from each group ``first`` to the one after it, net, shape (n,).

    Between two neighbouring windows ``flexible_share / 2`` of the smaller group are free on
    either side. As long as costs are today's as many go one way as the other. Each chooses by
    a binary logit of what the two windows' costs have changed by since today, so the net
    exchange is ``free x tanh(scale x (change here - change there) / 2)``: it is nobody where
    nothing changed and never more than the free.

    Parameters
    ----------
    demand_pax
        Passengers by group today, shape (n_groups,).
    first
        Groups with a neighbour one window later, from :func:`find_neighbours`.
    change_min
        Expected cost of each group now less today's, minutes, shape (n_groups,).
    """
    free = 0.5 * flexible_share * np.minimum(demand_pax[first], demand_pax[first + 1])
    pull = change_min[first] - change_min[first + 1]
    result: NDArray[np.float64] = free * np.tanh(0.5 * scale_per_min * pull)
    return result


def find_rebound(
    alternatives: Alternatives,
    others_pax: NDArray[np.float64],
    staff_pax: NDArray[np.float64],
    *,
    today: TransitLoading,
    after: TransitLoading,
    flexible_share: float,
    scale_per_min: float,
    load: Callable[[NDArray[np.float64], TransitLoading], TransitLoading],
) -> Rebound:
    """Let everybody else choose quarter hours again, and load, until few change their minds.

    Successive averages of the net exchange; each round prices the groups by a whole loading.

    Parameters
    ----------
    others_pax, staff_pax
        Everybody else and the staff under the plan, by group, shape (n_groups,).
    today, after
        The status quo and the plan's free response.
    load
        Loads a demand, starting from another loading's flows.
    """
    first = find_neighbours(alternatives)
    moved = np.zeros(len(first))
    loading, residual = after, 0.0
    for step in range(ROUNDS):
        wanted = shift_flexible(
            others_pax,
            first,
            loading.expected_min - today.expected_min,
            flexible_share=flexible_share,
            scale_per_min=scale_per_min,
        )
        next_moved = moved + (wanted - moved) / (step + 1)
        most = float(np.abs(next_moved).sum())
        residual = float(np.abs(wanted - moved).sum()) / most if most > 0 else 0.0
        moved = next_moved
        demand = others_pax + staff_pax
        demand[first] -= moved
        demand[first + 1] += moved
        loading = load(np.maximum(0.0, demand), loading)
    return Rebound(loading=loading, shifted_pax=float(np.abs(moved).sum()), residual=residual)
