"""Hand-made choice sets and cells, for loadings whose answer is known by hand."""

import numpy as np

from solver.choice import Alternatives, Cells


def cells_of(*, ride_min, seats, standing_m2) -> Cells:
    """Cells in one window each, one after the other."""
    n = len(ride_min)
    return Cells(
        start_s=0,
        window_s=900,
        n_windows=1,
        n_segments=n,
        seats=np.asarray(seats, dtype=float),
        standing_m2=np.asarray(standing_m2, dtype=float),
        vehicles=np.ones(n),
        ride_min=np.asarray(ride_min, dtype=float),
    )


def alternatives_of(groups) -> Alternatives:
    """One group for each list of (free minutes, [(cell, weight), ...]) alternatives."""
    flat = [alternative for group in groups for alternative in group]
    sizes = [len(group) for group in groups]
    counts = [len(cells) for _, cells in flat]
    n = len(flat)
    empty = np.zeros(0, dtype=np.int32)
    return Alternatives(
        group_origin=np.arange(len(groups), dtype=np.int32),
        group_place=np.zeros(len(groups), dtype=np.int32),
        group_window=np.zeros(len(groups), dtype=np.int32),
        window_start_s=np.asarray([0], dtype=np.int64),
        window_s=900,
        offset=np.concatenate(([0], np.cumsum(sizes))),
        free_min=np.asarray([free for free, _ in flat], dtype=float),
        time_min=np.asarray([free for free, _ in flat], dtype=float),
        n_rides=np.zeros(n, dtype=np.int8),
        cell_offset=np.concatenate(([0], np.cumsum(counts))),
        cell=np.asarray([k for _, cells in flat for k, _ in cells], dtype=np.int32),
        cell_weight=np.asarray([w for _, cells in flat for _, w in cells], dtype=np.float32),
        leg_offset=np.zeros(n + 1, dtype=np.int64),
        leg_pattern=empty,
        leg_board_pos=empty,
        leg_alight_pos=empty,
    )
