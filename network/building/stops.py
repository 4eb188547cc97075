"""Boarding stops of a feed and the stations they make up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from network.base import Problem
from network.building.calls import yes_no_unknown
from network.building.rows import find_rows, numbers, repeated_rows, texts, whole_numbers
from network.building.stations import cluster_by_name, number_in_order
from network.timetable import UNKNOWN, Stops

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.building.inputs import FeedTables


@dataclass(frozen=True, slots=True, kw_only=True)
class StopTable:
    """Usable boarding stops (location_type 0 with coordinates), by stop_id.

    ``parents`` are stop_ids of stations, "" where a stop has none; ``wheelchair`` is the
    parent's where the stop says nothing.
    """

    ids: NDArray[np.object_]
    names: NDArray[np.object_]
    platforms: NDArray[np.object_]
    parents: NDArray[np.object_]
    parent_names: dict[str, str]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    wheelchair: NDArray[np.int8]

    def index_of(self, stop_ids: pd.Series) -> NDArray[np.int64]:
        """Return the row of each stop_id; -1 where it is no usable stop."""
        return find_rows(pd.Index(self.ids, dtype=object), stop_ids)


def build_stop_table(tables: FeedTables) -> StopTable:
    """Build the boarding stops; those without an id or place, or given twice, are set aside.

    A stop without coordinates is where its station is.
    """
    frame = tables.stops
    is_boarding = whole_numbers(frame["location_type"], default=0) == 0
    lat, lon = _locate(frame)
    placed = (np.abs(lat) <= 90) & (np.abs(lon) <= 180) & ~((lat == 0) & (lon == 0))
    named = frame["stop_id"].notna().to_numpy(dtype=bool)
    repeated = repeated_rows(frame, "stop_id")
    for line in np.flatnonzero(is_boarding & (~placed | ~named | repeated)).tolist():
        what = "given twice" if repeated[line] else "without an id or coordinates"
        tables.log.set_aside(
            f"stop {what}",
            Problem(
                file=tables.file("stops"),
                row=int(frame.index[line]) + 2,
                found=f"stop {frame['stop_id'].iloc[line]!r} {what}",
                expected="each stop_id once, with stop_lat and stop_lon in degrees",
                mend="Correct the row.",
            ),
        )
    frame = frame.assign(stop_lat=lat, stop_lon=lon)
    usable = frame[is_boarding & placed & named & ~repeated].sort_values("stop_id")
    stations = frame[~is_boarding & named & ~repeated]
    names = usable["stop_name"].fillna(usable["stop_id"])
    return StopTable(
        ids=usable["stop_id"].to_numpy(dtype=object),
        names=names.to_numpy(dtype=object),
        platforms=texts(usable["platform_code"]),
        parents=texts(usable["parent_station"]),
        parent_names={
            str(key): str(name)
            for key, name in zip(
                stations["stop_id"],
                stations["stop_name"].fillna(stations["stop_id"]),
                strict=True,
            )
        },
        lat=numbers(usable["stop_lat"]),
        lon=numbers(usable["stop_lon"]),
        wheelchair=_wheelchair(usable, frame[named & ~repeated]),
    )


def _locate(frame: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return latitude and longitude of stops, the parent's where a stop has neither."""
    lat, lon = numbers(frame["stop_lat"]).copy(), numbers(frame["stop_lon"]).copy()
    rows = np.flatnonzero(np.isnan(lat) & np.isnan(lon) & frame["parent_station"].notna())
    named = np.flatnonzero(frame["stop_id"].notna() & ~frame["stop_id"].duplicated())
    keys = pd.Index(frame["stop_id"].iloc[named], dtype=object)
    parent = find_rows(keys, frame["parent_station"].iloc[rows])
    rows, parent = rows[parent >= 0], named[parent[parent >= 0]]
    lat[rows], lon[rows] = lat[parent], lon[parent]
    return lat, lon


def _wheelchair(usable: pd.DataFrame, named: pd.DataFrame) -> NDArray[np.int8]:
    """Return wheelchair_boarding of stops, the parent's where a stop says nothing."""
    own = yes_no_unknown(usable["wheelchair_boarding"])
    parent = find_rows(pd.Index(named["stop_id"], dtype=object), usable["parent_station"])
    of_parent = np.append(yes_no_unknown(named["wheelchair_boarding"]), UNKNOWN)[parent]
    return np.where(own == UNKNOWN, of_parent, own).astype(np.int8)


def build_stops(table: StopTable, rows: NDArray[np.int64]) -> Stops:
    """Build the stops in use from rows of the stop table, grouped into stations.

    A station is the stops of one parent_station; stops without a parent that share a name
    and lie within 300 m of each other (chains allowed) are one station; others stand alone.
    """
    names = table.names[rows]
    lat, lon = table.lat[rows], table.lon[rows]
    parents = set(table.parents[rows])
    stop_ids = table.ids[rows]
    station_of = np.where(table.parents[rows] != "", table.parents[rows], stop_ids)
    alone = np.flatnonzero((table.parents[rows] == "") & ~np.isin(stop_ids, list(parents)))
    labels: list[object] = station_of.tolist()
    for i, cluster in zip(
        alone.tolist(),
        cluster_by_name(names[alone].tolist(), lat[alone], lon[alone]).tolist(),
        strict=True,
    ):
        labels[i] = cluster
    station = number_in_order(labels)
    first = np.unique(station, return_index=True)[1]
    return Stops(
        ids=tuple(map(str, table.ids[rows])),
        names=tuple(map(str, names)),
        platforms=tuple(map(str, table.platforms[rows])),
        lat=lat,
        lon=lon,
        station=station,
        station_names=tuple(
            table.parent_names.get(table.parents[rows[i]], str(names[i])) for i in first
        ),
        station_ids=tuple(map(str, station_of[first])),
        wheelchair=table.wheelchair[rows],
    )
