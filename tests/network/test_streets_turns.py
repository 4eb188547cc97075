"""Turn restrictions for cars, and streets without through traffic, answers derived by hand."""

import numpy as np
import pytest

from tests.builders.drives import drive, drive_ways
from tests.builders.osm_text import OsmText, pairs


def crossing_text() -> OsmText:
    """Return a crossing at 5 of ways 1 (west), 2 (north), 3 (east), 4 (south), and a way round.

    ::

        2 --7-- 6
        |       |
    1 --5-- 3 --+      ways 1: 1-5, 2: 5-2, 3: 5-3, 4: 5-4; 7: 2-6-3 (long)
        |
        4
    """
    text = OsmText().node(5, 0).node(1, -100).node(2, 0, 100).node(3, 100).node(4, 0, -100)
    text.node(6, 100, 100)
    for way in (1, 2, 3, 4):
        text.way(way, [5, way], highway="residential")
    return text.way(7, [2, 6, 3], highway="residential")


def test_a_forbidden_turn_is_driven_round(tmp_path) -> None:
    free = crossing_text().read(tmp_path)
    assert drive(free, (1, 5), (2, 2)) == [1, 5, 2]
    barred = crossing_text().restriction(
        1, "no_left_turn", ("from", "way", 1), ("via", "node", 5), ("to", "way", 2)
    )
    streets = barred.read(tmp_path)
    # To 4, a dead end where one turns round; not at 3, which leads on, to 2 by 6.
    assert drive(streets, (1, 5), (2, 2)) == [1, 5, 4, 5, 2]
    assert drive(streets, (4, 5), (2, 2)) == [4, 5, 2]
    assert drive(streets, (1, 5), (3, 3)) == [1, 5, 3]
    assert streets.car.n_turn_restrictions == 1
    # A copy of 5 for those from 1, and of 3 and 4 for those who were kept from the turn.
    copies = streets.nodes.osm_id[streets.car.node[streets.car.n_plain :]]
    assert copies.tolist() == [3, 4, 5]
    assert streets.walk.n_vertices == streets.walk.n_plain
    assert pairs(streets, streets.car) == pairs(free, free.car)


def test_the_only_turn_is_the_only_one(tmp_path) -> None:
    text = crossing_text().restriction(
        1, "only_straight_on", ("from", "way", 1), ("via", "node", 5), ("to", "way", 3)
    )
    streets = text.read(tmp_path)
    assert drive(streets, (1, 5), (3, 3)) == [1, 5, 3]
    assert drive(streets, (1, 5), (2, 5)) == [1, 5, 3, 2, 5]
    assert drive(streets, (1, 5), (1, 1)) == [1, 5, 3, 2, 5, 1]


def test_two_only_turns_leave_the_choice_between_them(tmp_path) -> None:
    text = crossing_text()
    for relation, way in ((1, 3), (2, 2)):
        text.restriction(
            relation, "only_turn", ("from", "way", 1), ("via", "node", 5), ("to", "way", way)
        )
    streets = text.read(tmp_path)
    assert drive(streets, (1, 5), (3, 3)) == [1, 5, 3]
    assert drive(streets, (1, 5), (2, 2)) == [1, 5, 2]
    assert drive(streets, (1, 5), (4, 4)) in ([1, 5, 3, 2, 5, 4], [1, 5, 2, 3, 5, 4])


def test_a_turn_back_can_be_forbidden(tmp_path) -> None:
    text = crossing_text().restriction(
        1, "no_u_turn", ("from", "way", 1), ("via", "node", 5), ("to", "way", 1)
    )
    streets = text.read(tmp_path)
    assert len(drive(streets, (1, 5), (1, 1)) or []) == 5
    assert drive(streets, (2, 5), (1, 1)) == [2, 5, 1]


def test_a_turn_back_is_forbidden_on_a_way_that_goes_on(tmp_path) -> None:
    # One way 1 - 2 - 3, no turning back at 2: a restriction in the middle makes a junction.
    text = OsmText().row(0, 100, 200).way(10, [1, 2, 3], highway="residential")
    text.restriction(1, "no_u_turn", ("from", "way", 10), ("via", "node", 2), ("to", "way", 10))
    streets = text.read(tmp_path)
    assert streets.car.n_turn_restrictions == 1
    assert drive(streets, (10, 2), (10, 3)) is not None
    car = streets.car
    tail = np.repeat(np.arange(car.n_vertices), np.diff(car.offset))
    at_two = [
        v for v in range(car.n_plain, car.n_vertices) if streets.nodes.osm_id[car.node[v]] == 2
    ]
    leaving = [int(streets.nodes.osm_id[car.node[h]]) for v in at_two for h in car.head[tail == v]]
    assert sorted(leaving) == [1, 3]
    assert set(tail[car.head == 0].tolist()) <= set(at_two) | {1}


