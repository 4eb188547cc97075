"""Lines on the map: which shape a pattern has and where its calls lie along it."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.base import distance_m
from network.building._shape_kernels import MAX_CELLS, match_calls
from network.readers import read_timetable
from tests.builders.feeds import DAY, line_feed, write_feed
from tests.reference.shape_matching import place_calls

ROOT = Path(__file__).resolve().parents[2]
SHAPES = """
    shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence
    A,48.90,2.30,1
    A,48.90,2.33,2
    A,48.90,2.36,3
    """
TRIPS = "route_id,service_id,trip_id,shape_id\n"
TIMES = "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"


def read(tmp_path, *, trips="R1,WK,T1,A", stop_times=None, shapes=SHAPES, **files):
    if stop_times is not None:
        files["stop_times"] = TIMES + stop_times
    files = line_feed(trips=TRIPS + trips, shapes=shapes, **files)
    return read_timetable(write_feed(tmp_path, **files), DAY, include_spill=False)


def drawn(timetable, pattern=0):
    """The points of a pattern's shape, rounded, and the points of its calls."""
    shapes = timetable.shapes
    a, b = shapes.offset[pattern : pattern + 2]
    first, end = timetable.pattern_offset[pattern : pattern + 2]
    points = zip(shapes.lat[a:b].round(4), shapes.lon[a:b].round(4), strict=True)
    return [(float(lat), float(lon)) for lat, lon in points], shapes.stop_point[first:end].tolist()


def test_a_pattern_has_the_shape_of_its_trips(tmp_path):
    points, calls = drawn(read(tmp_path))
    assert points == [(48.9, 2.3), (48.9, 2.33), (48.9, 2.36)]
    assert calls == [0, 1, 2]


def test_points_are_in_order_of_their_number(tmp_path):
    header, *rows = textwrap.dedent(SHAPES).strip().splitlines()
    timetable = read(tmp_path, shapes="\n".join([header, *reversed(rows)]))
    assert drawn(timetable)[1] == [0, 1, 2]


def test_a_feed_without_shapes_has_none(tmp_path):
    timetable = read(tmp_path, trips="R1,WK,T1,", shapes=None)
    assert timetable.shapes is None
    assert timetable.set_aside.total == 0


def test_trips_without_a_shape_have_none_beside_others(tmp_path):
    stop_times = (
        "T1,08:00:00,08:00:00,S1,1\nT1,08:10:00,08:10:00,S3,2\n"
        "T2,08:00:00,08:00:00,S3,1\nT2,08:10:00,08:10:00,S1,2"
    )
    timetable = read(tmp_path, trips="R1,WK,T1,A\nR1,WK,T2,", stop_times=stop_times)
    assert drawn(timetable, 0) == ([(48.9, 2.3), (48.9, 2.33), (48.9, 2.36)], [0, 2])
    assert drawn(timetable, 1) == ([], [-1, -1])


def test_a_call_between_two_points_becomes_a_point(tmp_path):
    shapes = "\n".join(
        line for line in textwrap.dedent(SHAPES).splitlines() if ",2.33," not in line
    )
    points, calls = drawn(read(tmp_path, shapes=shapes))
    assert points == [(48.9, 2.3), (48.9, 2.33), (48.9, 2.36)]
    assert calls == [0, 1, 2]


def test_the_commonest_shape_of_a_pattern_is_taken_and_of_equals_the_first(tmp_path):
    shapes = SHAPES + "".join(
        f"    {name},48.90{n},{lon},{i}\n"
        for n, name in enumerate("BC", start=1)
        for i, lon in enumerate((2.30, 2.36))
    )
    stop_times = "".join(
        f"T{i},0{i}:00:00,0{i}:00:00,S1,1\nT{i},0{i}:10:00,0{i}:10:00,S3,2\n" for i in range(1, 6)
    )
    trips = ["R1,WK,T1,C", "R1,WK,T2,B", "R1,WK,T3,A", "R1,WK,T4,C", "R1,WK,T5,B"]
    timetable = read(tmp_path, trips="\n".join(trips), stop_times=stop_times, shapes=shapes)
    assert timetable.n_patterns == 1
    assert drawn(timetable)[0] == [(48.901, 2.3), (48.901, 2.36)]


