"""What one cohort's other start costs, against pricing the whole plan again."""

import numpy as np
import pytest

from solver.staggering.costs.deviations import build_candidate_loads
from solver.staggering.costs.matrices import build_matrices
from solver.staggering.costs.pricing import price_plan, share_flows
from tests.reference.staggering_cases import slot_problem
from tests.reference.staggering_oracle import random_problem


def drawn_plan(problem, seed, *, split):
    """A plan at random: whole cohorts, or shares."""
    rng = np.random.default_rng(seed)
    offset = problem.cohorts.candidate_offset
    x = np.zeros(problem.cohorts.n_candidates)
    for first, last in zip(offset[:-1], offset[1:], strict=True):
        if split:
            x[first:last] = rng.dirichlet(np.ones(last - first))
        else:
            x[rng.integers(first, last)] = 1.0
    return x


@pytest.mark.parametrize("split", [False, True], ids=["whole", "split"])
@pytest.mark.parametrize("seed", range(4))
def test_total_and_every_deviation_equal_the_priced_plan(seed, split):
    problem = random_problem(seed)
    matrices, share = build_matrices(problem), problem.groups.shares_or_cheapest()

    def priced(x):
        return price_plan(problem, matrices, x, share_flows(matrices, x, share)).total_min

    loads = build_candidate_loads(problem, share)
    x = drawn_plan(problem, seed, split=split)
    assert loads.total_min(x) == pytest.approx(priced(x), rel=1e-12)

    more = loads.deviations_min(x)
    offset = problem.cohorts.candidate_offset
    for cohort, (first, last) in enumerate(zip(offset[:-1], offset[1:], strict=True)):
        for candidate in range(first, last):
            other = x.copy()
            other[first:last] = 0.0
            other[candidate] = 1.0
            expected = priced(other) - priced(x)
            assert more[candidate] == pytest.approx(expected, abs=1e-6), (cohort, candidate)
    if not split:
        assert np.all(np.abs(more[x == 1.0]) < 1e-9)


def test_two_slots_by_hand():
    """1,000 people, 0.01 minutes a head of crowding for each other: the science's two slots.

    Two cohorts of 500, all in A: 10,000. One of them in B, 4 minutes more each:
    2 x 500 x 5 + 500 x 4 = 7,000, so 3,000 less.
    """
    problem = slot_problem(sizes=(500.0, 500.0), disutility_min=((0.0, 4.0), (0.0, 4.0)))
    loads = build_candidate_loads(problem, problem.groups.shares_or_cheapest())
    x = np.zeros(problem.cohorts.n_candidates)
    x[build_matrices(problem).base_candidate] = 1.0
    assert loads.total_min(x) == pytest.approx(10_000)
    assert sorted(loads.deviations_min(x)) == pytest.approx([-3000, -3000, 0, 0])
