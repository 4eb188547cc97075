"""Equilibrating shifts between slots and between routes, and the bound of given prices.

A *resource* is a cell or a row of a rule: something candidates and routes use, with a price
that rises with its use. See :mod:`solver.staggering.descent.search` for the whole method.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

_TRIES = 6  # of a line search
_LEFT = 0.05  # share of the slope at which a line search ends
_NOBODY = 1e-9  # passengers: groups with fewer take their cheapest route


class Net(NamedTuple):
    """Who uses what; nothing of it changes.

    Candidates of cohort c: ``cohort_at[c]:cohort_at[c + 1]``, each with ``cost`` and use
    ``own_use`` of the resources ``own_of`` (in ``own_at[k]:own_at[k + 1]``), and sending
    ``pax`` to the groups ``group_of`` (in ``group_at``). Routes of group g are
    ``route_at[g]:route_at[g + 1]`` with cost ``free`` and ``use`` of the resources ``use_of``
    (in ``use_at``). Resource i: free up to ``room``; beyond it a unit costs ``jump`` at once
    and ``2 factor`` more for each unit of excess.
    """

    cohort_at: np.ndarray
    cost: np.ndarray
    own_at: np.ndarray
    own_of: np.ndarray
    own_use: np.ndarray
    group_at: np.ndarray
    group_of: np.ndarray
    pax: np.ndarray
    route_at: np.ndarray
    free: np.ndarray
    use_at: np.ndarray
    use_of: np.ndarray
    use: np.ndarray
    room: np.ndarray
    factor: np.ndarray
    jump: np.ndarray


class State(NamedTuple):
    """Where the search stands; kernels change it.

    ``x`` (n_candidates,): shares of the cohorts. ``share`` (n_routes,): split of each group.
    ``demand`` (n_groups,), ``load`` and ``price`` (n_resources,) follow from them. The price
    of the jump is ``centre + stiff * excess``, clipped to [0, jump]. ``change`` and
    ``touched`` are scratch.
    """

    x: np.ndarray
    share: np.ndarray
    demand: np.ndarray
    load: np.ndarray
    price: np.ndarray
    centre: np.ndarray
    stiff: np.ndarray
    change: np.ndarray
    touched: np.ndarray


@njit(cache=True, nogil=True)
def settle(net: Net, state: State) -> None:
    """Compute demand, loads and prices anew from the shares."""
    state.demand[:] = 0.0
    state.load[:] = 0.0
    for k in range(len(state.x)):
        if state.x[k] == 0.0:
            continue
        for i in range(net.group_at[k], net.group_at[k + 1]):
            state.demand[net.group_of[i]] += state.x[k] * net.pax[i]
        for i in range(net.own_at[k], net.own_at[k + 1]):
            state.load[net.own_of[i]] += state.x[k] * net.own_use[i]
    for g in range(len(state.demand)):
        for r in range(net.route_at[g], net.route_at[g + 1]):
            flow = state.share[r] * state.demand[g]
            if flow != 0.0:
                for i in range(net.use_at[r], net.use_at[r + 1]):
                    state.load[net.use_of[i]] += flow * net.use[i]
    for i in range(len(state.load)):
        state.price[i] = _price(net, state, i, state.load[i])


@njit(cache=True, nogil=True)
def sweep(net: Net, state: State, order: np.ndarray, active: np.ndarray) -> None:
    """Visit the cohorts in ``order``: equilibrate their groups' routes, then their slots.

    Every used slot passes share to the cheapest of the used and ``active`` ones
    (n_candidates,), as far as a line search on the smoothed cost says, loads and prices
    following at once. With no candidate active only routes shift.
    """
    most = 0
    for c in range(len(net.cohort_at) - 1):
        most = max(most, net.cohort_at[c + 1] - net.cohort_at[c])
    cost = np.empty(most)
    for at in range(len(order)):
        c = order[at]
        first, last = net.cohort_at[c], net.cohort_at[c + 1]
        best = -1
        for k in range(first, last):
            if state.x[k] == 0.0 and not active[k]:
                continue
            cost[k - first] = _price_candidate(net, state, k)
            if best < 0 or cost[k - first] < cost[best - first]:
                best = k
        if not active[best]:
            continue
        for k in range(first, last):
            if k != best and state.x[k] > 0.0 and cost[k - first] > cost[best - first]:
                _shift_share(net, state, k, best)


@njit(cache=True, nogil=True)
def mark_cheapest(cohort_at: np.ndarray, cost: np.ndarray, n_each: int, active: np.ndarray) -> None:
    """Make each cohort's ``n_each`` cheapest candidates active, of those with a finite cost."""
    active[:] = False
    for c in range(len(cohort_at) - 1):
        for _ in range(n_each):
            best = -1
            for k in range(cohort_at[c], cohort_at[c + 1]):
                cheaper = best < 0 or cost[k] < cost[best]
                if not active[k] and cheaper and cost[k] < np.inf:
                    best = k
            if best >= 0:
                active[best] = True


