"""The default pack's feed: complete, sourced, plausible, and close to what was observed."""

import csv
import datetime as dt
import importlib
import tomllib
import zipfile
from collections import defaultdict
from pathlib import Path
from statistics import median

import gtfs_kit
import pytest

from network.base.clock import parse_clock
from network.quality.check import check_files
from network.quality.report import Severity
from network.readers.vehicles import read_vehicles
from tests.builders.realdata import real_data

PACK = Path(__file__).resolve().parents[2] / "scenarios" / "territories" / "plaine_commune"
LINES = {"7", "12", "13", "14", "B", "D", "H", "T1", "T5", "T8"}
FASTEST_KMH = {"0": 70, "1": 90, "2": 160}
SOURCE_CLASSES = {"observed", "published", "estimated", "illustrative"}
METRO_WEEK = ("plaine-commune", "ratp_metro_7_12_13_14_week_20190311.zip")


def rows_of(name: str) -> list[dict[str, str]]:
    with (PACK / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@pytest.fixture(scope="module")
def trips() -> dict[str, dict[str, str]]:
    return {row["trip_id"]: row for row in rows_of("gtfs/trips.txt")}


@pytest.fixture(scope="module")
def stops() -> dict[str, dict[str, str]]:
    return {row["stop_id"]: row for row in rows_of("gtfs/stops.txt")}


@pytest.fixture(scope="module")
def calls() -> dict[str, list[dict[str, str]]]:
    by_trip: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows_of("gtfs/stop_times.txt"):
        by_trip[row["trip_id"]].append(row)
    return by_trip


def departures_s(calls, trips, line: str, direction: str, stop_id: str) -> list[int]:
    """Expand frequencies.txt: seconds at which one line leaves one stop in one direction."""
    times = []
    for window in rows_of("gtfs/frequencies.txt"):
        trip = trips[window["trip_id"]]
        if (trip["route_id"], trip["direction_id"]) != (line, direction):
            continue
        for call in calls[window["trip_id"]]:
            if call["stop_id"] == stop_id:
                offset_s = parse_clock(call["departure_time"])
                step = int(window["headway_secs"])
                ends = parse_clock(window["end_time"])
                times += [
                    s + offset_s for s in range(parse_clock(window["start_time"]), ends, step)
                ]
    return sorted(times)


def between(times: list[int], start: str, end: str) -> list[int]:
    return [t for t in times if parse_clock(start) <= t < parse_clock(end)]


def test_every_file_of_the_pack_says_its_source_licence_date_and_class():
    sources = tomllib.loads((PACK / "sources_gtfs.toml").read_text(encoding="utf-8"))
    by_path = {entry["path"]: entry for entry in sources["file"]}
    files = {f"gtfs/{path.name}" for path in (PACK / "gtfs").iterdir()}
    assert files | {"vehicles.csv", "hubs.csv", "other_stations.csv"} == set(by_path)
    for entry in by_path.values():
        assert entry["source"]
        assert entry["licence"]
        assert entry["date"]
        assert entry["source_class"] in SOURCE_CLASSES


def test_every_line_says_the_class_of_its_stations_run_times_and_headways():
    sources = tomllib.loads((PACK / "sources_gtfs.toml").read_text(encoding="utf-8"))
    assert {entry["line"] for entry in sources["line"]} == LINES
    for entry in sources["line"]:
        assert {entry["stations"], entry["run_times"], entry["headways"]} <= SOURCE_CLASSES


def test_files_stay_small():
    assert [path.name for path in (PACK / "gtfs").iterdir() if path.stat().st_size >= 300_000] == []


def test_feed_is_what_its_script_writes_from_the_input_tables(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(PACK.parents[2] / "scripts"))
    script = importlib.import_module("build_pack_gtfs")
    monkeypatch.setattr(script, "PACK", tmp_path)
    script.main()
    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert written == {path.name: path.read_bytes() for path in (PACK / "gtfs").iterdir()}


def test_gtfs_kit_reads_the_feed_and_serves_weekdays_only():
    feed = gtfs_kit.read_feed(PACK / "gtfs", dist_units="km")
    assert set(feed.routes["route_short_name"]) == LINES
    assert len(feed.get_trips("20190314")) == len(feed.trips)
    assert feed.get_trips("20190316").empty


def test_every_line_runs_both_ways(trips):
    served = {(trip["route_id"], trip["direction_id"]) for trip in trips.values()}
    assert served == {(line, direction) for line in LINES for direction in "01"}


def test_every_reference_leads_somewhere(trips, stops, calls):
    with_windows = {row["trip_id"] for row in rows_of("gtfs/frequencies.txt")}
    assert with_windows == set(trips) == set(calls)
    used = {call["stop_id"] for trip_calls in calls.values() for call in trip_calls}
    platforms = {s for s, stop in stops.items() if stop["location_type"] == "0"}
    assert used == platforms
    assert {stops[s]["parent_station"] for s in platforms} == set(stops) - platforms
    for transfer in rows_of("gtfs/transfers.txt"):
        ends = (transfer["from_stop_id"], transfer["to_stop_id"])
        assert len({stops[end]["parent_station"] for end in ends}) == 1
    assert {hub["stop_id"] for hub in rows_of("hubs.csv")} <= set(stops) - platforms


def test_stops_lie_in_ile_de_france_or_oise(stops):
    for stop in stops.values():
        assert 48.12 < float(stop["stop_lat"]) < 49.30, stop
        assert 1.44 < float(stop["stop_lon"]) < 3.56, stop


def test_platforms_of_one_station_are_within_600_m(stops):
    for stop in stops.values():
        if stop["parent_station"]:
            station = stops[stop["parent_station"]]
            assert distance_m(stop, station) < 600, stop["stop_id"]


def distance_m(a: dict[str, str], b: dict[str, str]) -> float:
    """Straight line on a plane at 48.9 degrees north (cos = 0.6574); ample over Paris."""
    north_m = (float(a["stop_lat"]) - float(b["stop_lat"])) * 111_195
    east_m = (float(a["stop_lon"]) - float(b["stop_lon"])) * 111_195 * 0.6574
    return (north_m**2 + east_m**2) ** 0.5


def test_no_hop_is_faster_than_its_mode_can_go(trips, stops, calls):
    route_type = {row["route_id"]: row["route_type"] for row in rows_of("gtfs/routes.txt")}
    for trip_id, trip_calls in calls.items():
        limit_kmh = FASTEST_KMH[route_type[trips[trip_id]["route_id"]]]
        for here, there in zip(trip_calls, trip_calls[1:], strict=False):
            hop_s = parse_clock(there["arrival_time"]) - parse_clock(here["departure_time"])
            length_m = distance_m(stops[here["stop_id"]], stops[there["stop_id"]])
            assert hop_s > 0, (trip_id, here["stop_id"])
            assert length_m / hop_s * 3.6 <= limit_kmh, (trip_id, here["stop_id"])


@pytest.mark.parametrize(("direction", "observed"), [("1", 36), ("0", 34)])
def test_line_13_at_place_de_clichy_runs_as_often_as_observed(calls, trips, direction, observed):
    times = departures_s(calls, trips, "13", direction, "place-de-clichy_13")
    assert len(between(times, "08:00", "09:00")) == pytest.approx(observed, rel=0.10)


@pytest.mark.parametrize("direction", ["0", "1"])
def test_branches_of_line_13_alternate_where_they_meet(calls, trips, direction):
    times = departures_s(calls, trips, "13", direction, "place-de-clichy_13")
    peak = between(times, "08:00", "09:00")
    gaps = [b - a for a, b in zip(peak, peak[1:], strict=False)]
    assert min(gaps) >= 60
    assert max(gaps) <= 150


@pytest.mark.parametrize(
    ("line", "stop_id", "per_hour"),
    [
        ("B", "gare-du-nord_b", 20),  # a train every 3 min to Aulnay in the peak, published
        ("B", "villepinte_b", 10),  # every 6 min on a branch, published
        ("D", "gare-du-nord_d", 12),
        ("T5", "petit-pierrefitte_t5", 12),  # every 5 min, published
        ("T8", "saint-denis_t8", 20),  # every 3 min on the trunk, published
    ],
)
def test_peak_hour_service_is_the_published_one(calls, trips, line, stop_id, per_hour):
    for direction in "01":
        times = departures_s(calls, trips, line, direction, stop_id)
        assert len(between(times, "08:00", "09:00")) == pytest.approx(per_hour, abs=1)


def test_line_13_takes_as_long_to_saint_denis_as_observed(calls):
    here, there = (
        next(c for c in calls["13-saint-denis-universite_0"] if c["stop_id"] == stop_id)
        for stop_id in ("place-de-clichy_13", "saint-denis-universite_13")
    )
    run_s = parse_clock(there["arrival_time"]) - parse_clock(here["departure_time"])
    assert run_s == pytest.approx(observed_run_s(real_data(*METRO_WEEK)), abs=120)


def observed_run_s(week: Path) -> float:
    """Median seconds from Place de Clichy to Saint-Denis-Université over the real week."""
    with zipfile.ZipFile(week) as feed:

        def table(name: str) -> list[dict[str, str]]:
            text = feed.read(f"{name}.txt").decode("utf-8-sig").splitlines()
            return list(csv.DictReader(text))

        names = {row["stop_id"]: row["stop_name"] for row in table("stops")}
        times: dict[str, dict[str, int]] = defaultdict(dict)
        for row in table("stop_times"):
            if names[row["stop_id"]] in ("Place de Clichy", "Saint-Denis-Université"):
                clock_s = parse_clock(row["departure_time"])
                times[row["trip_id"]][names[row["stop_id"]]] = clock_s
    runs = [
        (t["Saint-Denis-Université"], t["Place de Clichy"]) for t in times.values() if len(t) == 2
    ]
    return median(there_s - here_s for there_s, here_s in runs if there_s > here_s)


def test_vehicles_hold_published_totals_at_four_a_square_metre():
    vehicles = read_vehicles(PACK / "vehicles.csv")
    assert set(vehicles.by_line) == LINES
    places = {line: v.seats + 4 * v.standing_m2 for line, v in vehicles.by_line.items()}
    assert places["13"] == 574
    assert places["B"] == 1700
    assert places["H"] == 2 * 922
    assert places["T5"] == 127


def test_the_embedded_feed_passes_its_own_check_without_errors_or_warnings():
    report, network = check_files(
        [PACK / "gtfs"], date=dt.date(2019, 3, 14), today=dt.date(2019, 3, 14), second_opinion=True
    )
    assert network is not None
    assert {f.code: f.count for f in report.findings if f.severity is not Severity.NOTE} == {}
    (opinion,) = report.second_opinions
    assert opinion.available
    assert [code for code, severity, _ in opinion.notices if severity.lower() == "error"] == []
