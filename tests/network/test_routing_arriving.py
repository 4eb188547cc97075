"""Arriving by a time, within a window, and the first and last of the day; all by hand."""

import datetime as dt

import numpy as np
import pytest

from network.base import format_clock, parse_clock
from network.building.inputs import FeedSource
from network.readers import read_network
from network.routing import (
    NoAnswer,
    Place,
    SearchOptions,
    find_first,
    find_itineraries,
    find_itineraries_arriving,
    find_itineraries_range,
    find_last,
)
from tests.builders.feeds import DAY, line_feed, write_feed
from tests.builders.gridcity import GRID_DAY, LON_STEP, STOPS, write_grid_city
from tests.builders.queries import spans, stop_place
from tests.builders.realdata import real_data


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    return read_network(write_grid_city(tmp_path_factory.mktemp("grid")), GRID_DAY)


def at(network, stop):
    return stop_place(network, stop)


def clocks(search):
    """Departure, arrival and rides as ``"07:10-07:27 2"``."""
    return [
        f"{format_clock(i.departure_s)}-{format_clock(i.arrival_s)} {i.n_rides}"
        for i in search.itineraries
    ]


def by(network, start, end, clock, **options):
    return clocks(
        find_itineraries_arriving(
            network, at(network, start), at(network, end), arrival_s=parse_clock(clock), **options
        )
    )


def city_of(tmp_path, trips, blocks=None, *, spill=False):
    """Stops named by one letter, 11 km apart; trips as {id: "S 08:00 T 08:40"}, one route."""
    rows, stops = [], sorted({word for path in trips.values() for word in path.split()[::2]})
    for trip, path in trips.items():
        words = path.split()
        rows += [
            f"{trip},{time}:00,{time}:00,{stop},{i}"
            for i, (stop, time) in enumerate(zip(words[::2], words[1::2], strict=True))
        ]
    named = [f"R1,WK,{t},{(blocks or {}).get(t, '')}" for t in trips]
    files = {
        "stops": "stop_id,stop_name,stop_lat,stop_lon\n"
        + "\n".join(f"{s},{s},{48 + 0.1 * i:.1f},2.3" for i, s in enumerate(stops)),
        "trips": "route_id,service_id,trip_id,block_id\n" + "\n".join(named),
        "stop_times": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        + "\n".join(rows),
    }
    return read_network(write_feed(tmp_path, **line_feed(**files)), DAY, include_spill=spill)


def test_the_last_departure_that_is_in_time_is_taken(city):
    # Line A leaves A1 every ten minutes and takes ten to A3.
    assert by(city, "A1", "A3", "08:00") == ["07:50-08:00 1"]
    assert by(city, "A1", "A3", "07:59") == ["07:40-07:50 1"]


def test_one_comes_a_whole_night_after_the_last_train(city):
    assert by(city, "A1", "A3", "23:59") == ["09:50-10:00 1"]


def test_of_those_that_leave_at_one_time_the_first_to_arrive_is_taken(tmp_path):
    # From S once an hour; from Q on to T every ten minutes: nobody waits half an hour at Q.
    trips = {"feeder": "S 08:00 Q 08:10"}
    trips |= {f"on{m}": f"Q 08:{m} T 08:{m + 5}" for m in range(10, 60, 10)}
    assert by(city_of(tmp_path, trips), "S", "T", "09:00") == ["08:00-08:15 2"]


def test_leaving_at_a_time_one_waits_at_home_and_not_on_the_way(tmp_path):
    # To Q every ten minutes, from there on at 09:00 alone.
    trips = {"on": "Q 09:00 T 09:20"}
    trips |= {f"to{m}": f"S 08:{m:02d} Q 08:{m + 5:02d}" for m in range(0, 60, 10)}
    network = city_of(tmp_path, trips)
    found = find_itineraries(
        network, at(network, "S"), at(network, "T"), departure_s=parse_clock("08:00")
    )
    assert clocks(found) == ["08:50-09:20 2"]


