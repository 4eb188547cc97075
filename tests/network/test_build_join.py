"""Several feeds as one network: ids, dates, clocks, stations, and what refuses to join."""

import datetime as dt
import itertools
import shutil

import numpy as np
import pytest

from network.base import distance_m
from network.base.errors import NetworkInputError, NoServiceError
from network.building.inputs import Capacity, FeedSource, VehicleCapacities
from network.building.timetable import NIGHT_ONLY
from network.readers import count_service, read_network, read_timetable
from network.routing import Place, find_itineraries
from tests.builders.feeds import DAY, line_feed, write_feed
from tests.properties.test_network_reading import assert_equal

BUS_STOPS = """
    stop_id,stop_name,stop_lat,stop_lon
    S1,three,48.901,2.36
    S2,Four,48.90,2.40
    S3,Five,48.90,2.44
    """


def feed(tmp_path, name, *, prefix="", service_date=None, **changed):
    """A feed of the one line under a name of its own."""
    folder = tmp_path / f"making-{name}"
    folder.mkdir()
    path = write_feed(folder, **line_feed(**changed)).rename(tmp_path / name)
    return FeedSource(path=path, prefix=prefix, service_date=service_date)


def bus(tmp_path, name="bus", **changed):
    """A second feed: its first stop lies 111 m from the third of the first, of the same name."""
    return feed(tmp_path, name, **{"stops": BUS_STOPS, **changed})


@pytest.fixture
def two(tmp_path):
    return [feed(tmp_path, "rail"), bus(tmp_path)]


def read(sources, day=DAY, **options):
    return read_timetable(sources, day, include_spill=False, **options)


def test_every_id_stands_behind_the_prefix_of_its_feed(two):
    network = read_network(two, DAY, include_spill=False)
    timetable = network.timetable
    assert timetable.stops.ids == ("bus:S1", "bus:S2", "bus:S3", "rail:S1", "rail:S2", "rail:S3")
    assert timetable.routes.ids == ("bus:R1", "rail:R1")
    assert timetable.routes.lines == ("1", "1")
    assert timetable.trip_ids == ("bus:T1", "rail:T1")
    assert [(f.name, f.prefix) for f in timetable.feeds] == [("bus", "bus"), ("rail", "rail")]


def test_one_feed_keeps_its_ids_unless_a_prefix_is_asked_for(tmp_path):
    source = feed(tmp_path, "rail")
    alone = read(source.path)
    assert alone.trip_ids == ("T1",)
    assert_equal(read([source]), alone)
    named = read([FeedSource(path=source.path, prefix="x")])
    assert named.trip_ids == ("x:T1",)
    assert named.stops.station_ids == ("x:S1", "x:S2", "x:S3")
    assert named.feeds[0].prefix == "x"


def test_each_feed_of_the_whole_is_what_it_is_alone(two):
    together = read(two)
    for source in two:
        alone = read([FeedSource(path=source.path, prefix=source.path.name)])
        trip = together.trip_ids.index(alone.trip_ids[0])
        pattern = int(np.searchsorted(together.pattern_trip_offset, trip, side="right")) - 1
        for times, own in zip(together.pattern_times(pattern), alone.pattern_times(0), strict=True):
            assert times.tolist() == own.tolist()
        stops = [together.stops.ids[s] for s in together.pattern_stops(pattern)]
        assert stops == [alone.stops.ids[s] for s in alone.pattern_stops(0)]
        first = together.stop_pattern_offset[together.pattern_stops(pattern)]
        assert together.stop_pattern[first].tolist() == [pattern] * 3
        assert together.stop_pattern_pos[first].tolist() == [0, 1, 2]


TRAM = "route_id,service_id,trip_id,direction_id\nR1,WK,T1,1\n"


def test_the_order_of_the_feeds_does_not_matter(tmp_path):
    sources = [feed(tmp_path, "rail"), bus(tmp_path), bus(tmp_path, "tram", trips=TRAM)]
    first, *others = (read_network(list(p), DAY) for p in itertools.permutations(sources))
    for other in others:
        assert_equal(other, first)


