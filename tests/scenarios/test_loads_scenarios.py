"""A scenario's morning on its vehicles: closed lines, other capacities, frequencies and hours."""

import numpy as np
import pytest
import yaml

from network.base.errors import ScenarioInputError
from scenarios.loads import LoadRequest, render_page, run_loads
from tests.builders.osm_text import METRES_PER_DEGREE, OsmText
from tests.builders.territories import TERRITORY, write_corridor

REQUEST = LoadRequest(pax_per_row=5.0, workers=1)


@pytest.fixture(scope="module")
def load(pack, tmp_path_factory):
    """Load the corridor under some modifications, written to a scenario file."""

    def load_scenario(*modifications, **fields):
        path = tmp_path_factory.mktemp("scenario") / "scenario.yaml"
        text = {"name": "Un essai", "territory": str(pack), "modifications": list(modifications)}
        path.write_text(yaml.safe_dump(text | fields), encoding="utf-8")
        return run_loads(path, REQUEST)

    return load_scenario


@pytest.fixture(scope="module")
def today(load):
    return load()


def line_of_call(loads):
    timetable = loads.territory.network.timetable
    pattern = np.searchsorted(timetable.pattern_offset, loads.calls.segment, side="right") - 1
    return np.asarray(timetable.routes.lines)[timetable.pattern_route[pattern]]


def travellers(loads):
    other = loads.loading.flow_pax[loads.choices.journey < 0].sum()
    return loads.riders_pax + other + loads.choices.stranded_pax


def test_a_scenario_that_changes_nothing_loads_as_its_territory(today, pack):
    plain = run_loads(pack, REQUEST)
    assert (today.loading.load_pax == plain.loading.load_pax).all()
    assert today.as_dict()["scenario"] == "Un essai"
    assert plain.as_dict()["scenario"] is None


@pytest.mark.parametrize("line", ["1", "2"])
def test_a_closed_line_has_no_load_and_nobody_is_lost(load, today, line):
    closed = load({"type": "line_closed", "line": line})
    assert today.loading.boarding_pax[line_of_call(today) == line].sum() > 500
    assert not (line_of_call(closed) == line).any()
    hours = closed.line_hours
    for number, name in enumerate(hours.lines):
        if name == line:
            assert hours.boarding_pax[hours.line == number].sum() == 0
    assert closed.riders_pax > 500
    assert travellers(closed) == pytest.approx(today.demand.trips)


def test_a_line_closed_for_two_hours_runs_before_and_after(load):
    closed = load({"type": "line_closed", "line": "1", "start": "07:00", "end": "09:00"})
    timetable = closed.territory.network.timetable
    first = closed.calls.first
    of_line = line_of_call(closed)[first] == "1"
    leaves_s = timetable.departure_s[first][of_line]
    assert not ((leaves_s >= 7 * 3600) & (leaves_s < 9 * 3600)).any()
    assert (leaves_s < 7 * 3600).sum() == 2 * 24
    assert (leaves_s >= 9 * 3600).sum() == 2 * 24


def test_doubling_every_capacity_raises_no_load_factor_of_a_run(load, today):
    roomy = load(*({"type": "vehicle_capacity", "line": line, "factor": 2.0} for line in "12"))
    before = today.loading.load_factor(today.calls)
    after = roomy.loading.load_factor(roomy.calls)
    assert before.max() > 1
    assert (after <= before + 1e-3).all()
    assert after.max() < before.max() / 1.5


def test_half_the_runs_are_fuller(load, today):
    fewer = load({"type": "frequency", "line": "1", "factor": 0.5})
    assert fewer.as_dict()["fullest_run"]["load_factor"] > (
        today.as_dict()["fullest_run"]["load_factor"] + 0.1
    )


def test_staff_that_start_later_arrive_later(load, today):
    later = load({"type": "employer_hours", "employer": "assurance", "start": "10:00"})

    def arrivals(loads):
        rows, cohorts = loads.demand.rows, loads.demand.cohorts
        hours = np.asarray(cohorts.start_s)[rows.owner]
        staff = rows.owner >= 0
        return rows.wanted_s[staff & (hours == 10 * 3600)]

    assert len(arrivals(today)) == 0
    assert len(arrivals(later)) > 0
    assert arrivals(later).min() > 9 * 3600 + 40 * 60
    assert travellers(later) == pytest.approx(today.demand.trips)


def test_the_report_names_the_scenario_and_what_walks_rest_on(load):
    closed = load({"type": "line_closed", "line": "2"})
    page = render_page(closed, lang="fr")
    assert "Scénario « Un essai » : 1 modification(s)" in page
    assert "ligne droite x 1,3" in page


def test_an_unknown_line_of_a_scenario_is_named_with_those_there_are(load):
    with pytest.raises(ScenarioInputError, match="'99'.*\n?.*1, 2"):
        load({"type": "line_closed", "line": "99"})
    with pytest.raises(ScenarioInputError, match="start 09:00 is not before end 08:00"):
        load({"type": "line_closed", "line": "1", "start": "09:00", "end": "08:00"})


def test_a_territory_with_streets_walks_over_them_and_says_so(tmp_path):
    """A street 0.01 degrees east of the line: everybody walks round by it, not straight."""
    text = TERRITORY.replace('gtfs = "feed"', 'gtfs = "feed"\nosm = "streets.osm"')
    folder = write_corridor(tmp_path, territory=text)
    streets = OsmText()
    for number, (lat, lon) in enumerate(
        ((48.99, 2.35), (48.99, 2.36), (48.991, 2.36), (48.991, 2.352))
    ):
        streets.node(number + 1, lon * METRES_PER_DEGREE, lat * METRES_PER_DEGREE)
    streets.way(1, [1, 2, 3, 4], highway="residential")
    (folder / "streets.osm").write_text(streets.text(), encoding="utf-8")
    loads = run_loads(folder, REQUEST)
    (tmp_path / "straight").mkdir()
    straight = run_loads(write_corridor(tmp_path / "straight"), REQUEST)
    assert loads.as_dict()["walks"] == "streets"
    assert straight.as_dict()["walks"] == "straight-line x 1.3"
    assert "suit les rues" in render_page(loads, lang="fr")
    found = loads.demand.connectors
    own = slice(found.offset[0], found.offset[1])
    nord = int(np.flatnonzero(np.asarray(loads.territory.network.timetable.stops.ids) == "Nord")[0])
    walk_s = dict(zip(found.stop[own].tolist(), found.seconds[own].tolist(), strict=True))[nord]
    # 0.01 + 0.008 degrees of longitude at 48.99 degrees, 0.001 of latitude: 1,313 + 111 m.
    east_m = 0.018 * METRES_PER_DEGREE * np.cos(np.radians(48.99))
    assert walk_s == pytest.approx((east_m + 0.001 * METRES_PER_DEGREE) / 1.2, abs=3)
