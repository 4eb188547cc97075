"""Zones as squares around the stops in use, grouped into larger squares."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import shapely

from network.base import Problem, SourceClass
from network.base.errors import ScenarioInputError
from scenarios.zoning.plan import LocalPlane, Zone, ZonePlan, wrap_longitude

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network import Timetable

MAX_ZONES = 20_000
"""Beyond this, searches from every zone to every other one leave any memory."""

ROOT = "all"
DECIMALS = 6
"""Of a corner in degrees: 0.1 m."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GridSettings:
    """How squares are laid.

    A square is a zone where its centre is within ``reach_m`` of a stop, or a stop stands in
    it. Squares of ``cell_m`` are quartiers of communes of about ``group_m``; from that size
    on they are communes themselves.
    """

    cell_m: float = 500.0
    reach_m: float = 800.0
    group_m: float = 2000.0

    def __post_init__(self) -> None:
        if not 50 <= self.cell_m <= 50_000:
            raise ScenarioInputError(
                Problem(
                    file="--grid",
                    found=f"{self.cell_m:g} m",
                    expected="the side of a square from 50 to 50000 metres",
                    mend="Give another size, as in --grid 500.",
                )
            )

    @property
    def cells_per_group(self) -> int:
        """How many squares stand side by side in a commune."""
        return max(1, round(self.group_m / self.cell_m))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grid:
    """Squares by row, then column: their place, their outline, their busiest station."""

    plane: LocalPlane
    settings: GridSettings
    cells: NDArray[np.int64]
    boxes: list[shapely.Geometry]
    names: list[tuple[str, int]]

    @property
    def first(self) -> NDArray[np.int64]:
        """Column and row from which squares are numbered."""
        least: NDArray[np.int64] = self.cells.min(axis=0)
        return least

    def label(self, letter: str, column: int, row: int) -> str:
        """Return the id of a square or group by its place: as many digits as the widest has."""
        digits = len(str(int((self.cells - self.first).max())))
        return f"{letter}{row:0{digits}d}-{column:0{digits}d}"


def build_grid(timetable: Timetable, settings: GridSettings, *, root_name: str) -> ZonePlan:
    """Build square zones around the stops of a timetable: an agglomeration, communes, quartiers.

    The squares stand on a plane amid the stops (:class:`LocalPlane`). A zone is called after
    its busiest station (most departures), one without a stop after the nearest stop.

    Raises
    ------
    ScenarioInputError
        If there would be more than :data:`MAX_ZONES`.
    """
    stops = timetable.stops
    plane = LocalPlane.around(stops.lat, stops.lon)
    x, y = plane.to_metres(stops.lat, stops.lon)
    cells = _find_cells(x, y, settings)
    side = settings.cell_m
    grid = _Grid(
        plane=plane,
        settings=settings,
        cells=cells,
        boxes=[_box(plane, column * side, row * side, side) for column, row in cells.tolist()],
        names=_name_cells(cells, x, y, timetable, settings),
    )
    middle = side * (cells.mean(axis=0) + 0.5)
    root = _make_zone(grid, ROOT, root_name, "agglomeration", None, (middle[0], middle[1]))
    if settings.cells_per_group == 1:
        return ZonePlan(zones=(root, *_make_leaves(grid, [ROOT] * len(cells))))
    communes, parents = _make_groups(grid)
    leaves = _make_leaves(grid, parents)
    order = {zone.zone_id: i for i, zone in enumerate(communes)}
    leaves.sort(key=lambda zone: order[zone.parent_id or ROOT])
    return ZonePlan(zones=(root, *communes, *leaves))


def _make_zone(
    grid: _Grid,
    zone_id: str,
    name: str,
    level: str,
    parent_id: str | None,
    centre_m: tuple[float, float],
) -> Zone:
    lat, lon = grid.plane.to_degrees(*centre_m)
    return Zone(
        zone_id=zone_id,
        name=name,
        level=level,
        parent_id=parent_id,
        lat=round(lat, DECIMALS),
        lon=round(wrap_longitude(lon), DECIMALS),
        spread_m=0.0,
        geometry=None,
        source_class=str(SourceClass.ESTIMATED),
    )


def _make_leaves(grid: _Grid, parents: list[str]) -> list[Zone]:
    """Return a zone for each square."""
    side = grid.settings.cell_m
    level = "commune" if grid.settings.cells_per_group == 1 else "quartier"
    titles = _number(grid.names)
    leaves = []
    for i, (column, row) in enumerate(grid.cells.tolist()):
        east, north = (grid.cells[i] - grid.first).tolist()
        zone = _make_zone(
            grid,
            grid.label(level[0], east, north),
            titles[i],
            level,
            parents[i],
            ((column + 0.5) * side, (row + 0.5) * side),
        )
        spread_m = round(side / math.sqrt(6), 1)  # of a square about its centre
        leaves.append(replace(zone, spread_m=spread_m, geometry=grid.boxes[i]))
    return leaves