def test_a_restriction_over_a_way_bars_the_whole_sequence_alone(tmp_path) -> None:
    # A dual carriageway: turning back over the link 3 is forbidden, each single turn is not.
    #   1 --1--> 2 --4--> 5
    #            | 3
    #   7 <-6--- 4 <-5--- 6
    text = (
        OsmText().row(0, 100, 200).node(5, 200).node(4, 100, -20).node(6, 200, -20).node(7, 0, -20)
    )
    text.way(1, [1, 2], highway="primary", oneway="yes")
    text.way(2, [2, 5], highway="primary", oneway="yes")
    text.way(3, [2, 4], highway="primary_link")
    text.way(4, [6, 4], highway="primary", oneway="yes")
    text.way(5, [4, 7], highway="primary", oneway="yes")
    text.way(6, [5, 6], highway="primary")
    text.way(7, [7, 1], highway="primary")
    free = text.read(tmp_path)
    assert drive(free, (1, 2), (5, 7)) == [1, 2, 4, 7]
    text.restriction(9, "no_u_turn", ("from", "way", 1), ("via", "way", 3), ("to", "way", 5))
    streets = text.read(tmp_path)
    assert streets.car.n_turn_restrictions == 1
    assert drive(streets, (1, 2), (5, 7)) == [1, 2, 5, 6, 4, 7]
    assert drive(streets, (1, 2), (3, 4)) == [1, 2, 4]
    assert drive(streets, (4, 4), (3, 2)) == [6, 4, 2]


def test_an_only_over_a_way_must_be_followed_from_its_first_turn(tmp_path) -> None:
    text = OsmText().row(0, 100, 200, 300).node(5, 100, 100).node(6, 200, 100)
    for way in (1, 2, 3):
        text.way(way, [way, way + 1], highway="residential")
    text.way(4, [2, 5], highway="residential").way(5, [3, 6], highway="residential")
    text.restriction(9, "only_straight_on", ("from", "way", 1), ("via", "way", 2), ("to", "way", 3))
    streets = text.read(tmp_path)
    assert drive(streets, (1, 2), (3, 4)) == [1, 2, 3, 4]
    assert drive(streets, (1, 2), (4, 5)) == [1, 2, 3, 4, 3, 2, 5]
    assert drive(streets, (1, 2), (5, 6)) == [1, 2, 3, 4, 3, 6]
    assert drive(streets, (4, 2), (2, 3)) == [5, 2, 3]


@pytest.mark.parametrize(
    ("kind", "tags"),
    [
        ("no_left_turn", {"except": "psv;motorcar"}),
        ("no_left_turn", {"day_on": "Monday"}),
        ("give_way", {}),
    ],
)
def test_a_restriction_that_does_not_concern_cars_at_all_hours_bars_nothing(
    tmp_path, kind: str, tags: dict[str, str]
) -> None:
    members = (("from", "way", 1), ("via", "node", 5), ("to", "way", 2))
    streets = crossing_text().restriction(1, kind, *members, **tags).read(tmp_path)
    assert streets.car.n_turn_restrictions == 0
    assert drive(streets, (1, 5), (2, 2)) == [1, 5, 2]


@pytest.mark.parametrize(
    ("tags", "n"),
    [
        ({"restriction__motorcar": "no_left_turn"}, 1),
        ({"restriction__hgv": "no_left_turn"}, 0),
        ({"restriction__conditional": "no_left_turn @ (07:00-09:00)"}, 0),
        ({"restriction": "no_left_turn", "except": "bicycle"}, 1),
    ],
)
def test_restrictions_of_other_vehicles_and_hours_are_passed_over(
    tmp_path, tags: dict[str, str], n: int
) -> None:
    text = crossing_text()
    members = (("from", "way", 1), ("via", "node", 5), ("to", "way", 2))
    text.relation(1, *members, type="restriction", **tags)
    streets = text.read(tmp_path)
    assert streets.car.n_turn_restrictions == n
    assert streets.set_aside.total == 0


def test_no_entry_and_no_exit_name_several_ways(tmp_path) -> None:
    text = crossing_text().restriction(
        1, "no_entry", ("from", "way", 1), ("from", "way", 4), ("via", "node", 5), ("to", "way", 2)
    )
    streets = text.read(tmp_path)
    assert streets.car.n_turn_restrictions == 1
    assert drive(streets, (1, 5), (2, 2)) != [1, 5, 2]
    assert drive(streets, (4, 5), (2, 2)) != [4, 5, 2]
    assert drive(streets, (3, 5), (2, 2)) == [3, 5, 2]


