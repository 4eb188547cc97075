"""HiGHS, SCIP and CP-SAT through MathOpt, alone on the whole-cohort program."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from ortools.math_opt.python.model import Model
from ortools.math_opt.python.model_parameters import ModelSolveParameters, SolutionHint
from ortools.math_opt.python.parameters import SolveParameters, SolverType
from ortools.math_opt.python.solve import solve

from benchmarks.peers.mathopt_models import integer_program, status_quo_hint, whole_program
from solver.staggering.programs.engine import to_proto

if TYPE_CHECKING:
    from solver.staggering import RouteForm, StaggeringProblem
    from solver.staggering.task import Relaxed

SOLVERS = {"highs": SolverType.HIGHS, "scip": SolverType.GSCIP, "cp-sat": SolverType.CP_SAT}
THREADS = 2
_LEAST_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerPlan:
    """What an engine found: its plan priced anew (None where it had none), its own bound.

    ``bound`` is of the tangents' program, which no plan's true cost is below, as far as the
    engine's word goes; CP-SAT's is of rounded coefficients and proves nothing, so it has none.
    ``claimed_bound`` is what the engine said either way, minutes.
    """

    status: str
    plan: Relaxed | None
    bound: float | None
    claimed_bound: float | None


def solve_by_peer(
    problem: StaggeringProblem,
    peer: str,
    *,
    form: RouteForm,
    time_limit_s: float,
    gap: float,
    seed: int,
) -> PeerPlan:
    """Give the program and today's plan as a complete hint to one engine.

    CP-SAT has two threads; HiGHS and SCIP take none from MathOpt and run as they are. The
    limit is the engine's own, over and above the building of the program.

    Raises
    ------
    KeyError
        If there is no such engine.
    RuntimeError
        If the engine refuses the program.
    """
    engine = SOLVERS[peer]
    whole = engine is SolverType.CP_SAT
    program = whole_program(problem, form)
    if whole:
        program = integer_program(program)
    exported = Model.from_model_proto(to_proto(program.model))
    columns = list(exported.variables())
    hint = status_quo_hint(program)
    result = solve(
        exported,
        engine,
        params=SolveParameters(
            time_limit=dt.timedelta(seconds=max(_LEAST_S, time_limit_s)),
            relative_gap_tolerance=gap,
            random_seed=seed,
            threads=THREADS if whole else None,
        ),
        model_params=ModelSolveParameters(
            solution_hints=[
                SolutionHint(variable_values=dict(zip(columns, hint.tolist(), strict=True)))
            ]
        ),
    )
    plan = None
    if result.has_primal_feasible_solution():
        values = program.values(np.array(result.variable_values(columns)))
        plan = program.task.read(program.model, values)
    said = float(result.termination.objective_bounds.dual_bound) / program.cost_scale
    claimed = said if np.isfinite(said) else None
    return PeerPlan(
        status=result.termination.reason.name.lower(),
        plan=plan,
        bound=None if whole else claimed,
        claimed_bound=claimed,
    )
