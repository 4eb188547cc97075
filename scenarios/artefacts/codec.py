"""Trees of frozen dataclasses as a JSON tree and one run of bytes, and back.

Arrays and long tuples of texts go to the bytes, each at a multiple of :data:`ALIGNMENT`;
everything else stays in the tree, where a mapping with the key ``$`` stands for what JSON
has no word for. Whatever a tree may hold is listed in :func:`pack`; a value of another kind
is refused, so that nothing is lost in silence.
"""

from __future__ import annotations

import datetime as dt
import importlib
import math
from collections import Counter
from dataclasses import dataclass, field, fields, is_dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

ALIGNMENT = 64
"""Bytes: what the widest vector instructions ask for."""

OWN_PACKAGES = ("network", "demand", "solver", "scenarios")
FEW_TEXTS = 16
"""Shorter tuples of texts stay readable in the tree."""


@dataclass(slots=True)
class Packed:
    """A value taken apart: its tree, and the arrays that the tree numbers.

    ``layout`` describes each array: dtype, shape, first byte.
    """

    tree: Any = None
    arrays: list[NDArray[Any]] = field(default_factory=list)
    layout: list[tuple[str, list[int], int]] = field(default_factory=list)
    size: int = 0
    _numbers: dict[int, int] = field(default_factory=dict)

    def add(self, array: NDArray[Any]) -> int:
        """Give an array a place in the bytes (once) and return its number."""
        known = self._numbers.get(id(array))
        if known is not None:
            return known
        if array.dtype.kind not in "biufMmUS" or array.ndim == 0:
            msg = f"an array of {array.dtype}, {array.ndim} dimensions, cannot be stored"
            raise TypeError(msg)
        flat = np.ascontiguousarray(array)
        self.layout.append((flat.dtype.str, list(flat.shape), self.size))
        self.arrays.append(flat)
        self._numbers[id(array)] = len(self.arrays) - 1
        self.size = _align(self.size + flat.nbytes)
        return len(self.arrays) - 1

    def chunks(self) -> Iterator[memoryview | bytes]:
        """Return the bytes of all arrays in order, gaps between them filled."""
        for array in self.arrays:
            if array.nbytes:
                yield array.reshape(-1).view(np.uint8).data
            yield bytes(_align(array.nbytes) - array.nbytes)


def pack(value: object) -> Packed:
    """Take a value apart.

    It may be None, a number, a text, a date, a member of an enumeration, an array, a tuple,
    list, dict or Counter of such, or a dataclass of this project with such fields.

    Raises
    ------
    TypeError
        If it holds anything else.
    """
    packed = Packed()
    packed.tree = _pack(value, packed)
    return packed


def unpack(tree: object, layout: list[Any], buffer: Any) -> Any:  # noqa: ANN401 - any value
    """Put a value together again; its arrays are views of the buffer (mapped, not read).

    Raises
    ------
    ValueError, TypeError, KeyError
        If the tree does not describe a value of this version of the program.
    """
    arrays = [_view(buffer, *entry) for entry in layout]
    return _unpack(tree, arrays)


