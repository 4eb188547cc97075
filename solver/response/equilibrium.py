"""Where people end up when each chooses the best way for itself: an equilibrium with its gap."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from network.base import InputError, Problem, no_progress
from solver.response._equilibrium_kernels import (
    Prices,
    Scratch,
    Ways,
    fill_cells,
    measure_gap,
    split_by_price,
    sweep,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.base import Progress
    from solver.response.choices import ChoiceTable
    from solver.staggering import StaggeringProblem


class ChoiceModel(StrEnum):
    """How people choose among ways."""

    WARDROP = "wardrop"  # the cheapest at the crowding they meet
    LOGIT = "logit"  # dearer ways too, the less the dearer


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteChoice:
    """How people choose, and when an equilibrium counts as reached.

    ``scale_per_min`` is the logit's scale, 1/min (``WARDROP`` has none). ``relative_gap`` is
    the gap to reach, over what everybody pays; ``max_sweeps`` the most rounds of everybody
    choosing before the result says it did not converge.

    Raises
    ------
    InputError
        If a number is not positive.
    """

    model: ChoiceModel = ChoiceModel.WARDROP
    scale_per_min: float = 0.25
    relative_gap: float = 1e-7
    max_sweeps: int = 2000

    def __post_init__(self) -> None:
        wrong = [
            Problem(
                file="<route choice>",
                field=name,
                found=repr(getattr(self, name)),
                expected="a finite number > 0",
                mend="Change this setting.",
            )
            for name in ("scale_per_min", "relative_gap", "max_sweeps")
            if not (np.isfinite(getattr(self, name)) and getattr(self, name) > 0)
        ]
        if wrong:
            raise InputError(*wrong)

    def cheapest(self) -> RouteChoice:
        """Return the same stop rule with everybody on the cheapest way."""
        return replace(self, model=ChoiceModel.WARDROP)

    @property
    def spread_min(self) -> float:
        """One over the logit's scale, minutes; 0 where everybody takes the cheapest way."""
        return 1.0 / self.scale_per_min if self.model is ChoiceModel.LOGIT else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Equilibrium:
    """Flows of which nobody gains by leaving, up to a gap.

    ``flow_pax`` by way, ``load_pax`` by cell with the background. ``paid_min`` is what the
    choosers pay, crowding included. ``relative_gap`` is (felt - least felt) / paid at the
    same prices, where felt is paid, plus ``ln(share) / scale`` in a logit; ``gaps`` its
    history, one a sweep. ``programme_min`` is the value of the convex programme that the
    equilibrium minimises, and ``programme_bound_min`` what no flows can be below in it:
    its value less the gap, by convexity.
    """

    flow_pax: NDArray[np.float64]
    load_pax: NDArray[np.float64]
    paid_min: float
    programme_min: float
    programme_bound_min: float
    relative_gap: float
    gaps: tuple[float, ...]
    converged: bool

    @property
    def sweeps(self) -> int:
        """How many times everybody chose."""
        return len(self.gaps) - 1


