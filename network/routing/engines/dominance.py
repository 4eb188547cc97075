"""Transfers of a graph without those by which one comes no sooner to any line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from network.routing.engines._dominated_kernels import find_useful_transfers
from network.routing.engines.transfers import Transfers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.routing.engines.compiled import RoutingGraph


def useful_transfers(graph: RoutingGraph, gap_s: NDArray[np.int32]) -> Transfers:
    """Return the transfers by which something is caught that is not caught further up.

    ``gap_s``, int32, shape (n_calls,), is how many seconds it takes from the call before to each,
    whatever the trip. Patterns of which trips go on as others are left alone.
    """
    transfers, n_calls = graph.transfers, np.diff(graph.pattern_offset)
    call_board = np.where(graph.pattern_pickup, graph.pattern_board, -1).astype(np.int32)
    goes_on = np.repeat(np.diff(graph.seats.offset) > 0, n_calls)
    is_last = np.zeros(len(call_board), dtype=np.bool_)
    is_last[graph.pattern_offset[1:][n_calls > 0] - 1] = True
    # At a last call only they board whose vehicle goes on as another trip.
    boarded = np.flatnonzero((call_board >= 0) & (~is_last | goes_on)).astype(np.int32)
    boarded = boarded[np.argsort(call_board[boarded], kind="stable")]
    counts = np.bincount(call_board[boarded], minlength=graph.n_boards)
    gap_s = gap_s.copy()
    gap_s[graph.pattern_offset[:-1][n_calls > 0]] = -1
    is_useful = find_useful_transfers(
        transfers.offset, transfers.board, transfers.seconds,
        np.concatenate(([0], np.cumsum(counts))).astype(np.int32), boarded, call_board, gap_s,
        goes_on,
    )  # fmt: skip
    kept = np.concatenate(([0], np.cumsum(is_useful)))
    return Transfers(
        offset=kept[transfers.offset].astype(np.int32),
        board=transfers.board[is_useful],
        seconds=transfers.seconds[is_useful],
    )
