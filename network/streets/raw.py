"""Streets as a file gives them: ways, nodes and turn restrictions in arrays, nothing joined yet.

``build_streets`` turns them into a street graph. Whoever has streets in another form (another
file format, a graph of another program) fills :class:`RawWays` and calls the same builder.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import nan
from typing import TYPE_CHECKING

from network.base import ProblemLog

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FORWARD, BACKWARD = 1, 2
"""Bits of a mode's passage: along the way's own direction, against it."""
BOTH = FORWARD | BACKWARD

WALK_BIT, BIKE_BIT, CAR_BIT = 1, 2, 4
"""Bits of :attr:`RawWays.barrier_closed`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WayRules:
    """What the tags of a way say; ways with the same tags share one (``decode_way``).

    ``walk``, ``bike`` and ``car`` are passages (``FORWARD``, ``BACKWARD``, both or 0, closed).
    ``bike_limited`` and ``car_limited``: only to start or end a trip there, no through traffic
    (``access=destination``). ``walk_pace`` multiplies the walking speed (steps are slower);
    ``bike_pace`` the cycling speed, or the walking speed where ``bike_pushed``. Car speeds are
    free speeds by direction, km/h. ``duration_s`` is the time along the whole way for every
    mode (ferries), NaN where speeds decide. ``lanes`` of both directions together, 0 unknown.
    ``flags`` are the bits of ``Segments.flags``. ``car_snap`` and ``walk_snap`` (which cyclists
    share): may a trip start or end here. ``rank`` orders kinds, 0 the most important street.
    ``unread`` are tags whose value makes no sense.
    """

    kind: str
    rank: int = 0
    walk: int = 0
    bike: int = 0
    car: int = 0
    bike_limited: bool = False
    car_limited: bool = False
    walk_pace: float = 1.0
    bike_pace: float = 1.0
    bike_pushed: bool = False
    car_kmh_forward: float = 0.0
    car_kmh_backward: float = 0.0
    duration_s: float = nan
    lanes: int = 0
    flags: int = 0
    car_snap: bool = True
    walk_snap: bool = True
    unread: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnRestriction:
    """A turn that cars may not take, or the only one they may take.

    ``from_ways`` and ``to_ways`` are way ids (several where no_entry or no_exit say so, else
    one each). ``via_node`` is a node id, or -1 where ``via_ways`` lead from one to the other.
    """

    id: int
    only: bool
    from_ways: tuple[int, ...]
    to_ways: tuple[int, ...]
    via_node: int = -1
    via_ways: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RawWays:
    """Ways, nodes and turn restrictions of an extract, before any graph.

    ``way_id`` ascending and unique, shape (n_ways,). Way ``i`` passes the nodes
    ``ref[ref_offset[i]:ref_offset[i + 1]]`` (node ids; repeated ones and ids that ``node_id``
    lacks are allowed: the builder merges the first and cuts the way at the second).
    ``rule[i]`` indexes ``rules``, ``way_name[i]`` indexes ``names`` ("" first). ``node_id``
    ascending and unique, with ``lat`` and ``lon`` in degrees and ``elevation_m`` (NaN unknown;
    None where no node has one). ``barrier_node`` ascending, with the modes that cannot pass
    (``WALK_BIT``, ``BIKE_BIT``, ``CAR_BIT``). ``n_ways_read`` counts every way of the input,
    streets or not.
    """

    name: str
    way_id: NDArray[np.int64]
    ref_offset: NDArray[np.int64]
    ref: NDArray[np.int64]
    rule: NDArray[np.int32]
    rules: tuple[WayRules, ...]
    way_name: NDArray[np.int32]
    names: tuple[str, ...]
    node_id: NDArray[np.int64]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    elevation_m: NDArray[np.float32] | None
    barrier_node: NDArray[np.int64]
    barrier_closed: NDArray[np.uint8]
    restrictions: tuple[TurnRestriction, ...]
    n_ways_read: int
    log: ProblemLog = field(default_factory=ProblemLog)
