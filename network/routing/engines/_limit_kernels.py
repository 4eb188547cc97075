"""Labels lowered to the times from which the one target is not reached in time any more."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from network.routing.engines._label_kernels import QueryArrays, Workspace


@njit(cache=True, nogil=True)
def limit_labels(
    query: QueryArrays,
    work: Workspace,
    reached: NDArray[np.int32],
    first_board: int,
    first_alight: int,
) -> None:
    """Lower the labels, from some number of rides on, to what is of use to the one target.

    Only a label that falls still lower leads there in time. To be called where no label that
    is lowered is started from any more: between two departures all of them may be, and after
    the vehicles of a round those of its transfers and of all later rounds.
    """
    n_boards = work.best.shape[1]
    for rides in range(min(first_board, first_alight), query.max_rides + 1):
        if first_board <= rides < query.max_rides:
            _lower(work.best[rides], query.left_s, 0, work.limit, reached, rides, 1)
        if rides >= max(first_alight, 1):
            _lower(work.veh[rides], query.left_s, n_boards, work.limit, reached, rides, 0)


@njit(cache=True, nogil=True)
def _lower(
    label: NDArray[np.int32],
    left_s: NDArray[np.int32],
    first: int,
    limit: NDArray[np.int32],
    reached: NDArray[np.int32],
    rides: int,
    fewest: int,
) -> None:
    """Lower the labels of so many rides by what is left with ``fewest`` rides to come or more."""
    last = min(len(reached) - 1 - rides, len(left_s) - 1)
    least, end = last, first + len(label)
    by, left = np.int32(reached[rides + last, 0]), left_s[last][first:end]
    while least > fewest and reached[rides + least - 1, 0] == by:
        least -= 1  # with one ride more there is less left
    # Loops without a case to tell apart: eight nodes are done at once.
    if least == fewest:
        for node in range(len(label)):
            label[node] = min(label[node], np.int32(by - left[node]))
        return
    for node in range(len(label)):
        limit[node] = np.int32(by - left[node])
    for more in range(fewest, least):
        by, left = np.int32(reached[rides + more, 0]), left_s[more][first:end]
        if more + 1 < least and reached[rides + more + 1, 0] == by:
            continue
        for node in range(len(label)):
            limit[node] = max(limit[node], np.int32(by - left[node]))
    for node in range(len(label)):
        label[node] = min(label[node], limit[node])
