"""Entries by hand: where and when passengers first board, and how they came there."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from solver.choice import HUB, LOCAL, WALK, build_cells
from solver.loading import count_station_entries
from tests.builders.choices import alternatives_of
from tests.builders.lines import line_timetable
from tests.builders.places import connectors_of
from tests.builders.routes import routes_of

# Stops 0, 1, 2; segment s in window w is cell 2 s + w; line M runs back as segments 3 and 4.
LINE = line_timetable(departures_s=[0, 900], hops_s=[300, 300], other_departures_s=[0, 900])
CELLS = build_cells(LINE, start_s=0, end_s=1800)


def entries(groups, flow, ends):
    """Entries for alternatives of (legs, [(cell, weight), ...]); one origin for each of ends."""
    loaded = alternatives_of([[(0.0, cells) for _, cells in group] for group in groups])
    legs = routes_of([[legs for legs, _ in group] for group in groups])
    alternatives = replace(
        legs,
        cell_offset=loaded.cell_offset,
        cell=loaded.cell,
        cell_weight=loaded.cell_weight,
    )
    connectors = connectors_of(ends, other_min=30.0)
    return count_station_entries(
        SimpleNamespace(timetable=LINE),
        alternatives,
        CELLS,
        connectors,
        SimpleNamespace(flow_pax=np.asarray(flow, dtype=float)),
    )


RIDE = ([(0, 0, 2)], [(0, 0.25), (1, 0.75), (2, 0.25), (3, 0.75)])
OTHER_LINES = ([], [])


def test_passengers_enter_at_their_first_stop_in_the_windows_they_board_in():
    # 40 ride from stop 0 to stop 2, a quarter of them in window 0; 10 take other lines.
    entered, changed = entries([[RIDE, OTHER_LINES]], [40, 10], [{0: (300, 300, WALK)}])
    assert entered == pytest.approx(np.asarray([[10, 30], [0, 0], [0, 0]]))
    assert not changed.any()


def test_a_change_between_modelled_lines_is_no_entry():
    # Ride to stop 1, then back to stop 0 by line M (segment 4 of its stops 2, 1, 0).
    there_and_back = ([(0, 0, 1), (1, 1, 2)], [(0, 1.0), (2 * 4 + 1, 1.0)])
    entered, changed = entries([[there_and_back]], [7], [{0: (300, 300, WALK)}])
    assert entered == pytest.approx(np.asarray([[7, 0], [0, 0], [0, 0]]))
    assert not changed.any()


@pytest.mark.parametrize(("kind", "from_street"), [(WALK, True), (LOCAL, True), (HUB, False)])
def test_who_comes_by_other_lines_to_a_hub_changes_and_does_not_enter(kind, from_street):
    entered, changed = entries([[RIDE]], [40], [{0: (900, 600, kind)}])
    assert entered.sum() == pytest.approx(40 if from_street else 0)
    assert changed.sum() == pytest.approx(0 if from_street else 40)


def test_one_stop_is_the_street_for_some_and_a_change_for_others():
    entered, changed = entries(
        [[RIDE], [RIDE]], [40, 8], [{0: (300, 300, WALK)}, {0: (900, 600, HUB)}]
    )
    assert entered[0] == pytest.approx([10, 30])
    assert changed[0] == pytest.approx([2, 6])
