"""The demand tables of the embedded pack: totals, sources, and that they read cleanly."""

import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

import scenarios
from demand import build_background, build_cohorts
from demand.readers import (
    read_arrival_profile,
    read_communes,
    read_employers,
    read_flows,
    read_insee_modes,
    read_insee_od,
    read_station_entries,
    read_zones,
)
from network.base import ProblemLog, SourceClass
from tests.builders.realdata import real_data

PACK = Path(scenarios.__file__).parent / "territories" / "plaine_commune"
FILES = ("zones.csv", "od.csv", "arrival_profile.csv", "station_entries.csv", "employers.yaml")
REGION_WORKERS = 5_326_058.2
SOURCES = tomllib.loads((PACK / "sources_demand.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def zones():
    log = ProblemLog()
    read = read_zones(PACK / "zones.csv", log=log)
    assert log.total == 0
    return read


@pytest.fixture(scope="module")
def flows(zones):
    log = ProblemLog()
    read = read_flows(PACK / "od.csv", zones, log=log)
    assert log.total == 0
    return read


@pytest.mark.parametrize("name", FILES)
def test_each_file_says_where_it_comes_from(name):
    (entry,) = [item for item in SOURCES["file"] if item["path"] == name]

    assert set(entry) >= {"title", "source", "licence", "date", "source_class", "note"}
    assert all(entry[key] for key in entry)
    SourceClass(entry["source_class"])
    assert (PACK / name).stat().st_size < 1_000_000


def test_no_source_is_given_for_a_file_that_is_not_there():
    assert {item["path"] for item in SOURCES["file"]} == set(FILES)


@pytest.mark.parametrize("entry", SOURCES["parameter"], ids=lambda entry: entry["name"])
def test_each_parameter_has_unit_source_and_class(entry):
    assert set(entry) >= {"value", "unit", "source", "source_class"}
    SourceClass(entry["source_class"])


def test_the_whole_regions_workers_are_in_the_flows(flows):
    assert flows.workers.sum() == pytest.approx(REGION_WORKERS, rel=1e-4)


def test_residents_and_jobs_of_plaine_commune_are_the_censuss(zones, flows):
    # INSEE 2014: 152,781 resident workers and 173,200 jobs, flows inside included.
    inside = zones.in_territory
    assert flows.workers[inside[flows.origin]].sum() == pytest.approx(152_781, rel=5e-4)
    assert flows.workers[inside[flows.destination]].sum() == pytest.approx(173_200, rel=5e-4)


def test_the_regions_transit_share_is_the_published_one(flows):
    share = flows.workers @ flows.transit_share / flows.workers.sum()
    assert share == pytest.approx(0.42, abs=0.003)


def test_the_tree_has_the_nine_towns_under_the_territory(zones):
    towns = {zones.names[zone] for zone, up in zones.parents.items() if up == "territory"}

    assert len(towns) == 9
    assert {"Saint-Denis", "Aubervilliers", "La Courneuve", "Villetaneuse"} <= towns
    np.testing.assert_array_equal(
        zones.leaves_under("territory"), np.flatnonzero(zones.in_territory)
    )
    assert len(zones.leaves_under("region")) == len(zones)
    assert 200 <= len(zones) <= 290


def test_twelve_illustrative_employers_of_about_32_000(zones):
    employers = read_employers(PACK / "employers.yaml", zones)

    assert len(employers) == 12
    assert 30_000 <= sum(employer.headcount for employer in employers) <= 34_000
    assert all(300 <= employer.headcount <= 6_000 for employer in employers)
    assert all(3 <= len(employer.teams) <= 6 for employer in employers)
    for employer in employers:
        assert all(zones.in_territory[site.zone_idx] for site in employer.sites)


def test_cohorts_and_background_count_nobody_twice(zones, flows):
    employers = read_employers(PACK / "employers.yaml", zones)
    profile = read_arrival_profile(PACK / "arrival_profile.csv")
    cohorts = build_cohorts(employers, flows, zones)
    background = build_background(
        flows, cohorts, zones, presence_share=0.8, other_purposes_factor=1.6, profile=profile
    )

    everybody = (flows.workers @ flows.transit_share) * 0.8 * 1.6
    # students of the campus outnumber Villetaneuse's workers, so a few cannot be taken off
    together = background.trips.sum() + cohorts.strand_pax.sum()
    assert everybody <= together <= everybody + 500


def test_most_people_arrive_between_eight_and_ten():
    profile = read_arrival_profile(PACK / "arrival_profile.csv")

    assert profile.share.sum() == pytest.approx(0.92, abs=1e-5)
    assert 0.5 < profile.share_between(8 * 3600, 10 * 3600) < 0.75
    busiest = profile.start_s + 60 * int(profile.share.argmax())
    assert 8.5 * 3600 <= busiest <= 9.5 * 3600


def test_station_entries_cover_the_metro_of_the_pack():
    log = ProblemLog()
    entries = read_station_entries(PACK / "station_entries.csv", log=log)

    assert log.total == 0
    assert entries.hours == tuple(range(5, 12))
    assert not np.isnan(entries.entries_pax).any()
    assert {"Carrefour Pleyel", "Front Populaire", "Place de Clichy"} <= set(entries.stations)
    pleyel = entries.stations.index("Carrefour Pleyel")
    # 8,024 a weekday x 6.4 % between 08:00 and 09:00
    assert entries.entries_pax[pleyel, entries.hours.index(8)] == pytest.approx(514, abs=5)


def test_the_pack_is_what_the_script_writes(tmp_path, zones, flows):
    real_data("plaine-commune", "commute_od_insee2014_idf.csv.gz")
    script = PACK.parents[2] / "scripts" / "build_pack_demand.py"
    subprocess.run([sys.executable, script, "--out", tmp_path], check=True, capture_output=True)

    again = read_zones(tmp_path / "zones.csv")
    assert again.ids == zones.ids
    assert again.names == zones.names
    rewritten = read_flows(tmp_path / "od.csv", again)
    np.testing.assert_array_equal(rewritten.origin, flows.origin)
    np.testing.assert_array_equal(rewritten.destination, flows.destination)
    np.testing.assert_allclose(rewritten.workers, flows.workers, atol=0.11)
    for name in ("arrival_profile.csv", "station_entries.csv"):
        assert (tmp_path / name).read_text() == (PACK / name).read_text()


def test_published_flows_have_the_published_totals():
    log = ProblemLog()
    pairs = read_insee_od(real_data("plaine-commune", "commute_od_insee2014_idf.csv.gz"), log=log)

    assert log.total == 0
    assert len(pairs) == 127_723
    assert pairs.workers.sum() == pytest.approx(REGION_WORKERS, abs=1)


def test_published_modes_have_the_published_totals():
    modes = read_insee_modes(
        real_data("plaine-commune", "commute_mode_csp_insee2014_grand_paris.csv.gz")
    )

    assert modes.workers.sum() == pytest.approx(2_778_345, abs=1)
    assert modes.transit.sum() / modes.workers.sum() == pytest.approx(0.548, abs=0.001)
    assert len({*modes.origin_code, *modes.destination_code}) == 143


def test_published_communes_are_read_whole():
    log = ProblemLog()
    communes = read_communes(
        real_data("plaine-commune", "communes_ile_de_france.geojson.gz"),
        real_data("plaine-commune", "population_communes_ile_de_france.csv.gz"),
        log=log,
    )

    # Paris (its arrondissements have the population) and eight merged communes have none.
    assert len(communes) == 1_267
    assert log.total == 9
