"""Every rule on a hand instance, and against all plans of small random ones."""

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from network.base import InputError
from solver.staggering import (
    Cohesion,
    EligibleShare,
    EmployerCap,
    Meeting,
    Objective,
    ObjectiveWeights,
    PlanRules,
    PlanStatus,
    Presence,
    RouteForm,
    SolveSettings,
    StaggeringProblem,
    solve_staggering,
)
from solver.staggering.checking.checker import count_cost_min, find_violations
from tests.reference.staggering_cases import slot_problem
from tests.reference.staggering_oracle import fixed_route_cost, random_problem

EXACT = SolveSettings(gap=1e-9, form=RouteForm.FIXED)
HOUR = 3600
Slots = tuple[int, ...]

# The random problems start at 08:00, 08:15, 08:30; everybody is at 08:15 today.
# Cohorts 0 and 1 are employer a's, 2 and 3 employer b's.


def moved(slots: Slots, cohorts: tuple[int, ...] = (0, 1, 2, 3)) -> list[int]:
    return [c for c in cohorts if slots[c] != 1]


def people(problem: StaggeringProblem, cohorts: list[int]) -> float:
    return float(sum(problem.cohorts.size[c] for c in cohorts))


def head_burden(problem: StaggeringProblem, slots: Slots, own: tuple[int, ...]) -> float:
    c = problem.cohorts
    minutes = sum(c.size[i] * c.candidate_disutility_min[3 * i + slots[i]] for i in own)
    return float(minutes / sum(c.size[i] for i in own))


def present(problem: StaggeringProblem, slots: Slots, at_s: int) -> float:
    start = [28_800 + 900 * s for s in slots]
    return people(problem, [c for c in (0, 1, 2) if start[c] <= at_s < start[c] + 8 * HOUR])


def shared_s(slots: Slots, a: int, b: int, work_a: int, work_b: int) -> int:
    start = [28_800 + 900 * s for s in slots]
    return min(start[a] + work_a, start[b] + work_b) - max(start[a], start[b])


PRESENT = Presence(
    name="desk",
    cohorts=(0, 1, 2),
    work_s=(8 * HOUR,) * 3,
    from_s=29_700,
    to_s=57_700,
    min_people=210.0,
)

# Rule, and what it means for a plan of whole cohorts, said from the definition.
RULES: dict[str, tuple[PlanRules, Callable[[StaggeringProblem, Slots], bool]]] = {
    "cohorts_moved_at_most": (
        PlanRules(max_moved_cohorts=2),
        lambda p, s: len(moved(s)) <= 2,
    ),
    "largest_shift": (PlanRules(max_shift_s=600), lambda p, s: not moved(s)),
    "exempt": (PlanRules(exempt=(0, 3)), lambda p, s: not moved(s, (0, 3))),
    "eligible_share": (
        PlanRules(eligible=(EligibleShare(cohort=3, share=0.7), EligibleShare(cohort=1, share=1))),
        lambda p, s: not moved(s, (3,)),
    ),
    "employer_cap_people": (
        PlanRules(caps=(EmployerCap(employer=0, max_moved_people=120.0),)),
        lambda p, s: people(p, moved(s, (0, 1))) <= 120.0,
    ),
    "employer_cap_cohorts": (
        PlanRules(caps=(EmployerCap(employer=1, max_moved_cohorts=1),)),
        lambda p, s: len(moved(s, (2, 3))) <= 1,
    ),
    "envy": (
        PlanRules(max_envy_min=0.1),
        lambda p, s: abs(head_burden(p, s, (0, 1)) - head_burden(p, s, (2, 3))) <= 0.1,
    ),
    "changed_at_most": (
        PlanRules(max_changed_people=150.0),
        lambda p, s: people(p, [c for c in range(4) if s[c] != (0, 1, 2, 0)[c]]) <= 150.0,
    ),
    # Fewest are there at 08:15, before the last come, and from 16:00, when the first go.
    "presence": (
        PlanRules(presence=(PRESENT,)),
        lambda p, s: all(present(p, s, t) >= 210.0 for t in range(29_700, 57_700, 100)),
    ),
    "team_cohesion": (
        PlanRules(cohesion=(Cohesion(name="team", cohorts=(0, 1, 2), max_spread_s=900),)),
        lambda p, s: max(s[:3]) - min(s[:3]) <= 1,
    ),
    "team_meeting": (
        PlanRules(
            meetings=(
                Meeting(
                    name="handover",
                    cohorts=(0, 3),
                    work_s=(4 * HOUR, 5 * HOUR),
                    common_s=4 * HOUR,
                ),
            )
        ),
        lambda p, s: shared_s(s, 0, 3, 4 * HOUR, 5 * HOUR) >= 4 * HOUR,
    ),
}


