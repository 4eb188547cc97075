"""Journeys for every minute somebody travels, found with the routing kernels in bulk."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from network.base import no_progress
from network.routing import ProfileWorkspace, search_profile
from solver.choice import WALK, CostWeights, find_ranges, other_cost_min
from solver.choice.journeys import MergedJourneys
from solver.choice.served import least_cost_min
from solver.loading.vehicles._path_kernels import JourneyList, PickRules, Wanted, pick_journeys
from solver.loading.vehicles.joining import NO_OTHER_MIN, GroupPart, join_parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from network import Network
    from network.base import Progress
    from network.routing import ProfileJourneys
    from solver.choice import Connectors
    from solver.loading.vehicles.paths import MinuteDemand, RunChoices

ORIGINS_AT_ONCE = 8


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
    """What every origin needs: groups by origin, weighted connectors, departures."""

    network: Network
    connectors: Connectors
    settings: PathSettings
    relief: Sequence[NDArray[np.bool_]]
    keys: NDArray[np.int64]
    first_group: NDArray[np.int64]
    connector_min: NDArray[np.float64]
    other_cost: NDArray[np.float64]
    least_cost: NDArray[np.float64]
    departures_s: NDArray[np.int32]
    pattern_line: NDArray[np.int64]
    graph_workspace: ProfileWorkspace


def build_run_choices(
    network: Network,
    connectors: Connectors,
    demand: MinuteDemand,
    *,
    settings: PathSettings,
    relief: Sequence[NDArray[np.bool_]] = (),
    workers: int = 2,
    progress: Progress = no_progress,
) -> RunChoices:
    """Build the choice sets of everybody who travels, by single vehicle runs.

    One range search an origin finds all Pareto journeys (departure, arrival, rides) of the
    period to its places; further searches without the routes of each mask of ``relief``
    add ways round lines that are known to be full. Rows alike in origin, place, minute and
    flexibility become one group, so that the result depends neither on the order of the
    rows nor on the number of ``workers`` (threads).

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
    shared = _share(network, connectors, settings, relief, keys, np.append(first, len(keys)))
    chunks = np.array_split(np.arange(len(origins)), max(1, -(-len(origins) // ORIGINS_AT_ONCE)))
    parts: list[GroupPart] = []

    def build_chunk(chunk: NDArray[np.int64]) -> list[GroupPart]:
        workspace = ProfileWorkspace(
            network, settings.max_rides, graph=shared.graph_workspace.graph
        )
        return [_build_origin(shared, int(at), workspace) for at in chunk]

    with ThreadPoolExecutor(max_workers=workers) as pool:
        futures = [pool.submit(build_chunk, chunk) for chunk in chunks]
        try:
            for done, future in enumerate(futures):
                parts.extend(future.result())
                progress("choice", done + 1, len(chunks))
        except BaseException:
            for future in futures:
                future.cancel()
            raise
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


def _share(
    network: Network,
    connectors: Connectors,
    settings: PathSettings,
    relief: Sequence[NDArray[np.bool_]],
    keys: NDArray[np.int64],
    first_group: NDArray[np.int64],
) -> _Shared:
    weights, timetable = settings.weights, network.timetable
    out = np.where(connectors.kind == WALK, weights.walk, weights.wait)
    weighted = (connectors.seconds + (out - 1) * connectors.out_s) / 60
    # Coming by local or other lines is a change; a ride on other lines has changes of its own.
    changes = np.asarray([0.0, 1.0, 1.0 + connectors.other_changes])[connectors.kind]
    weighted += weights.change_min * changes
    matrix = np.full((len(connectors.offset) - 1, timetable.n_stops), np.inf)
    matrix[connectors.place_of_connector(), connectors.stop] = weighted
    other_cost = other_cost_min(connectors, weights)
    lines = timetable.routes.lines
    number = {line: idx for idx, line in enumerate(sorted(set(lines)))}
    route_line = np.asarray([number[line] for line in lines], dtype=np.int64)
    last_s = int(keys[:, 2].max(initial=0)) + settings.look_s + settings.late_s
    return _Shared(
        network=network,
        connectors=connectors,
        settings=settings,
        relief=relief,
        keys=keys,
        first_group=first_group,
        connector_min=matrix,
        other_cost=other_cost,
        least_cost=least_cost_min(timetable, matrix, len(other_cost)),
        departures_s=np.arange(settings.earliest_departure_s, last_s, 60, dtype=np.int32),
        pattern_line=route_line[timetable.pattern_route],
        graph_workspace=ProfileWorkspace(network, settings.max_rides),
    )


def _build_origin(shared: _Shared, at: int, workspace: ProfileWorkspace) -> GroupPart:
    first, last = int(shared.first_group[at]), int(shared.first_group[at + 1])
    keys = shared.keys[first:last]
    origin = int(keys[0, 0])
    places, target = np.unique(keys[:, 1], return_inverse=True)
    other = shared.other_cost[origin, places]
    least = shared.least_cost[origin, places]
    worth = np.flatnonzero(least <= other + shared.settings.prune_min)
    searches = [(worth, _search(shared, origin, places[worth], None, workspace))]
    found = _pick(shared, origin, places, keys, target, searches)
    route = shared.network.timetable.pattern_route
    for mask in shared.relief:
        # Only who takes a line that is known to be full looks for a way round it.
        full = mask[route[found.leg_pattern]]
        journey = np.repeat(np.arange(len(found.n_legs)), found.n_legs)[full]
        wanted = np.unique(np.searchsorted(places, found.place[journey]))
        if len(wanted):
            relief = _search(shared, origin, places[wanted], mask, workspace)
            searches.append((wanted, relief))
    return found if len(searches) == 1 else _pick(shared, origin, places, keys, target, searches)


def _pick(
    shared: _Shared,
    origin: int,
    places: NDArray[np.int64],
    keys: NDArray[np.int64],
    target: NDArray[np.intp],
    searches: Sequence[tuple[NDArray[np.int64], ProfileJourneys]],
) -> GroupPart:
    """Pick every group's journeys from searches over some of the places each."""
    timetable, settings = shared.network.timetable, shared.settings
    journeys = MergedJourneys.of(searches, timetable.pattern_offset, timetable.pattern_stop)
    connectors_min = (
        shared.connector_min[origin, journeys.first_stop],
        shared.connector_min[places[journeys.target], journeys.last_stop],
    )
    cost = journeys.price(timetable, connectors_min, settings.weights)
    signature = journeys.sign(timetable, shared.pattern_line)
    other = shared.other_cost[origin, places]
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
        _rules(settings),
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


def _search(
    shared: _Shared,
    origin: int,
    places: NDArray[np.int64],
    banned: NDArray[np.bool_] | None,
    workspace: ProfileWorkspace,
) -> ProfileJourneys:
    connectors = shared.connectors
    own = slice(connectors.offset[origin], connectors.offset[origin + 1])
    first, last = connectors.offset[places], connectors.offset[places + 1]
    ends = find_ranges(first, last)
    return search_profile(
        shared.network,
        connectors.stop[own],
        connectors.seconds[own],
        np.concatenate(([0], np.cumsum(last - first))).astype(np.int32),
        connectors.stop[ends],
        connectors.seconds[ends],
        shared.departures_s,
        max_rides=shared.settings.max_rides,
        banned_routes=banned,
        workspace=workspace,
    )
