"""Places on the meridian of a line, where distances are worked out by hand."""

import numpy as np

from solver.choice import Connectors, Places
from solver.choice.access import OtherStations

M_PER_DEGREE = 111_195.08
"""Metres in a degree of latitude on the sphere of mean radius: stops of a line are 0.01 apart."""


def places_north_of_first_stop(*metres, n_zones=None, spread_m=None) -> Places:
    """Places so many metres north of the first stop of ``line_timetable`` (negative: south)."""
    n = len(metres)
    return Places(
        lat=48.9 + np.asarray(metres, dtype=float) / M_PER_DEGREE,
        lon=np.full(n, 2.35),
        n_zones=n if n_zones is None else n_zones,
        spread_m=None if spread_m is None else np.asarray(spread_m, dtype=float),
    )


def stations_north_of_first_stop(*metres) -> OtherStations:
    """Stations of other lines so many metres north of the first stop of ``line_timetable``."""
    places = places_north_of_first_stop(*metres)
    return OtherStations(lat=places.lat, lon=places.lon)


def connectors_of(
    ends, *, other_min, other_out_min=0.0, other_changes=0.0, n_zones=None
) -> Connectors:
    """Connectors from one dict of stop to (seconds, seconds out of the vehicle, kind) a place."""
    n = len(ends) if n_zones is None else n_zones
    rows = [(stop, *row) for end in ends for stop, row in sorted(end.items())]
    column = [np.asarray([row[i] for row in rows], dtype=np.int32) for i in range(4)]
    return Connectors(
        offset=np.cumsum([0, *(len(end) for end in ends)]).astype(np.int32),
        stop=column[0],
        seconds=column[1],
        out_s=column[2],
        kind=column[3].astype(np.int8),
        other_min=np.full((n, len(ends)), float(other_min)),
        other_out_min=np.full((n, len(ends)), float(other_out_min)),
        other_changes=other_changes,
    )
