"""The feed of one line read as a timetable, and its calls in plain form."""

import numpy as np

from network.base import parse_clock
from network.readers import read_timetable
from tests.builders.feeds import DAY, line_feed, write_feed


def read_line(folder, *, day=DAY, include_spill=False, zipped=False, **changed):
    """Read the feed of one line, files changed, on a Wednesday."""
    path = write_feed(folder, zipped=zipped, **line_feed(**changed))
    return read_timetable(path, day, include_spill=include_spill)


def times_of(timetable, trip_id):
    """(stop_id, arrival, departure) of each call of a trip."""
    trip = timetable.trip_ids.index(trip_id)
    pattern = int(np.searchsorted(timetable.pattern_trip_offset, trip, side="right")) - 1
    arrival, departure = timetable.pattern_times(pattern)
    row = trip - timetable.pattern_trip_offset[pattern]
    return [
        (timetable.stops.ids[s], int(a), int(d))
        for s, a, d in zip(
            timetable.pattern_stops(pattern), arrival[row], departure[row], strict=True
        )
    ]


def clock(*texts):
    """Times of day as seconds."""
    return tuple(parse_clock(t) for t in texts)
