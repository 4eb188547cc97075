"""``python -m benchmarks.staggering_solve REQUEST``: one engine on one instance, alone.

The request and the answer are JSON, so that every figure comes from a process of its own:
its memory is the solve's. The instance is a file, as ``creneau solve`` reads it.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from api.staggering_files import read_problem, write_problem
from benchmarks.registry import peak_memory_mib
from benchmarks.staggering_rows import OURS, Ask, build_instance
from solver.staggering import (
    EmployerCap,
    Objective,
    RouteForm,
    SolveSettings,
    solve_staggering,
)
from solver.staggering.checking.checker import count_cost_min, find_violations
from solver.staggering.costs.matrices import build_matrices
from solver.staggering.costs.pieces import initial_tangents
from solver.staggering.costs.reduce import reduce_problem
from solver.staggering.programs.relax import relax
from solver.staggering.result import relative_gap
from solver.staggering.task import Task

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.staggering import StaggeringProblem, StaggeringResult, WarmStart

BROKEN_SHOWN = 3
CAP_SHARE = 0.1
RESPONSE_GAP = 1e-6  # of what everybody pays, at the response's equilibrium
RESPONSE_S = 10.0
PROOF_GAP = 1e-4
_LEAST_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an engine found on one instance; costs in weighted passenger-minutes.

    ``cost_min`` is the plan's by the independent checker, ``broken`` the rules it breaks by
    the same, ``bound_min`` what no plan can cost less than (None where the engine has none),
    ``gap`` their distance over the cost. ``seconds`` and ``cpu_s`` run from the problem in
    memory to the plan; ``peak_mib`` is the most memory of the process. ``facts`` are figures
    of the row's own kind.
    """

    engine: str
    status: str = ""
    cost_min: float | None = None
    bound_min: float | None = None
    gap: float | None = None
    seconds: float | None = None
    cpu_s: float | None = None
    peak_mib: float | None = None
    broken: tuple[str, ...] = ()
    facts: dict[str, float] = field(default_factory=dict)
    unavailable: str = ""


class _Clock:
    """Wall and processor seconds since it was made."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def read(self) -> tuple[float, float]:
        """Return wall and processor seconds."""
        return time.perf_counter() - self._wall, time.process_time() - self._cpu


def answer(problem: StaggeringProblem, ask: Ask, engine: str, seed: int) -> Answer:
    """Do what a row asks with one engine, in this process."""
    if engine != OURS:
        found = _ask_peer(problem, ask, engine, seed)
    elif ask.kind == "bound":
        found = _bound(problem, ask, seed)
    elif ask.kind == "resolve":
        found = _solve_again(problem, ask, seed)
    elif ask.kind == "response":
        found = _respond(problem, ask, seed)
    else:
        found, _ = _plan(problem, _settings(ask, seed))
    return replace(found, peak_mib=peak_memory_mib())


def change_rules(problem: StaggeringProblem) -> StaggeringProblem:
    """Let the employer of middle size keep its first team and move a tenth of its people at most.

    Returns
    -------
    problem
        The same problem with that employer's cap in place of any it had.
    """
    cohorts = problem.cohorts
    staff = np.bincount(cohorts.employer, weights=cohorts.size, minlength=len(cohorts.employer_ids))
    middle = int(np.argsort(staff)[len(staff) // 2])
    first = int(np.flatnonzero(cohorts.employer == middle)[0])
    rules = problem.rules
    cap = EmployerCap(employer=middle, max_moved_people=CAP_SHARE * float(staff[middle]))
    return replace(
        problem,
        rules=replace(
            rules,
            exempt=tuple(sorted({*rules.exempt, first})),
            caps=(*(kept for kept in rules.caps if kept.employer != middle), cap),
        ),
    )


def _settings(ask: Ask, seed: int) -> SolveSettings:
    return SolveSettings(
        time_limit_s=ask.time_limit_s, gap=ask.gap, seed=seed, form=RouteForm(ask.form)
    )


def _plan(
    problem: StaggeringProblem, settings: SolveSettings, start: WarmStart | None = None
) -> tuple[Answer, StaggeringResult]:
    clock = _Clock()
    result = solve_staggering(problem, settings=settings, start=start)
    seconds, cpu_s = clock.read()
    cost, broken = _judge(problem, result.x, result.route_flow)
    bound = _finite(result.best_bound)
    return Answer(
        engine=OURS,
        status=str(result.status),
        cost_min=cost,
        bound_min=bound,
        gap=None if cost is None or bound is None else relative_gap(cost, bound),
        seconds=seconds,
        cpu_s=cpu_s,
        broken=broken,
        facts={} if result.lp_objective is None else {"lp_min": result.lp_objective},
    ), result


def _bound(problem: StaggeringProblem, ask: Ask, seed: int) -> Answer:
    """Prove a bound in the time given, the program's building included.

    ``lp_min`` is what the continuous plan costs that goes with it.
    """
    clock = _Clock()
    matrices = build_matrices(problem)
    reduced = reduce_problem(problem, matrices, form=RouteForm(ask.form))
    task = Task(problem=problem, matrices=matrices, reduced=reduced, objective=Objective.COST)
    tangents = initial_tangents(problem, reduced, SolveSettings().initial_tangents)
    left = max(_LEAST_S, ask.time_limit_s - clock.read()[0])
    found = relax(task, tangents, time_limit_s=left, gap=ask.gap, seed=seed)
    seconds, cpu_s = clock.read()
    point = found.point
    return Answer(
        engine=OURS,
        status="bound",
        bound_min=_finite(found.bound),
        seconds=seconds,
        cpu_s=cpu_s,
        facts={} if point is None else {"lp_min": point.price.total_min},
    )


def _respond(problem: StaggeringProblem, ask: Ask, seed: int) -> Answer:
    """Plan, then time what people do under the plan and how far that is from the best.

    The certificate is (equilibrium - joint bound) / equilibrium: no plan whatever, routes
    chosen by command included, can cost less than the bound.
    """
    planned, result = _plan(problem, _settings(ask, seed))
    if result.x is None:
        return replace(planned, unavailable="no plan to respond to")
    from solver.response.equilibrium import RouteChoice
    from solver.response.joint_bound import find_joint_bound
    from solver.response.settings import proposed_plan
    from solver.response.situations import Ground, SituationName

    clock = _Clock()
    ground, choice = Ground(problem), RouteChoice(relative_gap=RESPONSE_GAP)
    today = ground.respond(SituationName.STATUS_QUO, ground.base_x, choice=choice)
    response = ground.respond(
        SituationName.FREE_RESPONSE, result.x, choice=choice, start=today.route_flow
    )
    equilibrium_s, _ = clock.read()
    left = max(_LEAST_S, RESPONSE_S - equilibrium_s)
    proven = find_joint_bound(
        ground, proposed_plan(result), free_bound_min=None, time_limit_s=left, gap=PROOF_GAP
    )
    bound = _finite(proven.bound_min)
    seconds, cpu_s = clock.read()
    total, reached = response.situation.total_min, response.situation.relative_gap
    return replace(
        planned,
        seconds=seconds,
        cpu_s=cpu_s,
        cost_min=total,
        bound_min=bound,
        gap=None if bound is None else relative_gap(total, bound),
        facts={
            "equilibrium_s": equilibrium_s,
            "equilibrium_gap": 0.0 if reached is None else reached,
            "today_min": today.situation.total_min,
            "planned_min": planned.cost_min or 0.0,
        },
    )


def _solve_again(problem: StaggeringProblem, ask: Ask, seed: int) -> Answer:
    """Solve, change one employer's rules, solve again from the first plan."""
    settings = _settings(ask, seed)
    first, result = _plan(problem, settings)
    second, _ = _plan(change_rules(problem), settings, start=result.warm)
    facts = {"first_s": first.seconds or 0.0, "first_gap": first.gap or 0.0}
    return replace(second, facts=facts, broken=first.broken + second.broken)


