"""Who chooses among what once a plan stands: routes at given starts, or starts and routes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from solver.staggering import EligibleShare

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.staggering import StaggeringProblem
    from solver.staggering.costs.matrices import Matrices


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceTable:
    """Choosers with their demand and the ways each may go.

    Chooser i has ``demand_pax[i]`` passengers and the ways ``offset[i]:offset[i + 1]``. A way
    takes ``route`` and costs ``cost_min`` without crowding. ``candidate`` is the (cohort,
    slot) a way means, None where starts are given.
    """

    offset: NDArray[np.int64]
    demand_pax: NDArray[np.float64]
    cost_min: NDArray[np.float64]
    route: NDArray[np.int64]
    candidate: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.demand_pax)

    def chooser_of_way(self) -> NDArray[np.int64]:
        """Return the chooser of every way."""
        return np.repeat(np.arange(len(self), dtype=np.int64), np.diff(self.offset))

    def route_flow(self, flow: NDArray[np.float64], n_routes: int) -> NDArray[np.float64]:
        """Sum passengers by way to passengers by route, shape (n_routes,)."""
        total = np.bincount(self.route, weights=flow, minlength=n_routes)
        return total.astype(np.float64)


def route_choices(
    problem: StaggeringProblem, matrices: Matrices, x: NDArray[np.float64]
) -> ChoiceTable:
    """Let everybody choose the route at the starts of a plan.

    People of one group (origin, site, slot) have the same routes whoever employs them: a
    chooser is a group, a way a route, in the problem's order.

    Parameters
    ----------
    x
        Share of each (cohort, slot) candidate, shape (n_candidates,).
    """
    groups = problem.groups
    return ChoiceTable(
        offset=groups.route_offset,
        demand_pax=matrices.demand @ x,
        cost_min=groups.free_min,
        route=np.arange(groups.n_routes, dtype=np.int64),
    )


def free_choices(
    problem: StaggeringProblem, matrices: Matrices, moving_min: NDArray[np.float64]
) -> ChoiceTable:
    """Let everybody choose slot and route: flextime.

    A chooser is a strand; its ways are the routes of every slot its cohort may have, at the
    free cost and the schedule disutility of the slot. Of the rules only those on single
    people bind: candidate slots, the largest shift, exemptions, and shares that may not move
    (a second chooser of the strand, in today's slot). Limits on sums over people do not:
    nobody is there to keep them.

    Parameters
    ----------
    moving_min
        Minutes a head of starting in a candidate's slot, shape (n_candidates,).
    """
    cohorts = problem.cohorts
    eligible = eligible_shares(problem)[cohorts.strand_cohort]
    near = np.abs(matrices.shift_s) <= problem.rules.max_shift_s
    is_base = np.zeros(cohorts.n_candidates, dtype=np.bool_)
    is_base[matrices.base_candidate] = True
    movers, stayers = np.flatnonzero(eligible > 0), np.flatnonzero(eligible < 1)
    strand = np.concatenate([movers, stayers])
    chooser, candidate = _pair_candidates(problem, strand)
    kept = np.where(chooser < len(movers), near[candidate], False) | is_base[candidate]
    chooser, candidate = chooser[kept], candidate[kept]
    pax = np.concatenate([eligible[movers], 1.0 - eligible[stayers]]) * cohorts.strand_pax[strand]
    return _spread_over_routes(problem, moving_min, strand, pax, chooser, candidate)


def only_asked(
    problem: StaggeringProblem, matrices: Matrices, x: NDArray[np.float64]
) -> StaggeringProblem:
    """Return the problem in which at most that share of each team may move that a plan moves.

    What a plan leaves where it is may not move at all. Free hours in this problem are those
    of the same people at the same candidate starts, so that they compare with the plan.

    Parameters
    ----------
    x
        Share of each candidate in the plan, shape (n_candidates,).
    """
    moved = np.bincount(
        matrices.candidate_cohort, weights=x * matrices.is_move, minlength=len(problem.cohorts)
    )
    eligible = tuple(
        EligibleShare(cohort=cohort, share=share)
        for cohort, share in enumerate(np.clip(moved, 0.0, 1.0).tolist())
    )
    return replace(
        problem, rules=replace(problem.rules, eligible=(*problem.rules.eligible, *eligible))
    )


def eligible_shares(problem: StaggeringProblem) -> NDArray[np.float64]:
    """Return the share of each cohort that may move by the rules on people, shape (n_cohorts,)."""
    share = np.ones(len(problem.cohorts))
    for rule in problem.rules.eligible:
        share[rule.cohort] = min(share[rule.cohort], rule.share)
    share[list(problem.rules.exempt)] = 0.0
    return share


def _pair_candidates(
    problem: StaggeringProblem, strand: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pair each chooser, a strand's, with all candidates of its cohort."""
    cohorts = problem.cohorts
    first = cohorts.candidate_offset[cohorts.strand_cohort[strand]]
    n = np.diff(cohorts.candidate_offset)[cohorts.strand_cohort[strand]]
    return _spread(first, n)


def _spread_over_routes(
    problem: StaggeringProblem,
    moving_min: NDArray[np.float64],
    strand: NDArray[np.int64],
    pax: NDArray[np.float64],
    chooser: NDArray[np.int64],
    candidate: NDArray[np.int64],
) -> ChoiceTable:
    groups = problem.groups
    group = _find_groups(problem, strand[chooser], candidate)
    pair, route = _spread(groups.route_offset[group], np.diff(groups.route_offset)[group])
    n_ways = np.bincount(chooser[pair], minlength=len(strand))
    return ChoiceTable(
        offset=np.concatenate([[0], np.cumsum(n_ways)]).astype(np.int64),
        demand_pax=pax,
        cost_min=groups.free_min[route] + moving_min[candidate][pair],
        route=route,
        candidate=candidate[pair],
    )


def _find_groups(
    problem: StaggeringProblem, strand: NDArray[np.int64], candidate: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Look up the group (origin, site, slot) of each pair; a problem's matrices prove it exists."""
    cohorts, groups = problem.cohorts, problem.groups
    n_sites = int(max(groups.site.max(initial=0), cohorts.site.max(initial=0))) + 1
    n_slots = len(problem.slot_start_s)
    known = (groups.origin.astype(np.int64) * n_sites + groups.site) * n_slots + groups.slot
    order = np.argsort(known, kind="stable")
    origin = cohorts.strand_origin[strand].astype(np.int64)
    site = cohorts.site[cohorts.strand_cohort[strand]]
    wanted = (origin * n_sites + site) * n_slots + cohorts.candidate_slot[candidate]
    found: NDArray[np.int64] = order[np.searchsorted(known[order], wanted)]
    return found


def _spread(
    first: NDArray[np.int64], n: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (i, first[i] + 0..n[i] - 1) of every i, flat."""
    owner = np.repeat(np.arange(len(n), dtype=np.int64), n)
    within = np.arange(len(owner), dtype=np.int64) - np.repeat(np.cumsum(n) - n, n)
    return owner, np.asarray(first, dtype=np.int64)[owner] + within
