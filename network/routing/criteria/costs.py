"""What an itinerary costs beside time and rides: walking, crowding, CO2, generalised cost."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from network.base import Problem, distance_m
from network.base.errors import NetworkInputError
from network.routing.criteria._bag_kernels import CostTerms
from network.routing.emissions import compute_grams, name_vehicle
from network.routing.loads import (
    FULL,
    CrowdingCurve,
    RideSums,
    SegmentLoads,
    compute_density,
    compute_sums,
    find_calls,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from network.routing.emissions import EmissionFactor
    from network.routing.engines.compiled import RoutingGraph
    from network.timetable import Timetable

_MAX_WEIGHT = 10.0
_MILLI = 1000
TICK_G = 0.1
"""Grams that CO2 is counted in."""


class Criterion(StrEnum):
    """A cost of an itinerary, counted from leaving the origin; the less the better."""

    WALKING = "walking"
    CROWDED = "crowded"
    CO2 = "co2"
    GENERALISED = "generalised"

    @property
    def unit(self) -> str:
        """The unit that results are given in."""
        return _UNITS[self]


_STEPS = (
    ("co2_step_g", TICK_G, 1000.0),
    ("walking_step_s", 1, 3600),
    ("crowded_step_s", 1, 3600),
    ("generalised_step_s", 1 / _MILLI, 3600.0),
)
_UNITS = {
    Criterion.WALKING: "s",
    Criterion.CROWDED: "s",
    Criterion.CO2: "g CO2e",
    Criterion.GENERALISED: "s of seated ride",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What a second of each thing weighs in generalised cost, in seconds of seated ride.

    ``transfer_s`` is what each boarding after the first weighs beside its seconds. The defaults
    are those that the choice of routes uses.

    Raises
    ------
    NetworkInputError
        If a weight is not between 0 and 10, or the penalty not between 0 and 3600 s.

    References
    ----------
    Usual appraisal ranges (waiting 1.5 to 2.5, a change 4 to 8 minutes), as reviewed in
    Wardman, Chintakayala, de Jong, "Values of travel time in Europe: Review and
    meta-analysis", Transportation Research Part A 94, 2016, doi:10.1016/j.tra.2016.08.019.
    """

    riding: float = 1.0
    waiting: float = 1.5
    walking: float = 1.5
    transfer_s: float = 300.0

    def __post_init__(self) -> None:
        """Refuse weights out of range, all at once."""
        limits = {"riding": _MAX_WEIGHT, "waiting": _MAX_WEIGHT, "walking": _MAX_WEIGHT,
                  "transfer_s": 3600.0}  # fmt: skip
        problems = [
            Problem(
                file="<weights>",
                field=name,
                found=str(getattr(self, name)),
                expected=f"a number from 0 to {limit:g}",
                mend="Weights are by second; the penalty of a change is in seconds.",
            )
            for name, limit in limits.items()
            if not (math.isfinite(getattr(self, name)) and 0 <= getattr(self, name) <= limit)
        ]
        if problems:
            raise NetworkInputError(*problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class CostRules:
    """How costs are counted.

    Walking is every second of access, egress and changes between two stops, a change's
    minimum time included; a change at one stop is waiting. Crowded seconds are those in
    segments whose load factor is ``crowded_from`` or more, none without ``loads``. CO2 needs
    ``factors`` by vehicle; a ride whose vehicle has none counts as the largest of the vehicles
    that run on the network: want of a figure is no advantage. It is counted in tenths of a gram
    from a pattern's first call to each.
    Generalised cost weighs riding (times ``curve`` where there are loads), waiting, walking and
    changes by ``weights``; one does not wait before the first ride, and a seat kept between two
    trips is a ride that nobody crowds.

    Whole itineraries are compared in steps, rounded up: of ``walking_step_s``,
    ``crowded_step_s`` and ``generalised_step_s`` seconds and ``co2_step_g`` grams. Coarser ones
    give fewer answers, each of which no other beats by its steps; nothing is rounded on the way.
    Unless ``rides_back``, ways are left out that ride back over a station that an earlier
    vehicle of theirs came by, if one could get off there and be no later: they save no more than
    a walk across that station.
    """

    weights: Weights = Weights()
    loads: SegmentLoads | None = None
    crowded_from: float = FULL
    curve: CrowdingCurve = CrowdingCurve()
    factors: Mapping[str, EmissionFactor] | None = None
    co2_step_g: float = 0.1
    walking_step_s: int = 1
    crowded_step_s: int = 1
    generalised_step_s: float = 0.001
    rides_back: bool = True

    def count_steps(self, criteria: Sequence[Criterion]) -> NDArray[np.int64]:
        """Return the steps of two costs as the search counts them, shape (2,)."""
        counted = {
            Criterion.WALKING: self.walking_step_s,
            Criterion.CROWDED: self.crowded_step_s,
            Criterion.CO2: self.co2_step_g / TICK_G,
            Criterion.GENERALISED: self.generalised_step_s * _MILLI,
        }
        steps = [max(1, round(counted[c])) for c in criteria]
        return np.array(steps + [1] * (2 - len(steps)), dtype=np.int64)

    def in_units(self, criterion: Criterion, cost: int) -> float:
        """Return a cost as the search counts it in the unit of its criterion."""
        if criterion is Criterion.CO2:
            return round(cost * TICK_G, 1)
        return cost / _MILLI if criterion is Criterion.GENERALISED else float(cost)

    def count_walk(self, criterion: Criterion, seconds: int) -> int:
        """Return what walking for some seconds costs, as the search counts it."""
        return seconds * _walk_rate(criterion, self.weights)


def build_terms(graph: RoutingGraph, criteria: Sequence[Criterion], rules: CostRules) -> CostTerms:
    """Build what the kernels count one or two criteria with.

    Raises
    ------
    NetworkInputError
        If there are not one or two different criteria, loads do not fit the timetable, or CO2
        is asked for without factors.
    """
    _validate(graph.network.timetable, criteria, rules)
    weights = rules.weights
    generalised = [c is Criterion.GENERALISED for c in criteria] + [False] * (2 - len(criteria))
    tables = [_extra(graph, c, rules) for c in criteria] + [None] * (2 - len(criteria))
    by_pattern = np.array([c is Criterion.CO2 for c in criteria] + [False] * (2 - len(criteria)))
    by_trip = np.array([t is not None for t in tables]) & ~by_pattern
    none = np.zeros(0, dtype=np.int32)
    filled = [t or RideSums(on_arriving=none, on_leaving=none) for t in tables]

    def only_generalised(value: float) -> NDArray[np.int64]:
        return np.array([round(_MILLI * value) if g else 0 for g in generalised], dtype=np.int64)

    walk = [_walk_rate(c, weights) for c in criteria] + [0] * (2 - len(criteria))
    return CostTerms(
        ride=only_generalised(weights.riding),
        wait=only_generalised(weights.waiting),
        walk=np.array(walk, dtype=np.int64),
        change=only_generalised(weights.transfer_s),
        by_trip=by_trip,
        by_pattern=by_pattern,
        extra_in_0=filled[0].on_arriving,
        extra_out_0=filled[0].on_leaving,
        extra_in_1=filled[1].on_arriving,
        extra_out_1=filled[1].on_leaving,
        every_trip=bool(by_trip.any() or any(generalised)),
    )


def _walk_rate(criterion: Criterion, weights: Weights) -> int:
    if criterion is Criterion.WALKING:
        return 1
    return round(_MILLI * weights.walking) if criterion is Criterion.GENERALISED else 0


def _validate(timetable: Timetable, criteria: Sequence[Criterion], rules: CostRules) -> None:
    if not 1 <= len(set(criteria)) == len(criteria) <= 2:
        names = ", ".join(criteria) or "none"
        raise _refused("criteria", names, "one criterion or two different ones")
    if Criterion.CO2 in criteria and rules.factors is None:
        raise _refused("factors", "none", "emission factors by vehicle")
    for name, least, most in _STEPS:
        step = getattr(rules, name)
        if not least <= step <= most:
            raise _refused(name, f"{step}", f"{least:g} to {most:g}")
    if rules.loads is not None:
        rules.loads.refuse_other(timetable)


def _extra(graph: RoutingGraph, criterion: Criterion, rules: CostRules) -> RideSums | None:
    """Return what riding adds beside its seconds, as the graph lies; None where nothing."""
    timetable = graph.network.timetable
    if criterion is Criterion.CO2:
        return _emitted(graph, rules.factors or {})
    if criterion is Criterion.WALKING or rules.loads is None:
        return None
    if criterion is Criterion.CROWDED:
        crowded = rules.loads.load_factor >= np.float32(rules.crowded_from)
        return _as_graph(graph, compute_sums(timetable, crowded.astype(np.int64)))
    multiplier = rules.curve.at(compute_density(timetable, rules.loads))
    rate = np.rint(_MILLI * rules.weights.riding * (multiplier - 1)).astype(np.int64)
    return _as_graph(graph, compute_sums(timetable, rate))


def _as_graph(graph: RoutingGraph, sums: RideSums) -> RideSums:
    """Return sums along trips in the order of the graph's trips."""
    timetable = graph.network.timetable
    if graph.arrival_s is timetable.arrival_s:
        return sums
    lengths = np.repeat(np.diff(graph.pattern_offset), np.diff(graph.pattern_trip_offset))
    _, start = find_calls(timetable)
    first = np.cumsum(lengths) - lengths
    place = np.arange(int(lengths.sum())) + np.repeat(start[graph.trip_of] - first, lengths)
    return RideSums(on_arriving=sums.on_arriving[place], on_leaving=sums.on_leaving[place])


def compute_call_metres(timetable: Timetable) -> NDArray[np.float64]:
    """Compute the metres from a pattern's first call to each, aligned with ``pattern_stop``.

    Along the shape where it leads on from one call to the next, else straight.
    """
    stop = timetable.pattern_stop
    stops = timetable.stops
    hop = np.zeros(len(stop))
    hop[1:] = distance_m(
        stops.lat[stop[:-1]], stops.lon[stop[:-1]], stops.lat[stop[1:]], stops.lon[stop[1:]]
    )
    shapes = timetable.shapes
    if shapes is not None and len(shapes.lat):
        drawn = np.zeros(len(shapes.lat))
        drawn[1:] = np.cumsum(
            distance_m(shapes.lat[:-1], shapes.lon[:-1], shapes.lat[1:], shapes.lon[1:])
        )
        pattern = np.repeat(np.arange(timetable.n_patterns), np.diff(timetable.pattern_offset))
        place = np.clip(shapes.offset[pattern] + shapes.stop_point, 0, len(drawn) - 1)
        leads_on = np.zeros(len(stop), dtype=np.bool_)
        leads_on[1:] = (shapes.stop_point[:-1] >= 0) & (
            shapes.stop_point[1:] > shapes.stop_point[:-1]
        )
        hop[1:][leads_on[1:]] = np.diff(drawn[place])[leads_on[1:]]
    hop[timetable.pattern_offset[:-1]] = 0
    total = np.cumsum(hop)
    n_calls = np.diff(timetable.pattern_offset)
    metres: NDArray[np.float64] = total - np.repeat(total[timetable.pattern_offset[:-1]], n_calls)
    return metres


def _emitted(graph: RoutingGraph, factors: Mapping[str, EmissionFactor]) -> RideSums:
    """Return tenths of grams from each pattern's first call on, by call of the graph's patterns."""
    timetable = graph.network.timetable
    by_route = [_grams_km(int(kind), factors) for kind in timetable.routes.types]
    worst = max((g for g in by_route if g is not None), default=0.0)
    grams_km = np.array([worst if g is None else g for g in by_route])
    n_calls = np.diff(timetable.pattern_offset)
    route = np.repeat(timetable.pattern_route, n_calls)
    grams = grams_km[route] * compute_call_metres(timetable) / 1000
    steps = np.rint(grams / TICK_G).astype(np.int32)
    lengths = n_calls[graph.pattern_of]
    first = np.cumsum(lengths) - lengths
    start = timetable.pattern_offset[graph.pattern_of]
    place = np.arange(int(lengths.sum())) + np.repeat(start - first, lengths)
    return RideSums(on_arriving=steps[place], on_leaving=steps[place])


def _grams_km(route_type: int, factors: Mapping[str, EmissionFactor]) -> float | None:
    vehicle = name_vehicle(route_type)
    return None if vehicle is None else compute_grams(factors.get(vehicle), 1000.0)


def _refused(field: str, found: str, expected: str) -> NetworkInputError:
    return NetworkInputError(
        Problem(
            file="find_itineraries_by",
            field=field,
            found=found,
            expected=expected,
            mend="See network.routing.criteria.costs for what can be asked.",
        )
    )
