"""Derive run times and headways of metro 7, 12, 13 and 14 from the observed feed of March 2019.

Reads the operator's feed of one week (not part of this project) and writes four small
tables under ``scripts/data/`` from which :mod:`build_pack_gtfs` writes the pack::

    metro_stations.csv   line, station, coordinates
    metro_patterns.csv   mission, direction, stations in order, seconds from the first one
    metro_service.csv    departures by mission, direction and time band at a reference station
    metro_transfers.csv  walking times between these lines inside a station

Run: ``python scripts/derive_metro.py`` with ``CRENEAU_DATA`` naming the data folder
(default ``../shared/data``).
"""

from __future__ import annotations

import os
import sys
import zipfile
from pathlib import Path

import pandas as pd
from pack_text import slug

HERE = Path(__file__).parent
DATA = HERE / "data"
FEED = Path("plaine-commune") / "ratp_metro_7_12_13_14_week_20190311.zip"
OBSERVED_DATE = "20190314"
REFERENCE = {
    "7": "Gare de l'Est",
    "12": "Saint-Lazare",
    "13": "Place de Clichy",
    "14": "Gare de Lyon",
}
"""Stations that every branch of a line serves; departures are counted there."""
BAND_HOURS = (5, 6, 7, 7.5, 8, 9, 9.5, 10.5, 16, 17, 19, 20.5, 22, 25)
MAIN_PATTERN_TRIPS = 100
"""A pattern run at least this often a day is a branch; rarer ones are partial runs of one."""
NIGHT_ENDS_S = 3 * 3600
"""Times before this hour belong to the end of the evening before (the feed never passes 24:00)."""


def main() -> None:
    """Read the feed and write the four tables."""
    root = Path(os.environ.get("CRENEAU_DATA", HERE.parent.parent / "shared" / "data"))
    path = root / FEED
    if not path.exists():
        sys.exit(f"{path} not found: set CRENEAU_DATA to the folder that holds {FEED}")
    calls = read_calls(path)
    stations = calls.groupby(["line", "station"], sort=True)[["stop_lat", "stop_lon"]].mean()
    stations.round(6).rename(columns={"stop_lat": "lat", "stop_lon": "lon"}).to_csv(
        DATA / "metro_stations.csv", lineterminator="\n"
    )
    patterns = patterns_of(calls)
    run_times(calls, patterns).to_csv(DATA / "metro_patterns.csv", index=False, lineterminator="\n")
    service(calls, patterns).to_csv(DATA / "metro_service.csv", index=False, lineterminator="\n")
    transfers(path, calls).to_csv(DATA / "metro_transfers.csv", index=False, lineterminator="\n")


def read_calls(path: Path) -> pd.DataFrame:
    """Return every call of the observed date: line, direction, trip, position, station, time_s."""
    with zipfile.ZipFile(path) as feed:

        def table(name: str) -> pd.DataFrame:
            with feed.open(f"{name}.txt") as handle:
                return pd.read_csv(handle, dtype=str)

        days = table("calendar_dates")
        runs = days[(days["date"] == OBSERVED_DATE) & (days["exception_type"] == "1")]
        trips = table("trips")
        trips = trips[trips["service_id"].isin(runs["service_id"])]
        calls = table("stop_times").merge(trips[["trip_id", "route_id", "direction_id"]])
        calls = calls.merge(table("routes")[["route_id", "route_short_name"]])
        calls = calls.merge(table("stops")[["stop_id", "stop_name", "stop_lat", "stop_lon"]])
    names = pd.read_csv(DATA / "metro_names.csv").set_index("feed_name")["station"]
    calls["station"] = calls["stop_name"].map(names).fillna(calls["stop_name"])
    calls["line"] = calls["route_short_name"]
    clock = calls["departure_time"].str.split(":", expand=True).astype(int)
    calls["time_s"] = clock[0] * 3600 + clock[1] * 60 + clock[2]
    calls["pos"] = calls["stop_sequence"].astype(int)
    coordinates = ["stop_lat", "stop_lon"]
    calls[coordinates] = calls[coordinates].astype(float)
    return calls.sort_values(["trip_id", "pos"]).reset_index(drop=True)