def case(seed: int, name: str) -> StaggeringProblem:
    problem = random_problem(seed)
    cohorts = replace(problem.cohorts, previous_slot=np.array([0, 1, 2, 0], dtype=np.int32))
    return replace(problem, cohorts=cohorts, rules=RULES[name][0])


def least_cost(problem: StaggeringProblem, keeps: Callable[[StaggeringProblem, Slots], bool]):
    costs = [
        fixed_route_cost(problem, slots)
        for slots in product(range(3), repeat=4)
        if keeps(problem, slots)
    ]
    return min(costs) if costs else None


@pytest.mark.parametrize("name", sorted(RULES))
@pytest.mark.parametrize("seed", range(3))
def test_plan_under_a_rule_is_the_best_of_all_that_keep_it(seed: int, name: str) -> None:
    problem = case(seed, name)
    expected = least_cost(problem, RULES[name][1])
    result = solve_staggering(problem, settings=EXACT)
    if expected is None:
        assert result.status is PlanStatus.INFEASIBLE
        return
    assert result.objective == pytest.approx(expected, rel=1e-9)
    assert result.best_bound <= expected * (1 + 1e-12)


@pytest.mark.parametrize("name", sorted(RULES))
def test_each_rule_costs_something_somewhere(name: str) -> None:
    worse = []
    for seed in range(3):
        problem = case(seed, name)
        kept, free = least_cost(problem, RULES[name][1]), least_cost(problem, lambda p, s: True)
        worse.append(kept is None or kept > free + 1e-6)
    assert any(worse)


@pytest.mark.parametrize("name", sorted(RULES))
def test_checker_agrees_with_the_definition_on_every_plan(name: str) -> None:
    problem, keeps = case(1, name), RULES[name][1]
    groups = problem.groups
    for slots in product(range(3), repeat=4):
        x = np.zeros(12)
        x[[3 * c + s for c, s in enumerate(slots)]] = 1.0
        flow = np.zeros(groups.n_routes)
        keys = list(zip(groups.origin.tolist(), groups.site.tolist(), groups.slot, strict=True))
        c = problem.cohorts
        for k, o, pax in zip(c.strand_cohort, c.strand_origin, c.strand_pax, strict=True):
            g = keys.index((int(o), int(c.site[k]), slots[k]))
            flow[2 * g : 2 * g + 2] += pax * groups.share[2 * g : 2 * g + 2]
        assert (find_violations(problem, x, flow) == []) == keeps(problem, slots)


def two_slots(**rules: object) -> StaggeringProblem:
    """Four employers of 100 each in slot A, 1 min to move; free, two of the four move."""
    return slot_problem(sizes=[100] * 4, disutility_min=[[0, 1]] * 4, slope=0.1, **rules)


def test_free_plan_moves_half() -> None:
    # 0.01 (a^2 + b^2) + b: 2000 - 0.01 * 2 a b ...: b = 100: 1100, b = 200: 1000, b = 300: 1300
    result = solve_staggering(two_slots(), settings=EXACT)
    assert result.objective == pytest.approx(1000.0)


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        # One cohort of 100 may move: 0.01 (300^2 + 100^2) + 100
        pytest.param({"max_moved_cohorts": 1}, 1100.0, id="cohorts"),
        # Nobody may move by a quarter of an hour: 0.01 * 400^2
        pytest.param({"max_shift_s": 899}, 1600.0, id="shift"),
        pytest.param({"exempt": (0, 1, 2)}, 1100.0, id="exempt"),
        # All or none may bear 1 minute: none 1600, all 0.01 * 400^2 + 400
        pytest.param({"max_envy_min": 0.5}, 1600.0, id="envy"),
        # All start together: nobody moves
        pytest.param(
            {"cohesion": (Cohesion(name="t", cohorts=(0, 1, 2, 3), max_spread_s=0),)},
            1600.0,
            id="cohesion",
        ),
        # 400 at work from 08:00 on
        pytest.param(
            {
                "presence": (
                    Presence(
                        name="t",
                        cohorts=(0, 1, 2, 3),
                        work_s=(HOUR,) * 4,
                        from_s=8 * HOUR,
                        to_s=8 * HOUR + 60,
                        min_people=300.0,
                    ),
                )
            },
            1100.0,
            id="presence",
        ),
    ],
)
def test_rule_by_hand(rules: dict[str, object], expected: float) -> None:
    assert solve_staggering(two_slots(**rules), settings=EXACT).objective == pytest.approx(expected)


def test_split_cohorts_move_their_eligible_share_to_the_last() -> None:
    # One cohort of 400; 200 would move, a quarter may: 0.01 (300^2 + 100^2) + 100
    problem = slot_problem(
        sizes=[400],
        disutility_min=[[0, 1]],
        whole_cohorts=False,
        eligible=(EligibleShare(cohort=0, share=0.25),),
    )
    result = solve_staggering(problem, settings=EXACT)
    assert result.objective == pytest.approx(1100.0, rel=1e-6)
    assert result.moved_people == pytest.approx(100.0, abs=1e-3)


