"""Why there is no plan: an irreducible set of rules, of whom, in words."""

from dataclasses import replace

import pytest

from solver.staggering import (
    Cohesion,
    EmployerCap,
    PlanStatus,
    Presence,
    solve_staggering,
)
from solver.staggering.programs.conflict import RuleInConflict
from tests.reference.staggering_cases import slot_problem

HOUR = 3600
FOUR = {"sizes": [100] * 4, "disutility_min": [[0, 1]] * 4}


def at_work(name: str, cohort: int, from_s: int) -> Presence:
    return Presence(
        name=name,
        cohorts=(cohort,),
        work_s=(8 * HOUR,),
        from_s=from_s,
        to_s=from_s + 60,
        min_people=100.0,
    )


def test_conflict_names_the_two_rules_and_leaves_the_others_out() -> None:
    # c0 must be there at 08:00, c1 until 16:05 (so it starts at 08:15), and both start together.
    problem = slot_problem(
        **FOUR,
        exempt=(3,),
        max_moved_cohorts=3,
        presence=(at_work("early", 0, 8 * HOUR), at_work("late", 1, 16 * HOUR + 300)),
        cohesion=(
            Cohesion(name="a", cohorts=(0, 1), max_spread_s=0),
            Cohesion(name="b", cohorts=(2, 3), max_spread_s=0),
        ),
    )
    result = solve_staggering(problem)
    assert result.status is PlanStatus.INFEASIBLE
    assert result.conflict == (
        RuleInConflict(family="presence", employers=("e0",), cohorts=("c0",), name="early"),
        RuleInConflict(family="presence", employers=("e1",), cohorts=("c1",), name="late"),
        RuleInConflict(
            family="team_cohesion", employers=("e0", "e1"), cohorts=("c0", "c1"), name="a"
        ),
    )
    assert 'minimum presence "late" (employer e1; cohort c1)' in result.reason
    assert "la cohésion d'équipe « a » (employeurs e0, e1 ; cohortes c0, c1)" in result.reason_fr


def test_each_rule_of_a_conflict_given_up_leaves_a_plan() -> None:
    problem = slot_problem(
        **FOUR,
        max_moved_people=100.0,
        limit_pax=(200.0, 400.0),
        caps=(EmployerCap(employer=0, max_moved_people=0.0),),
    )
    result = solve_staggering(problem)
    assert {rule.family for rule in result.conflict} == {"moved_at_most", "load_limit"}
    assert [rule.cell for rule in result.conflict if rule.family == "load_limit"] == [0]
    free = replace(problem, rules=replace(problem.rules, max_moved_people=400.0))
    assert solve_staggering(free).status is PlanStatus.OPTIMAL
    roomy = replace(problem, cells=replace(problem.cells, limit_pax=None))
    assert solve_staggering(roomy).status is PlanStatus.OPTIMAL


def test_conflict_of_whole_cohorts_alone_is_found() -> None:
    # 300 people, 200 places in either slot: shares would do, a whole cohort fits nowhere.
    problem = slot_problem(sizes=[300], disutility_min=[[0, 1]], limit_pax=(200, 200))
    result = solve_staggering(problem)
    assert [(rule.family, rule.cell) for rule in result.conflict] == [
        ("load_limit", 0),
        ("load_limit", 1),
    ]


@pytest.mark.parametrize("people", [0.0, 50.0])
def test_employer_whose_cap_conflicts_is_named(people: float) -> None:
    problem = slot_problem(
        sizes=[100, 100],
        disutility_min=[[0, 1]] * 2,
        limit_pax=(0.0, 400.0),
        caps=(EmployerCap(employer=1, max_moved_people=people),),
    )
    result = solve_staggering(problem)
    assert RuleInConflict(family="employer_cap", employers=("e1",)) in result.conflict


def test_plan_that_exists_has_no_conflict() -> None:
    result = solve_staggering(slot_problem(**FOUR))
    assert result.conflict == ()
    assert result.reason == ""
