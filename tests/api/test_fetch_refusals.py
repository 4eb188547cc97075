"""Downloads that cannot be: refused, offline, led astray, without room, two at once."""

import json
import socket
import threading
from types import SimpleNamespace

import httpx
import pytest

from api.fetching import FetchSettings, Wanted, files, open_client
from api.fetching import transfer as transfer_module
from network.base import Cancelled, InputError
from tests.builders.fetches import (
    BODY,
    QUICK,
    fetch,
    forget_proxies,
    left_in,
    refusal,
    sha256,
    wanted,
)
from tests.builders.fileserver import FileServer, Served


@pytest.fixture(autouse=True)
def _no_proxy_from_outside(monkeypatch):
    forget_proxies(monkeypatch)


@pytest.fixture
def target(tmp_path):
    return tmp_path / "city" / "data.bin"


# What is refused


def test_a_wrong_checksum_sets_the_file_aside(target):
    with FileServer(data=Served(BODY)) as server:
        problem = refusal(wanted(server.url("data"), target, sha256=sha256(b"other")))
        assert len(server.asked) == 1
    assert sha256(BODY) in problem.found
    assert sha256(b"other") in problem.found
    assert left_in(target) == ["data.bin.bad"]
    assert (target.parent / "data.bin.bad").read_bytes() == BODY


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("feed.zip", b"<p>no zip"),
        ("city.osm.pbf", b"PK\x03\x04 no extract"),
        ("table.csv.gz", b"a;b\n"),
        ("zones.geojson", b"no json"),
        ("any.csv", b""),
    ],
)
def test_something_else_than_the_name_says_is_set_aside(tmp_path, name, body):
    with FileServer(data=Served(body)) as server:
        item = Wanted(name=name, url=server.url("data"), path=tmp_path / name)
        with pytest.raises(InputError, match="something that is no"):
            fetch(item)
    assert [path.name for path in tmp_path.iterdir()] == [f"{name}.bad"]


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("feed.zip", b"PK\x03\x04rest"),
        ("city.osm.pbf", b"\x00\x00\x00\x0e\x0a\x09OSMHeader\x18"),
        ("table.csv.gz", b"\x1f\x8brest"),
        ("zones.geojson", b'\xef\xbb\xbf\n {"type": 1}'),
        ("any.csv", b"a;b\n"),
    ],
)
def test_the_kinds_of_file_that_packs_name_are_accepted(tmp_path, name, body):
    with FileServer(data=Served(body)) as server:
        fetch(Wanted(name=name, url=server.url("data"), path=tmp_path / name))
    assert (tmp_path / name).read_bytes() == body


def test_a_web_page_in_place_of_the_file_is_refused(target):
    page = Served(b"<html>Sign in</html>", headers={"Content-Type": "text/html; charset=utf-8"})
    with FileServer(data=page) as server:
        problem = refusal(wanted(server.url("data"), target))
    assert problem.found == "a web page in place of the file"
    assert left_in(target) == []


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (404, "it has no such file (404)"),
        (403, "it refuses this file (403)"),
        (410, "gone"),
        (401, "it asks who you are (401)"),
        (418, "it answers something else (418"),
    ],
)
def test_an_answer_that_another_try_does_not_mend_ends_at_once(target, status, word):
    with FileServer(data=Served(BODY, statuses=[status])) as server:
        problem = refusal(wanted(server.url("data"), target))
        assert len(server.asked) == 1
    assert word in problem.found
    assert "127.0.0.1 was reached" in problem.found
    assert f"put it at {target}" in problem.mend
    assert left_in(target) == []


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429, 408])
def test_a_passing_fault_of_the_server_is_tried_again(target, status):
    with FileServer(data=Served(BODY, statuses=[status, status])) as server:
        assert fetch(wanted(server.url("data"), target)).status == "fetched"
        assert len(server.asked) == 3


def test_a_lasting_fault_of_the_server_is_said_after_the_last_try(target):
    with FileServer(data=Served(BODY, statuses=[500] * 9)) as server:
        problem = refusal(wanted(server.url("data"), target))
        assert len(server.asked) == QUICK.attempts
    assert "it has a fault (500 Internal Server Error)" in problem.found
    assert problem.mend.startswith("Try again later: what has come is kept. Or: fetch it by hand")


def test_a_connection_that_brings_too_little_each_time_is_given_up(target):
    with FileServer(data=Served(BODY, cuts=[10] * 50)) as server:
        problem = refusal(wanted(server.url("data"), target))
        assert len(server.asked) == QUICK.attempts
    assert "broke off" in problem.found
    assert left_in(target) == ["data.bin.part", "data.bin.part.json"]


