"""Reading a feed: what must not matter does not, and patterns keep their promises."""

import dataclasses
import tempfile
import unittest.mock
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from network.base import ProblemLog
from network.base.errors import NetworkInputError
from network.readers import _gtfs_table, read_feed_tables, read_timetable
from tests.builders.feeds import DAY, line_feed, write_feed, write_files
from tests.builders.random_feeds import cities


def timetable_of(files):
    with tempfile.TemporaryDirectory() as folder:
        return read_timetable(write_feed(Path(folder), **files), DAY, include_spill=False)


def assert_equal(a, b):
    for field in dataclasses.fields(a):
        left, right = getattr(a, field.name), getattr(b, field.name)
        if dataclasses.is_dataclass(left) and not isinstance(left, ProblemLog):
            assert_equal(left, right)
        elif isinstance(left, np.ndarray):
            np.testing.assert_array_equal(left, right, err_msg=field.name)
        elif not isinstance(left, ProblemLog):
            assert left == right, field.name


@given(city=cities(), data=st.data())
def test_the_order_of_rows_does_not_matter(city, data):
    files = city.files()
    shuffled = {}
    for name, text in files.items():
        header, *rows = text.splitlines()
        shuffled[name] = "\n".join([header, *data.draw(st.permutations(rows))])
    assert_equal(timetable_of(files), timetable_of(shuffled))


@given(city=cities())
def test_every_call_is_kept_and_no_trip_overtakes_in_its_pattern(city):
    timetable = timetable_of(city.files())
    runs = sorted([tuple(call) for call in run] for run in city.runs())
    read = []
    for pattern in range(timetable.n_patterns):
        arrival, departure = timetable.pattern_times(pattern)
        assert (np.diff(arrival, axis=0) >= 0).all()
        assert (np.diff(departure, axis=0) >= 0).all()
        first, end = timetable.pattern_offset[pattern : pattern + 2]
        for row in range(len(arrival)):
            read.append(
                [
                    (timetable.stops.ids[s], int(a), int(d), bool(b), bool(o))
                    for s, a, d, b, o in zip(
                        timetable.pattern_stops(pattern),
                        arrival[row],
                        departure[row],
                        timetable.pattern_pickup[first:end],
                        timetable.pattern_dropoff[first:end],
                        strict=True,
                    )
                ]
            )
    assert sorted(read) == runs


@given(city=cities())
def test_patterns_by_stop_are_the_stops_by_pattern(city):
    timetable = timetable_of(city.files())
    by_pattern = {
        (int(stop), pattern, pos)
        for pattern in range(timetable.n_patterns)
        for pos, stop in enumerate(timetable.pattern_stops(pattern))
    }
    by_stop = set()
    for stop in range(timetable.n_stops):
        first, last = timetable.stop_pattern_offset[stop : stop + 2]
        for i in range(first, last):
            by_stop.add((stop, int(timetable.stop_pattern[i]), int(timetable.stop_pattern_pos[i])))
    assert by_stop == by_pattern


RICH = {
    name: text.encode()
    for name, text in line_feed(
        stops="""
            stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,level_id
            S1,"Gare ""du"" Nord, quai",48.90,2.30,0,P,L1
            S2,Été,48.90,2.33,,,
            S3,Three,48.90,2.36,0,,
            P,Gare du Nord,48.90,2.30,1,,
            """,
        trips="""
            route_id,service_id,trip_id,direction_id,block_id,shape_id
            R1,WK,T1,0,B,H
            R1,WK,T2,1,B,
            R1,WK,T3,0,,H
            """,
        stop_times="""
            trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,shape_dist_traveled
            T1,08:00:00,08:00:00,S1,1,0,0
            T1,,,S2,2,1,
            T1,08:10:00,08:10:00,S3,3,,9.5
            T2,08:20:00,08:20:00,S3,1,,
            T2,24:40:00,24:40:00,S1,2,,
            T3,06:00:00,06:00:00,S1,1,,
            T3,06:10:00,06:10:00,S3,9,,
            """,
        calendar_dates="service_id,date,exception_type\nWK,20240515,1\nSU,20240516,2\n",
        frequencies="trip_id,start_time,end_time,headway_secs,exact_times\nT3,06:00:00,07:00:00,900,1\n",
        transfers="""
            from_stop_id,to_stop_id,transfer_type,min_transfer_time,from_trip_id,to_trip_id
            S1,S3,2,120,,
            ,,4,,T1,T2
            """,
        shapes="""
            shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence,shape_dist_traveled
            H,48.90,2.30,1,0
            H,48.91,2.33,2,5
            H,48.90,2.36,3,9.5
            """,
        pathways="""
            pathway_id,from_stop_id,to_stop_id,pathway_mode,is_bidirectional,length,traversal_time
            W,S1,P,1,1,20,
            """,
        levels="level_id,level_index\nL1,-1\n",
        feed_info="feed_publisher_name,feed_lang,feed_start_date,feed_end_date\nMe,fr,20240101,20241231\n",
    ).items()
}


