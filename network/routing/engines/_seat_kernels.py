"""Seats kept where a vehicle goes on as another trip: found, listed and ridden on.

Beside the earliest trip that can be caught, the scan of a pattern keeps the earliest of each
group of trips that go on into one other pattern, for the earliest trip of all need not be one
of them. Kept seats take part in the round of their boarding.

One may also get on at the last call of a trip that goes on, and off at the first call of one
that a vehicle went on as, but not both: who rode no hop of any timetable has not ridden.
"""

from numba import njit

from network.routing.engines._label_kernels import (
    ALIGHT_POS,
    BOARD_POS,
    RIDDEN_PATTERN,
    TRIP,
    NetworkArrays,
    QueryArrays,
    Workspace,
)


@njit(cache=True, nogil=True)
def arrive(
    query: QueryArrays,
    work: Workspace,
    node: int,
    rides: int,
    arrival: int,
    trip: int,
    pattern: int,
    board_pos: int,
    alight_pos: int,
    stamp: int,
    n_improved: int,
) -> int:
    """Note an arrival by vehicle that beats the label; return the count of improved nodes."""
    for more in range(rides, query.max_rides + 1):
        work.veh[more, node] = min(work.veh[more, node], arrival)
    parent = work.parent[rides, node]
    parent[TRIP], parent[RIDDEN_PATTERN] = trip, pattern
    parent[BOARD_POS], parent[ALIGHT_POS] = board_pos, alight_pos
    if work.improved[node] != stamp:
        work.improved[node] = stamp
        work.improved_nodes[n_improved] = node
        n_improved += 1
    return n_improved


@njit(cache=True, nogil=True)
def take_seats(
    net: NetworkArrays,
    query: QueryArrays,
    work: Workspace,
    pattern: int,
    pos: int,
    rides: int,
    departure: int,
    ready: int,
) -> None:
    """Find, for each group of trips that go on, the first that can be caught here."""
    n_pos = net.pattern_offset[pattern + 1] - net.pattern_offset[pattern]
    first_trip = net.pattern_trip_offset[pattern]
    base = net.pattern_time_offset[pattern]
    for group in range(net.seat_offset[pattern], net.seat_offset[pattern + 1]):
        low = net.seat_pair_offset[group]
        high = (
            work.seat_pair[group] if work.seat_pos[group] >= 0 else net.seat_pair_offset[group + 1]
        )
        end = high
        while low < high:
            middle = (low + high) // 2
            if net.departure_s[base + (net.seat_trip[middle] - first_trip) * n_pos + pos] >= ready:
                high = middle
            else:
                low = middle + 1
        if low == end:
            continue
        if rides == 1:
            leaves = net.departure_s[base + (net.seat_trip[low] - first_trip) * n_pos + pos]
            if leaves - (ready - departure) > query.latest_s:
                continue
        work.seat_pair[group] = low
        work.seat_pos[group] = pos


@njit(cache=True, nogil=True)
def _hold(
    net: NetworkArrays,
    work: Workspace,
    group: int,
    pair: int,
    pattern: int,
    board_pos: int,
    rides: int,
    is_last: bool,
    n_held: int,
) -> int:
    """List one kept seat unless its next trip was ridden before with as few rides.

    From a last call the next trip is ridden past its first call only, which hides no other.
    """
    following = net.seat_next_trip[pair]
    if work.seated[following, 0] <= rides or (is_last and work.seated[following, 1] <= rides):
        return n_held
    work.seated[following, int(is_last)] = rides
    work.held[n_held, 0] = net.seat_trip[pair]
    work.held[n_held, 1] = pattern
    work.held[n_held, 2] = board_pos
    work.held[n_held, 3] = net.seat_next_pattern[group]
    work.held[n_held, 4] = following
    return n_held + 1


@njit(cache=True, nogil=True)
def hold_seats(net: NetworkArrays, work: Workspace, pattern: int, rides: int, n_held: int) -> int:
    """List the seats kept at the end of a scanned pattern; return how many are held."""
    for group in range(net.seat_offset[pattern], net.seat_offset[pattern + 1]):
        if work.seat_pos[group] < 0:
            continue
        pair = work.seat_pair[group]
        n_held = _hold(net, work, group, pair, pattern, work.seat_pos[group], rides, False, n_held)
        work.seat_pos[group] = -1
    return n_held


