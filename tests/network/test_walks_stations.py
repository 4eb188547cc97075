"""Walks inside stations, and stations linked to the streets at their entrances.

::

    1 ---- E1 -------- E2 ---- 2        High Street, 600 m, 500 s; nodes 1 and 2
           |            |               E1 at 120 m, E2 at 480 m, 6 m off it (5 s)
           A ---------- B               platforms A and B, between the entrances
"""

import numpy as np
import pytest

from network.network import Network
from network.streets.graph import STEPS
from network.walking.access import PATHWAYS, walk_access, walk_between
from network.walking.stations import StationWays
from network.walking.walks import build_walks
from tests.builders.footwalks import as_walks, bare_timetable, hand_pathways
from tests.builders.handstreets import Street, hand_streets, place

NODES = {1: place(0, 0), 2: place(600, 0)}
DOORS = {"E1": place(120, 6), "E2": place(480, 6), "N": place(300, 40)}
# A and B stand nearer to each other than to the street; T is at the end of the street.
STOPS = {"A": place(290, 60), "B": place(310, 60), "T": place(600, 0)}
WAYS = [("E1", "A", 60, "2"), ("E2", "B", 30, "2s"), ("A", "B", 50, "2")]


def build(ways=WAYS, stops=STOPS, doors=DOORS, streets=True, parents=None, **options):
    """Return the network, and the walks by stop_id."""
    timetable = bare_timetable(stops, parents=parents)
    pathways = hand_pathways(timetable, doors, ways)
    graph = hand_streets(NODES, [Street(1, 2)]) if streets else None
    footpaths, links = build_walks(timetable, pathways=pathways, streets=graph, **options)
    network = Network(
        timetable=timetable,
        footpaths=footpaths,
        pathways=pathways,
        streets=graph,
        stop_links=links,
    )
    return network, as_walks(timetable, footpaths)


def test_platforms_take_the_pathway_between_them_not_the_straight_line():
    network, walks = build()
    assert (walks["A", "B"], walks["B", "A"]) == (50, 50)
    assert network.footpaths.n_straight_stops == 0


def test_a_stop_with_entrances_walks_to_the_street_through_them():
    # B to T: out by E2 in 30 s, 5 s to the street, 120 m of it. A to T: by B and E2, 50 s
    # more; by E1 it would be 60 + 5 + 400 s.
    _, walks = build()
    assert (walks["B", "T"], walks["T", "B"]) == (135, 135)
    assert (walks["A", "T"], walks["T", "A"]) == (185, 185)


def test_without_steps_the_other_entrance_is_taken():
    # E2's way has steps: from B by A and E1, 50 + 60 + 5 s, and 480 m of street, 400 s.
    _, walks = build(step_free=True)
    assert walks["B", "T"] == 515
    assert walks["A", "T"] == 465
    assert walks["A", "B"] == 50


def test_a_stop_behind_steps_alone_has_no_step_free_walk():
    ways = [("E1", "A", 60, "2"), ("E2", "B", 30, "2s"), ("A", "B", 50, "2s")]
    network, walks = build(ways, step_free=True)
    assert walks == {("A", "T"): 465, ("T", "A"): 465}
    assert network.footpaths.n_straight_stops == 0
    stops, _ = walk_access(network, *place(500, 0))
    assert stops.tolist() == [0, 2]
    assert walk_between(network, 0, 1) is None
    assert walk_between(network, place(500, 0), 1) is None


def test_a_stop_behind_steps_is_not_walked_to_straight_from_a_stop_off_the_streets():
    # F is 299.5 m from the street and 239.5 m from B: a straight walk, but not without steps.
    ways = [("E1", "A", 60, "2"), ("E2", "B", 30, "2s"), ("A", "B", 50, "2s")]
    stops = {**STOPS, "F": place(310, 299.5)}
    _, walks = build(ways, stops)
    assert walks["F", "B"] == walks["B", "F"] == 260  # 259.5
    network, walks = build(ways, stops, step_free=True)
    assert {b for a, b in walks if a == "F"} == {a for a, b in walks if b == "F"} == {"A", "T"}
    assert network.footpaths.n_straight_stops == 1
    stops_of_f, _ = walk_access(network, *stops["F"])
    assert stops_of_f.tolist() == [0, 2, 3]
    assert walk_between(network, stops["F"], 1) is None
    assert walk_between(network, stops["F"], 0).seconds == 261


