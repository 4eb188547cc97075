"""Kernel of kept seats: who sits on each ride, where whoever sits does so until getting off."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray


class TripLegs(NamedTuple):
    """Rides sorted by trip: those of trip ``t`` are ``order[offset[t]:offset[t + 1]]``.

    ``board`` and ``alight`` are calls, by ride; nothing is modified.
    """

    offset: NDArray[np.int64]
    order: NDArray[np.int64]
    board: NDArray[np.int32]
    alight: NDArray[np.int32]


class TripCalls(NamedTuple):
    """Calls of trips, and their vehicles; nothing is modified."""

    first: NDArray[np.int64]
    n_calls: NDArray[np.int64]
    seats: NDArray[np.float64]
    room_m2: NDArray[np.float64]
    ride_min: NDArray[np.float64]


@njit(cache=True, nogil=True)
def fill_seats(
    n_calls: int, seats: float, exchange: NDArray[np.float64], share: NDArray[np.float64]
) -> None:
    """Compute the share of people who sit, by call of boarding and segment; in place.

    ``exchange[b, a]`` are those who board at call ``b`` of a trip and alight at ``a``. Who
    sits stays seated until alighting. Seats that are freed go to those who stand, in order of
    boarding, before anybody who boards there; people of one call share alike, however far
    they go. ``share[b, c]`` holds on the segment that leaves call ``c``: for one more person,
    where nobody boarded at ``b``.
    """
    aboard = np.zeros(n_calls)
    for here in range(n_calls - 1):
        taken = 0.0
        for board in range(here):
            before = share[board, here - 1]
            aboard[board] = max(0.0, aboard[board] - exchange[board, here])
            share[board, here] = before
            taken += aboard[board] * before
        for alight in range(here + 1, n_calls):
            aboard[here] += exchange[here, alight]
        free = max(0.0, seats - taken)
        share[here, here] = 0.0
        for board in range(here + 1):
            standing = aboard[board] * (1.0 - share[board, here])
            if free <= 0.0:
                continue
            if standing <= free:
                share[board, here] = 1.0
                free -= standing
            else:
                share[board, here] += (1.0 - share[board, here]) * free / standing
                free = 0.0


@njit(cache=True, nogil=True)
def price_kept_seats(
    calls: TripCalls,
    legs: TripLegs,
    pax: NDArray[np.float64],
    load: NDArray[np.float64],
    slope: float,
    standing: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Compute extra minutes and minutes seated of every ride, where seats are kept.

    A minute weighs ``1 + slope d`` sitting and ``standing + slope d`` standing, at ``d``
    people standing a square metre. ``pax`` is by ride, ``load`` by call.
    """
    longest = 1
    for trip in range(len(calls.first)):
        longest = max(longest, calls.n_calls[trip])
    exchange, share = np.zeros((longest, longest)), np.zeros((longest, longest))
    extra, seated = np.zeros(len(pax)), np.zeros(len(pax))
    for trip in range(len(calls.first)):
        first, n = calls.first[trip], calls.n_calls[trip]
        begin, end = legs.offset[trip], legs.offset[trip + 1]
        if begin == end:
            continue
        seats, room = calls.seats[first], calls.room_m2[first]
        for board in range(n):
            for alight in range(n):
                exchange[board, alight] = 0.0
        for at in range(begin, end):
            leg = legs.order[at]
            exchange[legs.board[leg] - first, legs.alight[leg] - first] += pax[leg]
        fill_seats(n, seats, exchange, share)
        for board in range(n - 1):
            # What one who boards here bears up to each later call; ``exchange`` is done with.
            bears, sits = 0.0, 0.0
            for here in range(board, n - 1):
                minutes, stands = calls.ride_min[first + here], 1.0 - share[board, here]
                density = max(0.0, load[first + here] - seats) / room
                bears += minutes * (slope * density + (standing - 1.0) * stands)
                sits += minutes * share[board, here]
                exchange[board, here + 1] = bears
                exchange[here + 1, board] = sits
        for at in range(begin, end):
            leg = legs.order[at]
            board, alight = legs.board[leg] - first, legs.alight[leg] - first
            extra[leg], seated[leg] = exchange[board, alight], exchange[alight, board]
    return extra, seated
