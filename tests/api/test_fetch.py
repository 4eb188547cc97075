"""Downloads that arrive: whole, resumed where they broke off, told how far they are."""

import gzip
import json
from importlib.metadata import version

import pytest

from api.fetching import Wanted
from network.base import Cancelled
from tests.builders.fetches import (
    BODY,
    StopAt,
    fetch,
    forget_proxies,
    left_in,
    refusal,
    sha256,
    stop_after,
    wanted,
)
from tests.builders.fileserver import FileServer, Served


@pytest.fixture(autouse=True)
def _no_proxy_from_outside(monkeypatch):
    forget_proxies(monkeypatch)


@pytest.fixture
def target(tmp_path):
    return tmp_path / "city" / "data.bin"


# What is there in the end


def test_a_file_arrives_whole_with_a_note_of_where_and_when_it_was_had(target):
    with FileServer(data=Served(BODY, last_modified="Thu, 14 Mar 2019 08:00:00 GMT")) as server:
        item = wanted(server.url("data"), target, licence="ODbL", licence_url="https://odbl")
        fetched = fetch(item)
    assert target.read_bytes() == BODY
    assert (fetched.status, fetched.size_bytes, fetched.sha256, fetched.resumed_from) == (
        "fetched",
        len(BODY),
        sha256(BODY),
        0,
    )
    note = json.loads((target.parent / "data.bin.source.json").read_text(encoding="utf-8"))
    assert note.pop("fetched").startswith("20")
    assert note == {
        "url": item.url,
        "address": item.url,
        "bytes": len(BODY),
        "sha256": sha256(BODY),
        "etag": '"one"',
        "last_modified": "Thu, 14 Mar 2019 08:00:00 GMT",
        "licence": "ODbL",
        "licence_url": "https://odbl",
    }
    assert left_in(target) == ["data.bin", "data.bin.source.json"]


def test_the_program_says_its_name_and_version_and_asks_for_no_compression(target):
    with FileServer(data=Served(BODY)) as server:
        fetch(wanted(server.url("data"), target))
        (asked,) = server.asked
    assert asked.headers["user-agent"] == f"creneau/{version('creneau')}"
    assert asked.headers["accept-encoding"] == "identity"


def test_a_file_that_is_there_is_not_asked_for(target):
    target.parent.mkdir()
    target.write_bytes(b"mine")
    with FileServer(data=Served(BODY)) as server:
        fetched = fetch(wanted(server.url("data"), target))
        assert server.asked == []
    assert (fetched.status, fetched.size_bytes, fetched.sha256) == ("present", 4, None)
    assert target.read_bytes() == b"mine"


def test_a_file_that_is_there_is_checked_where_its_checksum_is_stated(target):
    target.parent.mkdir()
    target.write_bytes(BODY)
    with FileServer(data=Served(BODY)) as server:
        good = fetch(wanted(server.url("data"), target, sha256=sha256(BODY)))
        problem = refusal(wanted(server.url("data"), target, sha256=sha256(b"other")))
        assert server.asked == []
    assert (good.status, good.sha256) == ("present", sha256(BODY))
    assert sha256(b"other") in problem.found
    assert "--again" in problem.mend
    assert target.read_bytes() == BODY


def test_again_replaces_the_file_that_is_there_once_the_new_one_is_whole(target):
    target.parent.mkdir()
    target.write_bytes(b"old")
    with FileServer(data=Served(BODY, cuts=[1000])) as server:
        stop = StopAt(500)
        with pytest.raises(Cancelled):
            fetch(wanted(server.url("data"), target), again=True, progress=stop)
        assert target.read_bytes() == b"old"
        assert fetch(wanted(server.url("data"), target), again=True).status == "fetched"
    assert target.read_bytes() == BODY


def test_progress_counts_bytes_up_to_the_total(target):
    stop = StopAt()
    with FileServer(data=Served(BODY)) as server:
        fetch(wanted(server.url("data"), target), progress=stop)
    counts = [done for _, done, _ in stop.told]
    assert counts == sorted(counts)
    assert (counts[0], counts[-1]) == (0, len(BODY))
    assert {(stage, total) for stage, _, total in stop.told} == {("city/data.bin", len(BODY))}


def test_a_file_without_a_stated_length_arrives_too(target):
    with FileServer(data=Served(BODY, has_length=False)) as server:
        fetched = fetch(wanted(server.url("data"), target))
    assert fetched.size_bytes == len(BODY)
    assert target.read_bytes() == BODY


def test_a_server_that_compresses_on_the_way_all_the_same_is_understood(target):
    packed = Served(gzip.compress(BODY), headers={"Content-Encoding": "gzip"})
    with FileServer(data=packed, table=packed) as server:
        fetch(wanted(server.url("data"), target))
        own = target.with_name("table.csv.gz")
        fetch(Wanted(name="table.csv.gz", url=server.url("table"), path=own))
    assert target.read_bytes() == BODY
    assert gzip.decompress(own.read_bytes()) == BODY  # a .gz stays what it is


# Going on where it broke off


def test_a_download_that_breaks_off_goes_on_where_it_was(target):
    with FileServer(data=Served(BODY, cuts=[200_000, 300_000])) as server:
        fetched = fetch(wanted(server.url("data"), target))
        ranges = [asked.range for asked in server.asked]
        conditions = [asked.headers.get("if-range") for asked in server.asked]
    assert target.read_bytes() == BODY
    assert ranges[0] is None
    first, second = (int(text.removeprefix("bytes=").rstrip("-")) for text in ranges[1:])
    assert 0 < first <= 200_000 < second <= 500_000
    assert conditions == [None, '"one"', '"one"']
    assert fetched.resumed_from == second


