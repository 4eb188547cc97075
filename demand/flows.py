"""Commuter flows between zones and when they arrive: everybody who rides the lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class CommuterFlows:
    """Workers by home and work zone, with the share of them who go by transit.

    Sparse (COO) by ``zone_idx``: shape (n_pairs,) each, sorted by (origin, destination),
    no pair twice. ``workers`` are people by usual place of residence and work, not trips.
    """

    origin: NDArray[np.int32]
    destination: NDArray[np.int32]
    workers: NDArray[np.float64]
    transit_share: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.origin)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivalProfile:
    """When people arrive where they are going: share of a day's trips by minute.

    ``share[i]`` is the share arriving in the minute that starts at ``start_s + 60 i``;
    the shares of the modelled period sum to at most 1.
    """

    start_s: int
    share: NDArray[np.float64]

    def share_between(self, start_s: int, end_s: int) -> float:
        """Return the share arriving in ``[start_s, end_s)``, whole minutes."""
        first = max(0, (start_s - self.start_s) // 60)
        last = max(first, (end_s - self.start_s) // 60)
        return float(self.share[first:last].sum())


@dataclass(frozen=True, slots=True, kw_only=True)
class BackgroundDemand:
    """Transit trips of everybody whose hours nobody proposes to change.

    ``trips`` is passengers by (origin, destination) over the whole day's outward leg, shape
    (n_pairs,); multiply by the profile for a minute's arrivals.
    """

    origin: NDArray[np.int32]
    destination: NDArray[np.int32]
    trips: NDArray[np.float64]
    profile: ArrivalProfile
