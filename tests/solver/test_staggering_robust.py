"""Plans for scenarios of compliance and for the worst case, against every plan there is."""

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations, count

import numpy as np
import pytest

from network.base import Cancelled, InputError
from solver.staggering import (
    EmployerCap,
    ObjectiveWeights,
    PlanRules,
    PlanStatus,
    RouteForm,
    SolveSettings,
    StaggeringProblem,
    solve_staggering,
)
from solver.staggering.costs.stayers import hold_back
from solver.staggering.descent.search import MAX_ROUNDS
from solver.staggering.robust import worst
from solver.staggering.robust.compliance import Compliance
from solver.staggering.robust.plans import solve_expected, solve_worst_case
from tests.reference.staggering_cases import slot_problem
from tests.reference.staggering_oracle import feasible_plans, fixed_route_cost, random_problem

EXACT = SolveSettings(gap=1e-9)
Slots = tuple[int, ...]


def followed_cost(problem: StaggeringProblem, slots: Slots, follow: np.ndarray) -> float:
    """Count a scenario's cost by splitting every cohort in those who follow and those who stay."""
    held = hold_back(problem, 1.0 - follow)
    n, base = len(problem.cohorts), problem.cohorts.base_slot
    stay = [c for c in range(n) if follow[c] < 1]
    # Stayers have one candidate; the oracle counts slots from the first candidate of a cohort.
    cohorts = held.cohorts
    wide = replace(
        cohorts,
        candidate_offset=np.arange(len(cohorts) + 1, dtype=np.int64) * 3,
        candidate_slot=np.tile(np.arange(3, dtype=np.int32), len(cohorts)),
        candidate_disutility_min=np.concatenate(
            [problem.cohorts.candidate_disutility_min]
            + [problem.cohorts.candidate_disutility_min[3 * c : 3 * c + 3] for c in stay]
        ),
    )
    all_slots = (*slots, *(int(base[c]) for c in stay))
    return fixed_route_cost(replace(held, cohorts=wide), all_slots)


def worst_cost(problem: StaggeringProblem, slots: Slots, budget: int) -> float:
    employer, base = problem.cohorts.employer, problem.cohorts.base_slot
    return max(
        fixed_route_cost(
            problem,
            tuple(int(base[c]) if employer[c] in away else s for c, s in enumerate(slots)),
        )
        for size in range(budget + 1)
        for away in combinations(range(len(problem.cohorts.employer_ids)), size)
    )


@pytest.mark.parametrize("seed", range(3))
def test_plan_of_least_average_cost_is_the_best_of_all_plans(seed: int) -> None:
    problem = random_problem(seed, max_moved_people=250.0)
    shares = [np.array([1.0, 0.5, 0.8, 1.0]), np.array([0.2, 0.4, 0.1, 0.6]), np.zeros(4)]
    weights = [0.5, 0.3, 0.2]
    scenarios = [Compliance(share=p, weight=w) for p, w in zip(shares, weights, strict=True)]
    expected = min(
        sum(w * followed_cost(problem, slots, p) for p, w in zip(shares, weights, strict=True))
        for slots in feasible_plans(problem)
    )
    result = solve_expected(problem, scenarios, settings=EXACT)
    assert result.objective == pytest.approx(expected, rel=1e-9)
    assert result.best_bound <= expected * (1 + 1e-12)
    assert result.objective == pytest.approx(
        float(np.dot(weights, result.scenario_cost_min)), rel=1e-9
    )


@pytest.mark.parametrize(("seed", "budget"), [(0, 0), (0, 1), (0, 2), (1, 1), (2, 2)])
def test_plan_for_the_worst_case_is_the_best_of_all_plans(seed: int, budget: int) -> None:
    problem = random_problem(seed, max_moved_people=250.0)
    cohorts = replace(
        problem.cohorts,
        employer=np.array([0, 1, 2, 2], dtype=np.int32),
        employer_ids=("a", "b", "c"),
    )
    problem = replace(problem, cohorts=cohorts)
    expected = min(worst_cost(problem, slots, budget) for slots in feasible_plans(problem))
    result = solve_worst_case(problem, budget, settings=EXACT)
    assert result.objective == pytest.approx(expected, rel=1e-9)
    assert result.best_bound <= expected * (1 + 1e-12)
    chosen = tuple(int(k) - 3 * c for c, k in enumerate(np.flatnonzero(result.x)))
    assert worst_cost(problem, chosen, budget) == pytest.approx(expected, rel=1e-9)
    assert len(result.not_following) <= budget


