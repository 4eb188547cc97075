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

from solver.staggering.costs.pieces import build_pieces, cell_factors
from solver.staggering.costs.reduce import Objective, RouteForm
from solver.staggering.programs.bound import safe_bound
from solver.staggering.programs.cuts import Cuts, loads_and_costs, with_cuts
from solver.staggering.programs.engine import solve_linear
from solver.staggering.programs.generate import more_routes, price_routes
from solver.staggering.programs.rounded import find_rounded

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from solver.staggering.costs.pieces import Tangents
    from solver.staggering.programs.linear import LinearModel
    from solver.staggering.programs.watch import Pulse
    from solver.staggering.task import Relaxed, Task

MAX_ROUNDS = 12

_PRICES = 16  # tried for each cell below the kink, and as many above
_LITTLE = 0.02  # of what is still open: what a round must add for another to follow
_WORTH = 1e-7  # of the cost: what a cut must add to be kept
_MARGIN = 1.0 + 1e-6
_MANY_CANDIDATES = 1000
_ACTIVE_SHARE = 0.3  # of the candidates: those a program after the first has in it


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifted:
    """Outcome of lifting: the bound it proves, and the program and duals that prove it.

    ``cuts`` are those with a price in it, ``x`` is its optimum, shares of candidates.
    """

    bound: float
    cuts: Cuts
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
    start: Cuts | None = None,
    pulse: Pulse | None = None,
    on_better: Callable[[Lifted], float] | None = None,
) -> Lifted | None:
    """Solve the continuous program with cuts for whole cohorts, adding those its optimum breaks.

    Cuts are lifted tangents and roundings (:mod:`solver.staggering.programs.rounded`). The
    bound is computed here from the duals, as any other; it holds for plans of whole cohorts
    only. Stops when the bound reaches ``enough``, when nothing more is broken or a round adds
    little, after ``MAX_ROUNDS`` programs or at the time limit. None where no program was
    solved.

    Parameters
    ----------
    task, now
        The whole task, and the same with the routes that may be in the program; the bound is
        over all routes of the whole task.
    point
        Optimum without cuts, where the search for broken ones begins.
    start
        Cuts of the same task to begin with instead.
    on_better
        Called with each better bound while there is time; returns what is ``enough`` now.
    """
    deadline = time.perf_counter() + time_limit_s
    plain, alone = now.build(tangents), forced_loads(task)
    least = _least_worth(point)
    cuts = start or lift_cuts(task, lifts_at(task, alone, point), alone)
    found: Lifted | None = None
    took, active, last = 0.0, None, -np.inf
    for _ in range(MAX_ROUNDS):
        began = time.perf_counter()
        left = deadline - began
        if left <= took:  # another would not end in time
            break
        model = with_cuts(now, tangents, plain, cuts)
        few = _with_few(model, active)
        outcome = solve_linear(few, time_limit_s=left, seed=seed, pulse=pulse)
        if outcome.values is None or outcome.duals is None:
            break
        duals = level_duals(task, model, outcome.duals)
        bound, cheaper = _bound_over_routes(task, now, tangents, model, duals, cuts)
        x = outcome.values[model.column_block("x").span]
        load, cost = loads_and_costs(now, tangents, cuts, model, outcome.values)
        rows = slice(len(model.row_lower) - len(cuts), len(model.row_lower))
        cuts = cuts.only(duals[rows] > 0.0)
        active = _active(task, _reduced(model, duals), x)
        hoped = max(bound, -np.inf if outcome.objective is None else outcome.objective)
        if found is None or bound > found.bound:
            found = Lifted(bound=bound, cuts=cuts, x=x, model=model, duals=duals)
            enough = enough if on_better is None else on_better(found)
        little = _LITTLE * (enough - bound) if np.isfinite(enough) else least
        # What the program promises beyond the proof is owed by candidates it had left out.
        if bound >= enough or max(hoped - last, hoped - found.bound) < little:
            break
        last = hoped
        more = lift_cuts(task, find_lifts(task, alone, x, load, cost, least=least), alone)
        flow = now.read(model, outcome.values).route_flow
        if cheaper is not None:
            now = task.restricted(cheaper)
            plain = now.build(tangents)
        rounded = find_rounded(task, x, flow, cost, least=least)
        if len(more) + len(rounded) == 0:
            break
        cuts = cuts.and_more(more, rounded)
        took = time.perf_counter() - began
    return found


