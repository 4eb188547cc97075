"""Bytes of a table as clean UTF-8 lines, whatever encoding and line ends the file has."""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from network.base import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import RawIOBase

    from numpy.typing import NDArray

    from network.base import ProblemLog

MAX_LINE = 1 << 20
"""A line of more bytes than this is set aside; without a bound one line could fill memory."""

_CHUNK = 1 << 20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # UTF-32 before UTF-16: its little-endian mark begins with the other's


@dataclass(slots=True)
class CleanText:
    """Lines of a file, read once, in blocks of whole lines that each end with a line feed.

    Empty lines and lines above ``MAX_LINE`` bytes are left out; ``line_numbers`` says which
    line of the file each remaining one was. A line that is not UTF-8 is taken as Windows-1252
    (which holds Latin-1's letters), line by line, so that a file of mixed origin keeps all
    its names. A carriage return ends a line in files that use no other line end; elsewhere
    it is a space, unless a line feed follows.
    """

    raw: RawIOBase
    file: str
    encoding: str = "utf-8"
    n_lines: int = 0
    """Lines handed out so far."""
    _n_read: int = 0  # lines of the file seen so far
    _gap_at: list[int] = field(default_factory=list)
    _gap_shift: list[int] = field(default_factory=list)
    _n_nul: int = 0
    _legacy: list[int] = field(default_factory=list)  # first line not UTF-8
    _n_legacy: int = 0
    _overlong: list[int] = field(default_factory=list)

    def blocks(self) -> Iterator[bytes]:
        """Yield the lines, some at a time."""
        carry, is_overlong = b"", False
        for chunk in self._chunks():
            head, feed, tail = chunk.rpartition(b"\n")
            if not feed:
                carry += chunk
            else:
                block, carry = carry + head + feed, tail
                yield from self._cleaned(block, is_overlong=is_overlong)
                is_overlong = False
            if len(carry) > MAX_LINE:
                carry, is_overlong = b"", True
        if carry or is_overlong:
            yield from self._cleaned(carry + b"\n", is_overlong=is_overlong)

    def line_numbers(self, lines: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the 1-based line of the file of each line handed out (0-based)."""
        if not self._gap_at:
            return lines + 1
        shift = np.array([0, *self._gap_shift], dtype=np.int64)
        return lines + 1 + shift[np.searchsorted(self._gap_at, lines, side="right")]

    def report(self, log: ProblemLog) -> None:
        """Note in the log what was not as it should be, once the file is read."""
        if self.encoding != "utf-8":
            name = self.encoding.upper()
            self._note(log, f"file read as {name}", 1, f"{name} text")
        if self._n_legacy:
            found = f"{self._n_legacy} lines that are not UTF-8"
            self._note(log, "file read as Windows-1252", self._legacy[0], found)
        if self._n_nul:
            self._note(log, "file with NUL bytes", None, f"{self._n_nul} NUL bytes, left out")
        for line in self._overlong:
            log.set_aside(
                "line that is too long",
                Problem(
                    file=self.file,
                    row=line,
                    found=f"a line of more than {MAX_LINE >> 20} MB",
                    expected="one row a line",
                    mend="Check that the file is a table of text.",
                ),
            )

    def _note(self, log: ProblemLog, kind: str, row: int | None, found: str) -> None:
        problem = Problem(
            file=self.file,
            row=row,
            found=found,
            expected="UTF-8 text",
            mend="Check the names as they are shown, and save the file as UTF-8.",
        )
        log.set_aside(kind, problem)

    def _chunks(self) -> Iterator[bytes]:
        """Yield the file as UTF-8 where it can, without NUL, with line feeds alone."""
        chunk = self.raw.read(_CHUNK) or b""
        self.encoding, skipped = _sniff(chunk)
        is_wide = self.encoding != "utf-8"
        decoder = codecs.getincrementaldecoder(self.encoding)("replace")
        chunk = chunk[skipped:]
        ends = _LineEnds()
        while True:
            more = self.raw.read(_CHUNK) or b""
            if is_wide:
                chunk = decoder.decode(chunk, final=not more).encode("utf-8", "replace")
            if b"\0" in chunk:
                self._n_nul += chunk.count(b"\0")
                chunk = chunk.replace(b"\0", b"")
            yield ends.unify(chunk, final=not more)
            if not more:
                return
            chunk = more

    def _cleaned(self, block: bytes, *, is_overlong: bool) -> Iterator[bytes]:
        first = block.find(b"\n") + 1
        if is_overlong or first > MAX_LINE + 1:
            # Only the first line of a block can be longer than a chunk.
            self._n_read += 1
            self._overlong.append(self._n_read)
            self._open_gap()
            block = block[first:]
        block = self._decoded(block)
        if block.startswith(b"\n") or b"\n\n" in block:
            block = self._without_blank(block)
        else:
            n_lines = block.count(b"\n")
            self._n_read += n_lines
            self.n_lines += n_lines
        if block:
            yield block

    def _without_blank(self, block: bytes) -> bytes:
        kept = []
        for line in block.split(b"\n")[:-1]:
            self._n_read += 1
            if line:
                kept.append(line)
                self.n_lines += 1
            else:
                self._open_gap()
        return b"\n".join([*kept, b""]) if kept else b""

    def _open_gap(self) -> None:
        """Remember that lines from here on are further down the file than counted."""
        shift = self._n_read - self.n_lines
        if self._gap_at and self._gap_at[-1] == self.n_lines:
            self._gap_shift[-1] = shift
        else:
            self._gap_at.append(self.n_lines)
            self._gap_shift.append(shift)

    def _decoded(self, block: bytes) -> bytes:
        """Return the block with each line that is not UTF-8 taken as Windows-1252."""
        try:
            block.decode("utf-8")
        except UnicodeDecodeError:
            pass
        else:
            return block
        lines = block.split(b"\n")
        for i, line in enumerate(lines):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                self._n_legacy += 1
                if not self._legacy:
                    self._legacy.append(self._n_read + i + 1)
                lines[i] = _from_windows(line)
        return b"\n".join(lines)


@dataclass(slots=True)
class _LineEnds:
    """Turns CRLF into LF, and a lone CR into LF in files that have no LF, else into a space."""

    _lone: bytes | None = None
    _held: bytes = b""

    def unify(self, chunk: bytes, *, final: bool) -> bytes:
        chunk, self._held = self._held + chunk, b""
        if chunk.endswith(b"\r") and not final:
            chunk, self._held = chunk[:-1], b"\r"
        if b"\r" in chunk:
            chunk = chunk.replace(b"\r\n", b"\n")
            at = chunk.find(b"\r")
            if at >= 0:
                if self._lone is None:
                    feed = chunk.find(b"\n")
                    self._lone = b"\n" if feed < 0 or at < feed else b" "
                chunk = chunk.replace(b"\r", self._lone)
        if self._lone is None and b"\n" in chunk:
            self._lone = b" "
        return chunk


def _sniff(start: bytes) -> tuple[str, int]:
    """Return the encoding that the first bytes speak for, and how many to skip."""
    for mark, encoding in _BOMS:
        if start.startswith(mark):
            return encoding, len(mark)
    # Without a mark: text in Latin letters has its zero bytes all on one side.
    sample = np.frombuffer(start[: min(len(start), 4096) // 2 * 2], dtype=np.uint8)
    if len(sample) >= 8:
        even, odd = (sample[::2] == 0).mean(), (sample[1::2] == 0).mean()
        if odd > 0.4 and even < 0.05:
            return "utf-16-le", 0
        if even > 0.4 and odd < 0.05:
            return "utf-16-be", 0
    return "utf-8", 0


def _from_windows(line: bytes) -> bytes:
    """Return a line of Windows-1252 as UTF-8; its five unused bytes as in Latin-1."""
    try:
        text = line.decode("cp1252")
    except UnicodeDecodeError:
        text = line.decode("latin-1")
    return text.encode("utf-8")
