"""Boarding stops of a feed and the stations they make up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from network.base import Problem, pairwise_distance_m
from network.timetable import Stops

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.build.inputs import FeedTables

SAME_STATION_M = 300.0
"""Stops of one name and no parent are one station within this distance of each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopTable:
    """Usable boarding stops (location_type 0 with coordinates), by stop_id."""

    ids: NDArray[np.object_]
    names: NDArray[np.object_]
    platforms: NDArray[np.object_]
    parents: NDArray[np.object_]
    parent_names: dict[str, str]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]

    def index_of(self, stop_ids: pd.Series) -> NDArray[np.int64]:
        """Return the row of each stop_id; -1 where it is no usable stop."""
        found = pd.Index(self.ids).get_indexer(pd.Index(stop_ids.astype(object)))
        return found.astype(np.int64)


def build_stop_table(tables: FeedTables) -> StopTable:
    """Build the boarding stops; those without an id or place, or given twice, are set aside."""
    frame = tables.stops
    is_boarding = frame["location_type"].fillna(0).to_numpy(dtype=np.int64) == 0
    lat = frame["stop_lat"].to_numpy(dtype=float, na_value=np.nan)
    lon = frame["stop_lon"].to_numpy(dtype=float, na_value=np.nan)
    placed = (np.abs(lat) <= 90) & (np.abs(lon) <= 180) & ~((lat == 0) & (lon == 0))
    named = frame["stop_id"].notna().to_numpy(dtype=bool)
    repeated = frame["stop_id"].duplicated().to_numpy(dtype=bool) & named
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
    usable = frame[is_boarding & placed & named & ~repeated].sort_values("stop_id")
    stations = frame[~is_boarding & named].drop_duplicates("stop_id")
    names = usable["stop_name"].fillna(usable["stop_id"])
    return StopTable(
        ids=usable["stop_id"].to_numpy(dtype=object),
        names=names.to_numpy(dtype=object),
        platforms=usable["platform_code"].fillna("").to_numpy(dtype=object),
        parents=usable["parent_station"].fillna("").to_numpy(dtype=object),
        parent_names={
            str(key): str(name)
            for key, name in zip(
                stations["stop_id"],
                stations["stop_name"].fillna(stations["stop_id"]),
                strict=True,
            )
        },
        lat=usable["stop_lat"].to_numpy(dtype=float),
        lon=usable["stop_lon"].to_numpy(dtype=float),
    )


def build_stops(table: StopTable, rows: NDArray[np.int64]) -> Stops:
    """Build the stops in use from rows of the stop table, grouped into stations.

    A station is the stops of one parent_station; stops without a parent that share a name
    and lie within 300 m of each other (chains allowed) are one station; others stand alone.
    """
    names = table.names[rows]
    lat, lon = table.lat[rows], table.lon[rows]
    labels: list[tuple[str, str, int]] = [("", "", i) for i in range(len(rows))]
    orphans: dict[str, list[int]] = {}
    for i, parent in enumerate(table.parents[rows]):
        if parent:
            labels[i] = ("parent", parent, 0)
        else:
            orphans.setdefault(names[i].strip().casefold(), []).append(i)
    for name, members in orphans.items():
        near = pairwise_distance_m(lat[members], lon[members], lat[members], lon[members])
        _, cluster = connected_components(
            csr_matrix((near <= SAME_STATION_M).astype(np.int8)), directed=False
        )
        for i, number in zip(members, cluster, strict=True):
            labels[i] = ("name", name, int(number))
    number_of: dict[tuple[str, str, int], int] = {}
    station = np.array([number_of.setdefault(label, len(number_of)) for label in labels])
    station_names = [""] * len(number_of)
    station_ids = [""] * len(number_of)
    for i in range(len(rows) - 1, -1, -1):
        station_names[station[i]] = table.parent_names.get(table.parents[rows[i]], names[i])
        station_ids[station[i]] = table.parents[rows[i]] or table.ids[rows[i]]
    return Stops(
        ids=tuple(map(str, table.ids[rows])),
        names=tuple(map(str, names)),
        platforms=tuple(map(str, table.platforms[rows])),
        lat=lat,
        lon=lon,
        station=station.astype(np.int32),
        station_names=tuple(map(str, station_names)),
        station_ids=tuple(map(str, station_ids)),
        wheelchair=np.zeros(len(rows), dtype=np.int8),
    )
