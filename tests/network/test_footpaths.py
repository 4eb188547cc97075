"""Walks of feeds without streets: the straight line, and what transfers.txt says."""

import pytest

from network.network import Network
from network.readers import read_network
from network.walking.access import walk_access, walk_between
from tests.builders.feeds import DAY, line_feed, write_feed
from tests.builders.footwalks import walks_by_id

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
    return walks_by_id(network), network


def test_near_stops_are_joined_both_ways_by_the_straight_line_and_detour(tmp_path):
    found, network = walks(tmp_path)
    assert found == {("S1", "S2"): 434, ("S2", "S1"): 434}
    assert network.footpaths.kind == "straight-line x 1.3"


def test_the_longest_walk_bounds_the_walks(tmp_path):
    assert walks(tmp_path, max_walk_s=433)[0] == {}
    assert len(walks(tmp_path, max_walk_s=434)[0]) == 2


def test_speed_and_detour_set_the_duration(tmp_path):
    found, network = walks(tmp_path, speed_mps=1.0, detour=1.0)
    assert found["S1", "S2"] == 401
    assert network.footpaths.kind == "straight-line x 1"


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


def test_rules_of_one_stop_or_in_seat_change_no_walk(tmp_path):
    found, _ = walks(tmp_path, ["S1,S1,2,60", "S1,S2,4,", "S1,NOWHERE,2,5"])
    assert found == {("S1", "S2"): 434, ("S2", "S1"): 434}


def test_rules_for_single_trips_change_no_walk(tmp_path):
    changed = {
        "stops": NEAR,
        "transfers": "from_stop_id,to_stop_id,transfer_type,min_transfer_time,from_trip_id\n"
        "S1,S2,2,5,T1\n",
    }
    network = read_network(write_feed(tmp_path, **line_feed(**changed)), DAY)
    assert network.footpaths.duration_s.tolist() == [434, 434]


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
    for reverse in (False, True):
        stops, seconds = walk_access(network, 48.9, 2.3, max_walk_s=434, reverse=reverse)
        assert [network.timetable.stops.ids[s] for s in stops] == ["S1", "S2"]
        assert seconds.tolist() == [0, 434]


def test_the_speed_of_the_walks_between_stops_is_that_of_walks_to_stops(tmp_path):
    _, network = walks(tmp_path, speed_mps=0.6)
    assert walk_access(network, 48.9, 2.3)[1].tolist() == [0, 868]
    assert walk_access(network, 48.9, 2.3, speed_mps=1.2)[1].tolist() == [0, 434]


def test_a_walk_between_places_or_stops_is_a_straight_line(tmp_path):
    _, network = walks(tmp_path)
    ends = {"S1": (48.9, 2.3), "S2": (48.9036, 2.3)}
    at = network.timetable.stops.ids.index
    for a, b in ((ends["S1"], ends["S2"]), (at("S1"), at("S2")), (at("S1"), ends["S2"])):
        walk = walk_between(network, a, b)
        assert (walk.seconds, walk.kind) == (434, "straight-line x 1.3")
        assert walk.metres == pytest.approx(520.4, abs=0.05)
        assert walk.points == (ends["S1"], ends["S2"])
    assert walk_between(network, ends["S1"], ends["S2"], max_walk_s=433) is None


def test_networks_of_as_many_stops_are_not_taken_for_each_other(tmp_path):
    _, network = walks(tmp_path)
    moved = write_feed(tmp_path, **line_feed(stops=NEAR.replace("48.9036", "48.9018")))
    other = read_network(moved, DAY)
    assert isinstance(other, Network)
    assert walk_access(network, 48.9, 2.3)[1].tolist() == [0, 434]
    assert walk_access(other, 48.9, 2.3)[1].tolist() == [0, 217]
