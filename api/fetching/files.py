"""The files of a download: the one wanted, the part that has come, what is known of both.

Beside ``data.zip`` stand, while it comes, ``data.zip.part`` and ``data.zip.part.json`` (which
version of the file it is a part of) and, once it is there, ``data.zip.source.json`` (where
and when it was had). What turned out wrong is ``data.zip.bad``.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal

from network.base import InputError, Problem

if sys.platform != "win32":  # where two downloads of one file at once are not told apart
    import fcntl

if TYPE_CHECKING:
    from types import TracebackType

_SIGNATURES: dict[str, tuple[bytes, ...]] = {
    ".zip": (b"PK\x03\x04", b"PK\x05\x06"),
    ".gz": (b"\x1f\x8b",),
    ".bz2": (b"BZh",),
    ".json": (b"{", b"["),
    ".geojson": (b"{",),
}
_PBF_MARK = b"OSMHeader"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A file to fetch: from where, to where, and what is known of it beforehand.

    ``name`` is what the user calls it, ``size_bytes`` a rough size, ``sha256`` its checksum
    where it never changes.
    """

    name: str
    url: str
    path: Path
    sha256: str | None = None
    size_bytes: int | None = None
    licence: str = ""
    licence_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A file that is there now: had just now, or present before."""

    wanted: Wanted
    status: Literal["fetched", "present"]
    size_bytes: int
    sha256: str | None
    resumed_from: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """Which version of a remote file something is: what the server said of it."""

    url: str
    etag: str | None = None
    last_modified: str | None = None
    total: int | None = None

    @property
    def validator(self) -> str | None:
        """What If-Range takes: a strong ETag, else the date; None where there is neither."""
        if self.etag and not self.etag.startswith("W/"):
            return self.etag
        return self.last_modified

    def differs(self, other: Version) -> bool:
        """Return whether two versions are surely not the same; what one lacks tells nothing."""
        pairs = (
            (self.etag, other.etag),
            (self.last_modified, other.last_modified),
            (self.total, other.total),
        )
        return self.url != other.url or any(
            a is not None and b is not None and a != b for a, b in pairs
        )


class PartFile:
    """The part of a file that has come, open and locked while this object is in use."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self.path = _beside(wanted.path, ".part")
        self._note = _beside(wanted.path, ".part.json")
        self.handle: IO[bytes]

    def __enter__(self) -> PartFile:
        """Open the part, making folders; refuse if another download has it open."""
        try:
            self._wanted.path.parent.mkdir(parents=True, exist_ok=True)
            self.handle = self._open()
        except OSError as error:
            raise unwritable(self._wanted, error) from None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        is_empty = self.size == 0 and kind is not None
        self.handle.close()
        if is_empty:
            self.remove()

    def _open(self) -> IO[bytes]:
        while True:
            handle = os.fdopen(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644), "r+b")
            if self._lock(handle):
                return handle
            handle.close()

    def _lock(self, handle: IO[bytes]) -> bool:
        """Lock the part; return False if it was renamed meanwhile: another has finished."""
        if sys.platform == "win32":
            return True
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.close()
            raise InputError(
                Problem(
                    file=str(self._wanted.path),
                    found="another download of it under way",
                    expected="one at a time",
                    mend="Wait until the other has ended, then run the command again.",
                )
            ) from None
        with suppress(FileNotFoundError):
            return os.path.samestat(os.fstat(handle.fileno()), self.path.stat())
        return False

    @property
    def size(self) -> int:
        """Bytes that have come."""
        if self.handle.closed:
            return 0
        self.handle.flush()
        return os.fstat(self.handle.fileno()).st_size

    def hash(self) -> str:
        """Return the SHA-256 of what has come, hexadecimal."""
        self.handle.flush()
        return hash_file(self.path)

    def read_version(self) -> Version | None:
        """Return which version the part is of; None if that is not known, or of another URL."""
        try:
            version = Version(**json.loads(self._note.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None
        return version if version.url == self._wanted.url else None

    def begin(self, version: Version) -> None:
        """Start from nothing: drop what has come, note which version comes now."""
        self.handle.truncate(0)
        self.handle.seek(0)
        write_json(self._note, asdict(version))

    def drop(self) -> None:
        """Drop what has come."""
        self.handle.truncate(0)
        self.handle.seek(0)
        with suppress(OSError):
            self._note.unlink()

    def remove(self) -> None:
        """Leave nothing behind."""
        for path in (self.path, self._note):
            with suppress(OSError):
                path.unlink()

    def finish(self, *, bad: bool = False) -> Path:
        """Put the part where the file goes (or, if it is bad, aside); return that path."""
        target = _beside(self._wanted.path, ".bad") if bad else self._wanted.path
        self.handle.flush()
        os.fsync(self.handle.fileno())
        if sys.platform == "win32":
            self.handle.close()  # an open file cannot be renamed there
        self.path.replace(target)
        with suppress(OSError):
            self._note.unlink()
        return target


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file, hexadecimal."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def looks_wrong(path: Path, name: str) -> bool:
    """Return whether a file's first bytes are not those of the kind its name says."""
    with path.open("rb") as handle:
        start = handle.read(64)
    suffix = Path(name).suffix.lower()
    if suffix in (".json", ".geojson"):
        start = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if suffix == ".pbf":
        return _PBF_MARK not in start
    return not start or not start.startswith(_SIGNATURES.get(suffix, (b"",)))


def write_source(wanted: Wanted, details: dict[str, Any]) -> None:
    """Write beside a file where and when it was had."""
    write_json(_beside(wanted.path, ".source.json"), details)


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Write a small JSON file as a whole or not at all."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    temporary.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    temporary.replace(path)


def unwritable(wanted: Wanted, error: OSError) -> InputError:
    """Return the complaint about a folder or a disk that takes no file."""
    return InputError(
        Problem(
            file=str(wanted.path),
            found=f"it cannot be written ({error.strerror or error})",
            expected="a folder with room that can be written",
            mend="Make room, or set CRENEAU_DATA to another folder.",
        )
    )


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)
