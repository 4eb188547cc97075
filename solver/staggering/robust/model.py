"""The program of the worst case: one set of shares, loads and pieces of cost a scenario."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from solver.staggering.costs.pieces import build_pieces
from solver.staggering.programs.families import RULES
from solver.staggering.programs.linear import ModelBuilder
from solver.staggering.programs.model import add_one_slot
from solver.staggering.programs.parts import Parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from solver.staggering.costs.matrices import Matrices
    from solver.staggering.costs.pieces import Tangents
    from solver.staggering.costs.reduce import Reduced
    from solver.staggering.problem import StaggeringProblem
    from solver.staggering.programs.linear import Block, LinearModel
    from solver.staggering.robust.compliance import Compliance

_ROOM = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class RobustModel:
    """What the program is built from; ``tangents`` are each scenario's own.

    The largest of the scenarios' costs is minimised; weights do not count.
    """

    problem: StaggeringProblem
    matrices: Matrices
    reduced: Reduced
    scenarios: Sequence[Compliance]
    tangents: Sequence[Tangents]

    def build(self, *, whole: bool) -> LinearModel:
        """Build the program; with ``whole`` no cohort may split."""
        builder = ModelBuilder()
        n = len(self.reduced.x_cost)
        x = builder.add_columns("x", cost=np.zeros(n), upper=np.ones(n), integer=whole)
        y = builder.add_columns("y", cost=np.zeros(0), upper=np.zeros(0))
        parts = Parts(problem=self.problem, matrices=self.matrices, reduced=self.reduced, x=x, y=y)
        add_one_slot(builder, parts)
        for add in RULES.values():
            add(builder, parts)
        theta = self._add_theta(builder)
        for one, tangents in zip(self.scenarios, self.tangents, strict=True):
            self._add_scenario(builder, x, theta, one, tangents)
        return builder.build()

    def _add_theta(self, builder: ModelBuilder) -> Block:
        """Add the worst cost; no scenario of a plan can cost more than its upper bound."""
        largest = np.maximum.reduceat(
            self.reduced.x_cost, self.problem.cohorts.candidate_offset[:-1]
        )
        cells, kept = self.problem.cells, self.reduced.cells
        full = cells.background_pax.copy()
        full[kept] = np.maximum(full[kept], self.reduced.max_load)
        most = self.problem.curve.cost_min(full, cells.seats, cells.standing_m2, cells.ride_min)
        upper = float(np.maximum(largest, 0.0).sum() + most.sum()) * (1 + _ROOM) + 1.0
        return builder.add_columns("worst", cost=np.ones(1), upper=np.array([upper]))

    def _add_scenario(
        self,
        builder: ModelBuilder,
        x: Block,
        theta: Block,
        one: Compliance,
        tangents: Tangents,
    ) -> None:
        """Add ``sum l p x - sum piece <= room`` by cell, and ``cost_s <= worst``."""
        cells, kept = self.problem.cells, self.reduced.cells
        stay = self.reduced.x_load[:, self.matrices.base_candidate] @ (1.0 - one.share)
        background = cells.background_pax.copy()
        background[kept] += stay
        there = replace(self.problem, cells=replace(cells, background_pax=background))
        pieces = build_pieces(there, self.reduced, tangents)
        nothing = np.zeros(len(pieces.slope))
        piece = builder.add_columns("piece", cost=nothing, upper=pieces.width)
        follows = one.share[self.matrices.candidate_cohort]
        n = len(pieces.cell)
        filled = sparse.csr_array((-np.ones(n), (pieces.cell, np.arange(n))), shape=(len(kept), n))
        load = sparse.csr_array(self.reduced.x_load @ sparse.diags_array(follows))
        room = np.maximum(0.0, cells.seats[kept] - background[kept])
        builder.add_rows("cell_load", [(x, load), (piece, filled)], upper=room, n=len(kept))
        builder.add_rows(
            "worst",
            [
                (x, sparse.csr_array((follows * self.reduced.x_cost)[None, :])),
                (piece, sparse.csr_array(pieces.slope[None, :])),
                (theta, sparse.csr_array(np.array([[-1.0]]))),
            ],
            upper=-(pieces.constant + self._staying_cost(one)),
            n=1,
        )

    def _staying_cost(self, one: Compliance) -> float:
        """Compute what those who do not follow cost wherever the plan sends them."""
        return float((1.0 - one.share) @ self.reduced.x_cost[self.matrices.base_candidate])
