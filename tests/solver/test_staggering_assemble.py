"""A problem put together from cohorts, choice sets and cells keeps only what is reached."""

from dataclasses import replace

import numpy as np
import pytest

from demand.employers import Cohorts
from network.base import InputError
from solver.choice.alternatives import Alternatives
from solver.choice.cells import Cells
from solver.staggering import (
    CostBasis,
    MoveCost,
    PlanRules,
    SlotGrid,
    SolveSettings,
    assemble_problem,
    solve_staggering,
)

GRID = SlotGrid(
    start_s=np.array([28_800, 29_700], dtype=np.int32), window=np.array([2, 3], dtype=np.int32)
)


def _ints(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int32)


def _cohort() -> Cohorts:
    """Build 1,000 people who live in zone 7 and start at 08:05."""
    return Cohorts(
        employer_ids=("e",),
        site_ids=("s0", "s1"),
        site_zone=_ints(0, 1),
        site_lat=np.zeros(2),
        site_lon=np.zeros(2),
        team_ids=("t",),
        employer=_ints(0),
        site=_ints(1),
        size=np.array([1000.0]),
        start_s=_ints(29_100),
        earliest_s=_ints(0),
        latest_s=_ints(40_000),
        max_shift_s=_ints(3600),
        movable=np.array([True]),
        strand_cohort=_ints(0),
        strand_origin=_ints(7),
        strand_pax=np.array([1000.0]),
    )


def _alternatives(windows: tuple[int, ...] = (2, 3, 4)) -> Alternatives:
    """Build, for zone 7 and place 1, a ride over one cell a window, and other lines."""
    n = len(windows)
    return Alternatives(
        group_origin=np.full(n, 7, dtype=np.int32),
        group_place=np.ones(n, dtype=np.int32),
        group_window=_ints(*windows),
        window_start_s=np.arange(6, dtype=np.int64) * 900,
        window_s=900,
        offset=2 * np.arange(n + 1, dtype=np.int64),
        free_min=np.tile([0.0, 100.0], n),
        time_min=np.tile([0.0, 100.0], n),
        n_rides=np.tile([1, 0], n).astype(np.int8),
        cell_offset=np.concatenate([[0], np.repeat(np.arange(1, n + 1), 2)])[: 2 * n + 1].astype(
            np.int64
        ),
        cell=_ints(*windows) * 10,
        cell_weight=np.ones(n, dtype=np.float32),
        leg_offset=np.zeros(2 * n + 1, dtype=np.int64),
        leg_pattern=_ints(),
        leg_board_pos=_ints(),
        leg_alight_pos=_ints(),
    )


def _cells() -> Cells:
    return Cells(
        start_s=0,
        window_s=900,
        n_windows=10,
        n_segments=6,
        seats=np.zeros(60),
        standing_m2=np.full(60, 100.0),
        vehicles=np.ones(60),
        ride_min=np.full(60, 10.0),
    )


def test_assembled_problem_solves_to_the_two_slot_answer() -> None:
    # 0.01 x a head in each slot and 4 more in the second: 6,800 at best, see the two slots.
    done = assemble_problem(
        _cohort(),
        [_ints(0, 1)],
        GRID,
        _alternatives(),
        _cells(),
        basis=CostBasis(background_pax=np.zeros(60), move_cost=MoveCost(late_per_min=4 / 15)),
    )
    assert done.cell_idx.tolist() == [20, 30]
    assert done.route_idx.tolist() == [0, 1, 2, 3]
    assert done.problem.cohorts.base_slot.tolist() == [0]
    problem = replace(done.problem, rules=PlanRules(whole_cohorts=False))
    result = solve_staggering(problem, settings=SolveSettings())
    assert result.objective == pytest.approx(6800, rel=1e-5)


def test_limits_prices_and_shares_follow_their_cells_and_routes() -> None:
    limits = np.arange(60.0)
    done = assemble_problem(
        _cohort(),
        [_ints(0, 1)],
        GRID,
        _alternatives(),
        _cells(),
        basis=CostBasis(
            background_pax=np.arange(60.0),
            limit_pax=limits,
            priced_min=np.arange(6.0),
            share=np.tile([0.9, 0.1], 3),
        ),
    )
    assert done.problem.cells.limit_pax.tolist() == [20.0, 30.0]
    assert done.problem.cells.background_pax.tolist() == [20.0, 30.0]
    assert done.problem.groups.priced_min.tolist() == [0.0, 1.0, 2.0, 3.0]
    assert done.problem.groups.share.tolist() == [0.9, 0.1, 0.9, 0.1]


def test_slot_without_choice_set_is_named_when_solved() -> None:
    done = assemble_problem(
        _cohort(),
        [_ints(0, 1)],
        GRID,
        _alternatives(windows=(2,)),
        _cells(),
        basis=CostBasis(background_pax=np.zeros(60)),
    )
    with pytest.raises(InputError, match="no routes from origin 7 for cohort 't' in slot 1"):
        solve_staggering(done.problem)
