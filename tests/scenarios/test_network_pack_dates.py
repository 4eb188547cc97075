"""Which date a network pack runs, with one feed and with several, and its quality report."""

import datetime as dt
from functools import partial

import pytest

from network.base.errors import ScenarioInputError
from scenarios.artefacts import Cache
from scenarios.built import Origin
from scenarios.network_inputs import choose_service_date
from scenarios.network_pack import load_network_pack
from scenarios.pack_files import PACK_FILE
from scenarios.pack_quality import obtain_report
from tests.builders.feeds import line_feed, write_feed
from tests.builders.gridcity import grid_city_feed
from tests.builders.gridpack import PACK, write_grid_pack
from tests.builders.problems import refused

TODAY = dt.date(2024, 5, 1)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A cache that is empty when the test starts."""
    root = tmp_path / "cache"
    monkeypatch.setenv("CRENEAU_CACHE", str(root))
    return Cache(root=root)


@pytest.fixture
def write(tmp_path):
    return partial(write_grid_pack, tmp_path)


def test_without_a_date_the_busiest_weekday_runs_and_is_remembered(write, cache, monkeypatch):
    feed = grid_city_feed()
    folder = write(PACK.replace("service_date = 2024-05-15\n", ""))
    # Line B on Tuesdays only: a Tuesday is the busiest weekday; every day counts 36 trips.
    feed["trips"] = feed["trips"].replace("B,ALL", "B,TUE")
    feed["calendar"] += "TUE,0,1,0,0,0,0,0,20240101,20241231\n"
    write_feed(folder, **feed)
    pack = load_network_pack(folder)
    assert pack.service_date == dt.date(2024, 1, 2)
    monkeypatch.setattr("scenarios.built.find_service_date", lambda _: 1 / 0)
    assert load_network_pack(folder).service_date == dt.date(2024, 1, 2)
    assert load_network_pack(folder).built.origin is Origin.OPENED


def test_the_date_asked_for_comes_before_the_packs_own(write):
    pack = load_network_pack(write(), service_date=dt.date(2024, 5, 18))
    assert pack.service_date == dt.date(2024, 5, 18)


def test_a_date_outside_the_feed_names_those_it_covers(write):
    with refused(file="feed", found="2025-05-15", expected="2024-12-31"):
        load_network_pack(write(), service_date=dt.date(2025, 5, 15))


def counts(**days):
    return {dt.date.fromisoformat(f"2024-05-{day[1:]}"): n for day, n in days.items()}


@pytest.mark.parametrize(
    ("feeds", "day"),
    [
        ([counts(d13=5, d14=6, d15=6, d18=99)], 14),  # Monday 13; Saturday 18 does not count
        ([counts(d18=3, d19=4)], 19),  # nothing but a weekend
        ([counts(d13=9, d14=1), counts(d14=1, d15=20)], 14),  # both feeds come first
        ([counts(d13=9), counts(d15=20)], 15),
    ],
)
def test_the_date_is_that_of_most_feeds_then_most_trips_then_the_first(feeds, day):
    named = {f"feed{i}": feed for i, feed in enumerate(feeds)}
    assert choose_service_date(named).day == day


def test_no_date_at_all_is_refused():
    with pytest.raises(ScenarioInputError, match="no date with service"):
        choose_service_date({"feed": {}})


TWO_FEEDS = """
name = "two"
title_fr = "Deux"
title_en = "Two"
sources = []
service_date = 2024-05-15

[network]
[[network.feeds]]
path = "a/feed"
prefix = "a"
[[network.feeds]]
path = "b/feed"
prefix = "b"
service_date = 2022-06-08
"""


@pytest.fixture
def two_feeds(tmp_path):
    folder = tmp_path / "two"
    for name, year in (("a", "2024"), ("b", "2022")):
        (folder / name).mkdir(parents=True)
        feed = line_feed()
        feed["calendar"] = feed["calendar"].replace("2024", year)
        write_feed(folder / name, **feed)
    (folder / PACK_FILE).write_text(TWO_FEEDS, encoding="utf-8")
    return folder


def test_a_feed_of_other_years_runs_its_own_date(two_feeds):
    pack = load_network_pack(two_feeds)
    assert [feed.prefix for feed in pack.coverage] == ["a", "b"]
    assert [str(feed.service_date) for feed in pack.coverage] == ["2024-05-15", "2022-06-08"]
    assert sorted(pack.network.timetable.trip_ids) == ["a:T1", "b:T1"]


def test_another_date_runs_the_same_day_of_the_week_of_the_feeds_own_week(two_feeds):
    pack = load_network_pack(two_feeds, service_date=dt.date(2024, 5, 20))  # a Monday
    assert [str(feed.service_date) for feed in pack.coverage] == ["2024-05-20", "2022-06-06"]


def test_the_order_of_feeds_makes_no_other_artefact(two_feeds, cache):
    first = load_network_pack(two_feeds).built
    blocks = TWO_FEEDS.split("[[network.feeds]]\n")
    text = "[[network.feeds]]\n".join([blocks[0], blocks[2], blocks[1]])
    (two_feeds / PACK_FILE).write_text(text, encoding="utf-8")
    assert load_network_pack(two_feeds).built.key == first.key


def test_the_quality_report_is_kept_and_its_summary_stands_in_the_manifest(write, cache):
    folder = write()
    pack = load_network_pack(folder)
    report, is_new = obtain_report(pack.built, today=TODAY)
    assert is_new
    again = load_network_pack(folder)
    kept, is_new = obtain_report(again.built, today=TODAY + dt.timedelta(days=1))
    assert not is_new
    assert again.built.origin is Origin.OPENED
    assert kept.checked_on == TODAY
    assert [f.code for f in kept.findings] == [f.code for f in report.findings]
    quality = again.built.manifest["quality"]
    assert quality["checked_on"] == TODAY.isoformat()
    assert quality["findings"]["error"] == 0
    assert quality["set_aside"] == {}


def test_a_damaged_quality_report_is_made_again(write, cache):
    folder = write()
    pack = load_network_pack(folder)
    obtain_report(pack.built, today=TODAY)
    (pack.built.path / "quality" / "tree.json").write_bytes(b"")
    assert obtain_report(load_network_pack(folder).built, today=TODAY)[1]
    assert not obtain_report(load_network_pack(folder).built, today=TODAY)[1]


def test_without_a_cache_the_quality_is_checked_each_time(write, monkeypatch):
    monkeypatch.setenv("CRENEAU_CACHE", "off")
    pack = load_network_pack(write())
    assert obtain_report(pack.built, today=TODAY)[1]
    assert obtain_report(pack.built, today=TODAY)[1]
