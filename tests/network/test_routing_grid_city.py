"""Itineraries in the grid city, every answer derived by hand from its timetable."""

import numpy as np
import pytest

from network.base import parse_clock
from network.readers import read_network
from network.routing import (
    NoAnswer,
    Place,
    ProfileWorkspace,
    RideLeg,
    WalkLeg,
    find_itineraries,
    find_itineraries_arriving,
    find_itineraries_range,
    search_profile,
)
from tests.builders.gridcity import GRID_DAY, LON_STEP, STOPS, write_grid_city


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    return read_network(write_grid_city(tmp_path_factory.mktemp("grid")), GRID_DAY)


def at(city, stop):
    index = city.timetable.stops.ids.index(stop)
    return Place.at_station(city.timetable, int(city.timetable.stops.station[index]))


def spans(search):
    return [(i.departure_s, i.arrival_s, i.n_rides) for i in search.itineraries]


def clock(text):
    return parse_clock(text)


def test_the_city_is_five_stops_and_two_lines_each_way(city):
    assert city.timetable.stops.ids == ("A1", "A2", "A3", "B1", "B3")
    assert city.timetable.n_patterns == 4
    assert city.timetable.n_trips == 2 * 18 + 2 * 12
    assert len(city.footpaths.stop) == 0


def test_one_ride_along_a_line(city):
    search = find_itineraries(city, at(city, "A1"), at(city, "A3"), departure_s=clock("07:03"))
    assert spans(search) == [(clock("07:10"), clock("07:20"), 1)]
    (ride,) = search.itineraries[0].legs
    assert isinstance(ride, RideLeg)
    assert (ride.line, ride.from_name, ride.to_name, ride.headsign) == ("A", "A1", "A3", "A3")
    assert ride.trip_id == "A0-07:10"
    assert [call.name for call in ride.calls] == ["A1", "A2", "A3"]
    assert ride.points == (STOPS["A1"], STOPS["A2"], STOPS["A3"])
    assert ride.metres == pytest.approx(4000, rel=0.001)


def test_a_change_at_the_crossing(city):
    search = find_itineraries(city, at(city, "A1"), at(city, "B3"), departure_s=clock("07:00"))
    assert spans(search) == [(clock("07:00"), clock("07:12"), 2)]
    first, second = search.itineraries[0].rides
    assert (first.line, first.to_name, first.arrival_s) == ("A", "A2", clock("07:05"))
    assert (second.line, second.from_name, second.departure_s) == ("B", "A2", clock("07:06"))


def test_a_missed_train_costs_the_headway_of_the_second_line(city):
    search = find_itineraries(city, at(city, "A1"), at(city, "B3"), departure_s=clock("07:01"))
    assert spans(search) == [(clock("07:10"), clock("07:27"), 2)]


def test_walks_at_both_ends_carry_seconds_and_metres(city):
    # A tenth of the way to the next stop: 200 m, 260 m on foot, 217 s at 1.2 m/s.
    west = Place(name="Home", lat=STOPS["A1"][0], lon=STOPS["A1"][1] - LON_STEP / 10)
    east = Place(name="Work", lat=STOPS["A3"][0], lon=STOPS["A3"][1] + LON_STEP / 10)
    search = find_itineraries(city, west, east, departure_s=clock("07:00"))
    access, ride, egress = search.itineraries[0].legs
    assert isinstance(access, WalkLeg)
    assert isinstance(egress, WalkLeg)
    assert (access.from_name, access.to_name) == ("Home", "A1")
    assert access.metres == pytest.approx(260, abs=1)
    assert access.arrival_s == ride.departure_s == clock("07:10")
    assert search.itineraries[0].departure_s == pytest.approx(clock("07:10") - 217, abs=1)
    assert search.itineraries[0].arrival_s == pytest.approx(clock("07:20") + 217, abs=1)
    assert search.itineraries[0].walk_m == pytest.approx(520, abs=2)


def test_the_direct_walk_is_an_itinerary_and_hides_slower_rides(city):
    # 1.0 km: 1,300 m on foot, 1,084 s; by line A no sooner than 07:05 + 17 minutes' walks.
    start = Place(name="Start", lat=STOPS["A1"][0], lon=STOPS["A1"][1] + LON_STEP / 4)
    end = Place(name="End", lat=STOPS["A1"][0], lon=STOPS["A1"][1] + LON_STEP * 3 / 4)
    search = find_itineraries(city, start, end, departure_s=clock("07:00"))
    assert search.direct_walk is not None
    assert search.direct_walk.n_rides == 0
    assert search.direct_walk.duration_s == pytest.approx(1084, abs=2)
    assert search.itineraries == (search.direct_walk,)
    search = find_itineraries(city, start, end, departure_s=clock("07:00"), max_direct_walk_s=900)
    assert search.direct_walk is None


def test_the_range_holds_each_useful_departure_once(city):
    # Line A leaves A1 at :00 :10 :20 :30, is at A2 at :05 :15 :25 :35; line B leaves there at
    # :06 :21 :36. Leaving at 07:20 arrives no sooner than leaving at 07:30.
    search = find_itineraries_range(
        city,
        at(city, "A1"),
        at(city, "B3"),
        earliest_s=clock("07:00"),
        latest_s=clock("07:30"),
    )
    assert spans(search) == [
        (clock("07:00"), clock("07:12"), 2),
        (clock("07:10"), clock("07:27"), 2),
        (clock("07:30"), clock("07:42"), 2),
    ]


