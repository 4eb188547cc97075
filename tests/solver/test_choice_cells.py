"""Cells of a timetable written by hand."""

from dataclasses import replace

import pytest

from network.base import parse_clock
from solver.choice import build_cells
from tests.builders.lines import line_timetable


def line(*departures, hops_s=(300, 240), **room):
    """Line of three stops: 5 minutes to the second, 4 to the third."""
    starts = [parse_clock(text) if isinstance(text, str) else text for text in departures]
    return line_timetable(departures_s=starts, hops_s=list(hops_s), **room)


def by_segment(cells, values):
    return values.reshape(cells.n_segments, cells.n_windows).tolist()


def cells_from_eight(timetable, *, end="08:30"):
    return build_cells(timetable, start_s=parse_clock("08:00"), end_s=parse_clock(end))


def test_a_cell_holds_the_room_of_the_vehicles_that_leave_in_its_window():
    # They leave the first stop at 08:00, 08:10, 08:14 and the second at 08:05, 08:15, 08:19.
    cells = cells_from_eight(line("08:00", "08:10", "08:14", seats=100.0, standing_m2=25.0))
    assert by_segment(cells, cells.vehicles) == [[3, 0], [1, 2], [0, 0]]
    assert by_segment(cells, cells.seats) == [[300, 0], [100, 200], [0, 0]]
    assert by_segment(cells, cells.standing_m2) == [[75, 0], [25, 50], [0, 0]]
    assert by_segment(cells, cells.capacity_pax) == [[600, 0], [200, 400], [0, 0]]
    assert by_segment(cells, cells.ride_min) == [[5, 0], [4, 4], [0, 0]]


def test_windows_hold_their_start_and_not_their_end():
    eight = parse_clock("08:00")
    edges = [eight - 1, eight, eight + 899, eight + 900, eight + 1799, eight + 1800]
    cells = cells_from_eight(line(*edges))
    assert by_segment(cells, cells.vehicles)[0] == [2, 2]
    assert cells.window_starts_s().tolist() == [eight, eight + 900]


def test_a_period_that_is_no_whole_number_of_windows_gets_one_more():
    cells = cells_from_eight(line("08:31", "08:44", "08:45"), end="08:31")
    assert cells.n_windows == 3
    assert by_segment(cells, cells.vehicles)[0] == [0, 0, 2]


def test_ride_holds_the_dwell_at_the_next_stop_except_at_the_last():
    # 5 minutes to the second stop and 1 standing there; at the last stop it ends on arrival,
    # though the timetable lets the vehicle stand there for 2 minutes more.
    plain = line("08:00")
    eight = parse_clock("08:00")
    dwelling = replace(
        plain,
        arrival_s=(eight + plain.arrival_s * 0 + [0, 300, 600]).astype("int32"),
        departure_s=(eight + plain.departure_s * 0 + [0, 360, 720]).astype("int32"),
    )
    cells = cells_from_eight(dwelling)
    assert by_segment(cells, cells.ride_min) == [[6, 0], [4, 0], [0, 0]]


def test_ride_of_a_cell_is_the_mean_of_its_vehicles():
    plain = line("08:00", "08:10")
    slow = plain.arrival_s + [0, 0, 0, 0, 120, 120]  # the second takes 7 minutes to the second stop
    cells = cells_from_eight(replace(plain, arrival_s=slow, departure_s=slow.astype("int32")))
    assert by_segment(cells, cells.ride_min)[0] == [pytest.approx((5 + 7) / 2), 0]


def test_directions_have_cells_of_their_own():
    both = line_timetable(
        departures_s=[parse_clock("08:00")],
        hops_s=[300],
        other_departures_s=[parse_clock("08:16"), parse_clock("08:20")],
    )
    cells = cells_from_eight(both)
    assert by_segment(cells, cells.vehicles) == [[1, 0], [0, 0], [0, 2], [0, 0]]