def test_fewer_rides_stay_where_they_leave_earlier(tmp_path):
    network = city_of(
        tmp_path,
        {
            "direct": "S 07:00 T 08:40",
            "first": "S 08:00 Q 08:10",
            "second": "Q 08:10 T 08:30",
        },
    )
    # However long before: no window is looked back through.
    assert by(network, "S", "T", "08:40") == ["08:00-08:30 2", "07:00-08:40 1"]
    assert by(network, "S", "T", "08:39") == ["08:00-08:30 2"]


def test_an_overtaken_trip_is_taken_where_the_one_that_overtakes_leaves_too_early(tmp_path):
    # "fast" leaves after "slow" and overtakes it; "late" comes in after 08:30.
    network = city_of(
        tmp_path,
        {
            "slow": "S 08:00 T 08:30",
            "fast": "S 08:10 T 08:20",
            "late": "S 08:15 T 08:31",
        },
    )
    assert by(network, "S", "T", "08:30") == ["08:10-08:20 1"]
    assert by(network, "S", "T", "08:19") == []
    assert by(network, "S", "T", "08:31") == ["08:15-08:31 1"]


def test_times_go_on_past_midnight(tmp_path):
    network = city_of(tmp_path, {"first": "S 23:50 Q 24:10", "second": "Q 24:15 T 24:40"})
    assert by(network, "S", "T", "25:00") == ["23:50-24:40 2"]


def test_a_trip_of_the_day_before_is_taken_after_midnight_and_not_before(tmp_path):
    # The Tuesday's run leaves S at 23:50 of the Tuesday and Q at 0:10 of the Wednesday.
    network = city_of(tmp_path, {"night": "S 23:50 Q 24:10 T 24:40"}, spill=True)
    assert by(network, "Q", "T", "06:00") == ["00:10-00:40 1"]
    assert by(network, "S", "T", "06:00") == []
    assert by(network, "S", "T", "25:00") == ["23:50-24:40 1"]


def test_a_kept_seat_is_one_ride_searched_backwards_too(tmp_path):
    trips = {"T1": "S 08:00 Q 08:10", "T2": "Q 08:15 T 08:25", "T3": "T 08:30 U 08:40"}
    network = city_of(tmp_path, trips, dict.fromkeys(trips, "B"))
    found = find_itineraries_arriving(
        network, at(network, "S"), at(network, "U"), arrival_s=parse_clock("09:00")
    )
    assert clocks(found) == ["08:00-08:40 1"]
    (itinerary,) = found.itineraries
    assert [(r.trip_id, r.stay_seated) for r in itinerary.rides] == [
        ("T1", False),
        ("T2", True),
        ("T3", True),
    ]


def test_calls_and_legs_are_those_of_the_timetable(city):
    (itinerary,) = find_itineraries_arriving(
        city, at(city, "A1"), at(city, "B3"), arrival_s=parse_clock("07:40")
    ).itineraries
    first, second = itinerary.rides
    assert [c.name for c in first.calls] == ["A1", "A2"]
    assert [c.name for c in second.calls] == ["A2", "B3"]
    assert (first.trip_id, second.trip_id) == ("A0-07:10", "B0-07:15")
    assert [format_clock(c.departure_s) for c in first.calls] == ["07:10", "07:15"]


def walker(stop, step):
    return Place(name=stop, lat=STOPS[stop][0], lon=STOPS[stop][1] + step * LON_STEP / 10)


def test_walks_at_both_ends_are_walked_before_and_after_the_ride(city):
    # A tenth of the way to the next stop: 217 s on foot at each end; 08:00 is 3:37 after 07:56.
    found = find_itineraries_arriving(
        city, walker("A1", -1), walker("A3", 1), arrival_s=parse_clock("08:00")
    )
    access, ride, egress = found.itineraries[0].legs
    assert (format_clock(ride.departure_s), format_clock(ride.arrival_s)) == ("07:40", "07:50")
    assert access.arrival_s == ride.departure_s
    assert access.arrival_s - access.departure_s == pytest.approx(217, abs=1)
    assert egress.departure_s == ride.arrival_s
    assert egress.to_name == "A3"


