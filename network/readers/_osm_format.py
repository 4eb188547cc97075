"""What kind of OpenStreetMap file it is, by its first bytes; and what is said when it is none."""

from __future__ import annotations

import bz2
import gzip
import zlib
from typing import TYPE_CHECKING

from network.base import Problem
from network.base.errors import NetworkInputError

if TYPE_CHECKING:
    from pathlib import Path

_HEAD = 4096
_EXPECTED = "OpenStreetMap data: .osm.pbf, .osm, .osm.gz or .osm.bz2"
_MEND = "Download the extract again, or export it in one of these formats."


def find_format(path: Path) -> str:
    """Return the format pyosmium should read a file as, whatever the file is called.

    Raises
    ------
    NetworkInputError
        If the file is missing, empty, a folder, or no OpenStreetMap data.
    """
    head = _read_head(path)
    if not head:
        raise NetworkInputError(not_readable(path, "an empty file"))
    if head[:2] == b"\x1f\x8b" or head[:3] == b"BZh":
        suffix, unpacked = _unpack(path, head)
        if _is_xml(unpacked):
            return "osm" + suffix
        raise NetworkInputError(not_readable(path, "a compressed file without OpenStreetMap XML"))
    if b"OSMHeader" in head[:64]:
        return "pbf"
    if _is_xml(head):
        return "osm"
    if head[:7] == b"\xff\xe0\x04o5m":
        return "o5m"
    raise NetworkInputError(not_readable(path, _describe(head)))


def not_readable(path: Path, found: str) -> Problem:
    """Return the problem of a file that holds no readable OpenStreetMap data."""
    return Problem(file=path.name, found=found, expected=_EXPECTED, mend=_MEND)


def _read_head(path: Path) -> bytes:
    try:
        with path.open("rb") as handle:
            return handle.read(_HEAD)
    except FileNotFoundError:
        found = "no such file"
    except IsADirectoryError:
        found = "a folder"
    except OSError as error:
        found = error.strerror or "a file that cannot be opened"
    problem = Problem(
        file=str(path),
        found=found,
        expected=_EXPECTED,
        mend="Give the path of an extract, and check that it may be read.",
    )
    raise NetworkInputError(problem)


def _unpack(path: Path, head: bytes) -> tuple[str, bytes]:
    """Return the suffix of the compression and the first bytes of what is compressed."""
    gz = head[:2] == b"\x1f\x8b"
    try:
        if gz:
            with gzip.open(path) as handle:
                return ".gz", handle.read(_HEAD)
        with bz2.open(path) as handle:
            return ".bz2", handle.read(_HEAD)
    except (OSError, EOFError, zlib.error):
        raise NetworkInputError(not_readable(path, "a compressed file that is damaged")) from None


def _is_xml(head: bytes) -> bool:
    """Say whether the text starts like OpenStreetMap XML, in any encoding of XML."""
    plain = head.replace(b"\x00", b"")  # UTF-16 of Latin text, read as bytes
    return b"<osm" in plain and b"<osmChange" not in plain


def _describe(head: bytes) -> str:
    if head[:4] == b"PK\x03\x04":
        return "a ZIP archive"
    if head.lstrip()[:1] in (b"{", b"["):
        return "JSON"
    if head.lstrip()[:1] == b"<":
        return "XML or HTML that is not OpenStreetMap data"
    return "something else"
