"""Build the demand tables of the Plaine Commune pack from published data.

Reads the folder ``plaine-commune`` below ``$CRENEAU_DATA`` (census flows, outlines, ticket
counts, bus stops) and the stations of the pack's own GTFS feed; writes zones.csv, od.csv,
arrival_profile.csv and station_entries.csv into the pack, and prints what was conserved,
dropped and not matched. Run from the project's root: ``python scripts/build_pack_demand.py``.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

from pack_stations import (  # noqa: E402
    Stations,
    match_counts,
    read_stations,
    read_ticket_counts,
    work_weights,
)

from demand import (  # noqa: E402
    Commune,
    CommunePairs,
    CommuneSplit,
    CommuterFlows,
    TransitShareSettings,
    ZoneSystem,
    ZoningSettings,
    build_zone_system,
    compute_outer_factor,
    estimate_transit_share,
    spread_flows,
    weigh_work_ends,
)
from demand.arrivals import ArrivalSettings, derive_arrival_shares  # noqa: E402
from demand.readers import read_communes, read_insee_modes, read_insee_od  # noqa: E402
from demand.station_names import normalise_name  # noqa: E402
from demand.trimming import trim_flows  # noqa: E402
from network.base import format_clock  # noqa: E402

PACK = ROOT / "scenarios" / "territories" / "plaine_commune"
DEPARTEMENTS = {
    "75": "Paris",
    "77": "Seine-et-Marne",
    "78": "Yvelines",
    "91": "Essonne",
    "92": "Hauts-de-Seine",
    "93": "Seine-Saint-Denis",
    "94": "Val-de-Marne",
    "95": "Val-d'Oise",
}
RING = {"75": 0, "92": 1, "93": 1, "94": 1}
REGION_TRANSIT_SHARE = 0.42  # Insee Ile-de-France a la page 353, April 2011
MIN_PAIR_WORKERS = 6.0
RIDE_S = 40 * 60  # 48 min door to door (EGT 2010) less 8 min to the gate near home
MORNING_SHARE = 0.92
UNMEASURED_JOBS = 0.5  # quartiers served by trams or buses alone: a judgement
METRO = ("7", "12", "13", "14")
TERMINI = ("GARE", "SAINT LAZARE", "AUSTERLITZ", "MONTPARNASSE", "CRETEIL P LAC")
ZONE_FILE_COLUMNS = [
    "zone_id", "name", "level", "parent_id", "lat", "lon", "population", "jobs",
    "in_territory", "leaf", "spread_m", "source_class",
]  # fmt: skip


def main() -> None:
    """Build all four tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gtfs", type=Path, default=PACK / "gtfs")
    parser.add_argument("--out", type=Path, default=PACK)
    options = parser.parse_args()
    data = Path(os.environ.get("CRENEAU_DATA", ROOT / ".." / "shared" / "data")) / "plaine-commune"
    stations = read_stations(options.gtfs)
    counts = read_ticket_counts(data)
    communes = read_region(data)
    pairs, moved = move_merged(read_insee_od(data / "commute_od_insee2014_idf.csv.gz"), communes)
    outlines = json.loads((data / "communes_plaine_commune.geojson").read_text(encoding="utf-8"))
    bus = pd.read_csv(data / "idfm_stops_201807.csv.gz").query("location_type == 1")
    zones, split = build_zone_system(
        communes,
        territory_codes=[str(item["properties"]["code"]) for item in outlines["features"]],
        stations_lat=stations.lat,
        stations_lon=stations.lon,
        stations_names=stations.names,
        settings=ZoningSettings(
            region_name="Île-de-France",
            territory_name="Plaine Commune",
            departement_names=DEPARTEMENTS,
            split_departements=("75", "92", "93", "94"),
            near_m=2_500.0,
            min_quartier_share=0.055,
            min_near_share=0.18,
        ),
        activity_lat=bus["stop_lat"].to_numpy(),
        activity_lon=bus["stop_lon"].to_numpy(),
    )
    weights = work_weights(zones, split, stations, counts, communes)
    split = weigh_work_ends(split, weights, unmeasured=UNMEASURED_JOBS)
    flows = spread_flows(pairs, transit_shares(data, pairs), split)
    trimmed = trim_flows(flows, min_workers=MIN_PAIR_WORKERS, n_zones=len(zones))
    report(pairs, flows, trimmed.flows, zones)
    print(
        f"dropped {trimmed.dropped_pairs} of {len(flows)} pairs with "
        f"{trimmed.dropped_workers:.0f} workers, respread; largest change of a zone's total "
        f"{trimmed.largest_total_error:.2e}"
    )
    write_flows(options.out / "od.csv", trimmed.flows, zones)
    write_zones(options.out / "zones.csv", zones, split, communes, trimmed.flows)
    write_split(options.out / "commune_zones.csv", split, zones, moved)
    write_profile(options.out / "arrival_profile.csv", counts)
    write_entries(options.out / "station_entries.csv", stations, counts)


