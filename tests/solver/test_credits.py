"""Credits of employers: by hand, over all orders, and what must hold of any of them."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from network.base import Cancelled, InputError
from solver.credits import (
    CreditMethod,
    CreditRoutes,
    Credits,
    CreditSettings,
    share_credits,
)
from solver.response import ComparisonSettings, ProposedPlan, RouteChoice, compare_plans
from tests.reference.response import shapley_by_orders
from tests.reference.staggering_cases import slot_problem
from tests.reference.staggering_oracle import fixed_route_cost, random_problem

ROOT = Path(__file__).resolve().parents[2]
SAMPLED = CreditSettings(exact_up_to=0, pairs=64, seed=3)


def _shapley(credits: Credits) -> np.ndarray:
    return np.array([row.shapley_min for row in credits.employers])


def _eight(seed: int):
    """Eight employers of one cohort each on the routes of a random problem, two of them alike."""
    problem, rng = random_problem(seed), np.random.default_rng(seed)
    c = problem.cohorts
    cohort = np.arange(8)
    strand = np.repeat(cohort, 2)
    pax = rng.uniform(5.0, 40.0, 8)
    pax[1] = pax[0]
    cohorts = replace(
        c,
        ids=tuple(f"c{i}" for i in cohort),
        employer_ids=tuple(f"e{i}" for i in cohort),
        employer=cohort.astype(np.int32),
        site=(cohort // 2 % 2).astype(np.int32),
        size=pax * 2,
        base_slot=np.ones(8, dtype=np.int32),
        candidate_offset=np.arange(9, dtype=np.int64) * 3,
        candidate_slot=np.tile(c.candidate_slot[:3], 8),
        candidate_disutility_min=np.tile([0.2, 0.0, 0.3], 8),
        strand_cohort=strand.astype(np.int32),
        strand_origin=np.tile([0, 1], 8).astype(np.int32),
        strand_pax=np.repeat(pax, 2),
    )
    return replace(problem, cohorts=cohorts)


PLAN = (0, 0, 2, 0, 2, 2, 1, 0)  # the seventh stays where it is


def _x(slots: tuple[int, ...]) -> np.ndarray:
    x = np.zeros((len(slots), 3))
    x[np.arange(len(slots)), slots] = 1.0
    return x.ravel()


def _value(problem, members: frozenset[int]) -> float:
    slots = tuple(slot if e in members else 1 for e, slot in enumerate(PLAN))
    base = (1,) * len(PLAN)
    return fixed_route_cost(problem, base) - fixed_route_cost(problem, slots)


def test_two_employers_by_hand():
    # 0.01 a head: 1000 in A cost 10,000. e0 (100) to B: 8,100 + 100, saves 1,800; e1 (300):
    # 4,900 + 900, saves 4,200; both: 3,600 + 1,600, saves 4,800. Each goes first as often.
    problem = slot_problem(sizes=[100, 300, 600], disutility_min=[[0, 0]] * 3)
    found = share_credits(problem, np.array([0, 1, 0, 1, 1, 0.0]))
    assert found.whole_min == pytest.approx(4800)
    rows = found.employers
    assert [row.first_in_min for row in rows] == pytest.approx([1800, 4200, 0])
    assert [row.last_in_min for row in rows] == pytest.approx([600, 3000, 0])
    assert [row.shapley_min for row in rows] == pytest.approx([1200, 3600, 0])
    assert [row.moved_people for row in rows] == pytest.approx([100, 300, 0])
    assert found.method is CreditMethod.EXACT


@pytest.mark.parametrize("seed", range(2))
def test_exact_credits_are_the_mean_over_every_order(seed: int):
    problem = _eight(seed)
    players = [0, 1, 2, 3, 4, 5, 7]
    oracle = shapley_by_orders(7, _remembered(problem, players))
    found = share_credits(problem, _x(PLAN))
    np.testing.assert_allclose(_shapley(found)[players], oracle, atol=1e-8)


def _remembered(problem, players: list[int]):
    known: dict[frozenset[int], float] = {}

    def value(members: frozenset[int]) -> float:
        if members not in known:
            known[members] = _value(problem, frozenset(players[p] for p in members))
        return known[members]

    return value


def test_credits_sum_to_the_whole_however_few_orders_are_drawn():
    problem = _eight(1)
    whole = _value(problem, frozenset(range(8)))
    for settings in (CreditSettings(), replace(SAMPLED, pairs=2), SAMPLED):
        found = share_credits(problem, _x(PLAN), settings=settings)
        assert found.whole_min == pytest.approx(whole)
        assert _shapley(found).sum() == pytest.approx(whole, rel=1e-12)


def test_like_employers_get_alike_and_who_stays_gets_nothing():
    found = share_credits(_eight(0), _x(PLAN)).employers
    assert found[0].shapley_min == pytest.approx(found[1].shapley_min)
    assert found[0].first_in_min == pytest.approx(found[1].first_in_min)
    idle = found[6]
    assert (idle.shapley_min, idle.first_in_min, idle.last_in_min) == (0, 0, 0)
    assert idle.standard_error_min == 0


def test_drawn_credits_lie_within_their_standard_errors():
    problem = _eight(1)
    exact = _shapley(share_credits(problem, _x(PLAN)))
    found = share_credits(problem, _x(PLAN), settings=replace(SAMPLED, pairs=400))
    error = np.array([row.standard_error_min for row in found.employers])
    assert found.method is CreditMethod.SAMPLED
    assert found.orders == 800
    assert np.all(np.abs(_shapley(found) - exact) <= 4 * error + 1e-9)
    assert error.max() > 0


def test_an_order_and_its_reverse_are_exact_where_crowding_is_quadratic():
    # Without seats a cell costs a constant times the square of its load.
    sizes = [100, 150, 200, 250, 300, 350]
    problem = slot_problem(sizes=sizes, disutility_min=[[0, 1, 2]] * 6)
    x = _x((0, 1, 2, 1, 2, 0))
    exact = share_credits(problem, x)
    drawn = share_credits(problem, x, settings=replace(SAMPLED, pairs=2))
    np.testing.assert_allclose(_shapley(drawn), _shapley(exact), atol=1e-9)
    assert max(row.standard_error_min for row in drawn.employers) < 1e-9


def test_the_same_seed_draws_the_same_credits_and_another_does_not():
    problem = _eight(1)
    one, two = (share_credits(problem, _x(PLAN), settings=SAMPLED) for _ in range(2))
    assert one == two
    other = share_credits(problem, _x(PLAN), settings=replace(SAMPLED, seed=4))
    assert not np.array_equal(_shapley(other), _shapley(one))


def test_with_one_route_each_equilibrium_credits_are_the_fixed_ones():
    problem = slot_problem(sizes=[100, 300, 600], disutility_min=[[0, 1]] * 3, seats=350.0)
    x = np.array([0, 1, 0, 1, 1, 0.0])
    fixed = share_credits(problem, x)
    free = share_credits(problem, x, settings=CreditSettings(routes=CreditRoutes.EQUILIBRIUM))
    np.testing.assert_allclose(_shapley(free), _shapley(fixed), atol=1e-9)


@pytest.mark.parametrize("exact_up_to", [0, 8])
def test_equilibrium_credits_sum_to_the_saving_of_the_response(exact_up_to: int):
    problem = random_problem(2)
    settings = CreditSettings(
        routes=CreditRoutes.EQUILIBRIUM,
        exact_up_to=exact_up_to,
        pairs=2,
        choice=RouteChoice(relative_gap=1e-10),
    )
    found = share_credits(problem, _x((0, 2, 2, 0)), settings=settings)
    one, two = (_shapley(found)[e] for e in (0, 1))
    assert one + two == pytest.approx(found.whole_min)
    # Two players: each gets the mean of coming first and coming last.
    for row in found.employers:
        assert row.shapley_min == pytest.approx((row.first_in_min + row.last_in_min) / 2)


def test_given_shares_are_the_routes_credits_rest_on():
    problem = random_problem(4)
    even = np.full(problem.groups.n_routes, 0.5)
    slots, base = (0, 2, 2, 0), (1, 1, 1, 1)
    found = share_credits(problem, _x(slots), share=even)
    halves = replace(problem, groups=replace(problem.groups, share=even))
    saving = fixed_route_cost(halves, base) - fixed_route_cost(halves, slots)
    assert found.whole_min == pytest.approx(saving)


def test_a_split_cohort_counts_by_its_shares():
    # 400 of e0's 1,000 move: 10,000 becomes 3,600 + 1,600 + 1,600.
    problem = slot_problem(sizes=[1000], disutility_min=[[0, 4]], whole_cohorts=False)
    found = share_credits(problem, np.array([0.6, 0.4]))
    assert found.whole_min == pytest.approx(3200)
    assert found.employers[0].moved_people == pytest.approx(400)


def test_a_plan_that_moves_nobody_has_no_credits_to_share():
    problem = slot_problem(sizes=[100, 100], disutility_min=[[0, 1]] * 2)
    found = share_credits(problem, np.array([1.0, 0, 1, 0]))
    assert found.whole_min == 0
    assert np.all(_shapley(found) == 0)


def test_credits_as_json_say_unit_class_and_whole():
    problem = slot_problem(sizes=[100, 300], disutility_min=[[0, 1]] * 2)
    found = share_credits(problem, np.array([0.0, 1, 1, 0])).as_dict()
    assert found["unit"] == "passenger-minutes"
    assert found["source_class"] == "estimated"
    assert [row["employer"] for row in found["employers"]] == ["e0", "e1"]


def test_drawing_can_be_stopped():
    def stop(stage: str, done: int, total: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        share_credits(_eight(0), _x(PLAN), settings=SAMPLED, progress=stop)


@pytest.mark.parametrize(("name", "value"), [("pairs", 1), ("exact_up_to", 40), ("seed", -1)])
def test_settings_out_of_range_are_named(name: str, value: int):
    with pytest.raises(InputError, match=name):
        CreditSettings(**{name: value})


def _figures() -> list[float]:
    """Reckon a little of everything the kernels do."""
    problem, x = _eight(1), _x(PLAN)
    settings = ComparisonSettings(compliance=(), optimum_gap=0.2)
    found = compare_plans(problem, ProposedPlan(x=x, best_bound=0.0), settings=settings)
    drawn = share_credits(problem, x, settings=replace(SAMPLED, pairs=2))
    totals = [one.total_min for one in found.situations.values()]
    return [*totals, found.free_optimum.total_min, *_shapley(drawn).tolist()]


def test_uncompiled_kernels_find_the_same_response_rounds_and_credits():
    code = """if True:
        import json, numba
        from tests.solver.test_credits import _figures
        print(json.dumps([numba.config.DISABLE_JIT, _figures()]))
    """
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    is_plain, figures = json.loads(done.stdout)
    assert is_plain
    np.testing.assert_allclose(figures, _figures(), rtol=1e-9, atol=1e-6)
