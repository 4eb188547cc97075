"""Whole cohorts that keep every rule at once, found by logic: CP-SAT over candidates alone.

Moves of one or two cohorts see no way out where three must move together, as teams that keep
within half an hour of each other and cover a desk do. CP-SAT sees the rules as a whole, and is the
one that can say that no plan of whole cohorts keeps them. It knows whole numbers only.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from ortools.sat.python import cp_model
from scipy import sparse

from solver.staggering.programs.engine import EngineStatus
from solver.staggering.programs.watch import run_watched

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.staggering.programs.watch import Pulse
    from solver.staggering.search.rounding import Landscape

_TOLERANCE = 1e-7
"""As far, of 1 and a limit, as a row may be over it: a tenth of what the checker allows."""

_LARGEST = 2.0**40
"""What the numbers of a row may add up to."""

_COST_STEPS = 1_000_000  # whole numbers for the costs of candidates
_LEAST_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeRows:
    """Rules over whole numbers: ``use x <= limit`` and minutes a head close to each other.

    ``use`` (n_rows, n_candidates) and ``head`` (n_employers, n_candidates) are int64;
    employers' sums of ``head`` differ by ``head_spread`` at most.
    """

    use: sparse.csr_array
    limit: NDArray[np.int64]
    head: sparse.csr_array
    head_spread: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """What logic found: ``choices`` (n_cohorts,) that keep the rules, None where there are none.

    INFEASIBLE says that no plan of whole cohorts keeps the rows it was given. It is said after
    two searches, one of them without the engine's own simplifications: with numbers of
    thirteen digits those have called a program infeasible that is not.
    """

    status: EngineStatus
    choices: NDArray[np.int64] | None


def whole_rows(landscape: Landscape) -> WholeRows:
    """Scale the rules' rows to whole numbers that cut off no plan that keeps them.

    A row whose numbers are whole stays as it is. Others are multiplied by a power of two and
    rounded: with at most m cohorts in the row, a plan's sum is then wrong by m / 2 at most,
    by which the limit is raised. What is let in so is over the limit by less than
    2e-7 (1 + |limit|), where the power can be as large as that asks; the checker of plans
    allows five times as much.
    """
    offset = landscape.task.problem.cohorts.candidate_offset
    rows, limit = _rows_with_loads(landscape)
    use = sparse.csr_array(rows, copy=True)
    whole = np.zeros(len(limit))
    for i in range(len(limit)):
        span = slice(use.indptr[i], use.indptr[i + 1])
        scale, wrong = _scale_of(
            use.data[span], use.indices[span].astype(np.int64), offset, float(limit[i])
        )
        use.data[span] = np.round(use.data[span] * scale)
        slack = _TOLERANCE * (1.0 + abs(float(limit[i])))
        whole[i] = np.floor(scale * (limit[i] + slack) + wrong)
    head, spread = _whole_heads(landscape, offset)
    return WholeRows(
        use=use.astype(np.int64), limit=whole.astype(np.int64), head=head, head_spread=spread
    )


def complete_by_logic(
    landscape: Landscape,
    cost: NDArray[np.float64],
    hint: NDArray[np.int64],
    *,
    time_limit_s: float,
    seed: int = 0,
    pulse: Pulse | None = None,
) -> Completed:
    """Find whole cohorts of least cost that keep every rule of a landscape.

    One thread, so that the same seed gives the same plan unless the time limit ends the search.

    Parameters
    ----------
    cost
        Of each candidate, in any unit, shape (n_candidates,); it is rounded to a millionth of
        its range.
    hint
        Choices to begin from, which may break rules, shape (n_cohorts,).
    pulse
        Called several times a second; what it raises ends the search at once.
    """
    deadline = time.perf_counter() + time_limit_s
    offset = landscape.task.problem.cohorts.candidate_offset
    model, columns = _build(whole_rows(landscape), cost, offset)
    chosen = np.zeros(len(cost), dtype=np.bool_)
    chosen[hint] = True
    for column, is_hint in zip(columns, chosen.tolist(), strict=True):
        model.add_hint(column, is_hint)
    status, solver = _search(model, deadline, seed, pulse, simplify=True)
    if status == cp_model.INFEASIBLE:
        status, solver = _search(model, deadline, seed, pulse, simplify=False)
    if status == cp_model.INFEASIBLE:
        return Completed(status=EngineStatus.INFEASIBLE, choices=None)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Completed(status=EngineStatus.UNKNOWN, choices=None)
    found = np.flatnonzero([solver.boolean_value(column) for column in columns])
    known = EngineStatus.OPTIMAL if status == cp_model.OPTIMAL else EngineStatus.FEASIBLE
    return Completed(status=known, choices=found.astype(np.int64))


def _search(
    model: cp_model.CpModel, deadline: float, seed: int, pulse: Pulse | None, *, simplify: bool
) -> tuple[cp_model.CpSolverStatus, cp_model.CpSolver]:
    """Run the engine in one thread; leave it at once where ``pulse`` raises."""
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed % (2**31)
    solver.parameters.max_time_in_seconds = max(_LEAST_S, deadline - time.perf_counter())
    solver.parameters.cp_model_presolve = simplify
    if pulse is None:
        return solver.solve(model), solver
    pulse()
    try:
        return run_watched(partial(solver.solve, model), pulse), solver
    except BaseException:
        solver.stop_search()
        raise


def _build(
    rows: WholeRows, cost: NDArray[np.float64], offset: NDArray[np.int64]
) -> tuple[cp_model.CpModel, list[cp_model.IntVar]]:
    model = cp_model.CpModel()
    columns = [model.new_bool_var("") for _ in range(len(cost))]
    for first, last in zip(offset[:-1].tolist(), offset[1:].tolist(), strict=True):
        model.add_exactly_one(columns[first:last])
    for i, limit in enumerate(rows.limit.tolist()):
        own, numbers = _row(rows.use, i, columns)
        if own or limit < 0:
            model.add(cp_model.LinearExpr.weighted_sum(own, numbers) <= limit)
    if rows.head.shape[0]:
        _keep_heads_close(model, rows, columns)
    least, most = float(cost.min(initial=0.0)), float(cost.max(initial=0.0))
    scale = _COST_STEPS / max(most - least, 1e-300)
    model.minimize(
        cp_model.LinearExpr.weighted_sum(columns, np.round((cost - least) * scale).astype(int))
    )
    return model, columns


def _keep_heads_close(
    model: cp_model.CpModel, rows: WholeRows, columns: list[cp_model.IntVar]
) -> None:
    """Keep every employer's sum between ``least`` and ``least + head_spread``."""
    most = int(abs(rows.head).sum())
    least = model.new_int_var(-most, most, "least")
    for e in range(rows.head.shape[0]):
        own, numbers = _row(rows.head, e, columns)
        borne = cp_model.LinearExpr.weighted_sum(own, numbers)
        model.add(borne >= least)
        model.add(borne <= least + rows.head_spread)


