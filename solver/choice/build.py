"""Build the choice sets of every origin with the routing kernels, in bulk."""

from __future__ import annotations

from dataclasses import dataclass, fields
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

import numpy as np

from network.base import no_progress
from solver.choice._choice_kernels import (
    CellGrid,
    ChoiceRules,
    JourneyArrays,
    TripArrays,
    collect_alternatives,
)
from solver.choice.alternatives import Alternatives, ChoiceSettings, find_ranges
from solver.choice.parts import build_parts
from solver.choice.searches import OriginSearches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from network import Network
    from network.base import Progress
    from solver.choice.access import Connectors
    from solver.choice.cells import Cells
    from solver.choice.parts import PartStore
    from solver.choice.searches import Search


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
class OriginPart:
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
    def empty(cls) -> OriginPart:
        """Return the part of an origin that has no groups."""
        nothing: dict[str, Any] = {field.name: np.zeros(0, dtype=np.int32) for field in fields(cls)}
        return cls(**nothing)


def build_alternatives(
    inputs: ChoiceInputs,
    *,
    workers: int = 2,
    progress: Progress = no_progress,
    store: PartStore[OriginPart] | None = None,
) -> Alternatives:
    """Build the choice sets of (origin, place) pairs for every window of arrival.

    One range search an origin finds all Pareto itineraries (departure, arrival, rides) of
    the morning to all its places at once; a second search for each entry of ``relief``,
    with those routes left out, adds ways round lines that are known to be full, which
    Pareto dominance on time would hide. Groups for which no modelled line comes within
    ``settings.prune_min`` of other lines have no alternatives and are left out. The result
    does not depend on the number of ``workers`` (threads). Origins that ``store`` holds are
    not searched again; it must be one of these very arguments.
    """
    last_s = int(inputs.window_start_s[-1]) + inputs.window_s
    searches = OriginSearches.over(
        inputs.network,
        inputs.connectors,
        inputs.settings.weights,
        np.arange(inputs.settings.earliest_departure_s, last_s, 60, dtype=np.int32),
        max_rides=inputs.settings.max_rides,
        latest_arrival_s=last_s,
    )
    idle: SimpleQueue[NDArray[np.float64]] = SimpleQueue()

    def build(origin: int) -> OriginPart:
        try:
            scratch = idle.get_nowait()
        except Empty:
            scratch = np.zeros(len(inputs.cells))
        part = _build_origin(inputs, searches, origin, scratch)
        idle.put(scratch)
        return part

    origins = np.unique(inputs.pair_origin).tolist()
    parts = build_parts(origins, build, workers=workers, progress=progress, store=store)
    found = list(zip(origins, parts, strict=True)) or [(0, OriginPart.empty())]
    return _assemble(inputs, searches, found)


def _build_origin(
    inputs: ChoiceInputs, searches: OriginSearches, origin: int, scratch: NDArray[np.float64]
) -> OriginPart:
    places = np.sort(inputs.pair_place[inputs.pair_origin == origin])
    places = places[searches.find_worth(origin, places, inputs.settings.prune_min)]
    if len(places) == 0:
        return OriginPart.empty()
    done: list[Search] = [(np.arange(len(places)), searches.search(origin, places))]
    part = _collect(inputs, searches, origin, places, done, scratch)
    route = inputs.network.timetable.pattern_route
    for mask in inputs.relief:
        full = mask[route[part.leg_pattern]]
        alternative = np.repeat(np.arange(len(part.n_legs)), part.n_legs)[full]
        of_group = np.repeat(part.place, part.size)
        wanted = np.flatnonzero(np.isin(places, of_group[alternative]))
        if len(wanted):
            done.append((wanted, searches.search(origin, places[wanted], mask)))
    return part if len(done) == 1 else _collect(inputs, searches, origin, places, done, scratch)


def _collect(
    inputs: ChoiceInputs,
    searches: OriginSearches,
    origin: int,
    places: NDArray[np.int32],
    done: Sequence[Search],
    scratch: NDArray[np.float64],
) -> OriginPart:
    """Collect the alternatives of one origin from searches over some of its places each."""
    timetable, cells, settings = inputs.network.timetable, inputs.cells, inputs.settings
    journeys, cost, signature = searches.merge(origin, places, done)
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
        searches.other_cost[origin, places],
    )
    first, last = journeys.leg_offset[typical], journeys.leg_offset[typical + 1]
    legs = find_ranges(first, last)
    return OriginPart(
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


def _assemble(
    inputs: ChoiceInputs, searches: OriginSearches, parts: Sequence[tuple[int, OriginPart]]
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
        free_min=spread(join("cost"), searches.other_cost[group_origin, place]).astype(np.float64),
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
