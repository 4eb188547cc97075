"""Ask the network for what a query wants: itineraries by all modes, and what is said of them."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from api.itinerary_night import put_mark, take_mark
from api.itinerary_query import PAGE
from api.itinerary_rules import STREET_AND_TRANSIT, read_options, refuse_crowding
from network.base.kept import Kept
from network.readers.emissions import read_emission_factors
from network.routing import (
    find_first,
    find_itineraries,
    find_itineraries_arriving,
    find_itineraries_range,
    find_last,
    find_page,
)
from network.routing.criteria.costs import TICK_G, CostRules, Criterion
from network.routing.criteria.search import find_itineraries_by, find_itineraries_range_by
from network.routing.criteria.ways import CriteriaWorkspace
from network.routing.emissions import compute_grams_by_leg
from network.routing.modes.combined import find_combined
from network.routing.modes.combined_answers import CombinedOptions, Mode
from network.routing.travellers import DEFAULT, SLOW, WHEELCHAIR, keep_loads, network_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api.itinerary_clock import DayClock
    from api.itinerary_query import ItineraryQuery, TravelMode
    from network import Network
    from network.routing import Itinerary, ItinerarySearch, NoAnswer, Place, SearchOptions
    from network.routing.criteria.search import CriteriaSearch, RatedItinerary
    from network.routing.loads import SegmentLoads
    from network.routing.modes.no_way import NoWay
    from network.routing.modes.park_and_ride import CarPark
    from network.routing.travellers import Traveller
    from scenarios.report import Catalogue

# Judgements: ways that differ by less than this are not told apart, less still where two costs
# pull apart; and nobody arrives more than half an hour later to walk or emit less.
STEPS: Mapping[Criterion, float] = {
    Criterion.WALKING: 60,
    Criterion.CROWDED: 60,
    Criterion.CO2: 25.0,
    Criterion.GENERALISED: 60.0,
}
"""Steps that whole itineraries are compared in by one cost, in its unit; twice that by two."""
_WITHIN_S = 1800
_KEPT_WORKSPACES = 4
_MODES: dict[TravelMode, Mode] = {
    "bike-transit": Mode.BIKE_PARKED,
    "bike-carried": Mode.BIKE_CARRIED,
    "park-and-ride": Mode.PARK_AND_RIDE,
}
_TRAVELLERS = {"default": DEFAULT, "slow": SLOW, "wheelchair": WHEELCHAIR}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A query made ready: the network as the traveller uses it, places, seconds, limits.

    ``whole_network`` is the territory's, whoever travels. ``time_s`` is when one leaves, or has
    to be there where the query says so; None where the query names no time.
    """

    query: ItineraryQuery
    network: Network
    whole_network: Network
    traveller: Traveller
    origin: Place
    destination: Place
    time_s: int | None
    options: SearchOptions
    loads: SegmentLoads | None
    words: Catalogue
    car_parks: tuple[CarPark, ...] = ()

    @property
    def is_arrival(self) -> bool:
        """Whether the time is that of being there."""
        return self.query.arrive is not None

    @property
    def latest_s(self) -> int | None:
        """End of the window of departures, None without one."""
        window_min = self.query.window_min
        if window_min is None or self.time_s is None or self.is_arrival:
            return None
        return self.time_s + 60 * window_min


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An itinerary, the modes it goes by, and its costs by the criteria asked for."""

    mode: TravelMode
    itinerary: Itinerary
    costs: tuple[tuple[Criterion, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Itineraries, or why there are none; cursors of pages; why a mode has none."""

    answers: tuple[Answer, ...] = ()
    direct_walk: Itinerary | None = None
    reason: NoAnswer | None = None
    next: str | None = None
    previous: str | None = None
    no_ways: Mapping[TravelMode, NoWay] = field(default_factory=dict)


def ask(
    network: Network,
    query: ItineraryQuery,
    ends: tuple[Place, Place],
    clock: DayClock,
    loads: SegmentLoads | None,
    words: Catalogue,
) -> Question:
    """Make a query ready to be searched.

    Raises
    ------
    InputError
        If clocks skip the time, or the network lacks a route or loads that are asked for.
    """
    if loads is None:
        refuse_crowding(query, words)
    traveller = replace(_TRAVELLERS[query.traveller], accept_unknown=query.accept_unknown)
    time_s = None
    if query.depart is not None:
        time_s = clock.read(query.depart, "depart")
    elif query.arrive is not None:
        time_s = clock.read(query.arrive, "arrive")
    return Question(
        query=query,
        network=network_for(network, traveller),
        whole_network=network,
        traveller=traveller,
        origin=ends[0],
        destination=ends[1],
        time_s=time_s,
        options=read_options(query, network.timetable.routes, words),
        loads=None if loads is None else keep_loads(network, traveller, loads),
        words=words,
    )


