"""What a run says of what comes after its plan: by hand, and on the corridor."""

import math
from dataclasses import replace

import numpy as np
import pytest

from scenarios.after.compliance import SHARES, trace_compliance
from scenarios.after.employers import sum_others
from scenarios.after.peaks import find_new_peaks
from scenarios.after.rebound import FLEXIBLE_SHARES, find_neighbours, shift_flexible
from scenarios.after.regimes import staff_by_group
from scenarios.planning import build_problem
from solver.loading import assign_transit
from solver.response import RouteChoice
from solver.response.choices import only_asked
from solver.response.flextime import respond_freely
from solver.response.situations import Ground
from solver.staggering import RouteForm, SolveSettings, solve_staggering
from tests.builders.territories import corridor_scenario


@pytest.fixture(scope="module")
def status_quo(model):
    demand = model.background.pax + model.staff_today()
    return assign_transit(
        model.alternatives,
        model.cells,
        demand,
        curve=model.curve,
        settings=model.assignment,
        path_size=model.path_size,
    )


@pytest.fixture(scope="module")
def basis(model, pack, status_quo):
    return build_problem(model, corridor_scenario(pack), status_quo)


def test_flexible_travellers_move_by_the_logit_of_what_changed():
    """Groups of 100 and 60: 6 free on either side at 20 %; 8 minutes at 0.25: tanh(1)."""
    demand, first = np.array([100.0, 60.0]), np.array([0])

    def moved(*change):
        return shift_flexible(
            demand, first, np.array(change), flexible_share=0.2, scale_per_min=0.25
        )[0]

    assert moved(0.0, 0.0) == 0.0
    assert moved(3.0, 3.0) == 0.0
    assert moved(8.0, 0.0) == pytest.approx(6 * math.tanh(1.0))
    assert moved(0.0, 8.0) == pytest.approx(-6 * math.tanh(1.0))
    assert moved(1e6, 0.0) == pytest.approx(6.0)


def test_neighbours_are_the_same_trip_a_quarter_of_an_hour_later(model):
    alternatives = model.alternatives
    first = find_neighbours(alternatives)
    known = {
        (int(o), int(p), int(w)): g
        for g, (o, p, w) in enumerate(
            zip(
                alternatives.group_origin,
                alternatives.group_place,
                alternatives.group_window,
                strict=True,
            )
        )
    }
    expected = {g for (o, p, w), g in known.items() if known.get((o, p, w + 1)) == g + 1}
    assert set(first.tolist()) == expected
    assert expected


def test_a_stretch_fuller_than_it_ever_is_today_is_a_new_peak(model, status_quo):
    """One cell is filled beyond its stretch's fullest quarter hour of today; no other is."""
    cells, load = model.cells, status_quo.load_pax
    assert find_new_peaks(model, load, load).count == 0
    by_stretch = model.segments.sum_cells(load, cells)
    k = int(by_stretch.max(axis=1).argmax())
    fullest = int(by_stretch[k].argmax())
    room = model.segments.sum_cells(cells.capacity_pax, cells)
    other = next(w for w in range(cells.n_windows) if w != fullest and room[k, w] > 0)
    marks = np.array(
        [
            model.segments.sum_cells(np.eye(1, len(cells), c).ravel(), cells)[k, other]
            for c in range(len(cells))
        ]
    )
    after = load.copy()
    after[int(marks.argmax())] += 1.5 * by_stretch[k].max()
    peaks = find_new_peaks(model, load, after)
    assert peaks.count == 1
    (row,) = peaks.rows
    assert (row.line, row.from_stop) == (model.segments.line[k], model.segments.from_station[k])
    assert row.start_s == cells.start_s + other * cells.window_s
    assert row.load_pax - row.was_load_pax == pytest.approx(1.5 * by_stretch[k].max())
    assert row.load_factor > row.was_peak_factor


def test_compliance_gives_each_shares_gain_and_what_it_keeps():
    rows = trace_compliance(lambda share: 120.0 * share * (2 - share))
    assert [row.share for row in rows] == list(SHARES)
    assert [row.gain_h for row in rows] == pytest.approx([0.0, 0.875, 1.5, 1.875, 2.0])
    assert [row.kept for row in rows] == pytest.approx([0.0, 0.4375, 0.75, 0.9375, 1.0])
    assert all(row.kept is None for row in trace_compliance(lambda share: -share))


