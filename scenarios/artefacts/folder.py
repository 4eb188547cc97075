"""One artefact: a folder that appears whole or not at all, and is checked when it is opened.

::

    <key>/
      arrays.bin      every array, one behind the other, each at a multiple of 64 bytes
      tree.json       what the arrays are (see codec.py)
      manifest.json   what it was built from, by what, when; sizes and checksums of the others

The three are written into a folder of another name beside the final place, flushed to disk,
the manifest last, and that folder is renamed: whatever stops the work leaves nothing that has
the final name. Files are never changed afterwards (the manifest may be replaced by a new one,
also whole). They are mapped copy-on-write: arrays may be written to in memory, as those of a
network built there, and the file stays as it is.

Every byte is compared with its checksum at each opening (CRC-32, about 0.04 s for 100 MB):
it tells a truncated or decayed file, not a forger, who could rewrite the manifest as well.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import shutil
import socket
import uuid
import zlib
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scenarios.artefacts.codec import pack, unpack

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

FORMAT_VERSION = 1
"""Of the folder's layout; another one is not opened."""

ARRAYS, TREE, MANIFEST = "arrays.bin", "tree.json", "manifest.json"
UNFINISHED = ".unfinished"
MANIFEST_BYTES = 64 * 2**20
"""A larger manifest or tree is none of this program's."""


class Damaged(Exception):  # noqa: N818 - a state of the folder, handled by building again
    """An artefact that is not as it was written; the text says what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Artefact:
    """An opened artefact: where it is, its manifest, and the value with its arrays mapped."""

    path: Path
    manifest: dict[str, Any]
    value: Any


def write_artefact(path: Path, value: object, manifest: dict[str, Any]) -> None:
    """Write a value as the artefact ``path``.

    Raises
    ------
    FileExistsError
        If there is something of that name already, finished by somebody else.
    OSError
        If the place cannot be written to, or is full; nothing is left behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.parent / f".{path.name}.{_writer()}.{uuid.uuid4().hex[:8]}{UNFINISHED}"
    draft.mkdir()
    try:
        packed = pack(value)
        tree = json.dumps({"layout": packed.layout, "tree": packed.tree}).encode()
        files = {
            ARRAYS: _write(draft / ARRAYS, packed.chunks()),
            TREE: _write(draft / TREE, [tree]),
        }
        text = _seal({"format": FORMAT_VERSION, **manifest, "files": files})
        _write(draft / MANIFEST, [text])
        _flush_folder(draft)
        _rename(draft, path)
        _flush_folder(path.parent)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def open_artefact(path: Path, *, key: str) -> Artefact:
    """Open the artefact of a key: its arrays are mapped, copy-on-write.

    Raises
    ------
    FileNotFoundError
        If there is none.
    Damaged
        If it is not whole, not as it was written, or not of that key or this format.
    """
    manifest = read_manifest(path)
    if manifest.get("key") != key:
        msg = "it is of another key"
        raise Damaged(msg)
    try:
        tree = json.loads(bytes(_map(path, TREE, manifest)))
        value = unpack(tree["tree"], tree["layout"], _map(path, ARRAYS, manifest))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, ImportError) as error:
        msg = f"its content cannot be read ({type(error).__name__}: {error})"
        raise Damaged(msg) from None
    return Artefact(path=path, manifest=manifest, value=value)


def read_manifest(path: Path) -> dict[str, Any]:
    """Return what an artefact says of itself.

    Raises
    ------
    FileNotFoundError
        If there is no such folder.
    Damaged
        If its manifest is missing, changed, or of another format.
    """
    if not path.is_dir():
        raise FileNotFoundError(path)
    try:
        with (path / MANIFEST).open("rb") as file:
            raw = file.read(MANIFEST_BYTES)
        manifest = json.loads(raw)
        seal = manifest.pop("sha256")
    except (OSError, ValueError, KeyError, AttributeError) as error:
        msg = f"its manifest cannot be read ({type(error).__name__})"
        raise Damaged(msg) from None
    if seal != _digest(manifest):
        msg = "its manifest was changed"
        raise Damaged(msg)
    if manifest.get("format") != FORMAT_VERSION:
        msg = f"its format is {manifest.get('format')}, not {FORMAT_VERSION}"
        raise Damaged(msg)
    return {**manifest, "sha256": seal}


