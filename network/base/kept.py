"""What is made of parts of a network once and kept for the next search."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

_Made = TypeVar("_Made")


class Kept(Generic[_Made]):
    """The last few things made of objects that never change; several threads may ask.

    Objects are told apart by being the same, for arrays have no other name, and are kept alive
    beside what was made of them, so that none takes another's place in memory.
    """

    def __init__(self, n_kept: int) -> None:
        """Begin with nothing; the longest unused of more than ``n_kept`` goes."""
        self._n_kept = n_kept
        self._kept: OrderedDict[Hashable, tuple[_Made, tuple[object, ...]]] = OrderedDict()
        self._lock = Lock()

    def find(
        self, parts: tuple[object, ...], make: Callable[[], _Made], *, values: Hashable = None
    ) -> _Made:
        """Return what was made of the same ``parts`` and equal ``values``, else make it."""
        key = (tuple(id(part) for part in parts), values)
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                found = self._kept[key] = (make(), parts)
            self._kept.move_to_end(key)
            while len(self._kept) > self._n_kept:
                self._kept.popitem(last=False)
        return found[0]
