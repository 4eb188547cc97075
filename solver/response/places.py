"""Where cells are: which of them are one stretch of line at different hours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from network.base import InputError, Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class CellPlaces:
    """Place and window of every cell, shape (n_cells,) each.

    Cells of one ``place`` are the same segment at different hours; ``window`` counts from 0,
    and windows that follow each other differ by 1. No two cells have both in common.

    Raises
    ------
    InputError
        If the lengths differ, a number is negative, or two cells are at one place and window.
    """

    place: NDArray[np.int64]
    window: NDArray[np.int64]

    def __post_init__(self) -> None:
        found = ""
        if len(self.place) != len(self.window):
            found = f"{len(self.place)} places and {len(self.window)} windows"
        elif len(self.place) and min(self.place.min(), self.window.min()) < 0:
            found = "negative numbers"
        elif len(np.unique(self._keys())) != len(self.place):
            found = "two cells at one place in one window"
        if found:
            raise InputError(
                Problem(
                    file="<cell places>",
                    found=found,
                    expected="a place and a window from 0 on for every cell, no pair twice",
                    mend="Number the segments and the windows of the cells.",
                )
            )

    def __len__(self) -> int:
        return len(self.place)

    def cell_at(self) -> NDArray[np.int64]:
        """Return the cell at every place and window, -1 for none, shape (n_places, n_windows)."""
        shape = (int(self.place.max(initial=-1)) + 1, int(self.window.max(initial=-1)) + 1)
        table = np.full(shape, -1, dtype=np.int64)
        table[self.place, self.window] = np.arange(len(self.place))
        return table

    def _keys(self) -> NDArray[np.int64]:
        n_windows = int(self.window.max(initial=0)) + 1
        keys: NDArray[np.int64] = self.place.astype(np.int64) * n_windows + self.window
        return keys


def places_in_rows(n_cells: int, n_windows: int) -> CellPlaces:
    """Return the places of cells laid out segment by segment, ``n_windows`` cells each.

    Raises
    ------
    InputError
        If the cells do not come out even.
    """
    if n_windows < 1 or n_cells % n_windows:
        raise InputError(
            Problem(
                file="<cell places>",
                field="windows",
                found=f"{n_windows} windows for {n_cells} cells",
                expected="a number of windows that divides the number of cells",
                mend="Give the number of windows each segment's cells are listed in.",
            )
        )
    index = np.arange(n_cells, dtype=np.int64)
    return CellPlaces(place=index // n_windows, window=index % n_windows)
