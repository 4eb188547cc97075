"""Employers that may split their cohorts: each one's best response is a convex problem.

With everybody else's loads R held, an employer whose own staff bring the load O to a cell
bears ``a O (R + O - seats)+`` there: convex in O, with a kink where the cell's seats are
taken. Its best response is the least of these and of its staff's travel and moving, under
its own rules, found by descent with a bound of its own.

An equilibrium of employers is a state in which none gains by other shares. It lies between
the joint optimum and the equilibrium of free persons: an employer weighs what its own staff
do to each other (``O``'s part of the price) and not what they do to others. With one employer
it is the optimum; with ever more and smaller ones it tends to the equilibrium of persons.

References
----------
Haurie, Marcotte, "On the relationship between Nash-Cournot and Wardrop equilibria", Networks
15(3), 1985, doi:10.1002/net.3230150303 (the limit of many small players).
Orda, Rom, Shimkin, "Competitive routing in multiuser communication networks", IEEE/ACM
Transactions on Networking 1(5), 1993, doi:10.1109/90.251910 (large players who may split).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from solver.staggering.descent._descent_kernels import Net
from solver.staggering.descent.net import Resources
from solver.staggering.descent.repair import keep_rules
from solver.staggering.descent.search import Start, descend

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.response._alone_kernels import Employers, Options

_CLOSE = 0.2  # of what is worth a change: how near a best response is found
_MAX_ROUNDS = 100  # of descent
_TIME_S = 60.0  # which no employer comes near


@dataclass(frozen=True, slots=True, kw_only=True)
class _Employer:
    """One employer's part of the problem.

    Its candidates ``at``, the cells ``cell`` they load by ``load_pax`` (n_cells, n_own) and
    the rows ``row`` of the rules they take ``rule_value`` (n_rows, n_own) of.
    """

    at: NDArray[np.int64]
    cell: NDArray[np.int64]
    load_pax: sparse.csr_array
    row: NDArray[np.int64]
    rule_value: sparse.csr_array
    net: Net


class ShareRounds:
    """Rounds of best responses in shares at given routes.

    Parameters
    ----------
    options
        What candidates cost, load and take of the rules.
    employers
        Cohorts and rules of each.
    background_pax
        Other people's load of the options' cells, shape (n_cells,).
    x
        Shares to begin from, shape (n_candidates,), of which a copy is kept.
    worth
        The share of its own cost for which an employer changes its plan, and for no less.
    """

    def __init__(
        self,
        options: Options,
        employers: Employers,
        background_pax: NDArray[np.float64],
        x: NDArray[np.float64],
        *,
        worth: float,
    ) -> None:
        self._worth = worth
        n = len(options.linear)
        self.x = x.copy()
        self._options = options
        loads = sparse.csc_array(
            (options.load_pax, options.load_cell, options.load_at), shape=(len(options.seats), n)
        )
        rules = sparse.csc_array(
            (options.rule_value, options.rule_row, options.rule_at),
            shape=(len(options.rule_most), n),
        )
        self._employers = [
            _part_of(options, employers, loads, rules, e)
            for e in range(len(employers.cohort_at) - 1)
        ]
        self._load: NDArray[np.float64] = background_pax + loads @ self.x
        self._centre = [np.zeros(len(own.cell) + len(own.row)) for own in self._employers]
        self._used: NDArray[np.float64] = np.asarray(rules @ self.x, dtype=np.float64)

    def let_each_choose(self) -> int:
        """Let every employer in turn take its best response; return how many changed theirs."""
        return sum(self._respond(e, own) for e, own in enumerate(self._employers))

    def _respond(self, e: int, own: _Employer) -> bool:
        """Let one employer choose, everybody else held; whether it gained."""
        if len(own.at) == len(own.net.cohort_at) - 1:  # nobody has a choice
            return False
        before = self.x[own.at]
        load = own.load_pax @ before
        resources = self._seen_by(own, load)
        start = Start(x=before, share=np.zeros(0), centre=self._centre[e])
        found = descend(
            resources,
            start,
            gap=_CLOSE * self._worth,
            time_limit_s=_TIME_S,
            max_rounds=_MAX_ROUNDS,
        )
        self._centre[e] = found.centre
        after = keep_rules(resources, found.x, before, time_limit_s=_TIME_S)
        if after is None:
            return False
        now, then = self._cost(resources, own, before), self._cost(resources, own, after)
        k = resources.n_cells
        broken = own.rule_value @ before - resources.net.room[k:]
        mends = bool(np.any(broken > 1e-9 * (1.0 + resources.own_room[k:])))
        if now - then <= self._worth * abs(now) and not mends:
            return False
        self.x[own.at] = after
        self._load[own.cell] += own.load_pax @ after - load
        self._used[own.row] += own.rule_value @ (after - before)
        return True

    def _seen_by(self, own: _Employer, load: NDArray[np.float64]) -> Resources:
        """Lay out an employer's problem as it stands: what others leave of cells and rules."""
        options = self._options
        seats, factor = options.seats[own.cell], options.factor[own.cell]
        others = np.maximum(0.0, self._load[own.cell] - load)
        taken = self._used[own.row] - own.rule_value @ self.x[own.at]
        rows = options.rule_most[own.row] - taken
        n_rows = len(own.row)
        net = own.net._replace(
            room=np.concatenate([np.maximum(0.0, seats - others), rows]),
            factor=np.concatenate([factor, np.zeros(n_rows)]),
            jump=np.concatenate([factor * np.abs(seats - others), np.full(n_rows, np.inf)]),
        )
        return Resources(
            net=net,
            n_candidates=len(own.at),
            n_cells=len(own.cell),
            row_use=own.rule_value,
            own_room=np.concatenate([seats + others, np.abs(rows)]),
            constant=0.0,
        )

    def _cost(self, resources: Resources, own: _Employer, x: NDArray[np.float64]) -> float:
        """Compute what an employer's staff bear with shares ``x``, passenger-minutes."""
        net, k = resources.net, resources.n_cells
        above = np.maximum(0.0, own.load_pax @ x - net.room[:k])
        return float(net.cost @ x + np.sum(net.jump[:k] * above + net.factor[:k] * above**2))


