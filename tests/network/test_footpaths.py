"""Walks between stops, and from places to stops."""

import pytest

from network.readers import read_network
from network.walking.footpaths import walk_access
from tests.builders.feeds import DAY, line_feed, write_feed

# 0.0036 degrees of latitude are 400.3 m: 520.4 m on foot, 434 s at 1.2 m/s.
NEAR = """
    stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station
    C,Centre,48.9000,2.30,1,
    S1,One,48.9000,2.30,0,C
    S2,Two,48.9036,2.30,0,
    S3,Three,48.9500,2.30,0,
    """


def walks(tmp_path, transfers=None, **options):
    """Walks in seconds by (from, to), and the network."""
    changed = {"stops": NEAR}
    if transfers is not None:
        header = "from_stop_id,to_stop_id,transfer_type,min_transfer_time\n"
        changed["transfers"] = header + "\n".join(transfers) + "\n"
    network = read_network(write_feed(tmp_path, **line_feed(**changed)), DAY, **options)
    ids, footpaths = network.timetable.stops.ids, network.footpaths
    found = {
        (ids[a], ids[footpaths.stop[i]]): int(footpaths.duration_s[i])
        for a in range(len(ids))
        for i in range(footpaths.offset[a], footpaths.offset[a + 1])
    }
    return found, network


def test_near_stops_are_joined_both_ways_by_the_straight_line_and_detour(tmp_path):
    found, network = walks(tmp_path)
    assert found == {("S1", "S2"): 434, ("S2", "S1"): 434}
    assert network.footpaths.kind == "straight-line x 1.3"


def test_the_longest_walk_bounds_the_walks(tmp_path):
    assert walks(tmp_path, max_walk_s=433)[0] == {}
    assert len(walks(tmp_path, max_walk_s=434)[0]) == 2


def test_speed_and_detour_set_the_duration(tmp_path):
    assert walks(tmp_path, speed_mps=1.0, detour=1.0)[0]["S1", "S2"] == 401


def test_a_minimum_time_takes_the_place_of_the_walk(tmp_path):
    found, _ = walks(tmp_path, ["S1,S2,2,90", "S1,S3,2,3000"])
    assert found == {("S1", "S2"): 90, ("S2", "S1"): 434, ("S1", "S3"): 3000}


def test_type_3_forbids_the_walk_one_way(tmp_path):
    assert walks(tmp_path, ["S1,S2,3,"])[0] == {("S2", "S1"): 434}


@pytest.mark.parametrize("kind", ["0,", "1,", "2,", ","])
def test_a_recommended_change_is_walked_however_far(tmp_path, kind):
    # S1 to S3: 0.05 degrees are 5,559.75 m, 7,227.7 m on foot, 6,024 s.
    assert walks(tmp_path, [f"S1,S3,{kind}"])[0]["S1", "S3"] == 6024


def test_a_rule_for_a_station_holds_for_its_stops(tmp_path):
    assert walks(tmp_path, ["C,S2,2,120"])[0]["S1", "S2"] == 120


def test_rules_not_used_are_counted(tmp_path):
    found, network = walks(tmp_path, ["S1,S1,2,60", "S1,S2,4,", "S1,NOWHERE,2,5"])
    assert found == {("S1", "S2"): 434, ("S2", "S1"): 434}
    assert network.timetable.set_aside.counts == {"transfer rule not used": 2}


def test_rules_for_single_trips_are_counted_and_not_used(tmp_path):
    changed = {
        "stops": NEAR,
        "transfers": "from_stop_id,to_stop_id,transfer_type,min_transfer_time,from_trip_id\n"
        "S1,S2,2,5,T1\n",
    }
    network = read_network(write_feed(tmp_path, **line_feed(**changed)), DAY)
    assert network.footpaths.duration_s.tolist() == [434, 434]
    assert network.timetable.set_aside.total == 1


def test_each_stops_walks_are_sorted_by_duration_and_none_leads_to_itself(tmp_path):
    found, network = walks(tmp_path, ["S1,S3,2,100"])
    footpaths = network.footpaths
    for a in range(network.timetable.n_stops):
        own = footpaths.duration_s[footpaths.offset[a] : footpaths.offset[a + 1]].tolist()
        assert own == sorted(own)
    assert list(found)[0] == ("S1", "S3")
    assert all(a != b for a, b in found)


def test_stops_within_a_walk_of_a_place_come_with_their_seconds(tmp_path):
    _, network = walks(tmp_path)
    stops, seconds = walk_access(network.timetable, 48.9, 2.3, max_walk_s=434)
    assert [network.timetable.stops.ids[s] for s in stops] == ["S1", "S2"]
    assert seconds.tolist() == [0, 434]
