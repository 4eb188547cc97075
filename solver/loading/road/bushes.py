"""The bushes of all origins, block by block: planted, levelled and renewed together."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from solver.loading.road._bush_kernels import Bushes, Work, plant, renew, settle
from solver.loading.road._cost_kernels import Links, price_links
from solver.loading.road._pattern_kernels import find_pattern, follow_pattern, slope_along
from solver.loading.road._shift_kernels import level_bushes

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from numpy.typing import NDArray

BLOCK_ENTRIES = 2_000_000
"""At most so many places for entries while a block is renewed: 24 MB."""

SMALL = 200_000
"""Origins times links up to which one block is enough, and threads are not worth it."""

MIN_BLOCKS = 16

MOST_STEPS, BISECTIONS = 1e6, 20
"""A change is repeated so often at most, found by so many bisections."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeTrips:
    """Trips between different nodes, by origin, then destination; each pair once."""

    origin: NDArray[np.int32]
    destination: NDArray[np.int32]
    trips: NDArray[np.float64]


class Forest:
    """Flows of all origins on their bushes, with the volumes and costs they make.

    A context manager: its threads end with it. ``volume``, ``cost`` and ``rise`` (derivative)
    are by link, in the order of ``links``; ``reached`` says which trips get there. ``watch``
    is called after each block, here as in the methods.
    """

    def __init__(
        self,
        links: Links,
        trips: NodeTrips,
        *,
        threads: int = 1,
        watch: Callable[[], None] = lambda: None,
    ) -> None:
        n_links, n_nodes = len(links.tail), len(links.passable)
        self.links = links
        self.volume = np.zeros(n_links)
        self.cost, self.rise = np.zeros(n_links), np.zeros(n_links)
        price_links(links, self.volume, self.cost, self.rise)
        origins, first = np.unique(trips.origin, return_index=True)
        offset = np.append(first, len(trips.origin)).astype(np.int64)
        size = _block_size(len(origins), n_links)
        starts = range(0, len(origins), size)
        n_threads = max(1, min(threads, len(starts)))
        self._ends = np.empty((2, n_links + 1), dtype=np.int64)
        self._spare = [
            (_make_work(n_nodes, n_links), _make_room(size, n_nodes, n_links))
            for _ in range(n_threads)
        ]
        self._stack = ExitStack()
        self._pool = (
            self._stack.enter_context(ThreadPoolExecutor(n_threads)) if n_threads > 1 else None
        )
        work, room = self._spare[0]
        self.blocks: list[Bushes] = []
        for start in starts:
            place = slice(offset[start], offset[min(start + size, len(origins))])
            given = room._replace(
                origin=origins[start : start + size].astype(np.int32),
                trip_offset=offset[start : start + size + 1] - offset[start],
                destination=trips.destination[place],
                trips=trips.trips[place].copy(),
            )
            plant(links, self.volume, self.cost, self.rise, given, work)
            self.blocks.append(_cut(given))
            watch()
        kept = [block.trips for block in self.blocks]
        self.reached = np.concatenate([np.zeros(0), *kept]) > 0
        self.settle()

    def __enter__(self) -> Forest:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def settle(self) -> None:
        """Sum the flows of all origins anew, rid of what rounding left in them."""
        self.volume[:] = 0.0
        work, _ = self._spare[0]
        for block in self.blocks:
            settle(self.links, block, self.volume, work)
        price_links(self.links, self.volume, self.cost, self.rise)

    def level(self, tolerance: float, watch: Callable[[], None]) -> float:
        """Shift flow from longer to shorter ways once; return the excess cost met."""
        work, _ = self._spare[0]
        excess = 0.0
        for block in self.blocks:
            excess += level_bushes(
                self.links,
                block,
                tolerance,
                self.volume,
                self.cost,
                self.rise,
                work,
                self._ends[0],
                self._ends[1],
            )
            watch()
        return excess

    def remember(self) -> list[NDArray[np.float64]]:
        """Return the flows of all entries as they are, for :meth:`go_on`."""
        return [block.flow.copy() for block in self.blocks]

    def go_on(self, before: list[NDArray[np.float64]]) -> None:
        """Repeat the change since ``before``, as often as the objective falls by it.

        ``before`` is what :meth:`remember` returned, with no renewal since.
        """
        direction = np.zeros(len(self.volume))
        most, taken = MOST_STEPS, []
        for block, flow in zip(self.blocks, before, strict=True):
            taken.append(np.zeros(len(block.origin), dtype=np.bool_))
            most = min(most, find_pattern(block, flow, taken[-1], direction))
        if not direction.any():
            return
        low, high = 0.0, most
        if slope_along(self.links, self.volume, direction, most) <= 0:
            low = most
        else:
            for _ in range(BISECTIONS):
                middle = 0.5 * (low + high)
                if slope_along(self.links, self.volume, direction, middle) <= 0:
                    low = middle
                else:
                    high = middle
        if low > 0:
            for block, flow, which in zip(self.blocks, before, taken, strict=True):
                follow_pattern(block, flow, which, low)
            np.maximum(0.0, self.volume + low * direction, out=self.volume)
            price_links(self.links, self.volume, self.cost, self.rise)

    def renew(self, watch: Callable[[], None]) -> float:
        """Renew all bushes at these costs; return the excess cost over shortest paths."""
        if self._pool is None:
            excess = 0.0
            for at in range(len(self.blocks)):
                excess += self._renew(at, 0)
                watch()
            return excess
        n_threads = len(self._spare)

        def run(thread: int) -> list[float]:
            return [self._renew(at, thread) for at in range(thread, len(self.blocks), n_threads)]

        parts = list(self._pool.map(run, range(n_threads)))
        watch()
        # In the order of the blocks, whatever thread did them: the same sum to the last digit.
        return sum(parts[at % n_threads][at // n_threads] for at in range(len(self.blocks)))

    def _renew(self, at: int, thread: int) -> float:
        work, room = self._spare[thread]
        block = self.blocks[at]
        new = room._replace(
            origin=block.origin,
            trip_offset=block.trip_offset,
            destination=block.destination,
            trips=block.trips,
        )
        excess: float = renew(self.links, self.cost, block, new, work)
        self.blocks[at] = _cut(new)
        return excess


def _block_size(n_origins: int, n_links: int) -> int:
    if n_origins * n_links <= SMALL:
        return max(1, n_origins)
    return max(1, min(BLOCK_ENTRIES // n_links, -(-n_origins // MIN_BLOCKS)))


def _make_work(n_nodes: int, n_links: int) -> Work:
    return Work(
        low=np.empty(n_nodes),
        high=np.empty(n_nodes),
        least=np.empty(n_nodes),
        through=np.empty(n_nodes),
        place=np.empty(n_nodes, dtype=np.int64),
        low_entry=np.empty(n_nodes, dtype=np.int64),
        high_entry=np.empty(n_nodes, dtype=np.int64),
        entered_by=np.empty(n_nodes, dtype=np.int32),
        settled=np.empty(n_nodes, dtype=np.int32),
        carried=np.zeros(n_links),
        listed=np.zeros(n_links, dtype=np.bool_),
        keys=np.empty(2 * n_links + 2),
        nodes=np.empty(2 * n_links + 2, dtype=np.int32),
    )


def _make_room(size: int, n_nodes: int, n_links: int) -> Bushes:
    """Return room for the largest bushes that ``size`` origins can have."""
    return Bushes(
        origin=np.zeros(0, dtype=np.int32),
        node_offset=np.empty(size + 1, dtype=np.int64),
        order=np.empty(size * n_nodes, dtype=np.int32),
        entry_offset=np.empty(size * n_nodes + 1, dtype=np.int64),
        link=np.empty(size * n_links, dtype=np.int32),
        flow=np.empty(size * n_links),
        trip_offset=np.zeros(1, dtype=np.int64),
        destination=np.zeros(0, dtype=np.int32),
        trips=np.zeros(0),
    )


def _cut(room: Bushes) -> Bushes:
    """Return copies of what a room holds, no longer than that."""
    n_bushes = len(room.origin)
    n_nodes = int(room.node_offset[n_bushes])
    n_entries = int(room.entry_offset[n_nodes])
    return room._replace(
        node_offset=room.node_offset[: n_bushes + 1].copy(),
        order=room.order[:n_nodes].copy(),
        entry_offset=room.entry_offset[: n_nodes + 1].copy(),
        link=room.link[:n_entries].copy(),
        flow=room.flow[:n_entries].copy(),
    )
