"""Peaks that a plan makes: stretches fuller at some time than they ever are today."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scenarios.after.results import NewPeak, NewPeaks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from scenarios.model import Model

LEAST_RISE = 1e-3
"""Rises of a peak by less than this share are below what the loading resolves."""

SHOWN = 5


def find_new_peaks(
    model: Model, before_pax: NDArray[np.float64], after_pax: NDArray[np.float64]
) -> NewPeaks:
    """Find the stretches whose fullest quarter hour gets fuller, by loads of all cells.

    Parameters
    ----------
    before_pax, after_pax
        Load by cell today and afterwards, shape (n_cells,).
    """
    segments, cells = model.segments, model.cells
    before = segments.sum_cells(before_pax, cells)
    after = segments.sum_cells(after_pax, cells)
    room = segments.sum_cells(cells.capacity_pax, cells)
    was = np.divide(before, room, out=np.zeros_like(before), where=room > 0)
    now = np.divide(after, room, out=np.zeros_like(after), where=room > 0)
    peak = was.max(axis=1)
    window = now.argmax(axis=1)
    rows = np.arange(len(segments))
    highest = now[rows, window]
    new = np.flatnonzero(highest > peak * (1 + LEAST_RISE))
    rise = (after - before)[new, window[new]]
    order = new[np.argsort(-rise, kind="stable")]
    return NewPeaks(
        count=len(new),
        above_capacity=int(np.count_nonzero(highest[new] > 1.0)),
        rows=tuple(
            NewPeak(
                line=segments.line[k],
                direction=segments.direction[k],
                from_stop=segments.from_station[k],
                to_stop=segments.to_station[k],
                start_s=cells.start_s + int(window[k]) * cells.window_s,
                end_s=cells.start_s + (int(window[k]) + 1) * cells.window_s,
                was_load_pax=float(before[k, window[k]]),
                load_pax=float(after[k, window[k]]),
                was_peak_factor=float(peak[k]),
                load_factor=float(highest[k]),
            )
            for k in order[:SHOWN].tolist()
        ),
    )