def test_an_itinerary_changes_from_one_feed_to_the_other(tmp_path):
    # Rail is at S3 at 8:10; the walk of 111 m x 1.3 / 1.2 m/s takes 121 s; the bus leaves at 8:15.
    times = "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n" + (
        "T1,08:15:00,08:15:00,S1,1\nT1,08:25:00,08:25:00,S3,2\n"
    )
    network = read_network([feed(tmp_path, "rail"), bus(tmp_path, stop_times=times)], DAY)
    ids = network.timetable.stops.ids
    ends = [Place(name=s, lat=0.0, lon=0.0, stops=(ids.index(s),)) for s in ("rail:S1", "bus:S3")]
    (found,) = find_itineraries(network, *ends, departure_s=8 * 3600).itineraries
    assert found.arrival_s == 8 * 3600 + 25 * 60
    assert [leg.arrival_s - leg.departure_s for leg in found.legs] == [600, 121, 600]


def test_stations_of_one_name_within_300_m_are_one_across_feeds(two):
    stops = read(two).stops
    assert float(distance_m(48.901, 2.36, 48.90, 2.36)) < 300
    assert stops.station.tolist() == [0, 1, 2, 3, 4, 0]
    assert stops.station_names == ("three", "Four", "Five", "One", "Two")
    assert stops.station_ids == ("bus:S1", "bus:S2", "bus:S3", "rail:S1", "rail:S2")


@pytest.mark.parametrize(
    "change", [("48.901", "48.904"), ("three", "Three Kings")], ids=["too far", "other name"]
)
def test_stations_far_apart_or_of_other_names_stay_apart(tmp_path, change):
    stops = read([feed(tmp_path, "rail"), bus(tmp_path, stops=BUS_STOPS.replace(*change))]).stops
    assert stops.station.tolist() == list(range(6))


def test_stations_that_a_feed_parts_stay_apart_when_another_has_their_name(tmp_path):
    # Both of the bus's stations are called as the rail's third; each is a parent of its own.
    stops = """
        stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station
        P,Three,48.901,2.36,1,
        Q,Three,48.901,2.361,1,
        S1,Three,48.901,2.36,0,P
        S2,Three,48.901,2.361,0,Q
        S3,Five,48.90,2.44,0,
        """
    joined = read([bus(tmp_path, stops=stops), feed(tmp_path, "rail")]).stops
    assert joined.station_ids == ("bus:P", "bus:Q", "bus:S3", "rail:S1", "rail:S2")
    assert joined.station.tolist() == [0, 1, 2, 3, 4, 0]


# Dates


OTHER_YEAR = """
    service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date
    WK,1,1,1,1,1,0,0,20260101,20261231
    """


def test_a_feed_runs_a_date_of_its_own(tmp_path):
    sources = [
        feed(tmp_path, "rail"),
        bus(tmp_path, calendar=OTHER_YEAR, service_date=dt.date(2026, 5, 13)),
    ]
    timetable = read(sources)
    assert timetable.trip_ids == ("bus:T1", "rail:T1")
    assert timetable.service_date == DAY
    assert [f.service_date for f in timetable.feeds] == [dt.date(2026, 5, 13), DAY]
    assert [f.first_date.year for f in timetable.feeds] == [2026, 2024]
    assert timetable.set_aside.total == 0


def test_a_feed_without_service_on_the_date_is_counted_with_the_dates_it_covers(tmp_path):
    timetable = read([feed(tmp_path, "rail"), bus(tmp_path, calendar=OTHER_YEAR)])
    assert timetable.trip_ids == ("rail:T1",)
    assert timetable.set_aside.counts == {"feed without service on its date": 1}
    (problem,) = timetable.set_aside.problems
    assert (problem.file, problem.found) == ("bus", "no service on 2024-05-15")
    assert "2026-01-01 to 2026-12-31" in problem.expected


def test_a_feed_of_which_the_night_before_alone_runs_is_joined_and_counted(tmp_path):
    # Its only service is Tuesday the 14th's: at 24:10 of that day, 0:10 of the 15th.
    tuesday = OTHER_YEAR.replace("20260101", "20240514").replace("20261231", "20240514")
    stop_times = """
        trip_id,arrival_time,departure_time,stop_id,stop_sequence
        T1,24:10:00,24:10:00,S1,1
        T1,24:20:00,24:20:00,S2,2
        """
    night = bus(tmp_path, calendar=tuesday, stop_times=stop_times)
    timetable = read_timetable([feed(tmp_path, "rail"), night], DAY)
    assert sorted(timetable.trip_ids) == ["bus:T1/2024-05-14", "rail:T1"]
    assert timetable.set_aside.counts == {NIGHT_ONLY: 1}
    (problem,) = timetable.set_aside.problems
    assert problem.found == "no service on 2024-05-15"