def level_duals(task: Task, model: LinearModel, duals: NDArray[np.float64]) -> NDArray[np.float64]:
    """Set duals of demand rows to the group's cheapest route, of one-slot rows to what is left.

    That is the best they can prove beside the other duals, also of candidates and routes
    which the program that gave the duals had left out.
    """
    pi = np.where(np.isfinite(duals), duals, 0.0)
    rows, y = {block.name: block for block in model.rows}, model.column_block("y").span
    if "demand" in rows and len(rows["demand"]):
        demand = rows["demand"].span
        pi[demand] = 0.0
        carried = sparse.csr_array(model.matrix[demand][:, y])
        cost = (model.cost[y] - model.matrix[:, y].T @ pi)[carried.indices]
        pi[demand] = np.minimum.reduceat(cost, carried.indptr[:-1])
    one_slot = rows["one_slot"].span
    pi[one_slot] = 0.0
    pi[one_slot] = np.minimum.reduceat(
        _reduced(model, pi), task.problem.cohorts.candidate_offset[:-1]
    )
    return pi


def _reduced(model: LinearModel, pi: NDArray[np.float64]) -> NDArray[np.float64]:
    x = model.column_block("x").span
    result: NDArray[np.float64] = model.cost[x] - model.matrix[:, x].T @ pi
    return result


def _active(
    task: Task, reduced: NDArray[np.float64], x: NDArray[np.float64]
) -> NDArray[np.bool_] | None:
    """Choose the candidates worth having in the next program; None for all."""
    if len(x) < _MANY_CANDIDATES:
        return None
    active: NDArray[np.bool_] = (x > 0.0) | (reduced <= np.quantile(reduced, _ACTIVE_SHARE))
    active[task.matrices.base_candidate] = True  # a plan that keeps the rules stays possible
    return active


def _with_few(model: LinearModel, active: NDArray[np.bool_] | None) -> LinearModel:
    if active is None:
        return model
    x, upper = model.column_block("x").span, model.upper.copy()
    upper[x] = np.where(active, upper[x], 0.0)
    return replace(model, upper=upper)


def lifts_at(task: Task, forced: sparse.csr_array, point: Relaxed) -> Lifts:
    """Find the lifted tangents that a continuous optimum breaks, its cells at their true cost."""
    kept, cells = task.reduced.cells, task.problem.cells
    load = point.price.load_pax[kept]
    cost = task.problem.curve.cost_min(
        load, cells.seats[kept], cells.standing_m2[kept], cells.ride_min[kept]
    )
    return find_lifts(task, forced, point.x, load, cost, least=_least_worth(point))


def _least_worth(point: Relaxed) -> float:
    return _WORTH * max(1.0, abs(point.price.total_min))


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


def lift_cuts(task: Task, lifts: Lifts, forced: sparse.csr_array) -> Cuts:
    """Write lifted tangents as cuts."""
    owed, price, intercept = lift_coefficients(task, lifts, forced)
    background = task.problem.cells.background_pax[task.reduced.cells[lifts.cell]]
    use = task.matrices.use[task.reduced.cells[lifts.cell]]
    return Cuts(
        cell=lifts.cell,
        least=price * background + intercept,
        on_x=owed,
        on_route=sparse.csr_array(sparse.diags_array(price) @ use),
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
    the largest load one candidate makes alone; and the marginal cost at the load itself.

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
    # The curve's own tangent at the load is worth one where the program's tangents lie low.
    here = factor * np.maximum(0.0, 2.0 * load - seats) * (load > seats)
    grid = [*(t * low for t in steps), *(low + t * (most - low) for t in steps[1:-1])]
    for wanted in [here, *grid]:
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
    cuts: Cuts,
) -> tuple[float, NDArray[np.bool_] | None]:
    """Prove a bound over all routes from the duals of a program with cuts that had some.

    As without cuts: at these prices nobody can do better than by the group's cheapest route.
    Returns also the routes that a next program should have, None for the same.
    """
    cheapest, cost = price_routes(task, model, duals)
    if len(cheapest) == 0:
        return safe_bound(model, duals), None
    paid = {block.name: duals[block.start : block.stop] for block in model.rows}
    if len(cuts):
        cost = cost + np.maximum(0.0, paid["lifted"]) @ cuts.on_route
    order = np.lexsort((cost, task.matrices.route_group))
    cheapest = order[task.problem.groups.route_offset[:-1]]
    only = np.zeros(len(cost), dtype=np.bool_)
    only[cheapest] = True
    single = task.restricted(only)
    program = with_cuts(single, tangents, single.build(tangents), cuts)
    every = np.concatenate([paid[block.name] for block in program.rows])
    active = now.reduced.share > 0
    active[now.reduced.routes] = True
    more = more_routes(task, active, cheapest, cost)
    return safe_bound(program, level_duals(task, program, every)), more


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
