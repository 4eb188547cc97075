"""One pass over an OpenStreetMap file: what of it concerns streets, in plain columns."""

from __future__ import annotations

import tempfile
from array import array
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import osmium

from network.base import Problem
from network.readers._osm_relations import (
    CAR_RESTRICTION_KEYS,
    list_members,
    outline_tags,
    parse_restriction,
)
from network.streets.access import PLAIN_ACCESS_KEYS
from network.streets.rules import RULE_KEYS, is_street

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from network.base import ProblemLog, Progress
    from network.streets.raw import TurnRestriction

_STAGE = "osm"
_REPORT_EVERY = 20_000

_WANTED_NODES = ("barrier", "ele")
_WANTED_RELATIONS = ("highway", "railway", "public_transport", "man_made", *CAR_RESTRICTION_KEYS)
_NODE_KEYS = frozenset({"barrier", "ele", "locked", *PLAIN_ACCESS_KEYS})

_ROW = np.dtype([("id", "<u8"), ("x", "<i4"), ("y", "<i4")])
"""A row of libosmium's sparse location table: node id, longitude and latitude in 1e-7 degrees."""
_PER_DEGREE = 10_000_000
_ROWS_AT_ONCE = 4_000_000

TagKey = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Elements:
    """Streets of a file as they are read: growing columns in the file's order.

    Way ``i`` has ``way_id[i]``, ``way_version[i]``, the nodes
    ``ref[ref_offset[i]:ref_offset[i + 1]]``, the tags number ``tags[i]`` of ``tag_sets`` and
    the name number ``name[i]`` of ``names``. ``n_ways_read`` counts all ways. ``outlines``
    are ways that relations make streets, with the relation and its tags. Node places are rows
    of id, longitude and latitude in 1e-7 degrees, ascending, one for each node of a way.
    """

    way_id: array[int] = field(default_factory=lambda: array("q"))
    way_version: array[int] = field(default_factory=lambda: array("q"))
    ref: array[int] = field(default_factory=lambda: array("q"))
    ref_offset: array[int] = field(default_factory=lambda: array("q", [0]))
    tags: array[int] = field(default_factory=lambda: array("q"))
    tag_sets: dict[TagKey, int] = field(default_factory=dict)
    name: array[int] = field(default_factory=lambda: array("q"))
    names: dict[str, int] = field(default_factory=dict)
    node_tags: dict[int, tuple[int, TagKey]] = field(default_factory=dict)
    restrictions: dict[int, tuple[int, TurnRestriction]] = field(default_factory=dict)
    outlines: dict[int, tuple[int, Mapping[str, str]]] = field(default_factory=dict)
    n_ways_read: int = 0
    places: NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 3), dtype=np.int64))

    def add_way(self, way: Any, tags: Mapping[str, str]) -> None:  # noqa: ANN401 - osmium's Way
        """Append a way with those of its tags that matter."""
        key = tuple(sorted([item for item in tags.items() if item[0] in RULE_KEYS]))
        name = tags.get("name") or tags.get("ref") or ""
        self.way_id.append(way.id)
        self.way_version.append(way.version)
        self.ref.extend([node.ref for node in way.nodes])
        self.ref_offset.append(len(self.ref))
        self.tags.append(self.tag_sets.setdefault(key, len(self.tag_sets)))
        self.name.append(self.names.setdefault(name, len(self.names)))


def read_elements(path: Path, fmt: str, log: ProblemLog, progress: Progress) -> Elements:
    """Read the streets, barriers, elevations and turn restrictions of a file.

    Nodes and relations are filtered inside libosmium, and the places of nodes go to a table on
    disk that numpy maps: Python sees ways alone, in whatever order the file has them.

    Raises
    ------
    RuntimeError, ValueError, OSError
        If the file is damaged or cut off (from libosmium).
    """
    elements = Elements()
    with tempfile.TemporaryDirectory(prefix="creneau-osm-") as folder:
        table_path = Path(folder) / "places"
        table = osmium.index.create_map(f"sparse_file_array,{table_path}")
        keeps_places = osmium.NodeLocationsForWays(table)
        keeps_places.apply_nodes_to_ways = False
        source = osmium.FileProcessor(osmium.io.File(str(path), fmt)).with_filter(keeps_places)
        # All ways pass: they are counted.
        source = source.with_filter(_key_filter(osmium.osm.NODE, _WANTED_NODES))
        source = source.with_filter(_key_filter(osmium.osm.RELATION, _WANTED_RELATIONS))
        items: Iterable[Any] = source
        done = 0
        for done, item in enumerate(items, start=1):
            _take(item, elements, path.name, log)
            if done % _REPORT_EVERY == 0:
                progress(_STAGE, done, 0)
        if elements.outlines:
            _read_outlines(path, fmt, elements)
        progress(_STAGE, done, done)
        refs = np.sort(np.frombuffer(elements.ref, dtype=np.int64))
        rows = [_read_places(table_path, refs)]
        if len(refs) and refs[0] < 0:
            rows.append(_read_negative_places(path, fmt))
    elements.places = _sort_places(np.concatenate(rows), path.name, log)
    return elements


