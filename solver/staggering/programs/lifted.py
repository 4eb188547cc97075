"""A stronger bound for whole cohorts: tangents lifted by what a large cohort overfills alone.

When cohorts may split, a cell stays exactly at its seats with a fifth of a large cohort in
it. Whole, that cohort is in the cell or not, and alone it may fill more than the point at
which a tangent touches the curve; what the tangent then misses is owed by whoever takes that
candidate. This is the superadditive lifting of the tangents of a convex cost.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from solver.staggering.costs.pieces import build_pieces, cell_factors, tangent_cost
from solver.staggering.costs.reduce import ROOM, Objective, RouteForm
from solver.staggering.programs.bound import safe_bound
from solver.staggering.programs.engine import solve_linear
from solver.staggering.programs.generate import price_routes
from solver.staggering.programs.linear import Block

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.staggering.costs.pieces import Tangents
    from solver.staggering.programs.linear import LinearModel
    from solver.staggering.programs.watch import Pulse
    from solver.staggering.task import Relaxed, Task

MAX_ROUNDS = 2

_PRICES = 16  # tried for each cell below the kink, and as many above
_WORTH = 1e-7  # of the cost: what a lifted tangent must add to be kept
_MARGIN = 1.0 + 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifts:
    """Lifted tangents: (kept cell, slope) pairs, ``cell`` int64 and ``price`` minutes a passenger.

    A slope says where the tangent touches: at the seats while it is at most the jump of the
    marginal cost there, else where the marginal cost equals it.
    """

    cell: NDArray[np.int64]
    price: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.cell)

    def and_more(self, other: Lifts) -> Lifts:
        """Return both together."""
        return Lifts(
            cell=np.concatenate([self.cell, other.cell]),
            price=np.concatenate([self.price, other.price]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifted:
    """Outcome of lifting: the bound it proves, and the program and duals that prove it.

    ``x`` is the program's optimum, shares of candidates.
    """

    bound: float
    lifts: Lifts
    x: NDArray[np.float64]
    model: LinearModel
    duals: NDArray[np.float64]


def can_lift(task: Task) -> bool:
    """Whether lifting proves anything: of whole cohorts, of least cost."""
    return task.problem.rules.whole_cohorts and task.objective is Objective.COST


def forced_loads(task: Task) -> sparse.csr_array:
    """Compute what a candidate brings to each kept cell at least, whatever routes it takes.

    Shape (n_kept, n_candidates). Where routes are chosen, a group's passengers surely ride
    the cells that all its kept routes share.
    """
    matrices, reduced = task.matrices, task.reduced
    routes = np.flatnonzero(reduced.kept)
    if reduced.form is RouteForm.FIXED or len(routes) == 0:
        return reduced.x_load
    n_groups, n_kept = matrices.demand.shape[0], len(reduced.cells)
    use = sparse.coo_array(matrices.use[reduced.cells][:, routes])
    key = matrices.route_group[routes[use.col]] * n_kept + use.row
    order = np.argsort(key, kind="stable")
    first = np.flatnonzero(np.diff(key[order], prepend=-1))
    least = np.minimum.reduceat(use.data[order], first)
    times = np.diff(np.append(first, len(order)))
    shared, group = key[order][first] % n_kept, key[order][first] // n_kept
    by_all = times == np.bincount(matrices.route_group[routes], minlength=n_groups)[group]
    sure = sparse.csr_array(
        (least[by_all], (shared[by_all], group[by_all])), shape=(n_kept, n_groups)
    )
    return sparse.csr_array(sure @ matrices.demand)


def lift_bound(
    task: Task,
    now: Task,
    tangents: Tangents,
    point: Relaxed,
    *,
    enough: float,
    time_limit_s: float,
    seed: int = 0,
    start: Lifts | None = None,
    pulse: Pulse | None = None,
) -> Lifted | None:
    """Solve the continuous program with lifted tangents, adding those that its optimum breaks.

    The bound is computed here from the duals, as any other; it holds for plans of whole
    cohorts only. Stops when the bound reaches ``enough``, when nothing more is broken, after
    ``MAX_ROUNDS`` programs or at the time limit. None where no program was solved.

    Parameters
    ----------
    task, now
        The whole task, and the same with the routes that may be in the program; the bound is
        over all routes of the whole task.
    point
        Optimum without lifted tangents, where the search for broken ones begins.
    start
        Lifted tangents of the same task to begin with instead; one program is solved then.
    """
    deadline = time.perf_counter() + time_limit_s
    plain, alone = now.build(tangents), forced_loads(task)
    least = _WORTH * max(1.0, abs(point.price.total_min))
    kept = task.reduced.cells
    load, cells = point.price.load_pax[kept], task.problem.cells
    cost = task.problem.curve.cost_min(
        load, cells.seats[kept], cells.standing_m2[kept], cells.ride_min[kept]
    )
    lifts = start or find_lifts(task, alone, point.x, load, cost, least=least)
    found: Lifted | None = None
    for _ in range(MAX_ROUNDS if start is None else 1):
        left = deadline - time.perf_counter()
        if left <= 0:
            break
        model = with_lifts(now, tangents, plain, lifts, alone)
        outcome = solve_linear(model, time_limit_s=left, seed=seed, pulse=pulse)
        if outcome.values is None or outcome.duals is None:
            break
        bound = _bound_over_routes(task, now, tangents, model, outcome.duals, lifts, alone)
        x = outcome.values[model.column_block("x").span]
        if found is None or bound > found.bound:
            found = Lifted(bound=bound, lifts=lifts, x=x, model=model, duals=outcome.duals)
        if bound >= enough:
            break
        load, cost = _loads_and_costs(now, tangents, lifts, model, outcome.values)
        more = find_lifts(task, alone, x, load, cost, least=least)
        if len(more) == 0:
            break
        lifts = lifts.and_more(more)
    return found


def lift_coefficients(
    task: Task, lifts: Lifts, forced: sparse.csr_array
) -> tuple[sparse.csr_array, NDArray[np.float64], NDArray[np.float64]]:
    """Return what every candidate owes beyond the tangents, and the tangents themselves.

    For a cell with background g, cost f, ``forced`` loads l (:func:`forced_loads`) and a
    tangent ``p load + q`` that touches at ``v >= g``: every plan of whole cohorts has

        f(load) >= p load + q + sum_cj e[c, j] x[c, j],
        e[c, j] = f(g + l[c, j]) - p (g + l[c, j]) - q   where g + l[c, j] > v, else 0.

    Past v the tangent's error grows convexly, so that cohorts which are each past v owe at
    least the sum of what each owes alone; whoever comes on top only adds to it.

    Returns
    -------
    owed
        ``e``, shape (n_lifts, n_candidates).
    price, intercept
        ``p`` and ``q``, shape (n_lifts,).
    """
    cells, kept = task.problem.cells, task.reduced.cells[lifts.cell]
    factor = cell_factors(task.problem, task.reduced)[lifts.cell]
    seats, background = cells.seats[kept], cells.background_pax[kept]
    touch, price, intercept = _tangent_at(lifts.price, factor, seats, background)
    alone = sparse.coo_array(forced[lifts.cell])
    row = alone.row
    load = background[row] + alone.data
    cost = factor[row] * load * np.maximum(0.0, load - seats[row])
    owed = np.maximum(0.0, cost - price[row] * load - intercept[row])
    owed[load <= touch[row]] = 0.0
    matrix = sparse.csr_array((owed, (row, alone.col)), shape=alone.shape)
    matrix.eliminate_zeros()
    return matrix, price, intercept


def with_lifts(
    task: Task, tangents: Tangents, model: LinearModel, lifts: Lifts, forced: sparse.csr_array
) -> LinearModel:
    """Add lifted tangents to a program: one more cost column a cell, one row a tangent.

    With the cell's cost written as ``const_k + sum_i slope_i piece[k, i] + extra_k``:

        extra_k + sum_i slope_i piece[k, i] - sum_r p w y - sum_cj (p l + e) x
            >= p g + q - const_k.
    """
    if len(lifts) == 0:
        return model
    problem, reduced = task.problem, task.reduced
    owed, price, intercept = lift_coefficients(task, lifts, forced)
    pieces = build_pieces(problem, reduced, tangents)
    background = problem.cells.background_pax[reduced.cells]
    slope = sparse.csr_array(
        (pieces.slope, (pieces.cell, np.arange(len(pieces.cell)))),
        shape=(len(background), len(pieces.cell)),
    )
    at, extra = np.unique(lifts.cell, return_inverse=True)
    paid = sparse.diags_array(price)
    width = model.matrix.shape[1]
    blocks = {
        "x": -(paid @ reduced.x_load[lifts.cell]) - owed,
        "y": -(paid @ reduced.route_load[lifts.cell]),
        "piece": slope[lifts.cell],
    }
    n = len(lifts)
    row = sparse.hstack([blocks.get(b.name, sparse.csr_array((n, len(b)))) for b in model.columns])
    own = sparse.csr_array((np.ones(n), (np.arange(n), extra)), shape=(n, len(at)))
    old = sparse.hstack([model.matrix, sparse.csr_array((model.matrix.shape[0], len(at)))])
    known = tangent_cost(problem, reduced, tangents, background)[lifts.cell]
    most = problem.curve.cost_min(
        reduced.max_load[at] * ROOM,
        problem.cells.seats[reduced.cells[at]],
        problem.cells.standing_m2[reduced.cells[at]],
        problem.cells.ride_min[reduced.cells[at]],
    )
    n_rows = model.matrix.shape[0]
    return replace(
        model,
        cost=np.concatenate([model.cost, np.ones(len(at))]),
        lower=np.concatenate([model.lower, np.zeros(len(at))]),
        upper=np.concatenate([model.upper, most]),
        integer=np.concatenate([model.integer, np.zeros(len(at), dtype=np.bool_)]),
        matrix=sparse.csr_array(sparse.vstack([old, sparse.hstack([row, own])])),
        row_lower=np.concatenate(
            [model.row_lower, price * background[lifts.cell] + intercept - known]
        ),
        row_upper=np.concatenate([model.row_upper, np.full(n, np.inf)]),
        columns=(*model.columns, Block(name="extra", start=width, stop=width + len(at))),
        rows=(*model.rows, Block(name="lifted", start=n_rows, stop=n_rows + n)),
        row_item=np.concatenate([model.row_item, reduced.cells[lifts.cell]]),
    )


def find_lifts(
    task: Task,
    forced: sparse.csr_array,
    x: NDArray[np.float64],
    load: NDArray[np.float64],
    cost: NDArray[np.float64],
    *,
    least: float,
) -> Lifts:
    """Find each cell's lifted tangent that a solution breaks most, by over ``least``.

    Slopes are tried on a grid: up to the jump at the seats, then up to the marginal cost at
    the largest load one candidate makes alone.

    Parameters
    ----------
    x
        Shares of candidates, shape (n_candidates,).
    load, cost
        Passengers in each kept cell and what they are held to cost, shape (n_kept,) each.
    """
    problem, reduced = task.problem, task.reduced
    cells, factor = problem.cells, cell_factors(problem, reduced)
    seats, background = cells.seats[reduced.cells], cells.background_pax[reduced.cells]
    alone = sparse.coo_array(forced)
    some = (x[alone.col] > 1e-9) & (background[alone.row] + alone.data > seats[alone.row])
    row, share = alone.row[some], x[alone.col[some]]
    alone_load = background[row] + alone.data[some]
    alone_cost = factor[row] * alone_load * (alone_load - seats[row])
    largest = np.maximum(seats, background)
    np.maximum.at(largest, row, alone_load)
    low, most = factor * seats, factor * (2.0 * largest - seats)
    best, best_price = np.full(len(seats), least), np.zeros(len(seats))
    steps = np.linspace(0.0, 1.0, _PRICES)
    for wanted in [*(t * low for t in steps), *(low + t * (most - low) for t in steps[1:-1])]:
        touch, price, intercept = _tangent_at(wanted, factor, seats, background)
        owed = np.where(
            alone_load > touch[row], alone_cost - price[row] * alone_load - intercept[row], 0.0
        )
        broken = price * load + intercept - cost
        broken += np.bincount(row, weights=owed * share, minlength=len(seats))
        better = broken > best
        best[better], best_price[better] = broken[better], price[better]
    cell = np.flatnonzero(best > least).astype(np.int64)
    return Lifts(cell=cell, price=best_price[cell])


def _bound_over_routes(
    task: Task,
    now: Task,
    tangents: Tangents,
    model: LinearModel,
    duals: NDArray[np.float64],
    lifts: Lifts,
    forced: sparse.csr_array,
) -> float:
    """Prove a bound over all routes from the duals of a lifted program that had some.

    As without lifts: at these prices nobody can do better than by the group's cheapest route.
    """
    cheapest, cost = price_routes(task, model, duals)
    if len(cheapest) == 0:
        return safe_bound(model, duals)
    price = np.zeros(len(task.problem.cells))
    paid = {block.name: duals[block.start : block.stop] for block in model.rows}
    if len(lifts):
        _, slope, _ = lift_coefficients(task, lifts, forced)
        kept = task.reduced.cells[lifts.cell]
        np.add.at(price, kept, np.maximum(0.0, paid["lifted"]) * slope)
    cost = cost + price @ task.matrices.use
    order = np.lexsort((cost, task.matrices.route_group))
    only = np.zeros(len(cost), dtype=np.bool_)
    only[order[task.problem.groups.route_offset[:-1]]] = True
    single = task.restricted(only)
    program = with_lifts(single, tangents, single.build(tangents), lifts, forced)
    return safe_bound(program, np.concatenate([paid[block.name] for block in program.rows]))


def _loads_and_costs(
    task: Task,
    tangents: Tangents,
    lifts: Lifts,
    model: LinearModel,
    values: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Compute each kept cell's load and what a program counts for it at its solution."""
    problem, reduced = task.problem, task.reduced
    background = problem.cells.background_pax[reduced.cells]
    load = background + reduced.x_load @ values[model.column_block("x").span]
    load = load + reduced.route_load @ values[model.column_block("y").span]
    pieces = build_pieces(problem, reduced, tangents)
    cost = tangent_cost(problem, reduced, tangents, background)
    paid = pieces.slope * values[model.column_block("piece").span]
    cost += np.bincount(pieces.cell, weights=paid, minlength=len(cost))
    cost[np.unique(lifts.cell)] += values[model.column_block("extra").span]
    return load, cost


