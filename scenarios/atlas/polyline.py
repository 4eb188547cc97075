"""Lines as short texts: the encoded polyline format, five decimals (about a metre)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SCALE = 1e5


def encode_polyline(lat: NDArray[np.float64], lon: NDArray[np.float64]) -> str:
    """Return a line as text: differences of 1e-5 degrees, latitude and longitude in turn.

    References
    ----------
    Google, "Encoded Polyline Algorithm Format".
    """
    points = np.rint(np.column_stack((lat, lon)) * SCALE).astype(np.int64)
    steps = np.diff(points, axis=0, prepend=np.zeros((1, 2), dtype=np.int64)).ravel()
    parts = []
    for value in np.where(steps < 0, ~(steps << 1), steps << 1).tolist():
        while value >= 0x20:
            parts.append(chr((0x20 | (value & 0x1F)) + 63))
            value >>= 5
        parts.append(chr(value + 63))
    return "".join(parts)


def decode_polyline(text: str) -> NDArray[np.float64]:
    """Return the points of an encoded line, shape (n, 2): latitude and longitude, degrees."""
    steps, value, shift = [], 0, 0
    for letter in text:
        part = ord(letter) - 63
        value |= (part & 0x1F) << shift
        shift += 5
        if part < 0x20:
            steps.append(~(value >> 1) if value & 1 else value >> 1)
            value = shift = 0
    return np.cumsum(np.asarray(steps, dtype=np.int64).reshape(-1, 2), axis=0) / SCALE
