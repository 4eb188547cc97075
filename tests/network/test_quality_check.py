"""Whole checks: several feeds, files that cannot be used, logs, hashes, the second opinion."""

import datetime as dt
import json
import subprocess

import pytest

from network.base import Cancelled, Problem, ProblemLog
from network.base.errors import NetworkInputError
from network.building.inputs import FeedSource
from network.quality import second_opinion
from network.quality.check import check_files
from network.quality.plain import FORMAT, report_as_dict
from network.quality.reading import find_set_aside, join_findings
from network.quality.report import Severity
from network.quality.second_opinion import ask_second_opinion
from network.readers.kinds import hash_path, sort_files
from tests.builders.clean_feed import CHECK_DAY, check_feed, clean_feed, codes, find
from tests.builders.feeds import write_feed
from tests.builders.realdata import real_data

YEAR = "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"


def two_feeds(folder, **changed_second):
    """Write the clean feed twice, in folders one and two, the second with some files changed."""
    paths = []
    for name, changed in (("one", {}), ("two", changed_second)):
        (folder / name).mkdir()
        paths.append(write_feed(folder / name, zipped=True, **clean_feed(**changed)))
    return paths


def test_two_feeds_are_checked_on_a_date_they_share_with_prefixed_ids(tmp_path):
    # The second runs on weekends alone: the nearest such day is Sat 18 May.
    weekend = YEAR + "ALL,0,0,0,0,0,1,1,20240101,20241231"
    paths = two_feeds(tmp_path, calendar=weekend, feed_info=None)
    report, network = check_files(paths, today=CHECK_DAY, second_opinion=False)
    assert codes(report) == {}
    assert report.service_date == dt.date(2024, 5, 18)
    assert network is not None
    assert network.timetable.n_stops == 6
    prefixes = [feed.prefix for feed in report.feeds]
    assert len(set(prefixes)) == 2
    assert "" not in prefixes
    for feed in report.feeds:
        assert (feed.n_stops_in_use, feed.n_stop_times, feed.n_patterns) == (3, 6, 2)
        assert feed.trips_by_route_type == {1: 2}


def test_the_order_in_which_feeds_are_given_does_not_matter(tmp_path):
    paths = two_feeds(tmp_path, stops="+D,Delta,48.95,2.40,0,,1")
    forward = check_files(paths, today=CHECK_DAY, second_opinion=False)[0]
    backward = check_files(paths[::-1], today=CHECK_DAY, second_opinion=False)[0]
    assert report_as_dict(forward) == report_as_dict(backward)


def test_feeds_without_a_common_date_are_built_each_on_its_own_and_warned_of(tmp_path):
    june = YEAR + "ALL,1,1,1,1,1,1,1,20250601,20250930"
    paths = two_feeds(tmp_path, calendar=june, feed_info=None)
    report, network = check_files(paths, today=CHECK_DAY, second_opinion=False)
    assert codes(report) == {"calendars_apart": 2, "feed_not_started": 1}
    assert network is not None
    assert {feed.service_date for feed in report.feeds} == {CHECK_DAY, dt.date(2025, 6, 1)}
    assert {feed.service_date for feed in network.timetable.feeds} == {
        CHECK_DAY, dt.date(2025, 6, 1),
    }  # fmt: skip


def test_a_feed_without_service_on_the_date_asked_for_is_left_out_with_its_dates(tmp_path):
    june = YEAR + "ALL,1,1,1,1,1,1,1,20240601,20240930"
    paths = two_feeds(tmp_path, calendar=june, feed_info=None)
    report, network = check_files(paths, date=CHECK_DAY, today=CHECK_DAY, second_opinion=False)
    assert codes(report) == {"feed_not_on_date": 1, "feed_not_started": 1}
    assert "2024-06-01 to 2024-09-30" in find(report, "feed_not_on_date").examples[0].expected
    assert network is not None
    assert network.timetable.n_stops == 3


