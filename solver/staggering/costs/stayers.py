"""People of a cohort who stay, whatever the plan: not eligible, exempt, or not complying."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from network.base import InputError, Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.staggering.problem import CohortTable, StaggeringProblem
    from solver.staggering.rules import PlanRules

STAYERS = "/stay"
"""Ending of the id of a cohort of stayers."""


def hold_back(problem: StaggeringProblem, share: NDArray[np.float64]) -> StaggeringProblem:
    """Return the problem in which ``share`` of each cohort keeps today's slot.

    A share ``h_c`` of the cohort becomes a cohort of its own, at the end of the list, whose
    only candidate is today's slot; the rest is decided as before, as one where cohorts are
    whole. So ``x_cj`` becomes ``(1 - h_c) x_cj + h_c [j = base]``: with ``h = 1 - p`` the plan
    when a share p complies, with the share of carers an exemption. Staff and with it every
    average a head is unchanged; stayers count in the presence of their cohort's teams.

    Parameters
    ----------
    share
        From 0 to 1, shape (n_cohorts,). Cohorts at 0 get no stayers.

    Raises
    ------
    InputError
        If a share is not from 0 to 1, or their number is not the cohorts'.
    """
    cohorts = problem.cohorts
    if share.shape != (len(cohorts),) or not bool(np.all((share >= 0) & (share <= 1))):
        raise InputError(
            Problem(
                file="<stayers>",
                field="share",
                found=f"{share.size} values from {share.min(initial=0)} to {share.max(initial=0)}",
                expected=f"{len(cohorts)} shares from 0 to 1",
                mend="Give one share a cohort.",
            )
        )
    held = np.flatnonzero(share > 0)
    return replace(
        problem,
        cohorts=_with_stayers(cohorts, share, held),
        rules=_with_present(problem.rules, held, len(cohorts)),
    )


def _with_stayers(
    cohorts: CohortTable, share: NDArray[np.float64], held: NDArray[np.int64]
) -> CohortTable:
    n = len(cohorts)
    base = cohorts.base_candidate()
    place = np.full(n, -1, dtype=np.int64)
    place[held] = n + np.arange(len(held))
    of_held = np.flatnonzero(place[cohorts.strand_cohort] >= 0)
    strand_share = share[cohorts.strand_cohort]
    previous = cohorts.previous_slot
    last = int(cohorts.candidate_offset[-1])
    return replace(
        cohorts,
        ids=cohorts.ids + tuple(cohorts.ids[c] + STAYERS for c in held),
        employer=np.concatenate([cohorts.employer, cohorts.employer[held]]),
        site=np.concatenate([cohorts.site, cohorts.site[held]]),
        size=np.concatenate([cohorts.size * (1 - share), cohorts.size[held] * share[held]]),
        base_slot=np.concatenate([cohorts.base_slot, cohorts.base_slot[held]]),
        candidate_offset=np.concatenate(
            [cohorts.candidate_offset, last + 1 + np.arange(len(held), dtype=np.int64)]
        ),
        candidate_slot=np.concatenate([cohorts.candidate_slot, cohorts.base_slot[held]]),
        candidate_disutility_min=np.concatenate(
            [cohorts.candidate_disutility_min, cohorts.candidate_disutility_min[base[held]]]
        ),
        strand_cohort=np.concatenate(
            [cohorts.strand_cohort, place[cohorts.strand_cohort[of_held]].astype(np.int32)]
        ),
        strand_origin=np.concatenate([cohorts.strand_origin, cohorts.strand_origin[of_held]]),
        strand_pax=np.concatenate(
            [
                cohorts.strand_pax * (1 - strand_share),
                cohorts.strand_pax[of_held] * strand_share[of_held],
            ]
        ),
        previous_slot=None
        if previous is None
        else np.concatenate([previous, cohorts.base_slot[held]]),
    )


def _with_present(rules: PlanRules, held: NDArray[np.int64], n: int) -> PlanRules:
    stayer = {int(c): n + i for i, c in enumerate(held)}
    presence = []
    for rule in rules.presence:
        more = [
            (stayer[c], w) for c, w in zip(rule.cohorts, rule.work_s, strict=True) if c in stayer
        ]
        presence.append(
            replace(
                rule,
                cohorts=rule.cohorts + tuple(c for c, _ in more),
                work_s=rule.work_s + tuple(w for _, w in more),
            )
        )
    return replace(rules, presence=tuple(presence))
