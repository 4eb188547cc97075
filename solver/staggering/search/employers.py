"""A bound for whole cohorts from the rules of one employer at a time.

Prices of cells and of rules that bind several employers split a program into one small problem
an employer: its cohorts, whole, within its own rules (teams, meetings, coverage, caps, nobody
worse off). The continuous program prices those rules too; to keep them to the letter costs
more, and the sum over employers is a bound for all plans of whole cohorts.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from solver.staggering.costs.reduce import Objective
from solver.staggering.descent.net import build_resources
from solver.staggering.descent.prices import price_out
from solver.staggering.descent.task import centre_of
from solver.staggering.programs.bound import safe_bound
from solver.staggering.programs.model import RULE_FAMILIES
from solver.staggering.search._block_kernels import cheapest_kept

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.staggering.descent.net import Resources
    from solver.staggering.problem import CohortTable
    from solver.staggering.programs.linear import LinearModel
    from solver.staggering.task import Task

_TOLERANCE = 1e-6
"""As far, of 1 and a limit, as the checker of plans lets a row be over it, or further."""

_ROUNDING = 1e-11  # of all that is summed
_WORK = 4_000_000  # nodes of a tree search times what each looks at
_LARGEST_BLOCK = 1_000_000  # rows times candidates


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRules:
    """Rules that concern the cohorts of one employer each: ``use x <= limit``.

    ``row`` (n_own,) are their places among the rows they were taken from, ``use``
    (n_own, n_candidates), ``limit`` and ``employer`` (n_own,).
    """

    row: NDArray[np.int64]
    use: sparse.csr_array
    limit: NDArray[np.float64]
    employer: NDArray[np.int64]


def find_own_rules(
    rows: sparse.csr_array, limit: NDArray[np.float64], cohorts: CohortTable
) -> OwnRules:
    """Pick the rows, over candidates and perhaps more columns, that are one employer's alone.

    Those of an employer with very many rows and candidates are left to the prices.
    """
    owner = np.full(rows.shape[1], -1, dtype=np.int64)
    owner[: cohorts.n_candidates] = cohorts.employer[cohorts.candidate_cohort()]
    entries = sparse.coo_array(rows)
    low = np.full(len(limit), len(cohorts.employer_ids), dtype=np.int64)
    high = np.full(len(limit), -1, dtype=np.int64)
    np.minimum.at(low, entries.row, owner[entries.col])
    np.maximum.at(high, entries.row, owner[entries.col])
    own = np.flatnonzero((low == high) & (low >= 0) & np.isfinite(limit))
    n_own = np.bincount(low[own], minlength=len(cohorts.employer_ids) + 1)
    n_options = np.bincount(owner[: cohorts.n_candidates], minlength=len(n_own))
    own = own[(n_own * n_options)[low[own]] <= _LARGEST_BLOCK]
    use = sparse.csr_array(rows[own])[:, : cohorts.n_candidates]
    return OwnRules(row=own, use=use, limit=limit[own], employer=low[own])


def can_split(task: Task) -> bool:
    """Whether employers' own rules may prove more: of whole cohorts, of least cost."""
    rules = task.problem.rules
    own = rules.eligible + rules.caps + rules.presence + rules.cohesion + rules.meetings
    many = bool(own) or np.isfinite(rules.max_burden_min) or rules.no_employer_worse_off
    return rules.whole_cohorts and task.objective is Objective.COST and bool(many)


def bound_by_employers(
    model: LinearModel, duals: NDArray[np.float64], cohorts: CohortTable
) -> float:
    """Prove a bound on plans of whole cohorts from the duals of the continuous program.

    The duals of rules of one employer alone guide that employer's search and prove nothing;
    all others are kept. Whatever the duals, no plan of whole cohorts that keeps the rules
    costs less; at least what :func:`solver.staggering.programs.bound.safe_bound` makes of the
    same duals, but for rounding.

    References
    ----------
    Geoffrion, "Lagrangean relaxation for integer programming", Mathematical Programming Study
    2, 1974 (rows kept in the subproblem raise the bound where it has fractional solutions).

    Returns
    -------
    bound
        Infinite where some employer's whole cohorts cannot keep its own rules.
    """
    x = model.column_block("x").span
    assert x.start == 0  # shares come first in every program
    spans = [np.arange(b.start, b.stop) for b in model.rows if b.name in RULE_FAMILIES]
    rules = np.concatenate(spans) if spans else np.zeros(0, dtype=np.int64)
    rules = rules[~np.isfinite(model.row_lower[rules])]
    own = find_own_rules(sparse.csr_array(model.matrix[rules]), model.row_upper[rules], cohorts)
    pi = np.where(np.isfinite(duals), duals, 0.0)
    own_price = np.maximum(0.0, -pi[rules[own.row]])
    one_slot = next(b for b in model.rows if b.name == "one_slot").span
    pi[rules[own.row]] = 0.0
    pi[one_slot] = 0.0
    pi = np.where((pi > 0) & ~np.isfinite(model.row_lower), 0.0, pi)
    pi = np.where((pi < 0) & ~np.isfinite(model.row_upper), 0.0, pi)
    cost = (model.cost - model.matrix.T @ pi)[x]
    pi[one_slot] = np.minimum.reduceat(cost, cohorts.candidate_offset[:-1])
    blocks = lay_blocks(own, own_price, cohorts)
    return safe_bound(model, pi) + more_by_employers(blocks, cost, cohorts.candidate_offset)[0]


