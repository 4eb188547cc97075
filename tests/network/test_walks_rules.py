"""transfers.txt over the walks that were found."""

import numpy as np
import pytest

from network.walking.walks import build_walks
from tests.builders.footwalks import as_walks, bare_timetable, hand_pathways, hand_rules
from tests.builders.handstreets import Street, hand_streets, place

# A and B are 119.5 m apart (130 s straight), C 1,199.5 m from A (1,300 s).
STOPS = {"A": place(0, 0), "B": place(119.5, 0), "C": place(1199.5, 0)}


def walks(*rules, **options):
    timetable = bare_timetable(STOPS)
    footpaths, _ = build_walks(timetable, transfer_rules=hand_rules(timetable, rules), **options)
    return as_walks(timetable, footpaths)


def test_without_rules_near_stops_are_joined():
    assert walks() == {("A", "B"): 130, ("B", "A"): 130}


def test_a_minimum_time_takes_the_place_of_the_walk_longer_or_shorter():
    assert walks(("A", "B", 2, 90), ("B", "A", 2, 900)) == {("A", "B"): 90, ("B", "A"): 900}


def test_a_minimum_time_joins_stops_however_far():
    assert walks(("A", "C", 2, 700))["A", "C"] == 700


def test_a_minimum_time_of_weeks_is_taken_as_it_is():
    assert walks(("A", "C", 2, 2**22)) == {**walks(), ("A", "C"): 2**22}


def test_a_minimum_time_of_nothing_is_a_time():
    assert walks(("A", "B", 2, 0))["A", "B"] == 0


def test_type_3_removes_the_walk_one_way():
    assert walks(("A", "B", 3, -1)) == {("B", "A"): 130}


@pytest.mark.parametrize("kind", [0, 1, 2])
def test_a_recommended_change_is_walked_however_far(kind):
    assert walks(("A", "C", kind, -1))["A", "C"] == 1300


def test_a_recommended_change_leaves_a_walk_that_is_there():
    assert walks(("A", "B", 0, -1)) == walks()


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([("A", "B", 2, 90), ("A", "B", 3, -1)], None),
        ([("A", "B", 3, -1), ("A", "B", 2, 90)], 90),
        ([("A", "B", 3, -1), ("A", "B", 0, -1)], 130),
        ([("A", "B", 2, 90), ("A", "B", 0, -1)], 90),
        ([("A", "B", 2, 90), ("A", "B", 2, 60)], 60),
        ([("A", "C", 0, -1), ("A", "C", 3, -1)], None),
        ([("A", "C", 0, -1), ("A", "C", 2, 700)], 700),
        ([("A", "C", 3, -1), ("A", "C", 0, -1)], 1300),
    ],
)
def test_of_several_rules_for_a_pair_the_later_is_laid_over_the_earlier(rules, expected):
    assert walks(*rules).get(rules[0][:2]) == expected


@pytest.mark.parametrize(
    "rule", [("A", "B", 2, 5, 0), ("A", "B", 4, -1), ("A", "B", 5, -1), ("A", "A", 2, 60)]
)
def test_rules_of_routes_vehicles_or_one_stop_change_no_walk(rule):
    assert walks(rule) == walks()


def test_a_recommended_change_beyond_the_limit_goes_over_the_streets():
    # 1,500 s by a one-way street, 2,500 s back by another. B lies a tenth along the first,
    # 119.5 of 1,199.5 m; from it to A one would go round by C.
    nodes = {1: STOPS["A"], 2: STOPS["C"]}
    streets = hand_streets(nodes, [Street(1, 2, 1500, None), Street(2, 1, 2500, None)])
    found = walks(("A", "C", 0, -1), ("C", "A", 0, -1), streets=streets)
    assert found == {("A", "C"): 1500, ("C", "A"): 2500, ("A", "B"): 150}


def test_a_rule_with_a_time_is_laid_over_the_streets():
    streets = hand_streets({1: STOPS["A"], 2: STOPS["C"]}, [Street(1, 2)])
    found = walks(("A", "B", 2, 90), ("B", "A", 0, -1), streets=streets)
    assert found == {("A", "B"): 90, ("B", "A"): 100}


def test_a_recommended_change_that_streets_do_not_join_is_walked_straight():
    nodes = {1: STOPS["A"], 2: place(0, 100), 3: STOPS["C"], 4: place(1199.5, 100)}
    streets = hand_streets(nodes, [Street(1, 2), Street(3, 4)])
    assert walks(("A", "C", 0, -1), streets=streets)["A", "C"] == 1300


def test_a_recommended_change_takes_the_pathways_of_the_station_however_long():
    timetable = bare_timetable(STOPS)
    pathways = hand_pathways(timetable, {}, [("A", "B", 660, "")])
    rules = hand_rules(timetable, [("A", "B", 0, -1)])
    footpaths, _ = build_walks(timetable, transfer_rules=rules, pathways=pathways)
    assert as_walks(timetable, footpaths) == {("A", "B"): 660, ("B", "A"): 130}


def test_no_rule_makes_steps_step_free():
    timetable = bare_timetable(STOPS)
    pathways = hand_pathways(timetable, {}, [("A", "B", 60, "2s")])
    rules = hand_rules(timetable, [("A", "B", 2, 90), ("B", "A", 0, -1)])
    for step_free, expected in ((False, {("A", "B"): 90, ("B", "A"): 60}), (True, {})):
        footpaths, _ = build_walks(
            timetable, transfer_rules=rules, pathways=pathways, step_free=step_free
        )
        assert as_walks(timetable, footpaths) == expected


def test_each_stops_walks_are_sorted_by_duration():
    timetable = bare_timetable(STOPS)
    rules = hand_rules(timetable, [("A", "C", 2, 100), ("A", "B", 2, 110)])
    footpaths, _ = build_walks(timetable, transfer_rules=rules)
    assert footpaths.stop[footpaths.offset[0] : footpaths.offset[1]].tolist() == [2, 1]
    assert footpaths.stop.dtype == footpaths.duration_s.dtype == footpaths.offset.dtype == np.int32
