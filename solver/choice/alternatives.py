"""Choice sets: the itineraries people may take, what they cost free-flow, what they load."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class CostWeights:
    """Generalised cost in minutes of seated ride: what a minute of each thing weighs.

    Usual appraisal ranges: wait 1.5-2.5, walk 1.5-2, a change 4-8 minutes. ``slack`` weighs
    the minutes between arriving and the moment one had to be there.
    """

    walk: float = 1.5
    wait: float = 1.5
    slack: float = 1.0
    change_min: float = 5.0

    def __post_init__(self) -> None:
        for name in ("walk", "wait", "slack", "change_min"):
            if getattr(self, name) < 0:
                msg = f"weight {name} must not be negative, got {getattr(self, name)}"
                raise ValueError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceSettings:
    """How choice sets are built.

    People who arrive in a window are spread evenly over its minutes; each minute's itinerary
    is the latest that arrives by it. An alternative is kept while it costs at most
    ``prune_min`` more than the group's best (other lines included), the ``max_routes``
    cheapest at most. ``max_slack_s``: itineraries that arrive earlier than this are no answer.
    """

    earliest_departure_s: int = 4 * 3600 + 1800
    max_rides: int = 4
    max_routes: int = 5
    prune_min: float = 12.0
    max_slack_s: int = 2700
    weights: CostWeights = CostWeights()

    def __post_init__(self) -> None:
        for name, most in (("max_routes", 12), ("max_rides", 15)):
            if not 1 <= getattr(self, name) <= most:
                msg = f"{name} must be 1 to {most}, got {getattr(self, name)}"
                raise ValueError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternatives:
    """Choice sets of all groups, flat.

    A *group* is (origin zone, place, window of arrival): ``group_origin``, ``group_place``,
    ``group_window``, shape (n_groups,), sorted in that order. Its alternatives are
    ``offset[g]`` to ``offset[g + 1]``; the last of each group is the trip by other lines,
    which loads no cell. ``free_min`` is the generalised cost without crowding, ``time_min``
    the plain duration, ``n_rides`` the rides (0 for other lines). What one passenger of
    alternative ``a`` loads: ``cell[cell_offset[a]:cell_offset[a + 1]]`` with
    ``cell_weight`` (the share of the window's minutes in which it is this cell).
    ``leg_*`` describe one typical itinerary of each alternative: pattern and the positions
    of boarding and alighting.
    """

    group_origin: NDArray[np.int32]
    group_place: NDArray[np.int32]
    group_window: NDArray[np.int32]
    window_start_s: NDArray[np.int64]
    window_s: int
    offset: NDArray[np.int64]
    free_min: NDArray[np.float64]
    time_min: NDArray[np.float64]
    n_rides: NDArray[np.int8]
    cell_offset: NDArray[np.int64]
    cell: NDArray[np.int32]
    cell_weight: NDArray[np.float32]
    leg_offset: NDArray[np.int64]
    leg_pattern: NDArray[np.int32]
    leg_board_pos: NDArray[np.int32]
    leg_alight_pos: NDArray[np.int32]

    @property
    def n_groups(self) -> int:
        """Number of groups."""
        return len(self.group_origin)

    def __len__(self) -> int:
        return len(self.free_min)

    def group_of_alternative(self) -> NDArray[np.int32]:
        """Return the group of every alternative, shape (n_alternatives,)."""
        return np.repeat(np.arange(self.n_groups, dtype=np.int32), np.diff(self.offset))

    def find_groups(
        self, origin: NDArray[np.int32], place: NDArray[np.int32], window: NDArray[np.int32]
    ) -> NDArray[np.int64]:
        """Return the group index of each (origin, place, window), -1 where there is none."""
        key = self._keys(self.group_origin, self.group_place, self.group_window)
        wanted = self._keys(origin, place, window)
        if len(key) == 0:
            return np.full(len(wanted), -1, dtype=np.int64)
        at = np.minimum(np.searchsorted(key, wanted), len(key) - 1)
        return np.where(key[at] == wanted, at, -1)

    def _keys(
        self, origin: NDArray[np.int32], place: NDArray[np.int32], window: NDArray[np.int32]
    ) -> NDArray[np.int64]:
        return (
            np.asarray(origin, dtype=np.int64) << 40
            | np.asarray(place, dtype=np.int64) << 12
            | np.asarray(window, dtype=np.int64)
        )


def find_ranges(first: NDArray[np.integer], last: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return the concatenation of ``arange(first[i], last[i])``."""
    counts = (last - first).astype(np.int64)
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    starts = np.repeat(first.astype(np.int64) - (ends - counts), counts)
    result: NDArray[np.int64] = np.arange(total, dtype=np.int64) + starts
    return result