def read_region(data: Path) -> list[Commune]:
    """Return the region's communes, Paris as its arrondissements."""
    communes = read_communes(
        data / "communes_ile_de_france.geojson.gz",
        data / "population_communes_ile_de_france.csv.gz",
        default_population=0,
    )
    paris = next(commune for commune in communes if commune.code == "75056")
    people = pd.read_csv(data / "population_communes_ile_de_france.csv.gz", dtype={"insee": str})
    people = people.set_index("insee")
    outlines = outline_arrondissements(data, paris.polygon)
    return [commune for commune in communes if commune is not paris] + [
        Commune(
            code=code,
            name=short_name(str(people.loc[code, "name"])),
            polygon=outline,
            population=int(people.loc[code, "population_municipale"]),
        )
        for code, outline in sorted(outlines.items())
    ]


def short_name(name: str) -> str:
    """Return "Paris 18e" for "Paris 18e Arrondissement"."""
    return name.removesuffix(" Arrondissement")


def outline_arrondissements(data: Path, paris: BaseGeometry) -> dict[str, BaseGeometry]:
    """Estimate the arrondissements: the places nearest to a metro stop whose address is in each."""
    with (
        zipfile.ZipFile(data / "ratp_metro_all_week_20190311.zip") as feed,
        feed.open("stops.txt") as file,
    ):
        stops = pd.read_csv(file, dtype={"stop_desc": str})
    stops["code"] = stops["stop_desc"].str.extract(r"(751[0-2]\d)", expand=False)
    stops = stops.dropna(subset="code").drop_duplicates(["stop_lat", "stop_lon"])
    squeeze = float(np.cos(np.radians(paris.centroid.y)))
    flat = shapely.transform(paris, lambda xy: xy * [squeeze, 1.0])
    points = shapely.points(stops["stop_lon"] * squeeze, stops["stop_lat"])
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(points), extend_to=flat))
    tree = shapely.STRtree(points)
    owner = [int(tree.query(cell, predicate="contains")[0]) for cell in cells]
    codes = stops["code"].to_numpy()[owner]
    return {
        str(code): shapely.transform(
            shapely.intersection(shapely.union_all(cells[codes == code]), flat),
            lambda xy: xy / [squeeze, 1.0],
        )
        for code in np.unique(codes)
    }


def move_merged(
    pairs: CommunePairs, communes: list[Commune]
) -> tuple[CommunePairs, dict[str, str]]:
    """Give flows of communes without outline (merged since) to the commune nearest to them.

    Returns the flows, and the new code of each commune that was moved.
    """
    outlined = {commune.code for commune in communes}
    target = np.arange(len(pairs.codes), dtype=np.int32)
    moved = {}
    for lost, code in enumerate(pairs.codes):
        if code in outlined:
            continue
        mine = (pairs.origin == lost) ^ (pairs.destination == lost)
        other = np.where(pairs.origin == lost, pairs.destination, pairs.origin)
        mine &= np.asarray([pairs.codes[i] in outlined for i in other])
        nearest = other[mine][pairs.distance_m[mine].argmin()]
        print(f"flows of {code} (no outline) go to {pairs.codes[nearest]}")
        target[lost] = nearest
        moved[code] = pairs.codes[nearest]
    codes = sorted(outlined & set(pairs.codes))
    new = {code: i for i, code in enumerate(codes)}
    place = np.asarray([new[pairs.codes[t]] for t in target], dtype=np.int32)
    merged = replace(
        pairs,
        codes=tuple(codes),
        origin=place[pairs.origin],
        destination=place[pairs.destination],
    )
    return merged, moved


