"""Kernel of hard capacity: one day of vehicles calling, people queueing, boarding, alighting.

A *packet* is people of one entry who are at the same place of their journey together. It
stands in the queue of a stop and line, or aboard, in the list of those who get off at a call.
Arrays are passed as they are, and the few steps are inlined: the loop visits every packet in
a queue at every vehicle that comes by.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

NONE = -1


class Day(NamedTuple):
    """Calls and trips; nothing is modified. ``queue`` numbers the (stop, line) of a call."""

    arrival_s: NDArray[np.int32]
    departure_s: NDArray[np.int32]
    trip: NDArray[np.int32]
    stop: NDArray[np.int32]
    segment: NDArray[np.int32]
    pickup: NDArray[np.bool_]
    dropoff: NDArray[np.bool_]
    queue: NDArray[np.int32]
    first: NDArray[np.int64]
    n_calls: NDArray[np.int64]
    trip_next: NDArray[np.int32]
    capacity: NDArray[np.float64]
    station: NDArray[np.int32]


class Plans(NamedTuple):
    """Entries and the journeys they stand for; nothing is modified."""

    offset: NDArray[np.int64]
    group: NDArray[np.int64]
    journey: NDArray[np.int32]
    first_ready_s: NDArray[np.int32]
    arrival_s: NDArray[np.int32]
    egress_s: NDArray[np.int32]
    leg_offset: NDArray[np.int64]
    leg_board: NDArray[np.int32]
    leg_alight: NDArray[np.int32]
    leg_walk_s: NDArray[np.int32]
    leg_seated: NDArray[np.bool_]


@njit(cache=True, nogil=True)
def order_events(
    arrival_s: NDArray[np.int32],
    departure_s: NDArray[np.int32],
    first: NDArray[np.int64],
    n_calls: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return time and level of every event: call x 2 for arriving there, + 1 for leaving.

    At the same second arrivals come before departures, so that changes without a pause are
    caught; but a trip's own events keep their order where it takes no time from stop to stop.
    """
    n = len(arrival_s)
    time, level = np.empty(2 * n, dtype=np.int64), np.zeros(2 * n, dtype=np.int64)
    for trip in range(len(first)):
        for at in range(2 * first[trip], 2 * (first[trip] + n_calls[trip])):
            call, leaving = at // 2, at % 2
            time[at] = departure_s[call] if leaving else arrival_s[call]
            level[at] = leaving
            if at > 2 * first[trip] and time[at - 1] == time[at]:
                level[at] = max(leaving, level[at - 1] + 1)
    return time, level


@njit(cache=True, nogil=True)
def _find_alighting(
    stop: NDArray[np.int32],
    dropoff: NDArray[np.bool_],
    segment: NDArray[np.int32],
    call: int,
    last: int,
    wanted: int,
) -> int:
    """Return the next call at the wanted stop where one may get off, -1 if there is none."""
    for at in range(call + 1, last):
        if stop[at] == wanted and dropoff[segment[at]]:
            return at
    return NONE