def test_a_date_that_no_feed_covers_is_refused_naming_the_dates_of_each(tmp_path):
    paths = two_feeds(
        tmp_path, calendar=YEAR + "ALL,1,1,1,1,1,1,1,20240601,20240930", feed_info=None
    )
    with pytest.raises(NetworkInputError) as caught:
        check_files(paths, date=dt.date(2030, 1, 1), today=CHECK_DAY, second_opinion=False)
    text = str(caught.value)
    assert "2024-01-01 to 2024-12-31" in text
    assert "2024-06-01 to 2024-09-30" in text


def test_a_source_may_name_its_own_date_and_prefix(tmp_path):
    paths = two_feeds(tmp_path, feed_info=None)
    sources = [
        FeedSource(path=paths[0], prefix="a"),
        FeedSource(path=paths[1], prefix="b", service_date=dt.date(2024, 7, 1)),
    ]
    report, _ = check_files(sources, date=CHECK_DAY, today=CHECK_DAY, second_opinion=False)
    assert [(f.prefix, f.service_date) for f in report.feeds] == [
        ("a", CHECK_DAY), ("b", dt.date(2024, 7, 1)),
    ]  # fmt: skip


def test_every_unreadable_file_is_named_at_once(tmp_path):
    broken, empty = tmp_path / "broken.zip", tmp_path / "empty"
    broken.write_bytes(b"PK\x03\x04 cut short")
    empty.mkdir()
    extract = tmp_path / "city.osm"
    extract.write_text("<osm><node", encoding="utf-8")
    with pytest.raises(NetworkInputError) as caught:
        check_files([broken, empty], extract, today=CHECK_DAY)
    for name in ("broken.zip", "empty", "city.osm"):
        assert name in str(caught.value)


def test_a_feed_whose_every_trip_is_broken_is_reported_and_builds_nothing(tmp_path):
    back = """
        trip_id,arrival_time,departure_time,stop_id,stop_sequence
        T1,08:00:00,08:00:00,A,1
        T1,07:00:00,07:00:00,B,2
        T2,08:00:00,08:00:00,C,1
        T2,07:00:00,07:00:00,B,2
        """
    path = write_feed(tmp_path, **clean_feed(stop_times=back))
    report, network = check_files([path], today=CHECK_DAY, second_opinion=False)
    assert network is None
    assert report.service_date is None
    assert codes(report)["feed_not_built"] == 1
    assert codes(report)["times_go_back"] == 2
    assert report.findings[0].severity is Severity.ERROR


def test_findings_come_from_the_worst_to_the_least(tmp_path):
    report = check_feed(
        tmp_path,
        stops="+D,Delta,48.95,2.40,0,,1",
        stop_times="+T9,08:00:00,08:00:00,A,1\nT1,10:30:00,13:30:00,A,4\nT1,13:40:00,13:40:00,B,5",
    )
    ranks = [("error", "warning", "note").index(f.severity) for f in report.findings]
    assert ranks == sorted(ranks)
    assert set(ranks) == {0, 1, 2}
    assert report.count(Severity.ERROR) == 1


def test_raising_from_progress_cancels(tmp_path):
    path = write_feed(tmp_path, **clean_feed())

    def stop(stage, done, total):
        if stage == "check":
            raise Cancelled

    with pytest.raises(Cancelled):
        check_files([path], today=CHECK_DAY, second_opinion=False, progress=stop)


def test_a_report_survives_json_and_says_its_format(tmp_path):
    report = check_feed(tmp_path, stops="+D,Delta,48.95,2.40,0,,1")
    plain = json.loads(json.dumps(report_as_dict(report)))
    assert plain["format"] == FORMAT
    assert plain["service_date"] == "2024-05-15"
    assert plain["counts"] == {"error": 0, "warning": 0, "note": 1}
    assert plain["feeds"][0]["rows"]["stops"] == 4
    assert plain["feeds"][0]["trips_by_date"]["2024-12-31"] == 2
    (finding,) = plain["findings"]
    assert (finding["code"], finding["places"]) == ("stop_unused", [[48.95, 2.4]])
    assert finding["examples"][0]["row"] == 5


