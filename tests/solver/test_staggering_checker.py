"""The checker finds what one finds share by share, rule by rule."""

from __future__ import annotations

import re
from dataclasses import replace
from math import inf

import numpy as np
import pytest

from benchmarks.cases.staggering_territory import Territory, territory_problem
from solver.staggering import (
    Cohesion,
    EligibleShare,
    EmployerCap,
    Meeting,
    ObjectiveWeights,
    PlanRules,
    Presence,
    StaggeringProblem,
)
from solver.staggering.checking.checker import count_cost_min, find_violations
from solver.staggering.costs.matrices import build_matrices
from solver.staggering.costs.pricing import share_flows
from tests.reference import staggering_checker as twin
from tests.reference.staggering_cases import slot_problem
from tests.reference.staggering_oracle import random_problem

_NUMBER = re.compile(r"-?\d+\.\d+(?:e[+-]\d+)?")
HOUR = 3600
EVERY_RULE = PlanRules(
    max_moved_people=100.0,
    max_moved_cohorts=1.0,
    max_shift_s=600.0,
    max_burden_min=0.2,
    max_envy_min=0.1,
    no_employer_worse_off=True,
    max_changed_people=50.0,
    exempt=(1,),
    eligible=(EligibleShare(cohort=2, share=0.3),),
    caps=(EmployerCap(employer=0, max_moved_people=40.0, max_moved_cohorts=0.5),),
    presence=(
        Presence(
            name="desk",
            cohorts=(0, 2, 3),
            work_s=(8 * HOUR, 7 * HOUR, 8 * HOUR),
            from_s=29_700,
            to_s=57_700,
            min_people=260.0,
        ),
    ),
    cohesion=(Cohesion(name="team", cohorts=(0, 1, 3), max_spread_s=900),),
    meetings=(
        Meeting(name="shift", cohorts=(1, 2), work_s=(4 * HOUR, 5 * HOUR), common_s=4 * HOUR),
    ),
)


def told(findings: list[str]) -> list[tuple[str, tuple[float, ...]]]:
    """Return findings in any order, their figures to nine digits."""
    return sorted(
        (_NUMBER.sub("#", text), tuple(float(f"{float(n):.9g}") for n in _NUMBER.findall(text)))
        for text in findings
    )


def draw_plan(
    problem: StaggeringProblem, rng: np.random.Generator, *, whole: bool
) -> tuple[np.ndarray, np.ndarray]:
    cohorts = problem.cohorts
    x = np.zeros(cohorts.n_candidates)
    for c in range(len(cohorts)):
        first, last = cohorts.candidate_offset[c : c + 2]
        if whole:
            x[rng.integers(first, last)] = 1.0
        else:
            x[first:last] = rng.dirichlet(np.full(last - first, 0.5))
    shares = problem.groups.shares_or_cheapest()
    return x, share_flows(build_matrices(problem), x, shares)


def with_everything(seed: int, *, split: bool) -> StaggeringProblem:
    problem = random_problem(seed)
    rng = np.random.default_rng(seed)
    return replace(
        problem,
        cohorts=replace(problem.cohorts, previous_slot=np.array([0, 1, 2, 0], dtype=np.int32)),
        cells=replace(problem.cells, limit_pax=np.array([80.0, inf, 90.0, 70.0, 60.0, inf, 99.0])),
        groups=replace(problem.groups, co2_kg=rng.uniform(0.0, 1.0, problem.groups.n_routes)),
        rules=replace(EVERY_RULE, whole_cohorts=not split),
        weights=ObjectiveWeights(
            travel=0.9,
            crowding=1.1,
            moving=1.2,
            moved_min=0.3,
            changed_min=0.2,
            co2_min_per_kg=0.5,
        ),
    )


def spoil(x: np.ndarray, flow: np.ndarray, rng: np.random.Generator) -> None:
    """Make one share and one flow wrong, in place."""
    x[rng.integers(len(x))] += rng.choice([-0.4, 0.3])
    flow[rng.integers(len(flow))] += rng.choice([-15.0, 10.0])