def test_a_stop_passed_twice_is_placed_by_its_neighbours(tmp_path):
    # Out along the parallel from S1 past S2 to S3, and back the same way to S2.
    shapes = SHAPES + "    A,48.90,2.33,4\n    A,48.90,2.30,5\n"
    stop_times = "T1,08:00:00,08:00:00,S1,1\nT1,08:10:00,08:10:00,S3,2\nT1,08:20:00,08:20:00,S2,3"
    assert drawn(read(tmp_path, shapes=shapes, stop_times=stop_times))[1] == [0, 2, 3]


def test_a_loop_ends_at_its_last_point(tmp_path):
    shapes = SHAPES + "    A,48.91,2.33,4\n    A,48.90,2.30,5\n"
    stop_times = "T1,08:00:00,08:00:00,S1,1\nT1,08:10:00,08:10:00,S3,2\nT1,08:20:00,08:20:00,S1,3"
    assert drawn(read(tmp_path, shapes=shapes, stop_times=stop_times))[1] == [0, 2, 4]


def with_dist(dist_of_points, dist_of_calls):
    """Files of a line that runs S1, S2, S3 and back past S2 to S1, with distances."""
    places = ((2.30, 1), (2.33, 2), (2.36, 3), (2.33, 4), (2.30, 5))
    shapes = "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence,shape_dist_traveled\n"
    shapes += "".join(
        f"A,48.90,{lon},{i},{d}\n" for (lon, i), d in zip(places, dist_of_points, strict=True)
    )
    times = TIMES.strip() + ",shape_dist_traveled\n"
    times += "".join(
        f"T1,08:{i}0:00,08:{i}0:00,{stop},{i},{d}\n"
        for i, (stop, d) in enumerate(zip(("S1", "S2"), dist_of_calls, strict=True))
    )
    return {"shapes": shapes, "stop_times": times}


def read_with_dist(tmp_path, dist_of_points, dist_of_calls):
    files = with_dist(dist_of_points, dist_of_calls)
    path = write_feed(tmp_path, **line_feed(trips=TRIPS + "R1,WK,T1,A", **files))
    return read_timetable(path, DAY, include_spill=False)


def test_distances_place_a_call_where_nearness_cannot_tell(tmp_path):
    # S2 is passed at 1 and at 3: by nearness alone the first, by the distance the second.
    timetable = read_with_dist(tmp_path, (0, 1, 2, 3, 4), (0, 3))
    assert drawn(timetable)[1] == [0, 3]
    assert timetable.set_aside.total == 0


@pytest.mark.parametrize(
    "dist_of_calls", [(0, 2), (0, 3000), (-50, 3)], ids=["wrong", "other unit", "before the start"]
)
def test_distances_that_lead_elsewhere_are_counted_and_nearness_holds(tmp_path, dist_of_calls):
    timetable = read_with_dist(tmp_path, (0, 1, 2, 3, 4), dist_of_calls)
    assert drawn(timetable)[1] == [0, 1]
    assert timetable.set_aside.counts["shape_dist_traveled that does not fit"] == 1


def test_distances_that_shrink_are_not_used(tmp_path):
    timetable = read_with_dist(tmp_path, (0, 1, 0.5, 3, 4), (0, 3))
    assert drawn(timetable)[1] == [0, 1]


def test_a_shape_drawn_the_other_way_is_turned_and_counted(tmp_path):
    shapes = SHAPES.replace("2.30", "x").replace("2.36", "2.30").replace("x", "2.36")
    timetable = read(tmp_path, shapes=shapes)
    assert drawn(timetable) == ([(48.9, 2.3), (48.9, 2.33), (48.9, 2.36)], [0, 1, 2])
    assert timetable.set_aside.counts == {"shape against the direction of its trips": 1}


def test_a_shape_far_from_its_stops_is_counted_and_not_used(tmp_path):
    timetable = read(tmp_path, shapes=SHAPES.replace("48.90", "48.95"))
    assert drawn(timetable) == ([], [-1, -1, -1])
    assert timetable.set_aside.counts == {"shape far from its stops": 1}
    (problem,) = timetable.set_aside.problems
    assert "'A'" in problem.found


