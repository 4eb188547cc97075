"""The trip that each vehicle goes on as, passengers staying on board."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from network.base import Problem
from network.building.rows import texts, whole_numbers
from network.building.runs import DAY_AFTER, DAY_BEFORE, TODAY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.building.calls import TripCalls
    from network.building.inputs import FeedTables
    from network.building.runs import TripRuns

IN_SEAT, NO_IN_SEAT = 4, 5
"""transfer_type of a transfer in which passengers may, and may not, stay on board."""


@dataclass(frozen=True, slots=True)
class _Ends:
    """When and where each run starts and ends; places are stations."""

    first_s: NDArray[np.int64]
    last_s: NDArray[np.int64]
    first_place: NDArray[np.int32]
    last_place: NDArray[np.int32]

    def joined(self, a: int, b: int) -> bool:
        """Return whether run b starts where run a ends, at or after its arrival."""
        return bool(self.last_place[a] == self.first_place[b] and self.last_s[a] <= self.first_s[b])


def link_trips(
    tables: FeedTables,
    calls: TripCalls,
    runs: TripRuns,
    names: NDArray[np.object_],
    place_of_stop: NDArray[np.int32],
) -> NDArray[np.int32]:
    """Return the run that each run's vehicle goes on as, -1 where passengers must leave it.

    Of the runs of one block_id and day, by departure, each goes on as the next where that
    one starts at the same stop or station, at or after the arrival. Runs of a block that are
    under way at the same time are no block: they are set aside from it and counted. A run by
    headway goes on only as the next round of its own trip, where that is a loop. Rows of
    transfers.txt of type 4 between two trips link them wherever they end and start, before
    any block does (of several the first to leave); the later trip may be of the next service
    day. Rows of type 5 part what a block would link.

    Parameters
    ----------
    names
        trip_id of each run, to break ties.
    place_of_stop
        Station of each row of the stop table.

    References
    ----------
    GTFS Schedule reference: trips.txt (block_id) and transfers.txt ("Linked trips"). Google
    Transit, "Block transfer example": loops run by headway.
    """
    trip = runs.trip
    ends = _Ends(
        first_s=calls.first_departure_s[trip] + runs.shift_s,
        last_s=calls.last_arrival_s[trip] + runs.shift_s,
        first_place=place_of_stop[calls.stop[calls.offset[:-1]]][trip],
        last_place=place_of_stop[calls.stop[calls.offset[1:] - 1]][trip],
    )
    allowed, forbidden = in_seat_pairs(tables, calls)
    following = np.full(len(runs), -1, dtype=np.int32)
    _link_blocks(tables, calls, runs, names, ends, following)
    for a in np.flatnonzero(following >= 0).tolist():
        if (int(trip[a]), int(trip[following[a]])) in forbidden:
            following[a] = -1
    _link_pairs(tables, calls, runs, names, ends, allowed, following)
    return following


def in_seat_pairs(
    tables: FeedTables, calls: TripCalls
) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
    """Return the pairs of trips that transfers of type 4 link, and those that type 5 parts."""
    frame = tables.transfers
    pairs: dict[int, set[tuple[int, int]]] = {IN_SEAT: set(), NO_IN_SEAT: set()}
    if frame is None:
        return pairs[IN_SEAT], pairs[NO_IN_SEAT]
    row_of = {trip: i for i, trip in enumerate(calls.trip_ids.tolist())}
    kinds = whole_numbers(frame["transfer_type"], default=0)
    sides = (texts(frame["from_trip_id"]), texts(frame["to_trip_id"]))
    for row in np.flatnonzero((kinds == IN_SEAT) | (kinds == NO_IN_SEAT)).tolist():
        a, b = (row_of.get(side[row]) for side in sides)
        if a is not None and b is not None:
            pairs[int(kinds[row])].add((a, b))
    return pairs[IN_SEAT] - pairs[NO_IN_SEAT], pairs[NO_IN_SEAT]


def _link_blocks(
    tables: FeedTables,
    calls: TripCalls,
    runs: TripRuns,
    names: NDArray[np.object_],
    ends: _Ends,
    following: NDArray[np.int32],
) -> None:
    """Link the runs of each block and day in ``following``."""
    blocks: dict[tuple[str, int, int], list[int]] = {}
    own = calls.blocks[runs.trip]
    for run in np.flatnonzero(own != "").tolist():
        if not runs.is_headway[run]:
            blocks.setdefault((own[run], int(runs.day[run]), -1), []).append(run)
        elif ends.first_place[run] == ends.last_place[run]:
            key = (own[run], int(runs.day[run]), int(runs.trip[run]))
            blocks.setdefault(key, []).append(run)
    overlapping: list[tuple[str, int]] = []
    for (block, _, loop), members in sorted(blocks.items()):
        members.sort(key=lambda r: (ends.first_s[r], ends.last_s[r], names[r]))
        if loop >= 0:
            _link_loop(members, ends, following)
            continue
        clashing = _clashing(members, ends)
        overlapping += [(block, run) for run in sorted(clashing)]
        for a, b in zip(members[:-1], members[1:], strict=True):
            if a not in clashing and b not in clashing and ends.joined(a, b):
                following[a] = b
    _count_overlaps(tables, names, overlapping)


def _link_loop(members: list[int], ends: _Ends, following: NDArray[np.int32]) -> None:
    """Link each run of a loop to the first that leaves at or after its arrival."""
    leaves_s = ends.first_s[members]
    after = np.searchsorted(leaves_s, ends.last_s[members])
    for place, (run, position) in enumerate(zip(members, after.tolist(), strict=True)):
        position = max(position, place + 1)
        if position < len(members):
            following[run] = members[position]


def _clashing(members: list[int], ends: _Ends) -> set[int]:
    """Return the runs that are under way while another of them is; they are by departure."""
    clashing: set[int] = set()
    latest = members[0]
    for run in members[1:]:
        if ends.first_s[run] < ends.last_s[latest]:
            clashing |= {latest, run}
        if ends.last_s[run] > ends.last_s[latest]:
            latest = run
    return clashing


def _count_overlaps(
    tables: FeedTables, names: NDArray[np.object_], overlapping: list[tuple[str, int]]
) -> None:
    for block, run in overlapping:
        tables.log.set_aside(
            "trip that overlaps another of its block",
            Problem(
                file=tables.file("trips"),
                field="block_id",
                found=f"trip {str(names[run])!r} runs while another trip of block {block!r} does",
                expected="one trip of a block at a time, as one vehicle runs them all",
                mend="Give the trips blocks of their own; nobody is taken to stay on board.",
            ),
        )


def _link_pairs(
    tables: FeedTables,
    calls: TripCalls,
    runs: TripRuns,
    names: NDArray[np.object_],
    ends: _Ends,
    pairs: set[tuple[int, int]],
    following: NDArray[np.int32],
) -> None:
    """Link the runs of pairs of trips in ``following``; each goes on as the first to leave."""
    by_trip: dict[tuple[int, int], list[int]] = {}
    wanted = {t for pair in pairs for t in pair}
    for run in np.flatnonzero(np.isin(runs.trip, sorted(wanted)) & ~runs.is_headway).tolist():
        by_trip.setdefault((int(runs.trip[run]), int(runs.day[run])), []).append(run)
    found: dict[int, list[int]] = {}
    for a_trip, b_trip in sorted(pairs):
        for day in (TODAY, DAY_BEFORE, DAY_AFTER):
            for a in by_trip.get((a_trip, day), ()):
                for other in (day, day + 1):
                    ready = [
                        b
                        for b in by_trip.get((b_trip, other), ())
                        if ends.first_s[b] >= ends.last_s[a]
                    ]
                    if ready:
                        found.setdefault(a, []).append(
                            min(ready, key=lambda b: (ends.first_s[b], names[b]))
                        )
                        break
    for a, candidates in found.items():
        candidates.sort(key=lambda b: (ends.first_s[b], names[b]))
        following[a] = candidates[0]
        for b in candidates[1:]:
            tables.log.set_aside(
                "second trip that a vehicle goes on as",
                Problem(
                    file=tables.file("transfers"),
                    found=f"trip {str(names[a])!r} goes on as {str(names[candidates[0]])!r} and "
                    f"as {str(names[b])!r}",
                    expected="one trip to stay on board for",
                    mend="Nothing to mend where a train is parted: the first to leave is taken.",
                ),
            )
