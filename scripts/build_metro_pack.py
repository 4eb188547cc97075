"""Build hubs.csv and other_stations.csv of the real-metro territory.

There the feed holds the metro alone, so the other lines are RER, trains and trams: their
stations are those of the embedded default that the metro does not make up, and its own RER B,
RER D and Transilien H. A metro station within 400 m of one is a hub. Run from the project's
root: ``python scripts/build_metro_pack.py`` (reads the feed below ``$CRENEAU_DATA``).
"""

from __future__ import annotations

import csv
import datetime as dt
import os
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from network.base import pairwise_distance_m  # noqa: E402
from network.readers import read_timetable  # noqa: E402

TERRITORIES = ROOT / "scenarios" / "territories"
METRO = {"1", "2", "3", "3bis", "4", "5", "6", "7bis", "8", "9", "10", "11"}
TRAINS = ("B", "D", "H")
HUB_REACH_M = 400.0
FEED = "plaine-commune/ratp_metro_all_week_20190311.zip"
DATE = dt.date(2019, 3, 14)


def main() -> None:
    """Write both tables."""
    data = Path(os.environ.get("CRENEAU_DATA", ROOT / ".." / "shared" / "data"))
    stations = other_stations() + pack_stations()
    stations.sort()
    out = TERRITORIES / "plaine_commune_metro"
    write(
        out / "other_stations.csv",
        ("name", "lines", "lat", "lon", "source", "source_class"),
        [(n, ln, f"{la:.5f}", f"{lo:.5f}", *why) for n, ln, la, lo, why in stations],
    )
    stops = read_timetable(data / FEED, DATE, include_spill=False).stops
    away_m = pairwise_distance_m(
        stops.lat, stops.lon, [row[2] for row in stations], [row[3] for row in stations]
    )
    hubs: dict[str, str] = {}
    for stop in np.flatnonzero(away_m.min(axis=1) <= HUB_REACH_M).tolist():
        nearest = stations[int(away_m[stop].argmin())]
        name = stops.station_names[int(stops.station[stop])]
        hubs.setdefault(name, f"{nearest[0]}: {nearest[1]}")
    write(
        out / "hubs.csv",
        ("station_name", "kind", "why", "source", "source_class"),
        [
            (name, "rail", why, "Stations within 400 m of each other", "estimated")
            for name, why in sorted(hubs.items())
        ],
    )
    print(f"{len(stations)} stations of other lines, {len(hubs)} hubs")


def other_stations() -> list[tuple[str, str, float, float, tuple[str, str]]]:
    """Return the embedded default's stations of other lines that trains call at."""
    rows = []
    with (TERRITORIES / "plaine_commune" / "other_stations.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            lines = [line for line in row["lines"].split() if line not in METRO]
            if lines:
                why = (row["source"], row["source_class"])
                rows.append(
                    (row["name"], " ".join(lines), float(row["lat"]), float(row["lon"]), why)
                )
    return rows


def pack_stations() -> list[tuple[str, str, float, float, tuple[str, str]]]:
    """Return the stations of RER B, RER D and Transilien H in the embedded default's feed."""
    timetable = read_timetable(TERRITORIES / "plaine_commune" / "gtfs", DATE)
    stops, routes = timetable.stops, timetable.routes
    lines_of: dict[int, set[str]] = {}
    for pattern in range(timetable.n_patterns):
        line = routes.lines[int(timetable.pattern_route[pattern])]
        if line in TRAINS:
            for stop in timetable.pattern_stops(pattern).tolist():
                lines_of.setdefault(stop, set()).add(line)
    merged: dict[int, tuple[int, set[str]]] = {}
    for stop, lines in lines_of.items():
        station = int(stops.station[stop])
        first, known = merged.get(station, (stop, set()))
        merged[station] = (first, known | lines)
    why = ("Embedded default, gtfs/stops.txt (Île-de-France Mobilités)", "published")
    return [
        (
            stops.station_names[station],
            " ".join(sorted(lines)),
            float(stops.lat[stop]),
            float(stops.lon[stop]),
            why,
        )
        for station, (stop, lines) in merged.items()
    ]


def write(path: Path, header: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """Write a CSV file with Unix line ends."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


if __name__ == "__main__":
    main()
