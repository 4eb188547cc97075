"""One file from a server to the disk: resumed where it broke off, checked before it counts.

References
----------
RFC 9110, HTTP Semantics, 2022: sections 13.1.5 (If-Range), 14 (ranges), 15.3.7 (206), 15.5.17
(416).
"""

from __future__ import annotations

import datetime as dt
import shutil
import time
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import httpx

from api.fetching.client import FetchSettings, request
from api.fetching.complaints import (
    TRANSIENT_STATUSES,
    Interrupted,
    Refused,
    explain_failure,
    explain_status,
    is_hopeless,
    is_offline,
)
from api.fetching.files import (
    Fetched,
    PartFile,
    Version,
    hash_file,
    looks_wrong,
    unwritable,
    write_source,
)
from api.fetching.headers import (
    is_decoded,
    is_encoded,
    may_resume,
    range_headers,
    read_range,
    read_version,
    read_wait,
)
from network.base import InputError, no_progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from api.fetching.files import Wanted
    from network.base import Progress

_LOOK_BYTES = 32 << 20  # how often the room left is looked at
_STEP_S = 0.2  # how often a wait looks whether it is cancelled


@dataclass(frozen=True, slots=True, kw_only=True)
class _Received:
    """A whole file in its part: of which version, from which address, resumed at which byte."""

    version: Version
    address: str
    resumed_from: int


def fetch_file(
    wanted: Wanted,
    client: httpx.Client,
    *,
    settings: FetchSettings | None = None,
    again: bool = False,
    progress: Progress = no_progress,
) -> Fetched:
    """Download one file, unless it is there already.

    What has come is kept in ``<file>.part`` when the download breaks off or is cancelled, and
    the next one goes on from there if the server still has the same version. The file appears
    whole, under its name, once its length, its checksum (where one is stated) and its first
    bytes are right.

    Parameters
    ----------
    again
        Fetch it also if it is there already; the file there stays until the new one is whole.
    progress
        Called with the file's name, bytes that have come, bytes in all (0 where unknown);
        raising :class:`network.base.Cancelled` from it stops and keeps the part.

    Raises
    ------
    InputError
        If it cannot be had: names the address, what went wrong and what to do.
    """
    rules = settings or FetchSettings()
    started = time.monotonic()
    try:
        if _is_there(wanted) and not again:
            return _check_present(wanted)
        with PartFile(wanted) as part:
            if _is_there(wanted) and not again:  # another download has just finished
                part.remove()
                return _check_present(wanted)
            received, sha256 = _receive(wanted, client, rules, part, progress)
            size = part.size
            part.finish()
        write_source(wanted, _describe(wanted, received, size, sha256))
    except Refused as refused:
        raise InputError(refused.problem) from None
    except OSError as error:
        raise unwritable(wanted, error) from None
    return Fetched(
        wanted=wanted,
        status="fetched",
        size_bytes=size,
        sha256=sha256,
        resumed_from=received.resumed_from,
        seconds=time.monotonic() - started,
    )


def _is_there(wanted: Wanted) -> bool:
    return wanted.path.exists() and wanted.path.stat().st_size > 0


def _check_present(wanted: Wanted) -> Fetched:
    """Return a file that is there already, its checksum checked where one is stated."""
    sha256 = hash_file(wanted.path) if wanted.sha256 else None
    if sha256 != wanted.sha256:
        found = f"another file at {wanted.path}: its SHA-256 is {sha256}, not {wanted.sha256}"
        raise Refused(wanted, found, mend="Move it away, or fetch with --again.")
    return Fetched(
        wanted=wanted, status="present", size_bytes=wanted.path.stat().st_size, sha256=sha256
    )


def _receive(
    wanted: Wanted,
    client: httpx.Client,
    rules: FetchSettings,
    part: PartFile,
    progress: Progress,
) -> tuple[_Received, str]:
    """Fill the part and check it; return what came and its checksum."""
    received = _try_on(wanted, client, rules, part, progress)
    sha256 = part.hash()
    if wanted.sha256 not in (None, sha256) and received.resumed_from:
        part.drop()  # perhaps the pieces were not of one version: once more, in one piece
        received = _try_on(wanted, client, rules, part, progress)
        sha256 = part.hash()
    if wanted.sha256 not in (None, sha256):
        bad = part.finish(bad=True)
        found = f"another file than stated: SHA-256 {sha256}, expected {wanted.sha256}"
        raise Refused(wanted, f"{found}; it is set aside as {bad.name}")
    if looks_wrong(part.path, wanted.path.name):
        bad = part.finish(bad=True)
        kind = wanted.path.suffix.lstrip(".") or "file"
        raise Refused(wanted, f"something that is no {kind}; it is set aside as {bad.name}")
    return received, sha256