def keep_within(model: LinearModel, duals: NDArray[np.float64], slack: float) -> LinearModel:
    """Close every candidate that no plan within ``slack`` of the duals' bound can take.

    A candidate with reduced cost r makes any plan that takes it cost at least the bound plus
    r (reduced-cost fixing). ``slack`` is what the best plan known costs above the bound.
    """
    x = model.column_block("x").span
    pointless = (duals > 0) & ~np.isfinite(model.row_lower)
    pointless |= (duals < 0) & ~np.isfinite(model.row_upper)
    reduced = (model.cost - model.matrix.T @ np.where(pointless, 0.0, duals))[x]
    upper = model.upper.copy()
    upper[x] = np.where(reduced > slack * _MARGIN, 0.0, upper[x])
    return replace(model, upper=upper)


def _tangent_at(
    price: NDArray[np.float64],
    factor: NDArray[np.float64],
    seats: NDArray[np.float64],
    background: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return where tangents of these slopes touch, their slopes and intercepts.

    A slope that would touch below the background becomes the one that touches there.
    """
    divisor = np.where(factor > 0, factor, 1.0)
    touch = np.maximum(seats, (price / divisor + seats) / 2.0)
    low = background > touch
    touch = np.where(low, background, touch)
    slope = np.where(low, factor * (2.0 * background - seats), price)
    return touch, slope, factor * touch * (touch - seats) - slope * touch


def plan_columns(
    task: Task, tangents: Tangents, model: LinearModel, plan: Relaxed
) -> NDArray[np.float64] | None:
    """Return a plan as the columns of a program with fixed routes, for a search to begin from.

    None where the program has other columns than shares and pieces and what is lifted.
    """
    if {b.name for b in model.columns if len(b)} - {"x", "piece", "extra"}:
        return None
    problem, reduced = task.problem, task.reduced
    pieces = build_pieces(problem, reduced, tangents)
    background = problem.cells.background_pax[reduced.cells]
    load = plan.price.load_pax[reduced.cells]
    above = np.maximum(0.0, load - np.maximum(background, problem.cells.seats[reduced.cells]))
    # Pieces of a cell fill in order: what is above, less the pieces before it.
    width = np.cumsum(pieces.width)
    first = np.searchsorted(pieces.cell, pieces.cell)
    before = np.where(first > 0, width[first - 1], 0.0)
    filled = np.clip(above[pieces.cell] - (width - pieces.width - before), 0.0, pieces.width)
    values = np.zeros(model.matrix.shape[1])
    values[model.column_block("x").span] = plan.x
    values[model.column_block("piece").span] = filled
    for block in model.rows:
        if block.name == "lifted":
            rows = model.matrix[block.start : block.stop]
            short = np.maximum(0.0, model.row_lower[block.start : block.stop] - rows @ values)
            extra = model.column_block("extra")
            owner = sparse.coo_array(rows[:, extra.span])
            np.maximum.at(values, extra.start + owner.col, short[owner.row])
    return values
