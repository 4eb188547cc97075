"""`solve` on problems written as JSON by hand, whose answers are known in closed form."""

import json
import os

import numpy as np
import pytest

import solver.staggering.solve as solving
from api.cli import main
from api.staggering_files import read_problem
from network.base import InputError
from solver.staggering.documents.problem_document import from_arrays, from_document, to_arrays


def problem_of(
    sizes, minutes, *, base=0, area=100.0, limits=None, slope=0.1, employers=None, **more
):
    """Write cohorts who all ride one segment for 10 minutes, in the cell of their slot.

    ``minutes[c][j]`` is what slot j costs cohort c a head. With 100 m2 a cell with x people
    costs each of them another 0.01 x minutes.
    """
    n, slots = len(sizes), len(minutes[0]) if minutes else 1
    of = employers or list(range(n))
    document = {
        "schema": "creneau.staggering",
        "version": 1,
        "slot_start_s": [8 * 3600 + 900 * j for j in range(slots)],
        "cohorts": {
            "ids": [f"c{c}" for c in range(n)],
            "employer_ids": [f"e{e}" for e in range(max(of, default=-1) + 1)],
            "employer": of,
            "site": [0] * n,
            "size": list(sizes),
            "base_slot": [base] * n,
            "candidate_offset": [slots * c for c in range(n + 1)],
            "candidate_slot": list(range(slots)) * n,
            "candidate_disutility_min": [minute for row in minutes for minute in row],
            "strand_cohort": list(range(n)),
            "strand_origin": [0] * n,
            "strand_pax": list(sizes),
        },
        "groups": {
            "origin": [0] * slots,
            "site": [0] * slots,
            "slot": list(range(slots)),
            "route_offset": list(range(slots + 1)),
            "free_min": [0] * slots,
            "cell_offset": list(range(slots + 1)),
            "cell": list(range(slots)),
            "cell_weight": [1] * slots,
        },
        "cells": {
            "seats": [0] * slots,
            "standing_m2": [area] * slots,
            "ride_min": [10] * slots,
            "background_pax": [0] * slots,
        },
        "curve": {"slope": slope},
        **more,
    }
    if limits is not None:
        document["cells"]["limit_pax"] = limits
    return document


SHARES = {"rules": {"whole_cohorts": False}}


@pytest.fixture
def solve(creneau_json, tmp_path):
    """Solve a document; every plan's bound must be none above its value."""

    def run(document, *words):
        path = tmp_path / "problem.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        status, answer = creneau_json("solve", path, "--gap", "1e-5", *words)
        if status == 0:
            assert answer["status"] == "optimal"
            assert answer["best_bound"] <= answer["objective"] * (1 + 1e-9) + 1e-9
        return status, answer

    return run


def people(answer, start_s):
    """Return how many people of all cohorts a plan lets start at a time."""
    return sum(
        row["people"] * start["share"]
        for row in answer["plan"]
        for start in row["starts"]
        if start["start_s"] == start_s
    )


def test_two_slots_and_linear_crowding_by_optimum_and_by_free_choice(solve):
    _, answer = solve(problem_of([1000], [[0, 4]], **SHARES), "--compare")
    assert answer["objective"] == pytest.approx(6800, rel=1e-6)
    assert answer["best_bound"] == pytest.approx(6800, rel=1e-5)
    assert people(answer, 28_800) == pytest.approx(600, abs=1)
    situations = answer["comparison"]["situations"]
    assert situations["status_quo"]["total_min"] == pytest.approx(10_000)
    assert situations["flextime"]["total_min"] == pytest.approx(7000, rel=1e-6)
    price = answer["comparison"]["price_of_anarchy_flextime"]
    assert (price["low"], price["high"]) == pytest.approx((7000 / 6800, 7000 / 6800), rel=1e-4)


