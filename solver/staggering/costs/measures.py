"""Aims of a plan, each in its own unit, and how weights make one cost of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from solver.crowding import CrowdingCurve
from solver.staggering.costs.matrices import build_matrices
from solver.staggering.costs.pricing import price_plan
from solver.staggering.rules import ObjectiveWeights

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from solver.staggering.problem import StaggeringProblem

UNITS = {
    "travel_min": "passenger-minutes",
    "crowding_min": "passenger-minutes",
    "schedule_disutility_min": "person-minutes",
    "moved_people": "people",
    "changed_people": "people",
    "co2_kg": "kg",
    "peak_load_factor": "share",
    "largest_burden_min": "minutes a head",
}
"""Measures of a plan and their units, in the order they are shown."""


def absorb_weights(problem: StaggeringProblem) -> StaggeringProblem:
    """Return a problem whose plain cost is the weighted one; the same object at unit weights.

    Travel and CO2 become one cost a route, the weight of crowding scales the curve's slope.
    What moving counts stays a weight: rules on burdens need the plain minutes.
    """
    weights, groups = problem.weights, problem.groups
    if (weights.travel, weights.crowding, weights.co2_min_per_kg) == (1.0, 1.0, 0.0):
        return problem
    cost = weights.travel * groups.free_min
    if groups.co2_kg is not None:
        cost = cost + weights.co2_min_per_kg * groups.co2_kg
    share = groups.shares_or_cheapest()  # today's routes are today's, whatever is weighed
    return replace(
        problem,
        groups=replace(groups, free_min=cost, share=share),
        curve=CrowdingCurve(slope=weights.crowding * problem.curve.slope),
        weights=ObjectiveWeights(
            moving=weights.moving, moved_min=weights.moved_min, changed_min=weights.changed_min
        ),
    )


def measure_plan(
    problem: StaggeringProblem, x: NDArray[np.float64], route_flow: NDArray[np.float64]
) -> dict[str, float | None]:
    """Measure a plan by every aim, unweighted, in the units of ``UNITS``.

    ``changed_people`` is None without a previous plan, ``co2_kg`` without emissions.
    """
    matrices = build_matrices(problem)
    price = price_plan(problem, matrices, x, route_flow)
    groups, previous = problem.groups, problem.cohorts.previous_slot
    return {
        "travel_min": price.travel_min,
        "crowding_min": price.crowding_min,
        "schedule_disutility_min": float(matrices.burden_min @ x),
        "moved_people": price.moved_people,
        "changed_people": None if previous is None else float(matrices.changed_people @ x),
        "co2_kg": None if groups.co2_kg is None else float(groups.co2_kg @ route_flow),
        "peak_load_factor": price.peak_load_factor,
        "largest_burden_min": float(price.employer_burden_min.max(initial=0.0)),
    }
