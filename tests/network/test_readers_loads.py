"""Loads of vehicle runs from files: onto their calls, what does not fit counted and named.

The feed: bus 1 runs A, B, C at 8:00, 8:10, 8:20 (trip T1) and an hour later (T2).
"""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from network.base.errors import NetworkInputError
from network.readers import read_network
from network.readers.loads import read_loads
from network.routing.loads import compute_fingerprint
from tests.builders.feeds import DAY, line_feed, write_feed

TIMES = (
    "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
    "T1,08:00:00,08:00:00,S1,1\nT1,08:10:00,08:10:00,S2,2\nT1,08:20:00,08:20:00,S3,3\n"
    "T2,09:00:00,09:00:00,S1,1\nT2,09:10:00,09:10:00,S2,2\nT2,09:20:00,09:20:00,S3,3"
)
TRIPS = "route_id,service_id,trip_id\nR1,WK,T1\nR1,WK,T2"


def timetable(folder, times=TIMES):
    folder.mkdir(exist_ok=True)
    feed = line_feed(trips=TRIPS, stop_times=times)
    return read_network(write_feed(folder, **feed), DAY).timetable


@pytest.fixture
def buses(tmp_path):
    return timetable(tmp_path)


def written(tmp_path, text):
    path = tmp_path / "loads.csv"
    path.write_text(text, encoding="utf-8")
    return path


def by_call(buses, loads):
    """Return the load factors by trip and place."""
    shape = (buses.n_trips, 3)
    rows = loads.load_factor.reshape(shape)
    return {trip: rows[k].tolist() for k, trip in enumerate(buses.trip_ids)}


def test_loads_by_stop_stand_on_the_calls_that_leave_it(buses, tmp_path):
    path = written(tmp_path, "trip_id,stop_id,load_factor\nT2,S2,0.5\nT1,S1,1.25\n")
    given = read_loads(path, buses)
    assert by_call(buses, given.loads) == {"T1": [1.25, 0, 0], "T2": [0, 0.5, 0]}
    # Two runs of two segments each; nothing is known of how sure the figures are.
    assert (given.n_rows, given.n_segments, given.n_given) == (2, 4, 2)
    assert (given.relative_error, given.period, given.is_same) == (None, None, None)
    assert given.log.total == 0


def test_loads_by_place_and_capacity_are_load_factors(buses, tmp_path):
    path = written(
        tmp_path, "\ufefftrip_id , stop_pos,load_pax,capacity_pax\nT1,1,60,80\nT2,0,90,60\n"
    )
    given = read_loads(path, buses)
    assert by_call(buses, given.loads) == {"T1": [0, 0.75, 0], "T2": [1.5, 0, 0]}


def test_rows_that_cannot_be_used_are_counted_with_the_first_ones_line(buses, tmp_path):
    path = written(
        tmp_path,
        "trip_id,stop_id,load_factor\n"
        "T1,S1,0.5\n"  # line 2, the one that counts
        "T9,S1,0.5\n"  # no such trip
        "T1,S9,0.5\n"  # no such stop
        "T1,S2,-1\n"  # no load
        "T1,S2,much\n"  # no number
        ",S2,1\n"  # no trip
        "T1,S1,0.9\n",  # again
    )
    given = read_loads(path, buses)
    assert by_call(buses, given.loads)["T1"] == [0.5, 0, 0]
    lines = {kind: problems[0].row for kind, problems in given.log.examples.items()}
    assert lines == {
        "load with a wrong load_factor": 5,
        "load with a wrong trip_id": 7,
        "load of a trip that does not run": 3,
        "load at a call that its trip does not have": 4,
        "load given twice": 8,
    }
    assert given.log.counts["load with a wrong load_factor"] == 2
    assert given.log.total == 6
    assert all(p.file == "loads.csv" and p.expected and p.mend for p in given.log.problems)


