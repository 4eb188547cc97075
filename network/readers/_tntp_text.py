"""What the TNTP files have in common: text, metadata, header lines, numbers with their line."""

from __future__ import annotations

import codecs
import gzip
import io
import math
import re
import zipfile
import zlib
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, cast

from network.base import Problem
from network.base.errors import NetworkInputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_TEXT_BYTES = 2 * 1024**3
"""Text of one file, unpacked; the largest public trip table has about 0.15 GB."""

MAX_COUNT = 50_000_000
"""Nodes, zones or links: far more than a city has, and what memory still takes."""

_INT32_MAX = 2**31 - 1
_METADATA = re.compile(r"<([^<>]*)>[\s:=]*(.*)", re.DOTALL)
_MAX_LINE = 1 << 24


@dataclass(slots=True)
class TntpLines:
    """The body of a file: lines with their number, comments gone; and what stood before it."""

    file: str
    metadata: dict[str, tuple[int, str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def complain(self, row: int | None, found: str, expected: str, mend: str) -> None:
        """Note one thing that is wrong."""
        self.problems.append(
            Problem(file=self.file, row=row, found=found, expected=expected, mend=mend)
        )

    def raise_problems(self) -> None:
        """Raise NetworkInputError with everything noted, if anything was."""
        if self.problems:
            raise NetworkInputError(*self.problems)

    def find_number(self, key: str, *, low: float = 0.0) -> float | None:
        """Return a number of the metadata, None where it is not stated."""
        row, text = self.metadata.get(key, (0, ""))
        if not text:
            return None
        value = parse_number(text.rstrip(";").strip().replace(",", ""))
        if value is None or value < low:
            expected = f"<{key}> and a number, at least {low:g}"
            self.complain(row, f"<{key}> {text!r}", expected, "Correct the number.")
            return None
        return value

    def find_count(self, key: str) -> int | None:
        """Return a whole number of the metadata, None where it is not stated."""
        value = self.find_number(key)
        if value is None:
            return None
        if value != int(value) or value > MAX_COUNT:
            row, text = self.metadata[key]
            expected = f"a whole number, at most {MAX_COUNT:,}"
            self.complain(row, f"<{key}> {text!r}", expected, "Correct the number.")
            return None
        return int(value)


def parse_number(text: str) -> float | None:
    """Return a finite number, None for a text that is none."""
    try:
        value = float(text)
    except ValueError:
        return None
    # Python would take "1_000", which no writer of these files means.
    return value if math.isfinite(value) and "_" not in text else None


def parse_whole(text: str) -> int | None:
    """Return a whole number that an int32 holds ("7" or "7.0"), None for any other text."""
    value = parse_number(text)
    if value is None or value != int(value) or abs(value) > _INT32_MAX:
        return None
    return int(value)


def read_lines(path: Path, out: TntpLines) -> Iterator[tuple[int, str]]:
    """Yield the lines of a file that are not metadata, numbered from 1, blank ones left out.

    Comments keep their ``~`` where they begin a line and are cut off where they end one.
    Metadata go to ``out``. A file may be packed: ``.gz``, or a ``.zip`` with one file in it.

    Raises
    ------
    NetworkInputError
        If the file cannot be read or is no such file.
    """
    with ExitStack() as stack:
        in_body = False
        for row, raw in enumerate(_open_text(path, stack, out.file), start=1):
            line = raw.strip()
            if line.startswith("<") and not in_body:
                _refuse_web_page(line, out.file)
                in_body = _note_metadata(line, row, out)
            elif line.startswith("~"):
                yield row, line
            else:
                text = line.split("~", 1)[0].strip()
                if text:
                    in_body = in_body or text[0].isdigit()
                    yield row, text


def _note_metadata(line: str, row: int, out: TntpLines) -> bool:
    """Keep a line of metadata; return whether it says that they end."""
    match = _METADATA.match(line)
    if match is None:
        out.complain(row, repr(line[:60]), "<NAME> value", "Close the bracket.")
        return False
    key = " ".join(match.group(1).upper().split())
    if key == "END OF METADATA":
        return True
    value = match.group(2).split("~", 1)[0].strip() if key != "ORIGINAL HEADER" else ""
    out.metadata.setdefault(key, (row, value))
    return False


def _open_text(path: Path, stack: ExitStack, file: str) -> Iterator[str]:
    """Yield the lines of a plain or packed text file, in whichever Unicode it is."""
    try:
        raw = stack.enter_context(path.open("rb"))
        start = raw.read(4)
        raw.seek(0)
        binary: IO[bytes] = raw
        if start[:2] == b"\x1f\x8b":
            binary = cast("IO[bytes]", stack.enter_context(gzip.GzipFile(fileobj=raw)))
        elif start[:4] == b"PK\x03\x04":
            binary = _open_member(stack.enter_context(zipfile.ZipFile(raw)), stack, file)
        buffered = io.BufferedReader(_Bounded(binary, file), 1 << 20)
        text = io.TextIOWrapper(
            buffered, encoding=_find_encoding(cast("io.BufferedReader", buffered)), errors="replace"
        )
        is_empty = True
        while line := text.readline(_MAX_LINE):
            is_empty = False
            yield line
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        found = "no such file" if isinstance(error, FileNotFoundError) else f"unreadable ({error})"
        raise _unusable(file, found, "Check the path, or get the file again.") from None
    if is_empty:
        raise _unusable(file, "an empty file", "Get the file again.")


def _open_member(archive: zipfile.ZipFile, stack: ExitStack, file: str) -> IO[bytes]:
    members = [
        name
        for name in archive.namelist()
        if not name.endswith("/") and not name.startswith("__MACOSX")
    ]
    if len(members) != 1:
        found = f"an archive of {len(members)} files"
        raise _unusable(file, found, "Unpack it and give the file you mean.")
    try:
        return stack.enter_context(archive.open(members[0]))
    except RuntimeError:  # what the library makes of a password
        raise _unusable(file, "an encrypted archive", "Unpack it first.") from None


def _find_encoding(binary: io.BufferedReader) -> str:
    start = binary.peek(4)[:4]
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return "utf-8-sig"


class _Bounded(io.RawIOBase):
    """A stream that refuses to give more than a file of this kind can hold."""

    def __init__(self, binary: IO[bytes], file: str) -> None:
        self._binary = binary
        self._left = MAX_TEXT_BYTES
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        data = self._binary.read(len(view))
        self._left -= len(data)
        if self._left < 0:
            found = f"more than {MAX_TEXT_BYTES // 1024**3} GB of text"
            raise _unusable(self._file, found, "Give the file itself.")
        view[: len(data)] = data
        return len(data)


def _refuse_web_page(line: str, file: str) -> None:
    if re.match(r"<(!doctype|html|\?xml)\b", line, re.IGNORECASE):
        mend = "Download the file itself (a link called Raw), not the page that shows it."
        raise _unusable(file, "a web page", mend)


def _unusable(file: str, found: str, mend: str) -> NetworkInputError:
    return NetworkInputError(
        Problem(file=file, found=found, expected="a TNTP text file", mend=mend)
    )