def patterns_of(calls: pd.DataFrame) -> dict[tuple[str, str, str], tuple[str, ...]]:
    """Return the stations of each branch by (line, direction, mission).

    A mission is named after its end away from the common trunk, where direction 0 goes.
    """
    runs = calls.groupby(["line", "direction_id", "trip_id"])["station"].agg(tuple)
    counts = runs.groupby(["line", "direction_id"]).value_counts()
    branches: dict[tuple[str, str, str], tuple[str, ...]] = {}
    for (line, direction, stations), n_trips in counts.items():
        if n_trips >= MAIN_PATTERN_TRIPS:
            outer = stations[-1] if direction == "0" else stations[0]
            branches[line, direction, f"{line}-{slug(outer)}"] = stations
    return dict(sorted(branches.items()))


def run_times(
    calls: pd.DataFrame, patterns: dict[tuple[str, str, str], tuple[str, ...]]
) -> pd.DataFrame:
    """Return seconds from the first station, one row a call of each branch.

    The feed gives whole minutes and no dwell (arrival = departure), so that a median hop
    would be a minute or two whatever its length. The mean over the day's full runs of the
    time since the first station keeps the seconds; dwell is inside it.
    """
    rows = []
    trips = calls.groupby(["line", "direction_id", "trip_id"])
    runs = trips["station"].agg(tuple)
    for (line, direction, mission), stations in patterns.items():
        of_line = runs.loc[line, direction]
        full = calls[calls["trip_id"].isin(of_line[of_line == stations].index)].copy()
        start = full.groupby("trip_id")["time_s"].transform("first")
        full["offset_s"] = (full["time_s"] - start) % 86400
        mean = full.groupby("pos")["offset_s"].mean().round().astype(int)
        for station, offset_s in zip(stations, mean, strict=True):
            reference = int(station == REFERENCE[line])
            rows.append((mission, line, direction, station, offset_s, reference))
    columns = ["mission", "line", "direction", "station", "departure_s", "is_reference"]
    return pd.DataFrame(rows, columns=columns)


def service(
    calls: pd.DataFrame, patterns: dict[tuple[str, str, str], tuple[str, ...]]
) -> pd.DataFrame:
    """Return departures by branch and time band, counted at the line's reference station.

    A partial run counts for the branch that holds all its stations; it is written over the
    whole branch, which overstates the service of the part it does not run on.
    """
    runs = calls.groupby(["line", "direction_id", "trip_id"])["station"].agg(tuple)
    at_reference = calls[calls["station"] == calls["line"].map(REFERENCE)]
    time_s = at_reference.set_index("trip_id")["time_s"]
    rows = []
    for (line, direction, mission), stations in patterns.items():
        of_line = runs.loc[line, direction]
        mine = [t for t, s in of_line.items() if set(s) <= set(stations) and REFERENCE[line] in s]
        passes_s = time_s[time_s.index.isin(mine)]
        passes_s = passes_s.where(passes_s >= NIGHT_ENDS_S, passes_s + 86400)
        for start, end in zip(BAND_HOURS, BAND_HOURS[1:], strict=False):
            n = int(((passes_s >= start * 3600) & (passes_s < end * 3600)).sum())
            if n:
                rows.append((mission, direction, _clock(start), _clock(end), n / (end - start)))
    columns = ["mission", "direction", "band_start", "band_end", "departures_per_h"]
    return pd.DataFrame(rows, columns=columns).round(4)


def _clock(hours: float) -> str:
    return f"{int(hours):02d}:{round(hours % 1 * 60):02d}"


def transfers(path: Path, calls: pd.DataFrame) -> pd.DataFrame:
    """Return mean walking seconds between two of these lines at one station, as published."""
    with zipfile.ZipFile(path) as feed, feed.open("transfers.txt") as handle:
        walks = pd.read_csv(handle, dtype=str)
    stops = calls.drop_duplicates("stop_id").set_index("stop_id")[["line", "station"]]
    walks = walks.join(stops, on="from_stop_id")
    walks = walks.join(stops.add_suffix("_to"), on="to_stop_id")
    walks = walks[walks["station"] == walks["station_to"]]
    pair = walks[["line", "line_to"]].apply(lambda row: sorted(row, key=int), axis=1)
    walks["line_a"], walks["line_b"] = pair.str[0], pair.str[1]
    walks["min_transfer_s"] = walks["min_transfer_time"].astype(int)
    mean = walks.groupby(["station", "line_a", "line_b"])["min_transfer_s"].mean()
    return mean.round().astype(int).reset_index()


if __name__ == "__main__":
    main()