def test_water_fills_five_slots_to_one_marginal_cost(solve):
    minutes = [[9, 4, 0, 6, 14]]
    _, answer = solve(problem_of([2000], minutes, base=2, **SHARES), "--compare")
    assert answer["objective"] == pytest.approx(18_420, rel=1e-6)
    filled = [people(answer, 28_800 + 900 * j) for j in range(5)]
    assert filled == pytest.approx([280, 530, 730, 430, 30], abs=1)
    situations = answer["comparison"]["situations"]
    assert situations["flextime"]["total_min"] == pytest.approx(19_500, rel=1e-5)
    assert situations["status_quo"]["total_min"] == pytest.approx(40_000)
    _, whole = solve(problem_of([50] * 40, minutes * 40, base=2))
    assert whole["objective"] == pytest.approx(18_450)
    assert 18_420 * (1 - 1e-9) <= whole["best_bound"] <= 18_450


@pytest.mark.parametrize(
    ("sizes", "whole", "shared"),
    [
        ([5, 4, 3, 3, 3], 9, 9),
        ([5, 5, 5], 10, 7.5),
        ([7, 6, 5, 4, 3, 2], 14, 13.5),
        ([8, 7, 6, 5, 4], 15, 15),
    ],
)
def test_the_least_peak_of_whole_cohorts_and_of_shares(solve, sizes, whole, shared):
    minutes = [[0, 0]] * len(sizes)
    # A quarter square metre holds one standing person.
    _, answer = solve(problem_of(sizes, minutes, area=0.25), "--goal", "peak")
    assert answer["objective"] == pytest.approx(whole)
    _, answer = solve(problem_of(sizes, minutes, area=0.25, **SHARES), "--goal", "peak")
    assert answer["objective"] == pytest.approx(shared)
    assert answer["best_bound"] == pytest.approx(shared)


def test_limited_slots_are_a_transportation_problem(solve):
    minutes = [[0, 5, 9], [6, 0, 4], [3, 2, 0]]
    document = problem_of([400, 300, 500], minutes, limits=[350, 450, 400], slope=0, **SHARES)
    _, answer = solve(document)
    assert (answer["objective"], answer["best_bound"]) == pytest.approx((450, 450))
    assert [people(answer, 28_800 + 900 * j) for j in range(3)] == pytest.approx([350, 450, 400])


def test_efficient_and_fair_ways_to_move_300_of_two_employers(solve):
    document = problem_of([300, 300], [[0, 2], [0, 3]], limits=[300, 600], slope=0, **SHARES)
    _, cheapest = solve(document)
    assert cheapest["objective"] == pytest.approx(600)
    assert cheapest["measures"]["largest_burden_min"] == pytest.approx(2.0)
    _, fair = solve(document, "--goal", "burden")
    assert fair["objective"] == pytest.approx(1.2)
    moved = [row["starts"][-1]["share"] * 300 for row in fair["plan"]]
    assert moved == pytest.approx([180, 120], abs=1e-3)
    assert fair["measures"]["schedule_disutility_min"] == pytest.approx(720, rel=1e-6)


def test_whom_no_plan_can_serve_is_said_with_the_rules_that_conflict(solve):
    document = problem_of([300, 300], [[0, 2], [0, 3]], limits=[300, None], slope=0)
    document["rules"] = {"exempt": ["c0", "c1"]}
    status, answer = solve(document)
    assert status == 1
    assert (answer["status"], answer["plan"]) == ("infeasible", [])
    assert {rule["family"] for rule in answer["conflict"]} >= {"load_limit"}
    assert answer["reason"]
    assert answer["reason_fr"]


@pytest.mark.parametrize(
    "document",
    [
        problem_of([0, 0], [[0, 1], [0, 1]]),
        problem_of([70], [[0]]),
        problem_of([70], [[0, 1]], slope=0),
    ],
    ids=["no people", "one slot", "no crowding"],
)
def test_where_nothing_can_be_won_nobody_is_moved(solve, document):
    status, answer = solve(document)
    assert status == 0
    rows = zip(answer["plan"], document["cohorts"]["ids"], strict=True)
    assert all(row["starts"][0]["start_s"] == row["from_s"] for row, _ in rows)
    people_there = sum(document["cohorts"]["size"])
    # 0.01 x minutes a head where there is crowding at all
    expected = 0.01 * people_there**2 if document["curve"]["slope"] else 0.0
    assert answer["objective"] == pytest.approx(expected)


