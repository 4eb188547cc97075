"""Write the GTFS feed of the Plaine Commune pack from the tables under ``scripts/data/``.

Metro lines come from :mod:`derive_metro` (observed); RER B and D, Transilien H and the trams
from ``stations.csv`` (official coordinates), ``mission_stops.csv`` and ``mission_service.csv``
(published frequencies and end-to-end times, estimated where nothing was published).
Every trip of the feed is a template repeated by frequencies.txt.

Run: ``python scripts/build_pack_gtfs.py``.
"""

from __future__ import annotations

import csv
import math
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from pack_text import slug

HERE = Path(__file__).parent
DATA = HERE / "data"
PACK = HERE.parent / "scenarios" / "territories" / "plaine_commune" / "gtfs"
SERVICE_ID = "semaine-2019"
DWELL_S = {"0": 15, "1": 0, "2": 30}
"""Stop time at intermediate stations by route type; the metro's is inside its run times."""

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a mission's template trip; times in seconds from its first departure."""

    station: str
    arrival_s: int
    departure_s: int
    is_reference: bool


@dataclass(frozen=True, slots=True)
class Mission:
    """One line's stations in order, one direction, with its phase among the line's missions."""

    name: str
    line: str
    direction: int
    phase: float
    calls: tuple[Call, ...]

    @property
    def trip_id(self) -> str:
        """Identifier of the template trip."""
        return f"{slug(self.name)}_{self.direction}"

    @property
    def reference_s(self) -> int:
        """Seconds from the first departure to that of the reference station."""
        return next(call.departure_s for call in self.calls if call.is_reference)


def main() -> None:
    """Write every file of the feed."""
    routes = read("routes")
    missions = read_missions({route["line"]: route["route_type"] for route in routes})
    PACK.mkdir(parents=True, exist_ok=True)
    write_fixed_files()
    write_routes(routes)
    write_stops(missions)
    write_trips(missions)
    write_frequencies(missions)
    write_transfers()