def bound_by_prices(
    task: Task, cell_price_min: NDArray[np.float64], rule_price_min: NDArray[np.float64]
) -> float:
    """Prove the same from the prices that descent found, over all routes.

    Parameters
    ----------
    cell_price_min
        What one more passenger adds to the crowding of each cell, shape (n_cells,).
    rule_price_min
        What one more unit of each row of the rules would save.
    """
    resources = build_resources(task)
    price = centre_of(task, resources, cell_price_min, rule_price_min)
    employers = split_by_employer(resources, price, task.problem.cohorts)
    return employers.bound(price)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Employers:
    """A problem in resources, split into blocks by employer; see :func:`split_by_employer`.

    ``own_row`` are the resources that are rules of one employer alone.
    """

    resources: Resources
    blocks: tuple[Block, ...]
    own_row: NDArray[np.int64]

    def bound(self, price: NDArray[np.float64]) -> tuple[float, NDArray[np.int64]]:
        """Prove a bound from prices of all resources, those of own rules left aside.

        Returns
        -------
        bound
            No plan of whole cohorts costs less; infinite where an employer has none.
        choices
            Cheapest at these prices within own rules, one column of each cohort of the net.
        """
        paid = price.copy()
        paid[self.own_row] = 0.0
        priced = price_out(self.resources, paid)
        offset = self.resources.net.cohort_at
        more, choices = more_by_employers(self.blocks, priced.cost, offset)
        return priced.bound + more, choices


def split_by_employer(
    resources: Resources, price: NDArray[np.float64], cohorts: CohortTable
) -> Employers:
    """Split a problem by employer, the prices of employers' own rules guiding the search."""
    k = resources.n_cells
    own = find_own_rules(resources.row_use, resources.net.room[k:], cohorts)
    return Employers(
        resources=resources,
        blocks=lay_blocks(own, price[k + own.row], cohorts),
        own_row=k + own.row,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One employer's cohorts and its own rules as the tree search takes them.

    ``option`` (n_options,) are the candidates; option k of them uses ``use[k]``
    (n_options, n_rows) of ``limit``, to which ``price`` belongs.
    """

    members: NDArray[np.int64]
    option: NDArray[np.int64]
    offset: NDArray[np.int64]
    use: NDArray[np.float64]
    limit: NDArray[np.float64]
    price: NDArray[np.float64]


def lay_blocks(
    own: OwnRules, own_price: NDArray[np.float64], cohorts: CohortTable
) -> tuple[Block, ...]:
    """Lay out each employer that has rules of its own."""
    blocks = []
    for employer in np.unique(own.employer).tolist():
        members = np.flatnonzero(cohorts.employer == employer)
        mine = np.flatnonzero(own.employer == employer)
        spans = [np.arange(*cohorts.candidate_offset[c : c + 2]) for c in members]
        option = np.concatenate(spans)
        limit = own.limit[mine]
        blocks.append(
            Block(
                members=members,
                option=option,
                offset=np.cumsum([0, *(len(span) for span in spans)]).astype(np.int64),
                use=np.ascontiguousarray(own.use[mine][:, option].toarray().T),
                limit=limit + _TOLERANCE * (1.0 + np.abs(limit)),
                price=own_price[mine],
            )
        )
    return tuple(blocks)


def more_by_employers(
    blocks: tuple[Block, ...], cost: NDArray[np.float64], offset: NDArray[np.int64]
) -> tuple[float, NDArray[np.int64]]:
    """Return what keeping every employer's own rules costs beyond each cohort's cheapest.

    Rounding of the costs and of their sums is taken off. With it come the choices, those of
    cohorts without own rules their cheapest.

    Parameters
    ----------
    cost
        Of each candidate; candidates of cohort c are ``offset[c]:offset[c + 1]``.
    """
    least = np.minimum.reduceat(cost, offset[:-1])
    extra = cost - np.repeat(least, np.diff(offset))
    first = np.flatnonzero(extra == 0)
    owner = np.searchsorted(offset, first, side="right") - 1
    choices = first[np.flatnonzero(np.diff(owner, prepend=-1))].astype(np.int64)
    more, size = [], [fsum(np.maximum.reduceat(np.abs(cost), offset[:-1]))]
    for block in blocks:
        value, _, kept = cheapest_kept(
            block.offset,
            extra[block.option],
            block.use,
            block.limit,
            block.price,
            _WORK // (len(block.limit) + len(block.members)),
        )
        more.append(max(0.0, float(value)))
        choices[block.members] = block.option[kept]
        size.append(float(block.price @ np.abs(block.limit)))
    return fsum(more) - _ROUNDING * fsum(size), choices
