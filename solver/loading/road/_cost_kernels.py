"""Costs of road links at a volume: the volume-delay function, its slope and its integral.

A link costs ``constant + slope * (volume / capacity) ** power``. With a limit below infinity it
is a link with a point queue: its volume-delay function stops growing at the limit, and beyond
it, or behind a queue, the mean wait of those who arrive is added.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray


class Links(NamedTuple):
    """Links sorted by tail, with their costs; not modified.

    ``out_offset`` (n_nodes + 1) delimits the links out of a node; ``in_link`` and
    ``in_offset`` list those into it. ``passable`` says by node whether paths may lead through.
    ``slope`` is 0 where the time does not depend on the volume (``capacity`` and ``power`` are
    1 there), and infinite on a closed link. ``limit`` and ``waiting`` are vehicles a window,
    ``window`` its length in the unit of the costs.
    """

    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    out_offset: NDArray[np.int32]
    in_offset: NDArray[np.int32]
    in_link: NDArray[np.int32]
    passable: NDArray[np.bool_]
    constant: NDArray[np.float64]
    slope: NDArray[np.float64]
    capacity: NDArray[np.float64]
    power: NDArray[np.float64]
    limit: NDArray[np.float64]
    waiting: NDArray[np.float64]
    window: float


@njit(cache=True, nogil=True)
def price(
    volume: float,
    constant: float,
    slope: float,
    capacity: float,
    power: float,
    limit: float,
    waiting: float,
    window: float,
) -> tuple[float, float]:
    """Compute a link's cost at a volume, and the derivative of it."""
    if slope == 0.0 and limit == np.inf:
        return constant, 0.0
    served = min(volume, limit)
    ratio = served / capacity
    if slope == 0.0:
        cost, rise = constant, 0.0
    elif power == 4.0:
        cubed = ratio * ratio * ratio * slope
        cost, rise = constant + cubed * ratio, 4.0 * cubed / capacity
    elif power == 1.0:
        cost, rise = constant + slope * ratio, slope / capacity
    elif served <= 0.0:
        cost, rise = constant, 0.0 if power > 1.0 else np.inf
    else:
        extra = slope * ratio**power
        cost, rise = constant + extra, power * extra / served
    if limit == np.inf:
        return cost, rise
    if volume > limit:
        rise = 0.0
    room = limit - volume
    if waiting > room:
        return cost + window * (waiting - 0.5 * room) / limit, rise + 0.5 * window / limit
    if waiting > 0.0:
        wait = 0.5 * window * waiting * waiting / (limit * room)
        return cost + wait, rise + wait / room
    return cost, rise


@njit(cache=True, nogil=True)
def price_links(
    links: Links,
    volume: NDArray[np.float64],
    cost: NDArray[np.float64],
    rise: NDArray[np.float64],
) -> None:
    """Write cost and derivative of every link; closed links cost infinity."""
    for a in range(len(volume)):
        if links.slope[a] == np.inf:
            cost[a], rise[a] = np.inf, 0.0
            continue
        cost[a], rise[a] = price(
            volume[a],
            links.constant[a],
            links.slope[a],
            links.capacity[a],
            links.power[a],
            links.limit[a],
            links.waiting[a],
            links.window,
        )