@njit(cache=True, nogil=True)
def run_events(
    day: Day,
    plans: Plans,
    events: NDArray[np.int64],
    flow: NDArray[np.float64],
    choose_again: bool,
    unserved_s: int,
) -> tuple[
    NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], float
]:
    """Run the events in order; who is first at the stop is first aboard.

    People at the same stop in the same second share what room is left in proportion, so that
    no order of theirs matters. Nobody boards a vehicle that leaves before the one of the plan.
    An entry without people waits behind those of its second: its delay is what one more
    would meet. Who is left at the end is ``unserved_s`` late.

    Returns
    -------
    boarding, alighting, left_behind
        Passengers by call.
    late_min
        Mean minutes each entry's people arrive after the plan.
    unserved
        Passengers left at the end.
    """
    arrival_s, departure_s, trip_of, stop_of = day.arrival_s, day.departure_s, day.trip, day.stop
    segment, pickup, dropoff, queue_of = day.segment, day.pickup, day.dropoff, day.queue
    journey, leg_offset = plans.journey, plans.leg_offset
    leg_board, leg_alight = plans.leg_board, plans.leg_alight
    n_calls, n_entries = len(departure_s), len(journey)
    boarding, alighting = np.zeros(n_calls), np.zeros(n_calls)
    left_behind, aboard = np.zeros(n_calls), np.zeros(len(day.first))
    late_pax_s, late_one_s = np.zeros(n_entries), np.zeros(n_entries)
    size = n_entries + n_entries // 4 + 16
    entry, plan = np.empty(size, dtype=np.int32), np.empty(size, dtype=np.int32)
    leg = np.empty(size, dtype=np.int64)
    ready, after = np.empty(size, dtype=np.int32), np.full(size, NONE, dtype=np.int32)
    pax = np.empty(size)
    start = min(events_start(plans.first_ready_s, journey), int(arrival_s.min()))
    end = max(int(departure_s.max()), int(arrival_s.max())) + 1
    coming = np.full(max(1, end - start + 1), NONE, dtype=np.int32)
    n_queues = int(queue_of.max()) + 1
    head, tail = np.full(n_queues, NONE, dtype=np.int32), np.full(n_queues, NONE, dtype=np.int32)
    getting_off = np.full(n_calls, NONE, dtype=np.int32)
    n, unserved = 0, 0.0
    for e in range(n_entries - 1, -1, -1):
        if journey[e] < 0:
            continue
        entry[n], plan[n], leg[n] = e, e, leg_offset[journey[e]]
        pax[n], ready[n] = flow[e], plans.first_ready_s[e]
        at = min(max(ready[n], start), end) - start
        after[n], coming[at] = coming[at], n
        n += 1
    flushed = start - 1
    for event in events:
        call = event // 2
        trip = trip_of[call]
        if event % 2 == 0:
            now = arrival_s[call]
            packet = getting_off[call]
            while packet != NONE:
                following = after[packet]
                aboard[trip] -= pax[packet]
                alighting[call] += pax[packet]
                j = journey[plan[packet]]
                leg[packet] += 1
                if leg[packet] == leg_offset[j + 1]:
                    own = entry[packet]
                    late_s = now + plans.egress_s[j] - plans.arrival_s[journey[own]]
                    late_pax_s[own] += pax[packet] * max(0, late_s)
                    late_one_s[own] = max(0, late_s)
                    packet = following
                    continue
                next_trip = day.trip_next[trip]
                if plans.leg_seated[leg[packet]] and next_trip >= 0:
                    board = day.first[next_trip]
                    off = _find_alighting(
                        stop_of,
                        dropoff,
                        segment,
                        board,
                        board + day.n_calls[next_trip],
                        stop_of[leg_alight[leg[packet]]],
                    )
                    if off != NONE:
                        boarding[board] += pax[packet]
                        aboard[next_trip] += pax[packet]
                        after[packet], getting_off[off] = getting_off[off], packet
                        packet = following
                        continue
                ready[packet] = now + plans.leg_walk_s[leg[packet]]
                at = min(max(ready[packet], flushed + 1, start), end) - start
                after[packet], coming[at] = coming[at], packet
                packet = following
            getting_off[call] = NONE
            continue
        now = departure_s[call]
        while flushed < now:
            flushed += 1
            packet = coming[flushed - start]
            coming[flushed - start] = NONE
            while packet != NONE:
                following = after[packet]
                q = queue_of[leg_board[leg[packet]]]
                after[packet] = NONE
                if head[q] == NONE:
                    head[q] = packet
                else:
                    after[tail[q]] = packet
                tail[q] = packet
                packet = following
        q, last = queue_of[call], day.first[trip] + day.n_calls[trip]
        if head[q] == NONE or call == last - 1 or not pickup[segment[call]]:
            continue
        room = day.capacity[trip] - aboard[trip]
        before, packet = NONE, head[q]
        while packet != NONE:
            # Those who came in the same second: how many would board?
            second, wish, peer = ready[packet], 0.0, packet
            while peer != NONE and ready[peer] == second:
                place = leg[peer]
                board = leg_board[place]
                if departure_s[board] <= now:
                    off = call + leg_alight[place] - board
                    if segment[board] != segment[call]:
                        off = _find_alighting(
                            stop_of, dropoff, segment, call, last, stop_of[leg_alight[place]]
                        )
                    if off != NONE:
                        wish += pax[peer]
                peer = after[peer]
            stop_at = peer
            share = 0.0
            if room > 0.0:
                share = 1.0 if wish <= room else room / wish
            room = max(0.0, room - wish)
            while packet != stop_at:
                following, place = after[packet], leg[packet]
                board, off = leg_board[place], NONE
                if departure_s[board] <= now:
                    off = call + leg_alight[place] - board
                    if segment[board] != segment[call]:
                        off = _find_alighting(
                            stop_of, dropoff, segment, call, last, stop_of[leg_alight[place]]
                        )
                if off == NONE:
                    before, packet = packet, following
                    continue
                leaving = packet
                stays = share < 1.0
                if stays and share > 0.0 and pax[packet] > 0.0:
                    if n == len(pax):
                        size = 2 * n
                        entry, plan = _grow(entry, size), _grow(plan, size)
                        leg, pax = _grow(leg, size), _grow(pax, size)
                        ready, after = _grow(ready, size), _grow(after, size)
                    leaving = n
                    n += 1
                    entry[leaving], plan[leaving] = entry[packet], plan[packet]
                    leg[leaving], ready[leaving] = place, ready[packet]
                    pax[leaving] = share * pax[packet]
                    pax[packet] -= pax[leaving]
                if not stays or leaving != packet:
                    boarding[call] += pax[leaving]
                    aboard[trip] += pax[leaving]
                    after[leaving], getting_off[off] = getting_off[off], leaving
                if not stays:
                    if before == NONE:
                        head[q] = following
                    else:
                        after[before] = following
                    if tail[q] == packet:
                        tail[q] = before
                    packet = following
                    continue
                left_behind[call] += pax[packet]
                other = plan[packet]
                if choose_again and place == leg_offset[journey[other]]:
                    other = _find_other(plans, day, entry[packet], other, call, now)
                if other == plan[packet] or queue_of[leg_board[leg_offset[journey[other]]]] == q:
                    before, packet = packet, following
                    continue
                if before == NONE:
                    head[q] = following
                else:
                    after[before] = following
                if tail[q] == packet:
                    tail[q] = before
                plan[packet], leg[packet] = other, leg_offset[journey[other]]
                ready[packet] = now
                to = queue_of[leg_board[leg[packet]]]
                after[packet] = NONE
                if head[to] == NONE:
                    head[to] = packet
                else:
                    after[tail[to]] = packet
                tail[to] = packet
                packet = following
    for q in range(n_queues):
        packet = head[q]
        while packet != NONE:
            unserved += pax[packet]
            late_pax_s[entry[packet]] += pax[packet] * unserved_s
            late_one_s[entry[packet]] = unserved_s
            packet = after[packet]
    for at in range(len(coming)):
        packet = coming[at]
        while packet != NONE:
            unserved += pax[packet]
            late_pax_s[entry[packet]] += pax[packet] * unserved_s
            late_one_s[entry[packet]] = unserved_s
            packet = after[packet]
    late_min = np.empty(n_entries)
    for e in range(n_entries):
        late_min[e] = (late_pax_s[e] / flow[e] if flow[e] > 0.0 else late_one_s[e]) / 60.0
    return boarding, alighting, left_behind, late_min, unserved


