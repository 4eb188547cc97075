"""Starting from the last plan, moving whole cohorts, several aims at once."""

import time
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from benchmarks.cases.staggering_territory import Territory, territory_problem
from solver.staggering import (
    EmployerCap,
    Objective,
    PlanStatus,
    RouteForm,
    SolveSettings,
    WarmStart,
    make_warm_start,
    solve_staggering,
)
from solver.staggering.checking.checker import count_cost_min, find_violations
from solver.staggering.costs.matrices import build_matrices
from solver.staggering.costs.pieces import initial_tangents
from solver.staggering.costs.reduce import reduce_problem
from solver.staggering.descent import dive_to_whole
from solver.staggering.pareto import Aim, find_pareto_front, limit_aim, solve_lexicographic
from solver.staggering.search import whole
from solver.staggering.search.moves import anneal_plan, improve_by_moves
from solver.staggering.search.rounding import Landscape, build_landscape
from solver.staggering.task import Task
from tests.reference.staggering_cases import slot_problem
from tests.reference.staggering_oracle import (
    feasible_plans,
    fixed_route_cost,
    fixed_route_loads,
    random_problem,
)

EXACT = SolveSettings(gap=1e-9, form=RouteForm.FIXED)
SMALL = Territory(n_employers=20, cohorts_per_employer=4, staff=20_000.0, n_origins=40, heavy=True)


def landscape_of(problem, form=RouteForm.FIXED) -> Landscape:
    matrices = build_matrices(problem)
    reduced = reduce_problem(problem, matrices, form=form)
    task = Task(problem=problem, matrices=matrices, reduced=reduced, objective=Objective.COST)
    model = task.build(initial_tangents(problem, reduced, 2))
    return build_landscape(task, model, problem.groups.shares_or_cheapest())


def in_a_minute() -> float:
    return time.perf_counter() + 60.0


def never() -> float:
    return time.perf_counter() + 1e9


@pytest.mark.parametrize("form", list(RouteForm))
def test_warm_start_takes_nothing_from_what_is_proven(form: RouteForm) -> None:
    problem = random_problem(7, max_moved_people=250.0)
    settings = SolveSettings(gap=1e-9, form=form)
    cold = solve_staggering(problem, settings=settings)
    again = solve_staggering(problem, settings=settings, start=cold.warm)
    assert again.objective == pytest.approx(cold.objective, rel=1e-9)
    assert again.best_bound >= cold.best_bound * (1 - 1e-5)  # kept lifted tangents may add
    assert again.best_bound <= again.objective


def test_warm_start_of_another_problem_is_harmless() -> None:
    problem = random_problem(7)
    other = slot_problem(sizes=[10], disutility_min=[[0, 1]])
    odd = WarmStart(
        slot=np.array([5, 5, 5, 5], dtype=np.int32),
        route_flow=np.ones(3),
        cell=np.array([0, 99]),
        load_pax=np.array([1.0, 1e9]),
    )
    expected = solve_staggering(problem, settings=EXACT).objective
    for start in (odd, solve_staggering(other).warm):
        result = solve_staggering(problem, settings=EXACT, start=start)
        assert result.objective == pytest.approx(expected, rel=1e-9)


def test_start_that_breaks_a_new_rule_is_mended() -> None:
    problem = random_problem(7)
    last = solve_staggering(problem, settings=EXACT)
    assert last.moved_people > 0
    stricter = replace(
        problem, rules=replace(problem.rules, caps=(EmployerCap(employer=0, max_moved_cohorts=0),))
    )
    cold = solve_staggering(stricter, settings=EXACT)
    warm = solve_staggering(stricter, settings=EXACT, start=last.warm)
    assert warm.objective == pytest.approx(cold.objective, rel=1e-9)
    assert find_violations(stricter, warm.x, warm.route_flow) == []


def test_plan_alone_is_a_start() -> None:
    problem = random_problem(7)
    last = solve_staggering(problem, settings=EXACT)
    start = make_warm_start(problem, last.x, last.route_flow)
    np.testing.assert_array_equal(np.flatnonzero(last.x), start.choices(problem))


