"""How places reach stops, by hand: four stops 1,112 m apart, places on the same meridian."""

import numpy as np
import pytest

from solver.choice import (
    HUB,
    LOCAL,
    WALK,
    AccessRules,
    CostWeights,
    LocalLines,
    OtherLines,
    StreetWalks,
    WalkRules,
    build_connectors,
)
from solver.choice.access import NO_WAY
from solver.choice.searches import weigh_connectors
from tests.builders.lines import line_timetable
from tests.builders.places import places_north_of_first_stop, stations_north_of_first_stop

STOPS = line_timetable(departures_s=[28_800], hops_s=[120, 120, 120])  # at 0, 1112, 2224, 3336 m
NO_HUBS = np.zeros(0, dtype=np.int32)
LAST_STOP = np.asarray([3], dtype=np.int32)
NO_LOCAL = LocalLines(max_m=0.0)


def connect(*metres, hubs=NO_HUBS, stations=None, n_zones=None, spread_m=None, **rules):
    return build_connectors(
        STOPS,
        places_north_of_first_stop(*metres, n_zones=n_zones, spread_m=spread_m),
        hub_stops=hubs,
        rules=AccessRules(**rules),
        other_stations=None if stations is None else stations_north_of_first_stop(*stations),
    )


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
    # at 21 km/h (17.143 min), 11.337 at 42 km/h (16.195 min); 9.25 at the end, 4 to change.
    assert of_place(connect(-10_000, hubs=LAST_STOP), 0) == {3: (HUB, 2795, 795)}


@pytest.mark.parametrize(
    ("end_min", "kind", "seconds"),
    [
        (9.25, HUB, 1241),  # 9.25 + 4 + 7.429 = 20.679 min by other lines
        (13.0, LOCAL, 1440),  # 13 + 4 + 7.429 = 24.429, against 11 + 13 = 24 min by local lines
    ],
)
def test_where_two_ways_lead_to_a_stop_the_quicker_one_is_taken(end_min, kind, seconds):
    # 2 km north of the last stop: 2.6 km of path.
    other = OtherLines(usual_end_min=end_min)
    found = of_place(connect(3 * 1111.9508 + 2000, hubs=LAST_STOP, other=other), 0)[3]
    assert found[:2] == (kind, seconds)


def test_a_hub_at_walking_distance_is_walked_to():
    found = of_place(connect(3 * 1111.9508 + 500, hubs=LAST_STOP), 0)
    assert found[3] == (WALK, 542, 542)


def ends_min(connectors):
    """Minutes of each place's end of a trip by other lines, from the trip to itself."""
    return np.diag(connectors.other_out_min) / 2


def test_an_end_takes_as_usual_where_nobody_says_where_other_stations_are():
    assert ends_min(connect(0, -10_000, hubs=LAST_STOP)) == pytest.approx([9.25, 9.25])
    assert ends_min(connect(0, stations=())) == pytest.approx([9.25])


def test_an_end_is_the_walk_to_the_nearest_other_station_and_the_wait():
    # 600 m x 1.3 / 1.2 m/s = 10.833 min, and 3 to wait; no walk is shorter than 250 m, 4.514 min.
    found = ends_min(connect(600, 0, stations=(0, -5000)))
    assert found == pytest.approx([3 + 10.833, 3 + 4.514], abs=1e-3)


def test_an_end_too_far_to_walk_is_ridden_by_local_lines_and_bounded():
    # 1,200 m: 3 + 11 + 7.8 min. At 5 km it would be 46.5: half an hour is the most it takes.
    assert ends_min(connect(-1200, -5000, stations=(0,))) == pytest.approx([21.8, 30.0])


