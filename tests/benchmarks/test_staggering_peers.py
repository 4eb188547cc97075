"""The program given to other engines: its hint, its whole numbers, and what they answer."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.peers.mathopt_models import (
    Program,
    integer_program,
    status_quo_hint,
    whole_program,
)
from benchmarks.peers.mathopt_solve import SOLVERS, solve_by_peer
from benchmarks.staggering_rows import PEERS, build_instance
from solver.staggering import EmployerCap, PlanRules, RouteForm, StaggeringProblem
from solver.staggering.checking.checker import count_cost_min, find_violations
from tests.reference.staggering_oracle import feasible_plans, fixed_route_cost, random_problem


def small(seed: int, *, ruled: bool = False) -> StaggeringProblem:
    return build_instance("heavy-ruled" if ruled else "heavy", seed, size="small")


def worst_miss(program: Program, values: np.ndarray) -> float:
    """Return by how much values miss a row or the box at most, in the program's own units."""
    model = program.model
    at = model.matrix @ values
    misses = (
        at - model.row_upper,
        model.row_lower - at,
        values - model.upper,
        model.lower - values,
    )
    return max(float(miss.max()) for miss in misses)


@pytest.mark.parametrize("form", list(RouteForm))
@pytest.mark.parametrize("ruled", [False, True])
def test_todays_plan_is_a_complete_and_feasible_hint(form: RouteForm, ruled: bool) -> None:
    exact = whole_program(small(1, ruled=ruled), form)
    assert worst_miss(exact, status_quo_hint(exact)) <= 1e-7
    whole = integer_program(exact)
    hint = status_quo_hint(whole)
    assert worst_miss(whole, hint) <= 0
    np.testing.assert_array_equal(hint, np.round(hint))


@pytest.mark.parametrize("form", list(RouteForm))
def test_whole_numbers_price_a_plan_as_the_program_does(form: RouteForm) -> None:
    exact = whole_program(small(2), form)
    whole = integer_program(exact)
    costs = [
        float(p.model.cost @ status_quo_hint(p) + p.model.offset) / p.cost_scale
        for p in (exact, whole)
    ]
    assert costs[1] == pytest.approx(costs[0], rel=1e-3)
    for values in (whole.model.cost, whole.model.matrix.data):
        np.testing.assert_array_equal(values, np.round(values))


def test_tangents_cost_no_more_than_the_curve_and_little_less() -> None:
    problem = small(1)
    program = whole_program(problem, RouteForm.FIXED)
    hint = status_quo_hint(program)
    plan = program.task.read(program.model, hint)
    true = count_cost_min(problem, plan.x, plan.route_flow)
    said = float(program.model.cost @ hint + program.model.offset)
    assert said <= true * (1 + 1e-12)
    assert said >= true * (1 - 1e-3)


@pytest.mark.parametrize("peer", PEERS)
@pytest.mark.parametrize("seed", range(2))
def test_every_engine_finds_the_best_of_all_plans(peer: str, seed: int) -> None:
    problem = random_problem(seed, max_moved_people=250.0)
    costs = sorted(fixed_route_cost(problem, slots) for slots in feasible_plans(problem))
    found = solve_by_peer(problem, peer, form=RouteForm.FIXED, time_limit_s=20, gap=0.0, seed=1)
    plan = found.plan
    assert found.status == "optimal"
    assert find_violations(problem, plan.x, plan.route_flow) == []
    # Best by the tangents, so the best or one that the tangents cannot tell from it.
    cost = count_cost_min(problem, plan.x, plan.route_flow)
    assert costs[0] * (1 - 1e-9) <= cost <= costs[0] * 1.01
    assert found.claimed_bound <= cost * (1 + 1e-6)
    assert (found.bound is None) == (peer == "cp-sat")


def test_tight_rules_stay_kept_in_whole_numbers() -> None:
    problem = random_problem(3)
    people = float(problem.cohorts.size[[0, 2]].sum())
    cap = EmployerCap(employer=0, max_moved_people=float(problem.cohorts.size[0]))
    tight = replace(problem, rules=PlanRules(max_moved_people=people, caps=(cap,)))
    found = solve_by_peer(tight, "cp-sat", form=RouteForm.FIXED, time_limit_s=20, gap=0.0, seed=1)
    assert find_violations(tight, found.plan.x, found.plan.route_flow) == []


def test_every_peer_of_the_rows_has_its_solver() -> None:
    assert tuple(SOLVERS) == PEERS
    with pytest.raises(KeyError):
        solve_by_peer(small(1), "gurobi", form=RouteForm.FIXED, time_limit_s=1, gap=0.0, seed=1)
