"""Bad feeds: what is said where nothing can be built, what is counted where something can."""

import datetime as dt

import pytest

from network.base.errors import NetworkInputError
from network.readers import read_timetable
from tests.builders.feeds import DAY, line_feed, write_feed


def message_of(path, day=DAY):
    with pytest.raises(NetworkInputError) as caught:
        read_timetable(path, day)
    assert caught.value.__cause__ is None
    assert all(p.expected and p.mend for p in caught.value.problems)
    return str(caught.value)


def test_a_path_that_does_not_exist_is_named(tmp_path):
    assert "nowhere.zip: no such file" in message_of(tmp_path / "nowhere.zip")


def test_a_file_that_is_no_zip_is_said_to_be_none(tmp_path):
    path = tmp_path / "feed.zip"
    path.write_text("this is a letter")
    assert "cannot be opened as a zip file" in message_of(path)


def test_an_empty_file_is_said_to_be_no_zip(tmp_path):
    path = tmp_path / "feed.zip"
    path.write_bytes(b"")
    assert "cannot be opened as a zip file" in message_of(path)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_zip_cut_short_is_said_to_be_damaged(tmp_path, share):
    path = write_feed(tmp_path, zipped=True, **line_feed())
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    assert "damaged, cut short" in message_of(path)


def test_a_zip_with_changed_bytes_is_said_to_be_damaged(tmp_path):
    path = write_feed(tmp_path, zipped=True, **line_feed())
    path.write_bytes(path.read_bytes().replace(b"08:05:00", b"08:05:01"))
    assert "damaged" in message_of(path)


def test_every_missing_file_is_named_at_once(tmp_path):
    feed = line_feed(routes=None, stop_times=None, calendar=None)
    message = message_of(write_feed(tmp_path, **feed))
    assert "feed/routes.txt: missing" in message
    assert "feed/stop_times.txt: missing" in message
    assert "neither calendar.txt nor calendar_dates.txt" in message


def test_a_file_of_a_first_line_alone_counts_as_missing(tmp_path):
    feed = line_feed(trips="route_id,service_id,trip_id\n")
    assert "feed/trips.txt: missing or without rows" in message_of(write_feed(tmp_path, **feed))


def test_missing_columns_are_named_with_their_file(tmp_path):
    feed = line_feed(stops="stop_id,stop_name\nS1,One\n")
    message = message_of(write_feed(tmp_path, **feed))
    assert "feed/stops.txt, line 1: no column stop_lat, stop_lon" in message


def test_a_feed_whose_trips_are_all_unusable_says_what_was_set_aside(tmp_path):
    feed = line_feed(stops="stop_id,stop_name,stop_lat,stop_lon\nZ,Other,48.9,2.3\n")
    message = message_of(write_feed(tmp_path, **feed))
    assert "no usable trip on 2024-05-15" in message
    assert "stop time at an unknown stop: 3" in message


def test_a_bad_calendar_date_leaves_no_traceback(tmp_path):
    feed = line_feed(calendar=line_feed()["calendar"].replace("20240101", "01/01/2024"))
    assert "no service on 2024-05-15" in message_of(write_feed(tmp_path, **feed))


def test_first_lines_alone_leave_every_table_without_rows(tmp_path):
    heads = {name: text.splitlines()[0] + "\n" for name, text in line_feed().items()}
    message = message_of(write_feed(tmp_path, **heads))
    for table in ("stops", "routes", "trips", "stop_times"):
        assert f"feed/{table}.txt: missing or without rows" in message
    assert "neither calendar.txt nor calendar_dates.txt has rows" in message


def test_one_table_without_columns_does_not_hide_another_that_is_missing(tmp_path):
    feed = line_feed(stops="stop_id\nS1\n", trips=None)
    message = message_of(write_feed(tmp_path, **feed))
    assert "feed/stops.txt, line 1: no column stop_lat, stop_lon (columns: stop_id)" in message
    assert "feed/trips.txt: missing" in message


# Bad rows: the rest of the feed is built, and each kind is counted