@njit(cache=True, nogil=True)
def events_start(ready_s: NDArray[np.int32], journey: NDArray[np.int32]) -> int:
    """Return the earliest second anybody reaches a stop, a large one if nobody does."""
    earliest = 2**30
    for e in range(len(ready_s)):
        if journey[e] >= 0:
            earliest = min(earliest, int(ready_s[e]))
    return earliest


@njit(cache=True, nogil=True)
def _grow(array: NDArray[Any], size: int) -> NDArray[Any]:
    larger = np.empty(size, dtype=array.dtype)
    larger[: len(array)] = array
    return larger


@njit(cache=True, nogil=True)
def _find_other(plans: Plans, day: Day, own: int, present: int, call: int, now: int) -> int:
    """Return the entry of the group that arrives first of those that leave this station later.

    The present plan is kept where none does better than its next vehicle would: an entry of
    the same line stands for it.
    """
    station = day.station[day.stop[call]]
    best, best_s = present, 2**30
    group = plans.group[own]
    for e in range(plans.offset[group], plans.offset[group + 1]):
        j = plans.journey[e]
        if j < 0:
            continue
        board = plans.leg_board[plans.leg_offset[j]]
        if day.station[day.stop[board]] != station or day.departure_s[board] <= now:
            continue
        if plans.arrival_s[j] < best_s:
            best, best_s = e, plans.arrival_s[j]
    return best
