"""Employers that may split their cohorts: equilibria of large players, by hand and by search."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from solver.response import RouteChoice, SituationName
from solver.response.alone import respond_alone
from solver.response.flextime import respond_freely
from solver.response.situations import Ground
from solver.staggering import EmployerCap, SolveSettings, StaggeringProblem, solve_staggering
from tests.reference.staggering_cases import slot_problem
from tests.reference.staggering_oracle import random_problem

FINE = RouteChoice(relative_gap=1e-10)
TWO_SLOTS = (0.0, 4.0)
FIVE_SLOTS = (9.0, 4.0, 0.0, 6.0, 14.0)


def slots_of(problem: StaggeringProblem, **more):
    ground = Ground(problem)
    today = ground.respond(SituationName.STATUS_QUO, ground.base_x, choice=FINE)
    return ground, respond_alone(ground, today, choice=FINE, worth=1e-5, **more)


def split_evenly(people: float, employers: int, extra: tuple[float, ...], base: int, **rules):
    return slot_problem(
        sizes=[people / employers] * employers,
        disutility_min=[list(extra)] * employers,
        base_slot=base,
        whole_cohorts=False,
        **rules,
    )


@pytest.mark.parametrize("employers", [1, 2, 4, 20])
def test_two_slots_among_equal_employers(employers: int) -> None:
    """Each of m employers evens out its own 0.01 (X + own): X_A = 500 + 200 m / (m + 1).

    One employer finds the optimum (600), many come near the equilibrium of persons (700).
    """
    problem = split_evenly(1000.0, employers, TWO_SLOTS, 0)
    _, alone = slots_of(problem)
    in_a = 500.0 + 200.0 * employers / (employers + 1.0)
    assert alone.settled
    riding = alone.state.load_pax
    assert riding == pytest.approx(np.array([in_a, 1000.0 - in_a]), abs=5.0)
    total = 0.01 * (in_a**2 + (1000.0 - in_a) ** 2) + 4.0 * (1000.0 - in_a)
    assert alone.state.situation.total_min == pytest.approx(total, rel=1e-3)
    own = alone.state.x.reshape(employers, 2)
    assert own[:, 0] == pytest.approx(np.full(employers, in_a / 1000.0), abs=0.03)


def test_water_filling_among_three_employers() -> None:
    """extra + 0.01 (1 + 1/3) x = 11.41667 in the slots used: x = 181.25, 556.25, 856.25, 406.25.

    The fifth slot costs 14 before anybody is there.
    """
    _, alone = slots_of(split_evenly(2000.0, 3, FIVE_SLOTS, 2))
    expected = np.array([181.25, 556.25, 856.25, 406.25, 0.0])
    assert alone.settled
    assert alone.state.load_pax == pytest.approx(expected, abs=5.0)


def test_a_large_and_a_small_employer() -> None:
    """800 and 200 people, linear crowding, 4 more in B: the small one keeps to A.

    The large one alone: 0.01 (X_A + a) = 4 + 0.01 (X_B + b) with a + b = 800 and s of the small
    one's 200 in A. Small: 0.01 (X_A + s) <= 4 + 0.01 (X_B + 200 - s) at s = 200. Then
    X_A = a + 200, X_B = 800 - a: a = 550, X_A = 750 and the small one's sides are 9.5 > 6.5: it
    leaves A too. Both inside: 2 a - 800 = 400 - (X_A - X_B), 2 s - 200 = 400 - (X_A - X_B), and
    X_A - X_B = 2 (a + s) - 1000, so X_A - X_B = 800 / 3, a = 466.67, s = 166.67.
    """
    problem = slot_problem(
        sizes=[800.0, 200.0], disutility_min=[[0.0, 4.0]] * 2, whole_cohorts=False
    )
    _, alone = slots_of(problem)
    assert alone.settled
    shares = alone.state.x.reshape(2, 2)[:, 0]
    assert shares * [800.0, 200.0] == pytest.approx(np.array([1400 / 3, 500 / 3]), abs=2.0)


def own_cost(problem: StaggeringProblem, x: np.ndarray, employer: int) -> float:
    """Count what one employer's staff bear where every slot is one cell, cell by cell."""
    cohorts, cells = problem.cohorts, problem.cells
    pax = (x.reshape(len(cohorts), -1).T * cohorts.size).T
    own = pax[cohorts.employer == employer].sum(axis=0)
    load = pax.sum(axis=0) + cells.background_pax
    factor = cells.ride_min * problem.curve.slope / cells.standing_m2
    disutility = cohorts.candidate_disutility_min.reshape(len(cohorts), -1)
    moving = (pax * disutility)[cohorts.employer == employer].sum()
    return float(moving + np.sum(own * factor * np.maximum(0.0, load - cells.seats)))


