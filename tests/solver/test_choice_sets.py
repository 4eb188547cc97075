"""Choice sets on lines written by hand: relief, pairs not worth a search, nobody served."""

from dataclasses import replace

import numpy as np
import pytest

from network import Network
from network.base import parse_clock
from network.timetable import Routes
from network.walking.walks import build_walks
from solver.choice import WALK, ChoiceInputs, ChoiceSettings, build_alternatives, build_cells
from solver.choice.served import least_cost_min
from tests.builders.lines import line_timetable
from tests.builders.places import connectors_of

EIGHT = parse_clock("08:00")
DOOR = (0, 0, WALK)


def inputs_of(timetable, ends, *, other_min=60.0, relief=(), n_zones=1, **settings):
    """All pairs of zones and places, one window from 08:00 to 08:15."""
    network = Network(
        timetable=timetable,
        footpaths=build_walks(timetable, max_walk_s=0, speed_mps=1.2, detour=1.3)[0],
    )
    origin, place = np.divmod(np.arange(n_zones * len(ends), dtype=np.int32), len(ends))
    return ChoiceInputs(
        network=network,
        cells=build_cells(timetable, start_s=EIGHT - 3600, end_s=EIGHT + 3600),
        connectors=connectors_of(ends, other_min=other_min, n_zones=n_zones),
        pair_origin=origin,
        pair_place=place,
        window_start_s=np.asarray([EIGHT]),
        window_s=900,
        settings=ChoiceSettings(earliest_departure_s=EIGHT - 3600, **settings),
        relief=relief,
    )


def two_lines(*, fast_s, slow_s, slow_departures=None):
    """L rides from stop 0 to stop 1 and M beside it, every 5 minutes from 07:00; M is slower."""
    starts = np.arange(EIGHT - 3600, EIGHT + 900, 300)
    slow = starts if slow_departures is None else np.asarray(slow_departures)
    plain = line_timetable(departures_s=starts, hops_s=[fast_s], other_departures_s=slow)
    times = plain.arrival_s.copy()
    n = 2 * len(starts)
    times[n:] = np.column_stack((slow, slow + slow_s)).ravel()
    calls = np.asarray([0, 1], dtype=np.int32)
    return replace(
        plain,
        pattern_stop=np.tile(calls, 2),
        arrival_s=times,
        departure_s=times,
        stop_pattern=np.asarray([0, 1, 0, 1], dtype=np.int32),
        stop_pattern_pos=np.asarray([0, 0, 1, 1], dtype=np.int32),
        routes=Routes(
            ids=("l", "m"),
            lines=("L", "M"),
            long_names=("L", "M"),
            types=np.asarray([1, 1], dtype=np.int32),
            colors=("", ""),
            agencies=("", ""),
        ),
    )


def lines_of(alternatives):
    """The line ("L" is pattern 0, "M" pattern 1) and free cost of modelled alternatives."""
    first = alternatives.leg_offset[:-1]
    return [
        ("LM"[alternatives.leg_pattern[first[a]]], float(alternatives.free_min[a]))
        for a in range(len(alternatives))
        if alternatives.n_rides[a]
    ]


WITHOUT_L = np.asarray([True, False])


def test_relief_adds_the_way_that_the_quicker_line_hides():
    # L takes 10 minutes, M 12 with the same departures: whoever takes M leaves as early and
    # arrives later, so no search finds it. L arrives at :00, :05, :10, M at :02, :07, :12: by
    # 08:01..08:15 slack is 2 minutes on average on both, so L costs 12 and M 14.
    city, ends = two_lines(fast_s=600, slow_s=720), [{0: DOOR}, {1: DOOR}]
    alone = build_alternatives(inputs_of(city, ends))
    assert lines_of(alone) == [("L", pytest.approx(12))]
    relieved = build_alternatives(inputs_of(city, ends, relief=(WITHOUT_L,)))
    assert lines_of(relieved) == [("L", pytest.approx(12)), ("M", pytest.approx(14))]


def test_relief_of_a_line_nobody_takes_changes_nothing():
    city, ends = two_lines(fast_s=600, slow_s=720), [{0: DOOR}, {1: DOOR}]
    alone = build_alternatives(inputs_of(city, ends))
    relieved = build_alternatives(inputs_of(city, ends, relief=(~WITHOUT_L,)))
    assert lines_of(relieved) == lines_of(alone)