@njit(cache=True, nogil=True)
def price_all(
    net: Net, price: np.ndarray, group_cost: np.ndarray, cost: np.ndarray, size: np.ndarray
) -> None:
    """Compute what candidates cost at given prices by their groups' cheapest routes.

    Fills ``group_cost`` (n_groups,), ``cost`` (n_candidates,) and ``size``: the sum of the
    absolute values of the terms of ``cost``, by which its rounding error is bounded.
    """
    largest = np.zeros(len(group_cost))
    for g in range(len(group_cost)):
        least = np.inf
        for r in range(net.route_at[g], net.route_at[g + 1]):
            value, terms = net.free[r], abs(net.free[r])
            for i in range(net.use_at[r], net.use_at[r + 1]):
                part = net.use[i] * price[net.use_of[i]]
                value += part
                terms += abs(part)
            least = min(least, value)
            largest[g] = max(largest[g], terms)
        group_cost[g] = least
    for k in range(len(cost)):
        value, terms = net.cost[k], abs(net.cost[k])
        for i in range(net.own_at[k], net.own_at[k + 1]):
            part = net.own_use[i] * price[net.own_of[i]]
            value += part
            terms += abs(part)
        for i in range(net.group_at[k], net.group_at[k + 1]):
            value += net.pax[i] * group_cost[net.group_of[i]]
            terms += net.pax[i] * largest[net.group_of[i]]
        cost[k], size[k] = value, terms


@njit(cache=True, nogil=True)
def _price(net: Net, state: State, i: int, load: float) -> float:
    excess = load - net.room[i]
    start = min(max(state.centre[i] + state.stiff[i] * excess, 0.0), net.jump[i])
    price: float = start + 2.0 * net.factor[i] * max(excess, 0.0)
    return price


@njit(cache=True, nogil=True)
def _price_candidate(net: Net, state: State, k: int) -> float:
    """Return what the whole cohort costs in this slot, its groups' routes equilibrated."""
    value: float = net.cost[k]
    for i in range(net.group_at[k], net.group_at[k + 1]):
        value += net.pax[i] * _equilibrate(net, state, net.group_of[i])
    for i in range(net.own_at[k], net.own_at[k + 1]):
        value += net.own_use[i] * state.price[net.own_of[i]]
    return value


@njit(cache=True, nogil=True)
def _route_cost(net: Net, state: State, r: int) -> float:
    value: float = net.free[r]
    for i in range(net.use_at[r], net.use_at[r + 1]):
        value += net.use[i] * state.price[net.use_of[i]]
    return value


@njit(cache=True, nogil=True)
def _equilibrate(net: Net, state: State, g: int) -> float:
    """Shift a group's passengers to its cheapest route; return a passenger's mean cost."""
    first, last = net.route_at[g], net.route_at[g + 1]
    best, least = first, np.inf
    for r in range(first, last):
        value = _route_cost(net, state, r)
        if value < least:
            best, least = r, value
    if state.demand[g] <= _NOBODY:
        for r in range(first, last):
            state.share[r] = 0.0
        state.share[best] = 1.0
        return least
    moved = False
    for r in range(first, last):
        if r != best and state.share[r] > 0.0:
            moved = True
            _shift_route(net, state, g, r, best)
    if not moved:
        return least
    mean = 0.0
    for r in range(first, last):
        if state.share[r] > 0.0:
            mean += state.share[r] * _route_cost(net, state, r)
    return mean


@njit(cache=True, nogil=True)
def _shift_route(net: Net, state: State, g: int, old: int, new: int) -> None:
    n = 0
    for i in range(net.use_at[new], net.use_at[new + 1]):
        n = _touch(state, n, net.use_of[i], net.use[i])
    for i in range(net.use_at[old], net.use_at[old + 1]):
        n = _touch(state, n, net.use_of[i], -net.use[i])
    flow = state.share[old] * state.demand[g]
    shifted = _line_search(net, state, n, net.free[new] - net.free[old], flow)
    _apply(net, state, n, shifted)
    part = state.share[old] if shifted >= flow else shifted / state.demand[g]
    state.share[old] -= part
    state.share[new] += part


