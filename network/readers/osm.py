"""OpenStreetMap extracts to street graphs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from network.base import Problem, ProblemLog, Progress, no_progress
from network.base.errors import NetworkInputError
from network.readers._osm_elements import Elements, read_elements, to_degrees
from network.readers._osm_elevation import fill_elevations, parse_elevation, read_elevations
from network.readers._osm_format import find_format, not_readable
from network.readers.street_tables import default_street_tables
from network.streets.access import decode_barrier
from network.streets.build import build_streets
from network.streets.raw import RawWays
from network.streets.rules import decode_way

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from network.readers._osm_elements import TagKey
    from network.streets.graph import StreetGraph
    from network.streets.raw import WayRules


def read_streets(
    path: Path,
    *,
    elevation: Path | None = None,
    walk_speed_mps: float = 1.2,
    bike_speed_mps: float = 4.2,
    car_speed_share: float = 1.0,
    progress: Progress = no_progress,
) -> StreetGraph:
    """Read an OpenStreetMap extract and build its street graph for walk, bike and car.

    ``.osm.pbf``, ``.osm``, ``.osm.gz`` and ``.osm.bz2``, told apart by content. ``n_ways_read``
    counts every way of the file. What is wrong with single ways, nodes and restrictions is in
    ``set_aside``.

    Parameters
    ----------
    elevation
        A CSV file with the columns ``osm_id`` and ``elevation_m`` (metres above the sea by
        node); it comes before the ``ele`` tags of the nodes, which are always read.
    walk_speed_mps, bike_speed_mps
        Speeds on the flat, metres a second.
    car_speed_share
        Share of the speed limit (or of the usual speed of a class of street) that cars reach
        when the road is empty.
    progress
        Called as elements are read and graphs are built; raising ``Cancelled`` stops it.

    Raises
    ------
    NetworkInputError
        If the file is missing, damaged or cut off (half a city would be missing in silence),
        is no OpenStreetMap data, or has no street; if the elevation file cannot be read.
    ValueError
        If a speed is not positive.
    """
    raw = read_raw_ways(path, elevation=elevation, progress=progress)
    streets = build_streets(
        raw,
        walk_speed_mps=walk_speed_mps,
        bike_speed_mps=bike_speed_mps,
        car_speed_share=car_speed_share,
        progress=progress,
    )
    if not any(graph.n_edges for graph in (streets.walk, streets.bike, streets.car)):
        raise NetworkInputError(
            _no_streets(path, f"{raw.n_ways_read} ways, none of any use as a street")
        )
    return streets


def read_raw_ways(
    path: Path, *, elevation: Path | None = None, progress: Progress = no_progress
) -> RawWays:
    """Read the streets of an extract, not yet joined to a graph.

    Raises
    ------
    NetworkInputError
        As :func:`read_streets`.
    """
    fmt = find_format(path)
    log = ProblemLog()
    given = read_elevations(elevation, log) if elevation is not None else {}
    try:
        elements = read_elements(path, fmt, log, progress)
    except (RuntimeError, ValueError, OSError) as error:
        found = f"a file that is damaged or cut off ({error})"
        raise NetworkInputError(not_readable(path, found)) from None
    if not elements.way_id:
        found = f"{elements.n_ways_read} ways, none with a highway tag"
        raise NetworkInputError(_no_streets(path, found))
    return _assemble(path.name, elements, given, log)


def _assemble(name: str, elements: Elements, given: dict[int, float], log: ProblemLog) -> RawWays:
    """Sort what was read by id, decode the tags, and keep what somebody travels on."""
    rule_of_tags, rules = _decode_tag_sets(elements)
    order = _order_ways(elements, name, log)
    rule = rule_of_tags[np.frombuffer(elements.tags, dtype=np.int64)[order]]
    order, rule = order[rule >= 0], rule[rule >= 0]
    offset = np.frombuffer(elements.ref_offset, dtype=np.int64)
    count = offset[order + 1] - offset[order]
    ref_offset = np.concatenate([[0], np.cumsum(count)])
    place = np.repeat(offset[order] - ref_offset[:-1], count) + np.arange(ref_offset[-1])
    way_id = np.frombuffer(elements.way_id, dtype=np.int64)[order]
    _log_unread(name, way_id, rule, rules, log)
    way_name, names = _name_ways(elements, order)
    node_id = elements.places[:, 0].copy()
    barriers = _decode_barriers(elements)
    return RawWays(
        name=name,
        way_id=way_id,
        ref_offset=ref_offset,
        ref=np.frombuffer(elements.ref, dtype=np.int64)[place],
        rule=rule.astype(np.int32),
        rules=tuple(rules),
        way_name=way_name,
        names=names,
        node_id=node_id,
        lat=to_degrees(elements.places[:, 2]),
        lon=to_degrees(elements.places[:, 1]),
        elevation_m=_elevations(name, elements, node_id, given, log),
        barrier_node=np.array(sorted(barriers), dtype=np.int64),
        barrier_closed=np.array([barriers[node] for node in sorted(barriers)], dtype=np.uint8),
        restrictions=tuple(elements.restrictions[r][1] for r in sorted(elements.restrictions)),
        n_ways_read=elements.n_ways_read,
        log=log,
    )


def _decode_tag_sets(elements: Elements) -> tuple[NDArray[np.int64], list[WayRules]]:
    """Return the rule of each set of tags (-1 where nobody travels), and the rules."""
    tables = default_street_tables()
    number: dict[WayRules, int] = {}
    decoded = (decode_way(dict(tags), tables) for tags in elements.tag_sets)
    rule = [-1 if rules is None else number.setdefault(rules, len(number)) for rules in decoded]
    return np.array(rule, dtype=np.int64), list(number)


def _order_ways(elements: Elements, name: str, log: ProblemLog) -> NDArray[np.int64]:
    """Return the ways by id, of those that come several times the newest."""
    way_id = np.frombuffer(elements.way_id, dtype=np.int64)
    version = np.frombuffer(elements.way_version, dtype=np.int64)
    order = np.lexsort((version, way_id))
    last = np.append(way_id[order][1:] != way_id[order][:-1], True)
    n_again = int((~last).sum())
    if not n_again:
        return order
    again = int(way_id[order][~last][0])
    log.set_aside("way that comes again", _again(name, again), count=n_again)
    tag_keys, names = list(elements.tag_sets), list(elements.names)

    def content(way: int) -> tuple[int, TagKey, str, tuple[int, ...]]:
        """Of equal versions the choice must not hang on the file's order."""
        refs = tuple(elements.ref[elements.ref_offset[way] : elements.ref_offset[way + 1]])
        return version[way], tag_keys[elements.tags[way]], names[elements.name[way]], refs

    starts = np.append(0, np.flatnonzero(last)[:-1] + 1)
    ends = np.flatnonzero(last) + 1
    return np.array(
        [
            order[a] if b == a + 1 else max((int(w) for w in order[a:b]), key=content)
            for a, b in zip(starts, ends, strict=True)
        ],
        dtype=np.int64,
    )


