"""Cancelling while a compiled engine runs, and plans that wait for their check."""

import signal
import subprocess
import threading
from functools import partial

import numpy as np
import pytest

from benchmarks.cases.staggering_territory import Territory, territory_problem
from network.base import Cancelled
from solver.staggering import (
    Objective,
    PlanStatus,
    RouteForm,
    SolveSettings,
    solve_staggering,
)
from solver.staggering.checking.checker import find_violations
from solver.staggering.costs.matrices import build_matrices
from solver.staggering.costs.pricing import price_plan, share_flows
from solver.staggering.documents.plan_document import plan_document
from solver.staggering.programs import watch
from solver.staggering.programs.watch import run_watched
from solver.staggering.search import whole
from solver.staggering.search.incumbent import Incumbent
from solver.staggering.task import Relaxed
from tests.reference.staggering_oracle import random_problem


def raise_at(call: int):
    """Return a pulse that raises when it is called for the given time."""
    count = iter(range(1, call + 1))

    def pulse() -> None:
        if next(count) == call:
            raise Cancelled

    return pulse


def test_answer_and_failure_of_a_watched_call_come_back() -> None:
    assert run_watched(partial(divmod, 7, 2), lambda: None) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        run_watched(partial(divmod, 7, 0), lambda: None)


def test_call_in_a_thread_is_left_while_it_runs() -> None:
    done = threading.Event()
    with pytest.raises(Cancelled):
        run_watched(done.wait, raise_at(3))  # nobody sets it before
    done.set()


def test_call_in_a_process_answers_and_fails() -> None:
    assert run_watched(partial(divmod, 7, 2), lambda: None, apart=True) == (3, 1)
    with pytest.raises(RuntimeError, match="ended with code 1"):
        run_watched(partial(divmod, 7, 0), lambda: None, apart=True)


def test_process_of_a_call_that_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    children = []

    class Recorded(subprocess.Popen):
        def __init__(self, *args, **kwargs) -> None:
            super().__init__(*args, **kwargs)
            children.append(self)

    monkeypatch.setattr(watch.subprocess, "Popen", Recorded)
    with pytest.raises(Cancelled):
        run_watched(signal.pause, raise_at(3), apart=True)
    assert children[0].wait() == -signal.SIGKILL


@pytest.mark.parametrize("stage", ["relax", "round", "lift", "close"])
def test_cancelled_search_keeps_its_plan(stage: str) -> None:
    problem = territory_problem(
        1, Territory(n_employers=5, cohorts_per_employer=4, staff=5000.0, n_origins=20, heavy=True)
    )

    def progress(name: str, _done: int, _total: int) -> None:
        if name == stage:
            raise Cancelled

    settings = SolveSettings(gap=1e-9, form=RouteForm.FIXED)
    result = solve_staggering(problem, settings=settings, progress=progress)
    assert result.status is PlanStatus.STOPPED
    assert find_violations(problem, result.x, result.route_flow) == []
    assert result.best_bound <= result.objective


def test_search_is_cancelled_while_branch_and_bound_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()
    problem = random_problem(0)  # its bound stays 0.05 % off until branch and bound proves it

    def endless(*_args, pulse, **_kwargs):
        return run_watched(ended.wait, pulse)

    calls = []

    def progress(name: str, _done: int, _total: int) -> None:
        calls.append(name)
        if calls.count("close") == 4:
            raise Cancelled

    monkeypatch.setattr(whole, "solve_linear", endless)
    result = solve_staggering(
        problem, settings=SolveSettings(gap=0.0, form=RouteForm.FIXED), progress=progress
    )
    ended.set()
    assert result.status is PlanStatus.STOPPED
    assert find_violations(problem, result.x, result.route_flow) == []


def _plan(problem, slots, *, broken: bool = False) -> Relaxed:
    matrices = build_matrices(problem)
    x = np.zeros(problem.cohorts.n_candidates)
    x[3 * np.arange(4) + np.array(slots)] = 1.0
    flow = share_flows(matrices, x, problem.groups.shares_or_cheapest())
    if broken:
        flow = 0.5 * flow
    return Relaxed(x=x, route_flow=flow, price=price_plan(problem, matrices, x, flow))


def test_plan_that_fails_its_check_gives_way_to_the_next_best() -> None:
    problem = random_problem(3)
    plans = Incumbent(problem=problem, objective=Objective.COST)
    stay, lost = _plan(problem, (1, 1, 1, 1)), _plan(problem, (1, 1, 1, 1), broken=True)
    assert not plans.offer(lost)
    assert plans.best is None
    assert plans.offer(stay, sound=True)
    assert plans.offer(lost, sound=True)
    assert plans.best is lost
    assert plans.check() is stay
    assert plans.best is stay
    assert not plans.offer(stay)


def test_result_says_where_the_gap_is_the_engines_word() -> None:
    problem = random_problem(0)  # only branch and bound proves the last 0.05 %
    result = solve_staggering(problem, settings=SolveSettings(gap=1e-6, form=RouteForm.FIXED))
    assert result.status is PlanStatus.OPTIMAL
    assert result.rests_on_engine
    assert result.mip_gap > 1e-6
    document = plan_document(problem, result)
    assert "engine_bound" in document["bound_note"]
    assert "engine_bound" in document["bound_note_fr"]
    assert document["bound_note"] != document["bound_note_fr"]
    wide = solve_staggering(problem, settings=SolveSettings(gap=0.9, form=RouteForm.FIXED))
    assert not wide.rests_on_engine
    assert wide.bound_note == ("", "")
