"""Build zones.csv and zones.geojson of the packs of Porto and Mexico City: a grid of squares.

Run from the project's root: ``python scripts/build_city_zones.py`` (reads the feeds below
``$CRENEAU_DATA``).
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scenarios.network_pack import load_network  # noqa: E402
from scenarios.pack_files import PACK_FILE, PACKS, read_territory_file  # noqa: E402
from scenarios.zoning import (  # noqa: E402
    GridSettings,
    build_grid,
    format_geojson,
    format_zone_table,
)

SQUARES = {"porto": (1000.0, "Porto"), "mexico_city": (2000.0, "Ciudad de México")}
"""Side of the squares, metres, and name of the whole, by folder."""


def build_texts(name: str) -> dict[str, str]:
    """Return the text of both zone files of a pack, by file name."""
    folder = PACKS / name
    side_m, title = SQUARES[name]
    network = load_network(read_territory_file(folder / PACK_FILE), folder).network
    plan = build_grid(network.timetable, GridSettings(cell_m=side_m), root_name=title)
    return {"zones.csv": format_zone_table(plan), "zones.geojson": format_geojson(plan)}


def main() -> None:
    """Write the zone files of every city."""
    for name in SQUARES:
        for file, text in build_texts(name).items():
            (PACKS / name / file).write_text(text, encoding="utf-8", newline="\n")
            print(f"{name}/{file}: {len(text.splitlines())} lines")


if __name__ == "__main__":
    main()