def _row(
    matrix: sparse.csr_array, i: int, columns: list[cp_model.IntVar]
) -> tuple[list[cp_model.IntVar], list[int]]:
    span = slice(matrix.indptr[i], matrix.indptr[i + 1])
    return [columns[k] for k in matrix.indices[span].tolist()], matrix.data[span].tolist()


def _rows_with_loads(landscape: Landscape) -> tuple[sparse.csr_array, NDArray[np.float64]]:
    """Return the rules' rows, and those of cells that have a limit in the routes given."""
    limits = landscape.task.problem.cells.limit_pax
    rows, most = sparse.csr_array(landscape.rule), landscape.rule_limit
    if limits is None:
        return rows, most
    kept = landscape.task.reduced.cells
    bound = np.flatnonzero(np.isfinite(limits[kept]))
    room = (limits - landscape.task.problem.cells.background_pax)[kept[bound]]
    loads = sparse.csr_array(sparse.csr_array(landscape.load)[bound])
    return sparse.csr_array(sparse.vstack([rows, loads])), np.concatenate([most, room])


def _whole_heads(landscape: Landscape, offset: NDArray[np.int64]) -> tuple[sparse.csr_array, int]:
    """Scale minutes a head, all employers' alike."""
    head = sparse.csr_array(landscape.head, copy=True)
    if head.shape[0] == 0:
        return head.astype(np.int64), 0
    width = landscape.task.problem.rules.max_envy_min
    n_cohorts = int(np.diff(offset).size)
    largest = float(np.maximum.reduceat(abs(head).max(axis=0).toarray().ravel(), offset[:-1]).sum())
    scale = _power_of_two(n_cohorts, width, largest)
    head.data = np.round(head.data * scale)
    slack = _TOLERANCE * (1.0 + width)
    return head.astype(np.int64), int(np.floor(scale * (width + slack) + n_cohorts))


def _scale_of(
    numbers: NDArray[np.float64],
    columns: NDArray[np.int64],
    offset: NDArray[np.int64],
    limit: float,
) -> tuple[float, float]:
    """Return the factor of a row, and by how much rounding may lower a plan's sum at most."""
    if np.array_equal(numbers, np.round(numbers)) and abs(numbers).sum() < _LARGEST:
        return 1.0, 0.0
    cohort = np.searchsorted(offset, columns, side="right") - 1
    n_cohorts = len(np.unique(cohort))
    return _power_of_two(n_cohorts, limit, float(abs(numbers).sum())), 0.5 * n_cohorts


def _power_of_two(n_cohorts: int, limit: float, largest: float) -> float:
    """Return the least power at which rounding lets in no more than the tolerance, if it may be."""
    asked = n_cohorts / (_TOLERANCE * (1.0 + abs(limit)))
    power = min(np.ceil(np.log2(asked)), np.floor(np.log2(_LARGEST / max(largest, 1e-300))))
    return float(2.0**power)