def find(question: Question) -> Found:
    """Find the itineraries by transit, and by bicycle or car and transit where asked for."""
    query = question.query
    found = Found()
    if query.allows("transit"):
        found = _find_criteria(question) if query.criteria else _find_transit(question)
    if any(query.allows(mode) for mode in STREET_AND_TRANSIT):
        found = _add_combined(question, found)
    return found


def find_plain(question: Question, options: SearchOptions) -> ItinerarySearch:
    """Find itineraries by transit at the time asked for, with other limits than the query's."""
    network, ends = question.network, (question.origin, question.destination)
    query = question.query
    if query.first:
        return find_first(network, *ends, options=options)
    if query.last:
        return find_last(network, *ends, options=options)
    time_s = question.time_s or 0
    if question.is_arrival:
        window_s = None if query.window_min is None else 60 * query.window_min
        return find_itineraries_arriving(
            network, *ends, arrival_s=time_s, window_s=window_s, options=options
        )
    if question.latest_s is not None:
        return find_itineraries_range(
            network, *ends, earliest_s=time_s, latest_s=question.latest_s, options=options
        )
    return find_itineraries(network, *ends, departure_s=time_s, options=options)


def _find_transit(question: Question) -> Found:
    query, options = question.query, question.options
    if query.page is None and query.after is None:
        search = find_plain(question, options)
        itineraries, walk = search.itineraries, search.direct_walk
        is_whole = not (query.first or query.last)
        if walk is not None and walk not in itineraries and (is_whole or not itineraries):
            itineraries = (walk, *itineraries)
        return Found(
            answers=_by_transit(itineraries),
            direct_walk=walk,
            reason=None if itineraries else search.reason,
        )
    time = {} if query.after else {"arrival_s" if question.is_arrival else "departure_s":
                                   question.time_s}  # fmt: skip
    page = find_page(
        question.network,
        question.origin,
        question.destination,
        cursor=take_mark(query.after),
        n_itineraries=query.page or PAGE,
        options=options,
        **time,
    )
    itineraries = page.itineraries
    if not itineraries and page.direct_walk is not None and query.after is None:
        itineraries = (page.direct_walk,)
    return Found(
        answers=_by_transit(itineraries),
        direct_walk=page.direct_walk,
        reason=None if itineraries else page.reason,
        next=put_mark(page.next, query),
        previous=put_mark(page.previous, query),
    )


def _by_transit(itineraries: tuple[Itinerary, ...]) -> tuple[Answer, ...]:
    return tuple(
        Answer(mode="transit" if one.rides else "walk", itinerary=one) for one in itineraries
    )


def _find_criteria(question: Question) -> Found:
    criteria = tuple(Criterion(name) for name in question.query.criteria)
    options, time_s = question.options, question.time_s or 0
    steps = list_steps(criteria)
    rules = CostRules(
        weights=question.traveller.weights,
        loads=question.loads,
        factors=read_emission_factors(),
        co2_step_g=steps.get(Criterion.CO2, TICK_G),
        walking_step_s=int(steps.get(Criterion.WALKING, 1)),
        crowded_step_s=int(steps.get(Criterion.CROWDED, 1)),
        generalised_step_s=steps.get(Criterion.GENERALISED, 1.0),
        rides_back=False,
    )
    workspace = _find_workspace(question, criteria, rules)
    ends = question.network, question.origin, question.destination
    search: CriteriaSearch
    if question.latest_s is None:
        search = find_itineraries_by(
            *ends,
            departure_s=time_s,
            criteria=criteria,
            max_rides=options.max_rides,
            max_access_s=options.max_access_s,
            max_direct_walk_s=options.max_direct_walk_s,
            within_s=_WITHIN_S,
            workspace=workspace,
        )
    else:
        search = find_itineraries_range_by(
            *ends,
            earliest_s=time_s,
            latest_s=question.latest_s,
            criteria=criteria,
            max_rides=options.max_rides,
            max_access_s=options.max_access_s,
            max_direct_walk_s=options.max_direct_walk_s,
            within_s=_WITHIN_S,
            workspace=workspace,
        )
    rated = search.itineraries
    walk = search.direct_walk
    if walk is not None and walk not in rated:
        rated = (walk, *rated)
    is_range = question.latest_s is not None
    return Found(
        answers=_leave_out_beaten([_rate(one, criteria) for one in rated], by_leaving=is_range),
        direct_walk=None if walk is None else walk.itinerary,
        reason=search.reason,
    )


