"""The frozen network: a timetable, streets, and the walks that join them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from network.bookings import Bookings
    from network.streets.graph import StreetGraph
    from network.timetable import Timetable
    from network.walks import Footpaths, Pathways, StopLinks, TransferRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Everything a search runs on.

    ``streets`` and ``stop_links`` are None together: without streets every walk is a
    straight line times a detour. ``transfer_rules`` hold what transfers.txt says of single
    stops, routes and trips; those between two stops alone are in ``footpaths`` already.
    ``bookings`` say which calls one has to book; searches take them as any other.
    """

    timetable: Timetable
    footpaths: Footpaths
    transfer_rules: TransferRules | None = None
    pathways: Pathways | None = None
    streets: StreetGraph | None = None
    stop_links: StopLinks | None = None
    bookings: Bookings | None = None
