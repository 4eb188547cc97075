"""Whole cohorts from shares: the largest share each, then moves that pay, priced exactly."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from solver.staggering.costs.reduce import Objective, share_matrix
from solver.staggering.programs.model import RULE_FAMILIES
from solver.staggering.search.moves import can_price, improve_by_moves, round_by_moves

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.staggering.programs.linear import LinearModel
    from solver.staggering.task import Task

_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Landscape:
    """What one-opt moves are priced on: routes in given shares, so loads are linear in x.

    ``linear`` (n_candidates,): travel and moving cost. ``load`` (n_cells kept, n_candidates).
    ``rule`` rows times x stay under ``rule_limit``; they concern candidates only. ``head``
    rows are the minutes a head that employers bear where envy between them is bounded (no
    rows elsewhere). Compiled moves know sums under limits only: for them everyone's minutes
    stay in a window from ``least_min`` on, as wide as the envy allowed. A plan within the
    window keeps the bound; :meth:`around` lays it where a plan has room on both sides.
    """

    task: Task
    linear: NDArray[np.float64]
    load: sparse.csc_array
    rule: sparse.csc_array
    rule_limit: NDArray[np.float64]
    head: sparse.csc_array
    least_min: float

    def around(self, x: NDArray[np.float64]) -> Landscape:
        """Return the same with the window of minutes a head in the middle of those of shares x."""
        if self.head.shape[0] == 0:
            return self
        borne, width = self.head @ x, self.task.problem.rules.max_envy_min
        middle = 0.5 * float(borne.max() + borne.min())
        offset = self.task.problem.cohorts.candidate_offset
        lowest = np.minimum.reduceat(self.head.toarray(), offset[:-1], axis=1).sum(axis=1)
        return replace(self, least_min=max(middle - 0.5 * width, float(lowest.min())))

    def windowed(self) -> tuple[sparse.csc_array, NDArray[np.float64]]:
        """Return the rows and limits that compiled moves keep: the rules', then the window's."""
        if self.head.shape[0] == 0:
            return self.rule, self.rule_limit
        n, width = self.head.shape[0], self.task.problem.rules.max_envy_min
        rows = sparse.csc_array(sparse.vstack([self.rule, self.head, -self.head]))
        window = np.repeat([self.least_min + width, -self.least_min], n)
        return rows, np.concatenate([self.rule_limit, window])

    def merits(
        self, choices: NDArray[np.int64], cohort: int, options: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Compute (violation, value, tie-break) of giving ``cohort`` each option, shape (3, n).

        Compared in this order. The tie-break lets a plan move along a plateau of the largest
        load by making the other cells emptier.
        """
        others = np.delete(choices, cohort)
        return self._merits_of(others, options[None, :])

    def pair_merits(
        self, choices: NDArray[np.int64], pair: tuple[int, int], options: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Compute the same for two cohorts at once, ``options`` of shape (2, n)."""
        return self._merits_of(np.delete(choices, pair), options)

    def _merits_of(
        self, others: NDArray[np.int64], options: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        cells, kept = self.task.problem.cells, self.task.reduced.cells
        rest = _row_sums(self.load[:, others]) + cells.background_pax[kept]
        load = np.repeat(rest[:, None], options.shape[1], axis=1)
        used = np.repeat(_row_sums(self.rule[:, others])[:, None], options.shape[1], axis=1)
        linear = np.full(options.shape[1], self.linear[others].sum())
        for row in options:
            load += self.load[:, row].toarray()
            used += self.rule[:, row].toarray()
            linear += self.linear[row]
        slack = _TOLERANCE * (1.0 + np.abs(self.rule_limit))
        over = np.maximum(0.0, used - (self.rule_limit + slack)[:, None])
        violation = over.sum(axis=0) + self._over_limit(load) + self._envy(others, options)
        value, tie = self._values(load, linear, others, options)
        return np.stack([violation, value, tie])

    def _over_limit(self, load: NDArray[np.float64]) -> NDArray[np.float64]:
        limits = self.task.problem.cells.limit_pax
        if limits is None:
            return np.zeros(load.shape[1])
        limit = limits[self.task.reduced.cells][:, None]
        slack = _TOLERANCE * np.maximum(1.0, np.where(np.isfinite(limit), limit, 1.0))
        result: NDArray[np.float64] = np.maximum(0.0, load - limit - slack).sum(axis=0)
        return result

    def _values(
        self,
        load: NDArray[np.float64],
        linear: NDArray[np.float64],
        others: NDArray[np.int64],
        options: NDArray[np.int64],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        problem, kept = self.task.problem, self.task.reduced.cells
        cells = problem.cells
        if self.task.objective is Objective.COST:
            crowding = problem.curve.cost_min(
                load,
                cells.seats[kept, None],
                cells.standing_m2[kept, None],
                cells.ride_min[kept, None],
            )
            return linear + crowding.sum(axis=0), np.zeros(len(linear))
        if self.task.objective is Objective.PEAK:
            factor = load / cells.capacity_pax[kept, None]
            peak = np.maximum(factor.max(axis=0, initial=0.0), self.task.reduced.floor)
            return peak, (factor**2).sum(axis=0)
        is_loss = self.task.objective is Objective.LOSS
        matrices = self.task.matrices
        head = self._heads(matrices.loss_min if is_loss else matrices.burden_min, others, options)
        if len(head) == 0:
            return np.zeros(len(linear)), np.zeros(len(linear))
        return head.max(axis=0), (np.maximum(head - head.min(), 0.0) ** 2).sum(axis=0)

    def _envy(self, others: NDArray[np.int64], options: NDArray[np.int64]) -> NDArray[np.float64]:
        limit = self.task.problem.rules.max_envy_min
        if not np.isfinite(limit):
            return np.zeros(options.shape[1])
        head = self._heads(self.task.matrices.burden_min, others, options)
        spread = head.max(axis=0) - head.min(axis=0)
        result: NDArray[np.float64] = np.maximum(0.0, spread - limit * (1 + _TOLERANCE))
        return np.where(result > _TOLERANCE, result, 0.0)

    def _heads(
        self,
        per_candidate: NDArray[np.float64],
        others: NDArray[np.int64],
        options: NDArray[np.int64],
    ) -> NDArray[np.float64]:
        """Average a candidate's value over each employer's staff, (n with staff, n options)."""
        cohorts, matrices = self.task.problem.cohorts, self.task.matrices
        employer = cohorts.employer[matrices.candidate_cohort]
        n = len(cohorts.employer_ids)
        staff = np.bincount(cohorts.employer, weights=cohorts.size, minlength=n)
        borne = np.bincount(employer[others], weights=per_candidate[others], minlength=n)
        # bincount of nothing is of integers, whatever its weights.
        total = np.repeat(borne.astype(np.float64)[:, None], options.shape[1], axis=1)
        for row in options:
            total[employer[row], np.arange(len(row))] += per_candidate[row]
        result: NDArray[np.float64] = total[staff > 0] / staff[staff > 0, None]
        return result


def build_landscape(task: Task, model: LinearModel, share: NDArray[np.float64]) -> Landscape:
    """Build what moves are priced on, groups splitting over their routes by ``share``."""
    matrices, groups = task.matrices, task.problem.groups
    spread = share_matrix(share, matrices)
    x = model.column_block("x")
    rows = [
        np.arange(b.start, b.stop)
        for b in model.rows
        if b.name in RULE_FAMILIES and b.name not in ("load_limit", "envy")
    ]
    chosen = np.concatenate(rows) if rows else np.zeros(0, dtype=np.int64)
    today = np.zeros(len(matrices.burden_min))
    today[matrices.base_candidate] = 1.0
    return Landscape(
        task=task,
        linear=matrices.moving_min + (groups.free_min @ spread) @ matrices.demand,
        load=sparse.csc_array(matrices.use[task.reduced.cells] @ spread @ matrices.demand),
        rule=sparse.csc_array(model.matrix[chosen][:, x.span]),
        rule_limit=model.row_upper[chosen],
        head=_heads_of(task),
        least_min=0.0,
    ).around(today)


def _heads_of(task: Task) -> sparse.csc_array:
    """Return the minutes a head each employer with staff bears, where envy is bounded."""
    cohorts, burden = task.problem.cohorts, task.matrices.burden_min
    staff = np.bincount(cohorts.employer, weights=cohorts.size, minlength=len(cohorts.employer_ids))
    present = np.flatnonzero(staff > 0)
    if not np.isfinite(task.problem.rules.max_envy_min) or len(present) == 0:
        return sparse.csc_array((0, len(burden)))
    employer = cohorts.employer[task.matrices.candidate_cohort]
    own = np.flatnonzero(staff[employer] > 0)
    row = np.searchsorted(present, employer[own])
    shape = (len(present), len(burden))
    return sparse.csc_array((burden[own] / staff[employer[own]], (row, own)), shape=shape)


def round_shares(landscape: Landscape, x: NDArray[np.float64]) -> NDArray[np.int64]:
    """Give each cohort its largest share, the clearest first, staying within the rules.

    Starts from everyone in today's slot, which every rule on moving allows.
    """
    matrices = landscape.task.matrices
    offset = landscape.task.problem.cohorts.candidate_offset
    choices = matrices.base_candidate.copy()
    wanted = np.array(
        [offset[c] + int(np.argmax(x[offset[c] : offset[c + 1]])) for c in range(len(choices))]
    )
    order = np.argsort(-x[wanted], kind="stable")
    if can_price(landscape):
        return round_by_moves(landscape, choices, wanted, order)
    for cohort in order:
        options = np.array([choices[cohort], wanted[cohort]])
        violation = landscape.merits(choices, int(cohort), options)[0]
        if violation[1] <= violation[0]:
            choices[cohort] = wanted[cohort]
    return choices


def improve_choices(
    landscape: Landscape, choices: NDArray[np.int64], *, deadline: float, seed: int
) -> NDArray[np.int64]:
    """Move one cohort at a time, then two, while that lowers the true cost or a violation.

    The order of cohorts is drawn from ``seed``. Stops at a plan no such move improves, or
    when ``time.perf_counter()`` passes ``deadline``.
    """
    if can_price(landscape):
        return improve_by_moves(landscape, choices, deadline=deadline, seed=seed)
    rng = np.random.default_rng(seed)
    choices = choices.copy()
    while _one_pass(landscape, choices, rng, deadline) or _pair_pass(
        landscape, choices, rng, deadline
    ):
        pass
    return choices


def better_choices(
    landscape: Landscape, first: NDArray[np.int64], second: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the better of two plans of whole cohorts, the first where they are equal."""
    if len(first) == 0:
        return first
    a, b = (landscape.merits(plan, 0, plan[:1])[:, 0] for plan in (first, second))
    return second if _better(b, a) else first


def _row_sums(matrix: sparse.csc_array) -> NDArray[np.float64]:
    return np.asarray(matrix.sum(axis=1), dtype=np.float64).ravel()


def violation_of(landscape: Landscape, choices: NDArray[np.int64]) -> float:
    """Compute by how much a plan breaks the rules; 0 for a feasible plan."""
    if len(choices) == 0:
        return 0.0
    return float(landscape.merits(choices, 0, choices[:1])[0, 0])


def _one_pass(
    landscape: Landscape, choices: NDArray[np.int64], rng: np.random.Generator, deadline: float
) -> bool:
    offset = landscape.task.problem.cohorts.candidate_offset
    improved = False
    for cohort in rng.permutation(len(choices)):
        if time.perf_counter() > deadline:
            return False
        options = np.arange(offset[cohort], offset[cohort + 1])
        if len(options) == 1:
            continue
        merit = landscape.merits(choices, int(cohort), options)
        best = int(np.lexsort(merit[::-1])[0])
        if _better(merit[:, best], merit[:, choices[cohort] - offset[cohort]]):
            choices[cohort] = options[best]
            improved = True
    return improved


def _pair_pass(
    landscape: Landscape, choices: NDArray[np.int64], rng: np.random.Generator, deadline: float
) -> bool:
    """Try pairs until one improves; the single moves then have their turn again."""
    offset = landscape.task.problem.cohorts.candidate_offset
    movable = np.flatnonzero(np.diff(offset) > 1)
    order = rng.permutation(movable)
    for i, first in enumerate(order):
        for second in order[:i]:
            if time.perf_counter() > deadline:
                return False
            a = np.arange(offset[first], offset[first + 1])
            b = np.arange(offset[second], offset[second + 1])
            options = np.stack([np.repeat(a, len(b)), np.tile(b, len(a))])
            now = (choices[first] - offset[first]) * len(b) + choices[second] - offset[second]
            merit = landscape.pair_merits(choices, (int(first), int(second)), options)
            best = int(np.lexsort(merit[::-1])[0])
            if _better(merit[:, best], merit[:, now]):
                choices[first], choices[second] = options[:, best]
                return True
    return False


def _better(new: NDArray[np.float64], old: NDArray[np.float64]) -> bool:
    """Compare (violation, value, tie-break) in this order, beyond rounding noise."""
    for a, b in zip(new, old, strict=True):
        if abs(a - b) > 1e-10 * max(1.0, abs(b)):
            return bool(a < b)
    return False
