"""What each player adds to a saving when players join one after another."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray


class Joining(NamedTuple):
    """What each player's joining changes: loads of cells, and cost besides crowding.

    Player p adds ``change[at[p]:at[p + 1]]`` to the loads of ``cell`` and ``linear[p]`` to the
    cost. A cell with load l costs ``factor l max(0, l - seats)``.
    """

    at: NDArray[np.int64]
    cell: NDArray[np.int64]
    change: NDArray[np.float64]
    linear: NDArray[np.float64]
    seats: NDArray[np.float64]
    factor: NDArray[np.float64]


@njit(cache=True, nogil=True)
def join(joining: Joining, load: NDArray[np.float64], player: int) -> float:
    """Let a player join at the given loads, updated in place; return what that saves."""
    saved: float = -joining.linear[player]
    for at in range(joining.at[player], joining.at[player + 1]):
        k = joining.cell[at]
        seats, factor = joining.seats[k], joining.factor[k]
        before = load[k]
        after = before + joining.change[at]
        saved += factor * (before * max(0.0, before - seats) - after * max(0.0, after - seats))
        load[k] = after
    return saved


@njit(cache=True, nogil=True)
def sample_orders(
    joining: Joining, load: NDArray[np.float64], orders: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Compute each player's mean saving in an order and its reverse, (n_orders, n_players).

    ``load`` is that of nobody having joined; it is not modified.
    """
    n_orders, n_players = orders.shape
    found = np.zeros((n_orders, n_players))
    for i in range(n_orders):
        now = load.copy()
        for place in range(n_players):
            p = orders[i, place]
            found[i, p] += 0.5 * join(joining, now, p)
        now = load.copy()
        for place in range(n_players - 1, -1, -1):
            p = orders[i, place]
            found[i, p] += 0.5 * join(joining, now, p)
    return found
