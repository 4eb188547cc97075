"""A lower bound that any duals prove, computed here and not taken from a solver."""

from __future__ import annotations

from math import fsum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.staggering.programs.linear import LinearModel

_EPS = float(np.finfo(np.float64).eps)


def safe_bound(model: LinearModel, duals: NDArray[np.float64]) -> float:
    """Compute a value no feasible point of the model can cost less than.

    For any duals pi, ``cost v = pi A v + (cost - pi A) v``, and each part is at least its
    value at the favourable end: a row's lower side where its dual is positive, its upper
    side where negative; a column's lower bound where its reduced cost is positive, its upper
    bound where negative. Duals that point to an absent side are set to 0 first. Exact duals
    give the optimum, others less, never more: rounding errors of the sums are bounded
    and taken off.

    Parameters
    ----------
    model
        The program; its columns have finite bounds.
    duals
        One number per row, of any quality, shape (n_rows,).

    References
    ----------
    Neumaier, Shcherbina, "Safe bounds in linear and mixed-integer linear programming",
    Mathematical Programming 99, 2004, doi:10.1007/s10107-003-0433-3 (section 3; here with an
    a-priori error term in place of directed rounding).
    """
    pi = _usable(model, duals)
    side = np.where(pi > 0, model.row_lower, model.row_upper)
    rows = np.where(pi == 0, 0.0, pi * np.where(pi == 0, 0.0, side))
    transposed = model.matrix.T.tocsr()
    reduced = model.cost - transposed @ pi
    columns = np.where(reduced > 0, reduced * model.lower, reduced * model.upper)
    terms = np.diff(transposed.indptr) + 2
    error = terms * _EPS * (np.abs(model.cost) + abs(transposed) @ np.abs(pi))
    largest = np.maximum(np.abs(model.lower), np.abs(model.upper))
    margin = 4.0 * fsum(error * largest) + 4.0 * _EPS * (
        fsum(np.abs(rows)) + fsum(np.abs(columns)) + abs(model.offset)
    )
    return fsum([model.offset, *rows, *columns]) - margin


def safe_reduced_cost(
    model: LinearModel, duals: NDArray[np.float64], columns: str
) -> NDArray[np.float64]:
    """Compute what a column at 1 costs beyond :func:`safe_bound` of the same duals.

    A feasible point in which column j of the named block is 1 costs at least
    ``safe_bound + safe_reduced_cost[j]``: its part of the bound is then its reduced cost,
    rounding taken off, instead of what is best in its box.

    Parameters
    ----------
    model
        The program; columns of the block lie between 0 and 1.
    duals
        One number per row, of any quality, shape (n_rows,).

    Returns
    -------
    reduced_cost
        At least 0, shape (n_columns of the block,).
    """
    pi = _usable(model, duals)
    span = model.column_block(columns).span
    transposed = model.matrix.T.tocsr()[span]
    cost = model.cost[span]
    terms = np.diff(transposed.indptr) + 2
    error = 4.0 * terms * _EPS * (np.abs(cost) + abs(transposed) @ np.abs(pi))
    result: NDArray[np.float64] = np.maximum(0.0, cost - transposed @ pi - error)
    return result


def _usable(model: LinearModel, duals: NDArray[np.float64]) -> NDArray[np.float64]:
    """Set duals to 0 that are no numbers or point to an absent side of their row."""
    pi = np.where(np.isfinite(duals), duals, 0.0)
    pi = np.where((pi > 0) & ~np.isfinite(model.row_lower), 0.0, pi)
    result: NDArray[np.float64] = np.where((pi < 0) & ~np.isfinite(model.row_upper), 0.0, pi)
    return result
