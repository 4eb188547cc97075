"""What goes wrong with a download, said so that its reader knows what to do."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

import httpx

from network.base import Problem

if TYPE_CHECKING:
    from api.fetching.files import Wanted

TRANSIENT_STATUSES = (408, 425, 429, 500, 502, 503, 504)
"""Answers that another try a little later may better (RFC 9110, RFC 6585)."""

_STATUSES = {
    401: "it asks who you are (401)",
    403: "it refuses this file (403)",
    404: "it has no such file (404)",
    407: "the proxy asks who you are (407)",
    410: "the file is gone (410)",
    429: "it is asked too often (429)",
    451: "it may not give this file (451)",
}


class Refused(Exception):  # noqa: N818 - it ends the download, whoever is to blame
    """A download that cannot go on, with what is to be said about it."""

    def __init__(self, wanted: Wanted, found: str, *, mend: str = "") -> None:
        super().__init__(found)
        by_hand = f"Fetch it by hand and put it at {wanted.path}."
        self.problem = Problem(
            file=wanted.url,
            found=found,
            expected=f"the file {wanted.name}",
            mend=f"{mend} Or: {by_hand[0].lower()}{by_hand[1:]}" if mend else by_hand,
        )


class Interrupted(Exception):  # noqa: N818 - not an error yet: another try may do
    """A download that another try may take further.

    ``wait_s`` is what the server asks for, ``is_offline`` whether it was not even reached.
    """

    def __init__(
        self, refused: Refused, *, wait_s: float | None = None, is_offline: bool = False
    ) -> None:
        super().__init__(str(refused))
        self.refused = refused
        self.wait_s = wait_s
        self.is_offline = is_offline


def explain_status(wanted: Wanted, response: httpx.Response) -> Refused:
    """Return what is to be said about an answer that is no file."""
    status = response.status_code
    host = response.request.url.host
    reason = _STATUSES.get(status)
    if reason is None:
        kind = "it has a fault" if status >= 500 else "it answers something else"
        reason = f"{kind} ({status} {response.reason_phrase})".replace(" )", ")")
    mend = ""
    if status in TRANSIENT_STATUSES:
        mend = "Try again later: what has come is kept."
    elif status in (404, 410):
        mend = "Look for the file's new address and correct it in the territory's file."
    return Refused(wanted, f"no file: {host} was reached, but {reason}", mend=mend)


def explain_failure(wanted: Wanted, error: httpx.HTTPError) -> Refused:
    """Return what is to be said about a connection that failed."""
    host = _host_of(error, wanted)
    causes = _causes(error)
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        found = f"no secure connection to {host} ({_last_words(causes)})"
        mend = "Check the clock, the proxy and the certificates (SSL_CERT_FILE) of this machine."
    elif any(isinstance(cause, socket.gaierror) for cause in causes):
        found, mend = f"no address for {host}: is this machine online?", "Connect, then try again."
    elif isinstance(error, httpx.ProxyError):
        found = f"the proxy does not connect to {host} ({error})"
        mend = "Check HTTPS_PROXY and HTTP_PROXY."
    elif isinstance(error, httpx.TimeoutException):
        found, mend = f"no answer from {host} in time", "Try again later: what has come is kept."
    elif isinstance(error, httpx.ConnectError):
        found = f"no connection to {host} ({_last_words(causes)})"
        mend = "Check the connection and HTTPS_PROXY, then try again."
    elif isinstance(error, httpx.UnsupportedProtocol | httpx.LocalProtocolError):
        found, mend = f"an address that cannot be asked ({error})", "Correct the address."
    else:
        found = f"the connection to {host} broke off ({error or type(error).__name__})"
        mend = "Try again: what has come is kept."
    return Refused(wanted, found, mend=mend)


def is_hopeless(error: httpx.HTTPError) -> bool:
    """Return whether a connection failed in a way that another try does not mend."""
    if isinstance(error, httpx.UnsupportedProtocol | httpx.LocalProtocolError | httpx.ProxyError):
        return True
    return any(isinstance(cause, ssl.SSLError) for cause in _causes(error))


def is_offline(error: httpx.HTTPError) -> bool:
    """Return whether the server was not even reached."""
    return isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)


def complain_of_settings(error: Exception) -> Problem:
    """Return what is to be said about proxies or certificates that cannot be used."""
    return Problem(
        file="HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, SSL_CERT_FILE",
        found=f"settings that cannot be used ({error})",
        expected="the address of a proxy, as in http://proxy.example:3128; a file of certificates",
        mend="Correct these environment variables or unset them.",
    )


def _host_of(error: httpx.HTTPError, wanted: Wanted) -> str:
    try:
        return error.request.url.host
    except RuntimeError:
        return httpx.URL(wanted.url).host


def _causes(error: BaseException) -> list[BaseException]:
    """Return an error and what it came of, outermost first."""
    found: list[BaseException] = []
    step: BaseException | None = error
    while step is not None and step not in found:
        found.append(step)
        step = step.__cause__ or step.__context__
    return found


def _last_words(causes: list[BaseException]) -> str:
    """Return what the innermost cause says."""
    for cause in reversed(causes):
        words = getattr(cause, "strerror", None) or str(cause)
        if words:
            return str(words)
    return type(causes[0]).__name__
