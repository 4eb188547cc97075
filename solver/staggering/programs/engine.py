"""Linear and mixed-integer programs through OR-Tools MathOpt (HiGHS, GLOP as a spare)."""

from __future__ import annotations

import datetime as dt
import logging
import time
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from ortools.math_opt import model_pb2
from ortools.math_opt.python.model import Model
from ortools.math_opt.python.model_parameters import ModelSolveParameters, SolutionHint
from ortools.math_opt.python.parameters import SolveParameters, SolverType
from ortools.math_opt.python.result import SolveResult, TerminationReason
from ortools.math_opt.python.solve import solve
from scipy import sparse

from solver.staggering.programs.watch import run_watched

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.staggering.programs.linear import LinearModel
    from solver.staggering.programs.watch import Pulse

_log = logging.getLogger(__name__)

_MANY_WHOLE = 500
"""A search over more whole columns than this may run long: it gets a process of its own."""

_LEAST_S = 0.05
_STARTUP_S = 1.5  # what that process takes to begin


class EngineStatus(StrEnum):
    """How the engine ended."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineOutcome:
    """What the engine said; ``bound`` is its own word, not a proof of this program's."""

    status: EngineStatus
    values: NDArray[np.float64] | None
    duals: NDArray[np.float64] | None
    objective: float | None
    bound: float
    seconds: float
    engine: str


def solve_linear(
    model: LinearModel,
    *,
    time_limit_s: float,
    gap: float = 1e-6,
    seed: int = 0,
    hint: NDArray[np.float64] | None = None,
    pulse: Pulse | None = None,
) -> EngineOutcome:
    """Solve a model, continuous or mixed-integer, within a time limit.

    HiGHS first; GLOP takes over a continuous model HiGHS gave no answer for. Linear
    programs come back with one dual per row (positive: the row's lower side binds).

    Parameters
    ----------
    hint
        A feasible point a mixed-integer search begins from, shape (n_columns,).
    pulse
        Called several times a second while the engine runs; what it raises ends the wait at
        once and is raised here (:func:`solver.staggering.programs.watch.run_watched`).
    """
    if pulse is not None:
        apart = int(model.integer.sum()) > _MANY_WHOLE
        limit = max(0.1, time_limit_s - _STARTUP_S) if apart else time_limit_s
        run = partial(solve_linear, model, time_limit_s=limit, gap=gap, seed=seed, hint=hint)
        return run_watched(run, pulse, apart=apart)
    started = time.perf_counter()
    exported = Model.from_model_proto(to_proto(model))
    engines = [SolverType.HIGHS]
    if not model.integer.any():
        engines.append(SolverType.GLOP)
    outcome = None
    to_read = time.perf_counter() - started  # the answer takes about as long as the question
    for engine in engines:
        left = time_limit_s - to_read - (time.perf_counter() - started)
        if outcome is not None and left <= 0:
            break
        left = max(_LEAST_S, left)
        outcome = _run(model, exported, engine, left, gap, seed, hint)
        if outcome.status is not EngineStatus.UNKNOWN:
            break
    assert outcome is not None  # the list of engines is never empty
    return outcome


def to_proto(model: LinearModel) -> model_pb2.ModelProto:
    """Write the arrays as a MathOpt model; term-by-term building is several times slower."""
    proto = model_pb2.ModelProto()
    n_rows, n_columns = model.matrix.shape
    proto.variables.ids.extend(range(n_columns))
    proto.variables.lower_bounds.extend(model.lower)
    proto.variables.upper_bounds.extend(model.upper)
    proto.variables.integers.extend(model.integer.tolist())
    proto.linear_constraints.ids.extend(range(n_rows))
    proto.linear_constraints.lower_bounds.extend(model.row_lower)
    proto.linear_constraints.upper_bounds.extend(model.row_upper)
    ordered = sparse.csr_array(model.matrix)
    ordered.sort_indices()
    entries = sparse.coo_array(ordered)
    proto.linear_constraint_matrix.row_ids.extend(entries.row)
    proto.linear_constraint_matrix.column_ids.extend(entries.col)
    proto.linear_constraint_matrix.coefficients.extend(entries.data)
    priced = np.flatnonzero(model.cost)
    proto.objective.linear_coefficients.ids.extend(priced)
    proto.objective.linear_coefficients.values.extend(model.cost[priced])
    proto.objective.offset = model.offset
    return proto


def _run(
    model: LinearModel,
    exported: Model,
    engine: SolverType,
    time_limit_s: float,
    gap: float,
    seed: int,
    hint: NDArray[np.float64] | None,
) -> EngineOutcome:
    started = time.perf_counter()
    whole = bool(model.integer.any())
    params = SolveParameters(
        time_limit=dt.timedelta(seconds=time_limit_s),
        random_seed=seed,
        relative_gap_tolerance=gap if whole else None,
    )
    columns = list(exported.variables())
    hints = []
    if hint is not None and whole:
        known = dict(zip(columns, hint.tolist(), strict=True))
        hints.append(SolutionHint(variable_values=known))
    try:
        result = solve(
            exported,
            engine,
            params=params,
            model_params=ModelSolveParameters(solution_hints=hints),
        )
    except (RuntimeError, ValueError, AttributeError) as error:
        # MathOpt reports engine failures as RuntimeError, and trips over its own
        # status wrapper (AttributeError) in some versions.
        _log.warning("%s failed: %s", engine.name, error)
        return _nothing(engine, time.perf_counter() - started)
    return _outcome(result, exported, engine, time.perf_counter() - started, whole=whole)


def _outcome(
    result: SolveResult,
    exported: Model,
    engine: SolverType,
    seconds: float,
    *,
    whole: bool,
) -> EngineOutcome:
    reasons = TerminationReason
    if result.termination.reason in (reasons.INFEASIBLE, reasons.INFEASIBLE_OR_UNBOUNDED):
        # Columns are boxed, so the program cannot be unbounded.
        status = EngineStatus.INFEASIBLE
    elif result.termination.reason == reasons.OPTIMAL:
        status = EngineStatus.OPTIMAL
    elif result.has_primal_feasible_solution():
        status = EngineStatus.FEASIBLE
    else:
        return _nothing(engine, seconds)
    values = duals = objective = None
    if status is not EngineStatus.INFEASIBLE:
        values = np.array(result.variable_values(list(exported.variables())))
        objective = float(result.objective_value())
        if not whole and result.has_dual_feasible_solution():
            duals = np.array(result.dual_values(list(exported.linear_constraints())))
    return EngineOutcome(
        status=status,
        values=values,
        duals=duals,
        objective=objective,
        bound=float(result.termination.objective_bounds.dual_bound),
        seconds=seconds,
        engine=engine.name,
    )


def _nothing(engine: SolverType, seconds: float) -> EngineOutcome:
    return EngineOutcome(
        status=EngineStatus.UNKNOWN,
        values=None,
        duals=None,
        objective=None,
        bound=-np.inf,
        seconds=seconds,
        engine=engine.name,
    )
