"""Robust plans as documents: scenarios read from JSON values, results written as such."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from network.base import SourceClass
from solver.staggering.costs.matrices import build_matrices
from solver.staggering.costs.measures import absorb_weights
from solver.staggering.costs.pricing import price_plan, share_flows
from solver.staggering.costs.reduce import Objective, RouteForm
from solver.staggering.documents.fields import Reader
from solver.staggering.result import StaggeringResult
from solver.staggering.robust.compliance import Compliance
from solver.staggering.robust.judge import judge_by_slope

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from solver.staggering.problem import StaggeringProblem
    from solver.staggering.robust.compliance import RobustResult
    from solver.staggering.robust.judge import Judged

SCENARIOS_SCHEMA = "creneau.staggering-scenarios"
SCENARIOS_VERSION = 1
_MINUTES = "weighted passenger-minutes"
UNITS = {
    "status_quo_min": _MINUTES,
    "plain_plan_min": _MINUTES,
    "gain_over_plain_plan_min": _MINUTES,
    "nominal_min": _MINUTES,
    "plain_plan_nominal_min": _MINUTES,
    "price_of_robustness_min": _MINUTES,
    "price_of_robustness_share": "share of the plain plan's cost where everybody follows",
    "worst_case_upper_min": _MINUTES,
    "cost_min": _MINUTES,
    "robust_min": _MINUTES,
    "weight": "no unit",
    "following_share": "share of people",
    "budget": "employers",
    "crowding_slope": "weight of a riding minute per standing passenger per m2",
}
_KEYS = ("name", "weight", "share", "employers", "cohorts")


def read_scenarios(
    document: object, problem: StaggeringProblem, *, file: str = "<scenarios>"
) -> list[Compliance]:
    """Build the scenarios of compliance of a document.

    Each has a ``share`` that follows (1 where left out), other shares for single ``employers``
    and single ``cohorts`` by id (a cohort's goes before its employer's), a ``weight`` (1) and
    a ``name``.

    Raises
    ------
    InputError
        Naming every value that cannot be used.
    """
    reader = Reader(file)
    top = reader.section(document, "", ("schema", "version", "scenarios"))
    if top.get("schema") != SCENARIOS_SCHEMA or top.get("version") != SCENARIOS_VERSION:
        found = f"{top.get('schema')!r}, version {top.get('version')!r}"
        reader.complain("schema", found, f'"{SCENARIOS_SCHEMA}", version {SCENARIOS_VERSION}')
    reader.stop_if_wrong()
    listed = reader.records(top.get("scenarios"), "scenarios")
    if not listed:
        reader.complain("scenarios", "none", "a list of at least one scenario")
    read = [_read_one(reader, f"scenarios[{i}]", one, problem) for i, one in enumerate(listed)]
    reader.stop_if_wrong()
    return read


def describe_robust(
    problem: StaggeringProblem,
    result: RobustResult,
    scenarios: Sequence[Compliance],
    *,
    budget: int | None = None,
) -> dict[str, Any]:
    """Return what a plan comes to where not everybody follows, as JSON values with units.

    Of the average over ``scenarios``, or of the worst case where there is a ``budget``.
    ``by_crowding_slope`` prices the same plans at both ends of the slopes the literature
    leaves open: how far the figures may be off for not knowing it better.
    """
    cohorts = problem.cohorts
    english, french = _best_for(len(scenarios), budget)
    price, nominal = result.price_of_robustness_min, result.plain_nominal_min
    judged = judge_by_slope(problem, result, scenarios, budget=budget)
    return {
        "kind": "expected" if budget is None else "worst-case",
        "best_for": english,
        "best_for_fr": french,
        "source_class": str(SourceClass.ESTIMATED),
        "units": UNITS,
        "status_quo_min": result.status_quo_min,
        "plain_plan_min": result.plain_min,
        "gain_over_plain_plan_min": None
        if result.objective is None or result.plain_min is None
        else result.plain_min - result.objective,
        "nominal_min": result.nominal_min,
        "plain_plan_nominal_min": nominal,
        "price_of_robustness_min": None if price is None else list(price),
        "price_of_robustness_share": [part / nominal for part in price]
        if price is not None and nominal
        else None,
        "scenarios": [] if budget is not None else _scenario_rows(problem, result, scenarios),
        "budget": budget,
        "not_following": [cohorts.employer_ids[e] for e in result.not_following],
        "worst_case_upper_min": result.upper_min,
        "worst_case_is_exact": None if budget is None else result.is_worst_exact,
        "by_crowding_slope": [_slope_row(one) for one in judged],
    }


def _best_for(n_scenarios: int, budget: int | None) -> tuple[str, str]:
    """Say, in English and in French, what a plan is best for."""
    if budget is None:
        if n_scenarios == 1:
            return "the one scenario of who follows", "le seul scénario de qui suit"
        return (
            f"the average over {n_scenarios} scenarios of who follows, by their weights",
            f"la moyenne de {n_scenarios} scénarios de qui suit, selon leurs poids",
        )
    several = "" if budget == 1 else "s"
    several_fr = "s" if budget > 1 else ""
    return (
        f"the worst that up to {budget} employer{several} not following can do",
        f"le pire que puissent faire jusqu'à {budget} employeur{several_fr} en ne suivant pas",
    )


def _slope_row(judged: Judged) -> dict[str, float | None]:
    return {
        "crowding_slope": judged.slope,
        "robust_min": judged.robust_min,
        "plain_plan_min": judged.plain_min,
        "status_quo_min": judged.status_quo_min,
        "gain_over_plain_plan_min": judged.gain_min,
        "nominal_min": judged.nominal_min,
        "plain_plan_nominal_min": judged.plain_nominal_min,
        "price_of_robustness_min": judged.price_min,
    }


def _scenario_rows(
    problem: StaggeringProblem, result: RobustResult, scenarios: Sequence[Compliance]
) -> list[dict[str, Any]]:
    size = problem.cohorts.size
    people = float(size.sum())
    costs = result.scenario_cost_min or (None,) * len(scenarios)
    return [
        {
            "name": one.name,
            "weight": one.weight,
            "following_share": float(one.share @ size) / people if people > 0 else None,
            "cost_min": cost,
        }
        for one, cost in zip(scenarios, costs, strict=True)
    ]


def as_plain_result(
    problem: StaggeringProblem, result: RobustResult, *, seed: int = 0
) -> StaggeringResult:
    """Return a robust plan as the result of a solve with routes in today's shares."""
    flow = price = None
    if result.x is not None:
        weighed = absorb_weights(problem)
        matrices = build_matrices(weighed)
        flow = share_flows(matrices, result.x, weighed.groups.shares_or_cheapest())
        price = price_plan(weighed, matrices, result.x, flow)
    return StaggeringResult(
        status=result.status,
        objective=result.objective,
        best_bound=result.best_bound,
        mip_gap=result.mip_gap,
        engine_bound=result.engine_bound,
        lp_objective=None,
        seconds={"total": result.seconds},
        seed=seed,
        form=RouteForm.FIXED,
        goal=Objective.COST,
        rounds=result.rounds,
        x=result.x,
        route_flow=flow,
        price=price,
        employer_gain_min=None,
        conflict=result.conflict,
        reason=result.reason[0],
        reason_fr=result.reason[1],
        rests_on_engine=result.rests_on_engine,
    )


