"""What riding in a full vehicle costs: the crowding multiplier and everything derived from it.

A *cell* is one stretch of line in one window of time. Its vehicles together offer
``seats`` and ``standing_m2`` of standing room; ``load`` is who rides it. Density counts
standing passengers only, so nothing is added while everyone can sit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from network.base import InputError, Problem

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

THRESHOLD_PAX_M2 = 4.0
"""Standing density that Paris operators' contracts call saturated, passengers per m2."""

SLOPE_RANGE = (0.05, 0.15)
"""Slopes the literature leaves open; results are shown over this range."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrowdingCurve:
    """A minute's weight at standing density d (pax/m2): ``m(d) = 1 + slope * d``.

    The line with slope 0.10 lies between the published curves (it gives 1.3 at 3 and 1.4 at
    4 pax/m2, averaged over seated and standing); it is a choice, so show ``SLOPE_RANGE``.

    With ``a = ride_min * slope / standing_m2`` and ``excess = max(0, load - seats)``, one
    passenger bears ``a * excess`` extra minutes and a cell costs ``load * a * excess``:
    zero up to the seats, convex everywhere, with a kink at the seats.

    References
    ----------
    Kroes, Kouwenhoven, Debrincat, Pauget, "Value of crowding on public transport in
    Ile-de-France", Transportation Research Record 2417, 2014, doi:10.3141/2417-05.
    Wardman, Whelan, "Twenty years of rail crowding valuation studies", Transport Reviews
    31(3), 2011, doi:10.1080/01441647.2010.519127.
    Tirachini, Sun, Erath, Chakirov, "Valuation of sitting and standing in metro trains using
    revealed preferences", Transport Policy 47, 2016, doi:10.1016/j.tranpol.2015.12.004.
    """

    slope: float = 0.10

    def __post_init__(self) -> None:
        if not (np.isfinite(self.slope) and self.slope >= 0):
            raise InputError(
                Problem(
                    file="<crowding curve>",
                    field="slope",
                    found=repr(self.slope),
                    expected="a number >= 0, usually 0.05 to 0.15",
                    mend="Give the extra weight of a minute per standing passenger per m2.",
                )
            )

    def density(
        self, load: ArrayLike, seats: ArrayLike, standing_m2: ArrayLike
    ) -> NDArray[np.float64]:
        """Compute standing passengers per square metre of standing room."""
        excess, room = _excess_and_room(load, seats, standing_m2)
        result: NDArray[np.float64] = excess / room
        return result

    def multiplier(
        self, load: ArrayLike, seats: ArrayLike, standing_m2: ArrayLike
    ) -> NDArray[np.float64]:
        """Compute the weight of a riding minute, 1 where everyone can sit."""
        return 1.0 + self.slope * self.density(load, seats, standing_m2)

    def extra_min(
        self, load: ArrayLike, seats: ArrayLike, standing_m2: ArrayLike, ride_min: ArrayLike
    ) -> NDArray[np.float64]:
        """Compute the extra minutes each passenger of a cell bears."""
        minutes = np.asarray(ride_min, dtype=np.float64)
        result: NDArray[np.float64] = minutes * self.slope * self.density(load, seats, standing_m2)
        return result

    def cost_min(
        self, load: ArrayLike, seats: ArrayLike, standing_m2: ArrayLike, ride_min: ArrayLike
    ) -> NDArray[np.float64]:
        """Compute the extra passenger-minutes of all who ride a cell: ``load * extra_min``."""
        result: NDArray[np.float64] = np.asarray(load, dtype=np.float64) * self.extra_min(
            load, seats, standing_m2, ride_min
        )
        return result

    def marginal_min(
        self, load: ArrayLike, seats: ArrayLike, standing_m2: ArrayLike, ride_min: ArrayLike
    ) -> NDArray[np.float64]:
        """Compute what one more passenger adds to ``cost_min``, the right derivative.

        At the kink (load = seats) this is the cost of the first who stands: that passenger
        takes room from all others, so the value jumps to ``a * seats`` there.
        """
        riders = np.asarray(load, dtype=np.float64)
        seated = np.asarray(seats, dtype=np.float64)
        factor = self._factor(standing_m2, ride_min, load)
        result: NDArray[np.float64] = np.where(
            riders >= seated, factor * (2.0 * riders - seated), 0.0
        )
        return result

    def beckmann_min(
        self, load: ArrayLike, seats: ArrayLike, standing_m2: ArrayLike, ride_min: ArrayLike
    ) -> NDArray[np.float64]:
        """Compute the integral of ``extra_min`` from 0 to the load.

        Its minimum over all route choices is where nobody gains by changing route.

        References
        ----------
        Beckmann, McGuire, Winsten, "Studies in the economics of transportation", 1956, ch. 3.
        """
        excess, room = _excess_and_room(load, seats, standing_m2)
        minutes = np.asarray(ride_min, dtype=np.float64)
        result: NDArray[np.float64] = minutes * self.slope * excess**2 / (2.0 * room)
        return result

    def tangent_points(self, seats: ArrayLike, max_load: ArrayLike, n: int) -> NDArray[np.float64]:
        """Compute ``n`` loads per cell, evenly spread from the seats to the largest load.

        Tangents of ``cost_min`` at these loads lie below it. Halfway between two of them,
        ``h`` apart, the largest of them is ``a * h**2 / 4`` below the curve and never more
        (the curve is quadratic above the seats), and it is exact up to the seats. Chords
        would lie above the curve, so no bound could rest on them.

        Returns
        -------
        points
            Loads, passengers, shape (n_cells, n); all equal to the seats where the largest
            load is not above them.
        """
        low = np.asarray(seats, dtype=np.float64)
        high = np.maximum(low, np.asarray(max_load, dtype=np.float64))
        points: NDArray[np.float64] = np.linspace(low, high, n, axis=-1)
        return points

    def tangents(
        self,
        points: NDArray[np.float64],
        seats: ArrayLike,
        standing_m2: ArrayLike,
        ride_min: ArrayLike,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Compute slopes and intercepts of the tangents of ``cost_min`` at ``points``.

        ``points`` has shape (n_cells, n), no point below the seats; with ``z >= 0`` the
        tangents ``z >= slope * load + intercept`` hold for every load.
        """
        factor = np.asarray(self._factor(standing_m2, ride_min, points[..., 0]))[..., None]
        seated = np.asarray(seats, dtype=np.float64)[..., None]
        return factor * (2.0 * points - seated), -factor * points**2

    def _factor(
        self, standing_m2: ArrayLike, ride_min: ArrayLike, load: ArrayLike
    ) -> NDArray[np.float64]:
        _, room = _excess_and_room(load, 0.0, standing_m2)
        result: NDArray[np.float64] = np.asarray(ride_min, dtype=np.float64) * self.slope / room
        return result


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatedStandingCurve:
    """A minute's weight, sitting and standing apart, at standing density d (pax/m2).

    Sitting ``1 + slope d``, standing ``standing + slope d``. The defaults give 1.2 to who
    stands in a vehicle with no other standing, 1.5 seated and 1.7 standing at 4 pax/m2 (the
    ends that Kroes et al. found in Paris) and 1.58 standing at 3 (Tirachini et al.: 1.55).

    Those on board share the seats evenly: each sits ``seats / load`` of a segment, whoever
    got on first. A minute's mean weight then depends on the load alone and rises with it, so
    that an equilibrium exists and is unique in the loads.

    Raises
    ------
    InputError
        If ``standing`` is below 1 or ``slope`` negative, or one of them not finite.

    References
    ----------
    Kroes, Kouwenhoven, Debrincat, Pauget, "Value of crowding on public transport in
    Ile-de-France", Transportation Research Record 2417, 2014, doi:10.3141/2417-05.
    Tirachini, Sun, Erath, Chakirov, "Valuation of sitting and standing in metro trains using
    revealed preferences", Transport Policy 47, 2016, doi:10.1016/j.tranpol.2015.12.004.
    """

    slope: float = 0.125
    standing: float = 1.2

    def __post_init__(self) -> None:
        for name, least in (("slope", 0.0), ("standing", 1.0)):
            value = getattr(self, name)
            if not (np.isfinite(value) and value >= least):
                raise InputError(
                    Problem(
                        file="<crowding curve>",
                        field=name,
                        found=repr(value),
                        expected=f"a number >= {least:g}",
                        mend="Give what a minute weighs beside one seated in an empty vehicle.",
                    )
                )

    def extra_min(
        self, load: ArrayLike, seats: ArrayLike, standing_m2: ArrayLike, ride_min: ArrayLike
    ) -> NDArray[np.float64]:
        """Compute the extra minutes each passenger of a segment bears, on average."""
        excess, room = _excess_and_room(load, seats, standing_m2)
        riders = np.asarray(load, dtype=np.float64)
        # Nobody aboard: the next one sits if there is a seat.
        alone = np.where(np.asarray(seats) > 0, 0.0, 1.0)
        share = np.where(riders > 0, excess / np.where(riders > 0, riders, 1.0), alone)
        weight = self.slope * excess / room + (self.standing - 1.0) * share
        result: NDArray[np.float64] = np.asarray(ride_min, dtype=np.float64) * weight
        return result


