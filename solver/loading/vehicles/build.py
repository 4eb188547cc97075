"""Journeys for every minute somebody travels, found with the routing kernels in bulk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from network.base import no_progress
from solver.choice import CostWeights, find_ranges
from solver.choice.parts import build_parts
from solver.choice.searches import OriginSearches
from solver.loading.vehicles._path_kernels import JourneyList, PickRules, Wanted, pick_journeys
from solver.loading.vehicles.joining import NO_OTHER_MIN, GroupPart, join_parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from network import Network
    from network.base import Progress
    from solver.choice import Connectors
    from solver.choice.parts import PartStore
    from solver.choice.searches import Search
    from solver.loading.vehicles.paths import MinuteDemand, RunChoices


@dataclass(frozen=True, slots=True, kw_only=True)
class PathSettings:
    """Which journeys people choose among.

    By default ``wanted_s`` is when to be there: journeys that arrive up to ``look_s`` before
    it count, a minute early weighs ``weights.slack``. With ``by_departure`` it is when they
    set out; a minute's wait for the first ride weighs ``weights.wait``. ``trains_per_route``
    are the runs kept of each way of going, so that a fuller one can be left to others.

    Who is flexible considers arrivals from ``early_s`` before to ``late_s`` after the minute
    wanted, at ``early_weight`` and ``late_weight`` a minute, and keeps ``max_flexible``
    journeys: their hour of travel answers to crowding.

    References
    ----------
    Small, "The scheduling of consumer activities: work trips", American Economic Review
    72(3), 1982, and Arnott, de Palma, Lindsey, "Economics of a bottleneck", Journal of Urban
    Economics 27(1), 1990, doi:10.1016/0094-1190(90)90028-L (0.61 early, 2.4 late).
    """

    earliest_departure_s: int = 4 * 3600 + 1800
    by_departure: bool = False
    max_rides: int = 4
    trains_per_route: int = 2
    max_routes: int = 6
    max_flexible: int = 24
    prune_min: float = 12.0
    look_s: int = 2700
    early_s: int = 3600
    late_s: int = 1800
    early_weight: float = 0.61
    late_weight: float = 2.4
    weights: CostWeights = CostWeights()

    def __post_init__(self) -> None:
        """Refuse settings that make no sense."""
        for name in ("max_rides", "trains_per_route", "max_routes", "max_flexible", "look_s"):
            if getattr(self, name) < 1:
                msg = f"{name} must be at least 1, got {getattr(self, name)}"
                raise ValueError(msg)
        for name in ("prune_min", "early_s", "late_s", "early_weight", "late_weight"):
            if getattr(self, name) < 0:
                msg = f"{name} must not be negative, got {getattr(self, name)}"
                raise ValueError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shared:
    """What every origin needs: its groups (rows of ``keys``), and the searches."""

    searches: OriginSearches
    settings: PathSettings
    relief: Sequence[NDArray[np.bool_]]
    pattern_route: NDArray[np.int32]
    keys: NDArray[np.int64]
    first_group: NDArray[np.int64]


def build_run_choices(
    network: Network,
    connectors: Connectors,
    demand: MinuteDemand,
    *,
    settings: PathSettings,
    relief: Sequence[NDArray[np.bool_]] = (),
    workers: int = 2,
    progress: Progress = no_progress,
    store: PartStore[GroupPart] | None = None,
) -> RunChoices:
    """Build the choice sets of everybody who travels, by single vehicle runs.

    One range search an origin finds all Pareto journeys (departure, arrival, rides) of the
    period to its places; further searches without the routes of each mask of ``relief``
    add ways round lines that are known to be full. Rows alike in origin, place, minute and
    flexibility become one group, so that the result depends neither on the order of the
    rows nor on the number of ``workers`` (threads). Origins that ``store`` holds are not
    searched again; it must be one of these very arguments.

    Raises
    ------
    ValueError
        If rows are flexible and journeys are to be built by departure.
    """
    if settings.by_departure and demand.flexible.any():
        msg = "who sets out at a given minute cannot choose the hour: rows are flexible"
        raise ValueError(msg)
    keys, row_group = _group_rows(demand)
    origins, first = np.unique(keys[:, 0], return_index=True)
    shared = _Shared(
        searches=OriginSearches.over(
            network,
            connectors,
            settings.weights,
            _departures_s(demand, settings),
            max_rides=settings.max_rides,
            latest_arrival_s=_latest_arrival_s(demand, settings),
        ),
        settings=settings,
        relief=relief,
        pattern_route=network.timetable.pattern_route,
        keys=keys,
        first_group=np.append(first, len(keys)),
    )
    parts = build_parts(
        range(len(origins)),
        lambda at: _build_origin(shared, at),
        workers=workers,
        progress=progress,
        store=store,
    )
    return join_parts(network, demand, keys, row_group, parts, settings.by_departure)


def _group_rows(demand: MinuteDemand) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the distinct (origin, place, minute, flexible), sorted, and each row's number."""
    order = np.lexsort((demand.flexible, demand.wanted_s, demand.place, demand.origin))
    columns = np.column_stack(
        [
            np.asarray(values, dtype=np.int64)[order]
            for values in (demand.origin, demand.place, demand.wanted_s, demand.flexible)
        ]
    )
    new = np.ones(len(columns), dtype=np.bool_)
    new[1:] = (columns[1:] != columns[:-1]).any(axis=1)
    row_group = np.empty(len(columns), dtype=np.int64)
    row_group[order] = np.cumsum(new) - 1
    return columns[new], row_group


