"""A solve that is cancelled, or whose time is over, at any call keeps plan and bound."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from network.base import Cancelled
from solver.staggering import (
    Objective,
    PlanStatus,
    RouteForm,
    SolveSettings,
    StaggeringProblem,
    solve_staggering,
)
from solver.staggering import solve as solving
from solver.staggering.checking.checker import find_violations
from solver.staggering.costs.matrices import build_matrices
from solver.staggering.costs.pieces import initial_tangents
from solver.staggering.costs.reduce import reduce_problem
from solver.staggering.descent import TaskStopped, descend_task
from solver.staggering.descent import task as descending
from solver.staggering.descent.net import build_resources
from solver.staggering.descent.search import descend
from solver.staggering.descent.stopped import DescentStopped
from solver.staggering.descent.task import mix_with
from solver.staggering.programs.relax import MAX_ROUNDS, RelaxStopped, relax
from solver.staggering.task import Task
from tests.reference.staggering_cases import slot_problem
from tests.reference.staggering_oracle import feasible_plans, fixed_route_cost, random_problem

FIXED = SolveSettings(form=RouteForm.FIXED, gap=0.0)
RULES = {"max_moved_people": 220.0, "max_burden_min": 0.5, "no_employer_worse_off": True}
AT_MOST = 30


class Ends:
    """A progress that does something once, at its n-th call, and keeps the stages it saw."""

    def __init__(self, call: int, what) -> None:
        self.call, self.what, self.stages, self.programs = call, what, [], 0

    def __call__(self, stage: str, done: int, total: int) -> None:
        self.stages.append(stage)
        if stage == "relax" and total == MAX_ROUNDS:
            self.programs = max(self.programs, done)
        if len(self.stages) == self.call:
            self.what()


def cancel() -> None:
    raise Cancelled


def least_cost(problem: StaggeringProblem) -> float:
    return min(fixed_route_cost(problem, slots) for slots in feasible_plans(problem))


def check_result(problem: StaggeringProblem, result, ended: Ends, best: float) -> None:
    assert result.best_bound <= best * (1 + 1e-9)
    if result.x is not None:
        assert find_violations(problem, result.x, result.route_flow) == []
        assert result.objective >= best * (1 - 1e-9)
    if set(ended.stages) != {"build"}:
        assert result.x is not None  # today's hours keep these rules: they are known at once


@pytest.mark.parametrize(("seed", "rules"), [(0, {}), (3, RULES)], ids=["free", "ruled"])
def test_every_cancel_point_keeps_a_sound_plan_and_a_bound_below_the_optimum(
    seed: int, rules: dict[str, float]
) -> None:
    problem = random_problem(seed, **rules)
    best = least_cost(problem)
    for call in range(1, AT_MOST):
        ended = Ends(call, cancel)
        result = solve_staggering(problem, settings=FIXED, progress=ended)
        if len(ended.stages) < call:
            assert result.status is PlanStatus.OPTIMAL
            break
        assert result.status is PlanStatus.STOPPED
        check_result(problem, result, ended, best)
        if ended.programs or set(ended.stages) > {"build", "relax"}:
            assert result.best_bound > 0.8 * best  # what its first programs proved is not lost
    assert call > 4


@pytest.mark.parametrize("split", [False, True], ids=["whole", "split"])
def test_cancelled_joint_search_keeps_a_sound_plan_and_a_bound_below_the_optimum(
    split: bool,
) -> None:
    problem = random_problem(5, split=split, max_moved_people=200.0)
    settings = SolveSettings(gap=1e-9)
    full = solve_staggering(problem, settings=settings)
    known = []
    for call in range(1, AT_MOST):
        ended = Ends(call, cancel)
        result = solve_staggering(problem, settings=settings, progress=ended)
        if len(ended.stages) < call:
            break
        check_result(problem, result, ended, full.objective)
        known.append(result.objective)
    plans = [value for value in known if value is not None]
    assert plans[-1] <= plans[0]
    assert not split or plans[-1] < plans[0]  # a split optimum is a plan before search ends


def test_time_that_is_over_at_any_call_leaves_plan_and_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The clock stands still, and jumps past the limit at one call."""
    problem = random_problem(3)
    best = least_cost(problem)
    began = time.perf_counter()
    clock = [began]
    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])

    def jump() -> None:
        clock[0] += 1e6

    bounds = []
    for call in range(1, AT_MOST):
        clock[0] = began
        ended = Ends(call, jump)
        result = solve_staggering(problem, settings=FIXED, progress=ended)
        if len(ended.stages) < call:
            break
        assert result.x is not None
        assert result.status in (PlanStatus.FEASIBLE, PlanStatus.OPTIMAL)
        check_result(problem, result, ended, best)
        bounds.append(result.best_bound)
    assert bounds[0] == -np.inf
    assert bounds[-1] > 0.8 * best


