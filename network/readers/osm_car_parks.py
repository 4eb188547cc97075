"""Car parks of an OpenStreetMap extract, at which one may change from the car to transit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import osmium

from network.base import Problem, ProblemLog, SourceClass
from network.base.errors import NetworkInputError
from network.readers._osm_format import find_format, not_readable
from network.readers._osm_relations import list_members
from network.routing.modes.park_and_ride import CarPark

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

# OpenStreetMap wiki, Key:access and Tag:amenity=parking: who else may not leave a car there.
_CLOSED = frozenset({"private", "no", "permit", "residents", "employees", "customers", "delivery"})
_ON_STREET = frozenset({"street_side", "lane", "on_kerb", "half_on_kerb", "shoulder"})
_NOT = frozenset({"", "no"})
_MAX_SPACES = 100_000
SOURCE_CLASS = SourceClass.PUBLISHED
"""What OpenStreetMap says of car parks: printed by those who survey them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OsmCarParks:
    """Car parks in the order of their ids, nodes before ways before relations.

    ``is_park_and_ride`` says whether they are those tagged so; where an extract has none, all
    that are open to everybody off the street. ``log`` counts what is set aside.
    """

    parks: tuple[CarPark, ...]
    is_park_and_ride: bool
    log: ProblemLog


@dataclass(frozen=True, slots=True)
class _Found:
    """A car park as it is mapped: its element, tags and outline (nodes, or ways of nodes)."""

    kind: str
    ref: int
    tags: Mapping[str, str]
    nodes: tuple[int, ...] = ()
    ways: tuple[int, ...] = ()


def read_osm_car_parks(path: Path) -> OsmCarParks:
    """Read ``amenity=parking`` that anybody may use, best those with ``park_ride``.

    An area's place is the middle of its outline's bounds. ``capacity`` and ``fee`` are taken
    where they are tagged. Those that are closed to the public, along streets, or without a
    place are set aside and counted; where any is tagged as park and ride, so are the others.

    Raises
    ------
    NetworkInputError
        If the file is missing, damaged, or no OpenStreetMap data.
    """
    fmt = find_format(path)
    log = ProblemLog()
    try:
        found = _list_parking(path, fmt)
        ways = _read_outlines(path, fmt, {way for park in found for way in park.ways})
        wanted = {node for park in found for node in park.nodes}
        wanted |= {node for nodes in ways.values() for node in nodes}
        places = _read_places(path, fmt, wanted)
    except (RuntimeError, ValueError, OSError) as error:
        raise NetworkInputError(
            not_readable(path, f"a file that is damaged or cut off ({error})")
        ) from None
    usable = [park for park in found if _is_usable(path.name, park, log)]
    marked = [park for park in usable if _is_park_and_ride(park.tags)]
    if marked:
        others = [park for park in usable if not _is_park_and_ride(park.tags)]
        for park in others:
            log.set_aside(
                "car park that is not marked as park and ride",
                _problem(path.name, park, "no park_ride", "park_ride=yes, as others here have"),
            )
    parks = []
    for park in marked or usable:
        nodes = [*park.nodes, *(node for way in park.ways for node in ways.get(way, ()))]
        spots = [places[node] for node in nodes if node in places]
        if not spots:
            log.set_aside(
                "car park without a place",
                _problem(path.name, park, "none of its nodes", "nodes with a place in the extract"),
            )
            continue
        parks.append(_make(path.name, park, spots, log))
    return OsmCarParks(parks=tuple(parks), is_park_and_ride=bool(marked), log=log)


def _list_parking(path: Path, fmt: str) -> list[_Found]:
    """Return what is tagged as parking, the highest version of what a file has twice."""
    source = osmium.FileProcessor(osmium.io.File(str(path), fmt))
    items: Iterable[Any] = source.with_filter(osmium.filter.TagFilter(("amenity", "parking")))
    newest: dict[tuple[int, int], tuple[int, _Found]] = {}
    for item in items:
        tags = dict(item.tags)
        if item.is_node():
            rank, park = 0, _Found("node", item.id, tags, nodes=(item.id,))
        elif item.is_way():
            rank, park = 1, _Found("way", item.id, tags, nodes=tuple(n.ref for n in item.nodes))
        else:
            outer = tuple(
                ref for kind, ref, role in list_members(item) if kind == "w" and role != "inner"
            )
            rank, park = 2, _Found("relation", item.id, tags, ways=outer)
        before = newest.get((rank, item.id))
        if item.visible and (before is None or before[0] < item.version):
            newest[rank, item.id] = (item.version, park)
    return [park for _, (_, park) in sorted(newest.items(), key=lambda entry: entry[0])]


def _read_outlines(path: Path, fmt: str, wanted: set[int]) -> dict[int, tuple[int, ...]]:
    """Return the nodes of ways."""
    if not wanted:
        return {}
    source = osmium.FileProcessor(osmium.io.File(str(path), fmt), osmium.osm.WAY)
    ways: Iterable[Any] = source.with_filter(
        osmium.filter.IdFilter(sorted(ref for ref in wanted if ref > 0))
    )
    return {way.id: tuple(node.ref for node in way.nodes) for way in ways}


def _read_places(path: Path, fmt: str, wanted: set[int]) -> dict[int, tuple[float, float]]:
    """Return latitude and longitude of nodes, those with a valid one."""
    if not wanted:
        return {}
    source = osmium.FileProcessor(osmium.io.File(str(path), fmt), osmium.osm.NODE)
    nodes: Iterable[Any] = source.with_filter(
        osmium.filter.IdFilter(sorted(ref for ref in wanted if ref > 0))
    )
    return {node.id: (node.lat, node.lon) for node in nodes if node.location.valid()}


def _is_park_and_ride(tags: Mapping[str, str]) -> bool:
    return tags.get("park_ride", "").strip().lower() not in _NOT


def _is_usable(file: str, park: _Found, log: ProblemLog) -> bool:
    """Return whether anybody may leave a car there; count it where not."""
    access = park.tags.get("access", "").strip().lower()
    kind = park.tags.get("parking", "").strip().lower()
    if access in _CLOSED and not (access == "customers" and _is_park_and_ride(park.tags)):
        log.set_aside(
            "car park that is not open to everybody",
            _problem(file, park, f"access={access}", "access=yes, or none"),
        )
        return False
    if kind in _ON_STREET:
        log.set_aside(
            "parking along a street",
            _problem(file, park, f"parking={kind}", "a car park off the street"),
        )
        return False
    return True


def _make(file: str, park: _Found, spots: list[tuple[float, float]], log: ProblemLog) -> CarPark:
    lats, lons = [lat for lat, _ in spots], [lon for _, lon in spots]
    capacity, text = None, park.tags.get("capacity", "").strip()
    if text.isascii() and text.isdigit() and int(text) <= _MAX_SPACES:
        capacity = int(text)
    elif text:
        log.set_aside(
            "capacity of a car park that is no number",
            _problem(file, park, f"capacity={text}", "a whole number of spaces"),
        )
    fee = park.tags.get("fee", "").strip().lower()
    return CarPark(
        name=park.tags.get("name", "").strip(),
        lat=(min(lats) + max(lats)) / 2,
        lon=(min(lons) + max(lons)) / 2,
        capacity=capacity,
        fee={"no": False, "yes": True}.get(fee),
        source_class=SOURCE_CLASS,
    )


def _problem(file: str, park: _Found, found: str, expected: str) -> Problem:
    return Problem(
        file=file,
        field=f"{park.kind} {park.ref}",
        found=found,
        expected=expected,
        mend="Correct the map, or give the car parks as a table (--car-parks).",
    )
