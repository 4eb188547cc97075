"""The files of a GTFS feed, in a zip file or a folder: found, and opened within limits."""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import IO, TYPE_CHECKING

from network.base import Problem
from network.base.errors import NetworkInputError
from network.readers._gtfs_layout import choose_tables, no_feed, table_of
from network.readers._gtfs_schema import TIMETABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from network.base import ProblemLog

READ_ERRORS = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, lzma.LZMAError, struct.error,
    EOFError, OSError, RuntimeError, ValueError, OverflowError,
)  # fmt: skip
"""What opening or unpacking a damaged, encrypted or unreadable file may raise."""

_CHUNK = 1 << 20
_MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedLimits:
    """How much text a feed may unpack to before it is refused as a zip bomb.

    A feed is refused when its tables hold more than ``max_bytes`` in all, or when a table of
    more than ``free_bytes`` is more than ``max_ratio`` times its packed size (timetables pack
    to a fifth or a twentieth; a bomb to a thousandth). Sizes that a zip declares are checked
    before anything is read, true ones while reading.
    """

    max_bytes: int = 8 << 30
    max_ratio: float = 200.0
    free_bytes: int = 32 << 20

    def __post_init__(self) -> None:
        if self.max_bytes <= 0 or self.max_ratio < 1 or self.free_bytes < 0:
            msg = "limits of a feed must be positive, the ratio at least 1"
            raise ValueError(msg)


class TableError(Exception):
    """One table cannot be read; whether the feed can do without it is for the caller to say."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(str(problem))


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFile:
    """One table of a feed: its size in bytes once unpacked, and how to open it."""

    table: str
    label: str
    size: int
    packed_size: int
    opener: Callable[[], IO[bytes]]


@dataclass(slots=True, kw_only=True)
class FeedFiles:
    """The tables of one feed, by name; ``open`` reads one within the limits."""

    name: str
    limits: FeedLimits
    tables: dict[str, TableFile] = field(default_factory=dict)

    @contextmanager
    def open(self, table: str, on_read: Callable[[int], None]) -> Iterator[io.RawIOBase]:
        """Open a table; ``on_read`` is told how many bytes are read as they are.

        Raises
        ------
        NetworkInputError
            If the table is larger than the limits allow.
        TableError
            If it is damaged, at opening or at any later read.
        """
        source = self.tables[table]
        try:
            raw = source.opener()
        except READ_ERRORS as error:
            raise TableError(_damaged(source.label, error)) from None
        with raw:
            yield _Bounded(raw, source, self, on_read)

    def check(self, source: TableFile, size: int) -> None:
        """Raise where a table of this many bytes is more than the limits allow."""
        limits = self.limits
        if size > limits.max_bytes:
            found = f"more than {limits.max_bytes // _MEBIBYTE} MB of text"
        elif size > limits.free_bytes and size > limits.max_ratio * max(source.packed_size, 1):
            found = f"text that packs to less than a {limits.max_ratio:.0f}th, as in a zip bomb"
        else:
            return
        raise NetworkInputError(
            Problem(
                file=source.label,
                found=found,
                expected="a GTFS table of ordinary size and packing",
                mend="Check where the file is from; if it is right, unzip it and give the folder.",
            )
        )


class _Bounded(io.RawIOBase):
    """Bytes of a table, counted against the limits as they come."""

    def __init__(
        self, raw: IO[bytes], source: TableFile, files: FeedFiles, on_read: Callable[[int], None]
    ) -> None:
        self._raw, self._source, self._files, self._on_read = raw, source, files, on_read
        self._size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            content = self._raw.read(min(len(buffer), _CHUNK))
        except READ_ERRORS as error:
            raise TableError(_damaged(self._source.label, error)) from None
        self._size += len(content)
        self._files.check(self._source, self._size)
        self._on_read(len(content))
        buffer[: len(content)] = content
        return len(content)


@contextmanager
def open_feed(path: Path, limits: FeedLimits, log: ProblemLog) -> Iterator[FeedFiles]:
    """Find the tables of a feed in a zip file or a folder, nested in a folder or not.

    Raises
    ------
    NetworkInputError
        If there is no such path, it is no feed or damaged, it holds several feeds, or it
        unpacks to more than the limits allow.
    """
    if not path.exists():
        raise NetworkInputError(
            no_feed(path, "no such file or folder", "Check the path of the feed.")
        )
    if path.is_dir():
        yield _checked(_files_of_folder(path, limits, log))
        return
    try:
        archive = zipfile.ZipFile(path)
    except READ_ERRORS as error:
        raise NetworkInputError(bad_zip(path, error)) from None
    with archive:
        yield _checked(_files_of_zip(path, archive, limits, log))


def bad_zip(path: Path, error: Exception) -> Problem:
    """Return what to say of a file that cannot be opened as a zip file."""
    return no_feed(
        path,
        f"cannot be opened as a zip file ({error.__class__.__name__}): damaged, cut short or "
        "not a zip",
        "Download it again, or unzip it and give the folder.",
    )


def _damaged(label: str, error: Exception) -> Problem:
    if isinstance(error, RuntimeError) and "encrypted" in str(error):
        found, mend = "a file with a password", "Unzip it with its password and give the folder."
    else:
        found = f"damaged or cut short ({error.__class__.__name__})"
        mend = "Download the feed again."
    return Problem(file=label, found=found, expected="a table that can be read", mend=mend)


def _checked(files: FeedFiles) -> FeedFiles:
    """Return the files, refused where the sizes they declare are too large."""
    for source in files.tables.values():
        files.check(source, source.size)
    total = sum(source.size for source in files.tables.values())
    if total > files.limits.max_bytes:
        largest = max(files.tables.values(), key=lambda source: source.size)
        files.check(largest, total)
    return files


def _files_of_folder(path: Path, limits: FeedLimits, log: ProblemLog) -> FeedFiles:
    try:
        names = _listed(path)
        if not any(table_of(name) in TIMETABLE for name in names):
            folders = [entry for entry in path.iterdir() if entry.is_dir()]
            names += [f"{f.name}/{name}" for f in sorted(folders) for name in _listed(f)]
    except OSError as error:
        found = f"a folder that cannot be read ({error.__class__.__name__})"
        raise NetworkInputError(no_feed(path, found, "Check who may read the folder.")) from None
    files = FeedFiles(name=path.resolve().name, limits=limits)
    for table, name in choose_tables(path, names, log).items():
        member = path / name
        size = member.stat().st_size
        files.tables[table] = TableFile(
            table=table,
            label=f"{files.name}/{table}.txt",
            size=size,
            packed_size=max(size, 1),
            opener=partial(io.FileIO, member),
        )
    return files


def _listed(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir() if entry.is_file())


def _files_of_zip(
    path: Path, archive: zipfile.ZipFile, limits: FeedLimits, log: ProblemLog
) -> FeedFiles:
    # A member of a spoilt zip may have no name: it is no table.
    named = (info for info in archive.infolist() if info.filename)
    members = {info.filename: info for info in named if not info.is_dir()}
    files = FeedFiles(name=path.resolve().name, limits=limits)
    for table, name in choose_tables(path, list(members), log).items():
        info = members[name]
        files.tables[table] = TableFile(
            table=table,
            label=f"{files.name}/{table}.txt",
            size=info.file_size,
            packed_size=min(info.compress_size, path.stat().st_size),
            opener=partial(archive.open, info),
        )
    return files