def test_arriving_by_a_time_leaves_as_late_as_possible(city):
    search = find_itineraries_arriving(
        city, at(city, "A1"), at(city, "B3"), arrival_s=clock("07:40")
    )
    assert spans(search) == [(clock("07:10"), clock("07:27"), 2)]


def test_a_window_of_arrivals_holds_each_useful_one_once(city):
    # The range above arrives at 07:12, 07:27 and 07:42; the first is before 07:20.
    search = find_itineraries_arriving(
        city, at(city, "A1"), at(city, "B3"), arrival_s=clock("07:45"), window_s=25 * 60
    )
    assert spans(search) == [
        (clock("07:30"), clock("07:42"), 2),
        (clock("07:10"), clock("07:27"), 2),
    ]


def test_arriving_looks_back_beyond_two_hours(city):
    search = find_itineraries_arriving(
        city, at(city, "A1"), at(city, "A3"), arrival_s=clock("14:00")
    )
    assert spans(search) == [(clock("09:50"), clock("10:00"), 1)]


@pytest.mark.parametrize(
    ("departure", "options", "reason"),
    [
        ("10:00", {}, NoAnswer.NO_SERVICE),
        ("09:50", {}, NoAnswer.AFTER_LAST_DEPARTURE),  # at A2 at 09:55, line B left at 09:51
        ("07:00", {"max_rides": 1}, NoAnswer.TOO_MANY_RIDES),
    ],
)
def test_no_answer_has_a_reason(city, departure, options, reason):
    search = find_itineraries(
        city, at(city, "A1"), at(city, "B3"), departure_s=clock(departure), **options
    )
    assert search.itineraries == ()
    assert search.reason is reason


def test_places_beyond_a_walk_are_named_as_the_reason(city):
    far = Place(name="Far", lat=49.5, lon=2.35)
    near = at(city, "A1")
    search = find_itineraries(city, far, near, departure_s=clock("07:00"))
    assert search.reason is NoAnswer.NO_STOP_NEAR_ORIGIN
    search = find_itineraries(city, near, far, departure_s=clock("07:00"))
    assert search.reason is NoAnswer.NO_STOP_NEAR_DESTINATION


def test_reasons_are_said_in_french_and_english():
    texts = [reason.text(language) for reason in NoAnswer for language in ("fr", "en")]
    assert len(set(texts)) == 2 * len(NoAnswer)


def test_a_profile_gives_each_target_its_journeys_with_legs(city):
    ids = city.timetable.stops.ids
    journeys = search_profile(
        city,
        access_stop=np.array([ids.index("A1")], dtype=np.int32),
        access_s=np.array([60], dtype=np.int32),
        target_offset=np.array([0, 1, 2], dtype=np.int32),
        target_stop=np.array([ids.index("A3"), ids.index("B3")], dtype=np.int32),
        target_s=np.array([120, 0], dtype=np.int32),
        departures_s=np.array([clock("06:59"), clock("07:09")], dtype=np.int32),
    )
    assert journeys.target.tolist() == [0, 0, 1, 1]
    assert journeys.n_rides.tolist() == [1, 1, 2, 2]
    assert journeys.departure_s.tolist() == [clock("06:59"), clock("07:09")] * 2
    assert journeys.arrival_s.tolist() == [
        clock("07:12"),
        clock("07:22"),
        clock("07:12"),
        clock("07:27"),
    ]
    assert journeys.access_s.tolist() == [60] * 4
    assert journeys.egress_s.tolist() == [120, 120, 0, 0]
    assert journeys.leg_offset.tolist() == [0, 1, 2, 4, 6]
    trips = [city.timetable.trip_ids[t] for t in journeys.leg_trip]
    assert trips == ["A0-07:00", "A0-07:10", "A0-07:00", "B0-07:00", "A0-07:10", "B0-07:15"]
    assert journeys.leg_board_pos.tolist() == [0, 0, 0, 1, 0, 1]
    assert journeys.leg_alight_pos.tolist() == [2, 2, 1, 2, 1, 2]


def test_a_workspace_gives_the_same_journeys_again_and_again(city):
    ids = city.timetable.stops.ids
    question = (
        np.array([ids.index("A1")], dtype=np.int32),
        np.array([0], dtype=np.int32),
        np.array([0, 1], dtype=np.int32),
        np.array([ids.index("B3")], dtype=np.int32),
        np.array([0], dtype=np.int32),
        np.arange(clock("07:00"), clock("09:00"), 60, dtype=np.int32),
    )
    workspace = ProfileWorkspace(city)
    first = search_profile(city, *question, workspace=workspace)
    again = search_profile(city, *question, workspace=workspace)
    fresh = search_profile(city, *question)
    assert len(first) > 0
    for other in (again, fresh):
        np.testing.assert_array_equal(first.departure_s, other.departure_s)
        np.testing.assert_array_equal(first.arrival_s, other.arrival_s)
        np.testing.assert_array_equal(first.leg_trip, other.leg_trip)
