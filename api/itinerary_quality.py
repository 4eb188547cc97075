"""What each leg of an itinerary rests on, as fixed words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from network.timetable import UNKNOWN
from network.walking.access import PATHWAYS, STREETS, draw_walk

if TYPE_CHECKING:
    from api.schemas import Quality
    from network import Network
    from network.routing import RideLeg, WalkLeg
    from network.timetable import Timetable

_WALKS: dict[str, Quality] = {STREETS: "walk_streets", PATHWAYS: "walk_pathways"}


def describe_walk(network: Network, leg: WalkLeg) -> list[Quality]:
    """Return whether a walk goes over streets, through a station or straight."""
    start = leg.points[0] if leg.from_stop is None else leg.from_stop
    end = leg.points[-1] if leg.to_stop is None else leg.to_stop
    # The search has drawn it already: this looks it up.
    return [_WALKS.get(draw_walk(network, start, end).kind, "walk_straight")]


def describe_ride(
    timetable: Timetable, leg: RideLeg, *, wheelchair: bool, bicycle: bool
) -> list[Quality]:
    """Return how a ride is drawn and timed, and what the feed does not say of it.

    ``wheelchair`` and ``bicycle`` say whether one travels with either.
    """
    found: list[Quality] = ["line_shape" if leg.shape else "line_straight"]
    if leg.is_headway:
        found.append("headway")
    ends = [leg.calls[0].stop_idx, leg.calls[-1].stop_idx]
    if wheelchair and (
        timetable.trip_wheelchair[leg.trip_idx] == UNKNOWN
        or bool((timetable.stops.wheelchair[ends] == UNKNOWN).any())
    ):
        found.append("wheelchair_unknown")
    if bicycle and timetable.trip_bikes[leg.trip_idx] == UNKNOWN:
        found.append("bicycle_unknown")
    return found
