"""Road assignment in windows: queues found by hand, and vehicles that never get lost."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.base import Cancelled
from solver.loading.road import WindowSettings, solve_road, solve_windows
from tests.builders.roads import road_cases, road_network, trip_table


def bottleneck(tail, head, time, per_hour):
    return (tail, head, time, 0, per_hour, 1)


def one_road(vehicles, **settings):
    """Send vehicles, window by window, over a road of 10 minutes and 400 vehicles an hour."""
    network = road_network([bottleneck(1, 2, 10, 400)])
    demands = [trip_table({(1, 2): n}) for n in vehicles]
    return solve_windows(network, demands, settings=WindowSettings(**settings))


def test_a_demand_of_twice_the_capacity_waits_as_at_vickreys_bottleneck():
    # 200 vehicles come evenly over 15 minutes, 100 a window get through. The queue rises to 100
    # and empties in the next window; who comes at t waits t minutes, 7.5 on average; together
    # 200 * 7.5 / 60 = 25 vehicle-hours, half of them in each window.
    result = one_road([200])
    assert result.arriving[:, 0].tolist() == [200, 0]
    assert result.leaving[:, 0].tolist() == [100, 100]
    assert result.queue[:, 0].tolist() == [100, 0]
    assert result.wait_min[0, 0] == pytest.approx(7.5, abs=1e-12)
    assert result.cost[0, 0] == pytest.approx(17.5, abs=1e-12)
    assert result.queue_veh_h[:, 0].tolist() == [12.5, 12.5]
    assert result.total_queue_veh_h == 25
    assert result.entered.tolist() == [200, 0]
    assert result.arrived.tolist() == [100, 100]
    assert result.converged


def test_the_same_demand_in_two_windows_waits_not_at_all():
    result = one_road([100, 100])
    assert result.queue[:, 0].tolist() == [0, 0]
    assert result.wait_min[:, 0].tolist() == [0, 0]
    assert result.cost[:, 0].tolist() == [10, 10]
    assert result.total_queue_veh_h == 0


@pytest.mark.parametrize(("late", "hours"), [(0, 25), (20, 20), (50, 12.5), (80, 5)])
def test_each_vehicle_that_starts_a_window_later_takes_a_quarter_hour_off_the_queue(late, hours):
    # The queue rises to q = 100 - late; with it and the late ones just 100 leave in the second
    # window, at whose end it is empty: q / 2 on average for two quarters of an hour.
    result = one_road([200 - late, late])
    assert result.queue[:, 0] == pytest.approx([100 - late, 0], abs=1e-11)
    assert result.total_queue_veh_h == pytest.approx(hours, abs=1e-11)


def test_the_point_queue_of_five_slots_is_the_known_one():
    # Capacity 25 a window, arrivals 0, 30, 50, 20, 0: 5, 30, 25 wait, 60 in all.
    result = one_road([0, 30, 50, 20, 0], capacity_h=4.0)
    assert result.queue[:, 0] == pytest.approx([0, 5, 30, 25, 0], abs=1e-12)
    assert result.queue.sum() * 15 == pytest.approx(900, abs=1e-9)


def test_a_queue_that_ends_within_a_window_delays_only_those_before_its_end():
    # 150 come, 50 wait; 20 more come evenly while 100 can leave: the 50 are gone after
    # 50 / 80 of the window. Mean wait of the 20: 50 / 2 of them at 100 a window for that long.
    result = one_road([150, 20])
    assert result.queue[:, 0] == pytest.approx([50, 0], abs=1e-12)
    assert result.wait_min[1, 0] == pytest.approx(15 * 0.5 * (50 / 80) * 50 / 100)
    assert result.queue_veh_h[1, 0] == pytest.approx(0.25 * 0.5 * 50 * 50 / 80)


def test_the_wait_of_all_is_the_time_spent_in_queues():
    result = one_road([130, 180, 40, 110])
    waited = float((result.arriving * result.wait_min).sum()) / 60
    assert result.total_queue_veh_h == pytest.approx(waited)


def test_a_second_road_takes_as_many_as_make_both_take_as_long():
    # 10 minutes and 100 a window, or 13 minutes and 1,000: at v on the first the mean wait is
    # 15 (v - 100) / 200 = 3 at v = 140. Of 300, 140 take it and 40 of them are left waiting.
    network = road_network([bottleneck(1, 2, 10, 400), bottleneck(1, 2, 13, 4000)])
    result = solve_windows(network, [trip_table({(1, 2): 300})])
    assert result.arriving[0] == pytest.approx([140, 160], abs=1e-3)
    assert result.queue[0] == pytest.approx([40, 0], abs=1e-3)
    assert result.cost[0] == pytest.approx([13, 13], abs=1e-3)
    # Who comes next waits 15 * 40^2 / (2 * 100 * (100 - v)) while the 40 leave: 3 at v = 60.
    again = solve_windows(network, [trip_table({(1, 2): 300}), trip_table({(1, 2): 90})])
    assert again.arriving[1] == pytest.approx([60, 30], abs=1e-2)
    assert again.queue[1] == pytest.approx([0, 0], abs=1e-2)


def test_pigous_free_road_fills_to_where_waiting_costs_the_other_roads_time():
    # Nothing but the wait on one road, 6 minutes on the other: 15 (v - 100) / 200 = 6 at 180.
    network = road_network([bottleneck(1, 2, 0, 400), bottleneck(1, 2, 6, 40_000)])
    result = solve_windows(network, [trip_table({(1, 2): 500})])
    assert result.arriving[0] == pytest.approx([180, 320], abs=1e-3)


def test_a_full_link_lets_less_through_to_the_next():
    # 300 set out; 200 a window leave the first link, 100 of them the second.
    network = road_network([bottleneck(1, 3, 1, 800), bottleneck(3, 2, 1, 400)])
    result = solve_windows(network, [trip_table({(1, 2): 300})])
    assert result.arriving == pytest.approx(np.array([[300, 200], [0, 100], [0, 0]]))
    assert result.queue == pytest.approx(np.array([[100, 100], [0, 100], [0, 0]]), abs=1e-11)
    assert result.arrived == pytest.approx([100, 100, 100])


def test_those_who_wait_choose_their_way_on_anew_and_go_where_they_meant_to():
    # A queue of 60 forms on 1 to 3. Of 160 vehicles, 40 go to zone 2 by node 3, 120 to node 4.
    network = road_network(
        [bottleneck(1, 3, 1, 400), bottleneck(3, 2, 1, 4000), bottleneck(3, 4, 1, 4000)],
        n_zones=4,
    )
    result = solve_windows(network, [trip_table({(1, 2): 40, (1, 4): 120}, n_zones=4)])
    assert result.arriving.tolist() == [[160, 25, 75], [0, 15, 45]]


def test_who_waited_longer_leaves_first():
    # 100 wait from before; of the 100 that then come for the side road none gets out.
    network = road_network(
        [bottleneck(1, 3, 1, 400), bottleneck(3, 2, 1, 4000), bottleneck(3, 4, 1, 4000)],
        n_zones=4,
    )
    demands = [trip_table({(1, 2): 200}, n_zones=4), trip_table({(1, 4): 100}, n_zones=4)]
    result = solve_windows(network, demands)
    assert result.arriving[:, 1].tolist() == [100, 100, 0]
    assert result.arriving[:, 2].tolist() == [0, 0, 100]


def test_flows_that_hold_each_other_back_in_a_circle_settle():
    # Three full links in a ring; each carries trips for one and for two links.
    ring = [bottleneck(4, 5, 1, 400), bottleneck(5, 6, 1, 360), bottleneck(6, 4, 1, 320)]
    ends = [bottleneck(a, a + 3, 0, 40_000) for a in (1, 2, 3)]
    out = [bottleneck(a + 3, a, 0, 40_000) for a in (1, 2, 3)]
    network = road_network([*ring, *ends, *out], n_zones=3, first_thru=4)
    trips = trip_table({(1, 3): 90, (2, 1): 90, (3, 2): 90, (1, 2): 20, (2, 3): 20}, n_zones=3)
    result = solve_windows(network, [trips, trips])
    assert result.overload.max() <= 1e-9
    assert result.queue[1].max() > 10
    assert result.converged
    check_conservation(result)


def check_conservation(result):
    inside = np.cumsum(result.entered) - np.cumsum(result.arrived)
    scale = max(1.0, result.entered.sum())
    assert np.abs(inside - result.queue.sum(axis=1)).max() <= 1e-11 * scale
    flow = np.diff(np.vstack([np.zeros(result.queue.shape[1]), result.queue]), axis=0)
    assert np.abs(result.arriving - result.leaving - flow).max() <= 1e-11 * scale
    assert min(result.queue.min(), result.leaving.min(), result.arriving.min()) >= 0


@given(road_cases(), st.lists(st.sampled_from([0.0, 0.5, 3.0]), min_size=1, max_size=3))
def test_every_vehicle_has_arrived_or_waits_somewhere(case, factors):
    network, trips = case
    demands = [replace(trips, trips=trips.trips * factor) for factor in factors]
    result = solve_windows(network, demands)
    check_conservation(result)
    assert result.overload.max(initial=0.0) <= 1e-9
    on_roads = result.entered.sum() + result.unreachable_trips + result.intrazonal_trips
    assert on_roads == pytest.approx(sum(table.total for table in demands))
    waited = float((result.arriving * result.wait_min).sum()) / 60
    assert result.total_queue_veh_h >= 0
    if not result.queue.any():
        assert result.total_queue_veh_h == waited == 0


def test_below_capacity_a_window_is_an_equilibrium_of_its_share_of_the_hour():
    links = [(1, 2, 10, 0.15, 400, 4), (1, 2, 11, 0.15, 800, 4)]
    network = road_network(links)
    still = solve_road(network, trip_table({(1, 2): 960}), gap=1e-12)
    settings = WindowSettings(relative_gap=1e-12)
    result = solve_windows(network, [trip_table({(1, 2): 240})], settings=settings)
    assert np.all(still.flow < network.capacity)
    assert result.arriving[0] == pytest.approx(still.flow / 4)
    assert result.cost[0] == pytest.approx(still.cost)


def test_other_units_of_time_give_the_same_queues():
    network = road_network([bottleneck(1, 2, 600, 1600), bottleneck(1, 2, 780, 16_000)])
    settings = WindowSettings(time_unit_min=1 / 60, capacity_h=4.0)
    result = solve_windows(network, [trip_table({(1, 2): 300})], settings=settings)
    assert result.queue[0] == pytest.approx([40, 0], abs=1e-3)
    assert result.wait_min[0] == pytest.approx([3, 0], abs=1e-3)


def test_windows_end_where_too_many_are_needed_and_say_that_vehicles_wait():
    result = one_road([1000], max_extra=3)
    assert result.queue[:, 0].tolist() == [900, 800, 700, 600]
    assert not result.converged


def test_no_demand_has_no_windows_and_nobody_on_the_road():
    network = road_network([bottleneck(1, 2, 10, 400)])
    assert solve_windows(network, []).queue.shape == (0, 1)
    result = solve_windows(network, [trip_table({}), trip_table({(2, 1): 5, (1, 1): 2})])
    assert result.arriving.tolist() == [[0], [0]]
    assert (result.unreachable_trips, result.intrazonal_trips) == (5, 2)


def test_windows_tell_progress_and_may_be_cancelled():
    seen = []
    network = road_network([bottleneck(1, 2, 10, 400)])
    demands = [trip_table({(1, 2): 150})] * 2
    solve_windows(network, demands, progress=lambda *step: seen.append(step))
    assert {stage for stage, _, _ in seen} == {"road windows"}
    assert seen == sorted(seen)

    def cancel(stage, done, total):
        raise Cancelled

    with pytest.raises(Cancelled):
        solve_windows(network, demands, progress=cancel)


@pytest.mark.parametrize("name", ["window_min", "time_unit_min", "capacity_h", "relative_gap"])
def test_window_settings_that_are_not_positive_are_refused(name):
    with pytest.raises(ValueError, match=f"{name} must be positive"):
        WindowSettings(**{name: 0.0})