def test_feeds_without_service_name_the_nearest_dates_of_any(tmp_path):
    sources = [feed(tmp_path, "rail", calendar=OTHER_YEAR), bus(tmp_path, calendar=OTHER_YEAR)]
    with pytest.raises(NoServiceError) as refused:
        read(sources)
    # The first weekday of 2026 is Thursday the 1st of January.
    assert refused.value.nearest == (dt.date(2026, 1, 1),)
    assert len(refused.value.problems) == 2


def test_feeds_of_which_none_has_service_are_refused_with_the_dates_of_each(tmp_path):
    sources = [feed(tmp_path, "rail"), bus(tmp_path, calendar=OTHER_YEAR)]
    with pytest.raises(NetworkInputError) as caught:
        read(sources, dt.date(2025, 5, 15))
    assert "2024-01-01 to 2024-12-31" in str(caught.value)
    assert "2026-01-01 to 2026-12-31" in str(caught.value)


def test_service_of_several_feeds_is_counted_together(tmp_path):
    dates = "service_id,date,exception_type\nWK,{},1\n"
    rail = feed(
        tmp_path, "rail", calendar=None, calendar_dates=dates.format("20240515") + "WK,20240516,1\n"
    )
    buses = bus(tmp_path, calendar=None, calendar_dates=dates.format("20240516"))
    first, second = dt.date(2024, 5, 15), dt.date(2024, 5, 16)
    assert count_service([rail, buses]) == {first: 1, second: 2}
    pinned = FeedSource(path=buses.path, service_date=second)
    assert count_service([rail, pinned]) == {first: 2, second: 2}
    assert count_service([pinned]) == {second: 1}
    assert count_service(rail.path) == {first: 1, second: 1}


# Clocks


def test_times_of_another_timezone_are_moved_to_that_of_the_first_feed(tmp_path):
    # In May Lisbon is an hour behind Paris: 8:00 there is 9:00 here.
    agency = line_feed()["agency"].replace("Europe/Paris", "Europe/Lisbon")
    timetable = read([feed(tmp_path, "a"), bus(tmp_path, "b", agency=agency)])
    assert timetable.timezone == "Europe/Paris"
    starts = {t: int(timetable.pattern_times(p)[1][0, 0]) for p, t in enumerate(timetable.trip_ids)}
    assert starts == {"a:T1": 8 * 3600, "b:T1": 9 * 3600}
    (tmp_path / "other").mkdir()
    sources = [bus(tmp_path / "other", "a", agency=agency), feed(tmp_path / "other", "b")]
    timetable = read(sources)
    assert timetable.timezone == "Europe/Lisbon"
    starts = {t: int(timetable.pattern_times(p)[1][0, 0]) for p, t in enumerate(timetable.trip_ids)}
    assert starts == {"a:T1": 8 * 3600, "b:T1": 7 * 3600}


def test_timezones_of_one_clock_move_nothing(tmp_path):
    agency = line_feed()["agency"].replace("Europe/Paris", "Europe/Madrid")
    timetable = read([feed(tmp_path, "a"), bus(tmp_path, "b", agency=agency)])
    assert timetable.departure_s[[0, 3]].tolist() == [8 * 3600, 8 * 3600]


# Prefixes


def prefixes(sources):
    return [info.prefix for info in read(sources).feeds]


def test_prefixes_are_the_words_of_the_file_names_but_gtfs(tmp_path):
    sources = [feed(tmp_path, "GTFS_Metro (2024)"), bus(tmp_path, "bus-gtfs")]
    assert prefixes(sources) == ["bus", "metro-2024"]


def test_feeds_of_one_file_name_are_named_after_their_folders(tmp_path):
    sources = []
    for city in ("north", "south"):
        (tmp_path / city).mkdir()
        sources.append(bus(tmp_path / city, "gtfs", routes=f"route_id,route_type\n{city},3\n",
                           trips=f"route_id,service_id,trip_id\n{city},WK,T1\n"))  # fmt: skip
    assert prefixes(sources) == ["north", "south"]
    assert prefixes(sources[::-1]) == ["north", "south"]


