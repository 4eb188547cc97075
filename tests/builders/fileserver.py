"""A file server in a thread, on the loopback address, that misbehaves as it is told to."""

from __future__ import annotations

import re
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Served:
    """One file, and how the server gives it.

    ``cuts`` are bytes after which the connection breaks off, one entry a request; ``statuses``
    are answers given before the file is. ``has_ranges`` is whether parts may be asked for,
    ``checks_version`` whether If-Range is looked at, ``has_length`` whether the length is said.
    """

    body: bytes
    etag: str | None = '"one"'
    last_modified: str | None = None
    has_ranges: bool = True
    checks_version: bool = True
    has_length: bool = True
    cuts: list[int] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    redirect: str | None = None
    delay_s: float = 0.0


@dataclass(frozen=True)
class Asked:
    """One request that came."""

    method: str
    path: str
    headers: dict[str, str]

    @property
    def range(self) -> str | None:
        return self.headers.get("range")


class FileServer:
    """Serves ``files`` by path; ``asked`` is every request so far. A context manager."""

    def __init__(self, **files: Served) -> None:
        self.files = {f"/{name}": file for name, file in files.items()}
        self.asked: list[Asked] = []
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.owner = self

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/{name}"

    def __enter__(self) -> FileServer:
        poll_s = 0.01
        self._thread = threading.Thread(target=self._server.serve_forever, args=(poll_s,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    owner: FileServer
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients that go away amid an answer are what the tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *_: object) -> None:
        pass

    def do_CONNECT(self) -> None:
        self._note()
        self.send_error(403)

    def do_GET(self) -> None:
        owner = self._note()
        file = owner.files.get(self.path)
        if file is None:
            self.send_error(404)
            return
        if file.statuses:
            self._answer(file.statuses.pop(0), file, b"busy")
        elif file.redirect is not None:
            self._answer(302, file, b"", Location=file.redirect)
        else:
            self._give(file)

    def _note(self) -> FileServer:
        owner = self.server.owner
        headers = {name.lower(): value for name, value in self.headers.items()}
        owner.asked.append(Asked(self.command, self.path, headers))
        return owner

    def _give(self, file: Served) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        condition = self.headers.get("If-Range")
        is_same = condition in (None, file.etag, file.last_modified) or not file.checks_version
        if asked is None or not file.has_ranges or not is_same:
            self._answer(200, file, file.body)
            return
        start, size = int(asked[1]), len(file.body)
        if start >= size:
            self._answer(416, file, b"", Content_Range=f"bytes */{size}")
        else:
            span = f"bytes {start}-{size - 1}/{size}"
            self._answer(206, file, file.body[start:], Content_Range=span)

    def _answer(self, status: int, file: Served, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {**file.headers, **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        if file.etag:
            self.send_header("ETag", file.etag)
        if file.last_modified:
            self.send_header("Last-Modified", file.last_modified)
        if file.has_length:
            self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        cut = file.cuts.pop(0) if file.cuts and status in (200, 206) else len(body)
        half = cut // 2
        self.wfile.write(body[:half])
        self.wfile.flush()
        time.sleep(file.delay_s)
        self.wfile.write(body[half:cut])
