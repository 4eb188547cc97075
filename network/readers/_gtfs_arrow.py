"""Tables of millions of rows read in blocks: no more of the file is held than one block."""

from __future__ import annotations

import csv
import ctypes
import io
import sys
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv

from network.readers._gtfs_columns import NumberColumn, TextColumn, new_column

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from network.readers._gtfs_columns import Column
    from network.readers._gtfs_rows import Header
    from network.readers._gtfs_schema import TableSchema

_BLOCK = 4 << 20
_MAX_ODD = 200_000
_CODED = pa.dictionary(pa.int32(), pa.string())


class _Blocks(io.RawIOBase):
    """Blocks of lines as a file that Arrow reads."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks, self._rest = iter(blocks), b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        parts, held = [self._rest], len(self._rest)
        while held < _BLOCK if size < 0 else held < size:
            block = next(self._blocks, b"")
            if not block:
                break
            parts.append(block)
            held += len(block)
        content = b"".join(parts)
        end = len(content) if size < 0 else size
        self._rest = content[end:]
        return content[:end]


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockRows:
    """Columns of the ``n_rows`` rows that have ``width`` fields, and the other rows.

    The width is that of the first row: it may differ from the header's where fields that
    can be done without are left out of every row, or every row ends in a comma too many.
    ``odd`` holds the other rows as their line (0-based, the header's line 0) and text.
    """

    columns: dict[str, Column]
    width: int
    n_rows: int
    odd: list[tuple[int, str]]


def read_in_blocks(
    blocks: Iterator[bytes], header: Header, schema: TableSchema
) -> BlockRows | None:
    """Read the columns of a table that are used; None where its text needs a closer look.

    ``blocks`` are the lines below the header. Values that run over several lines, or quotes
    that are not closed, show in fewer rows than lines: the caller compares.
    """
    columns = {name: new_column(schema.name, schema.columns[name]) for name in header.positions}
    odd: list[tuple[int, str]] = []
    first = next(blocks, b"")
    width = _width(first, header)
    if not first:
        return BlockRows(columns=columns, width=width, n_rows=0, odd=odd)
    n_rows = 0
    try:
        for batch in _batches(chain((first,), blocks), columns, header, width, odd):
            n_rows += batch.num_rows
            for position in range(header.width, width):
                if any(text.strip() for text in batch.column(str(position)).dictionary.to_pylist()):
                    return None  # a field too many that says something
            for name, position in header.positions.items():
                if position < width:
                    _add(columns[name], batch.column(str(position)))
                else:
                    columns[name].add_blank(batch.num_rows)
    except pa.ArrowException:
        return None
    return BlockRows(columns=columns, width=width, n_rows=n_rows, odd=odd)


def release_memory() -> None:
    """Give memory that is free back to the system, where allocators keep it otherwise.

    After five million rows they keep 150 MB, which the building of a timetable, in larger
    pieces, cannot use.
    """
    pa.default_memory_pool().release_unused()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


def _width(block: bytes, header: Header) -> int:
    """Return how many fields the first row has, or else a full one where it is no row."""
    line = block.partition(b"\n")[0].decode("utf-8")
    width = len(next(csv.reader([line]), [])) if len(line) < csv.field_size_limit() else 0
    return width if width >= header.needed else header.width


def _batches(
    blocks: Iterable[bytes],
    columns: dict[str, Column],
    header: Header,
    width: int,
    odd: list[tuple[int, str]],
) -> Iterable[Any]:
    """Open the blocks as batches of rows of ``width`` fields, columns named by position."""

    def keep_odd(row: Any) -> str:  # noqa: ANN401 - a named tuple of Arrow's own
        odd.append((row.number, row.text))
        return "skip" if len(odd) <= _MAX_ODD else "error"

    types = {str(position): _CODED for position in range(header.width, width)}
    for name, position in header.positions.items():
        if position < width:
            is_number = isinstance(columns[name], NumberColumn)
            types[str(position)] = pa.string() if is_number else _CODED
    reader: Iterable[Any] = pcsv.open_csv(
        _Blocks(blocks),
        read_options=pcsv.ReadOptions(
            use_threads=False,
            block_size=_BLOCK,
            column_names=[str(position) for position in range(width)],
        ),
        parse_options=pcsv.ParseOptions(newlines_in_values=True, invalid_row_handler=keep_odd),
        convert_options=pcsv.ConvertOptions(
            column_types=types, include_columns=list(types), strings_can_be_null=False
        ),
    )
    return reader


def _add(column: Column, values: Any) -> None:  # noqa: ANN401 - pyarrow is untyped
    if isinstance(column, TextColumn):
        codes: NDArray[np.int32] = values.indices.to_numpy(zero_copy_only=False)
        column.add_coded(values.dictionary.to_pylist(), codes)
        return
    try:
        blank = pc.equal(values, "")
        numbers = pc.cast(pc.if_else(blank, None, values), pa.float64())
        floats = numbers.to_numpy(zero_copy_only=False).astype(float)
    except pa.ArrowInvalid:
        floats = None
    if floats is None or np.isinf(floats).any() or np.isnan(floats).sum() > pc.sum(blank).as_py():
        column.add(values.to_pylist())
    else:
        column.add_numbers(floats)
