"""Plans for when not everybody follows: best on average over scenarios, or in the worst case.

Who does not follow keeps today's start. A scenario is the share of each cohort that follows;
a plan ``x`` then leads to ``p x + (1 - p) [j = base]`` and costs what that does. Routes stay in
today's shares. Rules bind the plan as it is asked for, not what becomes of it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from network.base import InputError, Problem, no_progress
from solver.staggering.costs.measures import absorb_weights
from solver.staggering.result import SolveSettings
from solver.staggering.robust.average import find_average_plan
from solver.staggering.robust.compliance import RobustResult, check_scenarios
from solver.staggering.robust.worst import find_worst_case_plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from network.base import Progress
    from solver.staggering.problem import StaggeringProblem
    from solver.staggering.robust.compliance import Compliance


def solve_expected(
    problem: StaggeringProblem,
    scenarios: Sequence[Compliance],
    *,
    settings: SolveSettings | None = None,
    progress: Progress = no_progress,
) -> RobustResult:
    """Find the plan of least average cost over scenarios of compliance.

    ``min sum_s w_s cost(p_s x + (1 - p_s) base) / sum_s w_s``: every scenario has loads of its
    own, ``load_ks = g_k + sum_cj l_kcj (p_sc x_cj + (1 - p_sc) [j = base])``. With copies of
    the cells for each scenario that is a plain problem, solved and bounded as any other
    (:mod:`solver.staggering.robust.stacked`). Raising Cancelled from ``progress`` keeps the
    best plan so far.

    Raises
    ------
    InputError
        If there is no scenario, a share is not from 0 to 1, or a weight is not positive.
    """
    check_scenarios(problem, scenarios)
    total = sum(one.weight for one in scenarios)
    weighed = [replace(one, weight=one.weight / total) for one in scenarios]
    return find_average_plan(
        absorb_weights(problem), weighed, settings or SolveSettings(), progress
    )


def solve_worst_case(
    problem: StaggeringProblem,
    budget: int,
    *,
    settings: SolveSettings | None = None,
    progress: Progress = no_progress,
) -> RobustResult:
    """Find the plan that is best when the worst ``budget`` employers do not follow.

    ``min_x max_(S: |S| <= budget) cost(x where e(c) not in S, base where it is)``. Sets are
    generated: the search knows some, the worst for its plan joins them, until no other is
    worse. Some sets give a valid bound. The plan returned is priced at the worst of all sets,
    or, where there are too many to rule all others out, between the worst one met
    (``objective``) and what no set can exceed (``upper_min``). Raising Cancelled from
    ``progress`` keeps the best plan so far.

    Raises
    ------
    InputError
        If the budget is negative.
    """
    if budget < 0:
        raise InputError(
            Problem(
                file="<robust plan>",
                field="budget",
                found=str(budget),
                expected="an integer >= 0: how many employers may not follow",
                mend="Give such a number.",
            )
        )
    return find_worst_case_plan(
        absorb_weights(problem),
        min(budget, len(problem.cohorts.employer_ids)),
        settings or SolveSettings(),
        progress,
    )
