"""How full lines are said to be at their peak, beside what a loading makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from network.base import format_clock
from scenarios.loads.stretches import SERVED_VEHICLES
from solver.loading import rolling_sum

if TYPE_CHECKING:
    from scenarios.loads.run import DayLoads
    from scenarios.loads.stretches import StretchLoads
    from scenarios.parameters import PublishedLoad

HOUR_S = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedRow:
    """A published load factor of a line's peak and the modelled one of its fullest hour.

    ``error`` is the modelled load factor less the published one. The stretch is the one of
    the line whose hour is fullest; None where the line carries nobody in the period.
    """

    published: PublishedLoad
    load_factor: float | None
    from_stop: str
    to_stop: str
    start_s: int
    end_s: int

    @property
    def error(self) -> float | None:
        """Modelled load factor less the published one."""
        return None if self.load_factor is None else self.load_factor - self.published.load_factor

    def as_dict(self) -> dict[str, Any]:
        """Return the row as plain JSON values."""
        known = self.load_factor is not None
        return {
            "line": self.published.line,
            "published_load_factor": self.published.load_factor,
            "source": self.published.source,
            "source_date": self.published.source_date.isoformat(),
            "source_class": str(self.published.source_class),
            "modelled_load_factor": self.load_factor,
            "error": self.error,
            "from_stop": self.from_stop,
            "to_stop": self.to_stop,
            "hour": [format_clock(self.start_s), format_clock(self.end_s)] if known else None,
        }


def compare_published(loads: DayLoads, stretches: StretchLoads) -> tuple[PublishedRow, ...]:
    """Compare each published load factor of the territory with its line's fullest hour."""
    published = loads.territory.file.published_loads
    if not published:
        return ()
    count = min(loads.windows.count, HOUR_S // loads.windows.length_s)
    load, room, vehicles = (
        rolling_sum(values, count)
        for values in (stretches.load_pax, stretches.capacity_pax, stretches.vehicles)
    )
    served = (room > 0) & (vehicles >= SERVED_VEHICLES * count)
    factor = np.divide(load, room, out=np.zeros_like(load), where=served)
    lines = np.asarray(loads.segments.line)
    rows = []
    for stated in published:
        own = np.flatnonzero(lines == stated.line)
        fullest = factor[own].max(initial=0.0)
        if fullest <= 0:
            rows.append(_row(stated, None, "", "", 0, 0))
            continue
        at, window = np.unravel_index(int(factor[own].argmax()), factor[own].shape)
        stretch, start_s = int(own[at]), int(loads.windows.starts_s()[window])
        rows.append(
            _row(
                stated,
                float(fullest),
                loads.segments.from_station[stretch],
                loads.segments.to_station[stretch],
                start_s,
                start_s + count * loads.windows.length_s,
            )
        )
    return tuple(rows)


def _row(
    published: PublishedLoad,
    load_factor: float | None,
    from_stop: str,
    to_stop: str,
    start_s: int,
    end_s: int,
) -> PublishedRow:
    return PublishedRow(
        published=published,
        load_factor=load_factor,
        from_stop=from_stop,
        to_stop=to_stop,
        start_s=start_s,
        end_s=end_s,
    )