def _task(problem: StaggeringProblem) -> Task:
    matrices = build_matrices(problem)
    reduced = reduce_problem(problem, matrices, form=RouteForm.JOINT, objective=Objective.COST)
    return Task(problem=problem, matrices=matrices, reduced=reduced, objective=Objective.COST)


def _stopped_descent(rounds: int, *words, **options):
    options["progress"] = lambda *_: None
    raise DescentStopped(descend(*words, **{**options, "max_rounds": rounds}))


@pytest.mark.parametrize("rounds", [1, 4])
def test_descent_that_is_stopped_hands_up_what_it_had_proven(
    monkeypatch: pytest.MonkeyPatch, rounds: int
) -> None:
    task = _task(random_problem(1, split=True))
    whole = descend_task(task, gap=1e-9, time_limit_s=20)
    assert whole is not None
    monkeypatch.setattr(descending, "descend", partial(_stopped_descent, rounds))
    with pytest.raises(TaskStopped) as task_stop:
        descend_task(task, gap=1e-9, time_limit_s=20)
    bound = task_stop.value.reached.bound
    assert 0 < bound <= whole.point.price.total_min
    tangents = initial_tangents(task.problem, task.reduced, 4)
    with pytest.raises(RelaxStopped) as relax_stop:
        relax(task, tangents, time_limit_s=20, gap=1e-9, descend_from=0)
    assert relax_stop.value.reached.bound == bound
    assert relax_stop.value.reached.point is None
    monkeypatch.setattr(solving, "relax", partial(relax, descend_from=0))
    result = solve_staggering(task.problem, settings=SolveSettings(gap=1e-9))
    assert result.status is PlanStatus.STOPPED
    assert result.best_bound == pytest.approx(bound, rel=1e-12)
    assert find_violations(task.problem, result.x, result.route_flow) == []


def test_programs_that_are_stopped_hand_up_the_best_point_and_bound() -> None:
    task = _task(random_problem(1, split=True))
    tangents = initial_tangents(task.problem, task.reduced, 2)
    full = relax(task, tangents, time_limit_s=20, gap=1e-9, descend_from=10**9)
    assert full.rounds >= 3
    before = -np.inf
    for rounds in range(full.rounds):

        def stop(_stage: str, done: int, _total: int, at: int = rounds) -> None:
            if done == at:
                raise Cancelled

        with pytest.raises(RelaxStopped) as stopped:
            relax(task, tangents, time_limit_s=20, gap=1e-9, descend_from=10**9, progress=stop)
        reached = stopped.value.reached
        assert reached.rounds == rounds
        assert before <= reached.bound <= full.point.price.total_min
        assert (reached.point is None) == (rounds == 0)
        before = reached.bound
    assert np.isfinite(before)


def test_shares_that_break_a_rule_are_mixed_with_todays_as_far_as_it_takes() -> None:
    """600 of 1,000 move and 150 may: a quarter of the way from today, 0.85 stay."""
    problem = slot_problem(
        sizes=(1000.0,), disutility_min=((0.0, 1.0),), whole_cohorts=False, max_moved_people=150.0
    )
    resources = build_resources(_task(problem))
    today, moved = np.array([1.0, 0.0]), np.array([0.4, 0.6])
    mixed = mix_with(resources, moved, today)
    assert mixed == pytest.approx(np.array([0.85, 0.15]))
    assert mix_with(resources, today, today) == pytest.approx(today)
    assert mix_with(resources, moved, moved) is None  # neither keeps the rule


def test_descent_out_of_time_keeps_the_rules_by_mixing_and_its_bound() -> None:
    task = _task(random_problem(2, split=True, max_moved_people=40.0))
    full = descend_task(task, gap=1e-7, time_limit_s=20)
    assert full is not None
    done = descend_task(task, gap=1e-12, time_limit_s=1e-9)
    assert done is not None
    assert not done.met
    assert done.bound <= full.point.price.total_min * (1 + 1e-12)
    assert find_violations(task.problem, done.point.x, done.point.route_flow) == []
    assert done.point.price.total_min >= full.bound


def test_infeasible_rules_are_explained_when_time_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody may move, and today's load is over the limit: no time limit hides that."""
    problem = slot_problem(
        sizes=(100.0, 100.0),
        disutility_min=((0.0, 1.0), (0.0, 1.0)),
        limit_pax=(150.0, 150.0),
        max_moved_people=0.0,
    )
    clock = [time.perf_counter()]
    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])

    def progress(stage: str, _done: int, _total: int) -> None:
        clock[0] += 30.0 if stage == "relax" else 0.0

    result = solve_staggering(
        problem, settings=replace(FIXED, time_limit_s=100.0), progress=progress
    )
    assert result.status is PlanStatus.INFEASIBLE
    assert set(result.conflicting_rules) == {"moved_at_most", "load_limit"}
