"""Walking times by ordered pair of stops, while they are put together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

REMOVED_S = -1
"""In the place of a duration: these two stops are not joined by a walk."""


_PACKED_BITS = 21
_WIDTH = np.int64(2**32)
_FORGIVEN_S = 1e-3  # durations of streets are float32: a walk of 500 s may add up to 500.00003


def round_up(seconds: NDArray[np.float64]) -> NDArray[np.int64]:
    """Round walks over streets up to whole seconds; a thousandth over is none."""
    return np.maximum(np.ceil(seconds - _FORGIVEN_S), 0).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Walks in seconds from stop to stop, sorted by origin and target, each pair once."""

    origin: NDArray[np.int64]
    target: NDArray[np.int64]
    seconds: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        origin: NDArray[np.integer],
        target: NDArray[np.integer],
        seconds: NDArray[np.integer],
    ) -> Pairs:
        """Return pairs in order; of a pair given twice the shorter walk, of no stop to itself."""
        a, b, s = _sort_together(origin, target, seconds)
        first = np.ones(len(a), dtype=np.bool_)
        first[1:] = (a[1:] != a[:-1]) | (b[1:] != b[:-1])
        first &= a != b
        return cls(a[first], b[first], s[first])

    @classmethod
    def none(cls) -> Pairs:
        """Return no pair at all."""
        empty = np.empty(0, dtype=np.int64)
        return cls(empty, empty, empty)

    @classmethod
    def joined(cls, parts: Sequence[Pairs]) -> Pairs:
        """Return the pairs of all parts; of a pair in several of them the shorter walk."""
        return cls.of(
            np.concatenate([p.origin for p in parts]),
            np.concatenate([p.target for p in parts]),
            np.concatenate([p.seconds for p in parts]),
        )

    def __len__(self) -> int:
        return len(self.origin)

    def select(self, kept: NDArray[np.bool_]) -> Pairs:
        """Return the pairs where ``kept`` is true."""
        return Pairs(self.origin[kept], self.target[kept], self.seconds[kept])

    def under(self, other: Pairs) -> Pairs:
        """Return these pairs with those of ``other`` over them, REMOVED_S kept as it is."""
        a, b, s = (
            np.concatenate((own, over))
            for own, over in (
                (self.origin, other.origin),
                (self.target, other.target),
                (self.seconds, other.seconds),
            )
        )
        rank = np.repeat((1, 0), (len(self), len(other)))
        order = np.lexsort((rank, b, a))
        a, b, s = a[order], b[order], s[order]
        first = np.ones(len(a), dtype=np.bool_)
        first[1:] = (a[1:] != a[:-1]) | (b[1:] != b[:-1])
        return Pairs(a[first], b[first], s[first])

    def contains(
        self, origin: NDArray[np.integer], target: NDArray[np.integer]
    ) -> NDArray[np.bool_]:
        """Return which of the given pairs are among these."""
        return self._place(origin, target) >= 0

    def look_up(
        self,
        origin: NDArray[np.integer],
        target: NDArray[np.integer],
        otherwise: NDArray[np.int64],
    ) -> NDArray[np.int64]:
        """Return the seconds of the given pairs, ``otherwise`` of those not among these."""
        place = self._place(origin, target)
        seconds = otherwise.copy()
        seconds[place >= 0] = self.seconds[place[place >= 0]]
        return seconds

    def _place(self, origin: NDArray[np.integer], target: NDArray[np.integer]) -> NDArray[np.int64]:
        """Return where the given pairs stand among these, -1 where they do not."""
        own = self.origin * _WIDTH + self.target
        asked = origin.astype(np.int64) * _WIDTH + target
        place = np.searchsorted(own, asked)
        place[place == len(own)] = 0
        if len(own) == 0:
            return np.full(len(asked), -1)
        return np.where(own[place] == asked, place, -1)

    def as_csr(
        self, n_stops: int
    ) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
        """Return offset, target and seconds by origin, each origin's sorted by seconds."""
        kept = self.seconds != REMOVED_S
        a, b, s = self.origin[kept], self.target[kept], self.seconds[kept]
        a, s, b = _sort_together(a, s, b)
        offset = np.concatenate(([0], np.cumsum(np.bincount(a, minlength=n_stops))))
        return offset.astype(np.int32), b.astype(np.int32), s.astype(np.int32)


def _sort_together(
    *columns: NDArray[np.integer],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return three columns of whole numbers sorted by the first, then the second, the third."""
    x, y, z = (column.astype(np.int64) for column in columns)
    if all(c.min(initial=0) >= 0 and c.max(initial=0) < 1 << _PACKED_BITS for c in (x, y, z)):
        # One number for each row: several times faster to sort than rows.
        packed = np.sort((((x << _PACKED_BITS) | y) << _PACKED_BITS) | z)
        low = (1 << _PACKED_BITS) - 1
        return packed >> (2 * _PACKED_BITS), (packed >> _PACKED_BITS) & low, packed & low
    order = np.lexsort((z, y, x))
    return x[order], y[order], z[order]