def _spoilt(data, content):
    """Bytes flipped, cut out, doubled or swapped."""
    spoilt = bytearray(content)
    for _ in range(data.draw(st.integers(1, 4), label="times")):
        first = data.draw(st.integers(0, max(len(spoilt) - 1, 0)), label="from")
        length = data.draw(st.integers(1, 40), label="length")
        part = bytes(spoilt[first : first + length])
        kind = data.draw(st.sampled_from(["flip", "cut", "double", "insert", "end"]), label="kind")
        if kind == "flip":
            spoilt[first : first + 1] = bytes([data.draw(st.integers(0, 255), label="byte")])
        elif kind == "cut":
            del spoilt[first : first + length]
        elif kind == "double":
            spoilt[first:first] = part * 2
        elif kind == "insert":
            odd = [
                b'"',
                b",",
                b"\n",
                b"\r",
                b"\0",
                b"\xff\xfe",
                b"-",
                b"99999999999",
                b"NA",
                b"1e9",
            ]
            spoilt[first:first] = data.draw(st.sampled_from(odd), label="odd")
        else:
            del spoilt[first:]
    return bytes(spoilt)


def _swapped(data, content):
    """Two columns swapped in every row but the first."""
    head, *rows = content.decode().splitlines()
    fields = [row.split(",") for row in rows]
    a, b = (data.draw(st.integers(0, head.count(",")), label="column") for _ in range(2))
    for row in fields:
        if max(a, b) < len(row):
            row[a], row[b] = row[b], row[a]
    return "\n".join([head, *(",".join(row) for row in fields)]).encode()


def _outcome(read, *args):
    """What reading gives, or the problems it names: one of the two."""
    try:
        return read(*args), ()
    except NetworkInputError as error:
        return None, error.problems or pytest.fail("an error without a problem")


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_spoilt_files_give_a_timetable_or_a_named_problem(data):
    files = {f"{name}.txt": content for name, content in RICH.items()}
    for name in data.draw(st.lists(st.sampled_from(sorted(files)), min_size=1, max_size=3)):
        swap = data.draw(st.booleans(), label="swap")
        files[name] = _swapped(data, RICH[name[:-4]]) if swap else _spoilt(data, files[name])
    with tempfile.TemporaryDirectory() as folder:
        path = write_files(Path(folder), files)
        timetable, problems = _outcome(read_timetable, path, DAY)
    assert timetable is None or timetable.n_trips > 0
    assert all(p.file and p.found and p.expected and p.mend for p in problems)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_spoilt_zip_gives_tables_or_a_named_problem(data):
    with tempfile.TemporaryDirectory() as folder:
        files = {f"{name}.txt": content for name, content in RICH.items()}
        path = write_files(Path(folder), files, zipped=True)
        path.write_bytes(_spoilt(data, path.read_bytes()))
        tables, problems = _outcome(read_feed_tables, path)
    assert tables is None or len(tables.stop_times) > 0
    assert all(p.file and p.found and p.expected and p.mend for p in problems)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_the_three_ways_of_reading_agree_on_spoilt_tables(data):
    name = data.draw(st.sampled_from(["stops", "stop_times", "shapes", "trips"]))
    files = {f"{table}.txt": content for table, content in RICH.items()}
    files[f"{name}.txt"] = _spoilt(data, files[f"{name}.txt"])
    seen = []
    with tempfile.TemporaryDirectory() as folder:
        path = write_files(Path(folder), files)
        for way in ({"SMALL": 1 << 20}, {"is_plain": lambda *_: False}, {"SMALL": -1}):
            with unittest.mock.patch.multiple(_gtfs_table, **way):
                seen.append(_seen(path, name))
    assert seen[0] == seen[1] == seen[2]


def _seen(path, table):
    """What reading shows of a table: its values by line, and what was counted."""
    try:
        tables = read_feed_tables(path)
    except NetworkInputError as error:
        return str(error)
    frame = getattr(tables, table)
    rows = None if frame is None else frame.astype(object).where(frame.notna(), None)
    values = None if rows is None else {k: tuple(v) for k, v in rows.T.to_dict("list").items()}
    return values, dict(tables.log.counts)