def _try_on(
    wanted: Wanted,
    client: httpx.Client,
    rules: FetchSettings,
    part: PartFile,
    progress: Progress,
) -> _Received:
    """Try until the whole file is in the part, or too many tries brought too little."""
    failures = 0
    had, was_reached = part.size, False
    while True:
        try:
            received = _attempt(wanted, client, rules, part, progress)
            if received is not None:
                return received
            interrupted = Interrupted(Refused(wanted, "a server that takes its parts back"))
        except Interrupted as error:
            interrupted = error
        was_reached = was_reached or not interrupted.is_offline
        if part.size - had >= rules.least_gain_bytes:
            failures = 0
        failures, had = failures + 1, max(had, part.size)
        # One that was never reached is offline, or the address is wrong: said at once.
        if failures >= rules.attempts or not was_reached:
            raise interrupted.refused
        wait_s = interrupted.wait_s or rules.backoff_s * 2 ** (failures - 1)
        _wait(min(wait_s, rules.max_wait_s), partial(progress, wanted.name, had, 0))


def _attempt(
    wanted: Wanted,
    client: httpx.Client,
    rules: FetchSettings,
    part: PartFile,
    progress: Progress,
) -> _Received | None:
    """Ask once and take what comes; None if the part was worth nothing and is gone."""
    version = part.read_version()
    offset = part.size if version is not None and may_resume(wanted, version) else 0
    gained = 0
    try:
        response = request(
            client, wanted, range_headers(version, offset), max_redirects=rules.max_redirects
        )
        with closing(response):
            address = str(response.request.url)
            begun = _begin(wanted, response, part, version, offset)
            if begun is None:
                return None
            version, offset = begun
            _check_room(wanted, rules, version.total or wanted.size_bytes or 0, offset)
            progress(wanted.name, offset, version.total or 0)
            for chunk in _chunks(response, wanted):
                part.handle.write(chunk)
                gained += len(chunk)
                if gained % _LOOK_BYTES < len(chunk):
                    _check_room(wanted, rules, version.total or 0, offset + gained)
                progress(wanted.name, offset + gained, version.total or 0)
    except httpx.HTTPError as error:
        refused = explain_failure(wanted, error)
        if is_hopeless(error):
            raise refused from None
        raise Interrupted(refused, is_offline=is_offline(error)) from None
    if version.total is not None and offset + gained != version.total:
        found = f"{offset + gained} bytes of {version.total}"
        raise Interrupted(Refused(wanted, found, mend="Try again: what has come is kept."))
    return _Received(version=version, address=address, resumed_from=offset)


def _begin(
    wanted: Wanted,
    response: httpx.Response,
    part: PartFile,
    known: Version | None,
    offset: int,
) -> tuple[Version, int] | None:
    """Return which version comes from which byte; None if the part was dropped.

    Raises
    ------
    Refused, Interrupted
        If the answer is no file.
    """
    status = response.status_code
    if status == 206 and known is not None and offset:
        start, total = read_range(response)
        coming = replace(read_version(wanted, response), total=total)
        if start == offset and not coming.differs(known) and not is_encoded(response):
            part.handle.seek(offset)
            part.handle.truncate()
            return replace(known, total=total if total is not None else known.total), offset
        part.drop()
        return None
    if status == 416 and offset:
        _, total = read_range(response)
        if total == offset and known is not None and known.total in (None, total):
            return replace(known, total=total), offset  # nothing was missing
        part.drop()
        return None
    if status != 200:
        raise _explain(wanted, response)
    kind = response.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind in ("text/html", "application/xhtml+xml") and not wanted.name.endswith(".html"):
        mend = "Open the address in a browser: it may ask something first."
        raise Refused(wanted, "a web page in place of the file", mend=mend)
    version = read_version(wanted, response)
    part.begin(version)
    return version, 0


def _explain(wanted: Wanted, response: httpx.Response) -> Refused | Interrupted:
    refused = explain_status(wanted, response)
    if response.status_code in TRANSIENT_STATUSES:
        return Interrupted(refused, wait_s=read_wait(response))
    return refused


def _chunks(response: httpx.Response, wanted: Wanted) -> Iterator[bytes]:
    if response.status_code == 416:
        return iter(())
    return response.iter_bytes() if is_decoded(response, wanted) else response.iter_raw()


def _check_room(wanted: Wanted, rules: FetchSettings, total: int, done: int) -> None:
    """Refuse to fill the disk; ``total`` is 0 where nobody knows how much will come."""
    needed = max(0, total - done) + rules.spare_bytes
    free = shutil.disk_usage(wanted.path.parent).free
    if free < needed:
        found = f"{free / 1e6:,.0f} MB free in {wanted.path.parent}, {needed / 1e6:,.0f} MB needed"
        raise Refused(wanted, found, mend="Make room, or set CRENEAU_DATA to another folder.")


def _wait(seconds: float, look: Callable[[], None]) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        look()
        time.sleep(min(left, _STEP_S))


def _describe(wanted: Wanted, received: _Received, size: int, sha256: str) -> dict[str, object]:
    return {
        "url": wanted.url,
        "address": received.address,
        "fetched": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "bytes": size,
        "sha256": sha256,
        "etag": received.version.etag,
        "last_modified": received.version.last_modified,
        "licence": wanted.licence,
        "licence_url": wanted.licence_url,
    }