def solve_equilibrium(
    problem: StaggeringProblem,
    table: ChoiceTable,
    *,
    choice: RouteChoice,
    background_pax: NDArray[np.float64] | None = None,
    start: NDArray[np.float64] | None = None,
    progress: Progress = no_progress,
) -> Equilibrium:
    """Find the flows at which nobody would pay less by another way.

    A way costs its ``cost_min`` and, in each cell, the curve's extra minutes at the cell's
    load: what its rider bears, not what it adds for others. The equilibrium is the minimum of
    the convex programme ``sum_k integral extra_k + sum cost flow (+ sum flow ln(share) /
    scale)``; choosers level their ways with their cheapest in turn, each shift as far as the
    programme falls, so that it converges without tuning.

    Parameters
    ----------
    problem
        Its routes, cells and curve. Not modified. The background's load stays where it is.
    table
        Who chooses among what.
    background_pax
        Other people's load by cell in place of the problem's, shape (n_cells,).
    start
        Passengers by way to begin from, rescaled to the demand of each chooser.

    References
    ----------
    Beckmann, McGuire, Winsten, "Studies in the economics of transportation", 1956, ch. 3.
    Fisk, "Some developments in equilibrium traffic assignment", Transportation Research
    Part B 14(3), 1980, doi:10.1016/0191-2615(80)90004-1.
    """
    cells = problem.cells
    others = cells.background_pax if background_pax is None else background_pax
    level = level_ways(
        problem,
        table,
        prices=user_prices(problem),
        others=others,
        choice=choice,
        start=start,
        progress=progress,
    )
    load = level.load
    integral = problem.curve.beckmann_min(load, cells.seats, cells.standing_m2, cells.ride_min)
    crowding = problem.curve.extra_min(load, cells.seats, cells.standing_m2, cells.ride_min)
    programme = float(integral.sum()) + level.felt - float(crowding @ (load - others))
    return Equilibrium(
        flow_pax=level.flow,
        load_pax=load,
        paid_min=level.paid,
        programme_min=programme,
        programme_bound_min=programme - max(0.0, level.felt - level.least),
        relative_gap=level.gaps[-1],
        gaps=tuple(level.gaps),
        converged=level.converged,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """Flows at which choosers have levelled their ways at some prices, up to a gap."""

    flow: NDArray[np.float64]
    load: NDArray[np.float64]
    paid: float
    felt: float
    least: float
    gaps: list[float]
    converged: bool


def level_ways(
    problem: StaggeringProblem,
    table: ChoiceTable,
    *,
    prices: Prices,
    others: NDArray[np.float64],
    choice: RouteChoice,
    start: NDArray[np.float64] | None = None,
    progress: Progress = no_progress,
) -> Level:
    """Let choosers level their ways in turn until the gap or the last sweep is reached.

    ``others`` is the load by cell of those who do not choose; the rest as for
    :func:`solve_equilibrium`, at any prices that rise with the load.
    """
    spread = choice.spread_min
    ways, scratch = _ways(problem, table), _scratch(problem)
    flow = _first_flow(ways, prices, others, spread, start, table)
    gaps: list[float] = []
    while True:
        load = others.astype(np.float64)
        fill_cells(ways, flow, load)
        paid, felt, least = measure_gap(ways, prices, load, flow, spread)
        gaps.append(max(0.0, felt - least) / paid if paid > 0 else 0.0)
        progress("response", len(gaps) - 1, choice.max_sweeps)
        converged = gaps[-1] <= choice.relative_gap
        if converged or len(gaps) > choice.max_sweeps:
            break
        sweep(ways, prices, load, flow, spread, scratch)
    return Level(
        flow=flow,
        load=load,
        paid=paid,
        felt=felt,
        least=least,
        gaps=gaps,
        converged=converged,
    )


def choose_at(
    problem: StaggeringProblem,
    table: ChoiceTable,
    load_pax: NDArray[np.float64],
    *,
    choice: RouteChoice,
) -> NDArray[np.float64]:
    """Compute what everybody would choose at the given loads, passengers by way."""
    flow = np.zeros(len(table.route))
    ways = _ways(problem, table)
    split_by_price(ways, user_prices(problem), load_pax, choice.spread_min, flow)
    return flow


def _first_flow(
    ways: Ways,
    prices: Prices,
    others: NDArray[np.float64],
    spread: float,
    start: NDArray[np.float64] | None,
    table: ChoiceTable,
) -> NDArray[np.float64]:
    """Rescale the start to the demand; choosers it has nobody for choose at the background."""
    flow = np.zeros(len(ways.route))
    load = others.astype(np.float64)
    split_by_price(ways, prices, load, spread, flow)
    if start is None:
        return flow
    chooser = table.chooser_of_way()
    given = np.bincount(chooser, weights=start, minlength=len(table))
    known = given > 0
    scale = np.where(known, table.demand_pax / np.where(known, given, 1.0), 0.0)
    result: NDArray[np.float64] = np.where(known[chooser], start * scale[chooser], flow)
    return result


def _ways(problem: StaggeringProblem, table: ChoiceTable) -> Ways:
    groups = problem.groups
    return Ways(
        offset=np.ascontiguousarray(table.offset, dtype=np.int64),
        demand=np.ascontiguousarray(table.demand_pax, dtype=np.float64),
        cost=np.ascontiguousarray(table.cost_min, dtype=np.float64),
        route=np.ascontiguousarray(table.route, dtype=np.int64),
        cell_offset=np.ascontiguousarray(groups.cell_offset, dtype=np.int64),
        cell=np.ascontiguousarray(groups.cell, dtype=np.int32),
        weight=np.ascontiguousarray(groups.cell_weight, dtype=np.float64),
    )


def user_prices(problem: StaggeringProblem) -> Prices:
    """Return what a cell's passenger bears: the curve's extra minutes."""
    n = len(problem.cells)
    return Prices(
        seats=np.ascontiguousarray(problem.cells.seats, dtype=np.float64),
        factor=crowding_factor(problem),
        bend=np.full(n, np.inf),
        ease=np.zeros(n),
    )


def _scratch(problem: StaggeringProblem) -> Scratch:
    groups = problem.groups
    longest = int(np.diff(groups.cell_offset).max(initial=0))
    return Scratch(
        place=np.full(len(problem.cells), -1, dtype=np.int64),
        cell=np.zeros(2 * longest, dtype=np.int64),
        net=np.zeros(2 * longest),
    )


def crowding_factor(problem: StaggeringProblem) -> NDArray[np.float64]:
    """Compute extra minutes a passenger bears per passenger standing, shape (n_cells,).

    0 where there is no standing room: nobody may ride there.
    """
    cells = problem.cells
    room = np.where(cells.standing_m2 > 0, cells.standing_m2, np.inf)
    result: NDArray[np.float64] = problem.curve.slope * cells.ride_min / room
    return result
