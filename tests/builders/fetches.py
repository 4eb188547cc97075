"""Downloads in tests: a file of about a megabyte, quick settings, what is left on the disk."""

import hashlib

import pytest

from api.fetching import Fetched, FetchSettings, Wanted, fetch_file, open_client
from network.base import Cancelled, InputError

BODY = bytes(range(256)) * 4000  # about a megabyte
QUICK = FetchSettings(
    attempts=3, backoff_s=0.01, read_timeout_s=5, least_gain_bytes=1000, spare_bytes=0
)
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


def forget_proxies(monkeypatch):
    """Let no proxy of whoever runs the tests stand between them and the local server."""
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def wanted(url, target, **options):
    return Wanted(name="city/data.bin", url=url, path=target, **options)


def sha256(body):
    return hashlib.sha256(body).hexdigest()


def fetch(item, *, transport=None, settings=QUICK, **options) -> Fetched:
    with open_client(settings, transport=transport) as client:
        return fetch_file(item, client, settings=settings, **options)


def refusal(item, **options):
    with pytest.raises(InputError) as caught:
        fetch(item, **options)
    (problem,) = caught.value.problems
    assert problem.file == item.url
    assert f"etch it by hand and put it at {item.path}" in problem.mend
    return problem


def left_in(target):
    return sorted(path.name for path in target.parent.iterdir()) if target.parent.exists() else []


class StopAt:
    """Progress that cancels once so many bytes are here, and keeps what it was told."""

    def __init__(self, done=None) -> None:
        self._limit = done
        self.told = []

    def __call__(self, stage, done, total):
        self.told.append((stage, done, total))
        if self._limit is not None and done >= self._limit:
            raise Cancelled


def stop_after(item, done):
    with pytest.raises(Cancelled):
        fetch(item, progress=StopAt(done))
