"""Things kept in memory by id, the oldest forgotten first."""

from __future__ import annotations

import threading
import uuid
from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Full(Exception):  # noqa: N818 - an outcome: nothing may be forgotten
    """There is no room, and nothing that may be forgotten."""


class Store(Generic[T]):
    """At most ``limit`` things; beyond it the oldest that ``may_forget`` allows goes."""

    def __init__(self, limit: int, may_forget: Callable[[T], bool] = lambda _item: True) -> None:
        self._limit = limit
        self._may_forget = may_forget
        self._items: OrderedDict[str, T] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, item: T) -> str:
        """Keep a thing and return its new id, which nobody can guess.

        Raises
        ------
        Full
            If there is no room and nothing may be forgotten.
        """
        with self._lock:
            if len(self._items) >= self._limit:
                oldest = next((k for k, v in self._items.items() if self._may_forget(v)), None)
                if oldest is None:
                    raise Full
                del self._items[oldest]
            key = uuid.uuid4().hex
            self._items[key] = item
            return key

    def find(self, key: str) -> T | None:
        """Return a thing, None where there is none of that id."""
        with self._lock:
            return self._items.get(key)

    def items(self) -> list[tuple[str, T]]:
        """Return all ids and things, the oldest first."""
        with self._lock:
            return list(self._items.items())