def _read_one(reader: Reader, path: str, value: object, problem: StaggeringProblem) -> Compliance:
    given = reader.section(value, path, _KEYS)
    cohorts = problem.cohorts
    name = given.get("name", "")
    if not isinstance(name, str):
        reader.complain(f"{path}.name", repr(name), "a name in quotes")
    weight = reader.number(f"{path}.weight", given.get("weight", 1.0))
    if not weight > 0:
        reader.complain(f"{path}.weight", repr(weight), "a number above 0")
    share = np.full(len(cohorts), _share(reader, f"{path}.share", given.get("share", 1.0)))
    _set_some(reader, f"{path}.employers", given, cohorts.employer_ids, cohorts.employer, share)
    each = np.arange(len(cohorts), dtype=np.int32)
    _set_some(reader, f"{path}.cohorts", given, cohorts.ids, each, share)
    return Compliance(share=share, weight=weight, name=str(name))


def _set_some(
    reader: Reader,
    path: str,
    given: Mapping[str, Any],
    names: tuple[str, ...],
    owner: NDArray[np.int32],
    share: NDArray[np.float64],
) -> None:
    """Write the shares given by name over those of the cohorts they concern."""
    named = given.get(path.rpartition(".")[2], {})
    if not isinstance(named, dict):
        reader.complain(path, repr(named)[:60], "a JSON object of shares by id")
        return
    place = {name: i for i, name in enumerate(names)}
    for name, value in named.items():
        if name not in place:
            reader.complain(f"{path}.{name}", "an id nobody has", "an id of the problem")
            continue
        share[owner == place[name]] = _share(reader, f"{path}.{name}", value)


def _share(reader: Reader, path: str, value: object) -> float:
    share = reader.number(path, value)
    if not 0 <= share <= 1:
        reader.complain(path, repr(value), "a share from 0 to 1")
        return 1.0
    return share
