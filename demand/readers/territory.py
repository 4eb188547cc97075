"""Readers of a territory pack's tables: zones, flows, arrival profile, station entries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from demand.communes import CommuneSplit
from demand.flows import ArrivalProfile, CommuterFlows
from demand.profiles import smooth_profile
from demand.readers._table import Table, read_table
from demand.zones import LEVELS, ZoneSystem
from network.base import Problem, ProblemLog, parse_clock
from network.base.errors import DemandInputError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

ZONE_COLUMNS = (
    "zone_id",
    "name",
    "level",
    "parent_id",
    "lat",
    "lon",
    "population",
    "jobs",
    "in_territory",
    "leaf",
    "source_class",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StationEntries:
    """Passengers who entered each station in each hour of a mean weekday.

    ``entries_pax`` has shape (n_stations, n_hours): column ``h`` is the hour that starts
    at ``hours[h]`` o'clock; NaN where it was not counted. ``lines`` are the lines of the
    station as passengers call them. ``source_class`` is one word for all rows.
    """

    stations: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    hours: tuple[int, ...]
    entries_pax: NDArray[np.float64]
    source_class: str


def read_zones(path: Path | str, *, log: ProblemLog | None = None) -> ZoneSystem:
    """Read the zone tree of a pack; rows that cannot be used are set aside in ``log``.

    Raises
    ------
    DemandInputError
        If the file cannot be read or no leaf is left.
    """
    table = read_table(path, ZONE_COLUMNS, log)
    table.known("level", LEVELS, what=f"one of {', '.join(LEVELS)}")
    table.known("leaf", ("0", "1"), what="0 or 1")
    table.known("in_territory", ("0", "1"), what="0 or 1")
    table.once("zone_id")
    lat = table.numbers("lat", low=-90, high=90, unit="degrees")
    lon = table.numbers("lon", low=-180, high=180, unit="degrees")
    spread_m = None
    if "spread_m" in table.columns:
        blank = table.columns["spread_m"] == ""
        table.columns["spread_m"] = np.where(blank, "0", table.columns["spread_m"])
        spread_m = table.numbers("spread_m", low=0, high=1e6, unit="metres")
    _set_aside_orphans(table)
    table.good &= _unless_empty(table, "zone_id")
    table.require_rows()
    col = {name: table.columns[name] for name in ZONE_COLUMNS}
    rows = np.flatnonzero(table.good).tolist()
    leaves = np.flatnonzero(table.good & (col["leaf"] == "1"))
    if len(leaves) == 0:
        raise DemandInputError(
            Problem(
                file=table.file,
                found="no leaf zone",
                expected="at least one row with leaf = 1",
                mend="Mark the zones where demand starts and ends as leaves.",
            )
        )
    return ZoneSystem(
        ids=tuple(col["zone_id"][leaves].tolist()),
        lat=lat[leaves],
        lon=lon[leaves],
        in_territory=col["in_territory"][leaves] == "1",
        names={str(col["zone_id"][i]): str(col["name"][i]) for i in rows},
        levels={str(col["zone_id"][i]): str(col["level"][i]) for i in rows},
        parents={
            str(col["zone_id"][i]): str(col["parent_id"][i]) for i in rows if col["parent_id"][i]
        },
        spread_m=None if spread_m is None else spread_m[leaves],
    )


def _unless_empty(table: Table, column: str) -> NDArray[np.bool_]:
    empty = np.asarray(table.columns[column] == "", dtype=np.bool_)
    table.set_aside(empty, f"no {column}", column, "a value", "Fill in the field.")
    filled: NDArray[np.bool_] = ~empty
    return filled


def _set_aside_orphans(table: Table) -> None:
    """Set aside zones whose chain of parents does not end at a root of this table."""
    ids, parents = table.columns["zone_id"].tolist(), table.columns["parent_id"].tolist()
    parent_of = {ids[i]: parents[i] for i in np.flatnonzero(table.good).tolist()}
    lost = np.zeros(len(ids), dtype=np.bool_)
    for i in np.flatnonzero(table.good).tolist():
        current, steps = ids[i], 0
        while current in parent_of and parent_of[current] and steps <= len(ids):
            current, steps = parent_of[current], steps + 1
        lost[i] = current not in parent_of or steps > len(ids)
    table.set_aside(
        lost,
        "parent missing",
        "parent_id",
        "a chain of parents that ends at a zone without parent",
        "Add the parent's row or correct parent_id.",
    )


def read_flows(
    path: Path | str, zones: ZoneSystem, *, log: ProblemLog | None = None
) -> CommuterFlows:
    """Read commuters by leaf pair: origin, destination, workers (people), transit_share (0 to 1).

    Raises
    ------
    DemandInputError
        If the file cannot be read or no row is usable.
    """
    table = read_table(path, ("origin", "destination", "workers", "transit_share"), log)
    origin = table.known("origin", zones.ids, what="a leaf of the zone table")
    destination = table.known("destination", zones.ids, what="a leaf of the zone table")
    workers = table.numbers("workers", low=0, high=np.inf, unit="people")
    share = table.numbers("transit_share", low=0, high=1, unit="share")
    table.once("origin", "destination")
    table.require_rows()
    place = {zone_id: i for i, zone_id in enumerate(zones.ids)}
    good = table.good
    start = np.asarray([place[z] for z in origin[good].tolist()], dtype=np.int32)
    end = np.asarray([place[z] for z in destination[good].tolist()], dtype=np.int32)
    order = np.lexsort((end, start))
    return CommuterFlows(
        origin=start[order],
        destination=end[order],
        workers=workers[good][order],
        transit_share=share[good][order],
    )


def read_commune_zones(
    path: Path | str, zones: ZoneSystem, *, log: ProblemLog | None = None
) -> CommuneSplit:
    """Read how communes are made of leaves: commune, zone_id, home_share, work_share (0 to 1).

    Shares are rescaled to sum to 1 in every commune, so that no worker is lost to rounding.

    Raises
    ------
    DemandInputError
        If the file cannot be read, no row is usable, or a commune's shares are all zero.
    """
    table = read_table(path, ("commune", "zone_id", "home_share", "work_share"), log)
    commune = table.columns["commune"]
    zone = table.known("zone_id", zones.ids, what="a leaf of the zone table")
    home = table.numbers("home_share", low=0, high=1, unit="share")
    work = table.numbers("work_share", low=0, high=1, unit="share")
    table.once("commune", "zone_id")
    table.require_rows()
    good = table.good
    codes, of_row = np.unique(commune[good], return_inverse=True)
    order = np.argsort(of_row, kind="stable")
    place = {zone_id: i for i, zone_id in enumerate(zones.ids)}
    sums = [np.bincount(of_row, weights=values[good]) for values in (home, work)]
    empty = codes[(sums[0] <= 0) | (sums[1] <= 0)]
    if len(empty):
        raise DemandInputError(
            Problem(
                file=str(path),
                found=f"shares that sum to 0 in {', '.join(empty[:5].tolist())}",
                expected="shares that sum to 1 in every commune",
                mend="Give each commune at least one zone with homes and one with jobs.",
            )
        )
    return CommuneSplit(
        codes=tuple(codes.tolist()),
        n_zones=len(zones),
        offset=np.concatenate(([0], np.cumsum(np.bincount(of_row)))).astype(np.int32),
        zone_idx=np.asarray([place[z] for z in zone[good].tolist()], dtype=np.int32)[order],
        home_share=(home[good] / sums[0][of_row])[order],
        work_share=(work[good] / sums[1][of_row])[order],
    )


def read_arrival_profile(path: Path | str) -> ArrivalProfile:
    """Read shares of a day's arrivals by interval (start, end, share) and smooth them.

    Intervals must follow on from each other; see :func:`demand.profiles.smooth_profile`.
    A profile with a hole is no profile, so any bad row is an error here.

    Raises
    ------
    DemandInputError
        If the file cannot be read, a row is bad or the intervals do not follow on.
    """
    table = read_table(path, ("start", "end", "share"))
    share = table.numbers("share", low=0, high=1, unit="share of the day")
    starts, ends = _clocks(table, "start"), _clocks(table, "end")
    table.require_rows()
    gap = np.zeros(len(starts), dtype=np.bool_)
    gap[1:] = starts[1:] != ends[:-1]
    table.set_aside(
        gap, "interval gap", "start", "the end of the row before", "Close the gap or overlap."
    )
    if table.log.total:
        raise DemandInputError(*table.log.problems)
    return smooth_profile([*starts.tolist(), int(ends[-1])], share.tolist())


def _clocks(table: Table, column: str) -> NDArray[np.int64]:
    seconds = np.zeros(len(table.line), dtype=np.int64)
    bad = np.zeros(len(table.line), dtype=np.bool_)
    for i, text in enumerate(table.columns[column].tolist()):
        try:
            seconds[i] = parse_clock(text)
        except ValueError:
            bad[i] = True
    table.set_aside(bad, f"{column} no time", column, "a time HH:MM", "Correct the time.")
    return seconds


def read_station_entries(path: Path | str, *, log: ProblemLog | None = None) -> StationEntries:
    """Read entries by station and hour: station, lines, hour, entries_pax, source_class.

    ``lines`` are separated by spaces; one row a station and hour.

    Raises
    ------
    DemandInputError
        If the file cannot be read or no row is usable.
    """
    names = ("station", "lines", "hour", "entries_pax", "source_class")
    table = read_table(path, names, log)
    hour = table.numbers("hour", low=0, high=30, unit="o'clock")
    entries = table.numbers("entries_pax", low=0, high=np.inf, unit="passengers")
    table.once("station", "hour")
    table.require_rows()
    good = table.good
    stations, row = np.unique(table.columns["station"][good], return_inverse=True)
    hours, column = np.unique(hour[good].astype(np.int64), return_inverse=True)
    counts = np.full((len(stations), len(hours)), np.nan)
    counts[row, column] = entries[good]
    lines = dict(
        zip(
            table.columns["station"][good].tolist(),
            table.columns["lines"][good].tolist(),
            strict=True,
        )
    )
    return StationEntries(
        stations=tuple(stations.tolist()),
        lines=tuple(tuple(lines[name].split()) for name in stations.tolist()),
        hours=tuple(hours.tolist()),
        entries_pax=counts,
        source_class=str(table.columns["source_class"][good][0]),
    )
