"""Invented territories: the same for a seed, as large as asked, written as a problem file."""

from dataclasses import replace

import numpy as np
import pytest

from api.staggering_files import read_problem
from benchmarks.cases.staggering_territory import (
    THOUSAND,
    Territory,
    territory_problem,
    write_territory,
)
from solver.staggering.costs.matrices import build_matrices
from solver.staggering.costs.pricing import share_flows
from solver.staggering.documents.problem_document import to_document

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


def test_a_ride_goes_in_to_the_hub_and_out_again_and_arrives_just_before_the_slot() -> None:
    # Nine cells a direction and line, 20 windows each; three minutes a segment. Of n segments
    # the first is reached 3 n minutes before the start, so the i-th from the end is in the
    # window ceil(i / 5) before the slot's, which is window slot + 6.
    problem = territory_problem(1, SMALL)
    groups = problem.groups
    for route in range(0, groups.n_routes, 7):
        group = route // 2
        cells = groups.cell[groups.cell_offset[route] : groups.cell_offset[route + 1]]
        segment, window = np.divmod(cells, 20)
        line, place = np.divmod(segment, 9)
        inward, outward = place[line % 2 == 0], place[line % 2 == 1]
        depth, out = len(inward), len(outward)
        assert sorted(inward) == list(range(depth))
        assert sorted(outward) == list(range(out))
        assert len(set(line)) == 2
        from_end = np.where(line % 2 == 0, out + place + 1, out - place)
        expected = groups.slot[group] + 6 - np.ceil(from_end / 5).astype(int)
        np.testing.assert_array_equal(window, expected)
        extra = groups.free_min[route] - 3.0 * (depth + out)
        assert extra >= -1e-9


def test_a_thousand_employers_have_ten_times_the_staff_on_20160_cells() -> None:
    assert sum(THOUSAND.lines) * 2 * THOUSAND.segments * 20 == 20_160
    assert THOUSAND.staff == 2e6
    assert THOUSAND.service * sum(THOUSAND.lines) == 10 * sum(Territory().lines)


def test_more_service_is_more_of_every_cell() -> None:
    one, twice = (territory_problem(1, replace(SMALL, service=s)).cells for s in (1.0, 2.0))
    np.testing.assert_allclose(twice.capacity_pax, 2 * one.capacity_pax)
