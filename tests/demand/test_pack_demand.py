"""The demand tables of the embedded pack: totals, sources, and that they read cleanly."""

import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import scenarios
from demand import build_background, build_cohorts
from demand.readers import (
    read_arrival_profile,
    read_commune_zones,
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
FILES = (
    "zones.csv",
    "od.csv",
    "commune_zones.csv",
    "arrival_profile.csv",
    "station_entries.csv",
    "employers.yaml",
)
MAX_BYTES = 1_500_000
REGION_WORKERS = 5_326_058.2
PEOPLE = tomllib.loads((PACK / "territory.toml").read_text(encoding="utf-8"))["people"]
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
    assert (PACK / name).stat().st_size < MAX_BYTES


def test_no_source_is_given_for_a_file_that_is_not_there():
    assert {item["path"] for item in SOURCES["file"]} == set(FILES)


@pytest.mark.parametrize("entry", SOURCES["parameter"], ids=lambda entry: entry["name"])
def test_each_parameter_has_unit_source_and_class(entry):
    assert set(entry) >= {"value", "unit", "source", "source_class"}
    SourceClass(entry["source_class"])


def test_the_pack_runs_with_the_parameters_whose_source_is_given():
    given = {entry["name"]: entry["value"] for entry in SOURCES["parameter"]}

    assert PEOPLE["presence_share"] == given["presence_share"]
    assert PEOPLE["other_purposes_factor"] == given["other_purposes_factor"]


def test_the_factor_for_other_purposes_follows_from_the_published_trips(flows):
    (entry,) = [item for item in SOURCES["parameter"] if item["name"] == "other_purposes_factor"]
    profile = read_arrival_profile(PACK / "arrival_profile.csv")
    arriving = profile.share_between(6 * 3600 + 1800, 10 * 3600 + 1800)
    commutes = flows.workers @ flows.transit_share * PEOPLE["presence_share"] * arriving

    # 8.3 million transit trips a weekday, 25.4 % of metro entries 40 minutes before the arrivals
    assert 8.3e6 * 0.254 / commutes == pytest.approx(entry["value"], abs=0.05)


def test_a_quarter_of_a_weekdays_metro_entries_lead_to_arrivals_in_the_modelled_period():
    folder = "plaine-commune"
    hourly = pd.read_csv(real_data(folder, "stif_hourly_profile_weekday_2018_metro.csv.gz"))
    daily = pd.read_csv(real_data(folder, "stif_validations_2018_by_station_weekday.csv.gz"))
    weekday = daily[daily["weekday"] < 5].groupby("station")["mean"].mean()
    percent = hourly.pivot_table(index="STOP_NAME", columns="hour", values="PCT_CHECKINS_mean")
    percent = percent.fillna(0.0).join(weekday.rename("entries"), how="inner")
    by_hour = percent.drop(columns="entries").mul(percent["entries"], axis=0).sum()

    # 05:50 to 09:50
    period = by_hour[5] / 6 + by_hour[6] + by_hour[7] + by_hour[8] + by_hour[9] * 5 / 6
    assert period / by_hour.sum() == pytest.approx(0.254, abs=0.001)


def test_every_leaf_is_made_of_communes_and_no_share_is_lost(zones):
    log = ProblemLog()
    split = read_commune_zones(PACK / "commune_zones.csv", zones, log=log)

    assert log.total == 0
    np.testing.assert_array_equal(np.unique(split.zone_idx), np.arange(len(zones)))
    for share in (split.home_share, split.work_share):
        sums = np.add.reduceat(share, split.offset[:-1])
        np.testing.assert_allclose(sums, 1.0, rtol=1e-12)


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
    assert 380 <= len(zones) <= 410


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
        flows, cohorts, zones, presence_share=0.8, other_purposes_factor=1.5, profile=profile
    )

    everybody = (flows.workers @ flows.transit_share) * 0.8 * 1.5
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
    np.testing.assert_allclose(rewritten.workers, flows.workers, atol=1.0)
    for name in ("arrival_profile.csv", "station_entries.csv", "commune_zones.csv"):
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


def test_population_and_jobs_add_up_at_every_level_of_the_zone_tree():
    rows = pd.read_csv(PACK / "zones.csv").set_index("zone_id")
    for quantity, census_total in (("population", 12_317_279), ("jobs", 5_326_058)):
        below = rows.groupby("parent_id")[quantity].sum()
        assert below.to_dict() == rows.loc[below.index, quantity].to_dict()
        assert rows.loc["region", quantity] == census_total