def test_a_stop_called_at_twice_needs_its_place(tmp_path):
    # T1 goes round: S1, S2, S1, S3.
    loop = timetable(
        tmp_path,
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "T1,08:00:00,08:00:00,S1,1\nT1,08:10:00,08:10:00,S2,2\n"
        "T1,08:15:00,08:15:00,S1,3\nT1,08:20:00,08:20:00,S3,4",
    )
    path = written(tmp_path, "trip_id,stop_id,load_factor\nT1,S1,0.5\nT1,S2,0.25\n")
    given = read_loads(path, loop)
    assert given.loads.load_factor.tolist() == [0, 0.25, 0, 0]
    assert given.log.counts == {"load at a stop that its trip calls at twice": 1}
    path = written(tmp_path, "trip_id,stop_id,stop_pos,load_factor\nT1,S1,2,0.5\n")
    assert read_loads(path, loop).loads.load_factor.tolist() == [0, 0, 0.5, 0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("trip,stop_id,load_factor\nT1,S1,1\n", "trip_id, stop_id or stop_pos"),
        ("trip_id,stop_id,load_pax\nT1,S1,1\n", "both load_pax and capacity_pax"),
        ("trip_id,stop_id,load_factor\nT8,S1,1\n", "loads of vehicle runs of 20"),
        ("trip_id,stop_id,load_factor\n", "loads of vehicle runs of 20"),
    ],
)
def test_a_file_that_is_of_no_use_is_refused_with_what_was_expected(
    buses, tmp_path, text, expected
):
    with pytest.raises(NetworkInputError) as refused:
        read_loads(written(tmp_path, text), buses)
    (problem,) = refused.value.problems
    assert problem.file == "loads.csv"
    assert expected in problem.expected
    assert problem.mend


def test_a_file_that_is_not_there_or_no_parquet_is_refused(buses, tmp_path):
    (tmp_path / "broken.parquet").write_bytes(b"no parquet")
    for name in ("nothing.csv", "broken.parquet"):
        with pytest.raises(NetworkInputError, match="cannot be read"):
            read_loads(tmp_path / name, buses)


def write_runs(folder, buses, factor, *, departure_s=None, fingerprint=None):
    """Write runs as a loading does: one row a call, in the order of the timetable's times."""
    stops = np.asarray(buses.stops.ids, dtype=object)[buses.pattern_stop]
    table = pa.table(
        {
            "trip_id": np.repeat(np.asarray(buses.trip_ids, dtype=object), 3),
            "stop_id": np.tile(stops, buses.n_trips),
            "departure_s": buses.departure_s if departure_s is None else departure_s,
            "load_factor": factor,
        }
    )
    if fingerprint is not None:
        table = table.replace_schema_metadata({"timetable_sha256": fingerprint})
    pq.write_table(table, folder / "runs.parquet")


def test_a_loadings_folder_says_its_error_period_and_timetable(buses, tmp_path):
    factor = np.arange(6, dtype=np.float64) / 4
    write_runs(tmp_path, buses, factor, fingerprint=compute_fingerprint(buses))
    said = {
        "period": ["07:00", "09:30"],
        "entries": {"overall": {"weighted_abs_error": 0.2}},
        "service_date": DAY.isoformat(),
    }
    (tmp_path / "loading.json").write_text(json.dumps(said), encoding="utf-8")
    given = read_loads(tmp_path, buses)
    assert given.loads.load_factor.tolist() == factor.tolist()
    assert (given.relative_error, given.period, given.is_same) == (0.2, ("07:00", "09:30"), True)


def test_loads_of_another_timetable_say_so_and_count_where_times_agree(buses, tmp_path):
    later = buses.departure_s + np.repeat([0, 60], 3).astype(np.int32)
    write_runs(tmp_path, buses, np.ones(6), departure_s=later, fingerprint="0" * 64)
    given = read_loads(tmp_path / "runs.parquet", buses)
    assert given.is_same is False
    assert by_call(buses, given.loads) == {"T1": [1, 1, 1], "T2": [0, 0, 0]}
    assert given.log.counts == {"load at a call that its trip does not have": 3}


def test_loads_of_another_date_say_so_without_a_fingerprint(buses, tmp_path):
    write_runs(tmp_path, buses, np.ones(6))
    assert read_loads(tmp_path, buses).is_same is None
    (tmp_path / "loading.json").write_text('{"service_date": "2001-01-01"}', encoding="utf-8")
    assert read_loads(tmp_path, buses).is_same is False


def test_a_fingerprint_tells_timetables_apart_by_their_times(buses, tmp_path):
    other = timetable(tmp_path / "other", TIMES.replace("09:10", "09:11"))
    same = timetable(tmp_path / "same")
    assert compute_fingerprint(same) == compute_fingerprint(buses) != compute_fingerprint(other)