def test_a_given_prefix_is_kept_and_never_given_again(tmp_path):
    sources = [feed(tmp_path, "x", prefix="bus"), bus(tmp_path)]
    assert prefixes(sources) == sorted(["bus", f"{tmp_path.name.replace('_', '-')}-bus"])


def test_capacities_find_a_route_with_and_without_its_prefix(two):
    def room(seats):
        return Capacity(seats=seats, standing_m2=0.0, source="x", source_class="estimated")

    vehicles = VehicleCapacities(by_route_id={"bus:R1": room(50.0), "R1": room(700.0)})
    timetable = read(two, vehicles=vehicles)
    assert timetable.trip_seats.tolist() == [50.0, 700.0]


# What refuses to join


def test_no_feed_at_all_is_refused():
    with pytest.raises(NetworkInputError, match="no feed"):
        read([])


def test_a_feed_given_twice_is_refused(two):
    with pytest.raises(NetworkInputError, match="the same feed"):
        read([*two, FeedSource(path=two[0].path / ".." / "rail", prefix="again")])


def test_a_copy_of_a_feed_under_another_name_is_refused(tmp_path):
    path = write_feed(tmp_path, zipped=True, **line_feed())
    copy = shutil.copy(path, tmp_path / "copy.zip")
    with pytest.raises(NetworkInputError, match="the same feed"):
        read([FeedSource(path=path), FeedSource(path=tmp_path / copy)])


def test_a_prefix_given_twice_is_refused(two):
    with pytest.raises(NetworkInputError, match="prefix 'x' for 2 feeds"):
        read([FeedSource(path=source.path, prefix="x") for source in two])


def test_a_feed_that_cannot_be_read_is_an_error_whatever_the_others(two, tmp_path):
    with pytest.raises(NetworkInputError, match="no such"):
        read([*two, FeedSource(path=tmp_path / "none.zip")])


# What is joined beside the timetable


def test_shapes_links_rules_and_pathways_point_to_the_joined_arrays(tmp_path):
    line = {
        "trips": "route_id,service_id,trip_id,block_id,shape_id\nR1,WK,T1,X,A\nR1,WK,T2,X,\n",
        "stop_times": line_feed()["stop_times"]
        + "T2,08:10:00,08:10:00,S3,1\nT2,08:20:00,08:20:00,S1,2\n",
        "shapes": "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\n"
        "A,48.90,2.30,1\nA,48.90,2.33,2\nA,48.90,2.36,3\n",
        "transfers": "from_stop_id,to_stop_id,transfer_type,min_transfer_time,from_trip_id\n"
        "S3,S1,2,77,T1\n",
        "pathways": "pathway_id,from_stop_id,to_stop_id,pathway_mode,is_bidirectional,length\n"
        "W,S1,S2,1,0,12\n",
    }
    network = read_network([bus(tmp_path), feed(tmp_path, "rail", **line)], DAY)
    timetable = network.timetable
    assert timetable.trip_ids == ("bus:T1", "rail:T1", "rail:T2")
    assert timetable.trip_next.tolist() == [-1, 2, -1]
    assert timetable.shapes.offset.tolist() == [0, 0, 3, 3]
    assert timetable.shapes.stop_point.tolist() == [-1, -1, -1, 0, 1, 2, -1, -1]
    rules = network.transfer_rules
    ends = [timetable.stops.ids[s[0]] for s in (rules.from_stop, rules.to_stop)]
    assert (ends, rules.min_s.tolist()) == (["rail:S3", "rail:S1"], [77])
    assert [rules.trip_names[t] for t in rules.from_trip] == ["rail:T1"]
    ways = network.pathways
    assert ways.node_ids == ("rail:S1", "rail:S2")
    assert [timetable.stops.ids[s] for s in ways.node_stop] == ["rail:S1", "rail:S2"]


def test_what_is_set_aside_is_counted_over_all_feeds(tmp_path):
    bad = line_feed()["stop_times"] + "T9,08:20:00,08:20:00,S1,1\n"
    timetable = read([feed(tmp_path, "rail", stop_times=bad), bus(tmp_path, stop_times=bad)])
    assert timetable.set_aside.counts == {"stop time of an unknown trip": 2}
    assert [p.file for p in timetable.set_aside.problems] == [
        "bus/stop_times.txt",
        "rail/stop_times.txt",
    ]
