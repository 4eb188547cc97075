"""Lines closed and vehicles of another size: what a run's model makes of them."""

from dataclasses import replace

import numpy as np
import pytest

from network.base import parse_clock
from network.edit import close_line, scale_capacity
from scenarios.model import build_model
from scenarios.modifications import apply_modifications
from tests.builders.results import find_differences
from tests.builders.territories import corridor_scenario


@pytest.fixture
def modify(territory, pack):
    def change(*modifications):
        scenario = corridor_scenario(pack, *modifications)
        return apply_modifications(territory, scenario.modifications, file="test.yaml")

    return change


@pytest.mark.parametrize(
    "nothing",
    [
        {"type": "vehicle_capacity", "line": "1", "factor": 1.0},
        {"type": "line_closed", "line": "1", "start": "20:00", "end": "21:00"},
    ],
    ids=lambda item: item["type"],
)
def test_what_changes_nothing_changes_no_bit_of_the_model(modify, model, pack, nothing):
    again = build_model(modify(nothing), corridor_scenario(pack))
    assert find_differences(replace(model, territory=None), replace(again, territory=None)) == []


def test_nobody_is_offered_a_closed_line(modify, model, pack):
    closed = build_model(modify({"type": "line_closed", "line": "2"}), corridor_scenario(pack))
    timetable = closed.territory.network.timetable
    line = np.asarray(timetable.routes.lines)[timetable.pattern_route]
    assert set(line[model.alternatives.leg_pattern]) == {"1", "2"}
    assert set(line[closed.alternatives.leg_pattern]) == {"1"}
    assert timetable.n_trips == model.territory.network.timetable.n_trips - 2 * 36


def test_capacities_of_one_line_alone_are_scaled(modify, model, pack):
    larger = build_model(
        modify({"type": "vehicle_capacity", "line": "2", "factor": 1.5}), corridor_scenario(pack)
    )
    timetable = larger.territory.network.timetable
    line = np.asarray(timetable.routes.lines)[timetable.pattern_route]
    of_cell = np.repeat(line, np.diff(timetable.pattern_offset)).repeat(larger.cells.n_windows)
    before, after = model.cells.capacity_pax.ravel(), larger.cells.capacity_pax.ravel()
    assert after[of_cell == "2"] == pytest.approx(1.5 * before[of_cell == "2"])
    assert (after[of_cell == "1"] == before[of_cell == "1"]).all()


def test_no_vehicle_goes_on_as_a_trip_that_was_closed(territory):
    """Of two trips that one vehicle makes, the second is closed: people get off after the first."""
    timetable = territory.network.timetable
    first = int(timetable.pattern_trip_offset[0])
    chained = replace(timetable, trip_next=np.full(timetable.n_trips, -1, dtype=np.int32))
    chained.trip_next[first] = first + 1
    chained.trip_next[first + 1] = first + 2
    line = timetable.routes.lines[int(timetable.pattern_route[0])]
    leaves_s = int(timetable.pattern_times(0)[1][2, 0])
    closed = close_line(chained, line=line, start_s=leaves_s, end_s=leaves_s + 1)
    assert closed.trip_next[first] == first + 1
    assert closed.trip_next[first + 1] == -1


@pytest.mark.parametrize(
    "edit",
    [
        lambda timetable: close_line(timetable, line="99", start_s=0, end_s=parse_clock("30:00")),
        lambda timetable: scale_capacity(timetable, line="99", factor=2.0),
    ],
    ids=["close", "capacity"],
)
def test_a_line_that_is_not_there_is_refused(territory, edit):
    with pytest.raises(KeyError, match="99"):
        edit(territory.network.timetable)