def test_points_that_cannot_be_used_are_set_aside_with_their_lines(tmp_path):
    shapes = SHAPES + "    A,,2.37,4\n    A,48.90,2.35,2\n    A,0,0,5\n"
    timetable = read(tmp_path, shapes=shapes)
    assert drawn(timetable)[1] == [0, 1, 2]
    assert timetable.set_aside.counts == {"shape point that cannot be used": 3}
    assert {p.row for p in timetable.set_aside.problems} == {5, 6, 7}


def test_a_shape_of_one_point_is_no_shape(tmp_path):
    shapes = "\n".join(textwrap.dedent(SHAPES).strip().splitlines()[:2])
    timetable = read(tmp_path, shapes=shapes)
    assert timetable.shapes is None
    assert timetable.set_aside.counts == {"trip of an unknown shape": 1}


def test_blank_times_are_spread_by_the_length_of_the_shape(tmp_path):
    # S2 is halfway in a straight line, but the line goes to it by way of 48.93, so that four
    # fifths of the 6.7 + 2.2 km lie before it.
    shapes = """
        shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence
        A,48.90,2.30,1
        A,48.93,2.315,2
        A,48.90,2.33,3
        A,48.90,2.36,4
        """
    before = 2 * float(distance_m(48.90, 2.30, 48.93, 2.315))
    after = float(distance_m(48.90, 2.33, 48.90, 2.36))
    stop_times = "T1,08:00:00,08:00:00,S1,1\nT1,,,S2,2\nT1,08:10:00,08:10:00,S3,3"
    timetable = read(tmp_path, shapes=shapes, stop_times=stop_times)
    arrival, _ = timetable.pattern_times(0)
    expected = 8 * 3600 + round(600 * before / (before + after))
    assert arrival[0].tolist() == [28_800, expected, 29_400]
    assert expected - 28_800 == pytest.approx(460, abs=10)


coordinates = st.tuples(st.integers(-6, 6), st.integers(-6, 6))


@given(
    points=st.lists(coordinates, min_size=1, max_size=6),
    calls=st.lists(coordinates, min_size=1, max_size=5),
    more=st.lists(coordinates, min_size=1, max_size=4),
)
def test_the_kernel_places_calls_as_trying_every_way_does(points, calls, more):
    # Two shapes, and the path in the middle runs along the second.
    samples = np.array([*points, *more], dtype=np.float64)
    sample_offset = np.array([0, len(points), len(samples)])
    stops = np.array([*calls, *calls, *calls], dtype=np.float64)
    offset = len(calls) * np.arange(4)
    shapes = np.array([0, 1, 0])
    found = match_calls(
        samples[:, 0].copy(), samples[:, 1].copy(), sample_offset,
        stops[:, 0].copy(), stops[:, 1].copy(), offset, shapes,
    )  # fmt: skip
    first, _ = place_calls(points, calls)
    second, _ = place_calls(more, calls)
    assert found.tolist() == [*first, *(len(points) + p for p in second), *first]


def test_a_path_beyond_the_kernels_bound_is_left_at_the_first_point():
    n_samples, n_calls = 100_000, MAX_CELLS // 100_000 + 1
    x = np.arange(n_samples, dtype=np.float64)
    calls = np.full(n_calls, 5.0)
    found = match_calls(
        x, np.zeros(n_samples), np.array([0, n_samples]),
        calls, np.zeros(n_calls), np.array([0, n_calls]), np.array([0]),
    )  # fmt: skip
    assert (found == 0).all()


def test_the_kernel_runs_as_plain_python():
    script = """
        import numba
        import numpy as np
        from network.building._shape_kernels import match_calls

        x, y = np.array([0.0, 1.0, 2.0]), np.zeros(3)
        ends = np.array([0, 3])
        calls = np.array([0.1, 1.9, 1.0])
        found = match_calls(x, y, ends, calls, np.zeros(3), ends, np.array([0]))
        print(numba.config.DISABLE_JIT, found.tolist())
        """
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(script)],
        cwd=ROOT,
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.strip() == "1 [0, 1, 1]"