def test_a_problem_without_cohorts_is_bad_input_by_name(solve):
    status, answer = solve(problem_of([], []))
    assert status == 2
    assert [p["field"] for p in answer["error"]["problems"]] == ["cohorts.ids"]


def test_what_a_solver_prints_by_itself_stays_out_of_the_answer(capfd, tmp_path, monkeypatch):
    path, relax = tmp_path / "problem.json", solving.relax
    path.write_text(json.dumps(problem_of([100, 100], [[0, 1]] * 2)), encoding="utf-8")

    def noisy(*words, **options):
        os.write(1, b"a solver's own note")
        return relax(*words, **options)

    monkeypatch.setattr(solving, "relax", noisy)
    assert main(["solve", str(path), "--json"]) == 0
    out, err = capfd.readouterr()
    assert json.loads(out)["status"] == "optimal"
    assert "a solver's own note" in err


def test_whole_numbers_may_be_written_with_a_point_and_files_begin_with_a_mark(solve, tmp_path):
    document = problem_of([100, 100], [[0, 1]] * 2)
    document["slot_start_s"] = [28_800.0, 29_700.0]
    document["cohorts"]["base_slot"] = [0.0, 0.0]
    status, answer = solve(document)
    assert status == 0
    path = tmp_path / "marked.json"
    path.write_text(json.dumps(document), encoding="utf-8-sig")
    assert read_problem(path).slot_start_s.tolist() == [28_800, 29_700]
    document["cohorts"]["base_slot"] = [0.5, 0]
    status, answer = solve(document)
    assert status == 2
    assert answer["error"]["problems"][0]["field"] == "cohorts.base_slot[0]"


def test_arrays_of_numpys_own_integers_are_taken_where_nothing_is_lost(tmp_path):
    arrays = to_arrays(from_document(problem_of([100, 100], [[0, 1]] * 2)))
    wide = {
        name: values.astype(np.int64) if values.dtype == np.int32 else values
        for name, values in arrays.items()
    }
    assert to_arrays(from_arrays(wide))["slot_start_s"].dtype == np.int32
    wide["slot_start_s"] = np.array([0, 2**31], dtype=np.int64)
    with pytest.raises(InputError, match="slot_start_s"):
        from_arrays(wide)


def test_a_problem_without_cells_costs_the_routes_alone(solve):
    document = problem_of([70], [[0, 1]])
    document["groups"] |= {"cell": [], "cell_weight": [], "cell_offset": [0, 0, 0]}
    document["groups"]["free_min"] = [30, 20]
    document["cells"] = {name: [] for name in document["cells"]}
    status, answer = solve(document)
    assert status == 0
    assert answer["objective"] == pytest.approx(70 * 21)
    assert people(answer, 29_700) == pytest.approx(70)


@pytest.mark.parametrize(
    ("section", "name", "at", "value"),
    [
        ("cohorts", "size", 0, 1e308),
        ("cohorts", "strand_pax", 1, 1e300),
        ("cells", "background_pax", 0, 1e308),
        ("cells", "standing_m2", 0, 1e-308),
        ("cells", "standing_m2", 1, 1e308),
        ("groups", "free_min", 0, 1e13),
        ("weights", "crowding", None, 1e300),
        ("curve", "slope", None, 1e300),
        ("rules", "worse_off_slack_min", None, 1e308),
    ],
)
def test_numbers_no_cost_can_be_reckoned_with_are_bad_input_by_name(
    solve, section, name, at, value
):
    document = problem_of([100, 50], [[0, 1], [0, 1]])
    if at is None:
        document.setdefault(section, {})[name] = value
    else:
        document[section][name][at] = value
    status, answer = solve(document)
    assert status == 2
    assert answer["error"]["problems"][0]["field"].startswith(f"{section}.{name}")
