"""Invented territories: the same for a seed, as large as asked, written as a problem file."""

import numpy as np
import pytest

from api.staggering_files import read_problem
from benchmarks.cases.staggering_territory import Territory, territory_problem, write_territory
from solver.staggering.document import to_document
from solver.staggering.matrices import build_matrices
from solver.staggering.pricing import share_flows

SMALL = Territory(n_employers=5, cohorts_per_employer=4, staff=5000.0, n_origins=30)


def test_same_seed_gives_the_same_territory() -> None:
    first, again = (to_document(territory_problem(3, SMALL)) for _ in range(2))
    assert first == again
    assert first != to_document(territory_problem(4, SMALL))


def test_territory_has_the_size_that_was_asked() -> None:
    problem = territory_problem(1, SMALL)
    assert len(problem.cohorts) == 20
    assert len(problem.cohorts.employer_ids) == 5
    assert problem.cohorts.size.sum() == pytest.approx(5000.0)
    assert set(np.diff(problem.cohorts.candidate_offset)) == {9}
    assert set(np.diff(problem.groups.route_offset)) == {2}
    assert len(problem.cells) == 14 * 2 * 9 * 20


@pytest.mark.parametrize(("heavy", "high"), [(False, 1.05), (True, 1.4)])
def test_no_line_is_fuller_today_than_was_drawn_unless_staff_alone_fill_it(
    heavy: bool, high: float
) -> None:
    territory = Territory(n_employers=5, staff=500.0, n_origins=30, heavy=heavy)
    problem = territory_problem(1, territory)
    matrices = build_matrices(problem)
    x = np.zeros(problem.cohorts.n_candidates)
    x[matrices.base_candidate] = 1.0
    flow = share_flows(matrices, x, problem.groups.shares_or_cheapest())
    load = problem.cells.background_pax + matrices.use @ flow
    factor = (load / problem.cells.capacity_pax).reshape(14, -1).max(axis=1)
    assert factor.max() <= high * 1.1
    assert factor.max() > 0.7 * high


def test_written_territory_is_a_problem_file(tmp_path) -> None:
    path = tmp_path / "one.npz"
    write_territory([str(path), "--seed", "2", "--employers", "3", "--staff", "300"])
    read = read_problem(path)
    expected = territory_problem(2, Territory(n_employers=3, staff=300.0))
    assert to_document(read) == to_document(expected)