def _part_of(
    options: Options,
    employers: Employers,
    loads: sparse.csc_array,
    rules: sparse.csc_array,
    e: int,
) -> _Employer:
    """Cut one employer's candidates, cells and rules out of everybody's."""
    cohorts = employers.cohort[employers.cohort_at[e] : employers.cohort_at[e + 1]]
    spans = [np.arange(options.offset[c], options.offset[c + 1]) for c in cohorts]
    at = np.concatenate([np.zeros(0, dtype=np.int64), *spans])
    sizes = np.array([len(span) for span in spans], dtype=np.int64)
    row = employers.rule[employers.rule_at[e] : employers.rule_at[e + 1]]
    mine = loads[:, at]
    cell = np.unique(mine.indices).astype(np.int64)
    load_pax = sparse.csr_array(sparse.csr_array(mine)[cell])
    rule_value = sparse.csr_array(sparse.csr_array(rules[:, at])[row])
    rule_value.eliminate_zeros()
    own = sparse.csr_array(sparse.vstack([load_pax, rule_value]).T.tocsr())
    none, nobody = np.zeros(0), np.zeros(0, dtype=np.int32)
    net = Net(
        cohort_at=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        cost=options.linear[at],
        own_at=own.indptr.astype(np.int64),
        own_of=own.indices.astype(np.int32),
        own_use=own.data.astype(np.float64),
        group_at=np.zeros(len(at) + 1, dtype=np.int64),
        group_of=nobody,
        pax=none,
        route_at=np.zeros(1, dtype=np.int64),
        free=none,
        use_at=np.zeros(1, dtype=np.int64),
        use_of=nobody,
        use=none,
        room=none,
        factor=none,
        jump=none,
    )
    return _Employer(at=at, cell=cell, load_pax=load_pax, row=row, rule_value=rule_value, net=net)
