"""Ways inside stations from pathways.txt: one rule a test."""

import numpy as np
import pytest

from network.building.pathways import build_pathways
from network.building.timetable import build_timetable
from network.readers import read_feed_tables
from tests.builders.feeds import DAY, line_feed, write_feed

STOPS = """
    stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,level_id
    P,Plaza,48.90,2.30,1,,
    S1,Platform 1,48.90,2.30,0,P,low
    S2,Platform 2,48.90,2.301,0,P,low
    S3,Far,48.90,2.36,0,,
    E1,Entrance,48.9005,2.30,2,P,street
    N1,Hall,,,3,P,
    B1,Front of platform 1,48.9001,2.30,4,S1,
    X,Unserved platform,48.90,2.302,0,P,
    """
LEVELS = "level_id,level_index,level_name\nstreet,0,Street\nlow,-2,Platforms\n"
COLUMNS = (
    "pathway_id,from_stop_id,to_stop_id,pathway_mode,is_bidirectional,"
    "length,traversal_time,stair_count"
)


def build(tmp_path, *rows, stops=STOPS, levels=LEVELS):
    pathways = [f"W{i},{row}" + "," * (6 - row.count(",")) for i, row in enumerate(rows)]
    files = line_feed(stops=stops, levels=levels, pathways="\n".join([COLUMNS, *pathways]))
    tables = read_feed_tables(write_feed(tmp_path, **files))
    timetable = build_timetable(tables, DAY, include_spill=False)
    return build_pathways(tables, timetable), timetable


def edges(ways):
    """Edges as (from, to, mode, seconds to a tenth, step-free)."""
    return [
        (ways.node_ids[a], ways.node_ids[b], int(mode), round(float(s), 1), bool(free))
        for a, b, mode, s, free in zip(
            ways.from_node, ways.to_node, ways.mode, ways.duration_s, ways.is_step_free, strict=True
        )
    ]


def test_a_way_both_ways_is_two_edges_and_a_way_one_way_is_one(tmp_path):
    ways, timetable = build(tmp_path, "E1,N1,1,1,60", "N1,S1,1,0,12")
    assert edges(ways) == [
        ("E1", "N1", 1, 50.0, True),
        ("N1", "E1", 1, 50.0, True),
        ("N1", "S1", 1, 10.0, True),
    ]
    assert timetable.set_aside.total == 0


def test_nodes_know_their_stop_place_level_and_whether_they_are_an_entrance(tmp_path):
    ways, _ = build(tmp_path, "E1,N1,1,1,60", "N1,S1,1,1,12", "N1,X,1,1,12")
    assert ways.node_ids == ("E1", "N1", "S1", "X")
    assert ways.node_stop.tolist() == [-1, -1, 0, -1]  # nothing calls at X
    assert ways.is_entrance.tolist() == [True, False, False, False]
    np.testing.assert_array_equal(ways.level, [0.0, np.nan, -2.0, np.nan])
    np.testing.assert_array_equal(ways.lat, [48.9005, np.nan, 48.90, 48.90])


@pytest.mark.parametrize(
    ("row", "seconds", "step_free"),
    [
        ("S1,S2,1,0,60", 50.0, True),  # 60 m at 1.2 m/s
        ("S1,S2,1,0,60,45", 45.0, True),  # the feed's own time goes before
        ("S1,S2,1,0,60,,3", 50.0, False),  # a walkway with three steps
        ("S1,S2,2,0,10,,40", 20.0, False),  # 40 steps of half a second
        ("S1,S2,2,0,10,,-40", 20.0, False),  # downwards
        ("S1,S2,2,0,6.1", 10.0, False),  # stairs of unknown steps: 6.1 m at 0.61 m/s
        ("S1,S2,3,0,60", 50.0, True),  # a moving pavement is walked on
        ("S1,S2,4,0,15", 30.0, False),  # an escalator at 0.5 m/s
        ("S1,S2,5,0", 60.0, True),  # a lift
        ("S1,S2,5,0,,25", 25.0, True),
        ("S1,S2,6,0", 2.4, True),  # a fare gate
        ("S1,S2,7,0", 2.4, True),  # an exit gate
        ("N1,S2,1,0", 0.0, True),  # nothing says how far
        ("S1,S2,1,0", 60.9, True),  # 73.1 m in a straight line
    ],
)
def test_a_way_takes_its_time_else_its_length_or_steps(tmp_path, row, seconds, step_free):
    ways, timetable = build(tmp_path, row)
    ((*_, found_s, found_free),) = edges(ways)
    assert (found_s, found_free) == (seconds, step_free)
    assert timetable.set_aside.total == 0


def test_a_fare_gate_may_lead_both_ways_and_an_exit_gate_only_out(tmp_path):
    ways, timetable = build(tmp_path, "S1,S2,6,1", "S1,N1,7,1")
    assert [edge[:2] for edge in edges(ways)] == [("S1", "N1"), ("S1", "S2"), ("S2", "S1")]
    assert timetable.set_aside.counts == {"exit gate that leads both ways": 1}
    assert timetable.set_aside.problems[0].row == 3


def test_a_boarding_area_is_a_step_away_from_its_platform(tmp_path):
    ways, _ = build(tmp_path, "E1,B1,1,0,12")
    assert edges(ways) == [
        ("B1", "S1", 1, 0.0, True),
        ("E1", "B1", 1, 10.0, True),
        ("S1", "B1", 1, 0.0, True),
    ]


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("S1,S9,1,1,60", "unknown end"),
        ("S1,P,1,1,60", "a station"),
        ("S1,S1,1,1,60", "one and the same"),
        ("S1,S2,8,1,60", "pathway_mode"),
        ("S1,S2,0,1,60", "pathway_mode"),
        ("S1,S2,1,,60", "direction"),
        ("S1,S2,1,2,60", "direction"),
        ("S1,S2,1,1,-60", "below 0"),
    ],
)
def test_a_row_that_cannot_be_used_is_set_aside_with_its_line(tmp_path, row, found):
    ways, timetable = build(tmp_path, "S1,N1,1,0,12", row)
    assert edges(ways) == [("S1", "N1", 1, 10.0, True)]
    assert timetable.set_aside.counts == {"pathway that cannot be used": 1}
    (problem,) = timetable.set_aside.problems
    assert (problem.row, found in problem.found) == (3, True)


def test_a_feed_without_usable_pathways_has_none(tmp_path):
    ways, timetable = build(tmp_path, "S1,S9,1,1,60")
    assert ways is None
    assert timetable.set_aside.total == 1
    tables = read_feed_tables(write_feed(tmp_path, **line_feed()))
    (tmp_path / "feed" / "pathways.txt").unlink()
    tables = read_feed_tables(tmp_path / "feed")
    assert build_pathways(tables, build_timetable(tables, DAY)) is None


def test_pathways_do_not_depend_on_the_order_of_rows(tmp_path):
    rows = ["E1,N1,1,1,60", "N1,S1,2,1,,,20", "N1,S1,5,1", "N1,S2,1,0,12", "S1,S2,4,0,9"]
    built = []
    for i, ordered in enumerate((rows, rows[::-1])):
        folder = tmp_path / str(i)
        folder.mkdir()
        built.append(edges(build(folder, *ordered)[0]))
    assert built[0] == built[1]
    assert len(built[0]) == 8
