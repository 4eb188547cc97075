"""What given prices of cells and rules prove: a bound, and what each candidate costs beyond it."""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum
from typing import TYPE_CHECKING

import numpy as np

from solver.staggering.descent._descent_kernels import price_all

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.staggering.descent.net import Resources

_EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """What prices prove, passenger-minutes.

    ``bound``: no plan costs less. ``reduced`` (n_columns,): a plan in which a cohort takes
    candidate k whole costs at least ``bound + reduced[k]``. ``cost`` (n_columns,) is what
    each whole candidate pays at the prices.
    """

    bound: float
    reduced: NDArray[np.float64]
    cost: NDArray[np.float64]


def price_out(
    resources: Resources,
    price: NDArray[np.float64],
    *,
    barred: NDArray[np.bool_] | None = None,
    fixed_x: NDArray[np.float64] | None = None,
) -> Priced:
    """Compute the bound that resource prices prove, rounding errors taken off.

    A cell's cost ``f`` is at least ``price * load - f*(price)`` for any price (``f*`` is the
    conjugate: nothing but seats at prices up to the jump, quadratic beyond), and a rule's row
    at most its limit; summed up, every passenger pays the prices of what he uses, and no
    cohort can do better than its cheapest candidate by its cheapest routes.

    Parameters
    ----------
    price
        At least 0, shape (n_resources,).
    barred
        Candidates that a rule forbids, shape (n_columns,).
    fixed_x
        Shares to keep, shape (n_columns,); cohorts then pay for these.

    References
    ----------
    Rockafellar, "Convex Analysis", 1970, section 31 (Fenchel duality).
    """
    net = resources.net
    group_cost = np.zeros(len(net.route_at) - 1)
    cost, size = np.zeros(len(net.cost)), np.zeros(len(net.cost))
    price_all(net, price, group_cost, cost, size)
    if barred is not None:
        cost[barred] = np.inf
    offset = net.cohort_at
    least = np.minimum.reduceat(cost, offset[:-1])
    paid = least if fixed_x is None else np.add.reduceat(_times(fixed_x, cost), offset[:-1])
    steep = net.factor > 0
    beyond = np.maximum(0.0, price[steep] - net.jump[steep]) ** 2 / (4.0 * net.factor[steep])
    kept = -price * net.room
    margin = 8.0 * _EPS * (fsum(price * resources.own_room) + fsum(beyond))
    margin += 4.0 * _EPS * _terms(resources) * fsum(np.maximum.reduceat(size, offset[:-1]))
    margin += 4.0 * _EPS * abs(resources.constant) * len(net.room)
    bound = fsum([resources.constant, *kept, *(-beyond), *paid]) - margin
    return Priced(bound=bound, reduced=cost - np.repeat(least, np.diff(offset)), cost=cost)


def _times(x: NDArray[np.float64], cost: NDArray[np.float64]) -> NDArray[np.float64]:
    result: NDArray[np.float64] = np.where(x > 0, x * np.where(np.isfinite(cost), cost, 0.0), 0.0)
    return result


def _terms(resources: Resources) -> int:
    """Count the largest number of terms any candidate's cost is summed from."""
    net = resources.net
    return 8 + sum(int(np.diff(at).max(initial=0)) for at in (net.own_at, net.group_at, net.use_at))
