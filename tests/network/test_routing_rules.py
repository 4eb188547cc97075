"""One rule of routing a test, on micro-feeds."""

import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from network.base import parse_clock
from network.base.errors import NetworkInputError
from network.readers import read_network
from network.routing import Place, ProfileWorkspace, find_itineraries, search_profile
from tests.builders.feeds import DAY, line_feed, write_feed

ROOT = Path(__file__).resolve().parents[2]


def city_of(tmp_path, trips, *, transfers=None, far_stops="PQRSTUVW"):
    """Stops named by one letter, 11 km apart; trips as {id: [(stop, time), ...]}, one route."""
    calls = [
        f"{trip},{time}:00,{time}:00,{stop},{i}"
        for trip, path in trips.items()
        for i, (stop, time) in enumerate(path)
    ]
    files = {
        "stops": "stop_id,stop_name,stop_lat,stop_lon\n"
        + "\n".join(f"{s},{s},{48 + 0.1 * i:.1f},2.3" for i, s in enumerate(far_stops)),
        "trips": "route_id,service_id,trip_id\n" + "\n".join(f"R1,WK,{t}" for t in trips),
        "stop_times": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        + "\n".join(calls),
    }
    if transfers:
        header = "from_stop_id,to_stop_id,transfer_type,min_transfer_time\n"
        files["transfers"] = header + "\n".join(f"{a},{b},2,{s}" for a, b, s in transfers)
    return read_network(write_feed(tmp_path, **line_feed(**files)), DAY, include_spill=False)


def arrivals(network, start, end, departure="08:00"):
    ids = network.timetable.stops.ids
    ends = [Place(name=s, lat=0.0, lon=0.0, stops=(ids.index(s),)) for s in (start, end)]
    search = find_itineraries(network, *ends, departure_s=parse_clock(departure))
    return [(i.arrival_s, i.n_rides) for i in search.itineraries]


def test_a_walk_to_a_stop_does_not_hide_a_later_vehicle_there(tmp_path):
    # P is reached on foot from Q at 08:05 and by vehicle at 08:08; only who arrives by
    # vehicle may walk on to R, whose bus leaves at 08:15 to T.
    network = city_of(
        tmp_path,
        {
            "toQ": [("S", "08:00"), ("Q", "08:00")],
            "toP": [("S", "08:00"), ("P", "08:08")],
            "toT": [("R", "08:15"), ("T", "08:20")],
        },
        transfers=[("Q", "P", 300), ("P", "R", 300)],
    )
    assert arrivals(network, "S", "T") == [(parse_clock("08:20"), 2)]


def test_two_walks_in_a_row_are_not_taken(tmp_path):
    network = city_of(
        tmp_path,
        {
            "toQ": [("S", "08:00"), ("Q", "08:00")],
            "toT": [("R", "08:15"), ("T", "08:20")],
        },
        transfers=[("Q", "P", 60), ("P", "R", 60)],
    )
    assert arrivals(network, "S", "T") == []


def test_a_walk_too_long_for_the_connection_misses_it(tmp_path):
    trips = {
        "toQ": [("S", "08:00"), ("Q", "08:05")],
        "early": [("R", "08:10"), ("T", "08:20")],
        "late": [("R", "08:11"), ("T", "08:21")],
    }
    network = city_of(tmp_path, trips, transfers=[("Q", "R", 301)])
    assert arrivals(network, "S", "T") == [(parse_clock("08:21"), 2)]


def test_an_overtaking_trip_is_ridden(tmp_path):
    network = city_of(
        tmp_path,
        {
            "slow": [("S", "08:00"), ("T", "08:40")],
            "fast": [("S", "08:10"), ("T", "08:20")],
        },
    )
    assert arrivals(network, "S", "T") == [(parse_clock("08:20"), 1)]


