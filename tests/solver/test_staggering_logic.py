"""Plans of whole cohorts that keep many rules at once: by logic, against every plan counted."""

from dataclasses import replace

import numpy as np
import pytest

from network.base import Cancelled
from solver.staggering import (
    PlanRules,
    PlanStatus,
    RouteForm,
    SolveSettings,
    StaggeringProblem,
    solve_staggering,
)
from solver.staggering.checking.checker import find_violations
from solver.staggering.costs.pieces import initial_tangents
from solver.staggering.programs.engine import EngineStatus
from solver.staggering.search.logic import complete_by_logic, whole_rows
from solver.staggering.search.mending import mend_plan
from solver.staggering.search.rounding import (
    Landscape,
    build_landscape,
    improve_choices,
    violation_of,
)
from tests.reference.staggering_oracle import fixed_route_cost, random_problem
from tests.reference.staggering_ruled import (
    EVERY_PLAN,
    choices_of,
    fixed_task,
    kept_plans,
    ruled_plans,
    ruled_problem,
    shares_of,
    together_problem,
    torn_problem,
)

ENDLESS = np.inf
FIXED = SolveSettings(form=RouteForm.FIXED, time_limit_s=30.0, gap=1e-6)


def landscape_of(problem: StaggeringProblem) -> Landscape:
    task = fixed_task(problem)
    model = task.build(initial_tangents(problem, task.reduced, 2))
    return build_landscape(task, model, problem.groups.shares_or_cheapest())


@pytest.mark.parametrize("seed", range(20))
def test_logic_finds_the_cheapest_of_all_plans_that_keep_the_rules_or_says_there_is_none(
    seed: int,
) -> None:
    problem = ruled_problem(seed)
    cost = np.random.default_rng(seed).uniform(0.0, 5.0, 12)
    kept = ruled_plans(seed)
    hint = choices_of((1, 1, 1, 1))
    found = complete_by_logic(landscape_of(problem), cost, hint, time_limit_s=30.0)
    if not kept:
        assert found.status is EngineStatus.INFEASIBLE
        return
    assert found.status is EngineStatus.OPTIMAL
    assert found.choices is not None
    assert tuple((found.choices - 3 * np.arange(4)).tolist()) in kept
    least = min(cost[choices_of(slots)].sum() for slots in kept)
    assert cost[found.choices].sum() == pytest.approx(least, abs=1e-4)


def test_the_draw_has_problems_with_and_without_a_plan() -> None:
    counts = [len(ruled_plans(seed)) for seed in range(12)]
    assert min(counts) == 0
    assert sum(0 < n < 30 for n in counts) >= 4


@pytest.mark.parametrize("seed", range(8))
def test_whole_numbers_cut_off_no_plan_and_let_in_none_that_the_checker_refuses(seed: int) -> None:
    problem = ruled_problem(seed)
    rows, kept = whole_rows(landscape_of(problem)), set(ruled_plans(seed))
    for slots in EVERY_PLAN:
        x = shares_of(slots).astype(np.int64)
        head = rows.head @ x
        said = bool(np.all(rows.use @ x <= rows.limit)) and np.ptp(head) <= rows.head_spread
        assert said == (slots in kept)


def test_a_limit_that_a_plan_reaches_exactly_is_kept_in_whole_numbers() -> None:
    # Two employers' cohorts of 0.1 and 0.2 people move: 0.1 + 0.2 is not 0.3 in floating point.
    problem = random_problem(5)
    problem = replace(
        problem,
        cohorts=replace(problem.cohorts, size=np.array([0.1, 0.2, 0.7, 0.9])),
        rules=PlanRules(max_moved_people=0.3),
    )
    rows = whole_rows(landscape_of(problem))
    assert np.all(rows.use @ shares_of((0, 0, 1, 1)).astype(np.int64) <= rows.limit)
    assert np.any(rows.use @ shares_of((1, 1, 0, 1)).astype(np.int64) > rows.limit)


def test_four_who_move_together_are_found_where_moves_of_two_see_no_way() -> None:
    problem = together_problem()
    landscape, today = landscape_of(problem), choices_of((1, 1, 1, 1))
    stuck = improve_choices(landscape, today, deadline=ENDLESS, seed=0)
    assert violation_of(landscape, stuck) > 0
    mended = mend_plan(landscape, today, deadline=ENDLESS, seed=0)
    assert mended.is_sound
    np.testing.assert_array_equal(mended.choices, choices_of((0, 0, 0, 0)))


