"""Rules, conflicts, cancellation and broken input."""

from dataclasses import replace

import numpy as np
import pytest

from network.base import Cancelled, InputError
from solver.staggering import (
    Objective,
    PlanRules,
    PlanStatus,
    RouteForm,
    SolveSettings,
    solve_staggering,
)
from solver.staggering.checking.checker import find_violations
from solver.staggering.costs.matrices import build_matrices
from tests.reference.staggering_cases import slot_problem
from tests.reference.staggering_oracle import random_problem

TEN = {"sizes": [100] * 10, "disutility_min": [[0, 1]] * 10}


def test_no_more_people_move_than_allowed() -> None:
    # Free, half of the ten would move: 2 x 0.01 x 500^2 is the least.
    result = solve_staggering(slot_problem(**TEN, max_moved_people=250.0))
    assert result.moved_people == pytest.approx(200)
    # 800 stay and 200 move at 1 minute each: 0.01 (800^2 + 200^2) + 200
    assert result.objective == pytest.approx(7000)


def test_shares_use_the_allowance_to_the_last_person() -> None:
    result = solve_staggering(slot_problem(**TEN, max_moved_people=250.0, whole_cohorts=False))
    assert result.moved_people == pytest.approx(250, abs=1e-4)


def test_nobodys_staff_is_worse_off_at_todays_crowding() -> None:
    # Today everyone pays 10 minutes of crowding; prices say slot B would cost 9.5, moving 1.
    problem = slot_problem(**TEN)
    priced = replace(problem.groups, priced_min=np.array([10.0, 9.5]))
    strict = replace(problem, groups=priced, rules=PlanRules(no_employer_worse_off=True))
    assert solve_staggering(strict).moved_people == 0
    loose = replace(strict, rules=PlanRules(no_employer_worse_off=True, worse_off_slack_min=0.5))
    assert solve_staggering(loose).moved_people == pytest.approx(500)


def test_employers_gain_is_what_prices_say() -> None:
    problem = slot_problem(sizes=[100, 100], disutility_min=[[0, 1], [0, 1]], employer=[0, 1])
    problem = replace(problem, groups=replace(problem.groups, priced_min=np.array([10.0, 4.0])))
    result = solve_staggering(problem)
    # One employer of two moves: 6 minutes cheaper, less 1 for moving.
    np.testing.assert_allclose(np.sort(result.employer_gain_min), [0.0, 5.0])


def test_conflicting_rules_are_named_in_both_languages() -> None:
    problem = slot_problem(
        sizes=(300, 300),
        disutility_min=[[0, 2], [0, 3]],
        limit_pax=(300, 600),
        max_burden_min=0.5,
    )
    result = solve_staggering(problem)
    assert result.status is PlanStatus.INFEASIBLE
    assert result.x is None
    assert result.conflicting_rules == ("burden_limit", "load_limit")
    assert "load limits" in result.reason
    assert "plafonds de charge" in result.reason_fr


def test_plan_that_needs_split_cohorts_is_infeasible_for_whole_ones() -> None:
    parts = {"sizes": [300], "disutility_min": [[0, 1]], "limit_pax": (200, 200)}
    assert solve_staggering(slot_problem(**parts)).status is PlanStatus.INFEASIBLE
    split = solve_staggering(slot_problem(**parts, whole_cohorts=False))
    assert split.status is PlanStatus.OPTIMAL


def test_limits_nobody_can_meet_are_blamed_alone() -> None:
    problem = slot_problem(
        sizes=[300], disutility_min=[[0, 1]], limit_pax=(10, 10), max_moved_people=0.0
    )
    result = solve_staggering(problem)
    assert result.conflicting_rules == ("load_limit",)


@pytest.mark.parametrize("stage", ["build", "relax", "round", "close"])
def test_cancelling_keeps_the_best_plan_so_far(stage: str) -> None:
    problem = slot_problem(sizes=(5, 5, 5), disutility_min=[[0, 0]] * 3)

    def stop(name: str, done: int, total: int) -> None:
        if name == stage:
            raise Cancelled

    result = solve_staggering(problem, settings=SolveSettings(gap=1e-9), progress=stop)
    assert result.status is PlanStatus.STOPPED
    if stage == "build":
        assert result.x is None
    else:
        assert find_violations(problem, result.x, result.route_flow) == []
        assert result.best_bound <= result.objective


def test_same_seed_gives_the_same_plan() -> None:
    first, again = (solve_staggering(random_problem(5)) for _ in range(2))
    np.testing.assert_array_equal(first.x, again.x)
    assert first.objective == again.objective
    assert first.best_bound == again.best_bound


def test_immovable_cohort_has_one_candidate_and_stays() -> None:
    problem = random_problem(2)
    cohorts = problem.cohorts
    offset = np.array([0, 1, 4, 7, 10], dtype=np.int64)
    chosen = np.concatenate([[1], np.arange(3, 12)])
    fixed = replace(
        problem,
        cohorts=replace(
            cohorts,
            candidate_offset=offset,
            candidate_slot=cohorts.candidate_slot[chosen],
            candidate_disutility_min=cohorts.candidate_disutility_min[chosen],
        ),
    )
    result = solve_staggering(fixed)
    assert result.x[0] == 1.0
    assert find_violations(fixed, result.x, result.route_flow) == []


