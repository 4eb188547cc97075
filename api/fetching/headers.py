"""What the headers of a download say: which version comes, which bytes of it, when to retry.

References
----------
RFC 9110, HTTP Semantics, 2022: sections 8.8 (validators), 10.2.3 (Retry-After), 13.1.5
(If-Range), 14.4 (Content-Range).
"""

from __future__ import annotations

import datetime as dt
import re
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from api.fetching.files import Version

if TYPE_CHECKING:
    import httpx

    from api.fetching.files import Wanted

_CONTENT_RANGE = re.compile(r"bytes\s+(?:(\d+)-(\d+)|\*)/(\d+|\*)")


def may_resume(wanted: Wanted, version: Version) -> bool:
    """Return whether a wrong continuation would be noticed: by the server, or by checksum."""
    return version.validator is not None or wanted.sha256 is not None


def range_headers(version: Version | None, offset: int) -> dict[str, str]:
    """Return what asks for the rest of a version from a byte on; nothing from byte 0."""
    if not offset or version is None:
        return {}
    headers = {"Range": f"bytes={offset}-"}
    if version.validator is not None:
        headers["If-Range"] = version.validator
    return headers


def read_version(wanted: Wanted, response: httpx.Response) -> Version:
    """Return which version an answer is, as far as the server says."""
    length = response.headers.get("content-length", "")
    if is_decoded(response, wanted):  # its bytes are not the file's: nothing to go on from
        return Version(url=wanted.url)
    is_whole = response.status_code == 200 and length.isdigit()
    return Version(
        url=wanted.url,
        etag=response.headers.get("etag"),
        last_modified=response.headers.get("last-modified"),
        total=int(length) if is_whole else None,
    )


def read_range(response: httpx.Response) -> tuple[int | None, int | None]:
    """Return the first byte and the total of a Content-Range, None for what it lacks."""
    match = _CONTENT_RANGE.match(response.headers.get("content-range", ""))
    if match is None:
        return None, None
    start, _, total = match.groups()
    return None if start is None else int(start), int(total) if total.isdigit() else None


def read_wait(response: httpx.Response) -> float | None:
    """Return for how many seconds a server asks to be left alone."""
    text = response.headers.get("retry-after", "").strip()
    if text.isdigit():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=dt.UTC)
    return max(0.0, (until - dt.datetime.now(dt.UTC)).total_seconds()) or None


def is_encoded(response: httpx.Response) -> bool:
    """Return whether what comes is compressed."""
    encoding: str = response.headers.get("content-encoding", "identity")
    return encoding.strip().lower() != "identity"


def is_decoded(response: httpx.Response, wanted: Wanted) -> bool:
    """Return whether what comes is compressed on the way; a .gz may be so by itself."""
    return is_encoded(response) and wanted.path.suffix != ".gz"