@njit(cache=True, nogil=True)
def _shift_share(net: Net, state: State, old: int, new: int) -> None:
    n = _touch_candidate(net, state, 0, new, 1.0)
    n = _touch_candidate(net, state, n, old, -1.0)
    linear = _linear(net, state, new) - _linear(net, state, old)
    shifted = _line_search(net, state, n, linear, state.x[old])
    _apply(net, state, n, shifted)
    if shifted <= 0.0:
        return
    state.x[old] = 0.0 if shifted >= state.x[old] else state.x[old] - shifted
    state.x[new] += shifted
    for i in range(net.group_at[new], net.group_at[new + 1]):
        state.demand[net.group_of[i]] += shifted * net.pax[i]
    for i in range(net.group_at[old], net.group_at[old + 1]):
        g = net.group_of[i]
        state.demand[g] = max(0.0, state.demand[g] - shifted * net.pax[i])


@njit(cache=True, nogil=True)
def _linear(net: Net, state: State, k: int) -> float:
    """Return what a candidate costs without prices, its groups in their present shares."""
    value: float = net.cost[k]
    for i in range(net.group_at[k], net.group_at[k + 1]):
        g = net.group_of[i]
        for r in range(net.route_at[g], net.route_at[g + 1]):
            value += net.pax[i] * state.share[r] * net.free[r]
    return value


@njit(cache=True, nogil=True)
def _touch_candidate(net: Net, state: State, n: int, k: int, sign: float) -> int:
    for i in range(net.own_at[k], net.own_at[k + 1]):
        n = _touch(state, n, net.own_of[i], sign * net.own_use[i])
    for i in range(net.group_at[k], net.group_at[k + 1]):
        g = net.group_of[i]
        for r in range(net.route_at[g], net.route_at[g + 1]):
            if state.share[r] > 0.0:
                flow = sign * net.pax[i] * state.share[r]
                for j in range(net.use_at[r], net.use_at[r + 1]):
                    n = _touch(state, n, net.use_of[j], flow * net.use[j])
    return n


@njit(cache=True, nogil=True)
def _touch(state: State, n: int, resource: int, amount: float) -> int:
    """Note a change of use of a resource; return how many are noted."""
    if state.change[resource] == 0.0:
        state.touched[n] = resource
        n += 1
    state.change[resource] += amount
    if state.change[resource] == 0.0:
        state.change[resource] = 1e-300  # noted already, though it cancels out
    return n


@njit(cache=True, nogil=True)
def _slope(net: Net, state: State, n: int, linear: float, t: float) -> float:
    value = linear
    for j in range(n):
        i = state.touched[j]
        value += state.change[i] * _price(net, state, i, state.load[i] + t * state.change[i])
    return value


@njit(cache=True, nogil=True)
def _curvature(net: Net, state: State, n: int) -> float:
    value = 0.0
    for j in range(n):
        i = state.touched[j]
        excess = state.load[i] - net.room[i]
        start = state.centre[i] + state.stiff[i] * excess
        steep = state.stiff[i] if 0.0 < start < net.jump[i] else 0.0
        if excess > 0.0:
            steep += 2.0 * net.factor[i]
        value += state.change[i] ** 2 * steep
    return value


@njit(cache=True, nogil=True)
def _line_search(net: Net, state: State, n: int, linear: float, most: float) -> float:
    """Return how far to go along the noted change, at most ``most``: where the slope ends.

    A Newton step first, then false position within the bracket (Illinois rule).
    """
    low, slope_low = 0.0, _slope(net, state, n, linear, 0.0)
    if slope_low >= 0.0:
        return 0.0
    enough = -_LEFT * slope_low
    curvature = _curvature(net, state, n)
    t = -slope_low / curvature if curvature > 0.0 else most
    high, slope_high = most, np.inf
    if t >= most:
        slope_high = _slope(net, state, n, linear, most)
        if slope_high <= 0.0:
            return most
        t = low + (high - low) * slope_low / (slope_low - slope_high)
    for _ in range(_TRIES):
        slope = _slope(net, state, n, linear, t)
        if abs(slope) <= enough:
            return t
        if slope < 0.0:
            low, slope_low = t, slope
            if slope_high == np.inf:
                slope_high = _slope(net, state, n, linear, most)
                if slope_high <= 0.0:
                    return most
            else:
                slope_high *= 0.5
        else:
            high, slope_high = t, slope
            slope_low *= 0.5
        t = low + (high - low) * slope_low / (slope_low - slope_high)
    return t


@njit(cache=True, nogil=True)
def _apply(net: Net, state: State, n: int, t: float) -> None:
    """Move along the noted change and clear it."""
    for j in range(n):
        i = state.touched[j]
        if t > 0.0:
            state.load[i] += t * state.change[i]
            state.price[i] = _price(net, state, i, state.load[i])
        state.change[i] = 0.0