def test_everybody_following_is_the_plain_problem() -> None:
    problem = random_problem(7)
    plain = solve_staggering(problem, settings=SolveSettings(gap=1e-9, form=RouteForm.FIXED))
    certain = solve_expected(problem, [Compliance(share=np.ones(4))], settings=EXACT)
    nobody_away = solve_worst_case(problem, 0, settings=EXACT)
    assert certain.objective == pytest.approx(plain.objective, rel=1e-9)
    assert nobody_away.objective == pytest.approx(plain.objective, rel=1e-9)


def test_one_scenario_costs_what_holding_the_others_back_costs() -> None:
    # Ten of 100, 1 min to move, a share p goes: 0.01 (a^2 + b^2) + b, b = 100 p m for m asked.
    problem = slot_problem(sizes=[100] * 10, disutility_min=[[0, 1]] * 10)
    for p in (0.25, 0.5):
        best = min(0.01 * ((1000 - b) ** 2 + b**2) + b for b in (100 * p * m for m in range(11)))
        result = solve_expected(problem, [Compliance(share=np.full(10, p))], settings=EXACT)
        assert result.objective == pytest.approx(best)


def test_half_the_time_nobody_follows_by_hand() -> None:
    # Two of 100 in slot A, 1 min to move: nobody follows 400. One asked and following: 300.
    problem = slot_problem(sizes=[100, 100], disutility_min=[[0, 1]] * 2)
    scenarios = [Compliance(share=np.ones(2)), Compliance(share=np.zeros(2))]
    result = solve_expected(problem, scenarios, settings=EXACT)
    assert result.objective == pytest.approx(350.0)
    assert result.scenario_cost_min == pytest.approx((300.0, 400.0))


def test_worst_case_asks_more_of_the_many_than_the_plan_for_good_times() -> None:
    # Six of 100, 1 min to move: m go 0.01 ((600 - 100 m)^2 + (100 m)^2) + 100 m: 3 best, 2100.
    # One asked of m stays: m = 3 costs as 2 do, 2200, m = 4 as 3 do but worst is nobody away, 2400.
    problem = slot_problem(sizes=[100] * 6, disutility_min=[[0, 1]] * 6)
    plain = solve_worst_case(problem, 0, settings=EXACT)
    wary = solve_worst_case(problem, 1, settings=EXACT)
    assert plain.objective == pytest.approx(2100.0)
    assert wary.objective == pytest.approx(2200.0)
    assert len(wary.not_following) == 1


@pytest.mark.parametrize("seed", range(2))
def test_more_employers_away_never_make_the_worst_case_better(seed: int) -> None:
    problem = random_problem(seed)
    values = [solve_worst_case(problem, budget, settings=EXACT).objective for budget in range(3)]
    assert values[0] <= values[1] * (1 + 1e-9)
    assert values[1] <= values[2] * (1 + 1e-9)


@pytest.mark.parametrize("seed", range(2))
def test_robust_plans_of_shares_have_a_bound_that_touches(seed: int) -> None:
    problem = random_problem(seed, split=True, max_moved_people=150.0)
    scenarios = [Compliance(share=np.ones(4)), Compliance(share=np.full(4, 0.3), weight=2.0)]
    for result in (
        solve_expected(problem, scenarios, settings=SolveSettings(gap=1e-6)),
        solve_worst_case(problem, 1, settings=SolveSettings(gap=1e-6)),
    ):
        assert result.status is PlanStatus.OPTIMAL
        assert result.mip_gap <= 1e-6 + 1e-9
        assert result.best_bound <= result.objective


def test_rules_bind_what_is_asked_and_not_what_is_followed() -> None:
    # 50 may be asked of 100 each: none can, although a half following would be 50 people.
    problem = slot_problem(sizes=[100, 100], disutility_min=[[0, 1]] * 2, max_moved_people=50.0)
    result = solve_expected(problem, [Compliance(share=np.full(2, 0.5))], settings=EXACT)
    assert result.objective == pytest.approx(400.0)
    np.testing.assert_array_equal(result.x, [1, 0, 1, 0])


def test_weights_of_the_objective_count_in_every_scenario() -> None:
    # Moving counts twice: one of two moves, 200 + 2 x 100 = 400 as much as none, 400; at 3 none.
    for weight, expected in ((0.5, 250.0), (3.0, 400.0)):
        problem = replace(
            slot_problem(sizes=[100, 100], disutility_min=[[0, 1]] * 2),
            weights=ObjectiveWeights(moving=weight),
        )
        result = solve_worst_case(problem, 0, settings=EXACT)
        assert result.objective == pytest.approx(expected)


