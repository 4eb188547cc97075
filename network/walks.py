"""The frozen walks: from stop to stop, from streets to stops, inside stations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Footpaths:
    """Walks from stop to stop as CSR by origin, each origin's sorted by duration.

    ``kind`` says what they rest on: ``"streets"``, or ``"straight-line x 1.3"`` where no
    streets are given. Over streets, ``n_straight_stops`` stops lie too far from any street
    and are joined by the straight line all the same; 0 where no streets are given.
    ``limit_s`` is the longest walk that was looked for, ``speed_mps`` the speed on the flat.
    With ``step_free``, no walk takes steps, as far as streets and pathways tell.
    """

    offset: NDArray[np.int32]
    stop: NDArray[np.int32]
    duration_s: NDArray[np.int32]
    kind: str
    speed_mps: float
    limit_s: int
    n_straight_stops: int
    step_free: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StopLinks:
    """Where the stops touch the walking graph: one or more points of segments each.

    Links of stop ``s`` are ``offset[s]`` to ``offset[s + 1]``; a stop too far from any street
    has none, nor has one that no step-free pathway leads to where those are asked for. A link
    leaves the street at ``fraction`` (0 at the segment's ``node_a``, 1 at its ``node_b``) of
    ``segment``; ``in_s`` is the walk from there to the stop and ``out_s`` the walk back,
    seconds (by pathways through an entrance where the feed has them), infinite where that
    direction is not open.
    """

    offset: NDArray[np.int32]
    segment: NDArray[np.int32]
    fraction: NDArray[np.float64]
    in_s: NDArray[np.float64]
    out_s: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pathways:
    """Ways inside stations (pathways.txt), as edges between nodes, each one way.

    A node is a stop of stops.txt of any location_type that a pathway names: ``node_ids``,
    their ``lat``/``lon`` (degrees, NaN where not given), ``node_stop`` the stop_idx of a
    boarding stop in use or -1, ``is_entrance``, ``level`` (level_index, NaN where not given).
    ``duration_s`` of an edge is its traversal_time, else estimated from its length or stairs,
    ``is_step_free`` false for stairs and escalators. A pathway both ways is two edges.
    """

    node_ids: tuple[str, ...]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    node_stop: NDArray[np.int32]
    is_entrance: NDArray[np.bool_]
    level: NDArray[np.float64]
    from_node: NDArray[np.int32]
    to_node: NDArray[np.int32]
    duration_s: NDArray[np.float64]
    mode: NDArray[np.int8]
    is_step_free: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRules:
    """Rows of transfers.txt in indices: one rule a pair of boarding stops, shape (n_rules,).

    -1 stands for "any" in ``from_stop``, ``to_stop`` (in-seat rules alone may leave them
    out), ``from_route``, ``to_route``, ``from_trip`` and ``to_trip``. ``from_trip`` and
    ``to_trip`` number ``trip_names``, the trip_id of the feed: a trip with frequencies runs
    many times. ``kind`` is transfer_type (0 to 5), ``min_s`` min_transfer_time or -1. Rules
    are sorted by stops, then from the least to the most specific. A rule between stations
    stands once for each pair of their stops.
    """

    from_stop: NDArray[np.int32]
    to_stop: NDArray[np.int32]
    from_route: NDArray[np.int32]
    to_route: NDArray[np.int32]
    from_trip: NDArray[np.int32]
    to_trip: NDArray[np.int32]
    kind: NDArray[np.int8]
    min_s: NDArray[np.int32]
    trip_names: tuple[str, ...]
