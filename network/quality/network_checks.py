"""What only the built network shows: islands, overtaking trips, stops off the streets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from network.base import format_clock
from network.quality.calls import match_rows
from network.quality.findings import MAX_EXAMPLES, Kind, Words, build_finding, problem
from network.quality.islands import Reach, find_reach
from network.quality.report import Severity
from network.streets.graph import StreetMode
from network.streets.snap import MAX_OFF_STREET_M, Snapper

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from network.building.inputs import FeedTables
    from network.network import Network
    from network.quality.report import Finding
    from network.timetable import Timetable

_LOOK_M = 5000.0

_ISLAND = Kind(code="stop_on_island", severity=Severity.WARNING, unit="stops")
_NO_WAY_BACK = Kind(code="stop_without_way_back", severity=Severity.NOTE, unit="stops")
_NO_WAY_THERE = Kind(code="stop_never_reached", severity=Severity.NOTE, unit="stops")
_OVERTAKEN = Kind(code="overtaking_trip", severity=Severity.NOTE, unit="trips")
_OFF_STREET = Kind(code="stop_far_from_street", severity=Severity.WARNING, unit="stops")
_OUTSIDE = Kind(code="stop_outside_extract", severity=Severity.WARNING, unit="stops")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedNetwork:
    """A built network and the feeds it was built from.

    ``stop_feed`` is the number of the feed of each stop in use, ``stop_row`` its row in that
    feed's stops.
    """

    network: Network
    feeds: tuple[FeedTables, ...]
    prefixes: tuple[str, ...]
    stop_feed: NDArray[np.int32]
    stop_row: NDArray[np.int32]


def prepare_network(
    network: Network, feeds: tuple[FeedTables, ...], prefixes: tuple[str, ...]
) -> CheckedNetwork:
    """Prepare a network for its checks: find each stop's feed and row."""
    ids = pd.Series(network.timetable.stops.ids, dtype=object)
    stop_feed = np.full(len(ids), -1, dtype=np.int32)
    stop_row = np.full(len(ids), -1, dtype=np.int32)
    for number, (feed, prefix) in enumerate(zip(feeds, prefixes, strict=True)):
        own = feed.stops["stop_id"].astype(object)
        row = match_rows(ids, own if not prefix else prefix + ":" + own)
        free = (row >= 0) & (stop_feed < 0)
        stop_feed[free], stop_row[free] = number, row[free]
    return CheckedNetwork(
        network=network, feeds=feeds, prefixes=prefixes, stop_feed=stop_feed, stop_row=stop_row
    )


def check_islands(checked: CheckedNetwork) -> Iterator[Finding]:
    """Find stops in use that rides and walks do not join with the main part of the network.

    The main part is the largest set of stops each of which can reach every other, whatever
    the hour. Of the rest, some can only be reached from it, some only reach it, some neither.
    """
    reach = find_reach(checked.network.timetable, checked.network.footpaths)
    n_main = int(np.count_nonzero(reach.reach == Reach.MAIN))
    cases = (
        (_ISLAND, Reach.ISLAND, "can neither reach the main part of the network nor be reached"),
        (_NO_WAY_BACK, Reach.FROM_MAIN, "can be reached, but no ride or walk leads back"),
        (_NO_WAY_THERE, Reach.TO_MAIN, "is never reached: no ride or walk leads there"),
    )
    size = np.bincount(reach.part)
    for kind, which, found in cases:
        # Largest parts first, then by stop: an island of many stops is the worse fault.
        stops = np.flatnonzero(reach.reach == which)
        stops = stops[np.lexsort((stops, reach.part[stops], -size[reach.part[stops]]))]
        yield from _stop_findings(
            checked,
            kind,
            stops,
            lambda stop, found=found: Words(  # type: ignore[misc]
                found=f"stop {checked.network.timetable.stops.ids[stop]!r} "
                f"({checked.network.timetable.stops.names[stop]}) {found}; "
                f"{size[reach.part[stop]]} stops hang together here",
                expected=f"rides or walks to and from the main part ({n_main} stops)",
                mend="Look for missing trips, transfers or pathways, or a misplaced stop.",
            ),
            one_of=reach.part,
        )


def check_overtaking(checked: CheckedNetwork) -> Iterator[Finding]:
    """Find trips that overtake, or are overtaken by, one of the same route and stops."""
    timetable = checked.network.timetable
    found: dict[int, list[tuple[int, int, int, int]]] = {}
    for lanes in _lanes(timetable):
        for lane in lanes[1:]:
            for trip in range(*timetable.pattern_trip_offset[lane : lane + 2].tolist()):
                met = _find_overtaken(timetable, lanes[0], lane, trip)
                if met is not None:
                    stop = int(timetable.pattern_stops(lane)[0])
                    number = int(checked.stop_feed[stop])
                    found.setdefault(number, []).append((trip, *met, stop))
    for number in sorted(found):
        feed = checked.feeds[number]
        file = feed.file("trips")
        examples = [
            problem(
                file,
                Words(
                    found=f"trip {timetable.trip_ids[trip]!r} and trip "
                    f"{timetable.trip_ids[other]!r}: one overtakes the other after "
                    f"{format_clock(clock_s)}",
                    expected="trips of one route that keep their order at the same stops",
                    mend="Nothing where one does overtake; else correct the times.",
                ),
                row=_trip_line(feed, timetable.trip_ids[trip], checked.prefixes[number]),
            )
            for trip, other, clock_s, _ in found[number][:MAX_EXAMPLES]
        ]
        stops = np.array([stop for *_, stop in found[number]])
        finding = build_finding(
            _OVERTAKEN,
            file,
            examples,
            count=len(found[number]),
            lat=timetable.stops.lat[stops],
            lon=timetable.stops.lon[stops],
        )
        if finding is not None:
            yield finding