def replace_manifest(path: Path, manifest: dict[str, Any]) -> None:
    """Put another manifest in the place of an artefact's, all at once; may raise OSError."""
    bare = {key: value for key, value in manifest.items() if key != "sha256"}
    draft = path / f".{MANIFEST}.{_writer()}.{uuid.uuid4().hex[:8]}{UNFINISHED}"
    try:
        _write(draft, [_seal(bare)])
        draft.replace(path / MANIFEST)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def remove_artefact(path: Path) -> None:
    """Remove an artefact: first its name, so that nobody opens half of it. May raise OSError."""
    gone = path.parent / f".{path.name}.{_writer()}.{uuid.uuid4().hex[:8]}{UNFINISHED}"
    path.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)


def remove_unfinished(folder: Path, *, older_than_s: float, now_s: float) -> None:
    """Remove what stopped writers left: of this machine's ended processes, or simply old."""
    for left in folder.glob(f".*{UNFINISHED}"):
        with suppress(OSError):
            writer = left.name.removesuffix(UNFINISHED).split(".")[-2]
            machine, _, process = writer.rpartition("-")
            ended = machine == _machine() and process.isdecimal() and not _runs(int(process))
            if ended or now_s - left.stat().st_mtime > older_than_s:
                shutil.rmtree(left, ignore_errors=True)


def _writer() -> str:
    return f"{_machine()}-{os.getpid()}"


def _machine() -> str:
    return hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]


def _runs(process: int) -> bool:
    if os.name != "posix":  # elsewhere signal 0 is not a question
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _write(path: Path, chunks: Iterable[Any]) -> dict[str, Any]:
    """Write bytes, flush them to disk, and return their size and checksum."""
    size, checksum = 0, 0
    with path.open("xb") as file:
        for chunk in chunks:
            file.write(chunk)
            size += len(chunk)
            checksum = zlib.crc32(chunk, checksum)
        file.flush()
        os.fsync(file.fileno())
    return {"bytes": size, "crc32": f"{checksum:08x}"}


def _map(path: Path, name: str, manifest: dict[str, Any]) -> Any:  # noqa: ANN401 - a buffer
    """Return a file of an artefact as a buffer that can be written to in memory alone."""
    said = manifest["files"][name]
    try:
        with (path / name).open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size != said["bytes"]:
                msg = f"{name} has {size} bytes, not {said['bytes']}"
                raise Damaged(msg)
            buffer = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY) if size else b""
    except OSError as error:
        msg = f"{name} cannot be read ({type(error).__name__})"
        raise Damaged(msg) from None
    if f"{zlib.crc32(buffer):08x}" != said["crc32"]:
        msg = f"{name} is not as it was written (checksum)"
        raise Damaged(msg)
    return buffer


def _seal(manifest: dict[str, Any]) -> bytes:
    """Return a manifest as text, its own checksum added last."""
    sealed = {**manifest, "sha256": _digest(manifest)}
    try:
        return (json.dumps(sealed, ensure_ascii=False, indent=1) + "\n").encode()
    except UnicodeEncodeError:  # a file's name that is no UTF-8
        return (json.dumps(sealed, indent=1) + "\n").encode()


def _digest(manifest: dict[str, Any]) -> str:
    text = json.dumps(manifest, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _rename(draft: Path, path: Path) -> None:
    try:
        draft.rename(path)
    except OSError as error:
        if path.exists():
            raise FileExistsError(str(path)) from error
        raise


def _flush_folder(folder: Path) -> None:
    """Flush a folder's list of names to disk, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