def test_relief_adds_nothing_that_costs_too_much():
    city, ends = two_lines(fast_s=600, slow_s=1500), [{0: DOOR}, {1: DOOR}]
    relieved = build_alternatives(inputs_of(city, ends, relief=(WITHOUT_L,), prune_min=12.0))
    assert [line for line, _ in lines_of(relieved)] == ["L"]


def test_a_way_seen_once_without_relief_is_priced_with_all_its_trips():
    # L takes 10 minutes, M 12. Only the M of 07:51 falls between two trains of L (07:50 to 08:00,
    # 07:55 to 08:05): alone it serves 08:03..08:15, slack 0..12, so M costs 18. Without L, M
    # arrives at 07:57, 08:03, 08:07, 08:12. By 08:01, 08:02: slack 4, 5; 08:03..08:06: 0..3;
    # 08:07..08:11: 0..4; 08:12..08:15: 0..3; that is 9 + 6 + 10 + 6 = 31 minutes over 15.
    slow = [EIGHT + 60 * m for m in (-15, -9, -5, 0)]
    city = two_lines(fast_s=600, slow_s=720, slow_departures=slow)
    ends = [{0: DOOR}, {1: DOOR}]
    alone = dict(lines_of(build_alternatives(inputs_of(city, ends))))
    assert alone == {"L": pytest.approx(12), "M": pytest.approx(18)}
    both = dict(lines_of(build_alternatives(inputs_of(city, ends, relief=(WITHOUT_L,)))))
    assert both == {"L": pytest.approx(12), "M": pytest.approx(12 + 31 / 15)}


def test_nothing_is_offered_where_other_lines_are_much_quicker():
    city = two_lines(fast_s=600, slow_s=720)
    quick = build_alternatives(inputs_of(city, [{0: DOOR}, {1: DOOR}], other_min=0.0, prune_min=5))
    assert (quick.n_groups, len(quick)) == (0, 0)
    assert quick.find_groups(*np.zeros((3, 1), dtype=np.int32)).tolist() == [-1]


def test_nothing_is_offered_from_where_no_stop_is_reached():
    alternatives = build_alternatives(inputs_of(two_lines(fast_s=600, slow_s=720), [{}, {1: DOOR}]))
    assert alternatives.n_groups == 0


@pytest.mark.parametrize("seed", range(5))
def test_the_bound_that_spares_searches_is_above_no_way_they_find(seed):
    # Stops lie 1,112 m apart, 27.8 s at the 40 m/s that no train beats.
    rng = np.random.default_rng(seed)
    city = line_timetable(
        departures_s=np.arange(EIGHT - 3600, EIGHT + 900, 420),
        hops_s=rng.integers(28, 200, size=7),
        other_departures_s=np.arange(EIGHT - 3500, EIGHT + 900, 360),
    )
    ends = [
        {int(s): (int(t), int(t), WALK) for s, t in zip(rng.permutation(8)[:2], times, strict=True)}
        for times in rng.integers(0, 600, size=(5, 2))
    ]
    inputs = inputs_of(city, ends, n_zones=5, prune_min=1e6)
    alternatives = build_alternatives(inputs)
    weights = inputs.settings.weights
    end_min = np.full((5, 8), np.inf)
    for place, end in enumerate(ends):
        for stop, (seconds, *_) in end.items():
            end_min[place, stop] = weights.walk * seconds / 60
    bound = least_cost_min(city, end_min, end_min, 5)
    group = alternatives.group_of_alternative()
    pair = alternatives.group_origin[group], alternatives.group_place[group]
    modelled = alternatives.n_rides > 0
    assert modelled.sum() > 10
    assert (bound[pair] <= alternatives.free_min)[modelled].all()


@pytest.mark.parametrize("n", [0, 13])
def test_settings_of_too_few_or_too_many_routes_are_refused(n):
    with pytest.raises(ValueError, match="max_routes"):
        ChoiceSettings(max_routes=n)


def test_more_rides_than_the_kernels_number_are_refused():
    with pytest.raises(ValueError, match="max_rides must be 1 to 15"):
        ChoiceSettings(max_rides=16)
