"""When people arrive at work, from when they enter stations near home."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from demand.flows import ArrivalProfile
from demand.profiles import smooth_profile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

HOUR_S = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivalSettings:
    """How entries near home become arrivals at work.

    ``ride_s`` is the mean time from the gate near home to the workplace. ``ramp_h`` is the
    span of hours over which traffic that is no outward commute grows from nothing to its
    midday level, the mean of ``midday_h``. ``morning_share`` is the share of a day's
    outward trips that arrive in ``[start_s, end_s)``; the rest starts in the afternoon.
    """

    ride_s: int
    ramp_h: tuple[float, float] = (5.0, 10.0)
    midday_h: tuple[int, int] = (11, 15)
    start_s: int = 5 * HOUR_S
    end_s: int = 12 * HOUR_S
    step_s: int = 900
    morning_share: float = 1.0

    def __post_init__(self) -> None:
        if self.ride_s % 60 or self.step_s % 60 or (self.end_s - self.start_s) % self.step_s:
            msg = "ride_s and step_s must be whole minutes, and the period whole steps"
            raise ValueError(msg)
        if not 0 < self.morning_share <= 1 or self.ramp_h[0] >= self.ramp_h[1]:
            msg = "morning_share must lie in 0 to 1, and ramp_h increase"
            raise ValueError(msg)


def derive_arrival_shares(
    entries_by_hour: Sequence[float], settings: ArrivalSettings
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Derive the share of a day's outward trips that arrive in each step of the morning.

    Entries at stations among homes, hour by hour, less the traffic that is no outward
    commute (it grows along ``ramp_h`` to the midday level), are smoothed within the hour
    (totals conserved) and moved by the mean time to the workplace. What arrives outside
    the period is left out, and the sum scaled to ``morning_share``. Hourly counts hide
    peaks within the hour, and one mean time hides its spread: an estimate.

    Returns
    -------
    edges_s, share
        Ends of the steps (seconds of service day) and the share of each, sum
        ``morning_share``.
    """
    entries = np.asarray(entries_by_hour, dtype=np.float64)
    if entries.shape != (24,) or (entries < 0).any() or entries.sum() <= 0:
        msg = "entries_by_hour must be 24 numbers of 0 or more, not all 0"
        raise ValueError(msg)
    midday = entries[slice(*settings.midday_h)].mean()
    low, high = settings.ramp_h
    grown = np.clip((np.arange(24) + 0.5 - low) / (high - low), 0.0, 1.0)
    outward = np.maximum(entries - midday * grown, 0.0)
    outward[settings.midday_h[0] :] = 0.0
    by_minute = smooth_profile((np.arange(25) * HOUR_S).tolist(), outward / outward.sum())
    arrivals = ArrivalProfile(start_s=settings.ride_s, share=by_minute.share)
    edges = np.arange(settings.start_s, settings.end_s + 1, settings.step_s)
    share = np.asarray(
        [arrivals.share_between(int(first), int(first) + settings.step_s) for first in edges[:-1]]
    )
    return edges, settings.morning_share * share / share.sum()