def test_more_rides_stay_only_where_they_arrive_sooner(tmp_path):
    network = city_of(
        tmp_path,
        {
            "direct": [("S", "08:00"), ("T", "08:40")],
            "first": [("S", "08:00"), ("Q", "08:10")],
            "second": [("Q", "08:10"), ("T", "08:30")],
            "slower": [("Q", "08:10"), ("R", "08:20")],
            "third": [("R", "08:20"), ("T", "08:30")],
        },
    )
    assert arrivals(network, "S", "T") == [(parse_clock("08:30"), 2), (parse_clock("08:40"), 1)]


def test_a_loop_is_ridden_to_its_second_call(tmp_path):
    network = city_of(
        tmp_path,
        {"loop": [("S", "08:00"), ("Q", "08:05"), ("S", "08:10"), ("T", "08:15")]},
    )
    assert arrivals(network, "Q", "T") == [(parse_clock("08:15"), 1)]
    assert arrivals(network, "S", "T", departure="08:06") == [(parse_clock("08:15"), 1)]


@pytest.mark.parametrize("rule", ["pickup_type", "drop_off_type"])
def test_forbidden_boarding_or_alighting_is_heeded(tmp_path, rule):
    stop_times = f"""
        trip_id,arrival_time,departure_time,stop_id,stop_sequence,{rule}
        T1,08:00:00,08:00:00,S1,1,0
        T1,08:05:00,08:05:00,S2,2,1
        T1,08:10:00,08:10:00,S3,3,0
        """
    network = read_network(write_feed(tmp_path, **line_feed(stop_times=stop_times)), DAY)
    into, out_of = arrivals(network, "S1", "S2"), arrivals(network, "S2", "S3")
    allowed = [(parse_clock("08:10"), 1)] if rule == "drop_off_type" else []
    assert out_of == allowed
    assert into == ([] if rule == "drop_off_type" else [(parse_clock("08:05"), 1)])


def empty():
    return np.zeros(0, dtype=np.int32)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"access_stop": np.array([99], dtype=np.int32)}, "access_stop"),
        ({"access_s": np.array([-1], dtype=np.int32)}, "access_s"),
        ({"access_s": empty()}, "access_s"),
        ({"target_offset": np.array([0, 2], dtype=np.int32)}, "target_offset"),
        ({"max_rides": 0}, "max_rides"),
        ({"max_rides": 5}, "workspace"),
        ({"banned_routes": np.zeros(7, dtype=np.bool_)}, "banned_routes"),
    ],
)
def test_arrays_that_do_not_fit_are_refused_by_name(tmp_path, changed, field):
    network = read_network(write_feed(tmp_path, **line_feed()), DAY)
    question = {
        "access_stop": np.array([0], dtype=np.int32),
        "access_s": np.array([0], dtype=np.int32),
        "target_offset": np.array([0, 1], dtype=np.int32),
        "target_stop": np.array([2], dtype=np.int32),
        "target_s": np.array([0], dtype=np.int32),
        "departures_s": np.array([0], dtype=np.int32),
        "workspace": ProfileWorkspace(network, 4),
    }
    assert len(search_profile(network, **question)) == 1
    with pytest.raises(NetworkInputError) as caught:
        search_profile(network, **{**question, **changed})
    assert [p.field for p in caught.value.problems] == [field]


def test_the_kernels_run_as_plain_python(tmp_path):
    script = f"""
        import datetime as dt, sys
        from pathlib import Path
        import numba
        from network.readers import read_network
        from network.routing import Place, find_itineraries_range
        from tests.builders.gridcity import GRID_DAY, write_grid_city

        city = read_network(write_grid_city(Path({str(tmp_path)!r})), GRID_DAY)
        start, end = (Place.at_station(city.timetable, i) for i in (0, 4))
        found = find_itineraries_range(city, start, end, earliest_s=25200, latest_s=27000)
        print(numba.config.DISABLE_JIT, [(i.departure_s, i.arrival_s) for i in found.itineraries])
        """
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(script)],
        cwd=ROOT,
        env={"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.strip() == "1 [(25200, 25920), (25800, 26820), (27000, 27720)]"
