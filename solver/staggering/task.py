"""What the phases of a solve share: the problem, its reduction, programs and priced plans."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from solver.staggering.costs.pieces import Tangents, build_pieces
from solver.staggering.costs.pricing import PlanPrice, model_flows, price_plan
from solver.staggering.costs.reduce import Objective, Reduced, RouteForm, restrict_routes
from solver.staggering.programs.model import build_model

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from solver.staggering.costs.matrices import Matrices
    from solver.staggering.problem import StaggeringProblem
    from solver.staggering.programs.linear import LinearModel


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A problem with its matrices, reduction and objective: what the phases share."""

    problem: StaggeringProblem
    matrices: Matrices
    reduced: Reduced
    objective: Objective

    def build(
        self, tangents: Tangents, *, whole: bool = False, without: Iterable[str] = ()
    ) -> LinearModel:
        """Build the program with the given tangents."""
        return build_model(
            self.problem,
            self.matrices,
            self.reduced,
            build_pieces(self.problem, self.reduced, tangents),
            objective=self.objective,
            whole=whole,
            without=without,
        )

    def read(self, model: LinearModel, values: NDArray[np.float64]) -> Relaxed:
        """Price the columns of a solved model."""
        x = clean_shares(self.matrices, values[model.column_block("x").span])
        flow = model_flows(self.matrices, self.reduced, x, values[model.column_block("y").span])
        return Relaxed(x=x, route_flow=flow, price=price_plan(self.problem, self.matrices, x, flow))

    def restricted(self, active: NDArray[np.bool_]) -> Task:
        """Return the same task with only the active routes."""
        reduced = restrict_routes(self.problem, self.matrices, self.reduced, active)
        return replace(self, reduced=reduced)

    @property
    def is_whole(self) -> bool:
        """Whether every route that can be best is in the program."""
        return self.reduced.form is RouteForm.FIXED or len(self.reduced.routes) == int(
            np.sum(self.reduced.kept & _choosable(self))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaxed:
    """Cohort shares, passengers per route, and what they truly cost."""

    x: NDArray[np.float64]
    route_flow: NDArray[np.float64]
    price: PlanPrice


def clean_shares(matrices: Matrices, x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Clip shares to [0, 1], drop crumbs below 1e-9 and make each cohort's sum 1."""
    shares = np.clip(x, 0.0, 1.0)
    shares[shares < 1e-9] = 0.0
    total = matrices.cohort @ shares
    result: NDArray[np.float64] = shares / total[matrices.candidate_cohort]
    return result


def _choosable(task: Task) -> NDArray[np.bool_]:
    """Return which routes belong to groups with a choice and with demand."""
    groups, matrices = task.problem.groups, task.matrices
    n_kept = np.add.reduceat(task.reduced.kept, groups.route_offset[:-1], dtype=np.int64)
    result: NDArray[np.bool_] = ((n_kept > 1) & (matrices.max_demand > 0))[matrices.route_group]
    return result
