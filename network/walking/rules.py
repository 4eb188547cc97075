"""What transfers.txt says of walks between two stops, laid over the walks that were found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from network.walking.pairs import REMOVED_S, Pairs

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from network.walks import TransferRules

_MIN_TIME, _FORBIDDEN, _LAST_WALK_TYPE = 2, 3, 3
NO_WALK_S = 2**30
"""In the place of a duration: nobody may walk between these two stops, whatever rules say."""


def apply_rules(
    pairs: Pairs,
    rules: TransferRules,
    compute_walks: Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.int64]],
) -> Pairs:
    """Lay the rules between two stops over the walks, in the rules' own order.

    Type 2 sets min_transfer_time in the walk's place, type 3 removes the walk; types 0, 1
    and 2 without a time allow the walk however far it is (that a vehicle waits, type 1, is
    not used). Rules for single routes or trips, in-seat transfers and rules from a stop to
    itself are none of a walk's business.

    Parameters
    ----------
    compute_walks
        Returns the seconds to walk from stops to stops, however far; NO_WALK_S where never.

    References
    ----------
    GTFS Schedule reference, transfers.txt.
    """
    is_walk = (
        (rules.from_stop >= 0)
        & (rules.to_stop >= 0)
        & (rules.from_stop != rules.to_stop)
        & (rules.from_route < 0)
        & (rules.to_route < 0)
        & (rules.from_trip < 0)
        & (rules.to_trip < 0)
        & (rules.kind >= 0)
        & (rules.kind <= _LAST_WALK_TYPE)
    )
    rows = np.flatnonzero(is_walk)
    if len(rows) == 0:
        return pairs
    is_joined = pairs.contains(rules.from_stop[rows], rules.to_stop[rows])
    set_s: dict[tuple[int, int], int] = {}
    to_walk: set[tuple[int, int]] = set()
    for a, b, kind, min_s, joined in zip(
        rules.from_stop[rows].tolist(),
        rules.to_stop[rows].tolist(),
        rules.kind[rows].tolist(),
        rules.min_s[rows].tolist(),
        is_joined.tolist(),
        strict=True,
    ):
        pair = (a, b)
        if kind == _FORBIDDEN:
            set_s[pair] = REMOVED_S
        elif kind == _MIN_TIME and min_s >= 0:
            set_s[pair] = min_s
        elif set_s.get(pair) == REMOVED_S or (pair not in set_s and not joined):
            set_s.pop(pair, None)
            to_walk.add(pair)
            continue
        to_walk.discard(pair)
    return pairs.under(_as_pairs(set_s)).under(_walked(to_walk, compute_walks))


def _as_pairs(seconds: dict[tuple[int, int], int]) -> Pairs:
    table = np.array([(*pair, s) for pair, s in seconds.items()], dtype=np.int64).reshape(-1, 3)
    return Pairs.of(table[:, 0], table[:, 1], table[:, 2])


def _walked(
    asked: set[tuple[int, int]],
    compute_walks: Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.int64]],
) -> Pairs:
    if not asked:
        return Pairs.none()
    table = np.array(sorted(asked), dtype=np.int64)
    seconds = compute_walks(table[:, 0], table[:, 1])
    kept = seconds < NO_WALK_S
    return Pairs.of(table[kept, 0], table[kept, 1], seconds[kept])