def problem(file="feed/trips.txt"):
    return Problem(file=file, row=2, found="x", expected="y", mend="z")


def test_a_log_becomes_one_finding_a_kind_whatever_stands_in_brackets():
    log = ProblemLog()
    log.set_aside("value that is not a number (stop_lat)", problem(), count=3)
    log.set_aside("value that is not a number (route_type)", problem())
    log.set_aside("file read as UTF-16", problem())
    log.set_aside("some new kind", problem())
    found = {f.code: (f.count, f.severity) for f in find_set_aside(log)}
    assert found == {
        "file_encoding": (1, Severity.NOTE),
        "some_new_kind": (1, Severity.ERROR),
        "value_that_is_not_a_number": (4, Severity.ERROR),
    }
    (other,) = [f for f in find_set_aside(log, usual=Severity.WARNING) if f.code == "some_new_kind"]
    assert other.severity is Severity.WARNING


def test_what_a_check_found_for_every_date_is_not_said_again_for_one():
    log = ProblemLog()
    log.set_aside("trip that goes back in time", problem())
    log.set_aside("stop_sequence given twice in a trip", problem())
    log.set_aside("transfer rule that cannot be used", problem(), count=5)
    checks = ProblemLog()
    checks.set_aside("times go back", problem(), count=7)
    checks.set_aside("transfer of unknown stop", problem(), count=2)
    joined = join_findings(find_set_aside(checks), find_set_aside(log))
    assert {f.code: f.count for f in joined} == {
        "times_go_back": 7,
        "transfer_of_unknown_stop": 2,
        "stop_sequence_given_twice_in_a_trip": 1,
        "transfer_rule_that_cannot_be_used": 3,
    }


def test_files_are_told_apart_by_what_is_in_them(tmp_path):
    feed = write_feed(tmp_path, zipped=True, **clean_feed())
    folder = write_feed(tmp_path, **clean_feed())
    misnamed = tmp_path / "extract.dat"
    misnamed.write_text("<?xml version='1.0'?><osm/>", encoding="utf-8")
    assert sort_files([feed, misnamed, folder]) == ((feed, folder), misnamed)


def test_a_missing_file_a_second_extract_and_a_file_given_twice_are_all_named(tmp_path):
    first, second = tmp_path / "a.osm", tmp_path / "b.osm.pbf"
    first.write_text("<osm/>", encoding="utf-8")
    second.write_bytes(b"\x00\x00\x00\x0d\x0a\x09OSMHeader")
    with pytest.raises(NetworkInputError) as caught:
        sort_files([first, second, first, tmp_path / "none.zip"])
    found = [p.found for p in caught.value.problems]
    assert found == [
        f"a second OSM extract, after {first}",
        "given twice",
        "no such file or folder",
    ]


def test_a_hash_depends_on_names_and_bytes_of_a_folders_files_alone(tmp_path):
    one = write_feed(tmp_path, **clean_feed())
    (tmp_path / "other").mkdir()
    two = write_feed(tmp_path / "other", **clean_feed())
    assert hash_path(one) == hash_path(two)
    (two / "stops.txt").rename(two / "halts.txt")
    assert hash_path(one) != hash_path(two)


def ask(path, **changed):
    values = {"is_asked_for": False, "progress": lambda *_: None, **changed}
    return ask_second_opinion(path, CHECK_DAY, **values)


def test_a_second_opinion_counts_notices_by_code_worst_first(tmp_path):
    pytest.importorskip("gtfs_guru")
    back = "+T9,08:00:00,08:00:00,A,1"
    answer = ask(write_feed(tmp_path, zipped=True, **clean_feed(stop_times=back)))
    assert answer.available
    assert answer.version
    severities = [severity for _, severity, _ in answer.notices]
    assert ("foreign_key_violation", "error", 1) in answer.notices
    assert severities == sorted(severities, key=("error", "warning", "info").index)