def _key_filter(
    entities: osmium.osm.osm_entity_bits, keys: tuple[str, ...]
) -> osmium.filter.KeyFilter:
    keeps = osmium.filter.KeyFilter(*keys)
    keeps.enable_for(entities)
    return keeps


def _take(item: Any, elements: Elements, file: str, log: ProblemLog) -> None:  # noqa: ANN401
    if item.is_way():
        elements.n_ways_read += 1
        if is_street(item.tags) and item.visible:
            elements.add_way(item, dict(item.tags))
        return
    tags = dict(item.tags)
    if not item.visible:
        return
    if item.is_node():
        if "barrier" in tags or "ele" in tags:
            key = tuple(sorted((k, v) for k, v in tags.items() if k in _NODE_KEYS))
            _keep_newest(elements.node_tags, item.id, item.version, key)
    elif item.is_relation():
        outline = outline_tags(tags)
        if outline is not None:
            for kind, ref, _ in list_members(item):
                # Where relations share a way, the first relation by id holds.
                if kind == "w" and item.id < elements.outlines.get(ref, (item.id + 1,))[0]:
                    elements.outlines[ref] = (item.id, outline)
        elif tags.get("type", "restriction").startswith("restriction"):
            found = parse_restriction(item.id, tags, list_members(item), file, log)
            if found is not None:
                _keep_newest(elements.restrictions, item.id, item.version, found)


def _keep_newest(store: dict[int, Any], ref: int, version: int, value: object) -> None:
    """Keep the highest version of what a file has several times; of equals, any order alike."""
    old = store.get(ref)
    if old is None or (version, repr(value)) > (old[0], repr(old[1])):
        store[ref] = (version, value)


def _read_outlines(path: Path, fmt: str, elements: Elements) -> None:
    """Add the ways that are streets only because a relation says so."""
    own = set(elements.way_id)
    wanted = osmium.filter.IdFilter([way for way in elements.outlines if way not in own])
    source = osmium.FileProcessor(osmium.io.File(str(path), fmt), osmium.osm.WAY)
    ways: Iterable[Any] = source.with_filter(wanted)
    for way in ways:
        if way.visible:
            elements.add_way(way, elements.outlines[way.id][1])


def _read_places(table: Path, wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """Read the rows of the wanted nodes from libosmium's table, shape (n, 3)."""
    found = [np.zeros((0, 3), dtype=np.int64)]
    if table.stat().st_size >= _ROW.itemsize and len(wanted):
        rows = np.memmap(table, dtype=_ROW, mode="r")
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            part = rows[start : start + _ROWS_AT_ONCE]
            ids = part["id"].astype(np.int64)
            place = np.minimum(np.searchsorted(wanted, ids), len(wanted) - 1)
            mine = part[(wanted[place] == ids) & (ids > 0)]
            found.append(
                np.stack([mine[name].astype(np.int64) for name in ("id", "x", "y")], axis=1)
            )
        del rows
    return np.concatenate(found)


def _read_negative_places(path: Path, fmt: str) -> NDArray[np.int64]:
    """Read nodes with negative ids (new in an editor), which libosmium's table leaves out."""
    nodes: Iterable[Any] = osmium.FileProcessor(osmium.io.File(str(path), fmt), osmium.osm.NODE)
    rows = [
        (node.id, node.location.x, node.location.y)
        for node in nodes
        if node.id < 0 and node.visible
    ]
    return np.array(rows, dtype=np.int64).reshape(-1, 3)


def _sort_places(rows: NDArray[np.int64], file: str, log: ProblemLog) -> NDArray[np.int64]:
    """Return rows of valid places by id, one each; what is wrong is set aside."""
    on_earth = (np.abs(rows[:, 1]) <= 180 * _PER_DEGREE) & (np.abs(rows[:, 2]) <= 90 * _PER_DEGREE)
    if not on_earth.all():
        where = rows[~on_earth, 0]
        log.set_aside("node without a place on earth", _no_place(file, where), count=len(where))
    rows = np.unique(rows[on_earth], axis=0)
    again = np.append(False, rows[1:, 0] == rows[:-1, 0])[: len(rows)]
    if again.any():
        where = rows[again, 0]
        log.set_aside("node in two places", _two_places(file, where), count=len(where))
    places: NDArray[np.int64] = rows[~again]
    return places


def to_degrees(units: NDArray[np.int64]) -> NDArray[np.float64]:
    """Convert 1e-7 degrees to degrees."""
    return units / _PER_DEGREE


def _no_place(file: str, nodes: NDArray[np.int64]) -> Problem:
    return Problem(
        file=file,
        field=f"node {nodes.min()}",
        found="no latitude and longitude, or ones that are nowhere on earth",
        expected="a latitude of -90 to 90 and a longitude of -180 to 180 degrees",
        mend="Correct the node; ways are cut there.",
    )


def _two_places(file: str, nodes: NDArray[np.int64]) -> Problem:
    return Problem(
        file=file,
        field=f"node {nodes.min()}",
        found="one node in two different places",
        expected="each node once",
        mend="Merge extracts with a tool that knows versions, such as osmium merge.",
    )
