"""The point queue as a linear program: its least waiting is what the recursion counts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from solver.loading.road import WindowSettings, solve_windows
from tests.builders.roads import road_network, trip_table

CAPACITY = 25.0


def least_waiting(arrivals: list[float]) -> tuple[float, np.ndarray]:
    """Minimise ``sum q`` with ``q[t] >= q[t - 1] + arrivals[t] - capacity`` and ``q >= 0``."""
    n = len(arrivals)
    follows = np.eye(n, k=-1) - np.eye(n)
    found = linprog(np.ones(n), A_ub=follows, b_ub=CAPACITY - np.array(arrivals))
    assert found.status == 0
    return float(found.fun), found.x


def road_queues(arrivals: list[float]) -> np.ndarray:
    """Send vehicles, window by window, over a road that lets 100 an hour through."""
    network = road_network([(1, 2, 10, 0, 4 * CAPACITY, 1)])
    demands = [trip_table({(1, 2): n}) for n in arrivals]
    return solve_windows(network, demands, settings=WindowSettings(capacity_h=1.0)).queue[:, 0]


def test_five_slots_wait_60_slot_people_or_900_minutes() -> None:
    total, queues = least_waiting([0, 30, 50, 20, 0])
    assert total == pytest.approx(60)
    np.testing.assert_allclose(queues, [0, 5, 30, 25, 0], atol=1e-9)
    assert 15 * road_queues([0, 30, 50, 20, 0]).sum() == pytest.approx(900)


@given(st.lists(st.floats(0.0, 80.0), min_size=2, max_size=6))
def test_program_and_recursion_agree(arrivals: list[float]) -> None:
    _, queues = least_waiting(arrivals)
    recursion, queue = [], 0.0
    for load in arrivals:
        queue = max(0.0, queue + load - CAPACITY)
        recursion.append(queue)
    np.testing.assert_allclose(queues, recursion, atol=1e-6)
