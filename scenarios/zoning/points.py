"""Population and jobs given at points, summed by zone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from network.base import Problem
from network.base.errors import ScenarioInputError
from scenarios.pack_tables import open_table
from scenarios.zone_people import QUANTITIES

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from network.base import ProblemLog
    from scenarios.zoning.plan import ZonePlan


@dataclass(frozen=True, slots=True, kw_only=True)
class PeoplePoints:
    """Where people live and work: degrees, and people by quantity, shape (n_points,) each.

    ``people`` has the quantities (``population``, ``jobs``) that were given, one or both.
    """

    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    people: dict[str, NDArray[np.float64]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedPeople:
    """A plan with the points' people in it, and how many of them lie outside every zone."""

    plan: ZonePlan
    outside: dict[str, float]
    n_outside: int


def read_points(path: Path, log: ProblemLog) -> PeoplePoints:
    """Read a table of points: lat, lon (degrees), and population, jobs or both (people).

    A row with a value that is no number, or out of range, is set aside; a blank is 0.

    Raises
    ------
    ScenarioInputError
        If the file cannot be read, a column is missing or no row is usable.
    """
    reader = open_table(path, ("lat", "lon"))
    given = [quantity for quantity in QUANTITIES if quantity in (reader.fieldnames or ())]
    if not given:
        raise ScenarioInputError(
            Problem(
                file=str(path),
                row=1,
                found="columns " + ", ".join(reader.fieldnames or ()),
                expected="also population, jobs or both",
                mend="Add a column with the people at each point.",
            )
        )
    limits = {"lat": 90.0, "lon": 180.0}
    rows: list[list[float]] = []
    for row in reader:
        values: list[float] = []
        for column in (*limits, *given):
            text = (row.get(column) or "").strip()
            value = _number("0" if column in given and not text else text)
            low, high = -limits.get(column, 0.0), limits.get(column, math.inf)
            if value is None or not low <= value <= high:
                log.set_aside(
                    "point",
                    Problem(
                        file=str(path),
                        row=reader.line_num,
                        field=column,
                        found=repr(text),
                        expected="degrees, WGS 84" if column in limits else "people, 0 or more",
                        mend="Correct the value; the point is not used.",
                    ),
                )
                break
            values.append(value)
        else:
            rows.append(values)
    if not rows:
        raise ScenarioInputError(
            Problem(
                file=str(path),
                found="no usable point",
                expected="at least one row with lat, lon and " + " or ".join(given),
                mend="Mend the rows, or leave --points out.",
            ),
            *log.problems,
        )
    table = np.asarray(rows, dtype=np.float64)
    return PeoplePoints(
        lat=table[:, 0].copy(),
        lon=table[:, 1].copy(),
        people={quantity: table[:, 2 + i].copy() for i, quantity in enumerate(given)},
    )


def place_people(plan: ZonePlan, points: PeoplePoints) -> PlacedPeople:
    """Sum the people of points by leaf zone, and upwards.

    A point on the border of two zones counts in the first of the plan. A leaf without a point
    has 0 people: the points are taken to be all there are.
    """
    leaves = plan.leaves
    outlines = [leaf.geometry for leaf in leaves]
    zone_of = _find_zones(outlines, points)
    inside = zone_of >= 0
    values: dict[str, dict[str, float | None]] = {}
    for quantity, people in points.people.items():
        sums = [0.0] * len(leaves)
        for zone in np.unique(zone_of[inside]).tolist():
            sums[zone] = math.fsum(people[zone_of == zone].tolist())
        values[quantity] = {leaf.zone_id: sums[i] for i, leaf in enumerate(leaves)}
    return PlacedPeople(
        plan=plan.summed(values),
        outside={
            quantity: math.fsum(people[~inside].tolist())
            for quantity, people in points.people.items()
        },
        n_outside=int(np.count_nonzero(~inside)),
    )


def _find_zones(outlines: list[shapely.Geometry | None], points: PeoplePoints) -> NDArray[np.int64]:
    """Return the number of each point's zone, -1 for none."""
    known = [i for i, outline in enumerate(outlines) if outline is not None]
    zone_of = np.full(len(points.lat), -1, dtype=np.int64)
    if not known:
        return zone_of
    areas = np.asarray([outlines[i] for i in known], dtype=object)
    bounds = shapely.total_bounds(areas)
    middle = (bounds[0] + bounds[2]) / 2
    lon = points.lon + 360 * np.round((middle - points.lon) / 360)  # outlines may pass 180
    point, area = shapely.STRtree(areas).query(shapely.points(lon, points.lat), "intersects")
    order = np.lexsort((area, point))[::-1]  # the first zone of a point is written last
    zone_of[point[order]] = np.asarray(known)[area[order]]
    return zone_of


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