@njit(cache=True, nogil=True)
def leaves_last_call(net: NetworkArrays, pattern: int, group: int, pair: int) -> int:
    """Return when the vehicle is gone from a trip's last call: as the one trip or the other."""
    n_pos = net.pattern_offset[pattern + 1] - net.pattern_offset[pattern]
    row = net.seat_trip[pair] - net.pattern_trip_offset[pattern] + 1
    leaves = net.departure_s[net.pattern_time_offset[pattern] + row * n_pos - 1]
    following = net.seat_next_pattern[group]
    n_pos = net.pattern_offset[following + 1] - net.pattern_offset[following]
    row = net.seat_next_trip[pair] - net.pattern_trip_offset[following]
    return int(min(leaves, net.departure_s[net.pattern_time_offset[following] + row * n_pos]))


@njit(cache=True, nogil=True)
def hold_last_seats(
    net: NetworkArrays,
    query: QueryArrays,
    work: Workspace,
    pattern: int,
    rides: int,
    departure: int,
    stamp: int,
    n_held: int,
) -> int:
    """List the seats taken at the last call of a pattern; return how many are held.

    To be called before :func:`hold_seats`: only what leaves before the trips caught so far counts.
    """
    last_call = net.pattern_offset[pattern + 1] - 1
    node = net.pattern_board[last_call]
    if work.boardable[node] != stamp or not net.pattern_pickup[last_call]:
        return n_held
    ready = work.best[rides - 1, node]
    board_pos = last_call - net.pattern_offset[pattern]
    for group in range(net.seat_offset[pattern], net.seat_offset[pattern + 1]):
        low, end = net.seat_pair_offset[group], net.seat_pair_offset[group + 1]
        if work.seat_pos[group] >= 0:
            end = work.seat_pair[group]
        high = end
        while low < high:
            middle = (low + high) // 2
            if leaves_last_call(net, pattern, group, middle) >= ready:
                high = middle
            else:
                low = middle + 1
        if low == end:
            continue
        leaves = leaves_last_call(net, pattern, group, low)
        if rides == 1 and leaves - (ready - departure) > query.latest_s:
            continue
        n_held = _hold(net, work, group, low, pattern, board_pos, rides, True, n_held)
    return n_held


@njit(cache=True, nogil=True)
def _last_arrival(net: NetworkArrays, pattern: int, trip: int) -> int:
    """Return when a trip is at its last stop."""
    n_pos = net.pattern_offset[pattern + 1] - net.pattern_offset[pattern]
    row = trip - net.pattern_trip_offset[pattern] + 1
    return int(net.arrival_s[net.pattern_time_offset[pattern] + row * n_pos - 1])


@njit(cache=True, nogil=True)
def ride_on(
    net: NetworkArrays,
    query: QueryArrays,
    work: Workspace,
    first_held: int,
    n_held: int,
    rides: int,
    bound: int,
    stamp: int,
    n_improved: int,
) -> tuple[int, int]:
    """Ride the trips gone on to in kept seats; return the counts of improved nodes and seats."""
    row = first_held
    while row < n_held:
        pattern, trip = work.held[row, 3], work.held[row, 4]
        first = net.pattern_offset[pattern]
        n_pos = net.pattern_offset[pattern + 1] - first
        at = net.pattern_time_offset[pattern] + (trip - net.pattern_trip_offset[pattern]) * n_pos
        row += 1
        if query.banned_route[net.pattern_route[pattern]]:
            continue
        before = work.held[row - 1, 1]
        last = _last_arrival(net, before, work.held[row - 1, 0])
        last_pos = net.pattern_offset[before + 1] - net.pattern_offset[before] - 1
        for pos in range(int(work.held[row - 1, 2] == last_pos), n_pos):
            # Nobody is at the next trip's first stop before the vehicle is.
            arrival = max(net.arrival_s[at + pos], last)
            node = net.pattern_alight[first + pos]
            if net.pattern_dropoff[first + pos] and arrival < min(work.veh[rides, node], bound):
                n_improved = arrive(
                    query, work, node, rides, arrival, trip, pattern, -1 - row, pos, stamp,
                    n_improved,
                )  # fmt: skip
        for group in range(net.seat_offset[pattern], net.seat_offset[pattern + 1]):
            for pair in range(net.seat_pair_offset[group], net.seat_pair_offset[group + 1]):
                if net.seat_trip[pair] == trip:
                    n_held = _hold(net, work, group, pair, pattern, -1 - row, rides, False, n_held)
    return n_improved, n_held
