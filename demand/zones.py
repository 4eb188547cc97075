"""Zones: a tree of places people leave from and go to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEVELS = ("quartier", "commune", "agglomeration", "departement", "region")


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneSystem:
    """The leaves of the zone tree, where demand starts and ends, and their ancestors.

    Leaf arrays have shape (n_zones,); ``zone_idx`` is a position in them. A leaf is a
    quartier in and near the territory and a commune or a group of communes far away;
    ``lat``/``lon`` is its centre. ``parents[id]`` is the id one level up (the root has
    none) for every zone, leaf or not; ``names`` and ``levels`` cover all of them too.
    ``in_territory`` marks leaves of the territory itself. ``spread_m`` is the extent of each
    leaf, the root mean square distance of where people are from its centre, metres (None:
    every leaf is a point).
    """

    ids: tuple[str, ...]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    in_territory: NDArray[np.bool_]
    names: dict[str, str]
    levels: dict[str, str]
    parents: dict[str, str]
    spread_m: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        return len(self.ids)

    def get_index(self, zone_id: str) -> int:
        """Return the ``zone_idx`` of a leaf; raise KeyError if there is none."""
        try:
            return self.ids.index(zone_id)
        except ValueError:
            raise KeyError(zone_id) from None

    def spread_or_zero_m(self) -> NDArray[np.float64]:
        """Return the extent of every leaf, metres, 0 where none is given."""
        return np.zeros(len(self)) if self.spread_m is None else self.spread_m

    def leaf_name(self, zone_idx: int) -> str:
        """Return the name of a leaf."""
        return self.names[self.ids[zone_idx]]

    def leaves_under(self, zone_id: str) -> NDArray[np.int32]:
        """Return the ``zone_idx`` of all leaves at or below a zone of any level."""
        inside = []
        for idx, leaf in enumerate(self.ids):
            current: str | None = leaf
            while current is not None and current != zone_id:
                current = self.parents.get(current)
            if current == zone_id:
                inside.append(idx)
        return np.asarray(inside, dtype=np.int32)
