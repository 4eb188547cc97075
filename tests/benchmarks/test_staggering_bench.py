"""The staggering benchmark: asked engine by engine, judged by the checker, divergences told."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from benchmarks import staggering_table
from benchmarks.staggering_rows import OURS, PEERS, ROWS, Ask, build_instance, shorten
from benchmarks.staggering_solve import Answer, answer, change_rules
from benchmarks.staggering_table import (
    Figure,
    find_divergences,
    main,
    read_seeds,
    run_staggering,
)
from benchmarks.staggering_text import format_row
from solver.staggering.checking.checker import find_violations
from solver.staggering.costs.matrices import build_matrices
from solver.staggering.costs.pricing import share_flows

ASK = ROWS["fixed"].asks[0]
JOINT = next(ask for ask in ROWS["joint"].asks if ask.kind == "plan")
FINE = Answer(engine=OURS, status="optimal", cost_min=100.0, bound_min=99.0, gap=0.01, seconds=2.0)


def figure(answer: Answer, *, ask: Ask = ASK, seed: int = 1, row: str = "fixed") -> Figure:
    return Figure(row=row, ask=ask, seed=seed, answer=answer)


def test_whole_path_at_the_small_size(capsys: pytest.CaptureFixture[str]) -> None:
    status = run_staggering(
        ["fixed"],
        seeds=(1,),
        loads=["light"],
        peers=["highs"],
        size="small",
        time_limit_s=2,
        json=True,
    )
    said = capsys.readouterr()
    found = json.loads(said.out)
    assert status == 0
    assert found["divergences"] == []
    assert [figure["engine"] for figure in found["figures"]] == [OURS, "highs"]
    for one in found["figures"]:
        assert one["unavailable"] == ""
        assert one["broken"] == []
        assert 0 < one["bound_min"] <= one["cost_min"]
        assert one["gap"] == pytest.approx(1 - one["bound_min"] / one["cost_min"], abs=1e-9)
        assert one["peak_mib"] > 50
        assert one["cpu_s"] > 0
    assert "light, seed 1: highs" in said.err


@pytest.mark.parametrize("kind", ["bound", "resolve", "response"])
def test_each_kind_is_answered_in_a_small_instance(kind: str) -> None:
    asked = next(ask for row in ROWS.values() for ask in row.asks if ask.kind == kind)
    problem = build_instance(asked.instance, 1, size="small")
    coarse = replace(shorten(asked, size="small", time_limit_s=30.0), gap=0.05)
    found = answer(problem, coarse, OURS, 1)
    assert found.unavailable == ""
    assert found.broken == ()
    assert found.bound_min is not None
    if kind == "bound":
        assert found.bound_min <= found.facts["lp_min"]
        return
    assert found.bound_min <= found.cost_min
    if kind == "resolve":
        assert found.facts["first_s"] > 0
    else:
        assert found.facts["equilibrium_gap"] <= 1e-6
        assert found.facts["today_min"] > 0


def test_plan_that_breaks_a_rule_is_a_divergence() -> None:
    broken = replace(FINE, engine="scip", broken=("7 people moved, at most 6",))
    (said,) = find_divergences([figure(FINE), figure(broken)])
    assert said == "fixed, easy, seed 1: scip breaks a rule: 7 people moved, at most 6"


def test_bound_above_what_anyones_plan_costs_is_a_divergence() -> None:
    cheaper = replace(FINE, engine="highs", cost_min=98.0, bound_min=97.0)
    (said,) = find_divergences([figure(FINE), figure(cheaper)])
    assert "bound 99.0 of creneau exceeds what highs's plan costs, 98.0" in said
    assert find_divergences([figure(FINE), figure(cheaper, seed=2)]) == []
    dearer = replace(FINE, engine="highs", bound_min=100.0 * (1 + 1e-7))
    assert find_divergences([figure(FINE), figure(dearer)]) == []
    assert len(find_divergences([figure(replace(FINE, bound_min=100.0 * (1 + 1e-7)))])) == 1


def test_joint_bound_is_held_against_plans_with_todays_routes_and_not_the_reverse() -> None:
    joint = replace(FINE, cost_min=90.0, bound_min=89.0)
    assert find_divergences([figure(FINE), figure(joint, ask=JOINT, row="joint")]) == []
    above = replace(joint, cost_min=103.0, bound_min=101.0)
    (said,) = find_divergences([figure(FINE), figure(above, ask=JOINT, row="joint")])
    assert said.startswith("joint, easy, seed 1: bound 101.0")


def test_plan_that_breaks_a_rule_is_no_witness_against_a_bound() -> None:
    broken = replace(FINE, engine="highs", cost_min=50.0, bound_min=None, broken=("it is split",))
    assert len(find_divergences([figure(FINE), figure(broken)])) == 1


def test_ours_must_run_and_a_peer_need_not() -> None:
    assert find_divergences([figure(Answer(engine="scip", unavailable="no such solver"))]) == []
    (said,) = find_divergences([figure(Answer(engine=OURS, unavailable="MemoryError"))])
    assert said == "fixed, easy, seed 1: creneau could not run: MemoryError"


def test_medians_are_over_the_seeds_of_an_engine() -> None:
    gaps = (0.01, 0.02, 0.06)
    text = format_row(
        ROWS["fixed"],
        [figure(replace(FINE, gap=gap), seed=seed) for seed, gap in enumerate(gaps, start=1)],
    )
    (median,) = [line for line in text.splitlines() if " median " in line]
    assert "2.0000" in median
    assert "0.01 % in 10 s" in median


def test_memory_beyond_what_is_asked_is_said() -> None:
    heavy = replace(FINE, peak_mib=4000.0)
    text = format_row(ROWS["joint"], [figure(heavy, ask=JOINT, row="joint")])
    assert "4000 MiB, MORE THAN the 3072 asked" in text


def test_interrupted_run_prints_what_it_has(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def apart(request: dict[str, Any], time_limit_s: float) -> tuple[str, str]:
        if request.get("engine") == "highs":
            raise KeyboardInterrupt
        said = {"engine": OURS, "status": "optimal", "cost_min": 100.0, "broken": []}
        return json.dumps(said), ""

    monkeypatch.setattr(staggering_table, "_run_apart", apart)
    status = run_staggering(["fixed", "ruled"], seeds=(1,), loads=["light"])
    assert status == 130
    out = capsys.readouterr().out
    assert "light, fixed  creneau" in out
    assert out.count("interrupted") == 1
    assert "ruled" not in out


def test_instance_that_cannot_be_built_makes_its_engines_unavailable(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(staggering_table, "_run_apart", lambda *_: ("", "no room"))
    status = run_staggering(["fixed"], seeds=(1,), loads=["light"], peers=["none"])
    assert status == 1
    assert "DIVERGENCE: fixed, light, seed 1: creneau could not run: no room" in (
        capsys.readouterr().out
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--rows", "speed"], "no row speed; there are: fixed, ruled, joint"),
        (["--load", "odd"], "no load odd; there are: easy, light, heavy"),
        (["--peers", "gurobi"], "no peer gurobi; there are: highs, scip, cp-sat"),
        (["--seeds", "one"], "seeds are integers >= 0, not one"),
        (["--time-limit", "0"], "seconds > 0, not 0.0"),
    ],
)
def test_what_there_is_not_ends_in_2(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_seeds_are_read_with_commas() -> None:
    assert read_seeds("1, 2,30") == (1, 2, 30)


def test_every_row_asks_instances_that_there_are() -> None:
    for row in ROWS.values():
        for ask in row.asks:
            if ask.load is not None:
                problem = build_instance(ask.instance, 1, size="small")
                assert len(problem.cohorts.employer_ids) in (4, 6)
    with pytest.raises(KeyError):
        build_instance("nowhere", 1)
    assert set(PEERS).isdisjoint({OURS})


def test_time_limits_are_those_asked_unless_told_otherwise() -> None:
    assert shorten(ASK, size="full", time_limit_s=None) == ASK
    assert shorten(ASK, size="small", time_limit_s=None).time_limit_s == 1.0
    assert shorten(ASK, size="small", time_limit_s=7.0).time_limit_s == 7.0


def test_changed_rules_hold_one_employer_back_and_no_other() -> None:
    problem = build_instance("light-ruled", 1, size="small")
    changed = change_rules(problem)
    caps = {cap.employer: cap.max_moved_people for cap in problem.rules.caps}
    after = {cap.employer: cap.max_moved_people for cap in changed.rules.caps}
    (employer,) = [e for e in caps if after[e] != caps[e]]
    assert after[employer] == pytest.approx(caps[employer] / 5)  # a tenth in place of a half
    (first,) = changed.rules.exempt
    assert problem.cohorts.employer[first] == employer


def test_todays_hours_keep_every_rule_of_a_ruled_instance() -> None:
    problem = build_instance("heavy-ruled", 2, size="small")
    rules = problem.rules
    assert rules.cohesion
    assert rules.meetings
    assert rules.presence
    assert rules.caps
    matrices = build_matrices(problem)
    x = np.zeros(problem.cohorts.n_candidates)
    x[matrices.base_candidate] = 1.0
    flow = share_flows(matrices, x, problem.groups.shares_or_cheapest())
    assert find_violations(problem, x, flow) == []
