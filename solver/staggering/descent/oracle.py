"""The cheapest shares at given prices of cells, and the rules' prices that go with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from solver.staggering.programs.engine import solve_linear
from solver.staggering.programs.linear import ModelBuilder

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.staggering.descent.net import Resources


def price_rules(
    resources: Resources, cost: NDArray[np.float64], *, time_limit_s: float, seed: int = 0
) -> NDArray[np.float64] | None:
    """Return the rules' best prices when candidates cost ``cost``; None without an answer.

    ``min cost x`` over shares that keep the rules, no cells and no routes in it: their prices
    are in the costs. Its duals give the most that prices of rules can prove beside those of
    the cells. Whether they are exact matters for the bound's height, not for its truth.

    Parameters
    ----------
    cost
        Of each candidate by its cheapest routes, prices of rules left out; not finite where
        a rule bars it, shape (n_columns,).
    """
    net, rows = resources.net, resources.row_use
    n, n_cohorts = len(cost), len(net.cohort_at) - 1
    barred = ~np.isfinite(cost)
    builder = ModelBuilder()
    x = builder.add_columns("x", cost=np.where(barred, 0.0, cost), upper=np.where(barred, 0.0, 1.0))
    cohort = np.repeat(np.arange(n_cohorts), np.diff(net.cohort_at))
    total = sparse.csr_array((np.ones(n), (cohort, np.arange(n))), shape=(n_cohorts, n))
    builder.add_rows("one_slot", [(x, total)], lower=1.0, upper=1.0, n=n_cohorts)
    builder.add_rows("rules", [(x, rows)], upper=net.room[resources.n_cells :], n=rows.shape[0])
    duals = solve_linear(builder.build(), time_limit_s=time_limit_s, seed=seed).duals
    if duals is None:
        return None
    result: NDArray[np.float64] = np.maximum(0.0, -np.nan_to_num(duals[n_cohorts:]))
    return result
