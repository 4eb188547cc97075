"""One table of a feed, read the fastest way that loses nothing of it."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING

import numpy as np

from network.base import ProblemLog
from network.readers._gtfs_arrow import read_in_blocks, release_memory
from network.readers._gtfs_columns import build_frame, new_column
from network.readers._gtfs_kit import is_plain, read_plain
from network.readers._gtfs_rows import RowSplitter, build_header
from network.readers._gtfs_schema import get_schemas
from network.readers._gtfs_text import CleanText

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd

    from network.readers._gtfs_files import FeedFiles
    from network.readers._gtfs_rows import Header
    from network.readers._gtfs_schema import TableSchema

SMALL = 8 << 20
"""Tables of at most this many bytes are held whole and given to gtfs-kit where they are plain."""

_BATCH = 50_000


def read_table(
    files: FeedFiles, table: str, log: ProblemLog, on_read: Callable[[int], None]
) -> pd.DataFrame | None:
    """Read the columns of a table that are used; None where it has no rows.

    gtfs-kit reads tables that are small and plain. Larger ones, which it would hold in memory
    several times over, are read in blocks; what neither reads without loss is split line by
    line.

    Raises
    ------
    TableError
        If the table is damaged or lacks columns that must be there.
    NetworkInputError
        If it is larger than the limits of the feed.
    """
    schema = get_schemas()[table]
    if files.tables[table].size > SMALL:
        attempt = ProblemLog(keep=log.keep)
        frame = _read_large(files, schema, attempt, on_read)
        if frame is not None:
            _pour(attempt, log)
            release_memory()
            return frame if len(frame) else None
        on_read = _ignore  # its bytes have been counted
    frame = _read_closely(files, schema, log, on_read)
    return frame if len(frame) else None


def _read_large(
    files: FeedFiles, schema: TableSchema, log: ProblemLog, on_read: Callable[[int], None]
) -> pd.DataFrame | None:
    """Read a table in blocks; None where its lines need a closer look."""
    with files.open(schema.name, on_read) as raw:
        text = CleanText(raw, files.tables[schema.name].label)
        header, blocks = _open(text, schema, log)
        read = read_in_blocks(blocks, header, schema)
    if read is None or read.n_rows + len(read.odd) != text.n_lines - 1:
        return None  # the latter where a value runs over several lines
    lines = np.arange(1, text.n_lines)
    if read.odd:
        lines = np.delete(lines, np.array([line for line, _ in read.odd]) - 1)
    splitter = RowSplitter(header, text, log)
    if read.width < header.width:
        splitter.note_short(lines, read.width)
    later = []
    for line, row_text in read.odd:
        fields = splitter.split(line, row_text)
        if fields is not None:
            later.append(line)
            for name, position in header.positions.items():
                read.columns[name].add([fields[position]])
    text.report(log)
    if later:
        lines = np.concatenate((lines, later))
    lines = text.line_numbers(lines)
    return build_frame(schema, read.columns, lines, text.file, log)


def _read_closely(
    files: FeedFiles, schema: TableSchema, log: ProblemLog, on_read: Callable[[int], None]
) -> pd.DataFrame:
    """Read a table with gtfs-kit where it is small and plain, else line by line."""
    is_small = files.tables[schema.name].size <= SMALL
    with files.open(schema.name, on_read) as raw:
        text = CleanText(raw, files.tables[schema.name].label)
        header, blocks = _open(text, schema, log)
        frame = None
        if is_small:
            content = b"".join(blocks)
            blocks = iter((content,))
            if is_plain(content, header, schema):
                lines = text.line_numbers(np.arange(1, text.n_lines))
                frame = read_plain(content, header, schema, lines)
        if frame is None:
            frame = _read_lines(text, blocks, header, schema, log)
    text.report(log)
    return frame


def _read_lines(
    text: CleanText,
    blocks: Iterator[bytes],
    header: Header,
    schema: TableSchema,
    log: ProblemLog,
) -> pd.DataFrame:
    columns = {name: new_column(schema.name, schema.columns[name]) for name in header.positions}
    lines = [np.empty(0, dtype=np.int64)]
    rows = RowSplitter(header, text, log).rows(blocks)
    while batch := list(islice(rows, _BATCH)):
        lines.append(np.array([line for line, _ in batch]))
        for name, position in header.positions.items():
            columns[name].add([fields[position] for _, fields in batch])
    at = text.line_numbers(np.concatenate(lines))
    return build_frame(schema, columns, at, text.file, log)


def _open(text: CleanText, schema: TableSchema, log: ProblemLog) -> tuple[Header, Iterator[bytes]]:
    """Return the header of a table and the blocks of lines below it."""
    blocks = text.blocks()
    line, _, rest = next(blocks, b"").partition(b"\n")
    header = build_header(line.decode("utf-8"), schema, text.file, log)
    return header, chain((rest,) if rest else (), blocks)


def _pour(source: ProblemLog, log: ProblemLog) -> None:
    """Add what one log counted to another."""
    for kind, count in source.counts.items():
        *others, last = source.examples[kind]
        for problem in others:
            log.set_aside(kind, problem)
        log.set_aside(kind, last, count=count - len(others))


def _ignore(_: int) -> None:
    """Count nothing."""
