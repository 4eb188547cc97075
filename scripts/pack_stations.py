"""Stations of the pack's feed, the tickets counted there, and what these say of jobs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from demand.station_names import match_stations, normalise_name

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from demand import Commune, CommuneSplit, ZoneSystem

RENAMED = {
    "FR POPULAIRE": "Front Populaire",
    "M MONTROUGE": "Mairie de Montrouge",
    "LES COURTILLES": "Les Courtilles",
    "PORTE DE CLICHY": "Porte de Clichy",
}


@dataclass(frozen=True)
class Stations:
    """Stations of the pack's feed: name, place and the lines that call."""

    names: list[str]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    lines: list[tuple[str, ...]]


def read_stations(folder: Path) -> Stations:
    """Group a feed's stops by parent station, or by name where there is none."""
    stops = pd.read_csv(folder / "stops.txt", dtype=str).fillna("")
    routes = pd.read_csv(folder / "routes.txt", dtype=str).fillna("")
    trips = pd.read_csv(folder / "trips.txt", dtype=str, usecols=["route_id", "trip_id"])
    calls = pd.read_csv(folder / "stop_times.txt", dtype=str, usecols=["trip_id", "stop_id"])
    served = (
        calls.merge(trips, on="trip_id")[["stop_id", "route_id"]]
        .drop_duplicates()
        .merge(routes[["route_id", "route_short_name"]], on="route_id")
    )
    name_of = stops.set_index("stop_id")["stop_name"]
    parent = stops["parent_station"] if "parent_station" in stops else pd.Series("", stops.index)
    stops["station"] = parent.map(name_of).fillna(stops["stop_name"])
    lines = served.merge(stops[["stop_id", "station"]], on="stop_id")
    by_station = lines.groupby("station")["route_short_name"].agg(lambda s: tuple(sorted(set(s))))
    used = stops[stops["stop_id"].isin(served["stop_id"])]
    place = used.astype({"stop_lat": float, "stop_lon": float}).groupby("station")
    centre = place[["stop_lat", "stop_lon"]].mean()
    names = centre.index.tolist()
    return Stations(
        names=names,
        lat=centre["stop_lat"].to_numpy(),
        lon=centre["stop_lon"].to_numpy(),
        lines=[by_station[name] for name in names],
    )


def read_ticket_counts(data: Path) -> pd.DataFrame:
    """Return by station: weekday, Saturday share, place, and percent of the day by hour 0-23."""
    counts = pd.read_csv(data / "stif_validations_2018_by_station_weekday.csv.gz")
    by_day = counts.pivot_table(index="station", columns="weekday", values="mean")
    table = pd.DataFrame({"weekday": by_day[range(5)].mean(axis=1)})
    table["saturday"] = by_day[5] / table["weekday"]
    hourly = pd.read_csv(data / "stif_hourly_profile_weekday_2018_metro.csv.gz")
    place = hourly.groupby("STOP_NAME")[["LAT", "LONG"]].mean()
    percent = hourly.pivot_table(index="STOP_NAME", columns="hour", values="PCT_CHECKINS_mean")
    return table.join(place).join(percent.fillna(0.0))


def match_counts(stations: Stations, counts: pd.DataFrame) -> dict[int, list[str]]:
    """Return by station the names under which it was counted: metro by place, rail by name."""
    metro = counts.dropna(subset=["LAT"])
    by_place = match_stations(
        stations.names,
        stations.lat.tolist(),
        stations.lon.tolist(),
        other_names=[RENAMED.get(normalise_name(str(n)), str(n)) for n in metro.index],
        other_lat=metro["LAT"].tolist(),
        other_lon=metro["LONG"].tolist(),
    )
    found = {i: [str(metro.index[j])] for i, j in by_place.items()}
    rail = {normalise_name(str(n)): str(n) for n in counts.index[counts["LAT"].isna()]}
    for i, name in enumerate(stations.names):
        if normalise_name(name) in rail:
            found.setdefault(i, []).append(rail[normalise_name(name)])
    return found


def work_weights(
    zones: ZoneSystem,
    split: CommuneSplit,
    stations: Stations,
    counts: pd.DataFrame,
    communes: list[Commune],
) -> NDArray[np.float64]:
    """Return by leaf the weekday evening entries (16-20 h) of its station that Saturday lacks.

    The drop on Saturday leaves out shopping and leisure, the evening those who live there.
    Where hours were not counted (rail) the evening's share follows from Saturday's entries
    relative to a weekday's, by regression over the metro stations. A station that serves
    several leaves is shared out by the leaves' areas.
    """
    counted = counts.dropna(subset=[16, "weekday", "saturday"])
    slope, base = np.polyfit(counted["saturday"], counted[[16, 17, 18, 19]].sum(axis=1), 1)
    share = counts[[16, 17, 18, 19]].sum(axis=1, skipna=False)
    share = share.fillna(base + slope * counts["saturday"])
    leaving = counts["weekday"] * np.maximum(1 - counts["saturday"], 0.02) * share / 100
    by_name = {
        stations.names[i]: float(leaving.loc[rows].sum())
        for i, rows in match_counts(stations, counts).items()
        if leaving.loc[rows].notna().all()
    }
    area = {c.code: float(c.polygon.area) for c in communes}
    code_of = np.repeat(np.asarray(split.codes), np.diff(split.offset))
    size = np.zeros(len(zones))
    np.add.at(size, split.zone_idx, split.home_share * [area[code] for code in code_of])
    station_of = [zones.leaf_name(i).partition(" : ")[2] for i in range(len(zones))]
    served = pd.Series(size).groupby(station_of).sum()
    weights = np.full(len(zones), np.nan)
    for i, station in enumerate(station_of):
        if station in by_name:
            weights[i] = by_name[station] * size[i] / served[station]
    return weights
