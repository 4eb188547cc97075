"""The flows that would be best for all together, with what no flows can be below."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from network.base import no_progress
from solver.response._equilibrium_kernels import Prices
from solver.response.equilibrium import RouteChoice, crowding_factor, level_ways

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.base import Progress
    from solver.response.choices import ChoiceTable
    from solver.staggering import StaggeringProblem

RAMPS = (0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002)
"""Over such shares of the seats, in turn, a cell's price rises where the curve's jumps."""
_SWEEPS = 15
"""Sweeps at one ramp: what is left then is mostly the ramp's doing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemOptimum:
    """Flows of least total cost up to a proven gap.

    ``total_min`` is what the flows cost everybody (the choosers' ways and the crowding of all
    in the cells), ``bound_min`` what no flows of the same choosers can cost less than;
    ``relative_gap`` their distance over the total.
    """

    flow_pax: NDArray[np.float64]
    load_pax: NDArray[np.float64]
    total_min: float
    bound_min: float
    sweeps: int

    @property
    def relative_gap(self) -> float:
        """(total - bound) / total."""
        distance = max(0.0, self.total_min - self.bound_min)
        return distance / self.total_min if self.total_min > 0 else 0.0


def solve_optimum(
    problem: StaggeringProblem,
    table: ChoiceTable,
    *,
    relative_gap: float = 5e-4,
    start: NDArray[np.float64] | None = None,
    progress: Progress = no_progress,
) -> SystemOptimum:
    """Find the flows of least total cost: the equilibrium at what a passenger adds for all.

    That price jumps at the seats by ``a * seats``, where the first who stands takes room from
    everybody. Ways are levelled where it rises over a share of the seats instead, a smaller
    and smaller one. The bound does not rest on that: for any prices, the total is at least
    what the cells' costs less the prices' revenue can fall to, and the cheapest ways at these
    prices. Stops at ``relative_gap``, or with the last ramp.

    References
    ----------
    Nesterov, "Smooth minimization of non-smooth functions", Mathematical Programming 103,
    2005, doi:10.1007/s10107-004-0552-5 (why to smooth; here by ramps, made ever steeper).
    """
    best = _solve_smoothed(problem, table, RAMPS[0], relative_gap, start, progress)
    flow = best.flow_pax
    for ramp in RAMPS[1:]:
        if best.relative_gap <= relative_gap:
            break
        found = _solve_smoothed(problem, table, ramp, relative_gap, flow, progress)
        flow, best = found.flow_pax, _better(best, found)
    return best


def _better(one: SystemOptimum, other: SystemOptimum) -> SystemOptimum:
    """Return the cheaper flows with the higher bound, and all sweeps."""
    cheaper = other if other.total_min < one.total_min else one
    return replace(
        cheaper,
        bound_min=max(one.bound_min, other.bound_min),
        sweeps=one.sweeps + other.sweeps,
    )


def _solve_smoothed(
    problem: StaggeringProblem,
    table: ChoiceTable,
    ramp: float,
    relative_gap: float,
    start: NDArray[np.float64] | None,
    progress: Progress,
) -> SystemOptimum:
    others, cells = problem.cells.background_pax, problem.cells
    prices = social_prices(problem, ramp)
    level = level_ways(
        problem,
        table,
        prices=prices,
        others=others,
        choice=RouteChoice(relative_gap=relative_gap / 10, max_sweeps=_SWEEPS),
        start=start,
        progress=progress,
    )
    load = level.load
    crowding = problem.curve.cost_min(load, cells.seats, cells.standing_m2, cells.ride_min)
    price = _price(prices, load)
    bound = level.least + float(price @ others) - float(_most_above(problem, price).sum())
    return SystemOptimum(
        flow_pax=level.flow,
        load_pax=load,
        total_min=float(crowding.sum()) + float(table.cost_min @ level.flow),
        bound_min=bound,
        sweeps=len(level.gaps) - 1,
    )


def social_prices(problem: StaggeringProblem, ramp: float) -> Prices:
    """Return what one more passenger adds to a cell's total cost, its jump made a ramp."""
    seats = np.ascontiguousarray(problem.cells.seats, dtype=np.float64)
    factor = crowding_factor(problem)
    has_seats = seats > 0
    steep = np.where(has_seats, (1.0 + 2.0 * ramp) / ramp, 2.0) * factor
    return Prices(
        seats=seats,
        factor=steep,
        bend=np.where(has_seats, seats * (1.0 + ramp), np.inf),
        ease=np.where(has_seats, steep - 2.0 * factor, 0.0),
    )


def _price(prices: Prices, load: NDArray[np.float64]) -> NDArray[np.float64]:
    bent = np.where(np.isfinite(prices.bend), np.maximum(0.0, load - prices.bend), 0.0)
    result: NDArray[np.float64] = (
        prices.factor * np.maximum(0.0, load - prices.seats) - prices.ease * bent
    )
    return result


def _most_above(problem: StaggeringProblem, price: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute ``max over l >= 0 of price l - cost(l)`` of every cell, the conjugate of its cost.

    At the seats where the price is below the jump ``a * seats``, else where the marginal cost
    ``a (2 l - seats)`` is the price.
    """
    seats, factor = problem.cells.seats, crowding_factor(problem)
    rises = price > factor * seats
    at = np.where(rises, (price / np.where(factor > 0, factor, 1.0) + seats) / 2.0, seats)
    result: NDArray[np.float64] = price * at - factor * at * (at - seats)
    return result
