"""A plan judged: free response, flextime, going it alone, compliance, rebound, new peaks."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

import solver.response.alone as going_alone
from network.base import Cancelled, InputError
from solver.response import (
    BoundSource,
    CellPlaces,
    Comparison,
    ComparisonSettings,
    ProposedPlan,
    RouteChoice,
    SituationName,
    compare_plans,
    places_in_rows,
    proposed_plan,
)
from solver.response.alone import respond_alone
from solver.response.situations import Ground
from solver.staggering import (
    EmployerCap,
    ObjectiveWeights,
    RouteForm,
    SolveSettings,
    StaggeringProblem,
    solve_staggering,
)
from tests.reference.response import own_cost
from tests.reference.staggering_cases import slot_problem, two_route_problem
from tests.reference.staggering_oracle import random_problem

FINE = RouteChoice(relative_gap=1e-10)
SETTINGS = ComparisonSettings(choice=FINE, optimum_gap=1e-8)
TWO_SLOTS = {"sizes": [1000], "disutility_min": [[0, 4]], "whole_cohorts": False}
STATUS_QUO, FREE = SituationName.STATUS_QUO, SituationName.FREE_RESPONSE


def _compare(problem: StaggeringProblem, x: list[float], **more: object) -> Comparison:
    plan = ProposedPlan(x=np.array(x, dtype=float))
    return compare_plans(problem, plan, settings=more.pop("settings", SETTINGS), **more)


def test_two_slots_side_by_side_have_their_known_costs():
    # All in A 10,000; the plan 600/400 6,800; by choice 700/300 7,000.
    found = _compare(slot_problem(**TWO_SLOTS), [0.6, 0.4])
    assert found.total_min(STATUS_QUO) == pytest.approx(10_000)
    assert found.total_min(FREE) == pytest.approx(6800)
    assert found.total_min(SituationName.FLEXTIME) == pytest.approx(7000)
    assert found.saving_min == pytest.approx(3200)
    assert found.gain_kept == pytest.approx(1.0)
    assert found.joint_bound.bound_min == pytest.approx(6800, rel=1e-6)
    assert found.bilevel_gap == pytest.approx(0.0, abs=1e-6)
    anarchy = found.price_of_anarchy_flextime
    assert (anarchy.low, anarchy.high) == pytest.approx((1.0294, 1.0294), abs=5e-5)
    response = found.situations[FREE]
    assert response.moving_min == pytest.approx(1600)
    assert response.crowding_min == pytest.approx(5200)
    assert response.moved_people == pytest.approx(400)
    # Nobody has a seat: everybody rides 10 minutes standing; 400 places in 100 m2.
    assert response.above_seats_pax_min == pytest.approx(10_000)
    assert response.above_capacity_pax_min == pytest.approx(2000)
    assert response.peak_load_factor == pytest.approx(1.5)


def test_free_hours_of_those_the_plan_moves_are_of_nobody_else_and_of_no_more_of_them():
    # The plan moves 200 of the first team: by choice they go to B too, 0.01 x 200 + 4 < 8.
    # The second would gain in B and is not asked; were it, A and B would be level at 500 each.
    problem = slot_problem(sizes=[500, 500], disutility_min=[[0, 4], [0, 0]], whole_cohorts=False)
    found = _compare(problem, [0.6, 0.4, 1, 0])
    asked = found.situations[SituationName.FLEXTIME_ASKED]
    assert asked.moved_people == pytest.approx(200)
    assert asked.total_min == pytest.approx(6400 + 400 + 800)
    assert found.total_min(SituationName.FLEXTIME) == pytest.approx(5000)


def test_those_the_plan_moves_take_the_free_hour_that_is_best_for_themselves():
    # Sent to C at 9 minutes a head, 200 would rather go to B at 4: 2 + 4 < 2 + 9 and < 8.
    problem = slot_problem(sizes=[1000], disutility_min=[[0, 4, 9]], whole_cohorts=False)
    found = _compare(problem, [0.8, 0, 0.2])
    assert found.total_min(FREE) == pytest.approx(6400 + 400 + 1800)
    assert found.total_min(SituationName.FLEXTIME_ASKED) == pytest.approx(6400 + 400 + 800)
    # A plan that moves nobody leaves nobody an hour to choose.
    idle = _compare(problem, [1, 0, 0]).situations
    assert idle[SituationName.FLEXTIME_ASKED].total_min == pytest.approx(10_000)
    assert idle[SituationName.FLEXTIME_ASKED].moved_people == 0


def test_water_filling_side_by_side():
    problem = slot_problem(
        sizes=[2000], disutility_min=[[9, 4, 0, 6, 14]], base_slot=2, whole_cohorts=False
    )
    found = _compare(problem, [0.14, 0.265, 0.365, 0.215, 0.015])
    assert found.total_min(STATUS_QUO) == pytest.approx(40_000)
    assert found.total_min(FREE) == pytest.approx(18_420)
    assert found.total_min(SituationName.FLEXTIME) == pytest.approx(19_500)
    assert found.price_of_anarchy_flextime.high == pytest.approx(19_500 / 18_420)


def test_routes_the_optimiser_wished_for_are_not_taken():
    # The plan keeps everybody's hour and sends 400 by the longer way; they go back to 300.
    problem = two_route_problem()
    plan = ProposedPlan(x=np.ones(1), route_flow=np.array([600.0, 400.0]), best_bound=6800.0)
    found = compare_plans(problem, plan, settings=SETTINGS)
    assert found.total_min(SituationName.PLANNED) == pytest.approx(6800)
    assert found.total_min(FREE) == pytest.approx(7000)
    assert found.planned_saving_min == pytest.approx(3200)  # from 10,000, all by the short way
    assert found.saving_min == pytest.approx(0.0, abs=1e-6)
    assert found.bilevel_gap == pytest.approx(200 / 7000)
    assert found.price_of_anarchy_routes.high == pytest.approx(7000 / 6800, rel=1e-6)
    assert found.joint_bound.source in (BoundSource.PLAN, BoundSource.FREE_OPTIMUM)


def test_fair_plan_costs_a_fifth_more_than_the_efficient_one():
    fair = slot_problem(
        sizes=(300, 300),
        disutility_min=[[0, 2], [0, 3]],
        limit_pax=(300, 600),
        slope=0.0,
        whole_cohorts=False,
    )
    totals = [_compare(fair, x).situations[FREE] for x in ([0.4, 0.6, 0.6, 0.4], [0, 1, 1, 0])]
    assert [round(s.moving_min, 6) for s in totals] == [720, 600]
    assert [s.cells_over_limit for s in totals] == [0, 0]


def test_a_response_that_overfills_a_limited_cell_has_no_certificate():
    problem = slot_problem(**TWO_SLOTS, limit_pax=(600, 1000))
    assert _compare(problem, [0.6, 0.4]).bilevel_gap is not None
    over = _compare(problem, [0.7, 0.3])
    assert over.situations[FREE].cells_over_limit == 1
    assert over.bilevel_gap is None


def test_an_employer_does_not_see_what_its_staff_add_for_others():
    # 100 of the small employer pay 10 a head in A, 1 + 12 in B; 900 others would gain 1 each.
    problem = slot_problem(sizes=[100, 900], disutility_min=[[0, 12], [0, 100]])
    found = _compare(problem, [0, 1, 1, 0])
    assert found.total_min(SituationName.UNCOORDINATED) == pytest.approx(10_000)
    assert found.total_min(FREE) == pytest.approx(8100 + 1300)
    assert found.value_of_coordination_min == pytest.approx(600)
    assert found.uncoordinated.settled
    assert found.uncoordinated.changed == (0,)


def test_the_first_employer_leaves_and_the_second_has_no_reason_to():
    # Both in A: 10 a head; one in B: 5 + 4. Then A costs 5, and the other stays.
    problem = slot_problem(sizes=[500, 500], disutility_min=[[0, 4], [0, 4]])
    alone = _compare(problem, [0, 1, 1, 0]).uncoordinated
    assert alone.changed[:2] == (1, 0)
    assert alone.state.situation.total_min == pytest.approx(500 * 5 + 500 * 9)
    np.testing.assert_allclose(alone.state.x, [0, 1, 1, 0])


@pytest.mark.parametrize("seed", range(8))
def test_where_rounds_settle_no_employer_gains_by_other_starts(seed: int):
    problem = random_problem(seed)
    ground = Ground(problem)
    today = ground.respond(STATUS_QUO, ground.base_x, choice=FINE)
    alone = respond_alone(ground, today, choice=FINE)
    assert alone.settled
    state, offset = alone.state, problem.cohorts.candidate_offset
    share = ground.shares_of(state.route_flow, state.load_pax, choice=FINE)
    slots = tuple(
        int(problem.cohorts.candidate_slot[a + np.argmax(state.x[a:b])])
        for a, b in zip(offset[:-1], offset[1:], strict=True)
    )
    for employer in (0, 1):
        now = own_cost(problem, slots, share, employer)
        for own in product(range(3), repeat=2):
            other = list(slots)
            other[2 * employer : 2 * employer + 2] = own
            assert own_cost(problem, tuple(other), share, employer) >= now * (1 - 1e-6)


def test_alone_each_employer_keeps_its_caps_and_its_part_of_a_common_limit():
    four = {"sizes": [250] * 4, "disutility_min": [[0, 1]] * 4, "employer": [0, 0, 1, 1]}
    ground = Ground(slot_problem(**four))
    today = ground.respond(STATUS_QUO, ground.base_x, choice=FINE)
    assert respond_alone(ground, today, choice=FINE).state.situation.moved_people == 500
    # 600 of 1,000 may move: 300 of each employer's 500, one team of 250.
    common = Ground(slot_problem(**four, max_moved_people=600.0))
    moved = respond_alone(common, today, choice=FINE).state.x.reshape(2, 2, 2)[:, :, 1].sum(axis=1)
    assert moved.max() <= 1
    problem = slot_problem(**four)
    caps = (EmployerCap(employer=0, max_moved_people=0.0),)
    capped = Ground(replace(problem, rules=replace(problem.rules, caps=caps)))
    x = respond_alone(capped, today, choice=FINE).state.x.reshape(4, 2)
    np.testing.assert_allclose(x[:2, 1], 0)
    assert x[2:, 1].sum() >= 1


def test_hours_that_come_back_are_told_as_a_cycle_with_its_length(monkeypatch):
    ground = Ground(slot_problem(sizes=[100, 100], disutility_min=[[0, 1], [0, 1]]))
    today = ground.respond(STATUS_QUO, ground.base_x, choice=FINE)
    turns = iter([(1, 2), (1, 3), (0, 3), (1, 2), (1, 3)])

    def choose(options: object, employers: object, standing: object, choice: np.ndarray) -> int:
        choice[:] = next(turns)
        return 1

    monkeypatch.setattr(going_alone, "let_each_choose", choose)
    alone = respond_alone(ground, today, choice=FINE)
    assert not alone.settled
    assert alone.cycle_rounds == 3
    assert alone.rounds == 4


def test_rounds_that_run_out_are_not_called_settled():
    problem = slot_problem(sizes=[500, 500], disutility_min=[[0, 4], [0, 4]])
    ground = Ground(problem)
    today = ground.respond(STATUS_QUO, ground.base_x, choice=FINE)
    alone = respond_alone(ground, today, choice=FINE, max_rounds=1)
    assert not alone.settled
    assert alone.cycle_rounds == 0
    assert alone.rounds == 1


def test_half_following_keeps_three_quarters_of_a_quadratic_saving():
    # With 400 p moved: 0.01 ((1000 - 400p)^2 + (400p)^2) + 1600 p saves 6400 p - 3200 p^2.
    found = _compare(slot_problem(**TWO_SLOTS), [0.6, 0.4])
    shares = np.array([point.share for point in found.compliance])
    saved = np.array([point.saving_min for point in found.compliance])
    np.testing.assert_allclose(shares, np.linspace(0, 1, 11))
    np.testing.assert_allclose(saved, 6400 * shares - 3200 * shares**2, atol=1e-6)
    assert found.compliance[5].saving_kept == pytest.approx(0.75)


def test_others_fill_a_share_of_the_freed_room_from_the_next_window():
    # 400 move from A to B beside 500 others in each; of 400 freed places 120 are filled from B.
    problem = slot_problem(sizes=[400], disutility_min=[[0, 1]], background_pax=500.0)
    found = _compare(problem, [0, 1], places=places_in_rows(2, 2))
    middle = found.rebound[1]
    assert middle.refill_share == 0.3
    assert middle.shifted_pax_min == pytest.approx(120 * 10)
    assert middle.total_min == pytest.approx(0.01 * (620**2 + 780**2) + 400)
    assert [point.level for point in found.rebound] == ["low", "middle", "high"]


def test_others_come_no_further_than_the_reach_and_no_more_than_there_are():
    problem = slot_problem(sizes=[400], disutility_min=[[0, 1, 1]], background_pax=100.0)
    cells = replace(problem.cells, background_pax=np.array([500.0, 0.0, 100.0]))
    problem = replace(problem, cells=cells)
    near = ComparisonSettings(choice=FINE, refill_windows=1, refill_shares=(0.1, 0.5, 1.0))
    found = _compare(problem, [0, 1, 0], places=places_in_rows(3, 3), settings=near)
    assert [point.shifted_pax_min for point in found.rebound] == [0, 0, 0]
    far = replace(near, refill_windows=2)
    found = _compare(problem, [0, 1, 0], places=places_in_rows(3, 3), settings=far)
    # Wanted 40, 200 and 400 of the 100 who ride in the third window.
    np.testing.assert_allclose([p.shifted_pax_min for p in found.rebound], [400, 1000, 1000])


def test_new_peaks_are_cells_and_starts_above_today_at_their_place():
    # 600 in A join 500 in B: B becomes the peak of both cell and site, 1100 over 600.
    problem = slot_problem(
        sizes=[600, 500], disutility_min=[[0, 0], [0, 0]], base_slot=[0, 1], standing_m2=(100, 50)
    )
    found = _compare(problem, [0, 1, 0, 1], places=places_in_rows(2, 2)).new_peaks
    assert found.n_cells == found.n_cells_standing == 1
    peak = found.cells[0]
    assert (peak.cell, peak.place, peak.window) == (1, 0, 1)
    assert (peak.before, peak.after, peak.status_quo_peak) == pytest.approx((2.5, 5.5, 2.5))
    assert found.n_slots == 1
    slot = found.slots[0]
    assert slot.start_s == 8 * 3600 + 900
    assert (slot.before_people, slot.after_people) == (500, 1100)
    assert slot.status_quo_peak_people == 600


def test_a_plan_that_levels_has_no_new_peak():
    found = _compare(slot_problem(**TWO_SLOTS), [0.6, 0.4], places=places_in_rows(2, 2))
    assert (found.new_peaks.n_cells, found.new_peaks.n_slots) == (0, 0)


def test_without_places_cells_are_not_compared_and_that_is_told():
    found = _compare(slot_problem(**TWO_SLOTS), [0.6, 0.4])
    assert found.rebound is None
    assert found.new_peaks.n_cells is None
    assert found.as_dict()["rebound"] is None


@pytest.mark.parametrize("seed", range(3))
def test_no_plan_of_whole_cohorts_ends_below_the_joint_bound(seed: int):
    problem = random_problem(seed)
    ground, offset = Ground(problem), problem.cohorts.candidate_offset[:-1]
    settings = ComparisonSettings(choice=FINE, compliance=())
    bounds, ends = [], []
    for slots in product(range(3), repeat=4):
        x = np.zeros(problem.cohorts.n_candidates)
        x[offset + np.array(slots)] = 1.0
        if slots in ((1, 1, 1, 1), (0, 1, 2, 0)):
            found = compare_plans(problem, ProposedPlan(x=x), settings=settings)
            bounds.append(found.joint_bound.bound_min)
            assert found.bilevel_gap >= -1e-9
        ends.append(ground.respond(FREE, x, choice=FINE).situation.total_min)
    assert max(bounds) <= min(ends) + 1e-6


def test_the_plan_of_a_solve_brings_its_joint_bound():
    problem = random_problem(3)
    result = solve_staggering(problem, settings=SolveSettings(gap=1e-6))
    found = compare_plans(problem, proposed_plan(result), settings=SETTINGS)
    assert found.situations[SituationName.PLANNED].total_min == pytest.approx(result.objective)
    assert found.joint_bound.bound_min >= result.best_bound
    assert 0 <= found.bilevel_gap < 1


def test_with_fixed_routes_a_joint_bound_is_found_anew():
    problem = random_problem(3)
    result = solve_staggering(problem, settings=SolveSettings(form=RouteForm.FIXED))
    lean = ComparisonSettings(choice=FINE, flextime=False, uncoordinated=False)
    found = compare_plans(problem, proposed_plan(result), settings=lean)
    assert found.joint_bound.source is BoundSource.RELAXATION
    joint = solve_staggering(problem, settings=SolveSettings(gap=1e-6))
    assert found.joint_bound.bound_min == pytest.approx(joint.best_bound, rel=1e-2)
    assert found.joint_bound.bound_min <= joint.objective
    assert SituationName.FLEXTIME not in found.situations
    assert SituationName.FLEXTIME_ASKED not in found.situations
    assert found.price_of_anarchy_flextime is None


def test_weights_change_what_is_counted_and_not_what_people_choose():
    plain = slot_problem(**TWO_SLOTS)
    heavy = replace(plain, weights=ObjectiveWeights(crowding=2.0, moving=3.0, moved_min=0.5))
    one, two = (_compare(p, [0.6, 0.4]) for p in (plain, heavy))
    for name in one.situations:
        a, b = one.situations[name], two.situations[name]
        assert b.crowding_min == pytest.approx(2 * a.crowding_min)
        assert b.moving_min == pytest.approx(3 * a.moving_min + 0.5 * a.moved_people)
    assert two.price_of_anarchy_flextime.high >= 1


def test_staff_who_ride_nowhere_count_in_moving_and_stay_in_flextime():
    # 1,000 staff, 500 riders: the plan moves 400 staff; by choice 450 + 50, costs 0.01 x = 4 + ...
    problem = slot_problem(**TWO_SLOTS)
    cohorts = replace(problem.cohorts, strand_pax=np.array([500.0]))
    found = _compare(replace(problem, cohorts=cohorts), [0.6, 0.4])
    assert found.situations[FREE].moving_min == pytest.approx(1600)
    flextime = found.situations[SituationName.FLEXTIME]
    assert flextime.moved_people == pytest.approx(50)
    assert flextime.total_min == pytest.approx(0.01 * (450**2 + 50**2) + 200)


def test_the_comparison_as_json_says_units_class_and_every_figure():
    found = _compare(slot_problem(**TWO_SLOTS), [0.6, 0.4], places=places_in_rows(2, 2)).as_dict()
    assert found["source_class"] == "estimated"
    assert set(found["situations"]) == {str(name) for name in SituationName}
    for figures in found["situations"].values():
        assert set(found["units"]) <= set(figures)
    assert found["joint_bound_source"] in {str(source) for source in BoundSource}


def test_a_comparison_can_be_stopped():
    def stop(stage: str, done: int, total: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        _compare(slot_problem(**TWO_SLOTS), [0.6, 0.4], progress=stop)


def test_places_that_do_not_come_out_even_or_meet_are_refused():
    with pytest.raises(InputError, match="windows"):
        places_in_rows(7, 2)
    with pytest.raises(InputError, match="two cells"):
        CellPlaces(place=np.zeros(2, dtype=np.int64), window=np.zeros(2, dtype=np.int64))


@pytest.mark.parametrize(
    ("name", "value"),
    [("compliance", (1.2,)), ("refill_shares", (-0.1, 0, 1)), ("refill_windows", 0)],
)
def test_settings_out_of_range_are_named(name: str, value: object):
    with pytest.raises(InputError, match=name):
        ComparisonSettings(**{name: value})


def test_no_plan_cannot_be_compared():
    problem = slot_problem(
        sizes=[400], disutility_min=[[0, 9]], limit_pax=(0.0, 400.0), max_moved_people=0.0
    )
    with pytest.raises(InputError, match="no plan"):
        proposed_plan(solve_staggering(problem))


def test_where_nobody_rides_a_plan_costs_its_moving_and_nothing_else():
    problem = slot_problem(sizes=[100, 50], disutility_min=[[0, 1], [0, 1]])
    none = np.zeros(0, dtype=np.int32)
    cohorts = replace(
        problem.cohorts, strand_cohort=none, strand_origin=none, strand_pax=np.zeros(0)
    )
    found = _compare(replace(problem, cohorts=cohorts), [0, 1, 1, 0], places=places_in_rows(2, 2))
    assert found.saving_min == pytest.approx(-100)
    assert found.gain_kept is None
    assert found.new_peaks.n_cells == 0
    assert found.total_min(SituationName.FLEXTIME) == 0
