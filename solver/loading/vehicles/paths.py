"""What the loading by vehicle runs starts from: demand by minute, and journeys to choose among."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from network.base import Problem
from network.base.errors import DemandInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

NOBODY = -1
"""Owner of passengers who belong to no cohort."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MinuteDemand:
    """Passengers by origin, destination and minute, shape (n_rows,) each, in any order.

    ``wanted_s`` is when they want to be there (or set out, where journeys are built by
    departure), seconds of the service day. ``flexible`` rows may arrive earlier or later at
    the cost of schedule delay. ``owner`` is a cohort, or :data:`NOBODY`.

    Raises
    ------
    DemandInputError
        If lengths differ, or a number of passengers is negative or not finite.
    """

    origin: NDArray[np.int32]
    place: NDArray[np.int32]
    wanted_s: NDArray[np.int32]
    pax: NDArray[np.float64]
    flexible: NDArray[np.bool_]
    owner: NDArray[np.int32]

    def __post_init__(self) -> None:
        """Refuse what is no demand."""
        lengths = [len(getattr(self, name)) for name in self.__dataclass_fields__]
        n_wrong = int((~(self.pax >= 0) | ~np.isfinite(self.pax)).sum())
        if len(set(lengths)) > 1 or n_wrong:
            raise DemandInputError(
                Problem(
                    file="<demand by minute>",
                    field="pax",
                    found=f"columns of {lengths} rows, {n_wrong} of them negative or no number",
                    expected="columns of one length and passengers of 0 or more",
                    mend="Correct the demand.",
                )
            )

    def __len__(self) -> int:
        return len(self.origin)


@dataclass(frozen=True, slots=True, kw_only=True)
class Journeys:
    """Journeys by single vehicle runs, each once, shape (n_journeys,).

    ``departure_s`` is the latest moment of setting out that catches the first ride;
    ``free_min`` the generalised minutes without crowding and without waiting for a better
    moment. Legs of journey ``j`` are ``leg_offset[j]`` to ``leg_offset[j + 1]``: the
    ``trip_idx``, and the stop times (positions in ``Timetable.departure_s``) of boarding and
    alighting. ``leg_walk_s`` leads to the leg, from the origin or from the ride before;
    ``egress_s`` to the destination. ``leg_seated`` goes on in the seat of the leg before.
    """

    origin: NDArray[np.int32]
    place: NDArray[np.int32]
    departure_s: NDArray[np.int32]
    arrival_s: NDArray[np.int32]
    egress_s: NDArray[np.int32]
    free_min: NDArray[np.float64]
    leg_offset: NDArray[np.int64]
    leg_trip: NDArray[np.int32]
    leg_board: NDArray[np.int32]
    leg_alight: NDArray[np.int32]
    leg_walk_s: NDArray[np.int32]
    leg_seated: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.departure_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunChoices:
    """Choice sets of all groups of passengers, by single vehicle runs.

    A *group* is (origin, place, minute wanted, flexible or not), sorted so; who rides is
    ``pax``. Its entries are ``offset[g]`` to ``offset[g + 1]``: ``journey`` (-1: by other
    lines), ``free_min`` generalised minutes without crowding, the minutes off the wanted one
    included, and ``path_size``. ``row_group`` is the group of every row of the demand, -1
    for those who have nothing to choose: they are ``stranded_pax``.
    """

    by_departure: bool
    group_origin: NDArray[np.int32]
    group_place: NDArray[np.int32]
    wanted_s: NDArray[np.int32]
    flexible: NDArray[np.bool_]
    pax: NDArray[np.float64]
    offset: NDArray[np.int64]
    journey: NDArray[np.int32]
    free_min: NDArray[np.float64]
    path_size: NDArray[np.float64]
    journeys: Journeys
    row_group: NDArray[np.int64]
    stranded_pax: float

    @property
    def n_groups(self) -> int:
        """Number of groups."""
        return len(self.pax)

    @property
    def n_entries(self) -> int:
        """Number of journeys offered, over all groups."""
        return len(self.journey)

    def group_of_entry(self) -> NDArray[np.int64]:
        """Return the group of every entry, shape (n_entries,)."""
        return np.repeat(np.arange(self.n_groups), np.diff(self.offset))
