"""The HTTP client, how patient it is, and one request with its redirects."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

import httpx

from api.fetching.complaints import Refused, complain_of_settings
from network.base import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api.fetching.files import Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchSettings:
    """How patient a download is, and how much room it leaves on the disk.

    ``attempts`` counts tries in a row that brought less than ``least_gain_bytes``. Waits
    between them double from ``backoff_s``; a server that says when to come back is obeyed up
    to ``max_wait_s``.
    """

    attempts: int = 5
    backoff_s: float = 1.0
    max_wait_s: float = 60.0
    connect_timeout_s: float = 20.0
    read_timeout_s: float = 60.0
    max_redirects: int = 10
    least_gain_bytes: int = 1 << 20
    spare_bytes: int = 256 << 20

    def __post_init__(self) -> None:
        if self.attempts < 1 or min(self.connect_timeout_s, self.read_timeout_s) <= 0:
            msg = "attempts and timeouts must be positive"
            raise ValueError(msg)


def open_client(
    settings: FetchSettings | None = None, *, transport: httpx.BaseTransport | None = None
) -> httpx.Client:
    """Return a client that says which program it is and honours HTTPS_PROXY and the like.

    Files are asked for as they are stored (no compression on the way): a part of a file must
    be a part of what was there before.

    Raises
    ------
    InputError
        If the environment names a proxy or certificates that cannot be used.
    """
    rules = settings or FetchSettings()
    try:
        return httpx.Client(
            headers={"User-Agent": f"creneau/{version('creneau')}", "Accept-Encoding": "identity"},
            timeout=httpx.Timeout(rules.read_timeout_s, connect=rules.connect_timeout_s),
            follow_redirects=False,
            transport=transport,
        )
    except (ValueError, OSError, ImportError, httpx.InvalidURL) as error:
        raise InputError(complain_of_settings(error)) from None


def request(
    client: httpx.Client, wanted: Wanted, headers: Mapping[str, str], *, max_redirects: int
) -> httpx.Response:
    """Return the open response of a file's address, redirects followed; the caller closes it.

    Raises
    ------
    Refused
        If a redirect leads from https to http, nowhere, or on and on.
    httpx.HTTPError
        If the connection fails.
    """
    try:
        message = client.build_request("GET", wanted.url, headers=dict(headers))
    except httpx.InvalidURL as error:
        raise Refused(wanted, f"an address that cannot be asked ({error})") from None
    for _ in range(max_redirects + 1):
        response = client.send(message, stream=True)
        if not response.is_redirect:
            return response
        response.close()
        following = response.next_request
        if following is None or following.url.scheme not in ("http", "https"):
            raise Refused(wanted, f"a redirect to {response.headers['location'][:200]!r}")
        if message.url.scheme == "https" and following.url.scheme == "http":
            raise Refused(
                wanted, f"a redirect from https to {following.url}, which anyone can read"
            )
        message = following
    raise Refused(wanted, f"more than {max_redirects} redirects")