def test_one_way_pathways_lead_one_way():
    # E2 is an exit only: to B one goes in by E1 and A.
    ways = [("E1", "A", 60, "2"), ("B", "E2", 30, ""), ("A", "B", 50, "2")]
    network, walks = build(ways)
    assert walks["B", "T"] == 135
    assert walks["T", "B"] == 400 + 5 + 60 + 50
    links = network.stop_links
    own = slice(*links.offset[1:3])
    assert np.isinf(links.in_s[own]).tolist() == [False, True]
    assert np.isinf(links.out_s[own]).tolist() == [False, False]
    place_a, place_b = place(480, 0), place(120, 0)
    out_s = dict(zip(*(x.tolist() for x in walk_access(network, *place_a)), strict=True))
    back_s = dict(
        zip(*(x.tolist() for x in walk_access(network, *place_a, reverse=True)), strict=True)
    )
    assert (out_s[1], back_s[1]) == (300 + 5 + 60 + 50, 35)
    assert walk_between(network, 1, place_a).seconds == 35
    assert walk_between(network, place_a, 1).seconds == 415
    assert walk_between(network, place_b, 0).seconds == 65


def test_platforms_that_pathways_join_over_the_street_alone_walk_out_and_in_again():
    # No way between A and B inside: 60 + 5 s, 360 m of street, 5 + 30 s.
    _, walks = build([("E1", "A", 60, "2"), ("E2", "B", 30, "2")])
    assert walks["A", "B"] == 400


def test_a_pathway_longer_than_the_limit_does_not_count_but_the_way_over_the_street_does():
    ways = [("E1", "A", 60, "2"), ("E2", "B", 30, "2"), ("A", "B", 700, "2")]
    assert build(ways)[1]["A", "B"] == 400
    assert ("A", "B") not in build(ways, streets=False)[1]


def test_a_station_without_entrances_is_linked_where_its_stops_stand():
    # A is 60 m from the street, at 290 m of it: 50 s, 310 m to the end.
    _, walks = build([("A", "N", 20, "2"), ("N", "B", 20, "2")])
    assert walks["A", "B"] == 40
    assert walks["A", "T"] == 309  # 50 + 258.3


def test_entrances_far_from_any_street_or_without_a_place_do_not_count():
    far = {**DOORS, "E1": place(120, 900), "E2": (np.nan, np.nan)}
    _, walks = build(doors=far)
    assert walks["A", "T"] == 309
    one = {**DOORS, "E2": (np.nan, np.nan)}
    _, walks = build(doors=one)
    assert walks["A", "T"] == 465


def test_without_streets_pathways_take_the_place_of_straight_lines():
    _, walks = build(streets=False)
    assert walks["A", "B"] == 50
    assert walks["A", "T"] == 343  # 315.75 m x 1.3 / 1.2


def test_without_streets_platforms_that_no_step_free_way_joins_are_not_joined():
    ways = [("A", "N", 20, "2s"), ("N", "B", 20, "2")]
    assert ("A", "B") not in build(ways, streets=False, step_free=True)[1]
    assert build(ways, streets=False)[1]["A", "B"] == 40


def test_stations_without_pathways_of_their_own_are_linked_at_the_stop_for_all_their_entrances():
    stops = {**STOPS, "C": place(300, 12)}
    _, walks = build(stops=stops, parents={"C": "Central", "A": "Central", "B": "Central"})
    assert walks["C", "T"] == 260


@pytest.mark.parametrize("ways", [WAYS, [("E1", "A", 60, "2"), ("E2", "B", 30, "2")]])
def test_the_walk_between_two_stops_has_the_footpaths_seconds(ways):
    network, walks = build(ways)
    ids = network.timetable.stops.ids
    for (a, b), seconds in walks.items():
        assert walk_between(network, ids.index(a), ids.index(b)).seconds == seconds


def test_a_walk_by_pathways_is_drawn_over_the_nodes_that_have_a_place():
    ways = [("A", "N", 20, "2"), ("N", "E9", 5, "2"), ("E9", "B", 20, "2"), ("A", "B", 90, "")]
    network, _ = build(ways, doors={**DOORS, "E9": (np.nan, np.nan)}, streets=False)
    walk = walk_between(network, 0, 1)
    assert (walk.seconds, walk.kind) == (45, PATHWAYS)
    assert walk.points == (STOPS["A"], DOORS["N"], STOPS["B"])
    assert walk.metres == pytest.approx(2 * np.hypot(10, 20), rel=1e-4)


def test_of_several_ways_the_fastest_counts_and_a_stop_may_have_several_nodes():
    timetable = bare_timetable(STOPS)
    ways = [("A", "N", 5, ""), ("A", "N", 3, ""), ("N", "B", 4, ""), ("A", "B", 9, "")]
    pathways = hand_pathways(timetable, DOORS, ways)
    pairs = StationWays(pathways, 3, step_free=False).find_pairs()
    assert (pairs.origin.tolist(), pairs.target.tolist(), pairs.seconds.tolist()) == (
        [0],
        [1],
        [7],
    )


def test_a_stairway_in_the_street_is_no_step_free_way():
    timetable = bare_timetable({"X": place(0, 0), "Y": place(600, 0)})
    streets = hand_streets(NODES, [Street(1, 2, flags=STEPS)])
    for step_free, expected in ((False, 2), (True, 0)):
        footpaths, _ = build_walks(timetable, streets=streets, step_free=step_free)
        assert len(footpaths.stop) == expected