def transit_shares(data: Path, pairs: CommunePairs) -> NDArray[np.float64]:
    """Return transit shares, unsurveyed outer pairs scaled so that the region's share is met."""
    modes = read_insee_modes(data / "commute_mode_csp_insee2014_grand_paris.csv.gz")

    def ring_of(code: str) -> int:
        return RING.get(code[:2], 2)

    plain = estimate_transit_share(pairs, modes, ring_of=ring_of)
    factor = compute_outer_factor(pairs, plain, ring_of=ring_of, target_share=REGION_TRANSIT_SHARE)
    print(f"transit: {plain.surveyed.sum()} of {len(pairs)} pairs surveyed, factor {factor:.4f}")
    rules = TransitShareSettings(outer_factor=factor)
    return estimate_transit_share(pairs, modes, ring_of=ring_of, settings=rules).share


def report(
    pairs: CommunePairs, full: CommuterFlows, kept: CommuterFlows, zones: ZoneSystem
) -> None:
    """Print the totals that must be conserved."""
    inside = zones.in_territory
    print(f"{len(zones)} leaves, {inside.sum()} in the territory")
    print(f"workers: {pairs.workers.sum():.1f} by commune")
    for name, flows in (("spread", full), ("kept", kept)):
        transit = flows.workers @ flows.transit_share
        print(
            f"  {name}: {flows.workers.sum():.1f} workers, transit {transit:.0f} "
            f"({transit / flows.workers.sum():.4f}), in the territory "
            f"{flows.workers[inside[flows.origin]].sum():.0f} residents, "
            f"{flows.workers[inside[flows.destination]].sum():.0f} jobs, {len(flows)} pairs"
        )


def write_rows(path: Path, header: list[str], rows: list[list[object]]) -> None:
    """Write one table, lines ended by a line feed."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    print(f"{path.name}: {len(rows)} rows, {path.stat().st_size} bytes")


def write_flows(path: Path, flows: CommuterFlows, zones: ZoneSystem) -> None:
    """Write od.csv, workers rounded and transit shares to a hundredth."""
    write_rows(
        path,
        ["origin", "destination", "workers", "transit_share"],
        [
            [zones.ids[o], zones.ids[d], f"{w:.0f}", f"{t:.2f}".rstrip("0").rstrip(".")]
            for o, d, w, t in zip(
                flows.origin, flows.destination, flows.workers, flows.transit_share, strict=True
            )
        ],
    )


def write_split(path: Path, split: CommuneSplit, zones: ZoneSystem, moved: dict[str, str]) -> None:
    """Write commune_zones.csv: how the census communes are made of leaves, merged ones too."""
    rows = []
    for code in sorted({*split.codes, *moved}):
        part = split.parts(moved.get(code, code))
        for zone, home, work in zip(
            split.zone_idx[part], split.home_share[part], split.work_share[part], strict=True
        ):
            rows.append([code, zones.ids[zone], f"{home:.5f}", f"{work:.5f}"])
    write_rows(path, ["commune", "zone_id", "home_share", "work_share"], rows)


def round_to_total(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Round to whole numbers whose sum is the rounded sum: the largest remainders go up."""
    whole = np.floor(values + 1e-9).astype(np.int64)
    missing = round(float(values.sum())) - int(whole.sum())
    order = np.argsort(-(values - whole), kind="stable")
    whole[order[:missing]] += 1
    return whole