@pytest.mark.parametrize("seed", range(6))
def test_nobody_gains_by_any_other_shares_where_it_settles(seed: int) -> None:
    """Cells with seats have kinks; against random shares of each employer, the rest held."""
    rng = np.random.default_rng(seed)
    problem = slot_problem(
        sizes=rng.uniform(50.0, 400.0, 5).tolist(),
        disutility_min=(rng.uniform(0.0, 5.0, (5, 3))).tolist(),
        employer=[0, 0, 1, 1, 2],
        seats=float(rng.uniform(100.0, 400.0)),
        background_pax=float(rng.uniform(0.0, 150.0)),
        whole_cohorts=False,
    )
    _, alone = slots_of(problem)
    assert alone.settled
    x = alone.state.x
    for employer in range(3):
        now = own_cost(problem, x, employer)
        mine = problem.cohorts.employer == employer
        for toward in range(300):
            other = x.reshape(5, 3).copy()
            aim = rng.dirichlet(np.full(3, 0.3), int(mine.sum()))
            step = 10.0 ** -(toward % 4)  # far, and ever nearer
            other[mine] += step * (aim - other[mine])
            assert own_cost(problem, other.ravel(), employer) >= now * (1 - 2e-5)


def test_large_players_lie_between_the_optimum_and_free_persons() -> None:
    for seed in range(4):
        problem = random_problem(seed, split=True)
        ground, alone = slots_of(problem)
        optimum = solve_staggering(problem, settings=SolveSettings(gap=1e-6)).best_bound
        assert alone.state.situation.total_min >= optimum * (1 - 1e-9)
    problem = split_evenly(1000.0, 4, TWO_SLOTS, 0)
    ground, alone = slots_of(problem)
    free = respond_freely(ground, choice=FINE)
    total = alone.state.situation.total_min
    assert 6800.0 < total < free.situation.total_min  # 6,872 of 7,000


def test_split_employers_keep_caps_and_their_part_of_a_common_limit() -> None:
    """Two of 500: free, each moves 183.3 (m = 2). A cap of 90, or 300 shared by both."""
    free = split_evenly(1000.0, 2, TWO_SLOTS, 0)
    capped = replace(
        free, rules=replace(free.rules, caps=(EmployerCap(employer=0, max_moved_people=90.0),))
    )
    _, alone = slots_of(capped)
    moved = alone.state.x.reshape(2, 2)[:, 1] * 500.0
    # The other: 0.01 (X_A + a) = 4 + 0.01 (X_B + b) with 410 of the first in A: a = 270.
    assert moved == pytest.approx(np.array([90.0, 230.0]), abs=1.0)
    shared = replace(free, rules=replace(free.rules, max_moved_people=300.0))
    _, alone = slots_of(shared)
    assert alone.state.x.reshape(2, 2)[:, 1] * 500.0 == pytest.approx([150.0, 150.0], abs=1.0)


def test_rounds_run_out_and_stay_as_they_are() -> None:
    problem = split_evenly(1000.0, 4, TWO_SLOTS, 0)
    _, alone = slots_of(problem, max_rounds=1)
    assert not alone.settled
    assert alone.changed == (4,)
    assert alone.cycle_rounds == 0
    assert alone.state.x.reshape(4, 2).sum(axis=1) == pytest.approx(np.ones(4))


def test_employers_whose_cohorts_cannot_move_stay() -> None:
    problem = slot_problem(sizes=[100.0, 200.0], disutility_min=[[0.0], [0.0]], whole_cohorts=False)
    _, alone = slots_of(problem)
    assert alone.settled
    assert alone.changed == (0,)
    assert alone.state.x.tolist() == [1.0, 1.0]
