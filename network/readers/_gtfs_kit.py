"""Plain tables read by gtfs-kit; whether a table is plain is seen from its text."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from network.readers._gtfs_columns import CODE_MAX, SPACES, WHOLE_MAX, dtype_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pandas.api.extensions import ExtensionArray

    from network.readers._gtfs_rows import Header
    from network.readers._gtfs_schema import TableSchema

# Words that gtfs-kit (through pandas) takes for an empty field wherever they stand.
_NO_VALUE = re.compile(
    rb'(?:^|,)"?(?:-?nan|-?NaN|NULL|null|None|NA|N/A|n/a|<NA>|#N/A|#N/A N/A|#NA|-?1\.#IND|'
    rb'-?1\.#QNAN)"?(?=,|$)',
    re.MULTILINE,
)
_PARTS = (b"nan", b"NaN", b"NULL", b"null", b"None", b"NA", b"N/A", b"n/a", b"1.#")
_TEXT_BYTES = bytes(range(0x20, 0x7F)) + bytes(range(0x80, 0x100)) + b"\t\n"
_SPACED = (b" ,", b", ", b" \n", b"\n ", b'" ', b' "', b"\t", b"\xc2\xa0")
_QUOTED = re.compile(rb'"[^"]*"')


def is_plain(content: bytes, header: Header, schema: TableSchema) -> bool:
    """Return whether gtfs-kit reads a table without loss.

    It guesses the type of columns it does not know, fills rows that are too short, and takes
    words such as ``NA`` for nothing: such a table is not plain. ``content`` is the table
    without its first line.
    """
    # With its maps it takes a second to import, which whoever opens a built network need not.
    from gtfs_kit import constants

    types = constants.DTYPES.get(schema.name, {})
    if not set(header.names) <= set(types) or len(set(header.names)) < header.width:
        return False
    if any(part in content for part in _PARTS) and _NO_VALUE.search(content):
        return False
    if content.translate(None, _TEXT_BYTES):
        return False  # control characters: pandas takes some for spaces
    bare = _QUOTED.sub(b"", content) if b'"' in content else content
    return {line.count(b",") for line in bare.splitlines()} == {header.width - 1}


def read_plain(
    content: bytes, header: Header, schema: TableSchema, lines: NDArray[np.int64]
) -> pd.DataFrame | None:
    """Read a plain table with gtfs-kit; None where that fails or does not give every row.

    ``lines`` are the lines of the file that the rows stand in.
    """
    from gtfs_kit import read_feed

    try:
        with tempfile.TemporaryDirectory() as folder:
            first = ",".join(header.names).encode()
            (Path(folder) / f"{schema.name}.txt").write_bytes(first + b"\n" + content)
            feed = read_feed(folder, dist_units="km")
    except Exception:  # whatever defeats it (a word for a number, a number too large): not ours
        return None
    frame = getattr(feed, schema.name)
    if frame is None or len(frame) != len(lines):
        return None
    is_spaced = content[:1] == b" " or any(part in content for part in _SPACED)
    typed: dict[str, ExtensionArray] = {}
    for name, kind in schema.columns.items():
        if name in header.positions:
            values = _typed(frame[name].array, dtype_of(schema.name, kind), is_spaced=is_spaced)
            if values is None:
                return None
            typed[name] = values
    return pd.DataFrame(typed, index=lines - 2, copy=False)


def _typed(values: Any, dtype: str, *, is_spaced: bool) -> ExtensionArray | None:  # noqa: ANN401
    """Return a column with the dtype of its kind; None where a value is out of range."""
    if dtype in ("string", "category"):
        if is_spaced:
            texts = pd.Series(values).str.strip(SPACES)
            values = texts.mask(texts == "").array
        return pd.Categorical(values) if dtype == "category" else values
    numbers = values.to_numpy(dtype=float, na_value=np.nan)
    blank = np.isnan(numbers)
    if dtype == "Float64":
        return None if np.isinf(numbers).any() else pd.arrays.FloatingArray(numbers, blank)
    whole = np.where(blank, 0.0, numbers)
    if (np.abs(whole) > (CODE_MAX if dtype == "Int8" else WHOLE_MAX)).any():
        return None
    return pd.arrays.IntegerArray(whole.astype(dtype.lower()), blank)
