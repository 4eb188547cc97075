"""Stops, stations, agencies and what a feed says of itself: one rule a test."""

import datetime as dt

from tests.builders.feeds import DAY, line_feed
from tests.builders.reading import read_line


def test_stops_of_one_parent_are_one_station_with_platforms(tmp_path):
    stops = """
        stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,platform_code
        P,Central,48.90,2.30,1,,
        S1,Central east,48.90,2.30,0,P,A
        S2,Central west,48.91,2.33,0,P,B
        S3,Three,48.90,2.36,0,,
        """
    timetable = read_line(tmp_path, stops=stops)
    assert timetable.stops.ids == ("S1", "S2", "S3")
    assert timetable.stops.platforms == ("A", "B", "")
    assert timetable.stops.station.tolist() == [0, 0, 1]
    assert timetable.stops.station_names == ("Central", "Three")


def test_a_stop_without_coordinates_is_where_its_station_is(tmp_path):
    stops = """
        stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station
        P,Central,48.95,2.25,1,
        S1,Central east,,,0,P
        S2,Nowhere,,,0,Q
        S3,Three,48.90,2.36,0,
        """
    timetable = read_line(tmp_path, stops=stops)
    assert timetable.stops.ids == ("S1", "S3")
    assert (timetable.stops.lat[0], timetable.stops.lon[0]) == (48.95, 2.25)
    assert timetable.set_aside.counts["stop without an id or coordinates"] == 1


def test_stops_without_parent_are_one_station_by_name_within_300_m(tmp_path):
    # 0.002 degrees of latitude are 222 m, 0.02 are 2.2 km.
    stops = """
        stop_id,stop_name,stop_lat,stop_lon
        S1,Square,48.900,2.30
        S2,Square,48.902,2.30
        S3,Square,48.920,2.30
        """
    timetable = read_line(tmp_path, stops=stops)
    assert timetable.stops.station.tolist() == [0, 0, 1]
    assert timetable.stops.station_names == ("Square", "Square")


def test_routes_name_their_agency_and_without_one_the_only_agency(tmp_path):
    routes = "route_id,agency_id,route_short_name,route_type\nR1,{},1,3\n"
    assert read_line(tmp_path, routes=routes.format("")).routes.agencies == ("Example",)
    agency = line_feed()["agency"] + "Y,Other,http://example.org,Europe/Paris\n"
    two = {"agency": agency, "routes": routes.format("Y")}
    assert read_line(tmp_path, **two).routes.agencies == ("Other",)
    none = {"agency": agency, "routes": routes.format("")}
    assert read_line(tmp_path, **none).routes.agencies == ("",)


def test_wheelchair_boarding_is_the_stations_where_a_stop_says_nothing(tmp_path):
    stops = """
        stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,wheelchair_boarding
        P,Central,48.90,2.30,1,,1
        S1,Central east,48.90,2.30,0,P,0
        S2,Central west,48.91,2.33,0,P,2
        S3,Three,48.90,2.36,0,,
        """
    assert read_line(tmp_path, stops=stops).stops.wheelchair.tolist() == [1, 2, 0]


def test_wheelchairs_and_bicycles_on_board_are_as_the_trip_says(tmp_path):
    trips = """
        route_id,service_id,trip_id,wheelchair_accessible,bikes_allowed
        R1,WK,T1,1,2
        R1,WK,T2,,
        R1,WK,T3,7,1
        """
    more = "".join(
        f"{t},0{h}:00:00,0{h}:00:00,S1,1\n{t},0{h}:10:00,0{h}:10:00,S3,3\n"
        for t, h in (("T2", 8), ("T3", 9))
    )
    timetable = read_line(tmp_path, trips=trips, stop_times=line_feed()["stop_times"] + more)
    by_trip = dict(zip(timetable.trip_ids, timetable.trip_wheelchair.tolist(), strict=True))
    assert by_trip == {"T1": 1, "T2": 0, "T3": 0}
    by_trip = dict(zip(timetable.trip_ids, timetable.trip_bikes.tolist(), strict=True))
    assert by_trip == {"T1": 2, "T2": 0, "T3": 1}


def test_a_feed_says_what_it_is(tmp_path):
    timetable = read_line(
        tmp_path,
        feed_info="feed_publisher_name,feed_publisher_url,feed_lang,feed_version\n"
        "City,http://example.org,fr,v7\n",
        attributions="organization_name,is_producer\nZed,1\nAlpha,1\n",
    )
    (feed,) = timetable.feeds
    assert (feed.name, feed.prefix, feed.service_date) == ("feed", "", DAY)
    assert (feed.first_date, feed.last_date) == (dt.date(2024, 1, 1), dt.date(2024, 12, 31))
    assert (feed.publisher, feed.language, feed.version) == ("City", "fr", "v7")
    assert feed.attributions == ("Alpha", "Zed")


def test_a_feed_that_says_nothing_of_itself_is_nameless(tmp_path):
    (feed,) = read_line(tmp_path).feeds
    assert (feed.publisher, feed.language, feed.version, feed.attributions) == ("", "", "", ())


def test_of_a_stop_given_twice_the_same_row_stays_whatever_their_order(tmp_path):
    header, *rows = line_feed()["stops"].splitlines()
    again = "S2,Two,48.90,2.34"
    for i, stops in enumerate(([*rows, again], [again, *rows])):
        folder = tmp_path / str(i)
        folder.mkdir()
        timetable = read_line(folder, stops="\n".join([header, *stops]))
        assert timetable.stops.lon.tolist() == [2.30, 2.33, 2.36]
        assert timetable.set_aside.counts == {"stop given twice": 1}


def test_a_stop_that_others_name_as_their_parent_is_of_their_station(tmp_path):
    stops = """
        stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station
        S1,Central,48.90,2.30,0,
        S2,Central west,48.91,2.33,0,S1
        S3,Three,48.90,2.36,0,
        """
    timetable = read_line(tmp_path, stops=stops)
    assert timetable.stops.station.tolist() == [0, 0, 1]
    assert timetable.stops.station_ids == ("S1", "S3")
