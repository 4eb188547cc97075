"""Feeds that leave nothing to build on: what is said, and that nothing else escapes."""

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


def test_text_that_is_not_utf8_is_named_with_its_line(tmp_path):
    path = write_feed(tmp_path, **line_feed())
    text = line_feed()["stops"].replace("Two", "Café")
    (path / "stops.txt").write_bytes(text.encode("latin-1"))
    assert "stops.txt, line 3: a character that is not UTF-8" in message_of(path)


def test_a_feed_whose_trips_are_all_unusable_says_what_was_set_aside(tmp_path):
    feed = line_feed(stops="stop_id,stop_name,stop_lat,stop_lon\nZ,Other,48.9,2.3\n")
    message = message_of(write_feed(tmp_path, **feed))
    assert "no usable trip on 2024-05-15" in message
    assert "stop time at an unknown stop: 3" in message


def test_a_bad_calendar_date_leaves_no_traceback(tmp_path):
    feed = line_feed(calendar=line_feed()["calendar"].replace("20240101", "01/01/2024"))
    assert "no service on 2024-05-15" in message_of(write_feed(tmp_path, **feed))
