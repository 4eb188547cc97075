"""What a plan may ask, and how its figures hang together."""

from itertools import pairwise

import pytest

from network.base import parse_clock
from scenarios.model import build_model
from scenarios.modifications import apply_modifications
from scenarios.planning import build_problem
from tests.builders.results import load_status_quo
from tests.builders.territories import corridor_scenario

STAFF = 600 + 400 * 0.75 + 500 + 200  # present on the day
CORE = {"assurance": ("10:00", "15:30"), "mairie": ("09:00", "16:00")}
LIMIT_MIN = {"contrats": 60, "sinistres": 30, "guichets": 60, "accueil": 0}
DAY_MIN = 480

RULES = [
    {},
    {"max_moved_share": 0.2},
    {"max_moved_share": 1.0, "max_shift_min": 90},
    {"max_moved_share": 1.0, "max_shift_min": 15, "whole_cohorts": False},
    {"max_moved_share": 1.0, "slot_min": 30, "no_employer_worse_off": False},
    {"max_moved_share": 1.0, "earliest_start": "08:00", "latest_start": "08:45"},
    {"routes": "joint"},
]


@pytest.fixture(params=RULES, ids=repr)
def plan_and_rules(run, pack, request):
    return run(**request.param).plan, corridor_scenario(pack, **request.param).plan


def test_no_more_than_the_share_allowed_is_moved(plan_and_rules):
    plan, rules = plan_and_rules

    assert plan.people_total == pytest.approx(STAFF)
    assert plan.people_moved <= rules.max_moved_share * STAFF + 1e-6
    assert plan.people_moved == pytest.approx(sum(move.people for move in plan.moves))


def test_moves_stay_within_the_rules_and_each_teams_own(plan_and_rules):
    plan, rules = plan_and_rules

    for move in plan.moves:
        shift_min = abs(move.to_s - move.from_s) / 60
        assert 0 < shift_min <= min(rules.max_shift_min, LIMIT_MIN[move.team_id])


def test_working_days_cover_the_core_hours(plan_and_rules):
    for move in plan_and_rules[0].moves:
        first, last = (parse_clock(text) for text in CORE[move.employer_id])
        assert move.to_s <= first
        assert move.to_s + DAY_MIN * 60 >= last


def test_new_starts_lie_on_the_grid(plan_and_rules):
    plan, rules = plan_and_rules
    first, last = parse_clock(rules.earliest_start), parse_clock(rules.latest_start)

    for move in plan.moves:
        assert first <= move.to_s <= last
        assert (move.to_s - first) % (rules.slot_min * 60) == 0


def test_a_start_off_the_grid_is_kept_by_who_has_it_and_offered_to_nobody_else(territory, pack):
    hours = {"type": "employer_hours", "employer": "mairie", "team": "accueil", "start": "08:40"}
    scenario = corridor_scenario(pack, hours, max_moved_share=1.0)
    model = build_model(apply_modifications(territory, scenario.modifications, file="x"), scenario)
    table = build_problem(model, scenario, load_status_quo(model)).problem

    first = table.cohorts.candidate_offset
    starts = table.slot_start_s[table.cohorts.candidate_slot]
    *others, accueil = (starts[a:b] for a, b in pairwise(first.tolist()))
    assert accueil.tolist() == [parse_clock("08:40")]
    for own in others:
        assert len(own) > 2
        assert set((own % 900).tolist()) == {0}


def test_teams_move_whole_unless_they_may_split(plan_and_rules):
    plan, rules = plan_and_rules

    for move in plan.moves:
        assert 0 < move.share <= 1 + 1e-9
        if rules.whole_cohorts:
            assert move.share == pytest.approx(1)


def test_a_team_that_may_not_move_stays(plan_and_rules):
    assert "accueil" not in {move.team_id for move in plan_and_rules[0].moves}


def test_bound_objective_and_status_quo_are_in_order(plan_and_rules):
    plan, _ = plan_and_rules

    assert plan.best_bound <= plan.objective * (1 + 1e-9)
    assert plan.objective <= plan.status_quo_objective * (1 + 1e-9)
    assert plan.mip_gap >= 0
    assert plan.mip_gap == pytest.approx((plan.objective - plan.best_bound) / plan.objective)
    assert plan.status in ("optimal", "feasible")


def test_the_rules_above_let_somebody_move_in_most_plans(run):
    moved = [bool(run(**rules).plan.moves) for rules in RULES]

    assert sum(moved) >= 5


def test_core_hours_that_bind_keep_a_team_from_moving_later(run):
    # guichets may shift an hour, but the core begins 30 min after today's start.
    result = run(max_moved_share=1.0, max_shift_min=90, earliest_start="08:30")

    later = [move for move in result.plan.moves if move.team_id == "guichets"]
    assert all(move.to_s <= parse_clock("09:00") for move in later)
    assert result.plan.moves


def test_a_wider_rule_never_worsens_the_optimisers_bound(run):
    narrow = run(max_moved_share=0.2).plan
    wide = run(max_moved_share=1.0, max_shift_min=90).plan

    assert wide.best_bound <= narrow.objective * (1 + 1e-9)


@pytest.mark.parametrize("rules", [{"max_moved_share": 0}, {"max_shift_min": 0}], ids=repr)
def test_if_nobody_may_move_the_response_is_the_status_quo(run, rules):
    result = run(**rules)
    before, after = (result.situations[name] for name in ("status_quo", "free_response"))

    assert result.plan.moves == ()
    assert result.plan.people_moved == 0
    assert result.headline["free_response_gain_h"].value == pytest.approx(0, abs=1e-3)
    for name, figure in before.kpis.items():
        assert after.kpis[name].value == pytest.approx(figure.value, rel=1e-4), name
    for one, other in zip(before.curves, after.curves, strict=True):
        assert other.load_pax == pytest.approx(one.load_pax, rel=1e-4, abs=1e-3)


@pytest.mark.parametrize(("compliance", "like"), [(0.0, "status_quo"), (1.0, "free_response")])
def test_none_follow_is_the_status_quo_and_all_follow_the_free_response(run, compliance, like):
    # Both loadings stop at their gap, from different flows: the tails of loads differ a little.
    result = run(compliance=compliance)
    partly, expected = result.situations["partial_compliance"], result.situations[like]

    assert result.plan.moves
    for name, figure in expected.kpis.items():
        assert partly.kpis[name].value == pytest.approx(figure.value, rel=1e-3), name
    gain = result.headline["partial_compliance_gain_h"].value
    whole = 0.0 if like == "status_quo" else result.headline["free_response_gain_h"].value
    assert gain == pytest.approx(whole, abs=0.001 * result.headline["free_response_gain_h"].value)
