"""Stayers: the part of a cohort that keeps today's slot whatever the plan."""

from dataclasses import replace

import numpy as np
import pytest

from network.base import InputError
from solver.staggering import Presence, RouteForm, SolveSettings, solve_staggering
from solver.staggering.costs.stayers import hold_back
from tests.reference.staggering_cases import slot_problem
from tests.reference.staggering_oracle import random_problem

EXACT = SolveSettings(gap=1e-9, form=RouteForm.FIXED)


def test_eligible_part_moves_as_one_and_the_rest_stays() -> None:
    # 400 whole: all or none move, 1600 or 2000. With 200 held back, 200 move: 0.01 * 80000 + 200.
    problem = slot_problem(sizes=[400], disutility_min=[[0, 1]])
    assert solve_staggering(problem, settings=EXACT).objective == pytest.approx(1600.0)
    held = hold_back(problem, np.array([0.5]))
    result = solve_staggering(held, settings=EXACT)
    assert result.objective == pytest.approx(1000.0)
    assert held.cohorts.ids == ("c0", "c0/stay")
    assert result.moved_people == pytest.approx(200.0)


@pytest.mark.parametrize("complying", [0.25, 0.5, 1.0])
def test_plan_under_compliance_is_the_best_of_all_so_mixed(complying: float) -> None:
    # Ten of 100, 1 min to move: m of them asked, a share p goes: 0.01 (a^2 + b^2) + b, b = 100 p m
    problem = slot_problem(sizes=[100] * 10, disutility_min=[[0, 1]] * 10)
    held = hold_back(problem, np.full(10, 1 - complying))
    gone = [100 * complying * m for m in range(11)]
    best = min(0.01 * ((1000 - b) ** 2 + b**2) + b for b in gone)
    assert solve_staggering(held, settings=EXACT).objective == pytest.approx(best)


def test_nobody_is_lost_or_added() -> None:
    problem = random_problem(3)
    share = np.array([0.0, 0.3, 1.0, 0.6])
    held = hold_back(problem, share)
    assert held.cohorts.size.sum() == pytest.approx(problem.cohorts.size.sum())
    assert held.cohorts.strand_pax.sum() == pytest.approx(problem.cohorts.strand_pax.sum())
    by_employer = [np.bincount(p.cohorts.employer, weights=p.cohorts.size) for p in (problem, held)]
    np.testing.assert_allclose(by_employer[0], by_employer[1])


def test_more_stayers_never_make_the_best_plan_of_shares_better() -> None:
    problem = random_problem(4, split=True)
    values = [
        solve_staggering(hold_back(problem, np.full(4, s)), settings=EXACT).objective
        for s in (0.0, 0.3, 0.6, 1.0)
    ]
    for less, more in zip(values[:-1], values[1:], strict=True):
        assert less <= more * (1 + 1e-6)
    assert values[0] < values[-1]


def test_stayers_count_as_present() -> None:
    # Of two teams of 100 half each stay. 100 at work at 08:00: both others may go; 120: one.
    desk = Presence(
        name="desk",
        cohorts=(0, 1),
        work_s=(28_800, 28_800),
        from_s=28_800,
        to_s=28_860,
        min_people=100.0,
    )
    problem = slot_problem(sizes=[100, 100], disutility_min=[[0, 0.1], [0, 0.1]], presence=(desk,))
    held = hold_back(problem, np.array([0.5, 0.5]))
    assert held.rules.presence[0].cohorts == (0, 1, 2, 3)
    assert solve_staggering(held, settings=EXACT).moved_people == pytest.approx(100.0)
    strict = replace(desk, min_people=120.0)
    held = hold_back(
        replace(problem, rules=replace(problem.rules, presence=(strict,))), np.array([0.5, 0.5])
    )
    assert solve_staggering(held, settings=EXACT).moved_people == pytest.approx(50.0)


def test_all_held_back_is_the_status_quo() -> None:
    problem = random_problem(5)
    result = solve_staggering(hold_back(problem, np.ones(4)), settings=EXACT)
    assert result.moved_people == 0.0


@pytest.mark.parametrize("share", [[0.5], [0.5, 0.5, 0.5, 1.5], [-0.1, 0, 0, 0]])
def test_odd_shares_are_refused(share: list[float]) -> None:
    with pytest.raises(InputError, match="4 shares from 0 to 1"):
        hold_back(random_problem(1), np.array(share))
