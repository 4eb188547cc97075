"""Who lives and works in the zones of a pack, at every level of the tree."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from demand.zones import LEVELS
from network.base import Problem
from scenarios.pack_tables import open_table

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from demand import ZoneSystem
    from network.base import ProblemLog

QUANTITIES = ("population", "jobs")


@dataclass(frozen=True, slots=True, kw_only=True)
class ZonePeople:
    """Population and jobs by zone id, leaves and their ancestors; None where unknown.

    ``source_class`` says for each zone how sure its figures are.
    """

    population: dict[str, float | None]
    jobs: dict[str, float | None]
    source_class: dict[str, str]

    def of(self, quantity: str) -> dict[str, float | None]:
        """Return the figures of ``population`` or ``jobs`` by zone id."""
        return self.population if quantity == "population" else self.jobs

    def leaf_values(self, quantity: str, zones: ZoneSystem) -> NDArray[np.float64]:
        """Return the figures of the leaves, shape (n_zones,), NaN where unknown."""
        values = self.of(quantity)
        found = [values.get(zone_id) for zone_id in zones.ids]
        return np.asarray([math.nan if v is None else v for v in found], dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelSummary:
    """One level of a zone tree: how many zones, and the sum over those whose figure is known.

    ``unknown`` counts the zones of the level without the figure.
    """

    level: str
    zones: int
    leaves: int
    sums: dict[str, float | None]
    unknown: dict[str, int]


def read_zone_people(path: Path, zones: ZoneSystem, log: ProblemLog) -> ZonePeople:
    """Read the population and jobs of the zones of a table; blank is unknown.

    A number that is none, or negative, is set aside and counts as unknown.

    Raises
    ------
    ScenarioInputError
        If the file cannot be read or a column is missing.
    """
    values: dict[str, dict[str, float | None]] = {
        quantity: dict.fromkeys(zones.names) for quantity in QUANTITIES
    }
    classes = dict.fromkeys(zones.names, "")
    seen: set[str] = set()
    reader = open_table(path, ("zone_id", *QUANTITIES))
    for row in reader:
        zone_id = (row["zone_id"] or "").strip()
        if zone_id not in classes or zone_id in seen:
            continue  # the zone itself was set aside when the tree was read
        seen.add(zone_id)
        classes[zone_id] = (row.get("source_class") or "").strip()
        for quantity in QUANTITIES:
            text = (row[quantity] or "").strip()
            value = _count(text)
            values[quantity][zone_id] = value
            if text and value is None:
                log.set_aside(
                    f"{quantity} out of range",
                    Problem(
                        file=str(path),
                        row=reader.line_num,
                        field=quantity,
                        found=repr(text),
                        expected="a number of people, 0 or more, or nothing where unknown",
                        mend="Correct the number; it counts as unknown.",
                    ),
                )
    return ZonePeople(population=values["population"], jobs=values["jobs"], source_class=classes)


def summarise_levels(zones: ZoneSystem, people: ZonePeople) -> tuple[LevelSummary, ...]:
    """Return the levels that a tree has, from the quartier up."""
    leaves = set(zones.ids)
    summaries = []
    for level in LEVELS:
        ids = [zone_id for zone_id, own in zones.levels.items() if own == level]
        if not ids:
            continue
        sums: dict[str, float | None] = {}
        unknown: dict[str, int] = {}
        for quantity in QUANTITIES:
            values = [people.of(quantity).get(zone_id) for zone_id in ids]
            known = [value for value in values if value is not None]
            sums[quantity] = math.fsum(known) if known else None
            unknown[quantity] = len(values) - len(known)
        summaries.append(
            LevelSummary(
                level=level,
                zones=len(ids),
                leaves=len(leaves & set(ids)),
                sums=sums,
                unknown=unknown,
            )
        )
    return tuple(summaries)


def sum_up(
    zone_ids: list[str], parents: dict[str, str], values: dict[str, float | None]
) -> dict[str, float | None]:
    """Return the figure of every zone: a parent's is the sum of its children's.

    Where the figure of one child is not known, the parent keeps the one it was given (or
    stays unknown): a sum that leaves people out would be wrong.
    """
    children: dict[str, list[str]] = {}
    for zone_id in zone_ids:
        if zone_id in parents:
            children.setdefault(parents[zone_id], []).append(zone_id)
    done: dict[str, float | None] = {}
    stack = [zone_id for zone_id in zone_ids if zone_id not in parents]
    while stack:
        zone_id = stack[-1]
        below = children.get(zone_id, [])
        waiting = [child for child in below if child not in done]
        if waiting:
            stack.extend(waiting)
            continue
        stack.pop()
        found = [done[child] for child in below]
        known = [value for value in found if value is not None]
        done[zone_id] = (
            math.fsum(known) if below and len(known) == len(found) else values.get(zone_id)
        )
    return {zone_id: done[zone_id] for zone_id in zone_ids}


def _count(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None
