"""Dropping dominated routes and idle cells: the kernel against its plain twin."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.staggering import Objective, RouteForm
from solver.staggering.costs._reduce_kernels import find_kept_routes
from solver.staggering.costs.matrices import build_matrices
from solver.staggering.costs.reduce import reduce_problem
from tests.reference.staggering_oracle import fixed_route_loads, random_problem
from tests.reference.staggering_reduction import kept_routes_plainly

route = st.tuples(
    st.sampled_from([1.0, 2.0, 3.0]),
    st.dictionaries(st.integers(0, 3), st.sampled_from([0.5, 1.0]), max_size=3),
)
group = st.lists(route, min_size=1, max_size=4)


@pytest.mark.parametrize(
    "kernel",
    [find_kept_routes, getattr(find_kept_routes, "py_func", find_kept_routes)],
    ids=["jit", "py"],
)
@settings(max_examples=60, deadline=None)
@given(groups=st.lists(group, min_size=1, max_size=4))
def test_kept_routes_are_those_no_other_dominates(kernel, groups) -> None:
    routes = [r for g in groups for r in g]
    uses = [sorted(used.items()) for _, used in routes]
    kept = np.zeros(len(routes), dtype=np.bool_)
    kernel(
        np.cumsum([0, *(len(g) for g in groups)]),
        np.array([cost for cost, _ in routes]),
        np.cumsum([0, *(len(u) for u in uses)]),
        np.array([cell for u in uses for cell, _ in u], dtype=np.int32),
        np.array([weight for u in uses for _, weight in u]),
        kept,
    )
    assert kept.tolist() == kept_routes_plainly(groups)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), data=st.data())
def test_no_plan_loads_a_cell_beyond_its_largest_load(seed: int, data: st.DataObject) -> None:
    problem = random_problem(seed)
    matrices = build_matrices(problem)
    reduced = reduce_problem(problem, matrices, form=RouteForm.FIXED, objective=Objective.COST)
    slots = data.draw(st.tuples(*[st.integers(0, 2)] * 4))
    load = fixed_route_loads(problem, slots)
    assert np.all(load[reduced.cells] <= reduced.max_load)
    dropped = np.setdiff1d(np.arange(len(problem.cells)), reduced.cells)
    unaltered = load[dropped] == problem.cells.background_pax[dropped]
    assert np.all((load[dropped] <= problem.cells.seats[dropped]) | unaltered)
