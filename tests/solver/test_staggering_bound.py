"""The safe bound: exact from exact duals, and never too high from any others."""

import numpy as np
import pytest

from solver.staggering import Objective, RouteForm
from solver.staggering.costs.matrices import build_matrices
from solver.staggering.costs.pieces import initial_tangents
from solver.staggering.costs.reduce import reduce_problem
from solver.staggering.programs.bound import safe_bound
from solver.staggering.programs.engine import EngineStatus, solve_linear
from solver.staggering.programs.relax import relax
from solver.staggering.task import Task
from tests.reference.staggering_oracle import random_problem


def _task(
    seed: int, form: RouteForm = RouteForm.JOINT, objective: Objective = Objective.COST
) -> Task:
    problem = random_problem(seed, max_moved_people=200.0, no_employer_worse_off=True)
    matrices = build_matrices(problem)
    reduced = reduce_problem(problem, matrices, form=form, objective=objective)
    return Task(problem=problem, matrices=matrices, reduced=reduced, objective=objective)


@pytest.mark.parametrize("objective", list(Objective))
@pytest.mark.parametrize("form", list(RouteForm))
def test_bound_from_the_engines_duals_equals_the_optimum(
    form: RouteForm, objective: Objective
) -> None:
    task = _task(3, form, objective)
    model = task.build(initial_tangents(task.problem, task.reduced, 8))
    outcome = solve_linear(model, time_limit_s=10)
    assert outcome.status is EngineStatus.OPTIMAL
    assert outcome.duals is not None
    bound = safe_bound(model, outcome.duals)
    assert bound == pytest.approx(outcome.objective, rel=1e-9, abs=1e-9)
    assert bound <= outcome.objective + 1e-12


@pytest.mark.parametrize("noise", [1e-6, 1e-3, 0.1, 10.0])
def test_bound_from_disturbed_duals_never_exceeds_the_optimum(noise: float) -> None:
    task = _task(4)
    model = task.build(initial_tangents(task.problem, task.reduced, 8))
    outcome = solve_linear(model, time_limit_s=10)
    rng = np.random.default_rng(0)
    for _ in range(50):
        duals = outcome.duals + noise * rng.standard_normal(len(outcome.duals))
        assert safe_bound(model, duals) <= outcome.objective + 1e-9 * abs(outcome.objective)


def test_bound_survives_duals_that_are_no_numbers() -> None:
    task = _task(5)
    model = task.build(initial_tangents(task.problem, task.reduced, 8))
    outcome = solve_linear(model, time_limit_s=10)
    duals = outcome.duals.copy()
    duals[::3] = np.nan
    duals[1::3] = np.inf
    assert -np.inf < safe_bound(model, duals) <= outcome.objective


def test_solution_of_the_program_satisfies_its_rows_and_box() -> None:
    task = _task(6)
    model = task.build(initial_tangents(task.problem, task.reduced, 8))
    values = solve_linear(model, time_limit_s=10).values
    activity = model.matrix @ values
    assert np.all(activity >= model.row_lower - 1e-6)
    assert np.all(activity <= model.row_upper + 1e-6)
    assert np.all((values >= model.lower - 1e-7) & (values <= model.upper + 1e-7))


@pytest.mark.parametrize("seed", range(8))
def test_refinement_closes_the_gap_between_tangents_and_curve(seed: int) -> None:
    task = _task(seed)
    tangents = initial_tangents(task.problem, task.reduced, 3)
    done = relax(task, tangents, time_limit_s=20, gap=1e-7)
    value = done.point.price.total_min
    assert done.bound <= value
    assert value - done.bound <= 1e-6 * value


@pytest.mark.parametrize("seed", range(8))
def test_generating_routes_reaches_the_same_optimum_as_all_routes_at_once(seed: int) -> None:
    task = _task(seed)
    tangents = initial_tangents(task.problem, task.reduced, 6)
    whole = relax(task, tangents, time_limit_s=20, gap=1e-7)
    grown = relax(task, tangents, time_limit_s=20, gap=1e-7, few_routes=0)
    assert grown.point.price.total_min == pytest.approx(whole.point.price.total_min, rel=1e-6)
    assert grown.bound == pytest.approx(whole.bound, rel=1e-6)
    assert grown.bound <= whole.point.price.total_min


def test_routes_are_really_generated_and_not_all_taken_at_once() -> None:
    task = _task(1)
    tangents = initial_tangents(task.problem, task.reduced, 6)
    grown = relax(task, tangents, time_limit_s=20, gap=1e-7, few_routes=0)
    assert len(grown.task.reduced.routes) < len(task.reduced.routes)
    assert not grown.task.is_whole
    assert task.is_whole