def test_a_connection_that_breaks_often_but_brings_much_is_not_given_up(target):
    with FileServer(data=Served(BODY, cuts=[120_000] * 50)) as server:
        fetch(wanted(server.url("data"), target))
        assert len(server.asked) > QUICK.attempts
    assert target.read_bytes() == BODY


def test_a_silent_server_is_tried_again_then_said_to_be_silent(target):
    impatient = FetchSettings(attempts=2, backoff_s=0.01, read_timeout_s=0.1, spare_bytes=0)
    with FileServer(data=Served(BODY, delay_s=0.5)) as server:
        problem = refusal(wanted(server.url("data"), target), settings=impatient)
        assert len(server.asked) == 2
    assert problem.found == "no answer from 127.0.0.1 in time"


def test_a_server_that_says_when_to_come_back_is_obeyed_up_to_a_limit(target, monkeypatch):
    waits = []
    monkeypatch.setattr(transfer_module, "_wait", lambda seconds, _look: waits.append(seconds))
    busy = Served(BODY, statuses=[503], headers={"Retry-After": "7"})
    date = "Fri, 01 Jan 2100 00:00:00 GMT"
    long = Served(BODY, statuses=[429], headers={"Retry-After": date})
    odd = Served(BODY, statuses=[429, 429], headers={"Retry-After": "soon"})
    with FileServer(busy=busy, long=long, odd=odd) as server:
        for name in ("busy", "long", "odd"):
            fetch(wanted(server.url(name), target), again=True)
    assert waits == [7.0, QUICK.max_wait_s, QUICK.backoff_s, 2 * QUICK.backoff_s]


def test_a_wait_between_tries_can_be_cancelled(target):
    calls = []

    def progress(_stage, _done, _total):
        calls.append(1)
        raise Cancelled

    with FileServer(data=Served(BODY, statuses=[503], headers={"Retry-After": "50"})) as server:
        with pytest.raises(Cancelled):
            fetch(wanted(server.url("data"), target), progress=progress)
        assert len(server.asked) == 1
    assert calls == [1]


def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_refused_connection_is_said_at_once(target):
    settings = FetchSettings(backoff_s=30, spare_bytes=0)
    problem = refusal(wanted(f"http://127.0.0.1:{closed_port()}/x", target), settings=settings)
    assert problem.found == "no connection to 127.0.0.1 (Connection refused)"
    assert left_in(target) == []


def test_a_machine_that_is_offline_is_told_so_at_once(target, monkeypatch):
    def no_names(*_args, **_options):
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", no_names)
    settings = FetchSettings(backoff_s=30, spare_bytes=0)
    problem = refusal(wanted("https://data.example/feed.zip", target), settings=settings)
    assert problem.found == "no address for data.example: is this machine online?"
    assert f"put it at {target}" in problem.mend


def test_a_connection_without_security_is_refused_at_once(target):
    with FileServer(data=Served(BODY)) as server:
        url = server.url("data").replace("http:", "https:")
        problem = refusal(wanted(url, target))
    assert problem.found.startswith("no secure connection to 127.0.0.1 (")
    assert "SSL_CERT_FILE" in problem.mend


@pytest.mark.parametrize("url", ["http://", "http://exa mple/x", "https://[::1/x", "http://a:x/"])
def test_an_address_that_cannot_be_asked_is_refused(target, url):
    problem = refusal(wanted(url, target))
    assert "address" in problem.found or "connection" in problem.found


# Redirects and proxies


def test_redirects_are_followed_and_the_last_address_noted(target):
    with FileServer(data=Served(BODY, cuts=[200_000])) as server:
        server.files["/old"] = Served(b"", redirect="/new")
        server.files["/new"] = Served(b"", redirect=server.url("data"))
        fetched = fetch(wanted(server.url("old"), target))
        assert [asked.path for asked in server.asked] == ["/old", "/new", "/data"] * 2
        assert server.asked[5].range == f"bytes={fetched.resumed_from}-"
        note = json.loads((target.parent / "data.bin.source.json").read_text(encoding="utf-8"))
        assert (note["url"], note["address"]) == (server.url("old"), server.url("data"))
    assert target.read_bytes() == BODY


def test_redirects_without_end_are_refused(target):
    with FileServer(data=Served(b"", redirect="/data")) as server:
        problem = refusal(wanted(server.url("data"), target))
        assert len(server.asked) == QUICK.max_redirects + 1
    assert problem.found == "more than 10 redirects"