def _name_ways(
    elements: Elements, order: NDArray[np.int64]
) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    """Return an index of each way's name into the sorted names, "" first."""
    names = sorted({"", *elements.names})
    index = {text: i for i, text in enumerate(names)}
    sorted_place = np.array([index[text] for text in elements.names], dtype=np.int32)
    return sorted_place[np.frombuffer(elements.name, dtype=np.int64)[order]], tuple(names)


def _decode_barriers(elements: Elements) -> dict[int, int]:
    """Return the closed modes of each node that is a barrier to any."""
    tables = default_street_tables()
    closed = {
        node: decode_barrier(dict(tags), tables) for node, (_, tags) in elements.node_tags.items()
    }
    return {node: bits for node, bits in closed.items() if bits}


def _elevations(
    name: str,
    elements: Elements,
    node_id: NDArray[np.int64],
    given: dict[int, float],
    log: ProblemLog,
) -> NDArray[np.float32] | None:
    tagged = {
        node: metres
        for node, (_, tags) in elements.node_tags.items()
        for key, text in tags
        if key == "ele" and (metres := parse_elevation(text)) is not None
    }
    strangers = len(given) - int(np.isin(node_id, np.fromiter(given, np.int64, len(given))).sum())
    if strangers:
        log.set_aside("elevation of no street", _stranger(name), count=strangers)
    return fill_elevations(node_id, tagged, given)


def _log_unread(
    name: str,
    way_id: NDArray[np.int64],
    rule: NDArray[np.int64],
    rules: list[WayRules],
    log: ProblemLog,
) -> None:
    """Count tags whose value makes no sense."""
    has_unread = np.array([bool(r.unread) for r in rules], dtype=np.bool_)[rule]
    for i in np.flatnonzero(has_unread):
        for key, value in rules[rule[i]].unread:
            log.set_aside("tag that cannot be used", _unread(name, int(way_id[i]), key, value))


def _no_streets(path: Path, found: str) -> Problem:
    return Problem(
        file=path.name,
        found=found,
        expected="streets: ways with a highway tag, and their nodes",
        mend="Make the extract with its roads and paths, complete ways, and all their nodes.",
    )


def _again(file: str, way: int) -> Problem:
    return Problem(
        file=file,
        field=f"way {way}",
        found="the same way more than once",
        expected="each way once",
        mend="Nothing to do: the newest version is used. Merge extracts with osmium merge.",
    )


def _unread(file: str, way: int, key: str, value: str) -> Problem:
    return Problem(
        file=file,
        field=f"way {way}",
        found=f"{key}={value}",
        expected="a value that says one speed, direction or time",
        mend="Correct the tag; until then the street's class decides.",
    )


def _stranger(file: str) -> Problem:
    return Problem(
        file=file,
        found="elevations of nodes that are on no street of the extract",
        expected="nodes of this extract",
        mend="Nothing to do where the file covers a wider area; else check the column osm_id.",
    )