def test_logic_is_not_asked_when_the_time_is_over() -> None:
    landscape, today = landscape_of(together_problem()), choices_of((1, 1, 1, 1))
    mended = mend_plan(landscape, today, deadline=0.0, seed=0)
    assert not mended.is_sound
    np.testing.assert_array_equal(mended.choices, today)


def test_rules_that_only_a_split_cohort_can_keep_leave_no_whole_plan_and_say_why() -> None:
    problem = torn_problem()
    mended = mend_plan(landscape_of(problem), choices_of((1, 1, 1, 1)), deadline=ENDLESS, seed=0)
    assert mended.hopeless
    result = solve_staggering(problem, settings=FIXED)
    assert result.status is PlanStatus.INFEASIBLE
    assert result.x is None
    assert "presence" in result.conflicting_rules
    assert result.reason
    assert result.reason_fr
    split = replace(problem, rules=replace(problem.rules, whole_cohorts=False))
    assert solve_staggering(split, settings=FIXED).status is PlanStatus.OPTIMAL


@pytest.mark.parametrize("seed", range(12))
def test_a_solve_finds_the_best_of_all_plans_that_keep_many_rules(seed: int) -> None:
    problem = ruled_problem(seed)
    costs = [fixed_route_cost(problem, slots) for slots in ruled_plans(seed)]
    result = solve_staggering(problem, settings=FIXED)
    if not costs:
        assert result.status is PlanStatus.INFEASIBLE
        assert result.reason
        return
    assert result.x is not None
    assert not find_violations(problem, result.x, result.route_flow)
    assert result.objective == pytest.approx(min(costs), rel=2e-6)
    assert result.best_bound <= min(costs) * (1 + 1e-9)


def test_a_wish_to_stop_leaves_logic_at_once_and_keeps_a_sound_plan() -> None:
    landscape = landscape_of(ruled_problem(1))

    def stop() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        complete_by_logic(
            landscape, np.ones(12), choices_of((1, 1, 1, 1)), time_limit_s=30.0, pulse=stop
        )

    def stop_rounding(stage: str, done: int, total: int) -> None:
        if stage == "round":
            raise Cancelled

    result = solve_staggering(together_problem(), settings=FIXED, progress=stop_rounding)
    assert result.status is PlanStatus.STOPPED
    assert result.x is None or not find_violations(together_problem(), result.x, result.route_flow)


def test_the_same_seed_gives_the_same_plan() -> None:
    problem = ruled_problem(4)
    cost = np.zeros(12)  # every plan that keeps the rules is as good
    found = [
        complete_by_logic(
            landscape_of(problem), cost, choices_of((1, 1, 1, 1)), time_limit_s=30.0, seed=7
        ).choices
        for _ in range(2)
    ]
    np.testing.assert_array_equal(found[0], found[1])


@pytest.mark.parametrize("seed", range(4))
def test_minutes_in_the_window_are_as_close_as_the_envy_bound(seed: int) -> None:
    problem = random_problem(seed, max_envy_min=0.5)
    landscape = landscape_of(problem)
    seen = 0
    for centre in EVERY_PLAN[::9]:
        rows, limit = landscape.around(shares_of(centre)).windowed()
        inside = [p for p in EVERY_PLAN if np.all(rows @ shares_of(p) <= limit + 1e-9)]
        spreads = [float(np.ptp(landscape.head @ shares_of(p))) for p in inside]
        assert max(spreads, default=0.0) <= 0.5 + 2e-9
        if np.ptp(landscape.head @ shares_of(centre)) <= 0.5:
            assert centre in inside
        seen += len(inside)
    assert 0 < seen < 9 * len(EVERY_PLAN)


@pytest.mark.parametrize("seed", range(6))
def test_moves_never_break_the_envy_bound_and_end_no_dearer_than_they_began(seed: int) -> None:
    problem = random_problem(seed, max_envy_min=0.4)
    landscape, today = landscape_of(problem), choices_of((1, 1, 1, 1))
    found = improve_choices(landscape, today, deadline=ENDLESS, seed=seed)
    slots = tuple((found - 3 * np.arange(4)).tolist())
    assert slots in kept_plans(problem)
    assert fixed_route_cost(problem, slots) <= fixed_route_cost(problem, (1, 1, 1, 1))
