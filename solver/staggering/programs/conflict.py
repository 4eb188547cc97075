"""Which rules, of whom, cannot be kept together: an irreducible set."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from solver.staggering.programs.engine import EngineStatus, solve_linear
from solver.staggering.programs.model import RULE_FAMILIES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from solver.staggering.problem import StaggeringProblem
    from solver.staggering.programs.linear import LinearModel
    from solver.staggering.programs.watch import Pulse

OF_EMPLOYERS = ("burden_limit", "no_employer_worse_off")
OF_COHORTS = ("largest_shift", "exempt")
OF_RECORDS = {
    "eligible_share": "eligible",
    "employer_cap": "caps",
    "presence": "presence",
    "team_cohesion": "cohesion",
    "team_meeting": "meetings",
}


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class RuleInConflict:
    """One rule of a conflict.

    ``family`` as in :mod:`solver.staggering.programs.families`; ``employers`` whose rule it is
    (empty for the territory's), ``cohorts`` it binds by name, ``name`` of the rule where it has
    one, ``cell`` for a load limit.
    """

    family: str
    employers: tuple[str, ...] = ()
    cohorts: tuple[str, ...] = ()
    name: str = ""
    cell: int | None = None


def find_conflict(
    problem: StaggeringProblem,
    model: LinearModel,
    *,
    time_limit_s: float,
    seed: int = 0,
    pulse: Pulse | None = None,
) -> tuple[RuleInConflict, ...]:
    """Return rules that cannot be kept together, of which any one given up leaves a plan.

    Rules are given up and taken back by halves, so that a conflict of k rules among n is
    found in about k log(n / k) programs without costs. Where the continuous program has no
    plan either, its conflict is returned: it holds for whole cohorts all the more. Empty if
    the time is up before the set is irreducible, or without any rule there is no plan. What
    ``pulse`` raises while the engine runs ends the search at once and is raised here.

    References
    ----------
    Junker, "QuickXplain: preferred explanations and relaxations for over-constrained
    problems", AAAI 2004, p. 167-172 (algorithm 1; the background is what every plan is).
    """
    deadline = time.perf_counter() + time_limit_s
    items = _items(model)
    bare = replace(model, cost=np.zeros(len(model.cost)), offset=0.0)
    programs = [replace(bare, integer=np.zeros_like(bare.integer))]
    if model.integer.any():
        programs.append(bare)
    for program in programs:
        search = _Search(program=program, deadline=deadline, seed=seed, pulse=pulse)
        try:
            if search.has_plan(items) or not search.has_plan([]):
                continue
            found = search.explain([], items, is_changed=False)
        except TimeoutError:
            return ()
        return tuple(sorted(_name(problem, family, item) for family, item, _ in found))
    return ()


_Item = tuple[str, int, "NDArray[np.int64]"]


@dataclass(slots=True, kw_only=True)
class _Search:
    """Looks for plans under some of the rules of one program."""

    program: LinearModel
    deadline: float
    seed: int
    pulse: Pulse | None

    def explain(
        self, kept: Sequence[_Item], open_: Sequence[_Item], *, is_changed: bool
    ) -> list[_Item]:
        """Return the part of ``open_`` that conflicts, given the rules kept."""
        if is_changed and not self.has_plan(kept):
            return []
        if len(open_) == 1:
            return list(open_)
        half = len(open_) // 2
        first, second = open_[:half], open_[half:]
        of_second = self.explain([*kept, *first], second, is_changed=len(first) > 0)
        of_first = self.explain([*kept, *of_second], first, is_changed=len(of_second) > 0)
        return of_first + of_second

    def has_plan(self, items: Sequence[_Item]) -> bool:
        """Whether some plan respects these rules."""
        left = self.deadline - time.perf_counter()
        if left <= 0:
            raise TimeoutError
        program = _only(self.program, items)
        outcome = solve_linear(program, time_limit_s=left, seed=self.seed, pulse=self.pulse)
        if outcome.status is EngineStatus.UNKNOWN:
            raise TimeoutError
        return outcome.status is not EngineStatus.INFEASIBLE


def _items(model: LinearModel) -> list[_Item]:
    """List the rules of a program; rows of one rule go together."""
    found = []
    for block in model.rows:
        if block.name in RULE_FAMILIES:
            item = model.row_item[block.span]
            for value in np.unique(item).tolist():
                rows = block.start + np.flatnonzero(item == value)
                found.append((block.name, value, rows.astype(np.int64)))
    return found


def _only(model: LinearModel, items: Sequence[_Item]) -> LinearModel:
    """Return the program in which only these rules bind."""
    lower, upper = model.row_lower.copy(), model.row_upper.copy()
    for block in model.rows:
        if block.name in RULE_FAMILIES:
            lower[block.span], upper[block.span] = -np.inf, np.inf
    for _, _, rows in items:
        lower[rows], upper[rows] = model.row_lower[rows], model.row_upper[rows]
    return replace(model, row_lower=lower, row_upper=upper)


def _name(problem: StaggeringProblem, family: str, item: int) -> RuleInConflict:
    table, rules = problem.cohorts, problem.rules
    if family in OF_EMPLOYERS:
        return RuleInConflict(family=family, employers=(table.employer_ids[item],))
    if family == "load_limit":
        return RuleInConflict(family=family, cell=item)
    members: tuple[int, ...] = ()
    name = ""
    if family in OF_COHORTS:
        members = (item,)
    elif family in OF_RECORDS:
        record = getattr(rules, OF_RECORDS[family])[item]
        name = getattr(record, "name", "")
        if family == "employer_cap":
            return RuleInConflict(family=family, employers=(table.employer_ids[record.employer],))
        members = (record.cohort,) if family == "eligible_share" else record.cohorts
    owners = sorted({int(table.employer[c]) for c in members})
    return RuleInConflict(
        family=family,
        employers=tuple(table.employer_ids[e] for e in owners),
        cohorts=tuple(table.ids[c] for c in members),
        name=name,
    )
