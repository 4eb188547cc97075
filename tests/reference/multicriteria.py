"""Itineraries by arrival, rides and costs, from the definition: every way is tried, all kept.

Every boarding and every alighting of every run, every change between two runs, each way's costs
added up leg by leg; only at the end are those left out that another beats.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from tests.reference.transfers import change_s, list_runs

Costs = tuple[int, ...]


@dataclass(frozen=True)
class Prices:
    """What a second of riding, waiting and walking and a change cost, by criterion.

    ``extra`` is what riding a trip (trip_idx) from one of its calls to another adds.
    """

    riding: Costs
    waiting: Costs
    walking: Costs
    change: Costs
    extra: Callable[[int, int, int], Costs]


@dataclass(frozen=True)
class Tried:
    """A way: what it is compared by, and when it leaves."""

    arrival_s: int
    n_rides: int
    costs: Costs
    departure_s: int

    def is_as_good_as(self, other: "Tried") -> bool:
        return (
            self.arrival_s <= other.arrival_s
            and self.n_rides <= other.n_rides
            and all(a <= b for a, b in zip(self.costs, other.costs, strict=True))
        )


def every_way(network, access, egress, departure_s, max_rides, prices):
    """Return every way from stops to stops (seconds by stop_idx) that rides at least once."""
    runs = list_runs(network.timetable)
    boarded = {
        (r, i, _leaves(runs, r, i) - access[stop], _times(prices.walking, access[stop]))
        for r, run in enumerate(runs)
        for i, (stop, _, _, may_board, _) in enumerate(run.calls)
        if may_board and stop in access and departure_s + access[stop] <= _leaves(runs, r, i)
    }
    ways = set()
    for n_rides in range(1, max_rides + 1):
        alighted = {
            (*end, departure, _sum(costs, spent))
            for r, i, departure, costs in boarded
            for *end, spent in _rides(runs, r, i, prices)
        }
        for r, j, arrival, departure, costs in alighted:
            stop = runs[r].calls[j][0]
            if stop in egress:
                there = _sum(costs, _times(prices.walking, egress[stop]))
                ways.add(Tried(arrival + egress[stop], n_rides, there, departure))
        boarded = {
            (b, i, departure, _sum(costs, spent))
            for r, j, arrival, departure, costs in alighted
            for b, i, spent in _changes(network, runs, r, j, arrival, prices)
        }
    return ways


def leave_out_beaten(ways, *, within_s=None, walk=None, step_s=1, cost_steps=None):
    """Return the ways that none beats, of equals the one that leaves last, and no direct walk.

    Those count that arrive within ``within_s`` of the earliest; ``walk`` is a way of no ride.
    Arrivals are those in steps of ``step_s``, and costs in ``cost_steps``, rounded up.
    """
    every = ways if walk is None else {*ways, walk}
    if within_s is not None and every:
        last_s = min(way.arrival_s for way in every) + within_s
        every = {way for way in every if way.arrival_s <= last_s}
    every = {
        replace(
            way,
            arrival_s=_round_up(way.arrival_s, step_s),
            costs=way.costs
            if cost_steps is None
            else tuple(_round_up(c, s) for c, s in zip(way.costs, cost_steps, strict=True)),
        )
        for way in every
    }
    best: dict[tuple[int, int, Costs], Tried] = {}
    for way in every:
        if not any(o.is_as_good_as(way) and not way.is_as_good_as(o) for o in every):
            key = (way.arrival_s, way.n_rides, way.costs)
            best[key] = max(best.get(key, way), way, key=lambda w: w.departure_s)
    return {way for way in best.values() if way.n_rides > 0}


def _round_up(value, step):
    return -(-value // step) * step


def _leaves(runs, r, i):
    """Return when a run leaves a call; its last, as whichever trip goes first."""
    leaves_s = runs[r].calls[i][2]
    if i == len(runs[r].calls) - 1 and runs[r].following >= 0:
        leaves_s = min(leaves_s, runs[runs[r].following].calls[0][2])
    return leaves_s


def _rides(runs, r, i, prices):
    """Yield (run, call, arrival, costs) of every alighting from a boarding, seats kept too.

    Who got on at the last call of a run stays on board for a hop of what it goes on as.
    """
    boarding_s = _leaves(runs, r, i)
    last = len(runs[r].calls) - 1
    skipped = int(i == last)
    for j in range(i + 1, last + 1):
        if runs[r].calls[j][4]:
            arrival = runs[r].calls[j][1]
            ridden = _times(prices.riding, arrival - boarding_s)
            yield r, j, arrival, _sum(ridden, prices.extra(r, i, j))
    before, extra = r, prices.extra(r, i, last)
    while runs[before].following >= 0:
        here, end_s = runs[before].following, runs[before].calls[-1][1]
        for j, call in enumerate(runs[here].calls):
            if call[4] and j >= skipped:
                arrival = max(call[1], end_s)
                ridden = _times(prices.riding, arrival - boarding_s)
                yield here, j, arrival, _sum(_sum(ridden, extra), prices.extra(here, 0, j))
        extra = _sum(extra, prices.extra(here, 0, len(runs[here].calls) - 1))
        before, skipped = here, 0


def _changes(network, runs, r, j, arrival, prices):
    """Yield (run, call, costs) of every boarding that a change from an alighting leads to."""
    stop_a = runs[r].calls[j][0]
    for b, run in enumerate(runs):
        for i, (stop, _, _, may_board, _) in enumerate(run.calls):
            leaves = _leaves(runs, b, i)
            if not may_board or leaves < arrival:
                continue
            seconds = change_s(network, runs[r], stop_a, run, stop)
            if seconds is None or arrival + seconds > leaves:
                continue
            walked = seconds if stop != stop_a else 0
            waited = leaves - arrival - walked
            spent = _sum(_times(prices.walking, walked), _times(prices.waiting, waited))
            yield b, i, _sum(spent, prices.change)


def _times(rate: Costs, seconds: int) -> Costs:
    return tuple(r * seconds for r in rate)


def _sum(a: Costs, b: Costs) -> Costs:
    return tuple(x + y for x, y in zip(a, b, strict=True))