def test_a_folder_gets_the_same_second_opinion_as_its_zip_file(tmp_path):
    pytest.importorskip("gtfs_guru")
    zipped = ask(write_feed(tmp_path, zipped=True, **clean_feed()))
    assert ask(write_feed(tmp_path, **clean_feed())).notices == zipped.notices


def test_without_the_validator_the_answer_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setattr(second_opinion, "_MODULE", "no_such_validator")
    answer = ask(tmp_path)
    assert not answer.available
    assert "creneau[validator]" in answer.reason


def test_a_feed_with_too_much_text_is_asked_about_on_request_only(tmp_path, monkeypatch):
    pytest.importorskip("gtfs_guru")
    monkeypatch.setattr(second_opinion, "MAX_TEXT_BYTES", 10)
    path = write_feed(tmp_path, **clean_feed())
    assert not ask(path).available
    assert "MB of text" in ask(path).reason
    assert ask(path, is_asked_for=True).available


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("raise SystemExit(3)", "it ended with status 3"),
        ("raise ValueError('no good')", "ValueError: no good"),
        ("import os; os.abort()", "failed"),
        ("print('not json')", "failed"),
    ],
)
def test_a_validator_that_fails_costs_its_opinion_alone(tmp_path, monkeypatch, program, reason):
    pytest.importorskip("gtfs_guru")
    monkeypatch.setattr(second_opinion, "_PROGRAM", program)
    answer = ask(write_feed(tmp_path, **clean_feed()))
    assert not answer.available
    assert reason in answer.reason


def test_a_validator_that_takes_too_long_is_stopped(tmp_path, monkeypatch):
    pytest.importorskip("gtfs_guru")
    monkeypatch.setattr(second_opinion, "_PROGRAM", "import time; time.sleep(60)")
    monkeypatch.setattr(second_opinion, "TIME_LIMIT_S", 0.2)
    answer = ask(write_feed(tmp_path, **clean_feed()))
    assert answer.reason == "no answer within 0 s"


def test_cancelling_ends_the_validator(tmp_path, monkeypatch):
    pytest.importorskip("gtfs_guru")
    started = []
    real = subprocess.Popen

    def remember(*words, **options):
        started.append(real(*words, **options))
        return started[-1]

    monkeypatch.setattr(second_opinion, "_PROGRAM", "import time; time.sleep(60)")
    monkeypatch.setattr(subprocess, "Popen", remember)

    def stop(*_):
        raise Cancelled

    with pytest.raises(Cancelled):
        ask(write_feed(tmp_path, **clean_feed()), progress=stop)
    assert started[0].returncode is not None


def test_mexico_city_has_the_fast_hops_and_unused_stops_that_the_canonical_rules_find():
    # gtfs-guru 1.0.0: fast_travel_between_consecutive_stops 20, stop_without_stop_time 164,
    # unused_shape 16.
    path = real_data("mexico-city", "gtfs_cdmx.zip")
    report, _ = check_files([path], today=dt.date(2022, 5, 11), second_opinion=False)
    assert report.service_date == dt.date(2022, 5, 11)
    found = codes(report)
    assert found["impossible_speed"] == 20
    assert found["stop_unused"] == 164
    assert found["shape_unused"] == 16
    (feed,) = report.feeds
    assert sum(feed.trips_by_route_type.values()) == 98_336
    assert feed.n_stops_in_use == 9_718


def test_the_week_of_the_metro_has_its_known_counts_and_no_error():
    path = real_data("plaine-commune", "ratp_metro_all_week_20190311.zip")
    thursday = dt.date(2019, 3, 14)
    report, _ = check_files([path], date=thursday, today=thursday, second_opinion=False)
    assert report.count(Severity.ERROR) == 0
    assert codes(report)["feed_expires_within_7_days"] == 1
    (feed,) = report.feeds
    assert dict(feed.trips_by_date)[thursday] == 13_213
    assert feed.n_stop_times == 285_683
