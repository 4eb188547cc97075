"""Choice sets against their plain twin, and what must hold for any city."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.choice import build_alternatives
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