def read(table: str) -> list[Row]:
    """Return the rows of one input table."""
    with (DATA / f"{table}.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def write(name: str, columns: str, rows: list[tuple[object, ...]]) -> None:
    """Write one text file of the feed."""
    with (PACK / f"{name}.txt").open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(columns.split(","))
        writer.writerows(rows)


def read_missions(route_type: Row) -> list[Mission]:
    """Return both directions of every mission; those listed one way are mirrored."""
    phases = {row["mission"]: float(row["phase"]) for row in read("missions")}
    listed: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for row in read("metro_patterns"):
        listed[row["mission"], int(row["direction"])].append(row)
    for row in read("mission_stops"):
        listed[row["mission"], 0].append(row)
    missions = []
    for (name, direction), rows in listed.items():
        line = rows[0]["line"]
        calls = calls_of(rows, DWELL_S[route_type[line]])
        missions.append(Mission(name, line, direction, phases[name], calls))
        if (name, 1) not in listed:
            missions.append(Mission(name, line, 1, phases[name], mirrored(calls)))
    return sorted(missions, key=lambda m: (len(m.line), m.line, m.name, m.direction))


def calls_of(rows: list[Row], dwell_s: int) -> tuple[Call, ...]:
    """Return a template's calls from departures (arrival at the last station)."""
    calls = []
    for pos, row in enumerate(rows):
        departure_s = int(row["departure_s"])
        stands_s = dwell_s if 0 < pos < len(rows) - 1 else 0
        reference = row["is_reference"] == "1"
        calls.append(Call(row["station"], departure_s - stands_s, departure_s, reference))
    return tuple(calls)


def mirrored(calls: tuple[Call, ...]) -> tuple[Call, ...]:
    """Return the same run the other way, hop by hop as long."""
    end_s = calls[-1].arrival_s
    return tuple(
        Call(c.station, end_s - c.departure_s, end_s - c.arrival_s, c.is_reference)
        for c in reversed(calls)
    )


def write_fixed_files() -> None:
    """Write agency, calendar and feed_info."""
    write(
        "agency",
        "agency_id,agency_name,agency_url,agency_timezone,agency_lang",
        [
            ("RATP", "RATP", "https://www.ratp.fr", "Europe/Paris", "fr"),
            ("SNCF", "SNCF Transilien", "https://www.transilien.com", "Europe/Paris", "fr"),
        ],
    )
    write(
        "calendar",
        "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date",
        [(SERVICE_ID, 1, 1, 1, 1, 1, 0, 0, "20190101", "20191231")],
    )
    write(
        "feed_info",
        "feed_publisher_name,feed_publisher_url,feed_lang,feed_start_date,feed_end_date,feed_version",
        [
            (
                "Créneau, d'après RATP et Île-de-France Mobilités (ODbL)",
                "https://data.iledefrance-mobilites.fr",
                "fr",
                "20190101",
                "20191231",
                "2019-03 plaine-commune 1",
            )
        ],
    )


def write_routes(routes: list[Row]) -> None:
    """Write one route a line; the route_id is what people call the line."""
    write(
        "routes",
        "route_id,agency_id,route_short_name,route_long_name,route_type,route_color,route_text_color",
        [
            (
                row["line"],
                row["agency_id"],
                row["line"],
                row["route_long_name"],
                row["route_type"],
                row["route_color"],
                row["route_text_color"],
            )
            for row in routes
        ],
    )


def station_of(stop_name: str) -> str:
    """Return the interchange a stop belongs to, by name."""
    return _interchanges().get(stop_name, stop_name)


def _interchanges() -> Row:
    return {row["stop_name"]: row["station"] for row in read("interchanges")}


def stop_id(stop_name: str, line: str) -> str:
    """Return the identifier of one line's platform."""
    return f"{slug(stop_name)}_{line.lower()}"


def write_stops(missions: list[Mission]) -> None:
    """Write one station an interchange (mean of its platforms) and one platform a line."""
    places = {
        (row["line"], row["station"]): (float(row["lat"]), float(row["lon"]))
        for row in [*read("metro_stations"), *read("stations")]
    }
    used = sorted({(m.line, c.station) for m in missions for c in m.calls})
    interchange = _interchanges()
    platforms: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for line, name in used:
        platforms[interchange.get(name, name)].append((line, name))
    rows: list[tuple[object, ...]] = []
    for station, members in sorted(platforms.items(), key=lambda item: slug(item[0])):
        at = [places[member] for member in members]
        lat, lon = (math.fsum(axis) / len(at) for axis in zip(*at, strict=True))
        rows.append((slug(station), station, f"{lat:.6f}", f"{lon:.6f}", 1, ""))
        for (line, name), (stop_lat, stop_lon) in zip(members, at, strict=True):
            where = (f"{stop_lat:.6f}", f"{stop_lon:.6f}")
            rows.append((stop_id(name, line), name, *where, 0, slug(station)))
    columns = "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station"
    write("stops", columns, rows)


def write_trips(missions: list[Mission]) -> None:
    """Write the template trips and their calls."""
    trips: list[tuple[object, ...]] = []
    calls: list[tuple[object, ...]] = []
    for mission in missions:
        headsign = mission.calls[-1].station
        trips.append((mission.line, SERVICE_ID, mission.trip_id, headsign, mission.direction))
        for pos, call in enumerate(mission.calls):
            times = (clock(call.arrival_s), clock(call.departure_s))
            calls.append((mission.trip_id, *times, stop_id(call.station, mission.line), pos + 1))
    write("trips", "route_id,service_id,trip_id,trip_headsign,direction_id", trips)
    write("stop_times", "trip_id,arrival_time,departure_time,stop_id,stop_sequence", calls)


def write_frequencies(missions: list[Mission]) -> None:
    """Write headways by band; bands and phases hold at each line's reference station.

    There the missions of a line follow each other at even intervals, ``phase`` being the
    share of its own headway by which a mission starts after its band; at the origin the
    window starts earlier by the run to the reference station. A window ends half a headway
    before the next one starts, so that no departure follows another at once between bands.
    """
    bands: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for row in [*read("metro_service"), *read("mission_service")]:
        bands[row["mission"], int(row["direction"])].append(row)
    rows: list[tuple[object, ...]] = []
    for mission in missions:
        windows = windows_of(bands[mission.name, mission.direction], mission.phase)
        for start_s, end_s, headway_s in windows:
            begins, ends = start_s - mission.reference_s, end_s - mission.reference_s
            rows.append((mission.trip_id, clock(begins), clock(ends), headway_s, 0))
    write("frequencies", "trip_id,start_time,end_time,headway_secs,exact_times", rows)


def windows_of(bands: list[Row], phase: float) -> list[tuple[int, int, int]]:
    """Return (start, end, headway) seconds at the reference station."""
    starts = [seconds(row["band_start"]) for row in bands]
    ends = [seconds(row["band_end"]) for row in bands]
    headways = [math.ceil(3600 / float(row["departures_per_h"]) - 0.05) for row in bands]
    shifts = [round(phase * headway_s) for headway_s in headways]
    windows = []
    for i, headway_s in enumerate(headways):
        continues = i + 1 < len(bands) and starts[i + 1] == ends[i]
        end_s = ends[i] + (shifts[i + 1] - headway_s // 2 if continues else 0)
        if starts[i] + shifts[i] < end_s:
            windows.append((starts[i] + shifts[i], end_s, headway_s))
    return windows


def write_transfers() -> None:
    """Write minimum transfer times inside stations, both ways."""
    rows: list[tuple[object, ...]] = []
    names = {(row["line"], station_of(row["station"])): row["station"] for row in _all_stations()}
    for row in [*read("metro_transfers"), *read("transfers_estimated")]:
        station = station_of(row["station"])
        ids = [stop_id(names[line, station], line) for line in (row["line_a"], row["line_b"])]
        rows += [(*pair, 2, row["min_transfer_s"]) for pair in (ids, ids[::-1])]
    write("transfers", "from_stop_id,to_stop_id,transfer_type,min_transfer_time", rows)


def _all_stations() -> list[Row]:
    return [*read("metro_stations"), *read("stations")]


def seconds(text: str) -> int:
    """Return HH:MM as seconds."""
    hours, minutes = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60


def clock(total_s: int) -> str:
    """Return seconds of the service day as HH:MM:SS."""
    return f"{total_s // 3600:02d}:{total_s % 3600 // 60:02d}:{total_s % 60:02d}"


if __name__ == "__main__":
    main()
