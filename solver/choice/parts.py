"""The origins of a large demand, a few at a time, on several threads, and again after a stop."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np

from network.base import no_progress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from network.base import Progress

ORIGINS_AT_ONCE = 8
MOST_CHUNKS = 128

Part = TypeVar("Part")


class PartStore(Protocol[Part]):
    """Where finished chunks of origins are kept, so that stopped work can go on.

    A store belongs to one question: everything that the parts follow from.
    """

    def load(self, number: int) -> Sequence[Part] | None:
        """Return the parts of a chunk, None where it is not finished."""

    def save(self, number: int, parts: Sequence[Part]) -> None:
        """Keep the parts of a chunk; what cannot be kept is no error."""


def build_parts(
    origins: Sequence[int],
    build: Callable[[int], Part],
    *,
    workers: int,
    progress: Progress = no_progress,
    store: PartStore[Part] | None = None,
) -> list[Part]:
    """Build the part of every origin, in order, a chunk of origins at a time.

    Chunks that ``store`` has are taken from it, the others are put there as they are
    finished: whoever cancels loses those in work alone. The result depends neither on
    ``workers`` (threads) nor on what was in the store.
    """
    n_chunks = min(MOST_CHUNKS, max(1, -(-len(origins) // ORIGINS_AT_ONCE)))
    chunks = np.array_split(np.asarray(origins, dtype=np.int64), n_chunks)

    def build_chunk(number: int) -> Sequence[Part]:
        found = None if store is None else store.load(number)
        if found is None:
            found = [build(int(origin)) for origin in chunks[number]]
            if store is not None:
                store.save(number, found)
        return found

    parts: list[Part] = []
    with ThreadPoolExecutor(max_workers=workers) as pool:
        futures = [pool.submit(build_chunk, number) for number in range(n_chunks)]
        try:
            for done, future in enumerate(futures):
                parts.extend(future.result())
                progress("choice", done + 1, n_chunks)
        except BaseException:
            for future in futures:
                future.cancel()
            raise
    return parts
