"""All families of rules at once, and what holds of each: duality, relaxation, order, routes."""

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from solver.staggering import (
    Cohesion,
    EmployerCap,
    Objective,
    PlanRules,
    PlanStatus,
    RouteForm,
    SolveSettings,
    StaggeringProblem,
    solve_staggering,
)
from solver.staggering.costs.matrices import build_matrices
from solver.staggering.costs.pieces import initial_tangents
from solver.staggering.costs.reduce import reduce_problem
from solver.staggering.programs.bound import safe_bound
from solver.staggering.programs.engine import EngineStatus, solve_linear
from solver.staggering.programs.families import RULES as FAMILIES
from solver.staggering.programs.relax import relax
from solver.staggering.task import Task
from tests.reference.staggering_oracle import (
    feasible_plans,
    fixed_route_cost,
    fixed_route_loads,
    random_problem,
)
from tests.solver.test_staggering_families import PRESENT
from tests.solver.test_staggering_families import RULES as RULES_BY_HAND

EXACT = SolveSettings(gap=1e-9, form=RouteForm.FIXED)
Slots = tuple[int, ...]

# What tests.reference.staggering_oracle knows of itself; the others are told plan by plan.
ORACLE_RULES = {
    "moved_at_most": {"max_moved_people": 200.0},
    "burden_limit": {"max_burden_min": 0.5},
    "no_employer_worse_off": {"no_employer_worse_off": True, "worse_off_slack_min": 0.3},
}
LOOSER: dict[str, Callable[[PlanRules], PlanRules]] = {
    "max_moved_people": lambda r: replace(r, max_moved_people=r.max_moved_people + 60),
    "max_moved_cohorts": lambda r: replace(r, max_moved_cohorts=r.max_moved_cohorts + 1),
    "max_burden_min": lambda r: replace(r, max_burden_min=r.max_burden_min + 0.3),
    "max_envy_min": lambda r: replace(r, max_envy_min=r.max_envy_min + 0.5),
    "worse_off": lambda r: replace(r, worse_off_slack_min=r.worse_off_slack_min + 1.0),
    "max_changed_people": lambda r: replace(r, max_changed_people=r.max_changed_people + 120),
    "exempt": lambda r: replace(r, exempt=()),
    "eligible": lambda r: replace(r, eligible=()),
    "caps": lambda r: replace(r, caps=()),
    "presence": lambda r: replace(r, presence=(replace(PRESENT, min_people=100.0),)),
    "cohesion": lambda r: replace(
        r, cohesion=(Cohesion(name="team", cohorts=(0, 1, 2), max_spread_s=1800),)
    ),
    "meetings": lambda r: replace(r, meetings=(replace(r.meetings[0], common_s=3 * 3600),)),
}


def with_previous(problem: StaggeringProblem) -> StaggeringProblem:
    previous = np.array([0, 1, 2, 0], dtype=np.int32)
    return replace(problem, cohorts=replace(problem.cohorts, previous_slot=previous))


def limited(problem: StaggeringProblem) -> StaggeringProblem:
    """Limit each cell to half as much again as today's load, and 20 passengers more."""
    today = fixed_route_loads(problem, tuple(problem.cohorts.base_slot.tolist()))
    return replace(problem, cells=replace(problem.cells, limit_pax=1.5 * today + 20.0))


def everything(seed: int) -> StaggeringProblem:
    """Return a problem with every family but the two that leave nobody to move."""
    problem = limited(with_previous(random_problem(seed)))
    rules = PlanRules(
        max_moved_people=220.0,
        max_moved_cohorts=3,
        max_shift_s=900,
        max_burden_min=0.9,
        max_envy_min=0.9,
        no_employer_worse_off=True,
        worse_off_slack_min=2.0,
        max_changed_people=400.0,
        exempt=(3,),
        eligible=RULES_BY_HAND["eligible_share"][0].eligible[1:],
        caps=(EmployerCap(employer=0, max_moved_people=160.0, max_moved_cohorts=2),),
        presence=(replace(PRESENT, min_people=120.0),),
        cohesion=RULES_BY_HAND["team_cohesion"][0].cohesion,
        meetings=RULES_BY_HAND["team_meeting"][0].meetings,
    )
    return replace(problem, rules=rules)