@pytest.mark.parametrize(
    ("location", "found"),
    [
        ("http://data.example/x", "a redirect from https to http://data.example/x, which anyone"),
        ("ftp://data.example/x", "a redirect to 'ftp://data.example/x'"),
        ("file:///etc/passwd", "a redirect to 'file:///etc/passwd'"),
    ],
)
def test_a_redirect_out_of_the_secure_web_is_refused(target, location, found):
    asked = []

    def answer(request):
        asked.append(str(request.url))
        return httpx.Response(302, headers={"Location": location})

    item = wanted("https://secure.example/x", target)
    problem = refusal(item, transport=httpx.MockTransport(answer))
    assert problem.found.startswith(found)
    assert asked == ["https://secure.example/x"]


def test_the_proxy_of_the_environment_is_used(target, monkeypatch):
    with FileServer() as proxy:
        proxy.files["http://data.example/feed"] = Served(BODY)
        monkeypatch.setenv("HTTP_PROXY", proxy.url(""))
        fetch(wanted("http://data.example/feed", target))
        assert proxy.asked[0].path == "http://data.example/feed"
        monkeypatch.setenv("HTTPS_PROXY", proxy.url(""))
        problem = refusal(wanted("https://data.example/feed", target.with_name("two")))
        assert (proxy.asked[1].method, proxy.asked[1].path) == ("CONNECT", "data.example:443")
        assert len(proxy.asked) == 2
    assert target.read_bytes() == BODY
    assert problem.found.startswith("the proxy does not connect to data.example (403")
    assert "HTTPS_PROXY" in problem.mend


def test_a_proxy_that_cannot_be_used_is_named(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "nonsense://proxy")
    with pytest.raises(InputError, match="HTTPS_PROXY"):
        open_client()


# The disk


def test_a_full_disk_is_told_before_anything_comes(target, monkeypatch):
    usage = SimpleNamespace(free=10)
    monkeypatch.setattr(transfer_module.shutil, "disk_usage", lambda _path: usage)
    with FileServer(data=Served(BODY)) as server:
        problem = refusal(wanted(server.url("data"), target))
    assert problem.found == f"0 MB free in {target.parent}, 1 MB needed"
    assert left_in(target) == []


def test_a_disk_that_fills_up_meanwhile_keeps_the_part(target, monkeypatch):
    class Full:
        """A handle whose disk is full after a while."""

        def __init__(self, handle) -> None:
            self._handle = handle
            self._left = 400_000

        def write(self, data):
            self._left -= len(data)
            if self._left < 0:
                raise OSError(28, "No space left on device")
            return self._handle.write(data)

        def __getattr__(self, name):
            return getattr(self._handle, name)

    opened = files.PartFile._open
    with FileServer(data=Served(BODY)) as server:
        item = wanted(server.url("data"), target)
        with monkeypatch.context() as patch:
            patch.setattr(files.PartFile, "_open", lambda self: Full(opened(self)))
            with pytest.raises(InputError, match="No space left on device") as caught:
                fetch(item)
        assert caught.value.problems[0].file == str(target)
        assert 0 < (target.parent / "data.bin.part").stat().st_size <= 400_000
        assert fetch(item).resumed_from > 0
    assert target.read_bytes() == BODY


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "city").write_text("a file", encoding="utf-8")
    item = wanted("http://127.0.0.1:1/x", tmp_path / "city" / "data.bin")
    with pytest.raises(InputError, match="cannot be written"):
        fetch(item)


def test_two_downloads_of_one_file_at_once_are_told_apart(target):
    arrived, release = threading.Event(), threading.Event()

    def hold(_stage, done, _total):
        if done:
            arrived.set()
            release.wait(10)

    outcomes = []
    with FileServer(data=Served(BODY)) as server:
        item = wanted(server.url("data"), target)
        first = threading.Thread(target=lambda: outcomes.append(fetch(item, progress=hold)))
        first.start()
        assert arrived.wait(10)
        with pytest.raises(InputError, match="another download of it under way"):
            fetch(item)
        release.set()
        first.join(10)
        assert outcomes[0].status == "fetched"
        assert fetch(item).status == "present"
        assert len(server.asked) == 1
    assert target.read_bytes() == BODY


def test_settings_without_patience_are_refused():
    with pytest.raises(ValueError, match="must be positive"):
        FetchSettings(attempts=0)
    with pytest.raises(ValueError, match="must be positive"):
        FetchSettings(read_timeout_s=0)
