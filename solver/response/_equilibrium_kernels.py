"""Shifts of passengers between two ways at a time until nobody gains by another way.

Each shift goes exactly as far as Beckmann's (or Fisk's) convex programme falls along it, so
the programme falls with every shift and no step length has to be tuned. Loads follow at once.

References
----------
Dafermos, Sparrow, "The traffic assignment problem for a general network", Journal of Research
of the National Bureau of Standards 73B(2), 1969, doi:10.6028/jres.073B.010 (equilibration of
pairs of paths). Jayakrishnan, Tsai, Prashker, Rajadhyaksha, "A faster path-based algorithm for
traffic assignment", Transportation Research Record 1443, 1994 (Newton steps from each path
towards the cheapest; here safeguarded, since prices have kinks at the seats).
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

_MAX_STEPS = 40
_LEVEL = 1e-3
"""A shift is done where it leaves this share of the difference it began with."""
_EVEN = 1e-13
"""Differences below this share of a cost are rounding."""
_NOBODY = 1e-300


class Ways(NamedTuple):
    """Who may go which way, and which cells a way fills.

    Chooser i: ``demand[i]`` passengers over the ways ``offset[i]:offset[i + 1]``. A way costs
    ``cost`` minutes besides crowding and loads the cells of its ``route``:
    ``cell[cell_offset[r]:cell_offset[r + 1]]``, ``weight`` passengers each.
    """

    offset: NDArray[np.int64]
    demand: NDArray[np.float64]
    cost: NDArray[np.float64]
    route: NDArray[np.int64]
    cell_offset: NDArray[np.int64]
    cell: NDArray[np.int32]
    weight: NDArray[np.float64]


class Prices(NamedTuple):
    """What a cell adds to a way: ``factor (l - seats)+ - ease (l - bend)+`` at load l, minutes.

    It never falls: ``ease <= factor``. With ``ease`` 0 it is the curve's extra minutes.
    """

    seats: NDArray[np.float64]
    factor: NDArray[np.float64]
    bend: NDArray[np.float64]
    ease: NDArray[np.float64]


class Scratch(NamedTuple):
    """Room for one shift: ``place`` (n_cells,) is -1 everywhere between two shifts."""

    place: NDArray[np.int64]
    cell: NDArray[np.int64]
    net: NDArray[np.float64]


@njit(cache=True, nogil=True)
def fill_cells(ways: Ways, flow: NDArray[np.float64], load: NDArray[np.float64]) -> None:
    """Add the flows to ``load`` in place."""
    for w in range(len(flow)):
        if flow[w] != 0.0:
            r = ways.route[w]
            for at in range(ways.cell_offset[r], ways.cell_offset[r + 1]):
                load[ways.cell[at]] += flow[w] * ways.weight[at]


@njit(cache=True, nogil=True)
def price_way(ways: Ways, prices: Prices, load: NDArray[np.float64], w: int) -> float:
    """Compute what a way costs one passenger at the given loads, minutes."""
    total: float = ways.cost[w]
    r = ways.route[w]
    for at in range(ways.cell_offset[r], ways.cell_offset[r + 1]):
        k = ways.cell[at]
        over = load[k] - prices.seats[k]
        if over > 0.0:
            price = prices.factor[k] * over
            if load[k] > prices.bend[k]:
                price -= prices.ease[k] * (load[k] - prices.bend[k])
            total += ways.weight[at] * price
    return total


@njit(cache=True, nogil=True)
def split_by_price(
    ways: Ways,
    prices: Prices,
    load: NDArray[np.float64],
    spread: float,
    flow: NDArray[np.float64],
) -> None:
    """Write what everybody would choose at these loads: the cheapest way, or the logit of all.

    ``spread`` is one over the logit's scale, minutes; 0: each chooser's first cheapest way.
    """
    for i in range(len(ways.demand)):
        first, last = ways.offset[i], ways.offset[i + 1]
        if last == first:
            continue
        best, least = first, np.inf
        for w in range(first, last):
            flow[w] = price_way(ways, prices, load, w)
            if flow[w] < least:
                best, least = w, flow[w]
        total = 0.0
        for w in range(first, last):
            if spread > 0.0:
                flow[w] = np.exp(-(flow[w] - least) / spread)
            else:
                flow[w] = 1.0 if w == best else 0.0
            total += flow[w]
        for w in range(first, last):
            flow[w] *= ways.demand[i] / total


@njit(cache=True, nogil=True)
def measure_gap(
    ways: Ways,
    prices: Prices,
    load: NDArray[np.float64],
    flow: NDArray[np.float64],
    spread: float,
) -> tuple[float, float, float]:
    """Compute passenger-minutes paid, felt, and felt by who chooses best at the same loads.

    Felt is paid, plus ``spread * ln(share)`` where choice is by logit; the least is then the
    log-sum. Felt less least is never negative, and 0 only at equilibrium.
    """
    paid, felt, least_felt = 0.0, 0.0, 0.0
    for i in range(len(ways.demand)):
        q = ways.demand[i]
        if q <= 0.0:
            continue
        first, last = ways.offset[i], ways.offset[i + 1]
        least, own, entropy = np.inf, 0.0, 0.0
        for w in range(first, last):
            price = price_way(ways, prices, load, w)
            least = min(least, price)
            own += flow[w] * price
            if spread > 0.0 and flow[w] > 0.0:
                entropy += flow[w] * np.log(flow[w] / q)
        paid += own
        felt += own + spread * entropy
        if spread > 0.0:
            total = 0.0
            for w in range(first, last):
                price = price_way(ways, prices, load, w)
                total += np.exp(-(price - least) / spread)
            least -= spread * np.log(total)
        least_felt += q * least
    return paid, felt, least_felt


@njit(cache=True, nogil=True)
def sweep(
    ways: Ways,
    prices: Prices,
    load: NDArray[np.float64],
    flow: NDArray[np.float64],
    spread: float,
    scratch: Scratch,
) -> None:
    """Let each chooser in turn level its ways with its cheapest; flows and loads in place."""
    for i in range(len(ways.demand)):
        first, last = ways.offset[i], ways.offset[i + 1]
        q = ways.demand[i]
        if last - first < 2 or q <= 0.0:
            continue
        best, least = first, np.inf
        for w in range(first, last):
            felt = price_way(ways, prices, load, w)
            if spread > 0.0:
                felt += spread * np.log(max(flow[w], _NOBODY) / q)
            if felt < least:
                best, least = w, felt
        for w in range(first, last):
            if w != best and flow[w] > 0.0:
                _shift(ways, prices, load, flow, w, best, spread, scratch)


@njit(cache=True, nogil=True)
def _shift(
    ways: Ways,
    prices: Prices,
    load: NDArray[np.float64],
    flow: NDArray[np.float64],
    a: int,
    b: int,
    spread: float,
    scratch: Scratch,
) -> None:
    """Move passengers of way a to b until both feel the same, or all of them."""
    n = _gather(ways, a, b, scratch)
    extra = ways.cost[a] - ways.cost[b]
    most = flow[a]
    gain, slope = _gain(n, extra, prices, load, scratch, 0.0, most, flow[b], spread)
    if gain > _EVEN * (abs(ways.cost[a]) + abs(ways.cost[b]) + 1.0):
        moved = _level(n, extra, prices, load, scratch, gain, slope, most, flow[b], spread)
        flow[a] = most - moved
        flow[b] += moved
        for t in range(n):
            k = scratch.cell[t]
            load[k] += moved * scratch.net[t]
    for t in range(n):
        scratch.place[scratch.cell[t]] = -1


@njit(cache=True, nogil=True)
def _gather(ways: Ways, a: int, b: int, scratch: Scratch) -> int:
    """Write the cells of both ways with what one passenger who changes to b adds to each."""
    n = 0
    for w, sign in ((a, -1.0), (b, 1.0)):
        r = ways.route[w]
        for at in range(ways.cell_offset[r], ways.cell_offset[r + 1]):
            k = ways.cell[at]
            t = scratch.place[k]
            if t < 0:
                t = n
                scratch.place[k] = t
                scratch.cell[t] = k
                scratch.net[t] = 0.0
                n += 1
            scratch.net[t] += sign * ways.weight[at]
    return n


@njit(cache=True, nogil=True)
def _level(
    n: int,
    extra: float,
    prices: Prices,
    load: NDArray[np.float64],
    scratch: Scratch,
    gain: float,
    slope: float,
    most: float,
    there: float,
    spread: float,
) -> float:
    """Find how many must move for nobody to gain any more: Newton within a shrinking bracket."""
    if spread <= 0.0:
        at_most, _ = _gain(n, extra, prices, load, scratch, most, most, there, spread)
        if at_most >= 0.0:
            return most
    low, high = 0.0, most
    moved, first = 0.0, gain
    for _ in range(_MAX_STEPS):
        tried = moved + gain / slope if slope > 0.0 else high
        moved = tried if low < tried < high else 0.5 * (low + high)
        gain, slope = _gain(n, extra, prices, load, scratch, moved, most, there, spread)
        if abs(gain) <= _LEVEL * first:
            break
        if gain > 0.0:
            low = moved
        else:
            high = moved
    return moved


@njit(cache=True, nogil=True)
def _gain(
    n: int,
    extra: float,
    prices: Prices,
    load: NDArray[np.float64],
    scratch: Scratch,
    moved: float,
    most: float,
    there: float,
    spread: float,
) -> tuple[float, float]:
    """Compute what the next to move gains once ``moved`` have, and how fast that falls."""
    gain, slope = extra, 0.0
    for t in range(n):
        k, net = scratch.cell[t], scratch.net[t]
        now = load[k] + net * moved
        if net != 0.0 and now > prices.seats[k]:
            gain -= net * prices.factor[k] * (now - prices.seats[k])
            slope += net * net * prices.factor[k]
            if now > prices.bend[k]:
                gain += net * prices.ease[k] * (now - prices.bend[k])
                slope -= net * net * prices.ease[k]
    if spread > 0.0:
        left, come = max(most - moved, _NOBODY), max(there + moved, _NOBODY)
        gain += spread * (np.log(left) - np.log(come))
        slope += spread * (1.0 / left + 1.0 / come)
    return gain, slope
