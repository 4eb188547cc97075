"""Choice sets given by the legs their itineraries ride, or by their places in the day."""

from dataclasses import replace

import numpy as np

from solver.choice import Alternatives
from tests.builders.choices import alternatives_of


def routes_of(groups) -> Alternatives:
    """One group for each list of alternatives, each a list of (pattern, board, alight) legs."""
    flat = [legs for group in groups for legs in group]
    legs = np.asarray([leg for legs in flat for leg in legs], dtype=np.int32).reshape(-1, 3)
    counts = [len(legs) for legs in flat]
    return replace(
        alternatives_of([[(1.0, [])] * len(group) for group in groups]),
        n_rides=np.asarray(counts, dtype=np.int8),
        leg_offset=np.cumsum([0, *counts]),
        leg_pattern=legs[:, 0],
        leg_board_pos=legs[:, 1],
        leg_alight_pos=legs[:, 2],
    )


def groups_at(keys, *, first_s, n_windows, window_s=900) -> Alternatives:
    """Groups (origin, place, window) in order, each with one alternative that loads nothing."""
    origin, place, window = np.asarray(keys, dtype=np.int32).reshape(-1, 3).T.copy()
    return replace(
        alternatives_of([[(1.0, [])] for _ in keys]),
        group_origin=origin,
        group_place=place,
        group_window=window,
        window_start_s=first_s + window_s * np.arange(n_windows, dtype=np.int64),
        window_s=window_s,
    )
