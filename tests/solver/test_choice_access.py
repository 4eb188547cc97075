"""How places reach stops, by hand: four stops 1,112 m apart, places on the same meridian."""

import numpy as np
import pytest

from solver.choice import (
    HUB,
    LOCAL,
    WALK,
    AccessRules,
    LocalLines,
    OtherLines,
    WalkRules,
    build_connectors,
)
from tests.builders.lines import line_timetable
from tests.builders.places import places_north_of_first_stop

STOPS = line_timetable(departures_s=[28_800], hops_s=[120, 120, 120])  # at 0, 1112, 2224, 3336 m
NO_HUBS = np.zeros(0, dtype=np.int32)
LAST_STOP = np.asarray([3], dtype=np.int32)
NO_LOCAL = LocalLines(max_m=0.0)


def connect(*metres, hubs=NO_HUBS, dense=(), n_zones=None, **rules):
    places = places_north_of_first_stop(*metres, dense=dense, n_zones=n_zones)
    return build_connectors(STOPS, places, hub_stops=hubs, rules=AccessRules(**rules))


def of_place(connectors, place):
    """The connectors of one place as {stop: (kind, seconds, seconds out of the vehicle)}."""
    at = range(connectors.offset[place], connectors.offset[place + 1])
    return {
        int(connectors.stop[i]): (
            int(connectors.kind[i]),
            int(connectors.seconds[i]),
            int(connectors.out_s[i]),
        )
        for i in at
    }


def test_a_walk_is_the_straight_line_with_detour_at_walking_speed():
    # 500 m x 1.3 / 1.2 m/s = 541.7 s; the next stop, 1,612 m away, is beyond 1,200 s.
    assert of_place(connect(-500, local=NO_LOCAL), 0) == {0: (WALK, 542, 542)}


def test_no_walk_is_longer_than_the_longest_allowed():
    # 1,200 s x 1.2 / 1.3 = 1,107.7 m.
    connectors = connect(-1107, -1108.5, local=NO_LOCAL)
    assert of_place(connectors, 0) == {0: (WALK, 1199, 1199)}
    assert of_place(connectors, 1) == {}


def test_no_walk_is_shorter_than_the_least():
    # At the stop's very door: 250 m x 1.3 / 1.2 = 270.8 s.
    assert of_place(connect(0, local=NO_LOCAL), 0)[0] == (WALK, 271, 271)
    rules = {"walk": WalkRules(least_m=0.0), "local": NO_LOCAL}
    assert of_place(connect(0, **rules), 0)[0] == (WALK, 0, 0)


def test_local_lines_reach_stations_within_their_range_that_are_not_walked_to():
    # 11 min and 1.3 x km at 12 km/h, 6.5 min a km: 1,611.95 m -> 21.478 min, 2,723.90 m ->
    # 28.705 min. The last stop, 3,836 m away, is out of range; the first is walked to.
    assert of_place(connect(-500), 0) == {
        0: (WALK, 542, 542),
        1: (LOCAL, 1289, 660),
        2: (LOCAL, 1722, 660),
    }


def test_local_lines_go_to_the_nearest_stations_only():
    assert set(of_place(connect(-500, local=LocalLines(max_stations=1)), 0)) == {0, 1}
    assert set(of_place(connect(-500, local=LocalLines(max_stations=0)), 0)) == {0}


def test_other_lines_reach_hubs_from_anywhere():
    # From 10 km south of the first stop to the last, 13,335.85 m: 17.337 km of path, 6 of them
    # at 21 km/h (17.143 min), 11.337 at 42 km/h (16.195 min); 10.5 at the end, 4 to change.
    assert of_place(connect(-10_000, hubs=LAST_STOP), 0) == {3: (HUB, 2870, 870)}


@pytest.mark.parametrize(
    ("metres", "kind", "seconds"),
    [
        (1200, LOCAL, 1128),  # 11 + 7.8 = 18.8 min against 14.5 + 4.457 = 18.957 by other lines
        (2000, HUB, 1316),  # 11 + 13 = 24 min against 14.5 + 7.429 = 21.929
    ],
)
def test_where_two_ways_lead_to_a_stop_the_quicker_one_is_taken(metres, kind, seconds):
    place = 3 * 1111.9508 + metres
    found = of_place(connect(place, hubs=LAST_STOP), 0)[3]
    assert found[:2] == (kind, seconds)


def test_a_hub_at_walking_distance_is_walked_to():
    found = of_place(connect(3 * 1111.9508 + 500, hubs=LAST_STOP), 0)
    assert found[3] == (WALK, 542, 542)


def ends_min(connectors):
    """Minutes of each place's end of a trip by other lines, from the trip to itself."""
    return np.diag(connectors.other_out_min) / 2


def test_an_end_takes_as_usual_where_no_modelled_stop_is_walked_to():
    assert ends_min(connect(-10_000, hubs=LAST_STOP)) == pytest.approx([10.5])


def test_an_end_takes_as_usual_everywhere_without_hubs():
    assert ends_min(connect(0, -10_000)) == pytest.approx([10.5, 10.5])


def test_an_end_beside_modelled_stops_takes_the_way_to_the_nearest_hub():
    # The first stop is walked to, the hub is 3,335.85 m away, 2,735.85 m beyond the usual 600:
    # 6.5 min a km by local lines, 17.783 min more. Within 600 m of the hub nothing is added.
    connectors = connect(0, 3335.8524 - 600, 3335.8524 - 700, hubs=LAST_STOP)
    assert ends_min(connectors) == pytest.approx([28.283, 10.5, 11.15], abs=1e-3)


def test_an_end_in_a_dense_place_is_short_whatever_stops_are_near():
    connectors = connect(0, -10_000, -10_000, hubs=LAST_STOP, dense=(0, 1))
    assert ends_min(connectors) == pytest.approx([8.0, 8.0, 10.5])


def test_a_trip_by_other_lines_is_two_ends_and_a_ride():
    # 6 km apart: 7.8 km of path, 6 at 21 km/h and 1.8 at 42 km/h: 17.143 + 2.571 min.
    connectors = connect(-10_000, -16_000, dense=(1,))
    assert connectors.other_min[0, 1] == pytest.approx(10.5 + 8.0 + 19.714, abs=1e-3)
    assert connectors.other_out_min[0, 1] == pytest.approx(18.5)


def test_a_trip_by_other_lines_takes_as_long_back():
    connectors = connect(-10_000, -16_000, 0, 2000, hubs=LAST_STOP, dense=(1,), n_zones=4)
    assert connectors.other_min == pytest.approx(connectors.other_min.T)


def test_trips_by_other_lines_start_in_zones_only():
    assert connect(0, -5000, -9000, n_zones=2).other_min.shape == (2, 3)


@pytest.mark.parametrize(
    ("rules", "name"), [(LocalLines, "kmh"), (OtherLines, "far_kmh"), (OtherLines, "detour")]
)
def test_speeds_of_nothing_are_refused(rules, name):
    with pytest.raises(ValueError, match=name):
        rules(**{name: 0.0})


@pytest.mark.parametrize("name", ["end_min", "dense_end_min", "change_min"])
def test_negative_minutes_are_refused(name):
    with pytest.raises(ValueError, match=name):
        OtherLines(**{name: -1.0})