def capacity_pax(seats: ArrayLike, standing_m2: ArrayLike) -> NDArray[np.float64]:
    """Compute seats plus standing room at the saturation threshold of 4 passengers per m2."""
    result: NDArray[np.float64] = np.asarray(seats, dtype=np.float64) + (
        THRESHOLD_PAX_M2 * np.asarray(standing_m2, dtype=np.float64)
    )
    return result


def excess_pax_min(
    load: ArrayLike, seats: ArrayLike, standing_m2: ArrayLike, ride_min: ArrayLike
) -> NDArray[np.float64]:
    """Compute passenger-minutes of those above capacity: ``ride_min * max(0, load - capacity)``.

    Counts the passengers who do not fit at 4 per m2, not everyone who rides with them:
    continuous in the load, so small changes of a plan move it little.
    """
    over = np.maximum(0.0, np.asarray(load, dtype=np.float64) - capacity_pax(seats, standing_m2))
    result: NDArray[np.float64] = np.asarray(ride_min, dtype=np.float64) * over
    return result


def exposed_pax_min(
    load: ArrayLike, seats: ArrayLike, standing_m2: ArrayLike, ride_min: ArrayLike
) -> NDArray[np.float64]:
    """Compute passenger-minutes of everyone who rides a cell that is above capacity.

    Jumps when a cell crosses the threshold; over all passenger-minutes it is one minus the
    share carried below 4 per m2 that operators' contracts follow.
    """
    riders = np.asarray(load, dtype=np.float64)
    above = riders > capacity_pax(seats, standing_m2)
    result: NDArray[np.float64] = np.where(
        above, np.asarray(ride_min, dtype=np.float64) * riders, 0.0
    )
    return result


