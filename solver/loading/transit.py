"""Who rides what, and how full it gets: stochastic equilibrium on transit cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from network.base import no_progress
from solver.loading._loading_kernels import (
    choice_gap,
    choose_logit,
    entropy_slope,
    load_cells,
    price_alternatives,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.base import Progress
    from solver.choice import Alternatives, Cells
    from solver.crowding import CrowdingCurve

LINE_SEARCH_STEPS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentSettings:
    """How sharply people choose, and when the loading counts as converged.

    ``scale_per_min`` is the logit's scale, 1/min; ``relative_gap`` the gap to reach, over
    total cost; ``max_iterations`` the most tries before the result says it did not converge.
    """

    scale_per_min: float = 0.25
    relative_gap: float = 1e-4
    max_iterations: int = 200

    def __post_init__(self) -> None:
        for name in ("scale_per_min", "relative_gap", "max_iterations"):
            if not getattr(self, name) > 0:
                msg = f"{name} must be positive, got {getattr(self, name)}"
                raise ValueError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitLoading:
    """Flows, loads and prices at the end of a loading.

    ``flow_pax`` by alternative, ``load_pax`` and ``extra_min`` (crowding minutes a passenger)
    by cell, ``cost_min`` by alternative (crowding included), ``expected_min`` by group (the
    log-sum, what a traveller can expect). ``total_cost_min`` is sum of flow x cost.
    ``assignment_gap`` is relative; ``gaps`` its history, one an iteration.
    """

    demand_pax: NDArray[np.float64]
    flow_pax: NDArray[np.float64]
    load_pax: NDArray[np.float64]
    extra_min: NDArray[np.float64]
    cost_min: NDArray[np.float64]
    expected_min: NDArray[np.float64]
    total_cost_min: float
    assignment_gap: float
    gaps: tuple[float, ...]
    converged: bool

    @property
    def iterations(self) -> int:
        """Number of times all passengers chose again."""
        return len(self.gaps)


def assign_transit(
    alternatives: Alternatives,
    cells: Cells,
    demand_pax: NDArray[np.float64],
    *,
    curve: CrowdingCurve,
    settings: AssignmentSettings,
    path_size: NDArray[np.float64] | None = None,
    start: NDArray[np.float64] | None = None,
    progress: Progress = no_progress,
) -> TransitLoading:
    """Load passengers until nobody's choice is off the logit of the crowding it causes.

    The fixed point is the minimum of Fisk's convex programme,
    ``sum_k integral extra_k + sum h free + sum h ln(h/q) / scale``. Each step goes from the
    flows towards the logit of their costs, as far as the programme falls (partial
    linearisation with a line search), so it converges for any demand, without tuning.

    Parameters
    ----------
    alternatives, cells
        Choice sets and the cells they load.
    demand_pax
        Passengers by group, shape (n_groups,).
    curve
        What a crowded minute costs.
    settings
        Scale and stop rule.
    path_size
        Path size by alternative (1: shares nothing); it weighs alternatives in the choice,
        as ``ln(path_size) / scale`` minutes of appeal that are no cost to anybody.
    start
        Flows to start from, by alternative (those of a like demand save iterations); they
        are rescaled to the demand by group.

    References
    ----------
    Fisk, "Some developments in equilibrium traffic assignment", Transportation Research
    Part B 14(3), 1980, doi:10.1016/0191-2615(80)90004-1.
    Patriksson, "The Traffic Assignment Problem", 1994, section 5.2 (partial linearisation).
    """
    handicap = np.zeros(len(alternatives))
    if path_size is not None:
        handicap = -np.log(path_size) / settings.scale_per_min
    flow = np.zeros(len(alternatives))
    target = np.zeros(len(alternatives))
    expected = np.zeros(alternatives.n_groups)
    if start is None:
        free = alternatives.free_min + handicap
        choose_logit(alternatives.offset, free, settings.scale_per_min, demand_pax, flow, expected)
    else:
        flow = _rescale(start, alternatives, demand_pax)
    load = _load(alternatives, cells, flow)
    gaps: list[float] = []
    while True:
        extra = curve.extra_min(load, cells.seats, cells.standing_m2, cells.ride_min)
        cost = _price(alternatives, extra)
        felt = cost + handicap
        choose_logit(
            alternatives.offset, felt, settings.scale_per_min, demand_pax, target, expected
        )
        gap = choice_gap(
            alternatives.offset, demand_pax, flow, felt, expected, settings.scale_per_min
        )
        total = float(flow @ cost)
        gaps.append(max(0.0, gap) / total if total > 0 else 0.0)
        progress("loading", len(gaps), settings.max_iterations)
        converged = gaps[-1] <= settings.relative_gap
        if converged or len(gaps) >= settings.max_iterations:
            break
        step = target - flow
        step_load = _load(alternatives, cells, target) - load
        share = _line_search(
            alternatives,
            cells,
            curve,
            settings,
            demand_pax,
            flow,
            step,
            load,
            step_load,
            float(step @ (alternatives.free_min + handicap)),
        )
        flow += share * step
        load = np.maximum(0.0, load + share * step_load)
    return TransitLoading(
        demand_pax=demand_pax,
        flow_pax=flow,
        load_pax=load,
        extra_min=extra,
        cost_min=cost,
        expected_min=expected,
        total_cost_min=total,
        assignment_gap=gaps[-1],
        gaps=tuple(gaps),
        converged=converged,
    )


def _line_search(
    alternatives: Alternatives,
    cells: Cells,
    curve: CrowdingCurve,
    settings: AssignmentSettings,
    demand: NDArray[np.float64],
    flow: NDArray[np.float64],
    step: NDArray[np.float64],
    load: NDArray[np.float64],
    step_load: NDArray[np.float64],
    free_slope: float,
) -> float:
    """Return the share of the step at which Fisk's objective stops falling, in (0, 1]."""
    moved = np.flatnonzero(step_load)
    seats, room, ride = cells.seats[moved], cells.standing_m2[moved], cells.ride_min[moved]

    def slope(share: float) -> float:
        at = np.maximum(0.0, load[moved] + share * step_load[moved])
        crowding = float(step_load[moved] @ curve.extra_min(at, seats, room, ride))
        return float(
            crowding
            + free_slope
            + entropy_slope(alternatives.offset, demand, flow, step, share, settings.scale_per_min)
        )

    low, high = 0.0, 1.0
    if slope(1.0) <= 0:
        return 1.0
    for _ in range(LINE_SEARCH_STEPS):
        middle = (low + high) / 2
        if slope(middle) <= 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _price(alternatives: Alternatives, extra_min: NDArray[np.float64]) -> NDArray[np.float64]:
    priced: NDArray[np.float64] = price_alternatives(
        alternatives.free_min,
        alternatives.cell_offset,
        alternatives.cell,
        alternatives.cell_weight,
        extra_min,
    )
    return priced


def _load(
    alternatives: Alternatives, cells: Cells, flow: NDArray[np.float64]
) -> NDArray[np.float64]:
    load: NDArray[np.float64] = load_cells(
        flow,
        alternatives.cell_offset,
        alternatives.cell,
        alternatives.cell_weight,
        len(cells),
    )
    return load


def _rescale(
    start: NDArray[np.float64], alternatives: Alternatives, demand: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Rescale flows to the demand by group; groups that had none spread theirs evenly."""
    group = alternatives.group_of_alternative()
    positive = np.maximum(start, 1e-12)
    total = np.bincount(group, weights=positive, minlength=alternatives.n_groups)
    scaled: NDArray[np.float64] = positive * (demand / total)[group]
    return scaled
