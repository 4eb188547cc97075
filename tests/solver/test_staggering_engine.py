"""The engine room: the spare engine, outcomes without an answer, time limits."""

import numpy as np
import pytest
from scipy import sparse

from solver.staggering import PlanStatus, SolveSettings, solve_staggering
from solver.staggering.checking.checker import count_cost_min, find_violations
from solver.staggering.costs.matrices import build_matrices
from solver.staggering.costs.pricing import share_flows
from solver.staggering.programs import engine, relax
from solver.staggering.programs.engine import EngineStatus, solve_linear
from solver.staggering.programs.linear import ModelBuilder
from tests.reference.staggering_oracle import random_problem


def _knapsack(*, whole: bool, needed: float = 5.0):
    """Minimise 3 a + 2 b with 2 a + b >= needed, both at most 2."""
    builder = ModelBuilder()
    items = builder.add_columns(
        "x", cost=np.array([3.0, 2.0]), upper=np.full(2, 2.0), integer=whole
    )
    row = sparse.csr_array(np.array([[2.0, 1.0]]))
    builder.add_rows("cover", [(items, row)], lower=needed, n=1)
    return builder.build()


def test_linear_program_returns_values_and_the_dual_of_its_row() -> None:
    outcome = solve_linear(_knapsack(whole=False), time_limit_s=5)
    assert outcome.objective == pytest.approx(8.0)
    np.testing.assert_allclose(outcome.values, [2.0, 1.0])
    np.testing.assert_allclose(outcome.duals, [2.0])


def test_integer_program_returns_no_duals() -> None:
    outcome = solve_linear(_knapsack(whole=True, needed=4.5), time_limit_s=5)
    assert outcome.objective == pytest.approx(8.0)
    assert outcome.duals is None


def test_infeasible_program_is_a_value() -> None:
    outcome = solve_linear(_knapsack(whole=False, needed=9.0), time_limit_s=5)
    assert outcome.status is EngineStatus.INFEASIBLE
    assert outcome.values is None


def test_spare_engine_takes_over_with_the_same_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    run = engine._run

    def no_highs(model, exported, kind, *rest):
        if kind.name == "HIGHS":
            return engine._nothing(kind, 0.0)
        return run(model, exported, kind, *rest)

    monkeypatch.setattr(engine, "_run", no_highs)
    outcome = solve_linear(_knapsack(whole=False), time_limit_s=5)
    assert outcome.engine == "GLOP"
    np.testing.assert_allclose(outcome.duals, [2.0])


def test_engine_failure_is_reported_as_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args, **_kwargs):
        raise RuntimeError("no licence")

    monkeypatch.setattr(engine, "solve", broken)
    assert solve_linear(_knapsack(whole=True), time_limit_s=5).status is EngineStatus.UNKNOWN


def test_without_any_engine_moves_alone_find_a_plan_with_a_valid_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def silent(*_args, **_kwargs):
        return engine._nothing(engine.SolverType.HIGHS, 0.0)

    monkeypatch.setattr(relax, "solve_linear", silent)
    problem = random_problem(3)
    result = solve_staggering(problem, settings=SolveSettings())
    assert result.status is PlanStatus.FEASIBLE
    assert find_violations(problem, result.x, result.route_flow) == []
    shares = problem.groups.shares_or_cheapest()
    matrices = build_matrices(problem)
    today = np.zeros(problem.cohorts.n_candidates)
    today[matrices.base_candidate] = 1.0
    stay = count_cost_min(problem, today, share_flows(matrices, today, shares))
    assert 0 <= result.best_bound < result.objective < stay