def _latest_arrival_s(demand: MinuteDemand, settings: PathSettings) -> int | None:
    """Return the latest arrival anybody could want, None where they say when they set out."""
    if settings.by_departure:
        return None
    latest_s = int(demand.wanted_s.max(initial=0))
    return latest_s + (settings.late_s if demand.flexible.any() else 0)


def _departures_s(demand: MinuteDemand, settings: PathSettings) -> NDArray[np.int32]:
    """Return the minutes at which anybody may set out."""
    last_s = _latest_arrival_s(demand, settings)
    if last_s is None:
        last_s = int(demand.wanted_s.max(initial=0)) + settings.look_s + 1
    return np.arange(settings.earliest_departure_s, last_s, 60, dtype=np.int32)


def _build_origin(shared: _Shared, at: int) -> GroupPart:
    first, last = int(shared.first_group[at]), int(shared.first_group[at + 1])
    keys, searches = shared.keys[first:last], shared.searches
    origin = int(keys[0, 0])
    places, target = np.unique(keys[:, 1], return_inverse=True)
    worth = searches.find_worth(origin, places, shared.settings.prune_min)
    done: list[Search] = [(worth, searches.search(origin, places[worth]))]
    found = _pick(shared, origin, places, keys, target, done)
    for mask in shared.relief:
        # Only who takes a line that is known to be full looks for a way round it.
        full = mask[shared.pattern_route[found.leg_pattern]]
        journey = np.repeat(np.arange(len(found.n_legs)), found.n_legs)[full]
        wanted = np.unique(np.searchsorted(places, found.place[journey]))
        if len(wanted):
            done.append((wanted, searches.search(origin, places[wanted], mask)))
    return found if len(done) == 1 else _pick(shared, origin, places, keys, target, done)


def _pick(
    shared: _Shared,
    origin: int,
    places: NDArray[np.int64],
    keys: NDArray[np.int64],
    target: NDArray[np.intp],
    searches: Sequence[Search],
) -> GroupPart:
    """Pick every group's journeys from searches over some of the places each."""
    journeys, cost, signature = shared.searches.merge(origin, places, searches)
    other = shared.searches.other_cost[origin, places]
    size, picked, price = pick_journeys(
        JourneyList(
            journeys.target.astype(np.int32),
            journeys.rank,
            journeys.departure_s,
            journeys.arrival_s,
            cost,
            signature,
        ),
        Wanted(target.astype(np.int32), keys[:, 2].astype(np.int32), keys[:, 3].astype(np.bool_)),
        _rules(shared.settings),
        np.where(other < NO_OTHER_MIN, other, np.inf),
    )
    used, journey = np.unique(picked, return_inverse=True)
    starts, ends = journeys.leg_offset[used], journeys.leg_offset[used + 1]
    legs = find_ranges(starts, ends)
    return GroupPart(
        origin=origin,
        size=size,
        journey=journey.astype(np.int32),
        cost=price,
        other_cost=other[target],
        place=places[journeys.target[used]].astype(np.int32),
        departure_s=journeys.departure_s[used],
        arrival_s=journeys.arrival_s[used],
        access_s=journeys.access_s[used],
        egress_s=journeys.egress_s[used],
        free_min=cost[used],
        n_legs=(ends - starts).astype(np.int64),
        leg_trip=journeys.leg_trip[legs],
        leg_pattern=journeys.leg_pattern[legs],
        leg_board_pos=journeys.leg_board_pos[legs],
        leg_alight_pos=journeys.leg_alight_pos[legs],
    )


def _rules(settings: PathSettings) -> PickRules:
    weights = settings.weights
    return PickRules(
        by_departure=settings.by_departure,
        look_s=settings.look_s,
        off_weight=weights.wait if settings.by_departure else weights.slack,
        early_s=settings.early_s,
        late_s=settings.late_s,
        early_weight=settings.early_weight,
        late_weight=settings.late_weight,
        trains_per_route=settings.trains_per_route,
        max_routes=settings.max_routes,
        max_flexible=settings.max_flexible,
        prune_min=settings.prune_min,
    )
