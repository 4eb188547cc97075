"""Lines that are not in the network, as speeds: what they offer instead, roughly."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def _check(rules: LocalLines | OtherLines) -> None:
    for item in fields(rules):
        value = getattr(rules, item.name)
        speed = item.name.endswith("kmh") or item.name == "detour"
        if value < 0 or (speed and value == 0):
            msg = f"{item.name} must be {'positive' if speed else 'at least 0'}, got {value}"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalLines:
    """Buses and local trams to the nearest stations (estimated).

    ``fixed_min`` is the walk, the wait and the way to the platform; the ride is the straight
    line x ``detour`` at ``kmh``; stations farther than ``max_m`` or beyond the
    ``max_stations`` nearest are not reached this way. Buses in Paris and the inner suburbs
    run at 10 to 15 km/h.
    """

    fixed_min: float = 11.0
    kmh: float = 12.0
    detour: float = 1.3
    max_m: float = 3_000.0
    max_stations: int = 6

    def __post_init__(self) -> None:
        _check(self)

    def ride_min(self, straight_m: ArrayLike) -> NDArray[np.float64]:
        """Compute minutes in the vehicle for straight-line distances in metres."""
        minutes: NDArray[np.float64] = (
            np.asarray(straight_m, dtype=np.float64) / 1000 * self.detour / self.kmh * 60
        )
        return minutes

    def trip_min(self, straight_m: ArrayLike) -> NDArray[np.float64]:
        """Compute minutes from door to stop."""
        minutes: NDArray[np.float64] = self.fixed_min + self.ride_min(straight_m)
        return minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherLines:
    """Metro, RER and train lines that the network does not hold (estimated).

    One end of a trip is the way to the nearest of their stations and ``board_min`` (wait, half
    a change), ``longest_end_min`` at most; ``usual_end_min`` where nobody says where their
    stations are. The ride is the straight line x ``detour`` at ``near_kmh`` for the first
    ``near_km`` and at ``far_kmh`` beyond. Changing to a modelled line at a *hub*, a station
    where other lines call, takes ``change_min``. A trip changes ``changes`` times on average
    (1.36 modes a trip in the household survey, and changes from metro to metro besides).

    The defaults follow 1.2 million Ile-de-France trips: out of the vehicle 16 minutes of 31
    inside Paris and 21 of 54 between suburbs, that is 8 and 10.5 an end, of which two thirds
    are walked; 15 and 33 minutes in it. At the mean range of 8.9 km the formula gives 43
    minutes with usual ends; the trips took 43, the household survey found 48.

    References
    ----------
    Ixxi (RATP), study of 1.2 million trip requests, reported by Bus et Car, September 2014.
    EGT 2010, STIF-OMNIL-DRIEA, La mobilite en Ile-de-France no 13, January 2013.
    """

    board_min: float = 3.0
    usual_end_min: float = 9.25
    longest_end_min: float = 30.0
    change_min: float = 4.0
    changes: float = 0.7
    near_kmh: float = 21.0
    far_kmh: float = 42.0
    near_km: float = 6.0
    detour: float = 1.3

    def __post_init__(self) -> None:
        _check(self)

    def ride_min(self, straight_m: ArrayLike) -> NDArray[np.float64]:
        """Compute minutes in the vehicle for straight-line distances in metres."""
        path_km = np.asarray(straight_m, dtype=np.float64) / 1000 * self.detour
        near = np.minimum(path_km, self.near_km)
        minutes: NDArray[np.float64] = (
            near / self.near_kmh * 60 + (path_km - near) / self.far_kmh * 60
        )
        return minutes
