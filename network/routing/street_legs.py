"""Legs by bicycle and by car: between places, stops and car parks, over the streets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from network.base import SourceClass

if TYPE_CHECKING:
    from network.routing.drives import Drive
    from network.streets.graph import StreetMode


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetLeg:
    """A way by bicycle or by car at free flow; stops are None at places and car parks.

    ``metres`` and the seconds include the straight walks between the ends and the street,
    ``off_street_m`` metres together, and ``points`` (lat, lon) draw it, both ends included.
    ``standing_s`` are the seconds of it that nobody moves: parking at its end, picking up.
    ``streets`` are the names of the streets it takes, in order, unnamed ones left out.
    ``occupants`` share a car, and its grams.
    """

    mode: StreetMode
    from_name: str
    to_name: str
    from_stop: int | None
    to_stop: int | None
    departure_s: int
    arrival_s: int
    metres: float
    off_street_m: float
    points: tuple[tuple[float, float], ...]
    streets: tuple[str, ...] = ()
    standing_s: int = 0
    occupants: int = 1
    source_class: SourceClass = SourceClass.ESTIMATED

    @property
    def street_m(self) -> float:
        """Metres ridden or driven."""
        return self.metres - self.off_street_m


def leg_of_drive(
    drive: Drive,
    from_name: str,
    to_name: str,
    departure_s: int,
    *,
    from_stop: int | None = None,
    to_stop: int | None = None,
    seconds: int | None = None,
    standing_s: int = 0,
    occupants: int = 1,
) -> StreetLeg:
    """Return a drive as a leg that leaves at ``departure_s``.

    It takes ``seconds`` in all, those of the drive and of standing where None.
    """
    taken_s = drive.seconds + standing_s if seconds is None else seconds
    return StreetLeg(
        mode=drive.mode,
        from_name=from_name,
        to_name=to_name,
        from_stop=from_stop,
        to_stop=to_stop,
        departure_s=departure_s,
        arrival_s=departure_s + taken_s,
        metres=drive.metres,
        off_street_m=drive.off_street_m,
        points=drive.points,
        streets=drive.streets,
        standing_s=standing_s,
        occupants=occupants,
        source_class=drive.source_class,
    )
