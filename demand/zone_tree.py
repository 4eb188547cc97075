"""The zone tree while it is being built."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from demand.communes import CommuneSplit
from demand.zones import ZoneSystem

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(slots=True)
class ZoneTree:
    """Zones as they are added: leaves in order, and the names, levels, parents of all.

    ``parts`` lists, by commune code, its leaf zones with the share of the commune in each.
    """

    ids: list[str] = field(default_factory=list)
    lat: list[float] = field(default_factory=list)
    lon: list[float] = field(default_factory=list)
    inside: list[bool] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    levels: dict[str, str] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)
    spread_m: list[float] = field(default_factory=list)
    parts: dict[str, list[tuple[int, float]]] = field(default_factory=dict)

    def add(self, zone_id: str, name: str, level: str, parent: str | None) -> None:
        """Add a zone of any level."""
        self.names[zone_id] = name
        self.levels[zone_id] = level
        if parent is not None:
            self.parents[zone_id] = parent

    def add_leaf(
        self, zone_id: str, lat: float, lon: float, inside: bool, spread_m: float = 0.0
    ) -> int:
        """Make a zone a leaf and return its ``zone_idx``."""
        self.spread_m.append(spread_m)
        self.ids.append(zone_id)
        self.lat.append(lat)
        self.lon.append(lon)
        self.inside.append(inside)
        return len(self.ids) - 1

    def zones(self) -> ZoneSystem:
        """Return the finished tree."""
        return ZoneSystem(
            ids=tuple(self.ids),
            lat=np.asarray(self.lat),
            lon=np.asarray(self.lon),
            in_territory=np.asarray(self.inside, dtype=np.bool_),
            names=self.names,
            levels=self.levels,
            parents=self.parents,
            spread_m=np.asarray(self.spread_m),
        )

    def split(self, codes: Sequence[str]) -> CommuneSplit:
        """Return the leaf zones of communes; jobs are shared like homes."""
        flat = [part for code in codes for part in self.parts[code]]
        counts = [len(self.parts[code]) for code in codes]
        share = np.asarray([share for _, share in flat])
        return CommuneSplit(
            codes=tuple(codes),
            n_zones=len(self.ids),
            offset=np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
            zone_idx=np.asarray([zone for zone, _ in flat], dtype=np.int32),
            home_share=share,
            work_share=share.copy(),
        )