def counts_of(tmp_path, **changed):
    path = write_feed(tmp_path, **line_feed(**changed))
    timetable = read_timetable(path, DAY, include_spill=False)
    assert timetable.n_trips >= 1
    return dict(timetable.set_aside.counts)


STOPS = line_feed()["stops"]
TRIPS = line_feed()["trips"]
STOP_TIMES = line_feed()["stop_times"]


@pytest.mark.parametrize("place", [",", "0,0", "0.0,0.0", "91,2.3", "48.9,"])
def test_a_stop_without_a_place_is_counted_and_its_calls_with_it(tmp_path, place):
    counts = counts_of(tmp_path, stops=STOPS.replace("48.90,2.33", place))
    assert sum(counts.values()) == 2
    assert counts["stop time at an unknown stop"] == 1


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("stops", "S2,Zwei,10,10"), ("routes", "R1,X,Other,3"), ("trips", "R1,WK,T1,1"),
        ("stop_times", "T1,08:10:00,08:10:00,S3,3"),
    ],
)  # fmt: skip
def test_an_id_given_twice_is_counted_and_the_first_is_kept(tmp_path, table, row):
    counts = counts_of(tmp_path, **{table: line_feed()[table] + row + "\n"})
    assert list(counts.values()) == [1]


def test_one_missing_last_time_in_thousands_of_trips_costs_one_call(tmp_path):
    trips = [f"R1,WK,T{i},0" for i in range(2, 3000)]
    rows = []
    for i in range(2, 3000):
        last = "," if i == 1500 else f"{8 + i % 10:02d}:10:00,{8 + i % 10:02d}:10:00"
        hour = f"{8 + i % 10:02d}"
        rows += [f"T{i},{hour}:00:00,{hour}:00:00,S1,1", f"T{i},{hour}:05:00,{hour}:05:00,S2,2"]
        rows.append(f"T{i},{last},S3,3")
    path = write_feed(
        tmp_path,
        **line_feed(
            trips=TRIPS + "\n".join(trips) + "\n", stop_times=STOP_TIMES + "\n".join(rows) + "\n"
        ),
    )
    timetable = read_timetable(path, DAY, include_spill=False)
    assert timetable.n_trips == 2999
    assert timetable.n_stop_times == 3 * 2999 - 1
    assert timetable.set_aside.counts == {"first or last stop time without a time": 1}
    assert timetable.set_aside.problems[0].row == 4 + 3 * (1500 - 1)


@pytest.mark.parametrize(
    "rows",
    [
        "T2,09:00:00,09:00:00,S1,1\n",
        "T2,09:00:00,09:00:00,S1,1\nT2,08:50:00,08:50:00,S2,2\n",
        "",
    ],
    ids=["one stop", "backwards", "no stop times"],
)
def test_a_trip_that_cannot_run_is_counted_and_the_others_run(tmp_path, rows):
    counts = counts_of(tmp_path, trips=TRIPS + "R1,WK,T2,0\n", stop_times=STOP_TIMES + rows)
    assert list(counts.values()) == [1]


def test_a_row_of_an_unknown_trip_is_counted(tmp_path):
    stop_times = STOP_TIMES + "T9,09:00:00,09:00:00,S1,1\n"
    assert counts_of(tmp_path, stop_times=stop_times) == {"stop time of an unknown trip": 1}


def test_a_headway_of_zero_is_counted(tmp_path):
    frequencies = (
        "trip_id,start_time,end_time,headway_secs\n"
        "T1,06:00:00,07:00:00,0\nT1,07:00:00,08:00:00,1800\n"
    )
    counts = counts_of(tmp_path, frequencies=frequencies)
    assert list(counts.values()) == [1]


def test_calendar_dates_alone_make_a_calendar(tmp_path):
    dates = "service_id,date,exception_type\nWK,20240515,1\n"
    assert counts_of(tmp_path, calendar=None, calendar_dates=dates) == {}


def test_a_date_outside_the_feed_names_the_dates_it_covers(tmp_path):
    message = message_of(write_feed(tmp_path, **line_feed()), dt.date(2025, 5, 15))
    assert "2024-01-01" in message
    assert "2024-12-31" in message