@pytest.mark.parametrize(
    ("members", "kind"),
    [
        ([("from", "way", 1), ("to", "way", 2)], "turn restriction that is not whole"),
        ([("from", "way", 1), ("via", "node", 5)], "turn restriction that is not whole"),
        (
            [("from", "way", 1), ("via", "node", 6), ("to", "way", 2)],
            "turn restriction that is unclear",
        ),
        (
            [("from", "way", 1), ("via", "way", 7), ("to", "way", 4)],
            "turn restriction that is unclear",
        ),
        # Way 7 passes through 6: whether one comes from 2 or from 3 is not said.
        (
            [("from", "way", 7), ("via", "node", 6), ("to", "way", 8)],
            "turn restriction that is unclear",
        ),
    ],
)
def test_a_restriction_that_says_no_one_turn_is_set_aside(tmp_path, members, kind: str) -> None:
    text = crossing_text().node(8, 200, 100).way(8, [6, 8], highway="residential")
    streets = text.restriction(1, "no_left_turn", *members).read(tmp_path)
    assert streets.car.n_turn_restrictions == 0
    assert streets.set_aside.counts == {kind: 1}
    assert streets.set_aside.problems[0].field == "relation 1"


def test_a_restriction_over_closed_streets_or_against_a_oneway_bars_nothing(tmp_path) -> None:
    text = OsmText().row(0, 100, 200).node(4, 100, 100)
    text.way(1, [1, 2], highway="residential").way(2, [2, 3], highway="footway")
    text.way(3, [4, 2], highway="residential", oneway="yes")
    for relation, to in ((1, 2), (2, 3), (3, 77)):
        text.restriction(
            relation, "only_turn", ("from", "way", 1), ("via", "node", 2), ("to", "way", to)
        )
    streets = text.read(tmp_path)
    assert streets.car.n_turn_restrictions == 0
    assert streets.set_aside.total == 0
    assert streets.car.n_vertices == streets.car.n_plain


# Streets without through traffic.


def test_nobody_drives_through_a_street_for_its_own_traffic(tmp_path) -> None:
    # 1 - 2 - 3 - 4 straight, 2 - 3 for residents; round by 5 it is longer.
    text = OsmText().row(0, 100, 200, 300).node(5, 150, 300)
    text.way(1, [1, 2], highway="residential").way(3, [3, 4], highway="residential")
    text.way(2, [2, 3], highway="residential", motor_vehicle="destination")
    text.way(5, [2, 5, 3], highway="residential")
    streets = text.read(tmp_path)
    assert drive_ways(streets, (1, 2), (3, 4)) == [1, 5, 3]
    # Those who live there come and go at both ends.
    assert drive_ways(streets, (1, 2), (2, 3)) == [1, 2]
    assert drive_ways(streets, (2, 3), (3, 4)) == [2, 3]
    assert drive_ways(streets, (2, 2), (1, 1)) == [2, 1]
    assert drive_ways(streets, (3, 3), (2, 2)) == [3, 2]
    # Walkers and cyclists pass.
    assert streets.bike.n_vertices == streets.bike.n_plain


def test_a_dead_end_for_its_own_traffic_needs_no_copies(tmp_path) -> None:
    text = OsmText().row(0, 100, 200).way(1, [1, 2], highway="residential")
    text.way(2, [2, 3], highway="service", access="customers")
    streets = text.read(tmp_path)
    assert streets.car.n_vertices == 3
    assert drive(streets, (1, 2), (2, 3)) == [1, 2, 3]


def test_a_village_behind_a_street_for_residents_can_be_reached(tmp_path) -> None:
    # Public town 1-2-3, then a destination way to 4, and public streets 4-5-6 behind it,
    # with a second destination way from 6 back to town: no short cut through the village.
    text = OsmText().row(0, 100, 200, 300, 400, 500)
    text.node(7, 250, 400)
    text.way(1, [1, 2], highway="residential").way(2, [2, 3], highway="residential")
    text.way(3, [3, 4], highway="residential", access="destination")
    text.way(4, [4, 5], highway="residential").way(5, [5, 6], highway="residential")
    text.way(6, [6, 7, 1], highway="residential", access="destination")
    streets = text.read(tmp_path)
    assert drive_ways(streets, (2, 3), (5, 6)) == [2, 3, 4, 5]
    assert drive_ways(streets, (5, 5), (2, 2)) == [5, 4, 3, 2]
    # From town to town the village is no way through, however short.
    assert drive_ways(streets, (1, 1), (2, 3)) == [1, 1, 2]