def list_steps(criteria: tuple[Criterion, ...]) -> dict[Criterion, float]:
    """Return the steps that itineraries are compared in, by cost, in its unit."""
    return {criterion: len(criteria) * STEPS[criterion] for criterion in criteria}


def _rate(rated: RatedItinerary, criteria: tuple[Criterion, ...]) -> Answer:
    """Return an itinerary with its costs; its grams those of its legs as they are drawn."""
    grams = compute_grams_by_leg(rated.itinerary, read_emission_factors())
    known = [g for g in grams if g is not None]
    exact = {Criterion.CO2: round(sum(known), 1)} if len(known) == len(grams) else {}
    return Answer(
        mode="transit" if rated.itinerary.rides else "walk",
        itinerary=rated.itinerary,
        costs=tuple((c, exact.get(c, cost)) for c, cost in zip(criteria, rated.costs, strict=True)),
    )


def _leave_out_beaten(answers: list[Answer], *, by_leaving: bool) -> tuple[Answer, ...]:
    """Return the answers that no other beats by what they cost in all, of equals the first.

    Grams of legs as they are drawn differ a little from those that the search counts, by a
    pattern's calls; and whoever walks all the way is compared as well.
    """
    steps = list_steps(tuple(criterion for criterion, _ in answers[0].costs)) if answers else {}

    def count(criterion: Criterion, cost: float) -> float:
        return math.ceil(round(cost / steps[criterion], 6))

    def measure(one: Answer) -> tuple[float, ...]:
        found = one.itinerary
        leave = -found.departure_s if by_leaving else 0
        return leave, found.arrival_s, found.n_rides, *(count(*cost) for cost in one.costs)

    measured = [(measure(one), one) for one in answers]
    kept = []
    for place, (mine, one) in enumerate(measured):
        if not any(
            all(a <= b for a, b in zip(other, mine, strict=True)) and (other != mine or i < place)
            for i, (other, _) in enumerate(measured)
        ):
            kept.append(one)
    return tuple(kept)


def _find_workspace(
    question: Question, criteria: tuple[Criterion, ...], rules: CostRules
) -> CriteriaWorkspace:
    """Find what this thread searched with before by the same criteria, or make it."""
    network, max_rides = question.network, question.options.max_rides
    parts = (network,) if rules.loads is None else (network, rules.loads)
    return _workspaces.find(
        parts,
        lambda: CriteriaWorkspace(network, criteria, rules=rules, max_rides=max_rides),
        values=(criteria, rules.weights, max_rides, threading.get_ident()),
    )


_workspaces: Kept[CriteriaWorkspace] = Kept(_KEPT_WORKSPACES)


def _add_combined(question: Question, found: Found) -> Found:
    """Add the itineraries that go by bicycle or car and by transit."""
    query, options = question.query, question.options
    asked = [mode for mode in STREET_AND_TRANSIT if query.allows(mode)]
    names = {_MODES[mode]: mode for mode in asked}
    search = find_combined(
        question.network,
        question.origin,
        question.destination,
        departure_s=None if question.is_arrival else question.time_s,
        arrival_s=question.time_s if question.is_arrival else None,
        latest_s=question.latest_s,
        modes=tuple(names),
        car_parks=question.car_parks,
        options=CombinedOptions(
            max_rides=options.max_rides,
            max_walk_s=options.max_access_s,
            max_direct_walk_s=options.max_direct_walk_s,
            accept_unknown_bikes=query.accept_unknown,
        ),
    )
    answers = [
        *found.answers,
        *(Answer(mode=names[one.mode], itinerary=one.itinerary) for one in search.itineraries),
    ]
    answers.sort(key=lambda one: _order(question, one.itinerary))
    return replace(
        found,
        answers=tuple(answers),
        no_ways={names[mode]: reason for mode, reason in search.reasons.items() if mode in names},
    )


def _order(question: Question, itinerary: Itinerary) -> tuple[int, int]:
    if question.is_arrival:
        return -itinerary.departure_s, itinerary.n_rides
    if question.latest_s is not None:
        return itinerary.departure_s, itinerary.arrival_s
    return itinerary.arrival_s, itinerary.n_rides
