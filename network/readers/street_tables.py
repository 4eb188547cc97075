"""The tables of street classes, speed zones and barriers that come with the package."""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path

from network.streets.raw import BIKE_BIT, CAR_BIT, WALK_BIT
from network.streets.tables import Default, StreetClass, StreetTables

_DATA = Path(__file__).parent / "data"
_MODE_BITS = {"walk": WALK_BIT, "bike": BIKE_BIT, "car": CAR_BIT}


@lru_cache(maxsize=1)
def default_street_tables() -> StreetTables:
    """Return what classes of streets, speed zones and barriers mean where no tag says more.

    The files ``data/street_*.csv`` say where each row comes from and how sure it is.
    """
    return StreetTables(
        classes={
            row["kind"]: StreetClass(
                rank=rank,
                walk=Default(row["walk"]),
                bike=Default(row["bike"]),
                car=Default(row["car"]),
                car_kmh=float(row["car_kmh"]),
                walk_pace=float(row["walk_pace"]),
                bike_pace=float(row["bike_pace"]),
            )
            for rank, row in enumerate(_rows("street_classes.csv"))
        },
        zone_kmh={row["value"]: float(row["kmh"]) for row in _rows("street_speed_zones.csv")},
        barrier_closed={
            row["barrier"]: sum(bit for mode, bit in _MODE_BITS.items() if row[mode] == "closed")
            for row in _rows("street_barriers.csv")
        },
    )


def _rows(name: str) -> list[dict[str, str]]:
    with (_DATA / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))