@pytest.mark.parametrize("split", [False, True], ids=["whole", "split"])
@pytest.mark.parametrize("spoilt", [False, True], ids=["sound", "spoilt"])
def test_findings_and_cost_are_those_of_counting_one_by_one(split: bool, spoilt: bool) -> None:
    kinds = set()
    for seed in range(25):
        problem = with_everything(seed, split=split)
        rng = np.random.default_rng(seed)
        x, flow = draw_plan(problem, rng, whole=not split or bool(seed % 2))
        if spoilt:
            spoil(x, flow, rng)
        found = find_violations(problem, x, flow)
        assert told(found) == told(twin.find_violations(problem, x, flow))
        expected = twin.count_cost_min(problem, x, flow)
        assert count_cost_min(problem, x, flow) == pytest.approx(expected, rel=1e-12)
        kinds |= {" ".join(re.findall(r"[a-z]{4,}", text)[-3:]) for text in found}
    assert len(kinds) >= 10  # the comparison is of findings, not of empty lists


@pytest.mark.parametrize("moving", [0.0, 0.1, 0.6])
def test_findings_are_the_same_on_a_ruled_territory(moving: float) -> None:
    problem = territory_problem(
        2, Territory(n_employers=12, staff=20_000.0, n_origins=60, heavy=True, ruled=True)
    )
    rng = np.random.default_rng(5)
    matrices, cohorts = build_matrices(problem), problem.cohorts
    choice = matrices.base_candidate.copy()
    for c in np.flatnonzero(rng.random(len(cohorts)) < moving):
        choice[c] = rng.integers(*cohorts.candidate_offset[c : c + 2])
    x = np.zeros(cohorts.n_candidates)
    x[choice] = 1.0
    flow = share_flows(matrices, x, problem.groups.shares_or_cheapest())
    found = find_violations(problem, x, flow)
    assert told(found) == told(twin.find_violations(problem, x, flow))
    assert bool(found) == (moving > 0)
    expected = twin.count_cost_min(problem, x, flow)
    assert count_cost_min(problem, x, flow) == pytest.approx(expected, rel=1e-12)


def test_groups_are_matched_in_any_order_and_by_any_keys() -> None:
    """Sites and origins are names: far apart, unsorted, some with nobody to carry them."""
    problem = random_problem(3)
    groups, cohorts = problem.groups, problem.cohorts
    assert find_violations(problem, *draw_plan(problem, np.random.default_rng(0), whole=True)) == []
    names = np.array([2_000_000_011, -7], dtype=np.int32)
    renamed = replace(
        problem,
        groups=replace(groups, origin=names[groups.origin], site=names[groups.site]),
        cohorts=replace(
            cohorts, strand_origin=names[cohorts.strand_origin], site=names[cohorts.site]
        ),
    )
    x, flow = draw_plan(renamed, np.random.default_rng(0), whole=True)
    assert find_violations(renamed, x, flow) == []
    strayed = replace(
        renamed,
        cohorts=replace(renamed.cohorts, site=np.full(len(cohorts), 5, dtype=np.int32)),
    )
    found = find_violations(strayed, x, flow)
    assert told(found) == told(twin.find_violations(strayed, x, flow))
    assert any(text.startswith("nobody carries group (") for text in found)


def test_presence_counts_the_first_moment_and_every_coming_and_going() -> None:
    """60 from 8:00 to 12:00, 40 from 8:15 to 12:15: 60, then 100, then 40 people."""
    rule = Presence(
        name="desk",
        cohorts=(0, 1),
        work_s=(4 * HOUR, 4 * HOUR),
        from_s=8 * HOUR,
        to_s=12 * HOUR + 600,
        min_people=70.0,
    )
    problem = slot_problem(sizes=(60.0, 40.0), disutility_min=((0.0, 1.0), (0.0, 1.0)))
    problem = replace(problem, rules=replace(problem.rules, presence=(rule,)))
    found = find_violations(problem, np.array([1.0, 0.0, 0.0, 1.0]), np.array([60.0, 40.0]))
    assert found == [
        "60.0 people of desk at work at 28800 s",
        "40.0 people of desk at work at 43200 s",
    ]


@pytest.mark.parametrize("spoilt", ["share", "flow"])
def test_a_plan_with_what_is_no_number_is_never_sound(spoilt: str) -> None:
    problem = slot_problem(sizes=(100.0,), disutility_min=((0.0, 1.0),), whole_cohorts=False)
    x, flow = np.array([0.5, 0.5]), np.array([50.0, 50.0])
    assert find_violations(problem, x, flow) == []
    (x if spoilt == "share" else flow)[0] = np.nan
    assert find_violations(problem, x, flow) != []