def _ask_peer(problem: StaggeringProblem, ask: Ask, engine: str, seed: int) -> Answer:
    from benchmarks.peers.mathopt_solve import solve_by_peer

    clock = _Clock()
    try:
        found = solve_by_peer(
            problem,
            engine,
            form=RouteForm(ask.form),
            time_limit_s=ask.time_limit_s,
            gap=ask.gap,
            seed=seed,
        )
    except (RuntimeError, ValueError, AttributeError) as error:
        # MathOpt trips over its own status wrapper (AttributeError) in some versions.
        return Answer(engine=engine, unavailable=f"{type(error).__name__}: {error}")
    seconds, cpu_s = clock.read()
    plan, claimed = found.plan, found.claimed_bound
    cost: float | None = None
    broken: tuple[str, ...] = ()
    if plan is not None:
        cost, broken = _judge(problem, plan.x, plan.route_flow)
    return Answer(
        engine=engine,
        status=found.status,
        cost_min=cost,
        bound_min=found.bound,
        gap=None if cost is None or claimed is None else relative_gap(cost, claimed),
        seconds=seconds,
        cpu_s=cpu_s,
        broken=broken,
    )


def _judge(
    problem: StaggeringProblem, x: NDArray[np.float64] | None, flow: NDArray[np.float64] | None
) -> tuple[float | None, tuple[str, ...]]:
    """Price a plan by counting and say which rules it breaks, out of the clock's sight."""
    if x is None or flow is None:
        return None, ()
    broken = find_violations(problem, x, flow)
    return count_cost_min(problem, x, flow), tuple(broken[:BROKEN_SHOWN])


def _finite(bound: float) -> float | None:
    """Return a bound, None where nothing was proven in time."""
    return bound if np.isfinite(bound) else None


def main(arguments: list[str]) -> int:
    """Build an instance file, or answer a request about one; return 0."""
    request = json.loads(arguments[0])
    path = Path(request["path"])
    if "instance" in request:
        problem = build_instance(request["instance"], request["seed"], size=request["size"])
        write_problem(problem, path)
        return 0
    found = answer(read_problem(path), Ask(**request["ask"]), request["engine"], request["seed"])
    print(json.dumps(asdict(found)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
