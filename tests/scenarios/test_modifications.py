"""Modifications: what each changes, in what order, and that the territory stays as it was."""

from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest

from network.base.errors import ScenarioInputError
from scenarios import parse_scenario
from scenarios.model import build_model
from scenarios.modifications import apply_modifications
from tests.builders.results import find_differences, load_status_quo
from tests.builders.territories import corridor_scenario

HOURS = {"type": "employer_hours", "employer": "assurance", "team": "contrats", "start": "09:15"}
TELEWORK = {"type": "telework_share", "share": 0.5}
FREQUENCY = {"type": "frequency", "line": "1", "factor": 2.0}


@pytest.fixture
def modify(territory, pack):
    def change(*modifications, of=territory):
        scenario = corridor_scenario(pack, *modifications)
        return apply_modifications(of, scenario.modifications, file="test.yaml")

    return change


def teams(territory):
    return {team.id: team for employer in territory.employers for team in employer.teams}


def departures(timetable, line):
    return sum(
        len(timetable.pattern_times(pattern)[1])
        for pattern in range(timetable.n_patterns)
        if timetable.routes.lines[timetable.pattern_route[pattern]] == line
    )


def peak_load_factor(territory, pack):
    model = build_model(territory, corridor_scenario(pack))
    load = load_status_quo(model).load_pax
    served = model.cells.capacity_pax > 0
    return (load[served] / model.cells.capacity_pax[served]).max()


def test_without_modifications_the_very_same_territory_comes_back(modify, territory):
    assert modify() is territory


@pytest.mark.parametrize(
    "nothing",
    [
        {"type": "employer_hours", "employer": "assurance", "team": "contrats", "start": "08:30"},
        {"type": "telework_share", "employer": "assurance", "team": "sinistres", "share": 0.25},
        {"type": "frequency", "line": "1", "factor": 1.0},
    ],
    ids=lambda item: item["type"],
)
def test_a_modification_to_what_is_already_so_changes_no_bit_of_the_model(
    modify, model, pack, nothing
):
    again = build_model(modify(nothing), corridor_scenario(pack))

    assert find_differences(replace(model, territory=None), replace(again, territory=None)) == []


@pytest.mark.parametrize("change", [HOURS, TELEWORK, FREQUENCY], ids=lambda item: item["type"])
def test_the_given_territory_is_left_untouched(modify, territory, change):
    before = deepcopy(territory)

    after = modify(change)

    assert find_differences(before, territory) == []
    assert find_differences(territory, after) != []


def test_new_hours_are_those_of_one_team_alone(modify, territory):
    after = teams(modify(HOURS))

    assert after.pop("contrats").start_s == 9 * 3600 + 900
    before = teams(territory)
    assert after == {name: before[name] for name in after}


def test_without_a_team_all_of_an_employers_teams_get_new_hours(modify):
    after = teams(modify({"type": "employer_hours", "employer": "mairie", "start": "10:00"}))

    starts = {name: team.start_s / 3600 for name, team in after.items()}
    assert starts == {"contrats": 8.5, "sinistres": 8.75, "guichets": 10, "accueil": 10}


def test_telework_takes_staff_off_the_day_and_off_the_lines(modify, model, pack):
    after = build_model(modify(TELEWORK), corridor_scenario(pack))

    assert after.cohorts.size.tolist() == [300, 200, 250, 100]
    # half of everybody, where a quarter of one team was at home before
    ratio = after.cohorts.strand_pax.sum() / model.cohorts.strand_pax.sum()
    assert ratio == pytest.approx(850 / 1600, rel=1e-9)


def test_twice_the_frequency_is_twice_the_trains_of_that_line_alone(modify, territory):
    before, after = territory.network.timetable, modify(FREQUENCY).network.timetable

    assert departures(after, "1") == 2 * departures(before, "1")
    assert departures(after, "2") == departures(before, "2")
    assert after.trip_seats.sum() == 2 * 60 * 144 + 80 * 72


def test_a_frequency_between_two_times_leaves_other_trains_alone(modify, territory):
    part = modify({**FREQUENCY, "start": "07:00", "end": "09:00"}).network.timetable

    before, after = territory.network.timetable.departure_s, part.departure_s
    outside = [times[(times < 7 * 3600) | (times > 9.5 * 3600)] for times in (before, after)]
    np.testing.assert_array_equal(np.sort(outside[0]), np.sort(outside[1]))
    # 24 of 72 trains a direction leave between 07:00 and 09:00
    assert departures(part, "1") == 2 * (72 + 24)


@pytest.mark.parametrize("factor", [1.25, 1.5, 2.0, 3.0, 4.0])
def test_more_trains_never_raise_the_peak_load_factor(modify, territory, pack, factor):
    more = modify({**FREQUENCY, "factor": factor})

    assert peak_load_factor(more, pack) <= peak_load_factor(territory, pack) * (1 + 1e-6)


def test_fewer_trains_are_fuller(modify, territory, pack):
    fewer = modify({**FREQUENCY, "factor": 0.5})

    assert peak_load_factor(fewer, pack) > 1.2 * peak_load_factor(territory, pack)


def test_the_last_of_two_modifications_of_one_thing_counts(modify):
    early, late = {**HOURS, "start": "07:45"}, {**HOURS, "start": "09:30"}

    assert teams(modify(early, late))["contrats"].start_s == 9.5 * 3600
    assert teams(modify(late, early))["contrats"].start_s == 7.75 * 3600


def test_modifications_apply_in_the_order_they_are_listed(modify):
    half, double = {**FREQUENCY, "factor": 0.5}, {**FREQUENCY, "end": "08:00"}

    step = modify(half)
    assert find_differences(modify(half, double), modify(double, of=step)) == []
    assert find_differences(modify(half, double), modify(double, half)) != []


def test_modifications_show_in_the_run(run):
    plain, telework = run(), run(TELEWORK)

    assert telework.plan.people_total == 850
    assert plain.plan.people_total == 1600
    assert (
        telework.situations["status_quo"].kpis["passenger_hours"].value
        < plain.situations["status_quo"].kpis["passenger_hours"].value
    )


def test_every_unknown_name_is_told_at_once_with_those_that_exist(modify):
    with pytest.raises(ScenarioInputError) as caught:
        modify(
            {"type": "employer_hours", "employer": "nobody", "start": "09:00"},
            TELEWORK,
            {"type": "telework_share", "employer": "mairie", "team": "contrats", "share": 0.1},
            {"type": "frequency", "line": "99", "factor": 2},
        )

    employer, team, line = caught.value.problems
    assert (employer.field, team.field, line.field) == ("employer", "team", "line")
    assert [p.file for p in caught.value.problems] == [
        f"test.yaml, modifications[{number}]" for number in (0, 2, 3)
    ]
    assert "'nobody'" in employer.found
    assert employer.expected == "one of assurance, mairie"
    assert team.expected == "one of guichets, accueil"
    assert line.expected == "one of 1, 2"
    assert all(problem.mend for problem in caught.value.problems)


def test_an_unknown_team_of_any_employer_is_told(modify):
    with pytest.raises(ScenarioInputError, match="'night', which the territory does not have"):
        modify({"type": "telework_share", "team": "night", "share": 0.1})


def test_a_window_of_time_that_ends_before_it_starts_is_refused():
    backwards = {**FREQUENCY, "start": "09:00", "end": "08:00"}
    with pytest.raises(ScenarioInputError, match=r"start 09:00 is not before end 08:00"):
        parse_scenario({"name": "x", "modifications": [backwards]}, file="x.yaml")
