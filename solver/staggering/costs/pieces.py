"""Crowding costs as linear pieces between tangents, refined where a plan's loads lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.staggering.costs.reduce import Reduced
    from solver.staggering.problem import StaggeringProblem

_NEAR = (0.98, 1.0, 1.02)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tangents:
    """Loads at which each kept cell's cost is touched: (cell, load) pairs, sorted, distinct.

    ``cell`` counts the reduced cells. The first point of each cell is its seats.
    """

    cell: NDArray[np.int64]
    load: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.cell)

    def with_points(self, cell: NDArray[np.int64], load: NDArray[np.float64]) -> Tangents:
        """Return these tangents and more; points that are already there are dropped."""
        cells, loads = np.concatenate([self.cell, cell]), np.concatenate([self.load, load])
        order = np.lexsort((loads, cells))
        cells, loads = cells[order], loads[order]
        close = 1e-9 * np.maximum(1.0, loads[1:])
        new = np.ones(len(cells), dtype=np.bool_)
        new[1:] = (cells[1:] != cells[:-1]) | (loads[1:] - loads[:-1] > close)
        return Tangents(cell=cells[new], load=loads[new])


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """Linear pieces of all cells: cell, cost per passenger, passengers that fit.

    ``constant``: cost of the background alone, by the tangents where a cell is kept and
    exactly where it is not.
    """

    cell: NDArray[np.int64]
    slope: NDArray[np.float64]
    width: NDArray[np.float64]
    constant: float


def initial_tangents(problem: StaggeringProblem, reduced: Reduced, n: int) -> Tangents:
    """Spread ``n`` tangents per cell from its seats (or background, if more) to its most."""
    cells = problem.cells
    seats = cells.seats[reduced.cells]
    low = np.maximum(seats, cells.background_pax[reduced.cells])
    points = problem.curve.tangent_points(low, reduced.max_load, n)
    index = np.arange(len(seats), dtype=np.int64)
    first = Tangents(cell=index, load=seats)
    return first.with_points(np.repeat(index, n), points.ravel())


def touch_near(
    problem: StaggeringProblem, reduced: Reduced, tangents: Tangents, load_pax: NDArray[np.float64]
) -> Tangents:
    """Return the tangents and some at and near a plan's loads, where cells exceed their seats."""
    load, seats = load_pax[reduced.cells], problem.cells.seats[reduced.cells]
    above = load > seats
    at = np.flatnonzero(above).astype(np.int64)
    for near in _NEAR:
        touched = np.clip(load * near, seats, reduced.max_load)
        tangents = tangents.with_points(at, touched[above])
    return tangents


def cell_factors(problem: StaggeringProblem, reduced: Reduced) -> NDArray[np.float64]:
    """Compute ``a = ride_min * slope / standing_m2`` of the kept cells."""
    room = problem.cells.standing_m2[reduced.cells]
    ride = problem.cells.ride_min[reduced.cells]
    result: NDArray[np.float64] = ride * problem.curve.slope / room
    return result


def build_pieces(problem: StaggeringProblem, reduced: Reduced, tangents: Tangents) -> Pieces:
    """Turn tangents into pieces: neighbours at p and q meet at ``(p + q) / 2``.

    The tangent at p has slope ``a (2 p - seats)``; a piece runs from where its tangent
    meets the one before (the seats, for the first) to where it meets the next (the cell's
    largest load, for the last). What the background fills is cut off.
    """
    cells = problem.cells
    seats = cells.seats[reduced.cells][tangents.cell]
    background = cells.background_pax[reduced.cells][tangents.cell]
    start, stop = _spans(tangents, seats, np.maximum(reduced.max_load[tangents.cell], seats))
    slope = cell_factors(problem, reduced)[tangents.cell] * (2.0 * tangents.load - seats)
    taken = np.clip(background - start, 0.0, stop - start)
    width = stop - start - taken
    used = width > 0
    return Pieces(
        cell=tangents.cell[used],
        slope=slope[used],
        width=width[used],
        constant=float(np.sum(slope * taken)) + idle_cost_min(problem, reduced),
    )


def idle_cost_min(problem: StaggeringProblem, reduced: Reduced) -> float:
    """Compute what the background costs in cells that are not kept, passenger-minutes."""
    cells = problem.cells
    idle = np.ones(len(cells), dtype=np.bool_)
    idle[reduced.cells] = False
    idle &= cells.background_pax > cells.seats
    cost = problem.curve.cost_min(
        cells.background_pax[idle],
        cells.seats[idle],
        cells.standing_m2[idle],
        cells.ride_min[idle],
    )
    return float(np.sum(cost))


def tangent_cost(
    problem: StaggeringProblem, reduced: Reduced, tangents: Tangents, load: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Compute the tangents' value at given loads of the kept cells, shape (n_kept,)."""
    factor = cell_factors(problem, reduced)[tangents.cell]
    seats = problem.cells.seats[reduced.cells][tangents.cell]
    at = factor * ((2.0 * tangents.load - seats) * load[tangents.cell] - tangents.load**2)
    largest = np.zeros(len(load))
    np.maximum.at(largest, tangents.cell, at)
    return largest


def _spans(
    tangents: Tangents, seats: NDArray[np.float64], most: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    same = tangents.cell[1:] == tangents.cell[:-1]
    middle = (tangents.load[1:] + tangents.load[:-1]) / 2.0
    start, stop = seats.copy(), most.copy()
    start[1:][same] = middle[same]
    stop[:-1][same] = middle[same]
    return np.minimum(start, most), np.minimum(stop, most)
