"""Which starts a cohort may be given, and what moving there costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveCost:
    """Minutes a head of starting at another time than today, per minute moved.

    There is no reliable published value; these are sliders, so show their sensitivity.
    The default makes half an hour weigh as much as three minutes of seated ride.
    """

    early_per_min: float = 0.1
    late_per_min: float = 0.1

    def disutility_min(self, start_s: NDArray[np.int32], base_s: float) -> NDArray[np.float64]:
        """Compute minutes a head of starting at ``start_s`` instead of ``base_s``."""
        shift_min = (np.asarray(start_s, dtype=np.float64) - base_s) / 60.0
        weight = np.where(shift_min < 0, self.early_per_min, self.late_per_min)
        result: NDArray[np.float64] = np.abs(shift_min) * weight
        return result


def candidate_slots(
    slot_start_s: NDArray[np.int32],
    *,
    base_slot: int,
    work_s: int,
    earliest_s: int,
    latest_s: int,
    max_shift_s: int,
    core_start_s: int,
    core_end_s: int,
    movable: bool,
) -> NDArray[np.int32]:
    """Return the slots a cohort may start in, in the order of the grid.

    A slot qualifies when it is within ``max_shift_s`` of today's, from ``earliest_s`` to
    ``latest_s``, and when a working day of ``work_s`` (breaks included) from it covers the
    core hours. Today's slot always qualifies: nobody is made to move by a rule that today's
    hours already break. A cohort that may not move has only today's.

    Returns
    -------
    slots
        Slot indices, int32.
    """
    if not movable:
        return np.array([base_slot], dtype=np.int32)
    start = np.asarray(slot_start_s, dtype=np.int64)
    fits = (start >= earliest_s) & (start <= latest_s)
    fits &= np.abs(start - start[base_slot]) <= max_shift_s
    fits &= (start <= core_start_s) & (start + work_s >= core_end_s)
    fits[base_slot] = True
    return np.flatnonzero(fits).astype(np.int32)
