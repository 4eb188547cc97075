"""What a traveller may ask of itineraries, one option a test, by hand."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest

from network.base import format_clock, parse_clock
from network.base.errors import NetworkInputError
from network.readers import read_network
from network.routing import (
    HeadwayWait,
    SearchOptions,
    find_itineraries,
    find_itineraries_arriving,
    find_itineraries_range,
)
from network.routing.headways import compute_headways
from network.routing.opened import open_routing
from network.routing.options import refuse_unknown_routes
from tests.builders.feeds import DAY, line_feed, write_feed
from tests.builders.gridcity import GRID_DAY, write_grid_city
from tests.builders.queries import stop_place


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    return read_network(write_grid_city(tmp_path_factory.mktemp("grid")), GRID_DAY)


def clocks(found):
    return [
        f"{format_clock(i.departure_s)}-{format_clock(i.arrival_s)} {i.n_rides}"
        for i in found.itineraries
    ]


def ask(network, start, end, clock, **options):
    ends = stop_place(network, start), stop_place(network, end)
    return find_itineraries(
        network, *ends, departure_s=parse_clock(clock), options=SearchOptions(**options)
    )


def arrive(network, start, end, clock, **options):
    ends = stop_place(network, start), stop_place(network, end)
    return find_itineraries_arriving(
        network, *ends, arrival_s=parse_clock(clock), options=SearchOptions(**options)
    )


# --- what cannot be asked


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("max_rides", 0),
        ("max_rides", 21),
        ("max_rides", True),
        ("max_access_s", -1),
        ("max_direct_walk_s", 86_401),
        ("min_transfer_s", 1.5),
        ("not_preferred_s", -60),
        ("banned_routes", "A"),
        ("only_routes", (1,)),
        ("headway_wait", "hopeful"),
    ],
)
def test_what_cannot_be_is_refused_by_name(field, value):
    with pytest.raises(NetworkInputError) as caught:
        SearchOptions(**{field: value})
    assert [p.field for p in caught.value.problems] == [field]


def test_everything_wrong_is_said_at_once():
    with pytest.raises(NetworkInputError) as caught:
        SearchOptions(max_rides=0, max_access_s=-1, only_routes=["A"])
    assert [p.field for p in caught.value.problems] == ["max_rides", "max_access_s", "only_routes"]


@pytest.mark.parametrize("field", ["banned_routes", "only_routes", "preferred_routes"])
def test_a_route_nobody_knows_is_refused_with_those_like_it(tmp_path, field):
    feed = line_feed(
        routes="route_id,route_short_name,route_type\nRER-A,A,2\nRER-B,B,2\nM13,13,1",
        trips="route_id,service_id,trip_id\nRER-A,WK,T1",
    )
    network = read_network(write_feed(tmp_path, **feed), DAY)
    with pytest.raises(NetworkInputError) as caught:
        ask(network, "S1", "S3", "08:00", **{field: ("RER-C",)})
    (problem,) = caught.value.problems
    assert problem.field == field
    assert problem.found == "'RER-C'"
    assert "'RER-A'" in problem.expected
    with pytest.raises(NetworkInputError, match="'RER-A'"):
        refuse_unknown_routes(network.timetable.routes, {field: ("a",)})  # a line's name


def test_a_keyword_stands_in_place_of_the_option(city):
    ends = city, stop_place(city, "A1"), stop_place(city, "B3")
    options = SearchOptions(max_rides=1)
    question = {"departure_s": parse_clock("07:00"), "options": options}
    assert find_itineraries(*ends, **question).itineraries == ()
    assert clocks(find_itineraries(*ends, **question, max_rides=2)) == ["07:00-07:12 2"]


# --- changes


@pytest.mark.parametrize(
    ("least_s", "found"),
    [
        # At A2 at 07:05, line B leaves at 07:06, 07:21, ...
        (0, ["07:00-07:12 2"]),
        (60, ["07:00-07:12 2"]),
        (61, ["07:10-07:27 2"]),  # at A2 at 07:15
        # Line A is at A2 at 07:15, a second too late for 07:21; at 07:05 it was in time.
        (361, ["07:00-07:27 2"]),
    ],
)
def test_a_change_takes_at_least_the_time_asked(city, least_s, found):
    assert clocks(ask(city, "A1", "B3", "07:00", min_transfer_s=least_s)) == found


def test_a_longer_walk_takes_no_longer_for_a_least_change(tmp_path):
    stop_times = (
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "T1,08:00:00,08:00:00,S1,1\nT1,08:05:00,08:05:00,S2,2\n"
        "T2,08:15:00,08:15:00,S3,1\nT2,08:20:00,08:20:00,S4,2\n"
    )
    feed = line_feed(
        stops="stop_id,stop_name,stop_lat,stop_lon\n"
        "S1,One,48.90,2.30\nS2,Two,48.90,2.33\nS3,Three,48.90,2.36\nS4,Four,48.90,2.39",
        trips="route_id,service_id,trip_id\nR1,WK,T1\nR1,WK,T2",
        stop_times=stop_times,
        transfers="from_stop_id,to_stop_id,transfer_type,min_transfer_time\nS2,S3,2,300",
    )
    network = read_network(write_feed(tmp_path, **feed), DAY, include_spill=False)
    for least_s, count in ((0, 1), (200, 1), (600, 1), (601, 0)):
        found = ask(network, "S1", "S4", "08:00", min_transfer_s=least_s)
        assert len(found.itineraries) == count
        assert (
            len(arrive(network, "S1", "S4", "09:00", min_transfer_s=least_s).itineraries) == count
        )


def test_who_stays_seated_changes_nothing(tmp_path):
    feed = line_feed(
        trips="route_id,service_id,trip_id,block_id\nR1,WK,T1,B\nR1,WK,T2,B",
        stop_times="trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "T1,08:00:00,08:00:00,S1,1\nT1,08:05:00,08:05:00,S2,2\n"
        "T2,08:06:00,08:06:00,S2,1\nT2,08:20:00,08:20:00,S3,2\n",
    )
    network = read_network(write_feed(tmp_path, **feed), DAY, include_spill=False)
    assert clocks(ask(network, "S1", "S3", "08:00", min_transfer_s=900)) == ["08:00-08:20 1"]


# --- routes


def choice(folder):
    """From S1 to S3: bus until 08:30, tram until 08:36, bus at 08:10 until 08:40."""
    feed = line_feed(
        routes="route_id,route_short_name,route_type\nBUS,1,3\nTRAM,2,0",
        trips="route_id,service_id,trip_id\nBUS,WK,b1\nTRAM,WK,t1\nBUS,WK,b2",
        stop_times="trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "b1,08:00:00,08:00:00,S1,1\nb1,08:30:00,08:30:00,S3,2\n"
        "t1,08:00:00,08:00:00,S1,1\nt1,08:36:00,08:36:00,S3,2\n"
        "b2,08:10:00,08:10:00,S1,1\nb2,08:40:00,08:40:00,S3,2\n",
    )
    return read_network(write_feed(folder, **feed), DAY, include_spill=False)


def test_banned_routes_are_not_ridden_and_only_some_may_be(tmp_path):
    network = choice(tmp_path)
    assert clocks(ask(network, "S1", "S3", "08:00")) == ["08:00-08:30 1"]
    for options in ({"banned_routes": ("BUS",)}, {"only_routes": ("TRAM",)}):
        assert clocks(ask(network, "S1", "S3", "08:00", **options)) == ["08:00-08:36 1"]
        assert clocks(arrive(network, "S1", "S3", "09:00", **options)) == ["08:00-08:36 1"]
    both = {"only_routes": ("TRAM", "BUS"), "banned_routes": ("TRAM",)}
    assert clocks(ask(network, "S1", "S3", "08:00", **both)) == ["08:00-08:30 1"]


@pytest.mark.parametrize(
    ("penalty_s", "found"),
    [(0, "08:00-08:30 1"), (359, "08:00-08:30 1"), (360, "08:00-08:36 1"), (600, "08:00-08:36 1")],
)
def test_a_preferred_route_is_taken_where_others_save_no_more_than_the_penalty(
    tmp_path, penalty_s, found
):
    options = {"preferred_routes": ("TRAM",), "not_preferred_s": penalty_s}
    assert clocks(ask(choice(tmp_path), "S1", "S3", "08:00", **options)) == [found]


def test_by_arrival_others_count_as_leaving_earlier_by_the_penalty(tmp_path):
    # By 08:40 the bus leaves at 08:10, ten minutes after the tram.
    network = choice(tmp_path)
    for penalty_s, found in ((599, "08:10-08:40 1"), (600, "08:00-08:36 1")):
        options = {"preferred_routes": ("TRAM",), "not_preferred_s": penalty_s}
        assert clocks(arrive(network, "S1", "S3", "08:40", **options)) == [found]


def test_a_range_keeps_other_departures_beside_the_preferred(tmp_path):
    network = choice(tmp_path)
    ends = network, stop_place(network, "S1"), stop_place(network, "S3")
    found = find_itineraries_range(
        *ends,
        earliest_s=0,
        latest_s=parse_clock("09:00"),
        options=SearchOptions(preferred_routes=("TRAM",), not_preferred_s=400),
    )
    assert clocks(found) == ["08:00-08:36 1", "08:10-08:40 1"]


# --- waiting for runs that go by headway

FREQUENT = """trip_id,start_time,end_time,headway_secs,exact_times
T1,08:00:00,09:00:00,600,0
T2,08:00:00,09:00:00,900,1
"""


def frequent(folder, frequencies=FREQUENT):
    """S1 to S2 in 5 minutes every 10 by headway, S2 to S3 in 5 every 15 by the clock."""
    feed = line_feed(
        routes="route_id,route_short_name,route_type\nR1,1,3\nR2,2,3",
        trips="route_id,service_id,trip_id\nR1,WK,T1\nR2,WK,T2",
        stop_times="trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "T1,08:00:00,08:00:00,S1,1\nT1,08:05:00,08:05:00,S2,2\n"
        "T2,08:00:00,08:00:00,S2,1\nT2,08:05:00,08:05:00,S3,2\n",
        frequencies=frequencies,
    )
    return read_network(write_feed(folder, **feed), DAY, include_spill=False)


def test_a_ride_by_headway_says_how_long_one_waits_on_average_and_at_worst(tmp_path):
    (found,) = ask(frequent(tmp_path), "S1", "S3", "08:00").itineraries
    first, second = found.rides
    assert (first.is_headway, first.headway_s) == (True, 600)
    assert (first.expected_wait_s, first.worst_wait_s, first.wait_s) == (300, 600, 0)
    assert (second.is_headway, second.headway_s) == (False, None)
    assert (second.expected_wait_s, second.worst_wait_s) == (0, 0)


@pytest.mark.parametrize(
    ("wait", "found"),
    [
        # As listed: 08:10 from S1, 08:15 from S2, at S3 at 08:20.
        (HeadwayWait.TIMETABLE, "08:10-08:20"),
        # Five minutes at the stop before 08:10; for that of 08:00 it is too late.
        (HeadwayWait.EXPECTED, "08:05-08:20"),
        # Ten minutes before 08:10 is 08:00.
        (HeadwayWait.WORST, "08:00-08:20"),
    ],
)
def test_the_wait_asked_for_is_spent_before_the_listed_run(tmp_path, wait, found):
    network = frequent(tmp_path)
    search = ask(network, "S1", "S3", "08:00", headway_wait=wait)
    # As listed the run of 08:00 catches nothing sooner: 08:05 at S2, 08:15 from there.
    assert clocks(search) == [f"{found} 2"]
    (itinerary,) = search.itineraries
    first, second = itinerary.rides
    assert first.departure_s - itinerary.departure_s == first.wait_s
    assert second.wait_s == 0


def test_the_wait_at_worst_for_a_change_is_a_whole_headway(tmp_path):
    # The other way round: by the clock to S1, by headway on to S2.
    feed = line_feed(
        stops="stop_id,stop_name,stop_lat,stop_lon\n"
        "S0,Zero,48.90,2.27\nS1,One,48.90,2.30\nS2,Two,48.90,2.33",
        routes="route_id,route_short_name,route_type\nR1,1,3\nR2,2,3",
        trips="route_id,service_id,trip_id\nR2,WK,T0\nR1,WK,T1",
        stop_times="trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "T0,08:00:00,08:00:00,S0,1\nT0,08:07:00,08:07:00,S1,2\n"
        "T1,08:00:00,08:00:00,S1,1\nT1,08:05:00,08:05:00,S2,2\n",
        frequencies="trip_id,start_time,end_time,headway_secs\nT1,08:00:00,09:00:00,600\n",
    )
    network = read_network(write_feed(tmp_path, **feed), DAY, include_spill=False)
    answers = {
        wait: clocks(ask(network, "S0", "S2", "08:00", headway_wait=wait)) for wait in HeadwayWait
    }
    assert answers == {
        HeadwayWait.TIMETABLE: ["08:00-08:15 2"],  # the run listed at 08:10
        HeadwayWait.EXPECTED: ["08:00-08:25 2"],  # 08:07 and five minutes: that of 08:20
        HeadwayWait.WORST: ["08:00-08:25 2"],  # whenever runs leave, one has by 08:17
    }
    later = arrive(network, "S0", "S2", "08:24", headway_wait=HeadwayWait.WORST)
    assert clocks(later) == []


def test_the_first_run_is_certain_for_nobody(tmp_path):
    # Between 08:00 and 08:10 it leaves; at worst it is that listed at 08:10 that one rides.
    network = frequent(tmp_path)
    for clock in ("06:00", "07:50", "08:00"):
        found = ask(network, "S1", "S2", clock, headway_wait=HeadwayWait.WORST)
        assert clocks(found) == ["08:00-08:15 1"]
    assert clocks(arrive(network, "S1", "S2", "08:14", headway_wait=HeadwayWait.WORST)) == []


def test_at_worst_one_waits_from_the_run_before_on_whatever_the_headway(tmp_path):
    # 06:50 and 07:00 are ten minutes apart, 07:05 and 07:00 five; at 17:00 a pause has ended.
    text = "trip_id,start_time,end_time,headway_secs\n"
    text += "T1,06:40:00,07:00:00,600\nT1,07:00:00,07:10:00,300\nT1,17:00:00,17:10:00,300\n"
    network = frequent(tmp_path, text)
    answers = {
        "06:45": ["06:50-07:05 1"],
        "06:51": ["07:00-07:10 1"],
        "07:01": ["07:05-17:05 1"],  # 07:05 may have left at 07:01; none other before 17:00
        "07:06": ["17:00-17:10 1"],
    }
    for clock, expected in answers.items():
        found = ask(network, "S1", "S2", clock, headway_wait=HeadwayWait.WORST)
        assert clocks(found) == expected


@pytest.mark.parametrize("phase_s", range(0, 600, 60))
def test_whatever_the_phase_of_the_runs_the_worst_case_holds(tmp_path, phase_s):
    """Runs that leave phase_s after they are listed bring one there no later."""
    listed = frequent(tmp_path)
    (promised,) = ask(listed, "S1", "S3", "08:00", headway_wait=HeadwayWait.WORST).itineraries
    start_s = parse_clock("08:00") + phase_s
    shifted = FREQUENT.replace("T1,08:00:00", f"T1,{format_clock(start_s, with_seconds=True)}")
    (tmp_path / "real").mkdir()
    real = frequent(tmp_path / "real", shifted)
    ends = stop_place(real, "S1"), stop_place(real, "S3")
    happened = find_itineraries(real, *ends, departure_s=promised.departure_s)
    assert happened.itineraries[0].arrival_s <= promised.arrival_s


@pytest.mark.parametrize(
    ("rows", "headways"),
    [
        # Ten minutes until 07:00, then five: the last of the slow ones is followed in ten.
        (["06:40,07:00,600", "07:00,07:15,300"], [600, 600, 300, 300, 300]),
        # Five, then ten: the first slow one is followed in ten.
        (["06:50,07:00,300", "07:00,07:30,600"], [300, 300, 600, 600, 600]),
        # Nothing for hours between: the last of the morning came as often as those before.
        (["06:40,07:00,600", "17:00,17:20,600"], [600, 600, 600, 600]),
        (["06:40,06:50,600"], [0]),  # alone
    ],
)
def test_a_runs_headway_is_that_of_the_runs_beside_it(tmp_path, rows, headways):
    text = "trip_id,start_time,end_time,headway_secs\n" + "".join(
        "T1,{}:00,{}:00,{}\n".format(*row.split(",")) for row in rows
    )
    timetable = frequent(tmp_path, text).timetable
    found = compute_headways(timetable)
    leaves = {
        int(timetable.pattern_times(p)[1][t - first, 0]): int(found[t])
        for p in range(timetable.n_patterns)
        for first, last in [timetable.pattern_trip_offset[p : p + 2].tolist()]
        for t in range(first, last)
        if timetable.trip_is_headway[t]
    }
    assert [leaves[s] for s in sorted(leaves)] == headways


def test_where_runs_become_rarer_departures_stay_in_order(tmp_path):
    # 07:05 (of 5 minutes) is to be waited for from 07:02:30, 07:10 (of 20) from 07:00.
    text = "trip_id,start_time,end_time,headway_secs\n"
    text += "T1,07:00:00,07:10:00,300\nT1,07:10:00,08:10:00,1200\n"
    network = frequent(tmp_path, text)
    opened = open_routing(network).changing(0, HeadwayWait.EXPECTED)
    for pattern in range(opened.graph.n_patterns):
        start, end = opened.graph.pattern_trip_offset[pattern : pattern + 2]
        first = int(opened.graph.pattern_time_offset[pattern])
        n_calls = int(np.diff(opened.graph.pattern_offset)[pattern])
        block = opened.graph.departure_s[first : first + (end - start) * n_calls]
        assert (np.diff(block.reshape(-1, n_calls), axis=0) >= 0).all()
    found = ask(network, "S1", "S2", "06:58", headway_wait=HeadwayWait.EXPECTED)
    assert clocks(found) == ["07:02-07:10 1"]


def test_what_a_network_is_opened_with_is_made_once(city):
    opened = open_routing(city)
    assert open_routing(city) is opened
    assert opened.graph is opened.graph
    assert opened.profile(3) is opened.profile(3)
    assert opened.mirror_profile(3).graph is opened.mirror
    assert opened.sweep() is opened.sweep()
    slow = opened.changing(300, HeadwayWait.TIMETABLE)
    assert slow is opened.changing(300, HeadwayWait.TIMETABLE) is not opened
    assert slow.changing(0, HeadwayWait.TIMETABLE) is opened
    assert (slow.graph.transfers.seconds >= 300).all()


def test_threads_search_side_by_side_in_workspaces_of_their_own(city):
    opened = open_routing(city)
    mine = {id(opened.profile(5)), id(opened.mirror_sweep())}
    clocks_of = [f"{h:02d}:{m:02d}" for h in (7, 8) for m in range(0, 60, 7)]

    def answer(clock):
        found = clocks(ask(city, "A1", "B3", clock)), clocks(arrive(city, "B1", "A3", clock))
        return found, id(opened.profile(5)), id(opened.mirror_sweep())

    with ThreadPoolExecutor(4, initializer=Barrier(4).wait) as pool:
        together = list(pool.map(answer, clocks_of * 5))
    alone = [answer(clock)[0] for clock in clocks_of]
    assert [found for found, _, _ in together] == alone * 5
    assert mine.isdisjoint({i for _, *ids in together for i in ids})