def test_distances_of_an_area_add_the_spread_of_its_people():
    # People spread 400 m around their point: felt 0.75 x 400 = 300 m, and hypot(400, 300) = 500
    # m to the stop, 541.7 s on foot; the same to another station, 9.028 min and 3 to wait.
    connectors = connect(-400, spread_m=[400.0], stations=(0,), local=NO_LOCAL)
    assert of_place(connectors, 0) == {0: (WALK, 542, 542)}
    assert ends_min(connectors) == pytest.approx([12.028], abs=1e-3)


def test_a_trip_by_other_lines_is_two_ends_and_a_ride():
    # 6 km apart: 7.8 km of path, 6 at 21 km/h and 1.8 at 42 km/h: 17.143 + 2.571 min; both
    # ends 600 m from a station, 13.833 min.
    connectors = connect(-10_000, -16_000, stations=(-10_600, -16_600))
    assert connectors.other_min[0, 1] == pytest.approx(2 * 13.833 + 19.714, abs=2e-3)
    assert connectors.other_out_min[0, 1] == pytest.approx(2 * 13.833, abs=1e-3)


def test_a_trip_by_other_lines_takes_as_long_back():
    connectors = connect(-10_000, -16_000, 0, 2000, hubs=LAST_STOP, stations=(-9000, 1000))
    assert len({round(minutes, 3) for minutes in ends_min(connectors)}) > 1
    assert connectors.other_min == pytest.approx(connectors.other_min.T)


def test_trips_by_other_lines_start_in_zones_only():
    assert connect(0, -5000, -9000, n_zones=2).other_min.shape == (2, 3)


@pytest.mark.parametrize(
    ("rules", "name"), [(LocalLines, "kmh"), (OtherLines, "far_kmh"), (OtherLines, "detour")]
)
def test_speeds_of_nothing_are_refused(rules, name):
    with pytest.raises(ValueError, match=name):
        rules(**{name: 0.0})


@pytest.mark.parametrize("name", ["board_min", "usual_end_min", "change_min"])
def test_negative_minutes_are_refused(name):
    with pytest.raises(ValueError, match=name):
        OtherLines(**{name: -1.0})


def over_streets(to_stop_s, from_stop_s, *, spread_m=0):
    """Connectors of one place with walks over streets to the first stops, and from them."""
    walks = np.full((2, 1, 4), np.inf)
    for way, seconds in zip(walks, (to_stop_s, from_stop_s), strict=True):
        way[0, : len(seconds)] = seconds
    return build_connectors(
        STOPS,
        places_north_of_first_stop(0, spread_m=[spread_m]),
        hub_stops=NO_HUBS,
        rules=AccessRules(local=NO_LOCAL),
        streets=StreetWalks(to_stop_s=walks[0], from_stop_s=walks[1]),
    )


def test_walks_over_streets_replace_straight_ones_and_may_lead_one_way_only():
    # At the first stop's door: 100 s to it and 130 s from it over the streets, no least walk. To
    # the second 1,000 s, and back 1,300 s, beyond the 1,200 s that are walked at most.
    connectors = over_streets([100, 1000], [130, 1300])
    assert connectors.over_streets
    assert connectors.stop.tolist() == [0, 1]
    assert connectors.seconds.tolist() == [100, 1000]
    assert connectors.from_stop_s.tolist() == [130, NO_WAY]
    there, back = weigh_connectors(connectors, CostWeights(walk=1.5), 4)
    assert there[0].tolist() == [2.5, 25, np.inf, np.inf]
    assert back[0].tolist() == [3.25, np.inf, np.inf, np.inf]


def test_spread_adds_to_walks_over_streets_in_squares():
    # 400 m of spread felt as 300 m (x 0.75), x 1.3 / 1.2: 325 s. With 780 s: 845 s, by 5:12:13.
    connectors = over_streets([780], [780], spread_m=400)
    assert connectors.seconds.tolist() == [845]


def test_straight_walks_are_the_same_both_ways():
    connectors = connect(-500, local=NO_LOCAL)
    assert not connectors.over_streets
    assert connectors.from_stop_s is connectors.seconds
