"""Why a search found nothing: the first reason that holds, each found without a long search."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from network.routing._island_kernels import is_joined
from network.routing.engines.boardings import expand
from network.routing.engines.sweep import sweep_earliest
from network.routing.itineraries import NoAnswer
from network.timetable import UNREACHED_S

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.routing._query import Query


def find_reason(
    query: Query, earliest: int, latest: int | None = None, *, backwards: bool = False
) -> NoAnswer:
    """Find why no itinerary leaves from ``earliest`` to ``latest`` (open where None).

    Backwards, why none arrives from ``-latest`` to ``-earliest``. Reasons that hold all day
    come first; then with any number of rides the next that leaves is sought, and, where there
    is none, the last of the day. It takes three searches for a time alone.
    """
    if len(query.access[0]) == 0:
        return NoAnswer.NO_STOP_NEAR_ORIGIN
    if len(query.egress[0]) == 0:
        return NoAnswer.NO_STOP_NEAR_DESTINATION
    if query.network.timetable.n_stop_times == 0:
        return NoAnswer.NO_SERVICE_THAT_DAY
    if not _is_joined(query, None):
        return NoAnswer.ISLANDS
    if query.banned is not None and not _is_joined(query, query.banned):
        return NoAnswer.ROUTES_EXCLUDED
    if not _has_departure(query, earliest, latest, backwards=backwards):
        return NoAnswer.NO_SERVICE
    arrive = find_earliest(query, earliest, backwards=backwards)
    # Nobody leaves on the evening before: of that only what runs past midnight is known.
    if arrive < UNREACHED_S and not (backwards and arrive > 0):
        # The next that leaves: the last that gets there as soon.
        leave = -find_earliest(query, -arrive, backwards=not backwards)
        inside = latest is None or leave <= latest
        return NoAnswer.TOO_MANY_RIDES if inside else NoAnswer.NOT_CONNECTED
    if (
        find_earliest(query, _far_end(query, backwards=backwards), backwards=backwards)
        < UNREACHED_S
    ):
        return NoAnswer.BEFORE_FIRST_ARRIVAL if backwards else NoAnswer.AFTER_LAST_DEPARTURE
    return NoAnswer.NOT_CONNECTED


def find_earliest(query: Query, leave: int, *, backwards: bool) -> int:
    """Find the earliest arrival with any number of rides, on the axis of the search.

    UNREACHED_S where there is none.
    """
    opened = query.opened
    starts, ends = (query.egress, query.access) if backwards else (query.access, query.egress)
    work = opened.mirror_sweep() if backwards else opened.sweep()
    return sweep_earliest(work, *starts, *ends, leave, banned_routes=query.banned)


def _far_end(query: Query, *, backwards: bool) -> int:
    """Return a time of leaving before every journey of the day, on the axis of the search."""
    if not backwards:
        return 0
    return -(query.opened.span_s[1] + int(query.egress[1].max()))


def _has_departure(query: Query, earliest: int, latest: int | None, *, backwards: bool) -> bool:
    """Return whether anything leaves near the origin at the hours asked for."""
    first, last = earliest, UNREACHED_S if latest is None else latest
    if backwards:
        # What leaves at any time of the service day until the last arrival that will do.
        first, last = min(0, -earliest), -earliest
    return len(query.list_leaving(first, last, backwards=False)) > 0


def _is_joined(query: Query, banned: NDArray[np.bool_] | None) -> bool:
    """Return whether lines lead from stops of the origin to stops of the destination."""
    graph = query.opened.graph
    starts = graph.stop_board[expand(graph.stop_board_offset, query.access[0])[0]]
    ends = graph.stop_alight[expand(graph.stop_alight_offset, query.egress[0])[0]]
    is_target = np.zeros(graph.n_alights, dtype=np.bool_)
    is_target[ends] = True
    if banned is None:
        banned = np.zeros(len(graph.network.timetable.routes), dtype=np.bool_)
    return bool(
        is_joined(
            starts,
            is_target,
            banned,
            graph.pattern_route,
            graph.pattern_offset,
            graph.pattern_alight,
            graph.pattern_pickup,
            graph.pattern_dropoff,
            graph.pattern_trip_offset,
            graph.board_pattern_offset,
            graph.board_pattern,
            graph.board_pattern_pos,
            graph.transfers.offset,
            graph.transfers.board,
            graph.seats.offset,
            graph.seats.next_pattern,
        )
    )