def test_rules_nobody_can_keep_are_told() -> None:
    problem = slot_problem(
        sizes=[300, 300], disutility_min=[[0, 1]] * 2, limit_pax=(300, 600), exempt=(0, 1)
    )
    for result in (
        solve_expected(problem, [Compliance(share=np.ones(2))]),
        solve_worst_case(problem, 1),
    ):
        assert result.status is PlanStatus.INFEASIBLE
        assert result.x is None
        assert result.objective is None


def test_caps_of_employers_hold_in_a_robust_plan() -> None:
    problem = random_problem(2)
    caps = tuple(EmployerCap(employer=e, max_moved_cohorts=0) for e in (0, 1))
    capped = replace(problem, rules=PlanRules(caps=caps))
    result = solve_worst_case(capped, 1, settings=EXACT)
    assert result.objective == pytest.approx(fixed_route_cost(problem, (1, 1, 1, 1)))


@pytest.mark.parametrize(
    ("scenarios", "field"),
    [
        ([], "scenarios"),
        ([Compliance(share=np.ones(3))], "scenarios[0]"),
        ([Compliance(share=np.full(4, 1.5))], "scenarios[0]"),
        ([Compliance(share=np.ones(4)), Compliance(share=np.ones(4), weight=0.0)], "scenarios[1]"),
    ],
    ids=["none", "few", "beyond", "weightless"],
)
def test_odd_scenarios_are_named(scenarios: list[Compliance], field: str) -> None:
    with pytest.raises(InputError) as error:
        solve_expected(random_problem(0), scenarios)
    assert [problem.field for problem in error.value.problems] == [field]


def test_a_negative_budget_is_refused() -> None:
    with pytest.raises(InputError, match="budget"):
        solve_worst_case(random_problem(0), -1)


def test_more_sets_than_can_be_listed_are_bounded() -> None:
    # 40 of 1 in slot A, nobody gains by moving: whoever stays away changes nothing.
    problem = slot_problem(sizes=[1] * 40, disutility_min=[[0, 1]] * 40)
    result = solve_worst_case(problem, 20, settings=SolveSettings(time_limit_s=10.0))
    assert result.objective <= result.upper_min
    assert result.best_bound <= result.objective * (1 + 1e-12)


def test_price_of_robustness_is_what_a_good_day_costs_more_by_hand() -> None:
    # Ten of 100, 1 min to move; a quarter follows: all ten are asked, and if all went,
    # 0.01 x 1000^2 + 1000 = 11000. Best then: five, 0.01 (500^2 + 500^2) + 500 = 5500.
    problem = slot_problem(sizes=[100] * 10, disutility_min=[[0, 1]] * 10)
    result = solve_expected(problem, [Compliance(share=np.full(10, 0.25))], settings=EXACT)
    assert result.nominal_min == pytest.approx(11_000.0)
    assert result.plain_nominal_min == pytest.approx(5_500.0)
    least, most = result.price_of_robustness_min
    assert least == pytest.approx(5_500.0)
    # The bound proven of that day is that of split cohorts (475 go, 5487.5) or better.
    assert least <= most <= 5_512.5 * (1 + 1e-6)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("budget", [1, 2])
