"""The search for rules in conflict can be left while the engine runs."""

import pytest

from network.base import Cancelled
from solver.staggering import Objective, RouteForm
from solver.staggering.costs.matrices import build_matrices
from solver.staggering.costs.pieces import initial_tangents
from solver.staggering.costs.reduce import reduce_problem
from solver.staggering.programs.conflict import find_conflict
from solver.staggering.programs.explain import find_conflicting_rules
from solver.staggering.task import Task
from tests.reference.staggering_cases import slot_problem


def impossible_task() -> Task:
    """Build 300 + 300 people, 300 places in the first slot, nobody to bear half a minute."""
    problem = slot_problem(
        sizes=(300, 300), disutility_min=[[0, 2]] * 2, limit_pax=(300, 600), max_burden_min=0.5
    )
    matrices = build_matrices(problem)
    reduced = reduce_problem(problem, matrices, form=RouteForm.FIXED)
    return Task(problem=problem, matrices=matrices, reduced=reduced, objective=Objective.COST)


def stop() -> None:
    raise Cancelled


def test_pulse_is_felt_by_both_searches_and_changes_no_answer() -> None:
    task, beats = impossible_task(), []
    tangents = initial_tangents(task.problem, task.reduced, 2)
    model = task.build(tangents, whole=True)

    def beat() -> None:
        beats.append(1)

    for pulse in (None, beat):
        families = find_conflicting_rules(task, tangents, whole=True, time_limit_s=10, pulse=pulse)
        found = find_conflict(task.problem, model, time_limit_s=10, pulse=pulse)
        assert families == ("burden_limit", "load_limit")
        assert {rule.family for rule in found} == {"burden_limit", "load_limit"}
    assert beats


def test_what_the_pulse_raises_ends_both_searches() -> None:
    task = impossible_task()
    tangents = initial_tangents(task.problem, task.reduced, 2)
    with pytest.raises(Cancelled):
        find_conflicting_rules(task, tangents, whole=True, time_limit_s=10, pulse=stop)
    model = task.build(tangents, whole=True)
    with pytest.raises(Cancelled):
        find_conflict(task.problem, model, time_limit_s=10, pulse=stop)