def keeps_everything(problem: StaggeringProblem, slots: Slots) -> bool:
    rules, c = problem.rules, problem.cohorts
    start = [28_800 + 900 * s for s in slots]
    moved = [i for i in range(4) if slots[i] != 1]
    people = c.size

    def head(own: tuple[int, ...]) -> float:
        minutes = sum(people[i] * c.candidate_disutility_min[3 * i + slots[i]] for i in own)
        return float(minutes / sum(people[i] for i in own))

    cap, team, met = rules.caps[0], rules.cohesion[0], rules.meetings[0]
    desk = rules.presence[0]
    (a, b), (work_a, work_b) = met.cohorts, met.work_s
    own = [i for i in moved if c.employer[i] == cap.employer]
    return (
        len(moved) <= rules.max_moved_cohorts
        and not set(moved) & set(rules.exempt)
        and abs(head((0, 1)) - head((2, 3))) <= rules.max_envy_min + 1e-9
        and sum(people[i] for i in range(4) if slots[i] != c.previous_slot[i])
        <= rules.max_changed_people
        and sum(people[i] for i in own) <= cap.max_moved_people
        and len(own) <= cap.max_moved_cohorts
        and max(start[i] for i in team.cohorts) - min(start[i] for i in team.cohorts)
        <= team.max_spread_s
        and min(start[a] + work_a, start[b] + work_b) - max(start[a], start[b]) >= met.common_s
        and all(
            sum(people[i] for i in desk.cohorts if start[i] <= t < start[i] + 8 * 3600)
            >= desk.min_people
            for t in range(desk.from_s, desk.to_s, 300)
        )
    )


@pytest.mark.parametrize("seed", range(3))
def test_plan_under_all_families_is_the_best_of_all_that_keep_them(seed: int) -> None:
    problem = everything(seed)
    kept = [slots for slots in feasible_plans(problem) if keeps_everything(problem, slots)]
    result = solve_staggering(problem, settings=EXACT)
    expected = min(fixed_route_cost(problem, slots) for slots in kept)
    assert result.objective == pytest.approx(expected, rel=1e-9)
    assert result.best_bound <= expected * (1 + 1e-12)


def test_all_families_leave_some_plans_of_81_and_forbid_most() -> None:
    counts = [
        sum(keeps_everything(everything(s), slots) for slots in feasible_plans(everything(s)))
        for s in range(3)
    ]
    assert min(counts) > 1
    assert max(counts) < 10


def only(name: str, seed: int) -> StaggeringProblem:
    """Return a problem under one family alone."""
    problem = with_previous(random_problem(seed))
    if name == "load_limit":
        return limited(problem)
    if name in ORACLE_RULES:
        return replace(problem, rules=PlanRules(**ORACLE_RULES[name]))
    by_hand = {"employer_cap": "employer_cap_people"}
    return replace(problem, rules=RULES_BY_HAND[by_hand.get(name, name)][0])


def task_of(problem: StaggeringProblem, form: RouteForm = RouteForm.JOINT) -> Task:
    matrices = build_matrices(problem)
    reduced = reduce_problem(problem, matrices, form=form)
    return Task(problem=problem, matrices=matrices, reduced=reduced, objective=Objective.COST)


@pytest.mark.parametrize("form", list(RouteForm))
@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_optimum_of_the_program_is_its_dual_under_each_family(name: str, form: RouteForm) -> None:
    task = task_of(only(name, 1), form)
    model = task.build(initial_tangents(task.problem, task.reduced, 8))
    assert name in [block.name for block in model.rows]
    outcome = solve_linear(model, time_limit_s=10)
    assert outcome.status is EngineStatus.OPTIMAL
    bound = safe_bound(model, outcome.duals)
    assert bound == pytest.approx(outcome.objective, rel=1e-7)
    assert bound <= outcome.objective * (1 + 1e-12)


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_dropping_a_family_never_makes_the_program_dearer(name: str) -> None:
    task = task_of(everything(1), RouteForm.FIXED)
    tangents = initial_tangents(task.problem, task.reduced, 8)
    kept = solve_linear(task.build(tangents), time_limit_s=10)
    dropped = solve_linear(task.build(tangents, without=[name]), time_limit_s=10)
    assert kept.status is EngineStatus.OPTIMAL
    assert dropped.objective <= kept.objective * (1 + 1e-9)