def _align(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT


def _view(buffer: Any, dtype: str, shape: list[int], offset: int) -> NDArray[Any]:  # noqa: ANN401
    count = math.prod(shape)
    if count == 0:
        return np.zeros(shape, dtype=np.dtype(dtype))
    flat: NDArray[Any] = np.frombuffer(buffer, dtype=np.dtype(dtype), count=count, offset=offset)
    return flat.reshape(shape)


def _pack(value: object, packed: Packed) -> object:  # noqa: PLR0911 - one line a kind
    kind = type(value)
    if value is None or kind in (bool, int, str):
        return value
    if kind is float:
        return value if math.isfinite(value) else {"$": "float", "text": str(value)}  # type: ignore[arg-type]
    if isinstance(value, np.ndarray):
        return {"$": "array", "at": packed.add(value)}
    if isinstance(value, np.generic):
        return _pack(value.item(), packed)
    if isinstance(value, Enum):
        return {"$": "enum", "of": _name(kind), "value": value.value}
    if kind is dt.date:
        return {"$": "date", "iso": value.isoformat()}  # type: ignore[attr-defined]
    if is_dataclass(value) and not isinstance(value, type):
        names = [part.name for part in fields(value) if part.init]
        parts = {name: _pack(getattr(value, name), packed) for name in names}
        return {"$": "object", "of": _name(kind), "fields": parts}
    return _pack_many(value, packed)


def _pack_many(value: object, packed: Packed) -> object:
    kind = type(value)
    if kind in (tuple, list):
        items: Any = value
        if len(items) > FEW_TEXTS and all(type(item) is str for item in items):
            texts, ends = _join(items)
            return {
                "$": "texts",
                "in": kind.__name__,
                "texts": packed.add(texts),
                "ends": packed.add(ends),
            }
        return {"$": kind.__name__, "items": [_pack(item, packed) for item in items]}
    if kind in (dict, Counter):
        pairs: Any = value
        rows = [[_pack(key, packed), _pack(item, packed)] for key, item in pairs.items()]
        return {"$": kind.__name__, "items": rows}
    msg = f"a {kind.__module__}.{kind.__qualname__} cannot be stored"
    raise TypeError(msg)


def _join(texts: tuple[str, ...]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return texts as UTF-8 bytes, and where each ends, counted in characters."""
    ends = np.cumsum(np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)))
    raw = "".join(texts).encode("utf-8", "surrogatepass")
    return np.frombuffer(raw, dtype=np.uint8), ends


def _split(texts: NDArray[np.uint8], ends: NDArray[np.int64]) -> list[str]:
    whole = texts.tobytes().decode("utf-8", "surrogatepass")
    stops = ends.tolist()
    return [whole[a:b] for a, b in zip([0, *stops], stops, strict=False)]


def _unpack(tree: Any, arrays: list[NDArray[Any]]) -> Any:  # noqa: ANN401, PLR0911
    if not isinstance(tree, dict):
        return tree
    kind = tree["$"]
    if kind == "array":
        return arrays[tree["at"]]
    if kind == "texts":
        parts = _split(arrays[tree["texts"]], arrays[tree["ends"]])
        return tuple(parts) if tree["in"] == "tuple" else parts
    if kind in ("tuple", "list"):
        items = [_unpack(item, arrays) for item in tree["items"]]
        return tuple(items) if kind == "tuple" else items
    if kind in ("dict", "Counter"):
        pairs = {_unpack(key, arrays): _unpack(item, arrays) for key, item in tree["items"]}
        return Counter(pairs) if kind == "Counter" else pairs
    if kind == "object":
        values = {name: _unpack(item, arrays) for name, item in tree["fields"].items()}
        return _find(tree["of"])(**values)
    if kind == "enum":
        return _find(tree["of"])(tree["value"])
    if kind == "date":
        return dt.date.fromisoformat(tree["iso"])
    if kind == "float":
        return float(tree["text"])
    msg = f"{kind!r} means nothing to this version"
    raise ValueError(msg)


def _name(kind: type) -> str:
    if kind.__module__.split(".")[0] not in OWN_PACKAGES or "." in kind.__qualname__:
        msg = f"a {kind.__module__}.{kind.__qualname__} cannot be stored"
        raise TypeError(msg)
    return f"{kind.__module__}:{kind.__qualname__}"


def _find(name: str) -> type:
    """Return a class by its name: a dataclass or an enumeration of this project, nothing else."""
    module, _, qualname = name.partition(":")
    if module.split(".")[0] not in OWN_PACKAGES:
        msg = f"{name!r} is no class of this project"
        raise ValueError(msg)
    found = getattr(importlib.import_module(module), qualname, None)
    if isinstance(found, type) and (is_dataclass(found) or issubclass(found, Enum)):
        return found
    msg = f"{name!r} is no class that is stored"
    raise ValueError(msg)