def test_weights_on_sets_never_prove_too_much(
    seed: int, budget: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worst, "BALANCE_FROM", 0)
    problem = random_problem(seed, max_moved_people=250.0)
    cohorts = replace(
        problem.cohorts,
        employer=np.array([0, 1, 2, 2], dtype=np.int32),
        employer_ids=("a", "b", "c"),
    )
    problem = replace(problem, cohorts=cohorts)
    expected = min(worst_cost(problem, slots, budget) for slots in feasible_plans(problem))
    result = solve_worst_case(problem, budget, settings=EXACT)
    assert result.best_bound <= expected * (1 + 1e-12)
    assert result.objective == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_weights_on_sets_meet_the_program_where_cohorts_split(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = random_problem(seed, split=True, max_moved_people=150.0)
    settings = SolveSettings(gap=1e-6)
    program = solve_worst_case(problem, 1, settings=settings)
    monkeypatch.setattr(worst, "BALANCE_FROM", 0)
    weights = solve_worst_case(problem, 1, settings=replace(settings, gap=1e-4))
    assert weights.best_bound <= program.objective * (1 + 1e-12)
    assert program.best_bound <= weights.objective * (1 + 1e-12)
    assert weights.best_bound >= program.best_bound * (1 - 2e-4)


def test_annealed_plans_of_many_cohorts_keep_bound_and_rules(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worst, "BALANCE_FROM", 0)
    monkeypatch.setattr(worst, "_MANY_CANDIDATES", 0)
    problem = random_problem(3, max_moved_people=250.0)
    expected = min(worst_cost(problem, slots, 1) for slots in feasible_plans(problem))
    result = solve_worst_case(problem, 1, settings=EXACT)
    assert result.best_bound <= expected * (1 + 1e-12)
    assert result.objective >= expected * (1 - 1e-12)
    chosen = tuple(int(k) - 3 * c for c, k in enumerate(np.flatnonzero(result.x)))
    assert chosen in set(feasible_plans(problem))
    assert result.upper_min == result.objective


@pytest.mark.parametrize("stage", ["build", "relax", "round", "close"])
def test_cancelling_keeps_the_best_plan_so_far(stage: str) -> None:
    problem = random_problem(1, max_moved_people=250.0)

    def stop(name: str, done: int, total: int) -> None:
        if name == stage:
            raise Cancelled

    result = solve_worst_case(problem, 1, settings=EXACT, progress=stop)
    assert result.x is not None
    assert result.best_bound <= result.objective
    today = (1, 1, 1, 1)
    assert result.objective <= worst_cost(problem, today, 1) * (1 + 1e-9)
    if stage == "relax":
        assert result.status is PlanStatus.STOPPED


def stopping_at(call: int) -> Callable[[str, int, int], None]:
    """Return progress that raises Cancelled when called for the given time."""
    calls = count()

    def stop(name: str, done: int, total: int) -> None:
        if next(calls) == call:
            raise Cancelled

    return stop


@pytest.mark.parametrize("call", [0, 1, 3, 5, 8, 12, 20, 40])
@pytest.mark.parametrize("by_weights", [False, True])
def test_a_worst_case_stopped_anywhere_keeps_a_plan_and_a_true_bound(
    call: int, by_weights: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worst, "BALANCE_FROM", 0 if by_weights else 10**9)
    problem = random_problem(4, max_moved_people=250.0)
    plans = set(feasible_plans(problem))
    best = min(worst_cost(problem, slots, 1) for slots in plans)
    result = solve_worst_case(problem, 1, settings=EXACT, progress=stopping_at(call))
    assert result.best_bound <= best * (1 + 1e-12)
    assert result.objective >= best * (1 - 1e-12)
    chosen = tuple(int(k) - 3 * c for c, k in enumerate(np.flatnonzero(result.x)))
    assert chosen in plans
    assert worst_cost(problem, chosen, 1) == pytest.approx(result.objective, rel=1e-9)


@pytest.mark.parametrize("call", [0, 1, 2, 4, 6, 9])
def test_an_average_stopped_anywhere_keeps_a_plan_and_a_true_bound(call: int) -> None:
    problem = random_problem(4, max_moved_people=250.0)
    shares = [np.ones(4), np.array([0.2, 0.4, 0.1, 0.6])]
    scenarios = [Compliance(share=p) for p in shares]
    plans = set(feasible_plans(problem))
    best = min(sum(followed_cost(problem, s, p) for p in shares) / 2 for s in plans)
    result = solve_expected(problem, scenarios, settings=EXACT, progress=stopping_at(call))
    assert result.best_bound <= best * (1 + 1e-12)
    assert result.objective >= best * (1 - 1e-12)
    chosen = tuple(int(k) - 3 * c for c, k in enumerate(np.flatnonzero(result.x)))
    assert chosen in plans
    assert result.status is PlanStatus.STOPPED


def test_weights_that_are_stopped_keep_what_they_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worst, "BALANCE_FROM", 0)
    problem = random_problem(1, split=True)
    plain = solve_worst_case(problem, 0, settings=EXACT)
    descents = count()

    def stop(name: str, done: int, total: int) -> None:
        if name == "relax" and total == MAX_ROUNDS and done == 0 and next(descents) == 1:
            raise Cancelled

    result = solve_worst_case(problem, 1, settings=EXACT, progress=stop)
    assert result.status is PlanStatus.STOPPED
    assert result.best_bound > plain.best_bound * (1 + 1e-6)