def test_checker_sees_each_kind_of_broken_plan() -> None:
    problem = slot_problem(**TEN, max_moved_people=250.0, max_burden_min=0.5, limit_pax=(900, 900))
    x = np.tile([1.0, 0.0], 10)
    flow = np.array([1000.0, 0.0])
    assert any("limit 900" in text for text in find_violations(problem, x, flow))
    assert any("carry" in text for text in find_violations(problem, x, flow / 2))
    x[:8] = [0.0, 1.0] * 4
    broken = find_violations(problem, x, np.array([600.0, 400.0]))
    assert any("people moved" in text for text in broken)
    assert any("bears" in text for text in broken)
    x[8:10] = 0.5
    assert any("split" in text for text in find_violations(problem, x, flow))
    x[8:10] = 0.7
    assert any("sum to" in text for text in find_violations(problem, x, flow))


def test_checker_counts_employers_that_lose() -> None:
    problem = slot_problem(sizes=[10], disutility_min=[[0, 1]], no_employer_worse_off=False)
    problem = replace(
        problem,
        groups=replace(problem.groups, priced_min=np.array([5.0, 4.5])),
        rules=PlanRules(no_employer_worse_off=True),
    )
    broken = find_violations(problem, np.array([0.0, 1.0]), np.array([0.0, 10.0]))
    assert broken == ["employer e0 pays 55.0 min instead of 50.0"]


@pytest.mark.parametrize(
    ("part", "field", "value", "named"),
    [
        ("cohorts", "size", np.array([-1.0, 1.0, 1.0, 1.0]), "cohorts.size"),
        ("cohorts", "base_slot", np.full(4, 7, dtype=np.int32), "cohorts.base_slot"),
        ("cohorts", "candidate_slot", np.full(12, 1, dtype=np.int32), "candidate_slot"),
        ("cohorts", "candidate_offset", np.arange(4), "candidate_offset"),
        ("cohorts", "employer", np.array([0, 0, 1, 9], dtype=np.int32), "cohorts.employer"),
        ("groups", "free_min", np.full(24, np.nan), "groups.free_min"),
        ("groups", "cell", np.full(48, 99, dtype=np.int32), "groups.cell"),
        ("groups", "share", np.full(24, 0.4), "groups.share"),
        ("groups", "route_offset", np.arange(3), "groups.route_offset"),
        ("cells", "standing_m2", np.zeros(7), "cells.standing_m2"),
        ("cells", "ride_min", np.full(3, 10.0), "cells.ride_min: 3 values from 10.0 to 10.0"),
        ("cells", "limit_pax", np.full(7, -1.0), "cells.limit_pax"),
    ],
)
def test_broken_array_is_named(part: str, field: str, value: np.ndarray, named: str) -> None:
    problem = random_problem(0)
    broken = replace(getattr(problem, part), **{field: value})
    with pytest.raises(InputError, match=named):
        replace(problem, **{part: broken})


def test_rule_on_losing_employers_needs_prices() -> None:
    problem = slot_problem(sizes=[10], disutility_min=[[0, 1]])
    with pytest.raises(InputError, match="priced_min"):
        replace(problem, rules=PlanRules(no_employer_worse_off=True))


def test_slot_without_routes_for_an_origin_is_named() -> None:
    problem = random_problem(0)
    groups = replace(problem.groups, origin=np.where(problem.groups.slot == 2, 5, 0))
    with pytest.raises(InputError, match="no routes from origin 0 for cohort 'c0' in slot 2"):
        build_matrices(replace(problem, groups=groups))


@pytest.mark.parametrize(
    "settings", [{"time_limit_s": 0.0}, {"gap": 1.5}, {"initial_tangents": 1}, {"seed": -1}]
)
def test_bad_settings_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(InputError, match=next(iter(settings))):
        SolveSettings(**settings)


@pytest.mark.parametrize("form", list(RouteForm))
@pytest.mark.parametrize("objective", list(Objective))
def test_with_seats_for_everyone_nobody_moves(form: RouteForm, objective: Objective) -> None:
    problem = slot_problem(sizes=[10, 20], disutility_min=[[0, 1]] * 2, seats=1000.0)
    result = solve_staggering(problem, settings=SolveSettings(form=form, objective=objective))
    assert result.status is PlanStatus.OPTIMAL
    if objective is not Objective.PEAK:
        assert result.moved_people == 0
        assert result.objective == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("form", list(RouteForm))
def test_cohorts_without_passengers_stay_where_they_are(form: RouteForm) -> None:
    problem = slot_problem(sizes=[10], disutility_min=[[0, 1]], background_pax=50.0)
    none = np.zeros(0)
    empty = np.zeros(0, dtype=np.int32)
    cohorts = replace(problem.cohorts, strand_cohort=empty, strand_origin=empty, strand_pax=none)
    groups = replace(
        problem.groups,
        origin=empty,
        site=empty,
        slot=empty,
        route_offset=np.zeros(1, dtype=np.int64),
        free_min=none,
        cell_offset=np.zeros(1, dtype=np.int64),
        cell=empty,
        cell_weight=none,
    )
    result = solve_staggering(
        replace(problem, cohorts=cohorts, groups=groups), settings=SolveSettings(form=form)
    )
    # Two cells of 50 others, each of whom bears 0.01 x 50: 2 x 25, whatever the plan.
    assert result.objective == pytest.approx(50.0)
    assert result.best_bound == pytest.approx(50.0)
    assert result.moved_people == 0
