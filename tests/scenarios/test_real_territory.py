"""The territory on the real metro week and the real census: it loads, and nobody is lost."""

import pytest

from scenarios import load_territory
from tests.builders.realdata import real_data

FOLDER = "plaine-commune"
FILES = (
    "ratp_metro_all_week_20190311.zip",
    "commute_od_insee2014_idf.csv.gz",
    "commute_mode_csp_insee2014_grand_paris.csv.gz",
)


@pytest.fixture(scope="module")
def metro():
    """Load the territory from wherever the data are; skip without them."""
    folder = {real_data(FOLDER, name).parent.parent for name in FILES}.pop()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CRENEAU_DATA", str(folder))
        return load_territory("plaine-commune-metro")


def test_the_thursday_has_its_trips_and_those_of_the_night_before(metro):
    assert metro.service_date.isoformat() == "2019-03-14"
    # 13,213 trips of the Thursday itself, 149 that the night before still runs
    assert metro.network.timetable.n_trips == 13_362


def test_the_census_is_spread_over_the_zones_of_the_default_pack(metro):
    assert metro.zones.ids == load_territory("plaine-commune").zones.ids
    assert metro.flows.workers.sum() == pytest.approx(5_326_058, rel=1e-3)
    transit = metro.flows.workers @ metro.flows.transit_share
    assert transit / metro.flows.workers.sum() == pytest.approx(0.42, abs=0.003)


def test_plaine_commune_keeps_its_residents_and_jobs(metro):
    inside, flows = metro.zones.in_territory, metro.flows

    assert flows.workers[inside[flows.origin]].sum() == pytest.approx(152_781, rel=1e-3)
    assert flows.workers[inside[flows.destination]].sum() == pytest.approx(173_200, rel=1e-3)


def test_employers_and_lines_are_those_of_the_default_pack(metro):
    default = load_territory("plaine-commune")

    assert metro.employers == default.employers
    assert {"7", "12", "13", "14"} <= set(metro.network.timetable.routes.lines)
