"""SHA-256 of inputs, remembered for large files that have not changed since.

A file of at least :data:`REMEMBERED_BYTES` is not read again while its size, its inode and
its times of change (mtime and ctime, nanoseconds) are those of the last time. That trusts
the file system: whoever changes bytes without touching any of these is not noticed. A file
changed within the last :data:`SETTLED_S` seconds is not remembered, because a change in the
same tick of the clock would not show.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

REMEMBERED_BYTES = 4 * 2**20
SETTLED_S = 2.0
MOST_REMEMBERED = 1000
HASHES = "hashes.json"

Stamp = list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileHash:
    """One input: a file, or a folder with all files in it.

    ``sha256`` of a folder is that of its files' names and hashes, in order of name.
    """

    path: Path
    size: int
    sha256: str


def hash_inputs(paths: Iterable[Path], *, memory: Path | None = None) -> dict[Path, FileHash]:
    """Return the hash of each file or folder.

    Parameters
    ----------
    paths
        Files and folders that exist.
    memory
        Folder where the hashes of large files are remembered; None: nowhere.

    Raises
    ------
    OSError
        If one cannot be read. What cannot be remembered is no error.
    """
    known = _recall(memory)
    before = dict(known)
    found = {path: _hash_any(path, known) for path in sorted(set(paths))}
    if memory is not None and known != before:
        _remember(memory, known)
    return found


def combine(names_and_hashes: Iterable[tuple[str, str]]) -> str:
    """Return the SHA-256 of names and hashes, in order of name."""
    digest = hashlib.sha256()
    for name, sha256 in sorted(names_and_hashes):
        digest.update(f"{len(name)}:{name}:{sha256}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _hash_any(path: Path, known: dict[str, tuple[Stamp, str]]) -> FileHash:
    if not path.is_dir():
        size, sha256 = _hash_file(path, known)
        return FileHash(path=path, size=size, sha256=sha256)
    files = [item for item in sorted(path.rglob("*")) if item.is_file()]
    parts = [(item.relative_to(path).as_posix(), *_hash_file(item, known)) for item in files]
    return FileHash(
        path=path,
        size=sum(size for _, size, _ in parts),
        sha256=combine((name, sha256) for name, _, sha256 in parts),
    )


def _hash_file(path: Path, known: dict[str, tuple[Stamp, str]]) -> tuple[int, str]:
    name = os.fspath(path.resolve())
    with path.open("rb") as file:
        stamp = _stamp(os.fstat(file.fileno()))
        if name in known and known[name][0] == stamp:
            return stamp[0], known[name][1]
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        after = os.fstat(file.fileno())
    large = stamp[0] >= REMEMBERED_BYTES
    if large and _stamp(after) == stamp and time.time() - after.st_mtime > SETTLED_S:
        known[name] = (stamp, sha256)
    return stamp[0], sha256


def _stamp(status: os.stat_result) -> Stamp:
    return [status.st_size, status.st_ino, status.st_mtime_ns, status.st_ctime_ns]


def _recall(memory: Path | None) -> dict[str, tuple[Stamp, str]]:
    """Return what is remembered; nothing where it cannot be read or is not as written."""
    if memory is None:
        return {}
    try:
        rows = json.loads((memory / HASHES).read_bytes())
        return {
            name: ([int(part) for part in stamp], sha256)
            for name, (stamp, sha256) in rows.items()
            if isinstance(sha256, str) and len(sha256) == 64
        }
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _remember(memory: Path, known: dict[str, tuple[Stamp, str]]) -> None:
    kept = dict(list(known.items())[-MOST_REMEMBERED:])
    draft = memory / f".{HASHES}.{uuid.uuid4().hex[:8]}"
    with suppress(OSError):
        memory.mkdir(parents=True, exist_ok=True)
        try:
            draft.write_text(json.dumps(kept), encoding="utf-8")
            draft.replace(memory / HASHES)
        finally:
            draft.unlink(missing_ok=True)
