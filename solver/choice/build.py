"""Build the choice sets of every origin with the routing kernels, in bulk."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from network.base import no_progress
from network.routing import ProfileWorkspace, search_profile
from solver.choice._choice_kernels import (
    CellGrid,
    ChoiceRules,
    JourneyArrays,
    TripArrays,
    collect_alternatives,
)
from solver.choice.access import WALK
from solver.choice.alternatives import Alternatives, ChoiceSettings, find_ranges
from solver.choice.journeys import MergedJourneys
from solver.choice.served import least_cost_min

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from network import Network
    from network.base import Progress
    from network.routing import ProfileJourneys
    from solver.choice.access import Connectors
    from solver.choice.alternatives import CostWeights
    from solver.choice.cells import Cells


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceInputs:
    """What the choice sets of all origins share.

    ``pair_origin`` and ``pair_place`` are the pairs wanted, each once, in any order;
    ``relief`` holds masks by ``route_idx`` of routes that a further search does without.
    """

    network: Network
    cells: Cells
    connectors: Connectors
    pair_origin: NDArray[np.int32]
    pair_place: NDArray[np.int32]
    window_start_s: NDArray[np.int64]
    window_s: int
    settings: ChoiceSettings
    relief: Sequence[NDArray[np.bool_]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shared:
    """Lookups derived once: connectors as (place, stop) matrices, departures, lines."""

    connector_min: NDArray[np.float64]
    departures_s: NDArray[np.int32]
    pattern_line: NDArray[np.int64]
    other_cost: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """The groups of one origin, without the trip by other lines."""

    place: NDArray[np.int32]
    window: NDArray[np.int32]
    size: NDArray[np.int32]
    cost: NDArray[np.float64]
    time: NDArray[np.float64]
    n_cells: NDArray[np.int32]
    cell: NDArray[np.int32]
    weight: NDArray[np.float32]
    n_legs: NDArray[np.int64]
    leg_pattern: NDArray[np.int32]
    leg_board_pos: NDArray[np.int32]
    leg_alight_pos: NDArray[np.int32]

    @classmethod
    def empty(cls) -> _Part:
        """Return the part of an origin that has no groups."""
        nothing: dict[str, Any] = {field.name: np.zeros(0, dtype=np.int32) for field in fields(cls)}
        return cls(**nothing)


def build_alternatives(
    inputs: ChoiceInputs, *, workers: int = 2, progress: Progress = no_progress
) -> Alternatives:
    """Build the choice sets of (origin, place) pairs for every window of arrival.

    One range search an origin finds all Pareto itineraries (departure, arrival, rides) of
    the morning to all its places at once; a second search for each entry of ``relief``,
    with those routes left out, adds ways round lines that are known to be full, which
    Pareto dominance on time would hide. Groups for which no modelled line comes within
    ``settings.prune_min`` of other lines have no alternatives and are left out. The result
    does not depend on the number of ``workers`` (threads).
    """
    shared = _share(inputs)
    inputs = _drop_unserved(inputs, shared)
    origins = np.unique(inputs.pair_origin)
    chunks = np.array_split(origins, max(1, -(-len(origins) // 8)))
    parts: dict[int, _Part] = {}

    def build_chunk(chunk: NDArray[np.int32]) -> dict[int, _Part]:
        workspace = ProfileWorkspace(inputs.network, inputs.settings.max_rides)
        scratch = np.zeros(len(inputs.cells))
        return {int(o): _build_origin(inputs, shared, int(o), workspace, scratch) for o in chunk}

    with ThreadPoolExecutor(max_workers=workers) as pool:
        futures = [pool.submit(build_chunk, chunk) for chunk in chunks]
        try:
            for done, future in enumerate(futures):
                parts.update(future.result())
                progress("choice", done + 1, len(chunks))
        except BaseException:
            for future in futures:
                future.cancel()
            raise
    found = [(int(o), parts[int(o)]) for o in origins] or [(0, _Part.empty())]
    return _assemble(inputs, shared, found)


def _share(inputs: ChoiceInputs) -> _Shared:
    connectors, weights = inputs.connectors, inputs.settings.weights
    out = np.where(connectors.kind == WALK, weights.walk, weights.wait)
    weighted = (connectors.seconds + (out - 1) * connectors.out_s) / 60
    # Coming by local or other lines is a change; a ride on other lines has changes of its own.
    changes = np.asarray([0.0, 1.0, 1.0 + connectors.other_changes])[connectors.kind]
    weighted += weights.change_min * changes
    n_places = len(connectors.offset) - 1
    matrix = np.full((n_places, inputs.network.timetable.n_stops), np.inf)
    matrix[connectors.place_of_connector(), connectors.stop] = weighted
    lines = inputs.network.timetable.routes.lines
    number = {line: idx for idx, line in enumerate(sorted(set(lines)))}
    route_line = np.asarray([number[line] for line in lines], dtype=np.int64)
    last_s = int(inputs.window_start_s[-1]) + inputs.window_s
    return _Shared(
        connector_min=matrix,
        departures_s=np.arange(inputs.settings.earliest_departure_s, last_s, 60, dtype=np.int32),
        pattern_line=route_line[inputs.network.timetable.pattern_route],
        other_cost=other_cost_min(connectors, weights),
    )


def _drop_unserved(inputs: ChoiceInputs, shared: _Shared) -> ChoiceInputs:
    """Drop pairs that no trip by modelled lines can be worth taking for."""
    least = least_cost_min(
        inputs.network.timetable, shared.connector_min, shared.other_cost.shape[0]
    )
    origin, place = inputs.pair_origin, inputs.pair_place
    worth = least[origin, place] <= shared.other_cost[origin, place] + inputs.settings.prune_min
    return replace(inputs, pair_origin=origin[worth], pair_place=place[worth])


def other_cost_min(connectors: Connectors, weights: CostWeights) -> NDArray[np.float64]:
    """Compute the generalised cost of trips by other lines, shape (n_zones, n_places)."""
    return (
        connectors.other_min
        + (weights.wait - 1) * connectors.other_out_min
        + weights.change_min * connectors.other_changes
    )


def _build_origin(
    inputs: ChoiceInputs,
    shared: _Shared,
    origin: int,
    workspace: ProfileWorkspace,
    scratch: NDArray[np.float64],
) -> _Part:
    places = np.sort(inputs.pair_place[inputs.pair_origin == origin])
    everything = np.arange(len(places))
    searches = [(everything, _search(inputs, shared, origin, places, None, workspace))]
    part = _collect(inputs, shared, origin, places, searches, scratch)
    route = inputs.network.timetable.pattern_route
    for mask in inputs.relief:
        full = mask[route[part.leg_pattern]]
        alternative = np.repeat(np.arange(len(part.n_legs)), part.n_legs)[full]
        of_group = np.repeat(part.place, part.size)
        wanted = np.flatnonzero(np.isin(places, of_group[alternative]))
        if len(wanted):
            searches.append(
                (wanted, _search(inputs, shared, origin, places[wanted], mask, workspace))
            )
    if len(searches) == 1:
        return part
    return _collect(inputs, shared, origin, places, searches, scratch)


def _collect(
    inputs: ChoiceInputs,
    shared: _Shared,
    origin: int,
    places: NDArray[np.int32],
    searches: Sequence[tuple[NDArray[np.int64], ProfileJourneys]],
    scratch: NDArray[np.float64],
) -> _Part:
    """Collect the alternatives of one origin from searches over some of its places each."""
    timetable, cells, settings = inputs.network.timetable, inputs.cells, inputs.settings
    journeys = MergedJourneys.of(searches, timetable.pattern_offset, timetable.pattern_stop)
    connectors_min = (
        shared.connector_min[origin, journeys.first_stop],
        shared.connector_min[places[journeys.target], journeys.last_stop],
    )
    cost = journeys.price(timetable, connectors_min, settings.weights)
    signature = journeys.sign(timetable, shared.pattern_line)
    target, window, size, out_cost, out_time, typical, n_cells, cell, weight = collect_alternatives(
        JourneyArrays(
            target=journeys.target,
            rank=journeys.rank,
            departure_s=journeys.departure_s,
            arrival_s=journeys.arrival_s,
            cost=cost,
            signature=signature,
            leg_offset=journeys.leg_offset,
            leg_trip=journeys.leg_trip,
            leg_pattern=journeys.leg_pattern,
            leg_board_pos=journeys.leg_board_pos,
            leg_alight_pos=journeys.leg_alight_pos,
        ),
        TripArrays(
            pattern_offset=timetable.pattern_offset,
            pattern_trip_offset=timetable.pattern_trip_offset,
            pattern_time_offset=timetable.pattern_time_offset,
            departure_s=timetable.departure_s,
        ),
        CellGrid(cells.start_s, cells.window_s, cells.n_windows, scratch),
        ChoiceRules(
            settings.weights.slack,
            settings.max_slack_s,
            settings.prune_min,
            settings.max_routes,
        ),
        inputs.window_start_s,
        inputs.window_s,
        shared.other_cost[origin, places],
    )
    first, last = journeys.leg_offset[typical], journeys.leg_offset[typical + 1]
    legs = find_ranges(first, last)
    return _Part(
        place=places[target],
        window=window,
        size=size,
        cost=out_cost,
        time=out_time,
        n_cells=n_cells,
        cell=cell,
        weight=weight,
        n_legs=(last - first).astype(np.int64),
        leg_pattern=journeys.leg_pattern[legs],
        leg_board_pos=journeys.leg_board_pos[legs],
        leg_alight_pos=journeys.leg_alight_pos[legs],
    )


def _search(
    inputs: ChoiceInputs,
    shared: _Shared,
    origin: int,
    places: NDArray[np.int32],
    banned: NDArray[np.bool_] | None,
    workspace: ProfileWorkspace,
) -> ProfileJourneys:
    connectors = inputs.connectors
    own = slice(connectors.offset[origin], connectors.offset[origin + 1])
    first, last = connectors.offset[places], connectors.offset[places + 1]
    ends = find_ranges(first, last)
    return search_profile(
        inputs.network,
        connectors.stop[own],
        connectors.seconds[own],
        np.concatenate(([0], np.cumsum(last - first))).astype(np.int32),
        connectors.stop[ends],
        connectors.seconds[ends],
        shared.departures_s,
        max_rides=inputs.settings.max_rides,
        banned_routes=banned,
        workspace=workspace,
    )


def _assemble(
    inputs: ChoiceInputs, shared: _Shared, parts: Sequence[tuple[int, _Part]]
) -> Alternatives:
    """Join the origins' parts and append the trip by other lines to every group."""

    def join(name: str) -> NDArray[np.generic]:
        return np.concatenate([getattr(part, name) for _, part in parts])

    group_origin = np.concatenate(
        [np.full(len(part.place), origin, dtype=np.int32) for origin, part in parts]
    )
    size = join("size").astype(np.int64)
    offset = np.concatenate(([0], np.cumsum(size + 1)))
    n_alternatives = int(offset[-1])
    is_other = np.zeros(n_alternatives, dtype=np.bool_)
    is_other[offset[1:] - 1] = True
    place = join("place").astype(np.int32)

    def spread(
        values: NDArray[np.generic], other: NDArray[np.generic] | int
    ) -> NDArray[np.generic]:
        full = np.zeros(n_alternatives, dtype=values.dtype)
        full[~is_other] = values
        full[is_other] = other
        return full

    n_legs = spread(join("n_legs"), 0).astype(np.int64)
    n_cells = spread(join("n_cells").astype(np.int64), 0).astype(np.int64)
    return Alternatives(
        group_origin=group_origin,
        group_place=place,
        group_window=join("window").astype(np.int32),
        window_start_s=inputs.window_start_s,
        window_s=inputs.window_s,
        offset=offset,
        free_min=spread(join("cost"), shared.other_cost[group_origin, place]).astype(np.float64),
        time_min=spread(join("time"), inputs.connectors.other_min[group_origin, place]).astype(
            np.float64
        ),
        n_rides=n_legs.astype(np.int8),
        cell_offset=np.concatenate(([0], np.cumsum(n_cells))),
        cell=join("cell").astype(np.int32),
        cell_weight=join("weight").astype(np.float32),
        leg_offset=np.concatenate(([0], np.cumsum(n_legs))),
        leg_pattern=join("leg_pattern").astype(np.int32),
        leg_board_pos=join("leg_board_pos").astype(np.int32),
        leg_alight_pos=join("leg_alight_pos").astype(np.int32),
    )
