"""The loading kernels equal their plain twins on random choice sets."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.loading import _loading_kernels as kernels
from tests.builders.choices import alternatives_of
from tests.reference import loading as twin

N_CELLS = 6
CELLS = st.lists(
    st.tuples(st.integers(0, N_CELLS - 1), st.sampled_from([0.25, 0.5, 1.0])), max_size=4
)
GROUPS = st.lists(
    st.lists(st.tuples(st.floats(0, 60), CELLS), min_size=1, max_size=4), min_size=1, max_size=5
)
EXTRA = st.lists(st.floats(0, 20), min_size=N_CELLS, max_size=N_CELLS)


@settings(max_examples=60, deadline=None)
@given(groups=GROUPS, extra=EXTRA, scale=st.sampled_from([0.1, 0.25, 1.0]), seed=st.integers(0, 9))
@pytest.mark.parametrize("compiled", [True, False])
def test_kernels_equal_their_twins(compiled, groups, extra, scale, seed):
    def run(name):
        kernel = getattr(kernels, name)
        return kernel if compiled else kernel.py_func

    some = alternatives_of(groups)
    demand = np.random.default_rng(seed).uniform(0, 900, some.n_groups).round(1)
    cost = run("price_alternatives")(
        some.free_min, some.cell_offset, some.cell, some.cell_weight, np.asarray(extra)
    )
    assert cost == pytest.approx(twin.price(some, extra))

    flow, expected = np.zeros(len(some)), np.zeros(some.n_groups)
    run("choose_logit")(some.offset, cost, scale, demand, flow, expected)
    flows, sums = twin.logit(some, cost, scale, demand)
    assert flow == pytest.approx(flows, abs=1e-9)
    assert expected == pytest.approx(sums)

    load = run("load_cells")(flow, some.cell_offset, some.cell, some.cell_weight, N_CELLS)
    assert load == pytest.approx(twin.loads(some, flow, N_CELLS), abs=1e-9)

    # flows that are the logit of other costs are as far off as the divergence says
    other = some.free_min + 1.0
    gap = run("choice_gap")(some.offset, demand, flow, other, expected + 0.0, scale)
    _, own_sums = twin.logit(some, other, scale, demand)
    exact = run("choice_gap")(some.offset, demand, flow, other, np.asarray(own_sums), scale)
    assert exact == pytest.approx(
        twin.divergence(some, flow, other, scale, demand), abs=1e-6, rel=1e-6
    )
    assert gap - exact == pytest.approx(
        float(demand @ (np.asarray(own_sums) - expected)), abs=1e-6, rel=1e-6
    )


def test_slope_of_the_entropy_is_its_derivative():
    some = alternatives_of([[(1.0, []), (2.0, []), (4.0, [])]])
    demand = np.asarray([100.0])
    flow, step = np.asarray([50.0, 30.0, 20.0]), np.asarray([10.0, -4.0, -6.0])

    def entropy(share):
        h = flow + share * step
        return float((h * np.log(h / 100.0)).sum() / 0.25)

    slope = kernels.entropy_slope(some.offset, demand, flow, step, 0.3, 0.25)
    assert slope == pytest.approx((entropy(0.3 + 1e-6) - entropy(0.3 - 1e-6)) / 2e-6, rel=1e-6)