@pytest.mark.parametrize("name", sorted(LOOSER))
def test_a_looser_rule_never_makes_the_best_plan_worse(name: str) -> None:
    problem = everything(1)
    looser = replace(problem, rules=LOOSER[name](problem.rules))
    strict = solve_staggering(problem, settings=EXACT)
    loose = solve_staggering(looser, settings=EXACT)
    assert strict.objective is not None
    assert loose.objective <= strict.objective * (1 + 1e-9)


def reordered(problem: StaggeringProblem, order: list[int]) -> StaggeringProblem:
    """Return the same problem with cohorts in another order and employers b, a for a, b."""
    c, at = problem.cohorts, np.argsort(order)
    rows = np.concatenate([np.arange(3 * i, 3 * i + 3) for i in order])
    rules = problem.rules

    def new(cohorts: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(int(at[i]) for i in cohorts)

    return replace(
        problem,
        cohorts=replace(
            c,
            ids=tuple(c.ids[i] for i in order),
            employer_ids=c.employer_ids[::-1],
            employer=(1 - c.employer[order]).astype(np.int32),
            site=c.site[order],
            size=c.size[order],
            base_slot=c.base_slot[order],
            candidate_slot=c.candidate_slot[rows],
            candidate_disutility_min=c.candidate_disutility_min[rows],
            strand_cohort=at[c.strand_cohort].astype(np.int32),
            previous_slot=c.previous_slot[order],
        ),
        rules=replace(
            rules,
            exempt=new(rules.exempt),
            eligible=tuple(replace(e, cohort=int(at[e.cohort])) for e in rules.eligible),
            caps=tuple(replace(cap, employer=1 - cap.employer) for cap in rules.caps),
            presence=tuple(replace(p, cohorts=new(p.cohorts)) for p in rules.presence),
            cohesion=tuple(replace(t, cohorts=new(t.cohorts)) for t in rules.cohesion),
            meetings=tuple(replace(m, cohorts=new(m.cohorts)) for m in rules.meetings),
        ),
    )


@pytest.mark.parametrize("seed", range(2))
def test_employers_in_another_order_have_the_same_best_plan(seed: int) -> None:
    problem = everything(seed)
    one = solve_staggering(problem, settings=EXACT)
    other = solve_staggering(reordered(problem, [2, 0, 3, 1]), settings=EXACT)
    assert one.status is other.status is PlanStatus.OPTIMAL
    assert other.objective == pytest.approx(one.objective, rel=1e-9)


@pytest.mark.parametrize("seed", range(2))
def test_choosing_jointly_is_never_worse_than_starts_first_and_routes_after(seed: int) -> None:
    problem = random_problem(seed, max_moved_people=250.0)
    first = solve_staggering(problem, settings=EXACT)
    task = task_of(problem)
    tangents = initial_tangents(problem, task.reduced, 8)
    after = relax(task, tangents, time_limit_s=10, gap=1e-7, fixed_x=first.x)
    sequential = after.point.price.total_min
    joint = solve_staggering(problem, settings=SolveSettings(gap=1e-6))
    assert joint.objective <= sequential * (1 + 2e-6)
    assert joint.best_bound <= sequential
    assert sequential <= first.objective * (1 + 1e-6)


@pytest.mark.parametrize("seed", range(2))
def test_joint_bound_is_below_every_plan_with_todays_routes(seed: int) -> None:
    problem = random_problem(seed, max_moved_people=250.0)
    bound = solve_staggering(problem, settings=SolveSettings(gap=1e-6)).best_bound
    slots = [s for s in product(range(3), repeat=4) if s in set(feasible_plans(problem))]
    assert bound <= min(fixed_route_cost(problem, s) for s in slots)