def _make_groups(grid: _Grid) -> tuple[list[Zone], list[str]]:
    """Return a commune for each group of squares, and the commune of each square."""
    per_group = grid.settings.cells_per_group
    members: dict[tuple[int, int], list[int]] = defaultdict(list)
    for i, (column, row) in enumerate((grid.cells // per_group).tolist()):
        members[row, column].append(i)
    ordered = sorted(members.items())
    busiest = [max((grid.names[i] for i in own), key=lambda n: (n[1], n[0])) for _, own in ordered]
    first = grid.first // per_group
    communes = []
    parents = [""] * len(grid.cells)
    for ((row, column), own), title in zip(ordered, _number(busiest), strict=True):
        zone_id = grid.label("c", column - int(first[0]), row - int(first[1]))
        outline = shapely.simplify(shapely.union_all([grid.boxes[i] for i in own]), 0)
        middle = grid.settings.cell_m * (grid.cells[own].mean(axis=0) + 0.5)
        zone = _make_zone(grid, zone_id, title, "commune", ROOT, (middle[0], middle[1]))
        communes.append(replace(zone, geometry=outline))
        for i in own:
            parents[i] = zone_id
    return communes, parents


def _find_cells(
    x: NDArray[np.float64], y: NDArray[np.float64], settings: GridSettings
) -> NDArray[np.int64]:
    """Return column and row of every square that is a zone, by row, then column."""
    side, reach = settings.cell_m, settings.reach_m
    own = np.floor(np.column_stack([x, y]) / side).astype(np.int64)
    found = [own]
    span = math.ceil(reach / side) + 1
    for east in range(-span, span + 1):
        for north in range(-span, span + 1):
            cell = own + np.asarray([east, north])
            centre = (cell + 0.5) * side
            near = np.hypot(centre[:, 0] - x, centre[:, 1] - y) <= reach
            found.append(np.unique(cell[near], axis=0))
    cells: NDArray[np.int64] = np.unique(np.concatenate(found), axis=0)
    if len(cells) > MAX_ZONES:
        larger = side * math.ceil(math.sqrt(len(cells) / MAX_ZONES))
        raise ScenarioInputError(
            Problem(
                file="--grid",
                found=f"{len(cells)} zones of {side:g} m",
                expected=f"at most {MAX_ZONES}",
                mend=f"Give larger squares, as in --grid {larger:g}.",
            )
        )
    return cells[np.lexsort((cells[:, 0], cells[:, 1]))]


def _name_cells(
    cells: NDArray[np.int64],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    timetable: Timetable,
    settings: GridSettings,
) -> list[tuple[str, int]]:
    """Return the name of each square's busiest station and its departures (0: the nearest's)."""
    stops = timetable.stops
    departures = count_departures(timetable)
    own = np.floor(np.column_stack([x, y]) / settings.cell_m).astype(np.int64)
    by_cell: dict[tuple[int, int], Counter[str]] = defaultdict(Counter)
    for stop, (column, row) in enumerate(own.tolist()):
        name = stops.station_names[int(stops.station[stop])] or stops.ids[stop]
        by_cell[column, row][name] += int(departures[stop])
    order = sorted(range(len(stops)), key=lambda stop: stops.ids[stop])
    points = np.column_stack([x, y])[order]
    from scipy.spatial import cKDTree

    nearest = np.asarray(cKDTree(points).query((cells + 0.5) * settings.cell_m)[1])
    found = []
    for i, (column, row) in enumerate(cells.tolist()):
        counts = by_cell.get((column, row))
        if counts:
            found.append(max(counts.items(), key=lambda item: (item[1], item[0])))
        else:
            stop = order[int(nearest[i])]
            found.append((stops.station_names[int(stops.station[stop])] or stops.ids[stop], 0))
    return found


def count_departures(timetable: Timetable) -> NDArray[np.int64]:
    """Count the calls at each stop on the service date, shape (n_stops,)."""
    n_trips = np.diff(timetable.pattern_trip_offset)
    n_stops = np.diff(timetable.pattern_offset)
    weights = np.repeat(n_trips, n_stops)
    counts = np.bincount(timetable.pattern_stop, weights=weights, minlength=timetable.n_stops)
    return counts.astype(np.int64)


def _box(plane: LocalPlane, west: float, south: float, side: float) -> shapely.Geometry:
    low = plane.to_degrees(west, south)
    high = plane.to_degrees(west + side, south + side)
    return shapely.box(
        round(low[1], DECIMALS),
        round(low[0], DECIMALS),
        round(high[1], DECIMALS),
        round(high[0], DECIMALS),
    )


def _number(names: list[tuple[str, int]]) -> list[str]:
    """Return names, numbered from their second use on; the busiest of a name has it plain."""
    count: Counter[str] = Counter()
    titles = [""] * len(names)
    for i in sorted(range(len(names)), key=lambda i: -names[i][1]):
        name = names[i][0]
        count[name] += 1
        titles[i] = name if count[name] == 1 else f"{name} {count[name]}"
    return titles