def check_streets_near_stops(checked: CheckedNetwork) -> Iterator[Finding]:
    """Find stops in use far from any street one can walk on, and those outside the extract.

    Far is more than 250 m, the limit within which stops are joined to streets; stops joined
    through an entrance are near. Outside is beyond the convex hull of the extract's junctions
    and that far from streets too.
    """
    streets, links = checked.network.streets, checked.network.stop_links
    if streets is None:
        return
    stops = checked.network.timetable.stops
    snapper = Snapper(streets, StreetMode.WALK)
    near = snapper.snap(stops.lat, stops.lon, limit_m=MAX_OFF_STREET_M).is_near
    if links is not None:
        near |= np.diff(links.offset) > 0
    far = np.flatnonzero(~near)
    away_m = np.full(len(stops), np.inf)
    away_m[far] = snapper.snap(stops.lat[far], stops.lon[far], limit_m=_LOOK_M).distance_m
    hull = shapely.convex_hull(
        shapely.multipoints(np.column_stack((streets.nodes.lon, streets.nodes.lat)))
    )
    is_outside = ~shapely.intersects_xy(hull, stops.lon[far], stops.lat[far])
    order = np.argsort(-away_m[far], kind="stable")
    for kind, chosen in ((_OUTSIDE, is_outside), (_OFF_STREET, ~is_outside)):
        yield from _stop_findings(
            checked,
            kind,
            far[order][chosen[order]],
            lambda stop: Words(
                found=f"stop {stops.ids[stop]!r} ({stops.names[stop]}) is "
                + (
                    f"{away_m[stop]:.0f} m from the nearest street"
                    if np.isfinite(away_m[stop])
                    else f"over {_LOOK_M / 1000:.0f} km from any street"
                )
                + f" of {streets.name}",
                expected=f"a street within {MAX_OFF_STREET_M:.0f} m",
                mend="Take an extract that covers the stop, or correct its coordinates.",
            ),
        )


def _stop_findings(
    checked: CheckedNetwork,
    kind: Kind,
    stops: NDArray[np.intp],
    describe: Callable[[int], Words],
    *,
    one_of: NDArray[np.integer[Any]] | None = None,
) -> Iterator[Finding]:
    """Build a finding for each feed that has some of these stops, in their order.

    With ``one_of`` (a group by stop) the examples are of different groups.
    """
    for number in np.unique(checked.stop_feed[stops]).tolist():
        own = stops[checked.stop_feed[stops] == number]
        tables = checked.feeds[number]
        shown = own
        if one_of is not None:
            _, first = np.unique(one_of[own], return_index=True)
            shown = own[np.sort(first)]
        examples = [
            problem(
                tables.file("stops"),
                describe(stop),
                row=int(tables.stops.index[checked.stop_row[stop]]) + 2,
            )
            for stop in shown[:MAX_EXAMPLES].tolist()
        ]
        finding = build_finding(
            kind,
            tables.file("stops"),
            examples,
            count=len(own),
            lat=checked.network.timetable.stops.lat[own],
            lon=checked.network.timetable.stops.lon[own],
        )
        if finding is not None:
            yield finding


def _lanes(timetable: Timetable) -> list[list[int]]:
    """Return groups of patterns that differ in nothing but that their trips overtake."""
    groups: dict[tuple[int, int, bytes, bytes, bytes], list[int]] = {}
    for pattern in range(timetable.n_patterns):
        own = slice(*timetable.pattern_offset[pattern : pattern + 2].tolist())
        key = (
            int(timetable.pattern_route[pattern]),
            int(timetable.pattern_direction[pattern]),
            timetable.pattern_stop[own].tobytes(),
            timetable.pattern_pickup[own].tobytes(),
            timetable.pattern_dropoff[own].tobytes(),
        )
        groups.setdefault(key, []).append(pattern)
    return [lanes for lanes in groups.values() if len(lanes) > 1]


def _find_overtaken(
    timetable: Timetable, main: int, lane: int, trip: int
) -> tuple[int, int] | None:
    """Return a trip of the main lane that changes places with a trip, and when; else None."""
    arrival, departure = timetable.pattern_times(main)
    own_arrival, own_departure = timetable.pattern_times(lane)
    row = trip - int(timetable.pattern_trip_offset[lane])
    times = np.concatenate((arrival, departure), axis=1)
    own = np.concatenate((own_arrival[row], own_departure[row]))
    crossed = (times < own).any(axis=1) & (times > own).any(axis=1)
    if not crossed.any():
        return None
    other = int(np.argmax(crossed))
    behind = departure[other] > own_departure[row]
    place = int(np.argmax(behind != behind[0])) if (behind != behind[0]).any() else 0
    when = int(own_departure[row][max(place - 1, 0)])
    return int(timetable.pattern_trip_offset[main]) + other, when


def _trip_line(feed: FeedTables, trip_id: str, prefix: str) -> int | None:
    """Return the line of trips.txt of a trip of the timetable; None where it is not found."""
    name = trip_id.removeprefix(f"{prefix}:") if prefix else trip_id
    ids = feed.trips["trip_id"]
    for candidate in (name, name.rpartition("@")[0]):
        rows = np.flatnonzero((ids == candidate).to_numpy(dtype=bool, na_value=False))
        if len(rows):
            return int(feed.trips.index[rows[0]]) + 2
    return None
