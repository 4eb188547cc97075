"""The groups and journeys of all origins, joined into one choice set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from solver.loading.segments import build_line_segments
from solver.loading.vehicles._path_kernels import path_sizes, transfer_walks
from solver.loading.vehicles.calls import CallTable
from solver.loading.vehicles.paths import Journeys, RunChoices

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from network import Network, Timetable
    from solver.loading.vehicles.paths import MinuteDemand


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPart:
    """The groups of one origin; ``journey`` numbers its own journeys."""

    origin: int
    size: NDArray[np.int32]
    journey: NDArray[np.int32]
    cost: NDArray[np.float64]
    other_cost: NDArray[np.float64]
    place: NDArray[np.int32]
    departure_s: NDArray[np.int32]
    arrival_s: NDArray[np.int32]
    access_s: NDArray[np.int32]
    egress_s: NDArray[np.int32]
    free_min: NDArray[np.float64]
    n_legs: NDArray[np.int64]
    leg_trip: NDArray[np.int32]
    leg_pattern: NDArray[np.int32]
    leg_board_pos: NDArray[np.int32]
    leg_alight_pos: NDArray[np.int32]


NO_OTHER_MIN = 1e6
"""Cost of other lines, minutes, from which on there are none."""


def join_parts(
    network: Network,
    demand: MinuteDemand,
    keys: NDArray[np.int64],
    row_group: NDArray[np.int64],
    parts: Sequence[GroupPart],
    by_departure: bool,
) -> RunChoices:
    """Join the origins' parts; append the trip by other lines to every group that has one.

    Groups without a journey and without other lines are left out, their passengers counted.
    """
    size = _join([part.size for part in parts], np.int64)
    other_cost = _join([part.other_cost for part in parts], np.float64)
    has_other = (other_cost < NO_OTHER_MIN) & (size >= 0)
    kept = (size > 0) | has_other
    entries = size + has_other
    journeys = _join_journeys(network, parts)
    counts = np.asarray([len(part.n_legs) for part in parts], dtype=np.int64)
    shift = np.cumsum(counts) - counts
    number = _join(
        [part.journey + first for part, first in zip(parts, shift, strict=True)], np.int32
    )
    all_offset = np.concatenate(([0], np.cumsum(entries)))
    journey = np.full(int(all_offset[-1]), -1, dtype=np.int32)
    free_min = np.empty(len(journey))
    is_other = np.zeros(len(journey), dtype=np.bool_)
    is_other[all_offset[1:][has_other] - 1] = True
    journey[~is_other] = number
    free_min[~is_other] = _join([part.cost for part in parts], np.float64)
    free_min[is_other] = other_cost[has_other]
    new_number = np.where(kept, np.cumsum(kept) - 1, -1)
    of_row = new_number[row_group] if len(keys) else row_group
    offset = np.concatenate(([0], np.cumsum(entries[kept]))).astype(np.int64)
    there = of_row >= 0
    pax = np.bincount(of_row[there], weights=demand.pax[there], minlength=int(kept.sum()))
    return RunChoices(
        by_departure=by_departure,
        group_origin=keys[kept, 0].astype(np.int32),
        group_place=keys[kept, 1].astype(np.int32),
        wanted_s=keys[kept, 2].astype(np.int32),
        flexible=keys[kept, 3].astype(np.bool_),
        pax=pax.astype(np.float64),
        offset=offset,
        journey=journey,
        free_min=free_min,
        path_size=_path_sizes(network.timetable, offset, journey, journeys),
        journeys=journeys,
        row_group=of_row,
        stranded_pax=float(demand.pax[~there].sum()),
    )


def _join_journeys(network: Network, parts: Sequence[GroupPart]) -> Journeys:
    def join(name: str, dtype: type[np.generic]) -> NDArray[Any]:
        return _join([getattr(part, name) for part in parts], dtype)

    timetable = network.timetable
    n_legs = _join([part.n_legs for part in parts], np.int64)
    leg_offset = np.concatenate(([0], np.cumsum(n_legs))).astype(np.int64)
    trip = join("leg_trip", np.int32)
    calls = CallTable.of(timetable)
    board = (calls.first[trip] + join("leg_board_pos", np.int32)).astype(np.int32)
    alight = (calls.first[trip] + join("leg_alight_pos", np.int32)).astype(np.int32)
    is_first = np.zeros(len(trip), dtype=np.bool_)
    is_first[leg_offset[:-1]] = True
    seated = np.zeros(len(trip), dtype=np.bool_)
    seated[1:] = ~is_first[1:] & (timetable.trip_next[trip[:-1]] == trip[1:])
    origin = np.repeat(
        np.asarray([part.origin for part in parts], dtype=np.int32),
        [len(part.n_legs) for part in parts],
    )
    departure_s = join("departure_s", np.int32)
    walk_s = _walks_s(network, calls, leg_offset, board, alight)
    walk_s[leg_offset[:-1]] = join("access_s", np.int32)
    return Journeys(
        origin=origin,
        place=join("place", np.int32).astype(np.int32),
        departure_s=departure_s.astype(np.int32),
        arrival_s=join("arrival_s", np.int32).astype(np.int32),
        egress_s=join("egress_s", np.int32).astype(np.int32),
        free_min=join("free_min", np.float64).astype(np.float64),
        leg_offset=leg_offset,
        leg_trip=trip.astype(np.int32),
        leg_board=board.astype(np.int32),
        leg_alight=alight.astype(np.int32),
        leg_walk_s=walk_s,
        leg_seated=seated,
    )


def _walks_s(
    network: Network,
    calls: CallTable,
    leg_offset: NDArray[np.int64],
    board: NDArray[np.int32],
    alight: NDArray[np.int32],
) -> NDArray[np.int32]:
    """Return the walk from each leg's predecessor, seconds; 0 for first legs.

    Where a transfer rests on a rule and no walk is known, the whole change is taken for one.
    """
    timetable, footpaths = network.timetable, network.footpaths
    before = np.roll(alight, 1)
    change_s = timetable.departure_s[board] - timetable.arrival_s[before]
    change_s[leg_offset[:-1]] = 0
    walks: NDArray[np.int32] = transfer_walks(
        footpaths.offset,
        footpaths.stop,
        footpaths.duration_s,
        calls.stop[before],
        calls.stop[board],
        change_s,
    )
    return walks


def _path_sizes(
    timetable: Timetable,
    offset: NDArray[np.int64],
    journey: NDArray[np.int32],
    journeys: Journeys,
) -> NDArray[np.float64]:
    calls, segments = CallTable.of(timetable), build_line_segments(timetable)
    sizes: NDArray[np.float64] = path_sizes(
        offset,
        journey,
        journeys.leg_offset,
        journeys.leg_board,
        journeys.leg_alight,
        segments.of_segment[calls.segment],
        calls.ride_s,
        max(1, len(segments)),
    )
    return sizes


def _join(parts: Sequence[NDArray[Any]], dtype: type[np.generic]) -> NDArray[Any]:
    return np.concatenate([np.zeros(0, dtype=dtype), *parts]).astype(dtype)