def write_zones(
    path: Path,
    zones: ZoneSystem,
    split: CommuneSplit,
    communes: list[Commune],
    flows: CommuterFlows,
) -> None:
    """Write zones.csv: the tree from the region down, with residents and jobs summed upwards."""
    people = {commune.code: commune.population for commune in communes}
    code_of = np.repeat(np.asarray(split.codes), np.diff(split.offset))
    population, jobs = np.zeros(len(zones)), np.zeros(len(zones))
    homes = split.home_share * [people[c] for c in code_of]
    # People are whole, and a commune's parts add up to what the census counted there.
    for first, last in zip(split.offset[:-1], split.offset[1:], strict=True):
        np.add.at(population, split.zone_idx[first:last], round_to_total(homes[first:last]))
    np.add.at(jobs, flows.destination, flows.workers)
    jobs = round_to_total(jobs).astype(float)
    depth = {level: i for i, level in enumerate(("region", "departement", "agglomeration"))}
    rows: list[list[object]] = []
    for zone_id in sorted(zones.names, key=lambda z: (depth.get(zones.levels[z], 3), z)):
        under = zones.leaves_under(zone_id)
        if len(under) == 0:
            continue
        share = population[under] / max(population[under].sum(), 1.0)
        leaf = zone_id in zones.ids
        even = share if share.sum() > 0 else np.full(len(under), 1 / len(under))
        lat, lon = even @ zones.lat[under], even @ zones.lon[under]
        rows.append(
            [
                zone_id,
                zones.names[zone_id],
                zones.levels[zone_id],
                zones.parents.get(zone_id, ""),
                f"{lat:.5f}",
                f"{lon:.5f}",
                round(float(population[under].sum())),
                round(float(jobs[under].sum())),
                int(zones.in_territory[under].all()),
                int(leaf),
                round(float(zones.spread_or_zero_m()[zones.get_index(zone_id)])) if leaf else "",
                "estimated" if zones.levels[zone_id] == "quartier" else "published",
            ]
        )
    write_rows(path, ZONE_FILE_COLUMNS, rows)


def write_profile(path: Path, counts: pd.DataFrame) -> None:
    """Write arrival_profile.csv from the hours of the stations that fill in the morning."""
    counted = counts.dropna(subset=[8, "weekday"])
    morning = counted[[6, 7, 8, 9]].sum(axis=1)
    terminus = [normalise_name(str(name)).startswith(TERMINI) for name in counted.index]
    homes = counted[(morning >= 40.0) & ~np.asarray(terminus)]
    hours = homes[list(range(24))].mul(homes["weekday"], axis=0).sum() / homes["weekday"].sum()
    edges, share = derive_arrival_shares(
        hours.tolist(), ArrivalSettings(ride_s=RIDE_S, morning_share=MORNING_SHARE)
    )
    print(f"arrival profile from {len(homes)} stations among homes")
    write_rows(
        path,
        ["start", "end", "share", "source_class"],
        [
            [format_clock(a), format_clock(b), f"{value:.6f}", "estimated"]
            for a, b, value in zip(edges[:-1], edges[1:], share, strict=True)
        ],
    )


def write_entries(path: Path, stations: Stations, counts: pd.DataFrame) -> None:
    """Write station_entries.csv for metro stations of the pack; report who has no partner."""
    wanted = [i for i, lines in enumerate(stations.lines) if set(lines) & set(METRO)]
    counted = counts.dropna(subset=["LAT", "weekday"])
    found = {i: names[0] for i, names in match_counts(stations, counted).items() if i in wanted}
    lost = [stations.names[i] for i in wanted if i not in found]
    print(f"station entries: {len(found)} of {len(wanted)} matched; not: {', '.join(lost)}")
    rows: list[list[object]] = []
    for station, name in sorted(found.items()):
        row = counted.loc[name]
        if normalise_name(stations.names[station]) != normalise_name(name):
            print(f"  {stations.names[station]} = {name}")
        rows.extend(
            [
                stations.names[station],
                " ".join(stations.lines[station]),
                hour,
                round(float(row["weekday"] * row[hour] / 100)),
                "observed",
            ]
            for hour in range(5, 12)
        )
    write_rows(path, ["station", "lines", "hour", "entries_pax", "source_class"], rows)


if __name__ == "__main__":
    main()
