"""Checks of a staggering problem: every fault found is reported, then raised once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from network.base import InputError, Problem
from solver.staggering.checking.validate_rules import find_broken_rules

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.staggering.problem import CellTable, CohortTable, GroupTable, StaggeringProblem

_NAMED_AT_MOST = 5
_LARGEST = 1e12
"""People, minutes, weights: far more than there are, and products of them stay numbers."""
_LEAST_ROOM_M2 = 1e-6


def validate_problem(problem: StaggeringProblem) -> None:
    """Check shapes, index ranges and signs of all arrays.

    Raises
    ------
    InputError
        With one Problem per fault.
    """
    found: list[Problem] = []
    _check_cohorts(problem.cohorts, len(problem.slot_start_s), found)
    _check_groups(problem.groups, len(problem.cells), found)
    _check_cells(problem.cells, problem.groups, found)
    _check_places(problem.cells, found)
    found += find_broken_rules(problem)
    if found:
        raise InputError(*found)


def _check_cohorts(cohorts: CohortTable, n_slots: int, found: list[Problem]) -> None:
    n, n_candidates = len(cohorts), cohorts.n_candidates
    for name in ("employer", "site", "size", "base_slot"):
        _expect(found, f"cohorts.{name}", len(getattr(cohorts, name)) != n, f"{n} values")
    offset = cohorts.candidate_offset
    if not _is_offset(offset, n, n_candidates):
        _expect(found, "cohorts.candidate_offset", True, _offset_rule(n, n_candidates))
        return
    if found:
        return
    _expect_index(found, "cohorts.employer", cohorts.employer, len(cohorts.employer_ids))
    _expect_index(found, "cohorts.candidate_slot", cohorts.candidate_slot, n_slots)
    previous = cohorts.previous_slot
    if previous is not None:
        _expect(found, "cohorts.previous_slot", len(previous) != n, f"{n} values")
        _expect_index(found, "cohorts.previous_slot", previous, n_slots)
    _expect_numbers(found, "cohorts.size", cohorts.size, n)
    _expect_numbers(
        found, "cohorts.candidate_disutility_min", cohorts.candidate_disutility_min, n_candidates
    )
    n_strands = len(cohorts.strand_cohort)
    _expect(found, "cohorts.strand_origin", len(cohorts.strand_origin) != n_strands, f"{n_strands}")
    _expect_index(found, "cohorts.strand_cohort", cohorts.strand_cohort, n)
    _expect_numbers(found, "cohorts.strand_pax", cohorts.strand_pax, n_strands)
    pair = cohorts.candidate_cohort() * max(n_slots, 1) + cohorts.candidate_slot
    twice = len(np.unique(pair)) != len(pair)
    _expect(found, "cohorts.candidate_slot", twice, "each slot at most once in a cohort")
    lost = [cohorts.ids[c] for c in np.flatnonzero(cohorts.base_candidate() < 0)[:5]]
    _expect(found, "cohorts.base_slot", bool(lost), f"today's slot among the candidates of {lost}")


def _check_groups(groups: GroupTable, n_cells: int, found: list[Problem]) -> None:
    n, n_routes, n_uses = len(groups), groups.n_routes, len(groups.cell)
    for name in ("site", "slot"):
        _expect(found, f"groups.{name}", len(getattr(groups, name)) != n, f"{n} values")
    if not _is_offset(groups.route_offset, n, n_routes):
        _expect(found, "groups.route_offset", True, _offset_rule(n, n_routes))
        return
    empty = int(np.sum(np.diff(groups.route_offset) == 0))
    _expect(found, "groups.route_offset", empty > 0, f"a route in each group ({empty} have none)")
    if not _is_offset(groups.cell_offset, n_routes, n_uses):
        _expect(found, "groups.cell_offset", True, _offset_rule(n_routes, n_uses))
        return
    _expect_numbers(found, "groups.free_min", groups.free_min, n_routes)
    _expect_numbers(found, "groups.cell_weight", groups.cell_weight, n_uses)
    _expect_index(found, "groups.cell", groups.cell, n_cells)
    if groups.priced_min is not None:
        _expect_numbers(found, "groups.priced_min", groups.priced_min, n_routes)
    if groups.co2_kg is not None:
        _expect_numbers(found, "groups.co2_kg", groups.co2_kg, n_routes)
    if groups.share is not None:
        _expect_numbers(found, "groups.share", groups.share, n_routes)
        if len(groups.share) == n_routes and not empty:
            total = np.add.reduceat(groups.share, groups.route_offset[:-1]) if n else np.ones(0)
            _expect(found, "groups.share", bool(np.any(np.abs(total - 1) > 1e-6)), "sums of 1")


def _check_cells(cells: CellTable, groups: GroupTable, found: list[Problem]) -> None:
    n, before = len(cells), len(found)
    for name in ("seats", "standing_m2", "ride_min", "background_pax"):
        _expect_numbers(found, f"cells.{name}", getattr(cells, name), n)
    if cells.limit_pax is not None:
        _expect(
            found,
            "cells.limit_pax",
            len(cells.limit_pax) != n or not bool(np.all(cells.limit_pax >= 0)),
            f"{n} loads >= 0, or infinity",
        )
    if len(found) > before:
        return
    ridden = cells.background_pax > 0
    inside = (groups.cell >= 0) & (groups.cell < n)
    ridden[groups.cell[inside]] = True
    bare = np.flatnonzero(ridden & (cells.standing_m2 < _LEAST_ROOM_M2))
    _expect(
        found,
        "cells.standing_m2",
        len(bare) > 0,
        f"standing room of {_LEAST_ROOM_M2:g} m2 or more in every cell someone may ride "
        f"(not so: {bare[:5].tolist()})",
    )


def _check_places(cells: CellTable, found: list[Problem]) -> None:
    place, window, n = cells.place, cells.window, len(cells)
    if place is None and window is None:
        return
    before = len(found)
    for name, values in (("place", place), ("window", window)):
        if values is None:
            _expect(found, f"cells.{name}", True, "place and window, or neither", "nothing")
            continue
        _expect(found, f"cells.{name}", len(values) != n, f"{n} values")
        wrong = np.flatnonzero(values < 0)
        _name_wrong(found, f"cells.{name}", values, wrong, "an integer >= 0")
    if len(found) > before or place is None or window is None:
        return
    order = np.lexsort((window, place))
    same = (np.diff(place[order]) == 0) & (np.diff(window[order]) == 0)
    for i in np.sort(order[1:][same])[:_NAMED_AT_MOST].tolist():
        pair = f"place {place[i]}, window {window[i]} once more"
        _expect(found, f"cells.window[{i}]", True, "no place twice in one window", pair)


def _expect(
    found: list[Problem],
    name: str,
    broken: bool,
    expected: str,
    got: str = "values that break this rule",
) -> None:
    if broken:
        found.append(
            Problem(
                file="<staggering problem>",
                field=name,
                found=got,
                expected=expected,
                mend="Rebuild this array from the cohorts, alternatives and cells.",
            )
        )


def _expect_index(found: list[Problem], name: str, values: NDArray[np.int32], n: int) -> None:
    wrong = np.flatnonzero((values < 0) | (values >= n))
    _name_wrong(found, name, values, wrong, f"an index from 0 to {n - 1}")


def _expect_numbers(found: list[Problem], name: str, values: NDArray[np.float64], n: int) -> None:
    if len(values) != n:
        _expect(found, name, True, f"{n} finite numbers >= 0", _describe(values))
        return
    wrong = np.flatnonzero(~(np.isfinite(values) & (values >= 0)))
    _name_wrong(found, name, values, wrong, "a finite number >= 0")
    too_large = np.flatnonzero(np.isfinite(values) & (values > _LARGEST))
    _name_wrong(found, name, values, too_large, f"a number of at most {_LARGEST:g}")


def _describe(values: NDArray[np.float64] | NDArray[np.int32]) -> str:
    if len(values) == 0:
        return "no values"
    return f"{len(values)} values from {values.min()} to {values.max()}"


def _name_wrong(
    found: list[Problem],
    name: str,
    values: NDArray[np.float64] | NDArray[np.int32],
    wrong: NDArray[np.int64],
    expected: str,
) -> None:
    """Name the first wrong values by their place; one more record counts the rest."""
    for i in wrong[:_NAMED_AT_MOST].tolist():
        _expect(found, f"{name}[{i}]", True, expected, str(values[i]))
    if len(wrong) > _NAMED_AT_MOST:
        _expect(found, name, True, expected, f"{len(wrong)} such values in all")


def _is_offset(offset: NDArray[np.int64], n: int, total: int) -> bool:
    if len(offset) != n + 1 or offset[0] != 0 or offset[-1] != total:
        return False
    return bool(np.all(np.diff(offset) >= 0))


def _offset_rule(n: int, total: int) -> str:
    return f"{n + 1} rising offsets from 0 to {total}"
