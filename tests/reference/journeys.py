"""Check journeys leg by leg against the timetable they claim to ride."""

import numpy as np


def assert_journeys_are_rideable(network, journeys, access, targets):
    """Every leg exists, is allowed, and can be caught; both ends are as stated.

    ``access`` maps stop_idx to seconds; ``targets[t]`` does for the egress of target t.
    """
    timetable = network.timetable
    for j in range(len(journeys)):
        legs = range(int(journeys.leg_offset[j]), int(journeys.leg_offset[j + 1]))
        assert len(legs) == journeys.n_rides[j] > 0
        at_stop, at_s = None, None
        for leg in legs:
            pattern = int(journeys.leg_pattern[leg])
            trip = int(journeys.leg_trip[leg])
            board, alight = int(journeys.leg_board_pos[leg]), int(journeys.leg_alight_pos[leg])
            first, end = timetable.pattern_trip_offset[pattern : pattern + 2]
            assert first <= trip < end
            assert 0 <= board < alight < len(timetable.pattern_stops(pattern))
            assert timetable.pattern_pickup[timetable.pattern_offset[pattern] + board]
            assert timetable.pattern_dropoff[timetable.pattern_offset[pattern] + alight]
            arrival, departure = timetable.pattern_times(pattern)
            boarding_stop = int(timetable.pattern_stops(pattern)[board])
            boarding_s = int(departure[trip - first, board])
            if at_stop is None:
                assert access[boarding_stop] == journeys.access_s[j]
                assert boarding_s - access[boarding_stop] == journeys.departure_s[j]
            else:
                assert at_s + walk_between(network, at_stop, boarding_stop) <= boarding_s
            at_stop = int(timetable.pattern_stops(pattern)[alight])
            at_s = int(arrival[trip - first, alight])
        egress = targets[int(journeys.target[j])]
        assert egress[at_stop] == journeys.egress_s[j]
        assert at_s + egress[at_stop] == journeys.arrival_s[j]


def walk_between(network, a, b):
    """Seconds of the footpath from stop a to stop b; 0 at one stop; fails where none is."""
    if a == b:
        return 0
    first, last = network.footpaths.offset[a : a + 2]
    (found,) = np.flatnonzero(network.footpaths.stop[first:last] == b)
    return int(network.footpaths.duration_s[first + found])