def test_people_of_other_employers_are_summed_only_where_nobody_stands_out():
    assert sum_others(np.array([10.0, 20.0, 0.0, 30.0])) == (60.0, 3)
    assert sum_others(np.array([10.0, 20.0])) == (None, None)
    assert sum_others(np.array([1.0, 1.0, 98.0])) == (None, None)


def test_staff_by_route_comes_back_as_the_models_groups(model, basis):
    problem = basis.problem
    plan = solve_staggering(problem, settings=SolveSettings(gap=1e-3, form=RouteForm.FIXED))
    assert plan.x is not None
    assert plan.route_flow is not None
    found = staff_by_group(model, basis, plan.route_flow)
    assert found == pytest.approx(model.staff_at(*basis.starts_and_shares(plan)), abs=1e-6)


def test_only_those_a_plan_moves_may_take_free_hours(basis):
    """A plan moves 40 % of the first team that can move and nobody else: no more may then."""
    ground = Ground(basis.problem)
    cohorts, matrices = ground.problem.cohorts, ground.matrices
    moves = np.flatnonzero(matrices.is_move)
    cohort = int(matrices.candidate_cohort[moves[0]])
    x = ground.base_x.copy()
    x[cohorts.base_candidate()[cohort]], x[moves[0]] = 0.6, 0.4
    asked = only_asked(ground.problem, matrices, x)
    assert [row.share for row in asked.rules.eligible] == pytest.approx(
        [0.4 if c == cohort else 0.0 for c in range(len(cohorts))]
    )
    dear = np.where(matrices.is_move, 0.0, 1e3)  # staying costs so much that all would move
    generous = replace(asked, cohorts=replace(cohorts, candidate_disutility_min=dear))
    free = respond_freely(Ground(generous), choice=RouteChoice())
    riders = cohorts.strand_pax[cohorts.strand_cohort == cohort].sum()
    assert free.situation.moved_people == pytest.approx(0.4 * riders)
    assert free.situation.moved_people > 0


def test_gains_of_regimes_are_crowding_and_travel_less_moving(run):
    """Each part adds up, and the plan's crowding part is the change of its key figure."""
    result = run()
    regimes = {row.name: row for row in result.after.regimes}
    for row in regimes.values():
        parts = row.crowding_gain_h + row.travel_gain_h - row.moving_h
        assert row.gain_h == pytest.approx(parts)
        assert row.passengers_moved <= row.people_moved * (1 + 1e-9)
        assert row.by_person == (row.name not in ("plan", "uncoordinated"))
    crowding, cost = (
        {
            name: result.situations[name].kpis[key].value
            for name in result.situations
            if name != "plan"
        }
        for key in ("crowding_cost_h", "travel_cost_h")
    )
    plan = regimes["plan"]
    lower = crowding["status_quo"] - crowding["free_response"]
    assert plan.crowding_gain_h == pytest.approx(lower)
    saved = cost["status_quo"] - cost["free_response"]
    assert plan.travel_gain_h == pytest.approx(saved - lower)
    riders = sum(move.transit_pax for move in result.plan.moves)
    assert plan.passengers_moved == pytest.approx(riders)


def test_more_freedom_moves_more_of_the_same_people(run):
    """Free hours in the plan's teams move at most its riders, and no more than free hours do."""
    regimes = {row.name: row for row in run().after.regimes}
    asked, free = regimes["flextime_asked"], regimes["flextime"]
    assert 0 < asked.passengers_moved <= regimes["plan"].passengers_moved * (1 + 1e-9)
    assert asked.people_moved <= free.people_moved
    assert regimes["led"].settled


