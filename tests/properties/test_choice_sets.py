"""Choice sets against their plain twin, and what must hold for any city."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from solver.choice import build_alternatives, other_cost_min
from tests.builders.choice_cases import choice_cases
from tests.reference.choice import plain_choice


def as_groups(alternatives):
    """Groups as {(origin, place, window): [(cost, time, rides, {cell: weight}), ...]}."""
    groups = {}
    for g in range(alternatives.n_groups):
        key = (
            int(alternatives.group_origin[g]),
            int(alternatives.group_place[g]),
            int(alternatives.group_window[g]),
        )
        groups[key] = [
            (
                float(alternatives.free_min[a]),
                float(alternatives.time_min[a]),
                int(alternatives.n_rides[a]),
                weights_of(alternatives, a),
            )
            for a in range(alternatives.offset[g], alternatives.offset[g + 1])
        ]
    return groups


def weights_of(alternatives, a):
    at = slice(alternatives.cell_offset[a], alternatives.cell_offset[a + 1])
    cells = alternatives.cell[at].tolist()
    assert len(cells) == len(set(cells))
    return dict(zip(cells, alternatives.cell_weight[at].tolist(), strict=True))


def same(first, second):
    """Whether two choice sets are equal bit for bit."""
    names = [name for name in type(first).__slots__ if name != "window_s"]
    return all(np.array_equal(getattr(first, n), getattr(second, n)) for n in names)


def assert_equals_twin(inputs):
    found, plain = as_groups(build_alternatives(inputs, workers=1)), plain_choice(inputs)
    assert list(found) == sorted(plain)
    for key, expected in plain.items():
        *modelled, (_, _, other_rides, other_cells) = found[key]
        assert (other_rides, other_cells) == (0, {})
        assert len(modelled) == len(expected)
        for (cost, time, rides, weights), twin in zip(modelled, expected, strict=True):
            assert cost == pytest.approx(twin.cost)
            assert time == pytest.approx(twin.time)
            assert rides == len(twin.signature)
            assert weights == pytest.approx(twin.weights, rel=1e-6)


@settings(max_examples=15)
@given(case=choice_cases())
def test_choice_sets_equal_their_plain_twin(case):
    assert_equals_twin(case.inputs())


@settings(max_examples=25)
@given(case=choice_cases(relief=True))
def test_choice_sets_with_relief_equal_their_plain_twin(case):
    assert_equals_twin(case.inputs())


@settings(max_examples=15)
@given(case=choice_cases(relief=True))
def test_choice_sets_do_not_depend_on_workers_or_on_the_order_of_pairs(case):
    inputs = case.inputs()
    backwards = replace(
        inputs,
        pair_origin=inputs.pair_origin[::-1].copy(),
        pair_place=inputs.pair_place[::-1].copy(),
    )
    alone = build_alternatives(inputs, workers=1)
    assert same(alone, build_alternatives(inputs, workers=3))
    assert same(alone, build_alternatives(backwards, workers=2))


@settings(max_examples=25)
@given(case=choice_cases(relief=True))
def test_groups_keep_their_best_within_the_bounds_asked_for_and_end_with_other_lines(case):
    inputs, rules = case.inputs(), case.settings
    other = other_cost_min(inputs.connectors, rules.weights)
    for (origin, place, _), members in as_groups(build_alternatives(inputs, workers=1)).items():
        *modelled, (other_cost, other_time, rides, weights) = members
        assert (other_cost, rides, weights) == (other[origin, place], 0, {})
        assert other_time == inputs.connectors.other_min[origin, place]
        costs = [cost for cost, *_ in modelled]
        assert 1 <= len(costs) <= rules.max_routes
        assert costs == sorted(costs)
        assert costs[-1] <= min(costs[0], other_cost) + rules.prune_min
        assert all(1 <= rides <= rules.max_rides for _, _, rides, _ in modelled)
