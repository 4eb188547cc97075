"""What a road assignment found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from network.roads import TripTable
    from solver.loading.road.cost import Objective


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadResult:
    """Flows at the end of an assignment, with what they cost, in the network's order and units.

    ``flow`` (vehicles), ``time`` (without tolls and lengths), ``cost`` (generalised) and
    ``external_cost`` (what one more vehicle costs the others) have shape (n_links,); time and
    cost are infinite on ``closed`` links, those whose time depends on a volume they have no
    capacity for.

    ``objective`` is what was minimised: Beckmann's sum of integrals for a user equilibrium,
    ``total_cost`` for a system optimum. ``total_travel_time`` is the sum of flow times time,
    ``total_cost`` that of flow times generalised cost.

    ``relative_gap`` is ``1 - SPTT / TSTT``: TSTT what all trips pay, SPTT what they would pay
    on the cheapest paths at the same costs; marginal costs for a system optimum. ``history``
    has the gap of each iteration, the last one this.

    ``unreachable`` are the trips no path serves, ``intrazonal_trips`` those within a zone;
    neither is on the network. ``assigned_trips`` are.
    """

    kind: Objective
    flow: NDArray[np.float64]
    time: NDArray[np.float64]
    cost: NDArray[np.float64]
    external_cost: NDArray[np.float64]
    closed: NDArray[np.bool_]
    objective: float
    total_travel_time: float
    total_cost: float
    relative_gap: float
    history: tuple[float, ...]
    converged: bool
    seconds: float
    assigned_trips: float
    intrazonal_trips: float
    unreachable: TripTable

    @property
    def iterations(self) -> int:
        """How often paths were searched and the gap taken."""
        return len(self.history)
