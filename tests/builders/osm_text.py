"""Small OpenStreetMap texts, laid out in metres around 0, 0, and what was made of them."""

import random
from dataclasses import dataclass, field
from math import radians
from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np

from network.base.geodesy import EARTH_RADIUS_M
from network.readers.osm import read_streets
from network.streets.graph import ModeGraph, StreetGraph

METRES_PER_DEGREE = EARTH_RADIUS_M * radians(1)


@dataclass
class OsmText:
    """Nodes, ways and relations of an extract; ids are the caller's own."""

    nodes: list[str] = field(default_factory=list)
    ways: list[str] = field(default_factory=list)
    relations: list[str] = field(default_factory=list)

    def node(self, node: int, x_m: float, y_m: float = 0.0, **tags: str) -> "OsmText":
        lat, lon = y_m / METRES_PER_DEGREE, x_m / METRES_PER_DEGREE
        place = f'<node id="{node}" version="1" lat="{lat:.7f}" lon="{lon:.7f}">'
        self.nodes.append(place + _tags(tags) + "</node>")
        return self

    def row(self, *x_m: float, y_m: float = 0.0, first: int = 1) -> "OsmText":
        """Add nodes first, first + 1, ... at these eastings."""
        for i, x in enumerate(x_m):
            self.node(first + i, x, y_m)
        return self

    def way(self, way: int, refs: list[int], version: int = 1, **tags: str) -> "OsmText":
        """Add a way; ``__`` in a key of a tag stands for a colon."""
        nds = "".join(f'<nd ref="{ref}"/>' for ref in refs)
        self.ways.append(f'<way id="{way}" version="{version}">{nds}{_tags(tags)}</way>')
        return self

    def restriction(
        self, relation: int, kind: str, *members: tuple[str, str, int], **tags: str
    ) -> "OsmText":
        """Add a turn restriction of members (role, ``node`` or ``way``, id)."""
        return self.relation(relation, *members, type="restriction", restriction=kind, **tags)

    def relation(self, relation: int, *members: tuple[str, str, int], **tags: str) -> "OsmText":
        inside = "".join(
            f'<member type="{kind}" ref="{ref}" role="{role}"/>' for role, kind, ref in members
        )
        self.relations.append(f'<relation id="{relation}">{inside}{_tags(tags)}</relation>')
        return self

    def text(self, shuffle: random.Random | None = None) -> str:
        elements = [*self.nodes, *self.ways, *self.relations]
        if shuffle is not None:
            shuffle.shuffle(elements)
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n<osm version="0.6">\n'
            + "\n".join(elements)
            + "\n</osm>\n"
        )

    def write(self, folder: Path, name: str = "town.osm") -> Path:
        path = folder / name
        path.write_text(self.text(), encoding="utf-8")
        return path

    def read(self, folder: Path, **options: float) -> StreetGraph:
        return read_streets(self.write(folder), **options)


def _tags(tags: dict[str, str]) -> str:
    return "".join(
        f"<tag k={quoteattr(key.replace('__', ':'))} v={quoteattr(value)}/>"
        for key, value in tags.items()
    )


def moves(streets: StreetGraph, graph: ModeGraph) -> dict[tuple[int, int], float]:
    """Return the seconds from junction to next junction, by OSM ids, of every edge."""
    tails = np.repeat(np.arange(graph.n_vertices), np.diff(graph.offset))
    osm_id = streets.nodes.osm_id
    return {
        (int(osm_id[graph.node[t]]), int(osm_id[graph.node[h]])): float(s)
        for t, h, s in zip(tails, graph.head, graph.duration_s, strict=True)
    }


def pairs(streets: StreetGraph, graph: ModeGraph) -> set[tuple[int, int]]:
    """Return the moves from junction to next junction, by OSM ids."""
    return set(moves(streets, graph))


def street_text(**tags: str) -> OsmText:
    """Return one way of 100 m from node 1 to node 2."""
    return OsmText().row(0, 100).way(10, [1, 2], **tags)
