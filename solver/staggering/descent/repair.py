"""Shares that keep every rule, from shares that nearly do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from solver.staggering.programs.engine import solve_linear
from solver.staggering.programs.linear import ModelBuilder

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.staggering.descent.net import Resources

_LARGEST_BLEND = 1e-2
_TOLERANCE = 1e-9


def keep_rules(
    resources: Resources,
    x: NDArray[np.float64],
    safe: NDArray[np.float64],
    *,
    time_limit_s: float,
    seed: int = 0,
) -> NDArray[np.float64] | None:
    """Return shares near ``x`` that keep the rules, None where no way was found.

    A little of ``safe`` mixed in keeps the rules that ``safe`` keeps with room to spare, at
    next to no cost. Otherwise as few people as possible are moved to do so: a linear program
    over the shares alone, which also says when the rules allow no shares at all.

    Parameters
    ----------
    x
        Shares, shape (n_columns,), each cohort's summing to 1.
    safe
        Shares that keep all or most rules, as those of today do.
    """
    rows, limit = resources.row_use, resources.net.room[resources.n_cells :]
    slack = _TOLERANCE * (1.0 + np.abs(limit))
    over = rows @ x - limit
    if np.all(over <= slack):
        return x
    spare = limit - rows @ safe
    if np.all(spare >= -slack):
        bad = over > slack
        part = np.max(over[bad] / np.maximum(over[bad] + spare[bad], 1e-300))
        if part <= _LARGEST_BLEND:
            mixed: NDArray[np.float64] = (1.0 - part) * x + part * safe
            if np.all(rows @ mixed - limit <= slack):
                return mixed
    return _fewest_moved(resources, x, time_limit_s=time_limit_s, seed=seed)


def _fewest_moved(
    resources: Resources, x: NDArray[np.float64], *, time_limit_s: float, seed: int
) -> NDArray[np.float64] | None:
    """Minimise ``sum weight (more + less)`` over ``x + more - less`` that keep the rules."""
    net, rows = resources.net, resources.row_use
    n, n_cohorts = len(x), len(net.cohort_at) - 1
    weight = _weights(resources)
    builder = ModelBuilder()
    more = builder.add_columns("more", cost=weight, upper=np.maximum(0.0, 1.0 - x))
    less = builder.add_columns("less", cost=weight, upper=x)
    cohort = np.repeat(np.arange(n_cohorts), np.diff(net.cohort_at))
    total = sparse.csr_array((np.ones(n), (cohort, np.arange(n))), shape=(n_cohorts, n))
    away = sparse.csr_array(-total)
    builder.add_rows("one_slot", [(more, total), (less, away)], lower=0.0, upper=0.0, n=n_cohorts)
    limit = net.room[resources.n_cells :] - rows @ x
    terms = [(more, rows), (less, sparse.csr_array(-rows))]
    builder.add_rows("rules", terms, upper=limit, n=len(limit))
    values = solve_linear(builder.build(), time_limit_s=time_limit_s, seed=seed).values
    if values is None:
        return None
    moved: NDArray[np.float64] = np.clip(x + values[more.span] - values[less.span], 0.0, 1.0)
    total_moved = np.add.reduceat(moved, net.cohort_at[:-1])
    kept: NDArray[np.float64] = moved / np.repeat(total_moved, np.diff(net.cohort_at))
    return kept


def _weights(resources: Resources) -> NDArray[np.float64]:
    """Weigh a column by what its cohort can use of cells, so that crowds stay where they are."""
    net = resources.net
    own = np.concatenate([[0.0], np.cumsum(net.pax)])
    size = own[net.group_at[1:]] - own[net.group_at[:-1]]
    result: NDArray[np.float64] = 1.0 + size
    return result
