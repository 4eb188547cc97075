"""Which of some files are feeds and which an extract, told by what is in them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from network.base import Problem
from network.base.errors import NetworkInputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_STREET_SUFFIXES = (".osm", ".pbf", ".osm.gz", ".osm.bz2", ".osm.xz", ".osm.zst")
_ZIP, _GZIP, _BZIP = b"PK", b"\x1f\x8b", b"BZh"
_CHUNK = 1 << 20


def sort_files(paths: Sequence[Path]) -> tuple[tuple[Path, ...], Path | None]:
    """Return which paths are GTFS feeds, in their order, and which is the OSM extract.

    A folder or a zip file is a feed; PBF and XML, packed or not, are an extract.

    Raises
    ------
    NetworkInputError
        If a path is neither, is missing, is given twice, or a second extract; names each.
    """
    feeds: list[Path] = []
    streets: Path | None = None
    problems: list[Problem] = []
    seen: set[Path] = set()
    for path in paths:
        if path.resolve() in seen:
            problems.append(
                _problem(path, "given twice", "each file once", "Leave one of the two out.")
            )
            continue
        seen.add(path.resolve())
        try:
            is_streets = _is_extract(path)
        except OSError as error:
            problems.append(
                _problem(
                    path,
                    "no such file or folder"
                    if isinstance(error, FileNotFoundError)
                    else f"cannot be read ({type(error).__name__})",
                    "a GTFS feed (a zip file or a folder) or an OSM extract (.osm.pbf, .osm)",
                    "Check the path.",
                )
            )
            continue
        if not is_streets:
            feeds.append(path)
        elif streets is None:
            streets = path
        else:
            problems.append(
                _problem(
                    path,
                    f"a second OSM extract, after {streets}",
                    "one extract",
                    "Join the two into one file first, for instance with osmium merge.",
                )
            )
    if problems:
        raise NetworkInputError(*problems)
    return tuple(feeds), streets


def hash_path(path: Path) -> str:
    """Compute the SHA-256 of a file, or of a folder's tables with their names, in hexadecimal."""
    digest = hashlib.sha256()
    if path.is_dir():
        for file in sorted(f for f in path.rglob("*.txt") if f.is_file()):
            digest.update(f"{file.relative_to(path).as_posix()}\0{hash_path(file)}\n".encode())
        return digest.hexdigest()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _is_extract(path: Path) -> bool:
    """Return whether a file is OSM; what is neither that nor a feed is left to its reader."""
    if path.is_dir():
        return False
    with path.open("rb") as stream:
        head = stream.read(256)
    if head.startswith(_ZIP):
        return False
    named = path.name.lower().endswith(_STREET_SUFFIXES)
    if b"OSMHeader" in head or head.startswith((_GZIP, _BZIP)):
        return True
    text = head.lstrip(b"\xef\xbb\xbf").lstrip()
    return named or text.startswith((b"<?xml", b"<osm"))


def _problem(path: Path, found: str, expected: str, mend: str) -> Problem:
    return Problem(file=str(path), found=found, expected=expected, mend=mend)