@pytest.mark.parametrize("seed", range(4))
def test_moves_end_where_no_pair_of_moves_pays(seed: int) -> None:
    # By brute force over all pairs: three slots each, four cohorts, priced from the definition.
    problem = random_problem(seed, max_moved_people=260.0)
    landscape = landscape_of(problem)
    start = build_matrices(problem).base_candidate
    ended = improve_by_moves(landscape, start, deadline=in_a_minute(), seed=0) % 3
    cost = fixed_route_cost(problem, tuple(ended.tolist()))
    feasible = set(feasible_plans(problem))
    assert tuple(ended.tolist()) in feasible
    for slots in product(range(3), repeat=4):
        if slots in feasible and sum(a != b for a, b in zip(slots, ended, strict=True)) <= 2:
            assert fixed_route_cost(problem, slots) >= cost * (1 - 1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_moves_leave_no_limit_broken_that_can_be_kept(seed: int) -> None:
    problem = random_problem(seed)
    loads = [fixed_route_loads(problem, slots) for slots in product(range(3), repeat=4)]
    kept = sorted(loads, key=lambda load: load[3])[2]
    limits = np.full(len(problem.cells), np.inf)
    limits[3] = kept[3] * (1 + 1e-9)
    problem = replace(problem, cells=replace(problem.cells, limit_pax=limits))
    result = solve_staggering(problem, settings=EXACT)
    best = min(fixed_route_cost(problem, slots) for slots in feasible_plans(problem))
    assert result.objective == pytest.approx(best, rel=1e-9)


def test_annealing_never_returns_a_worse_or_a_broken_plan() -> None:
    problem = territory_problem(2, SMALL)
    landscape = landscape_of(problem)
    start = build_matrices(problem).base_candidate
    moved = improve_by_moves(landscape, start, deadline=in_a_minute(), seed=1)
    best = anneal_plan(landscape, moved, deadline=never(), seed=1)
    merits = [landscape.merits(plan, 0, plan[:1])[:, 0] for plan in (start, moved, best)]
    assert [merit[0] for merit in merits] == [0.0, 0.0, 0.0]
    assert merits[2][1] < merits[1][1] < merits[0][1]
    # It cools by time gone as well as by steps: with no end in sight by steps alone.
    again = anneal_plan(landscape, moved, deadline=never(), seed=1)
    np.testing.assert_array_equal(best, again)


def test_territory_is_solved_to_its_bound_and_again_from_its_plan() -> None:
    problem = territory_problem(2, SMALL)
    settings = SolveSettings(gap=0.01, form=RouteForm.JOINT, time_limit_s=120.0)
    first = solve_staggering(problem, settings=settings)
    assert first.status is PlanStatus.OPTIMAL
    assert find_violations(problem, first.x, first.route_flow) == []
    assert first.objective == pytest.approx(
        count_cost_min(problem, first.x, first.route_flow), rel=1e-9
    )
    again = solve_staggering(problem, settings=settings, start=first.warm)
    assert again.objective <= first.objective * (1 + 1e-9)
    assert again.best_bound <= first.objective


def test_front_of_cost_against_the_peak_is_that_of_all_plans() -> None:
    problem = random_problem(3)
    capacity = problem.cells.capacity_pax
    plans = {
        slots: (
            float((fixed_route_loads(problem, slots) / capacity).max()),
            fixed_route_cost(problem, slots),
        )
        for slots in product(range(3), repeat=4)
    }
    front = find_pareto_front(problem, Aim.PEAK, n_points=4, settings=EXACT)
    assert len(front) >= 2
    for point in front:
        allowed = [c for peak, c in plans.values() if peak <= point.limit * (1 + 1e-8)]
        assert point.result.objective == pytest.approx(min(allowed), rel=1e-9)
        assert point.value <= point.limit * (1 + 1e-8)
    assert front[-1].limit == pytest.approx(min(peak for peak, _ in plans.values()))


def test_front_of_people_moved_ends_with_nobody() -> None:
    # 0.01 (a^2 + b^2) + b for 400 in hundreds: 1600, 1100 + ..., least 1000 with 200 moved
    problem = slot_problem(sizes=[100] * 4, disutility_min=[[0, 1]] * 4)
    front = find_pareto_front(problem, Aim.MOVED, n_points=3, settings=EXACT)
    assert [(p.value, p.result.objective) for p in front] == [
        pytest.approx((200.0, 1000.0)),
        pytest.approx((100.0, 1100.0)),
        pytest.approx((0.0, 1600.0)),
    ]


def test_peak_first_then_cost_keeps_the_least_peak() -> None:
    problem = random_problem(3)
    capacity = problem.cells.capacity_pax
    plans = list(product(range(3), repeat=4))
    peaks = [float((fixed_route_loads(problem, s) / capacity).max()) for s in plans]
    least = min(peaks)
    result = solve_lexicographic(problem, [Aim.PEAK], tolerance=0.02, settings=EXACT)
    allowed = [
        fixed_route_cost(problem, s)
        for s, peak in zip(plans, peaks, strict=True)
        if peak <= 1.02 * least
    ]
    assert result.objective == pytest.approx(min(allowed), rel=1e-9)


def test_limit_of_an_aim_never_loosens_a_limit_that_stands() -> None:
    problem = random_problem(3, max_moved_people=10.0, max_burden_min=0.1)
    assert limit_aim(problem, Aim.MOVED, 50.0).rules.max_moved_people == 10.0
    assert limit_aim(problem, Aim.BURDEN, 0.05).rules.max_burden_min == 0.05
    peak = limit_aim(limit_aim(problem, Aim.PEAK, 0.5), Aim.PEAK, 0.8)
    np.testing.assert_array_equal(peak.cells.limit_pax, 0.5 * problem.cells.capacity_pax)


def test_what_was_built_serves_other_rules_on_the_same_tables_only() -> None:
    problem = random_problem(7)
    start = solve_staggering(problem, settings=EXACT).warm
    rules = replace(problem.rules, caps=(EmployerCap(employer=0, max_moved_cohorts=0),))
    stricter = replace(problem, rules=rules)
    built = start.built(stricter, RouteForm.FIXED, Objective.COST)
    assert built.problem is stricter
    assert built.reduced is start.task.reduced
    assert start.built(stricter, RouteForm.JOINT, Objective.COST) is None
    assert start.built(stricter, RouteForm.FIXED, Objective.PEAK) is None
    fuller = replace(problem.cells, background_pax=2.0 * problem.cells.background_pax)
    other = replace(problem, cells=fuller)
    assert start.built(other, RouteForm.FIXED, Objective.COST) is None
    cold = solve_staggering(other, settings=EXACT)
    warm = solve_staggering(other, settings=EXACT, start=start)
    assert warm.objective == pytest.approx(cold.objective, rel=1e-9)


def test_single_moves_end_where_no_other_hour_of_one_cohort_pays() -> None:
    problem = random_problem(3, max_moved_people=260.0)
    landscape = landscape_of(problem)
    start = build_matrices(problem).base_candidate
    ended = improve_by_moves(landscape, start, deadline=in_a_minute(), seed=0, pairs=False) % 3
    cost = fixed_route_cost(problem, tuple(ended.tolist()))
    feasible = set(feasible_plans(problem))
    assert tuple(ended.tolist()) in feasible
    assert cost < fixed_route_cost(problem, tuple((start % 3).tolist()))
    for slots in feasible:
        if sum(a != b for a, b in zip(slots, ended, strict=True)) <= 1:
            assert fixed_route_cost(problem, slots) >= cost * (1 - 1e-9)


def test_last_gap_is_enough_after_other_rules_and_no_more_time_only() -> None:
    problem = random_problem(7)
    rules = replace(problem.rules, caps=(EmployerCap(employer=0, max_moved_cohorts=0),))
    stricter = replace(problem, rules=rules)
    last = solve_staggering(problem, settings=EXACT).warm
    start = replace(last, gap=0.02, searched_s=10.0)
    assert start.gap_in_reach(stricter, 10.0) == pytest.approx(0.022)
    assert start.gap_in_reach(stricter, 11.0) == pytest.approx(0.022)  # hardly more time
    assert start.gap_in_reach(stricter, 11.2) == 0.0  # more time than was used
    assert start.gap_in_reach(problem, 10.0) == 0.0  # the same again: to get further
    assert replace(start, gap=np.inf).gap_in_reach(stricter, 10.0) == 0.0
    assert replace(start, task=None).gap_in_reach(stricter, 10.0) == 0.0


def test_search_that_ends_at_the_last_gap_says_so_and_hands_that_gap_on() -> None:
    problem = territory_problem(2, SMALL)
    settings = SolveSettings(gap=1e-9, form=RouteForm.FIXED, time_limit_s=30.0)
    loose = replace(settings, gap=0.05)
    first = solve_staggering(problem, settings=loose)
    start = replace(first.warm, gap=0.05, searched_s=30.0)
    cap = EmployerCap(employer=1, max_moved_cohorts=0)
    stricter = replace(problem, rules=replace(problem.rules, caps=(cap,)))
    again = solve_staggering(stricter, settings=settings, start=start)
    assert again.status is PlanStatus.FEASIBLE
    assert 1e-9 < again.mip_gap <= 1.1 * 0.05
    assert "close" not in again.seconds  # no branch and bound for what is out of reach
    assert find_violations(stricter, again.x, again.route_flow) == []
    assert (again.warm.gap, again.warm.searched_s) == (0.05, 30.0)


def test_search_over_routes_ends_no_dearer_than_the_dive_it_begins_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dived = []

    def dive(*args: object, **kwargs: object) -> object:
        dived.append(dive_to_whole(*args, **kwargs))
        return dived[-1]

    monkeypatch.setattr(whole, "dive_to_whole", dive)
    problem = territory_problem(2, replace(SMALL, n_employers=40))
    settings = SolveSettings(gap=1e-3, form=RouteForm.JOINT, time_limit_s=30.0)
    result = solve_staggering(problem, settings=settings)
    assert len(dived) == 1
    broken = find_violations(problem, dived[0].x, dived[0].route_flow)
    assert broken or result.objective <= dived[0].price.total_min
    assert result.best_bound <= result.objective
    assert find_violations(problem, result.x, result.route_flow) == []