def share_below_threshold(
    load: ArrayLike, seats: ArrayLike, standing_m2: ArrayLike, ride_min: ArrayLike
) -> float:
    """Compute the share of passenger-minutes ridden in cells at or below 4 per m2 (0 to 1)."""
    total = float(np.sum(np.asarray(ride_min, dtype=np.float64) * np.asarray(load)))
    if total == 0.0:
        return 1.0
    return 1.0 - float(np.sum(exposed_pax_min(load, seats, standing_m2, ride_min))) / total


def _excess_and_room(
    load: ArrayLike, seats: ArrayLike, standing_m2: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return standing passengers and standing room; reject standing where there is no room."""
    riders = np.asarray(load, dtype=np.float64)
    room = np.asarray(standing_m2, dtype=np.float64)
    excess = np.maximum(0.0, riders - np.asarray(seats, dtype=np.float64))
    no_room = (room <= 0) & (excess > 0)
    if np.any(no_room):
        raise InputError(
            Problem(
                file="<crowding>",
                field="standing_m2",
                found=f"{int(np.sum(no_room))} cells with people standing and no standing room",
                expected="standing_m2 > 0 wherever the load exceeds the seats",
                mend="Drop cells without service, or give their vehicles some standing room.",
            )
        )
    return excess, np.where(room > 0, room, 1.0)
