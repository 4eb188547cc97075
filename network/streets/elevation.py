"""How grades change the speed of walking and cycling."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_GRADE = 0.4
"""Steeper grades come from errors of height on short stretches; nobody builds such streets."""

UPHILL_LOSS_PER_GRADE = 1.44 / 21.6 * 100
DOWNHILL_GAIN_PER_GRADE = 0.86 / 21.6 * 100
"""Share of the flat cycling speed lost and won per unit of grade (1.0 is 100 %)."""

MAX_DOWNHILL_FACTOR = 1.25
"""Cyclists in town brake before they are faster than this, times their speed on the flat."""


def compute_grades(
    elevation_a_m: NDArray[np.float32],
    elevation_b_m: NDArray[np.float32],
    length_m: NDArray[np.float32],
) -> NDArray[np.float64]:
    """Compute grades from a to b (rise over length), 0 where an elevation is unknown."""
    rise = elevation_b_m.astype(np.float64) - elevation_a_m
    with np.errstate(divide="ignore", invalid="ignore"):
        grade = rise / length_m
    grade[~np.isfinite(grade)] = 0.0
    return np.clip(grade, -MAX_GRADE, MAX_GRADE)


def walking_factor(grade: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute walking speed over the speed on the flat, by grade.

    Tobler's 6 exp(-3.5 |grade + 0.05|) km/h over its value on the flat: fastest (1.19) at 5 %
    downhill, 0.70 at 10 % uphill.

    References
    ----------
    W. Tobler, Three presentations on geographical analysis and modeling, NCGIA technical
    report 93-1, 1993, "Non-isotropic geographic modeling".
    """
    return np.exp(-3.5 * (np.abs(grade + 0.05) - 0.05))


def cycling_factor(grade: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute cycling speed over the speed on the flat, by grade.

    Uphill each per cent costs 1.44 km/h of 21.6, downhill it gives 0.86 km/h, up to
    ``MAX_DOWNHILL_FACTOR``. The caller keeps it above walking speed: cyclists then push.

    References
    ----------
    J. Parkin, J. Rotheram, Design speeds and acceleration characteristics of bicycle traffic
    for use in planning, design and appraisal, Transport Policy 17, 2010,
    doi:10.1016/j.tranpol.2010.03.001.
    """
    uphill = 1.0 - UPHILL_LOSS_PER_GRADE * np.maximum(grade, 0.0)
    downhill = 1.0 + DOWNHILL_GAIN_PER_GRADE * np.maximum(-grade, 0.0)
    return np.clip(np.where(grade > 0, uphill, downhill), 0.0, MAX_DOWNHILL_FACTOR)