def test_a_cancelled_download_keeps_its_part_and_the_next_one_goes_on(target):
    with FileServer(data=Served(BODY)) as server:
        item = wanted(server.url("data"), target)
        stop_after(item, 300_000)
        assert left_in(target) == ["data.bin.part", "data.bin.part.json"]
        had = (target.parent / "data.bin.part").stat().st_size
        assert 300_000 <= had < len(BODY)
        fetched = fetch(item)
        assert server.asked[1].range == f"bytes={had}-"
    assert fetched.resumed_from == had
    assert target.read_bytes() == BODY
    assert left_in(target) == ["data.bin", "data.bin.source.json"]


def test_a_server_with_a_date_and_no_etag_is_resumed_by_the_date(target):
    date = "Thu, 14 Mar 2019 08:00:00 GMT"
    with FileServer(data=Served(BODY, etag=None, last_modified=date, cuts=[200_000])) as server:
        fetched = fetch(wanted(server.url("data"), target))
        assert server.asked[1].headers["if-range"] == date
    assert fetched.resumed_from > 0
    assert target.read_bytes() == BODY


def test_a_weak_etag_is_no_condition_for_a_range(target):
    date = "Thu, 14 Mar 2019 08:00:00 GMT"
    weak = Served(BODY, etag='W/"one"', last_modified=date, cuts=[200_000])
    with FileServer(data=weak) as server:
        fetch(wanted(server.url("data"), target))
        assert server.asked[1].headers["if-range"] == date
    assert target.read_bytes() == BODY


def test_without_etag_date_or_checksum_it_starts_again(target):
    with FileServer(data=Served(BODY, etag=None, cuts=[200_000])) as server:
        fetched = fetch(wanted(server.url("data"), target))
        assert [asked.range for asked in server.asked] == [None, None]
    assert fetched.resumed_from == 0
    assert target.read_bytes() == BODY


def test_a_stated_checksum_is_enough_to_go_on(target):
    with FileServer(data=Served(BODY, etag=None, cuts=[200_000])) as server:
        fetched = fetch(wanted(server.url("data"), target, sha256=sha256(BODY)))
        assert server.asked[1].range is not None
        assert "if-range" not in server.asked[1].headers
    assert fetched.resumed_from > 0
    assert target.read_bytes() == BODY


def test_a_server_without_ranges_starts_again(target):
    with FileServer(data=Served(BODY, has_ranges=False, cuts=[200_000])) as server:
        fetched = fetch(wanted(server.url("data"), target))
        assert len(server.asked) == 2
    assert fetched.resumed_from == 0
    assert target.read_bytes() == BODY


@pytest.mark.parametrize("checks_version", [True, False])
def test_a_file_that_changed_meanwhile_starts_again(target, checks_version):
    with FileServer(data=Served(BODY)) as server:
        item = wanted(server.url("data"), target)
        stop_after(item, 300_000)
        newer = bytes(reversed(BODY))
        server.files["/data"] = Served(newer, etag='"two"', checks_version=checks_version)
        fetched = fetch(item)
    assert fetched.resumed_from == 0
    assert target.read_bytes() == newer


def test_a_file_of_another_length_under_the_same_version_starts_again(target):
    with FileServer(data=Served(BODY)) as server:
        item = wanted(server.url("data"), target)
        stop_after(item, 300_000)
        server.files["/data"] = Served(BODY + b"more")
        fetch(item)
    assert target.read_bytes() == BODY + b"more"


def test_a_part_longer_than_the_file_is_dropped(target):
    with FileServer(data=Served(BODY)) as server:
        item = wanted(server.url("data"), target)
        stop_after(item, 900_000)
        server.files["/data"] = Served(BODY[:1000])
        fetch(item)
    assert target.read_bytes() == BODY[:1000]


def test_a_part_that_was_whole_already_is_only_put_in_place(target):
    with FileServer(data=Served(BODY)) as server:
        item = wanted(server.url("data"), target)
        stop_after(item, len(BODY))
        assert fetch(item).resumed_from == len(BODY)
        assert server.asked[1].range == f"bytes={len(BODY)}-"
    assert target.read_bytes() == BODY


def test_a_part_of_another_address_is_not_gone_on_with(target):
    with FileServer(data=Served(BODY), other=Served(b"other" * 100_000)) as server:
        stop_after(wanted(server.url("data"), target), 300_000)
        fetch(wanted(server.url("other"), target))
        assert server.asked[1].range is None
    assert target.read_bytes() == b"other" * 100_000


@pytest.mark.parametrize("note", ["", "{", "[1]", '{"etag": 1}', '{"strange": 2}'])
def test_a_broken_note_about_the_part_starts_again(target, note):
    with FileServer(data=Served(BODY)) as server:
        item = wanted(server.url("data"), target)
        stop_after(item, 300_000)
        (target.parent / "data.bin.part.json").write_text(note, encoding="utf-8")
        fetch(item)
    assert target.read_bytes() == BODY


def test_pieces_that_do_not_make_the_stated_file_are_fetched_once_more_in_one(target):
    with FileServer(data=Served(BODY)) as server:
        item = wanted(server.url("data"), target, sha256=sha256(BODY))
        stop_after(item, 300_000)
        part = target.parent / "data.bin.part"
        part.write_bytes(b"x" * part.stat().st_size)
        fetched = fetch(item)
        assert [asked.range is None for asked in server.asked] == [True, False, True]
    assert fetched.resumed_from == 0
    assert target.read_bytes() == BODY