def test_weight_of_people_moved_holds_them_back() -> None:
    # 3 min a head moved on top of 1: b = 0: 1600, b = 100: 1400, b = 200: 1600
    problem = replace(two_slots(), weights=ObjectiveWeights(moved_min=3.0))
    result = solve_staggering(problem, settings=EXACT)
    assert result.objective == pytest.approx(1400.0)
    assert result.moved_people == pytest.approx(100.0)


def test_weight_of_change_keeps_the_last_plan() -> None:
    # Last plan: three moved. Kept: 1000 + 300 = 1300. One back: 1000 + 100 w. So w > 3 keeps it.
    for weight, expected in ((2.0, 1200.0), (4.0, 1300.0)):
        problem = two_slots()
        previous = np.array([1, 1, 1, 0], dtype=np.int32)
        problem = replace(
            problem,
            cohorts=replace(problem.cohorts, previous_slot=previous),
            weights=ObjectiveWeights(changed_min=weight),
        )
        assert solve_staggering(problem, settings=EXACT).objective == pytest.approx(expected)


@pytest.mark.parametrize("form", list(RouteForm))
def test_weighted_objective_is_what_the_checker_counts(form: RouteForm) -> None:
    problem = random_problem(4)
    kg = np.linspace(0.1, 2.0, problem.groups.n_routes)
    problem = replace(
        problem,
        groups=replace(problem.groups, co2_kg=kg),
        cohorts=replace(problem.cohorts, previous_slot=np.zeros(4, dtype=np.int32)),
        weights=ObjectiveWeights(
            travel=0.5, crowding=2.0, moving=3.0, moved_min=0.2, changed_min=0.1, co2_min_per_kg=1.5
        ),
    )
    result = solve_staggering(problem, settings=SolveSettings(gap=1e-6, form=form))
    assert result.objective == pytest.approx(
        count_cost_min(problem, result.x, result.route_flow), rel=1e-9
    )
    assert result.best_bound <= result.objective


def test_largest_loss_is_the_least_over_all_plans() -> None:
    problem = random_problem(2, max_moved_people=1e9)
    limits = np.full(len(problem.cells), 1e9)
    limits[0] = 150.0
    settings = SolveSettings(gap=1e-9, form=RouteForm.FIXED, objective=Objective.LOSS)
    result = solve_staggering(problem, settings=settings)
    groups, c = problem.groups, problem.cohorts
    cheapest = np.minimum.reduceat(groups.priced_min, groups.route_offset[:-1])
    keys = list(zip(groups.origin.tolist(), groups.site.tolist(), groups.slot, strict=True))

    def price(cohort: int, slot: int) -> float:
        total = c.size[cohort] * c.candidate_disutility_min[3 * cohort + slot]
        for k, o, pax in zip(c.strand_cohort, c.strand_origin, c.strand_pax, strict=True):
            if k == cohort:
                total += pax * cheapest[keys.index((int(o), int(c.site[k]), slot))]
        return float(total)

    losses = [
        max(
            sum(price(i, slots[i]) - price(i, 1) for i in own) / sum(c.size[i] for i in own)
            for own in ((0, 1), (2, 3))
        )
        for slots in product(range(3), repeat=4)
    ]
    assert result.objective == pytest.approx(min(losses), rel=1e-9)
    assert result.best_bound <= min(losses) + 1e-9


@pytest.mark.parametrize(
    ("rules", "path"),
    [
        (PlanRules(max_moved_cohorts=-1), "rules.max_moved_cohorts"),
        (PlanRules(exempt=(9,)), "rules.exempt"),
        (PlanRules(eligible=(EligibleShare(cohort=0, share=1.5),)), "rules.eligible[0].share"),
        (PlanRules(caps=(EmployerCap(employer=7),)), "rules.caps[0].employer"),
        (PlanRules(max_changed_people=3), "cohorts.previous_slot"),
        (PlanRules(presence=(replace(PRESENT, to_s=0),)), "rules.presence[0].to_s"),
        (PlanRules(presence=(replace(PRESENT, work_s=(1,)),)), "rules.presence[0].work_s"),
        (
            PlanRules(cohesion=(Cohesion(name="t", cohorts=(0, 0), max_spread_s=1),)),
            "rules.cohesion[0].cohorts",
        ),
        (
            PlanRules(meetings=(Meeting(name="m", cohorts=(0,), work_s=(1, 1), common_s=0),)),
            "rules.meetings[0].cohorts",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_rule_that_cannot_be_used_is_named(rules: PlanRules, path: str) -> None:
    with pytest.raises(InputError) as error:
        replace(random_problem(0), rules=rules)
    assert [problem.field for problem in error.value.problems] == [path]
