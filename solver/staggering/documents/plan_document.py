"""The plan as a document: what a solve found, in plain JSON values, and a start for the next."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from solver.staggering.costs.measures import UNITS, measure_plan
from solver.staggering.documents.fields import Reader
from solver.staggering.programs.explain import describe_rule
from solver.staggering.warm import WarmStart

if TYPE_CHECKING:
    from solver.staggering.problem import StaggeringProblem
    from solver.staggering.result import StaggeringResult

PLAN_SCHEMA = "creneau.staggering-plan"
PLAN_VERSION = 1
_SHARE_SHOWN = 1e-9


def plan_document(
    problem: StaggeringProblem, result: StaggeringResult, *, with_routes: bool = False
) -> dict[str, Any]:
    """Return a result as JSON values: status, value and bound, measures, who starts when.

    ``plan`` lists every cohort with its starts and their shares; ``routes`` (on request) the
    passengers of every route that has some, as pairs. Infinite figures are null.
    """
    measures: dict[str, float | None] = {}
    if result.x is not None and result.route_flow is not None:
        measures = measure_plan(problem, result.x, result.route_flow)
    gains = result.employer_gain_min
    document: dict[str, Any] = {
        "schema": PLAN_SCHEMA,
        "version": PLAN_VERSION,
        "status": str(result.status),
        "objective": result.objective,
        "best_bound": _finite(result.best_bound),
        "mip_gap": _finite(result.mip_gap),
        "engine_bound": _finite(result.engine_bound),
        "bound_note": result.bound_note[0],
        "bound_note_fr": result.bound_note[1],
        "lp_objective": _finite(result.lp_objective),
        "seconds": result.seconds.get("total"),
        "seconds_by_phase": dict(result.seconds),
        "seed": result.seed,
        "form": str(result.form),
        "goal": str(result.goal),
        "peak_load_factor": measures.get("peak_load_factor"),
        "measures": measures,
        "units": UNITS,
        "employer_gain_min": None
        if gains is None
        else dict(zip(problem.cohorts.employer_ids, gains.tolist(), strict=True)),
        "reason": result.reason,
        "reason_fr": result.reason_fr,
        "conflict": [
            {
                "family": rule.family,
                "name": rule.name,
                "employers": list(rule.employers),
                "cohorts": list(rule.cohorts),
                "cell": rule.cell,
                "words": describe_rule(rule, french=False),
                "words_fr": describe_rule(rule, french=True),
            }
            for rule in result.conflict
        ],
        "plan": _list_starts(problem, result),
    }
    if with_routes and result.route_flow is not None:
        used = np.flatnonzero(result.route_flow > 0)
        document["routes"] = [[int(r), float(result.route_flow[r])] for r in used]
    return document


def read_start(document: object, problem: StaggeringProblem, *, file: str = "<plan>") -> WarmStart:
    """Build a warm start for a problem from a plan's document.

    Cohorts the plan does not know start from today's slot, and so do those whose planned
    start is no slot of the problem.

    Raises
    ------
    InputError
        If the document is no plan.
    """
    reader = Reader(file)
    top = document if isinstance(document, dict) else {}
    if top.get("schema") != PLAN_SCHEMA or top.get("version") != PLAN_VERSION:
        found = f"{top.get('schema')!r}, version {top.get('version')!r}"
        reader.complain("schema", found, f'"{PLAN_SCHEMA}", version {PLAN_VERSION}')
    reader.stop_if_wrong()
    cohorts = problem.cohorts
    place = {name: c for c, name in enumerate(cohorts.ids)}
    slot_at = {int(s): j for j, s in enumerate(problem.slot_start_s.tolist())}
    slots = cohorts.base_slot.copy()
    for i, row in enumerate(reader.records(top.get("plan"), "plan")):
        best, start = _largest_start(reader, f"plan[{i}]", row)
        if best in place and start in slot_at:
            slots[place[best]] = slot_at[start]
    flow = np.zeros(problem.groups.n_routes)
    for i, pair in enumerate(reader.records(top.get("routes"), "routes")):
        if not (isinstance(pair, list) and len(pair) == 2):
            reader.complain(f"routes[{i}]", repr(pair)[:60], "a pair: route, passengers")
            continue
        route = reader.whole(f"routes[{i}][0]", pair[0])
        pax = reader.number(f"routes[{i}][1]", pair[1])
        if 0 <= route < len(flow):
            flow[route] = max(0.0, pax)
    reader.stop_if_wrong()
    none = np.zeros(0)
    return WarmStart(
        slot=slots,
        route_flow=flow if top.get("routes") else none,
        cell=none.astype(np.int64),
        load_pax=none,
    )


def _list_starts(problem: StaggeringProblem, result: StaggeringResult) -> list[dict[str, Any]]:
    if result.x is None:
        return []
    cohorts, starts, rows = problem.cohorts, problem.slot_start_s, []
    for c, name in enumerate(cohorts.ids):
        first, last = cohorts.candidate_offset[c : c + 2]
        shares = result.x[first:last]
        slots = cohorts.candidate_slot[first:last]
        order = np.argsort(starts[slots], kind="stable")
        rows.append(
            {
                "cohort": name,
                "employer": cohorts.employer_ids[cohorts.employer[c]],
                "people": float(cohorts.size[c]),
                "from_s": int(starts[cohorts.base_slot[c]]),
                "starts": [
                    {"start_s": int(starts[slots[k]]), "share": float(shares[k])}
                    for k in order.tolist()
                    if shares[k] > _SHARE_SHOWN
                ],
            }
        )
    return rows


def _largest_start(reader: Reader, path: str, row: object) -> tuple[str, int]:
    if not isinstance(row, dict):
        reader.complain(path, repr(row)[:60], "a JSON object")
        return "", 0
    name = row.get("cohort")
    if not isinstance(name, str):
        reader.complain(f"{path}.cohort", repr(name), "a cohort's id")
        return "", 0
    best, start = -1.0, 0
    for i, given in enumerate(reader.records(row.get("starts"), f"{path}.starts")):
        if not isinstance(given, dict):
            reader.complain(f"{path}.starts[{i}]", repr(given)[:60], "a JSON object")
            continue
        share = reader.number(f"{path}.starts[{i}].share", given.get("share"))
        at = reader.whole(f"{path}.starts[{i}].start_s", given.get("start_s"))
        if share > best:
            best, start = share, at
    return name, start


def _finite(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None