@pytest.mark.parametrize(
    "rules",
    [
        {"max_moved_share": 0.0},
        {"max_shift_min": 0},
        {"earliest_start": "02:00", "latest_start": "03:00"},
    ],
    ids=repr,
)
def test_where_nobody_may_move_nothing_is_gained_and_nothing_is_promised(run, rules):
    result = run(**rules)

    assert not result.plan.moves
    assert result.plan.proven_share_of_gain in (None, 0.0)
    rows = {row.name: row for row in result.after.regimes}
    for name in ("plan", "uncoordinated", "flextime_asked"):
        assert rows[name].people_moved == 0
        assert rows[name].gain_h == pytest.approx(0.0, abs=1e-6)
    assert all(row.gain_h == pytest.approx(0.0, abs=1e-6) for row in result.after.compliance)
    assert sum(view.credit_h for view in result.after.employers) == pytest.approx(0.0)


@pytest.mark.parametrize(
    "rules",
    [
        {},
        {"max_moved_share": 0.02, "whole_cohorts": False},
        {"compliance": 0.0},
        {"routes": "joint"},
    ],
    ids=repr,
)
def test_free_hours_of_the_plans_people_move_no_more_passengers_than_the_plan(run, rules):
    result = run(**rules)

    rows = {row.name: row for row in result.after.regimes}
    assert 0 < rows["flextime_asked"].people_moved <= rows["plan"].passengers_moved + 1e-6
    assert result.plan.best_bound <= result.plan.objective
    bound = result.after.joint_bound_min
    assert bound is not None
    assert bound <= result.plan.objective


def test_a_runs_rows_agree_with_its_headline(run):
    result = run()
    after = result.after
    headline = {key: figure.value for key, figure in result.headline.items()}
    whole = after.compliance[-1]
    assert whole.gain_h == pytest.approx(headline["free_response_gain_h"])
    half = next(row for row in after.compliance if row.share == result.scenario.plan.compliance)
    assert half.gain_h == pytest.approx(headline["partial_compliance_gain_h"])
    regimes = {row.name: row for row in after.regimes}
    assert list(regimes) == ["plan", "uncoordinated", "flextime_asked", "flextime", "led"]
    assert regimes["plan"].gain_h == pytest.approx(headline["free_response_gain_h"])
    assert regimes["plan"].people_moved == pytest.approx(result.plan.people_moved)
    crowding = result.situations["free_response"].kpis["crowding_cost_h"].value
    assert regimes["plan"].crowding_cost_h == pytest.approx(crowding)
    assert 0 <= after.certificate < 0.5
    assert [row.flexible_share for row in after.rebound] == list(FLEXIBLE_SHARES)
    shifted = [row.shifted_pax for row in after.rebound]
    assert 0 < shifted[0] < shifted[1] < shifted[2]
    assert all(row.residual < 0.5 for row in after.rebound)


def test_credits_and_own_compliance_are_of_the_same_planned_gain(run):
    """Credits sum to what the plan saves at its own splits: the sheets' gain at full compliance."""
    sheets = run().after.employers
    assert {sheet.employer_id for sheet in sheets} == {"assurance", "mairie"}
    whole = [dict(sheet.follows)[1.0] for sheet in sheets]
    assert whole[0] == pytest.approx(whole[1])
    assert whole[0] == pytest.approx(run().headline["planned_gain_h"].value, rel=1e-6)
    assert sum(sheet.credit_h for sheet in sheets) == pytest.approx(whole[0], rel=1e-9)
    for sheet in sheets:
        gains = dict(sheet.follows)
        assert sheet.last_in_h == pytest.approx(gains[1.0] - gains[0.0], rel=1e-9)
        assert sheet.moved == pytest.approx(
            sum(m.people for m in run().plan.moves if m.employer_id == sheet.employer_id)
        )
        assert sheet.gain_min == pytest.approx(
            run().plan.employer_gain_min[sheet.employer_id], abs=1e-9
        )
        assert sheet.others_moved is None  # two employers: the other could be told


def test_a_split_teams_parts_are_all_on_the_sheet(run):
    """Under a cap of 13 % a team moves by part: the sheets' parts that move are all who move."""
    result = run(whole_cohorts=False, max_moved_share=0.13)
    assert any(0 < move.share < 1 for move in result.plan.moves)
    for sheet in result.after.employers:
        moving = sum(team.people for team in sheet.teams if team.from_s != team.to_s)
        assert moving == pytest.approx(sheet.moved, rel=1e-5, abs=1e-3)
        assert sum(team.people for team in sheet.teams) == pytest.approx(sheet.staff, rel=1e-5)