def test_the_walk_all_the_way_arrives_at_the_time_asked_and_hides_earlier_departures(city):
    start, end = walker("A1", 2.5), walker("A1", 7.5)  # 1,084 s on foot
    found = find_itineraries_arriving(city, start, end, arrival_s=parse_clock("08:00"))
    assert found.itineraries == (found.direct_walk,)
    assert found.direct_walk.arrival_s == parse_clock("08:00")


def test_windows_of_arrivals_are_of_those_that_arrive_inside(city):
    # All of 07:00-07:12, 07:10-07:27, 07:30-07:42 and 07:40-07:57 are useful.
    window = {"window_s": 15 * 60}
    assert by(city, "A1", "B3", "07:42", **window) == ["07:30-07:42 2", "07:10-07:27 2"]
    assert by(city, "A1", "B3", "07:41", **window) == ["07:10-07:27 2"]


def test_the_first_of_the_day_leaves_as_late_as_it_may(tmp_path, city):
    found = find_first(city, at(city, "A1"), at(city, "B3"))
    assert clocks(found) == ["07:00-07:12 2"]
    network = city_of(
        tmp_path, {"a": "S 05:00 Q 05:10", "b": "S 05:30 Q 05:40", "on": "Q 06:00 T 06:10"}
    )
    assert clocks(find_first(network, at(network, "S"), at(network, "T"))) == ["05:30-06:10 2"]


def test_the_last_of_the_day_is_the_last_that_still_arrives(city):
    # A leaves A1 at 09:30, B leaves A2 at 09:36 and 09:51; at 09:50 the last B has gone.
    assert clocks(find_last(city, at(city, "A1"), at(city, "B3"))) == ["09:40-09:57 2"]
    assert clocks(find_last(city, at(city, "A1"), at(city, "A3"))) == ["09:50-10:00 1"]


def test_first_and_last_say_why_there_is_none(city):
    ends = city, at(city, "A1"), at(city, "B3")
    one = SearchOptions(max_rides=1)
    assert find_first(*ends, options=one).reason is NoAnswer.TOO_MANY_RIDES
    assert find_last(*ends, options=one).reason is NoAnswer.TOO_MANY_RIDES


def test_first_and_last_stand_beside_the_walk_all_the_way(city):
    ends = city, walker("A1", 2.5), walker("A1", 7.5)
    for found in (find_first(*ends), find_last(*ends)):
        assert found.direct_walk is not None
        assert found.direct_walk not in found.itineraries
        assert len(found.itineraries) == 1


@pytest.fixture(scope="module")
def porto():
    metro = real_data("porto", "gtfs_metroporto_latest.zip")
    sources = [
        FeedSource(path=real_data("porto", "gtfs_stcp.zip")),
        FeedSource(path=metro, service_date=dt.date(2026, 5, 13)),
    ]
    return read_network(sources, DAY, include_spill=False)


@pytest.mark.parametrize("seed", range(6))
def test_in_porto_the_last_departures_by_nine_are_those_of_the_mornings_range(porto, seed):
    stops = porto.timetable.stops
    start, end = np.random.default_rng(seed).integers(0, len(stops), 2).tolist()
    places = [
        Place(name=stops.names[i], lat=float(stops.lat[i]) + 0.002, lon=float(stops.lon[i]))
        for i in (start, end)
    ]
    six, nine = parse_clock("06:00"), parse_clock("09:00")
    morning = find_itineraries_range(
        porto, *places, earliest_s=six, latest_s=nine, max_direct_walk_s=0
    )
    latest: dict[int, int] = {}
    for itinerary in morning.itineraries:
        if itinerary.arrival_s <= nine:
            rides = itinerary.n_rides
            latest[rides] = max(latest.get(rides, 0), itinerary.departure_s)
    expected = {
        (departure_s, rides)
        for rides, departure_s in latest.items()
        if all(departure_s > d for r, d in latest.items() if r < rides)
    }
    found = find_itineraries_arriving(porto, *places, arrival_s=nine, max_direct_walk_s=0)
    assert expected
    assert {(d, k) for d, _, k in spans(found) if d >= six} == expected
