"""Who rides back over a station, and who boards at a last call, in searches by criteria."""

import pytest

from network.base import parse_clock
from network.readers import read_network
from network.readers.emissions import read_emission_factors
from network.routing import Place, find_itineraries
from network.routing.criteria.costs import CostRules, Criterion
from network.routing.criteria.search import find_itineraries_by
from tests.builders.feeds import DAY, line_feed, write_feed

STOPS_TEXT = """
    stop_id,stop_name,stop_lat,stop_lon
    S1,One,48.900,2.30
    S2,Two,48.904,2.30
    S3,Three,48.98,2.30
    """


def at(network, stop):
    stops = network.timetable.stops
    index = stops.ids.index(stop)
    return Place(name=stop, lat=float(stops.lat[index]), lon=float(stops.lon[index]))


@pytest.fixture
def across(tmp_path):
    """Line 1 goes from A by B to C; line 2 back from C by B2, across the street of B, to D.

    B and B2 are one station, 111 m apart: 121 s on foot. ``a`` is at B at 8:10, at C at 8:14;
    ``b`` leaves C at 8:16, is at B2 at 8:20 and at D at 8:30.
    """
    files = line_feed(
        stops="""
        stop_id,stop_name,stop_lat,stop_lon,parent_station,location_type
        H,Bridge,48.900,2.33,,1
        A,A,48.900,2.30,,0
        B,Bridge,48.900,2.33,H,0
        B2,Bridge,48.901,2.33,H,0
        C,C,48.900,2.36,,0
        D,D,48.940,2.33,,0
        """,
        routes="route_id,route_short_name,route_type\nR1,1,3\nR2,2,3",
        trips="route_id,service_id,trip_id\nR1,WK,a\nR2,WK,b",
        stop_times="""
        trip_id,arrival_time,departure_time,stop_id,stop_sequence
        a,08:00:00,08:00:00,A,0
        a,08:10:00,08:10:00,B,1
        a,08:14:00,08:14:00,C,2
        b,08:16:00,08:16:00,C,0
        b,08:20:00,08:20:00,B2,1
        b,08:30:00,08:30:00,D,2
        """,
    )
    return read_network(write_feed(tmp_path, **files), DAY, include_spill=False)


def across_rides(network, start, end, **rules):
    search = find_itineraries_by(
        network, at(network, start), at(network, end), departure_s=parse_clock("07:55"),
        criteria=[Criterion.WALKING], rules=CostRules(**rules), max_access_s=60,
    )  # fmt: skip
    return [
        ([(leg.from_name, leg.to_name) for leg in i.itinerary.rides], i.costs[0])
        for i in search.itineraries
    ]


def test_nobody_rides_on_and_back_over_a_station_to_save_the_walk_across_it(across):
    # By C one walks not at all, and is on the same vehicle as who walks over at the bridge.
    assert across_rides(across, "A", "D") == [([("A", "C"), ("C", "D")], 0.0)]
    short = [([("A", "Bridge"), ("Bridge", "D")], 121.0)]
    assert across_rides(across, "A", "D", rides_back=False) == short


def test_nobody_rides_back_to_where_they_could_have_got_off(across):
    # To the far side of the bridge: there and back, or nothing within a minute's walk.
    back = [([("A", "C"), ("C", "Bridge")], 0.0)]
    assert across_rides(across, "A", "B2") == back
    assert across_rides(across, "A", "B2", rides_back=False) == []


def test_whoever_has_no_time_to_change_may_ride_back(tmp_path, across):
    # With ten minutes to cross the bridge line 2 is gone: by C one is on it.
    rules = "from_stop_id,to_stop_id,transfer_type,min_transfer_time\nB,B2,2,660"
    (tmp_path / "feed" / "transfers.txt").write_text(rules, encoding="utf-8")
    slow = read_network(tmp_path / "feed", DAY, include_spill=False)
    back = [([("A", "C"), ("C", "D")], 0.0)]
    assert across_rides(slow, "A", "D") == back
    assert across_rides(slow, "A", "D", rides_back=False) == back


def test_one_gets_on_at_the_last_call_of_a_vehicle_that_goes_on(tmp_path):
    # Bus a ends at S2 at 8:10 and goes on as b, which leaves S2 at 8:15 without taking anybody
    # up there: whoever gets on at a's last call is at S3 at 8:25.
    files = line_feed(
        stops=STOPS_TEXT,
        trips="route_id,service_id,trip_id,block_id\nR1,WK,a,V\nR1,WK,b,V",
        stop_times="""
        trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type
        a,08:00:00,08:00:00,S1,0,0
        a,08:10:00,08:10:00,S2,1,0
        b,08:15:00,08:15:00,S2,0,1
        b,08:25:00,08:25:00,S3,1,0
        """,
    )
    network = read_network(write_feed(tmp_path, **files), DAY, include_spill=False)
    stops = network.timetable.stops
    start = Place(name="start", lat=stops.lat[1], lon=stops.lon[1])
    for criterion in (Criterion.WALKING, Criterion.GENERALISED, Criterion.CO2):
        search = find_itineraries_by(
            network, start, at(network, "S3"), departure_s=parse_clock("08:05"),
            criteria=[criterion],
            rules=CostRules(factors=read_emission_factors()), max_access_s=60,
        )  # fmt: skip
        (found,) = (rated.itinerary for rated in search.itineraries)
        leaves, arrives = found.departure_s, found.arrival_s
        assert (leaves, arrives, found.n_rides) == (parse_clock("08:10"), parse_clock("08:25"), 1)
    plain = find_itineraries(network, start, at(network, "S3"), departure_s=parse_clock("08:05"),
                             max_access_s=60)  # fmt: skip
    assert [(i.departure_s, i.arrival_s) for i in plain.itineraries] == [(leaves, arrives)]
