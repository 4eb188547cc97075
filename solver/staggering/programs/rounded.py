"""Mixed-integer rounding of a cell's load: whole cohorts come in steps, not by the seat.

A continuous plan stops exactly where a cell's marginal cost jumps, with fractions of cohorts.
Whole, the load moves in steps of cohorts, and some of them must stay short of that point or
go beyond it; either costs something.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from solver.staggering.costs.pieces import cell_factors
from solver.staggering.costs.reduce import RouteForm
from solver.staggering.programs._rounded_kernels import Cells, Users, search_cuts, write_cuts
from solver.staggering.programs.cuts import Cuts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.staggering.task import Task

_EACH = 3  # cuts a cell and search
_SPLIT = 1e-6  # shares
_SAFE = 1e-6  # of a cut's rise: given up so that no rounding error makes it false


def find_rounded(
    task: Task,
    x: NDArray[np.float64],
    flow: NDArray[np.float64],
    cost: NDArray[np.float64],
    *,
    least: float,
) -> Cuts:
    """Find rounding cuts that a solution breaks by over ``least``.

    Written from base candidates b(c), one a cohort, a cell's load is ``z + sum_i d_i x_i``
    with ``d_i`` what candidate i brings more than the base. Its convex cost is at least the
    larger of two tangents, which meet at a point v with slopes ``low < high``. For any divisor
    D, with ``r = frac((v - z) / D)`` and ``h(t)`` rising from 0 at whole t to 1 at fraction r
    and falling back, every plan of whole cohorts has, by mixed-integer rounding,

        cost >= cost_at_v + p (load - v) + R (1 - sum_i h(d_i / D) x_i),
        p = low r + high (1 - r),   R = (high - low) D r (1 - r).

    Where routes are chosen, load is counted as if all of a group took one route, the one that
    most of it takes. A passenger on another adds ``low`` times what he brings more to the
    cell, or takes off ``high`` times what he brings less (variable upper bounds).

    Parameters
    ----------
    x
        Shares of candidates, shape (n_candidates,).
    flow
        Passengers on routes, shape (n_routes,).
    cost
        What the solution counts for each kept cell, shape (n_kept,).

    References
    ----------
    Nemhauser, Wolsey, "A recursive procedure to generate all cuts for 0-1 mixed integer
    programs", Mathematical Programming 46, 1990, doi:10.1007/BF01585752.
    """
    cells, kept = task.problem.cells, task.reduced.cells
    assumed, other = _one_route_each(task, flow)
    users = Users(
        at=assumed.indptr.astype(np.int64),
        option=assumed.indices.astype(np.int64),
        pax=assumed.data,
        offset=task.problem.cohorts.candidate_offset,
        owner=task.matrices.candidate_cohort,
        x=x,
    )
    background = cells.background_pax[kept]
    table = Cells(
        factor=cell_factors(task.problem, task.reduced),
        seats=cells.seats[kept],
        background=background,
        load=background + assumed @ x,
        cost=cost,
    )
    base = _two_bases(users)
    found = np.empty((_EACH * len(kept), 9))
    found = found[: search_cuts(users, table, base, least, _EACH, found)]
    low, high = found[:, 4], found[:, 5]
    cell = found[:, 0].astype(np.int64)
    more, fewer = other[cell].maximum(0), other[cell].minimum(0)
    on_route = sparse.csr_array(sparse.diags_array(low) @ more + sparse.diags_array(high) @ fewer)
    still = found[:, 8] + on_route @ flow > least
    found, cell, low, high = found[still], cell[still], low[still], high[still]
    at, nothing = np.zeros(len(found) + 1, dtype=np.int64), np.empty(0, dtype=np.int64)
    n = write_cuts(users, base, found, at, nothing, np.empty(0))
    column, value = np.empty(n, dtype=np.int64), np.empty(n)
    write_cuts(users, base, found, at, column, value)
    remainder = found[:, 3]
    slope = low * remainder + high * (1.0 - remainder)
    rise = (high - low) * found[:, 2] * remainder * (1.0 - remainder)
    return Cuts(
        cell=cell,
        least=found[:, 6] + slope * (background[cell] - found[:, 7]) + (1.0 - _SAFE) * rise,
        on_x=sparse.csr_array((value, column, at), shape=(len(found), len(x))),
        on_route=sparse.csr_array(on_route[np.flatnonzero(still)]),
    )


def _one_route_each(
    task: Task, flow: NDArray[np.float64]
) -> tuple[sparse.csr_array, sparse.csr_array]:
    """Return loads with every group on the route most take, and what other routes change.

    Shapes (n_kept, n_candidates) and (n_kept, n_routes), passengers per passenger in the
    latter. With routes held both are plain: the loads, and nothing.
    """
    matrices, reduced, groups = task.matrices, task.reduced, task.problem.groups
    use = sparse.csr_array(matrices.use[reduced.cells])
    if reduced.form is RouteForm.FIXED or len(groups) == 0:
        return reduced.x_load, sparse.csr_array(use.shape)
    ridden = np.where(reduced.kept, flow, -1.0)
    order = np.lexsort((-ridden, matrices.route_group))
    main = order[groups.route_offset[:-1]]
    assumed = sparse.csr_array(use[:, main] @ matrices.demand)
    change = sparse.csr_array(use - use[:, main[matrices.route_group]])
    return assumed, sparse.csr_array(change @ sparse.diags_array(reduced.kept.astype(float)))


def _two_bases(users: Users) -> NDArray[np.int64]:
    """Return each cohort's candidate of the largest share, and of the second where it is split."""
    order = np.lexsort((-users.x, users.owner))
    first = users.offset[:-1]
    one = order[first]
    two = order[np.minimum(first + 1, users.offset[1:] - 1)]
    return np.stack([one, np.where(users.x[two] > _SPLIT, two, one)]).astype(np.int64)
