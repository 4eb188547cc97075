"""Hours without coordination: each employer chooses for its own staff, round after round."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from network.base import no_progress
from solver.response._alone_kernels import Employers, Options, Standing, let_each_choose
from solver.response.alone_shares import ShareRounds
from solver.response.equilibrium import crowding_factor
from solver.response.situations import SituationName
from solver.staggering.costs.reduce import RouteForm, reduce_problem, share_matrix
from solver.staggering.programs.families import RULES
from solver.staggering.programs.linear import ModelBuilder
from solver.staggering.programs.model import add_one_slot
from solver.staggering.programs.parts import Parts

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from network.base import Progress
    from solver.response.equilibrium import RouteChoice
    from solver.response.situations import Ground, State
    from solver.staggering import StaggeringProblem

_SHARED = ("moved_at_most", "cohorts_moved_at_most", "changed_at_most")
"""Limits on sums over all employers: each gets its part, by what it could use of them."""
_NOT_KEPT = ("envy", "load_limit")
"""Rules that no employer can keep by itself."""
_SLACK = 1e-9
_HALF = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncoordinated:
    """Where best responses led.

    ``rounds`` of all employers in turn, ``route_rounds`` times routes came to equilibrium
    between them. ``settled``: nobody changed any more, routes included. ``cycle_rounds``: after
    so many rounds the same hours came back (0: no cycle was met). ``changed`` is how many
    employers changed their plan, by round.
    """

    state: State
    rounds: int
    route_rounds: int
    settled: bool
    cycle_rounds: int
    changed: tuple[int, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return how the rounds ended as plain JSON values."""
        return {
            "rounds": self.rounds,
            "route_rounds": self.route_rounds,
            "settled": self.settled,
            "cycle_rounds": self.cycle_rounds,
            "employers_changed_by_round": list(self.changed),
        }


def respond_alone(
    ground: Ground,
    status_quo: State,
    *,
    choice: RouteChoice,
    max_rounds: int = 50,
    max_route_rounds: int = 8,
    worth: float = 1e-4,
    progress: Progress = no_progress,
) -> Uncoordinated:
    """Let each employer in turn choose the starts best for its own staff, until none changes.

    From today's starts. An employer's cost is what its own passengers bear (travel, crowding
    at everybody's loads, moving, in plain minutes); what they add for others it does not see.
    It knows the others' current starts and today's routes. Where cohorts move whole it stops
    where no other start of one or two of them pays; where they may split it takes its best
    response in shares (:mod:`solver.response.alone_shares`), if that saves it more than the
    part ``worth`` of its cost. When no employer changes, routes
    come to equilibrium and the employers look again at those routes. Each employer keeps its
    own rules; a limit on the moved of all employers is shared out by what each could move;
    envy bounds and load limits nobody keeps.

    Where it settles, no employer gains by another plan: an equilibrium of a few large players,
    each of which spreads its own staff, and not of free persons, of whom none matters (that is
    flextime). There need be no rest point: hours that come back are a cycle, and the plan at
    that point is reported with its length.
    """
    rules = _own_rules(ground)
    players = _Players(
        problem=ground.problem,
        employers=_employers(ground.problem, rules),
        rules=rules,
        x=ground.base_x.copy(),
        worth=worth,
    )
    state, settled, cycle, route_rounds = status_quo, False, 0, 0
    changed: list[int] = []
    seen: dict[bytes, int] = {}
    while route_rounds < max_route_rounds and len(changed) < max_rounds:
        options = _options(
            ground, ground.shares_of(state.route_flow, state.load_pax, choice=choice), rules
        )
        before = len(changed)
        cycle = players.play(options, changed, max_rounds, progress)
        state = ground.respond(
            SituationName.UNCOORDINATED, players.x, choice=choice, start=state.route_flow
        )
        route_rounds += 1
        settled = not cycle and not any(changed[before:])
        if settled or cycle:
            break
        cycle = len(changed) - seen.get(players.x.tobytes(), len(changed))
        if cycle:
            break
        seen[players.x.tobytes()] = len(changed)
    return Uncoordinated(
        state=state,
        rounds=len(changed),
        route_rounds=route_rounds,
        settled=settled,
        cycle_rounds=cycle,
        changed=tuple(changed),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rules:
    """Rows over the candidates with what each may sum to; and the cells that may fill."""

    cells: NDArray[np.int64]
    matrix: sparse.csc_array
    most: NDArray[np.float64]


@dataclass(slots=True, kw_only=True)
class _Players:
    """The employers with their rules and the shares ``x`` (n_candidates,) they chose last."""

    problem: StaggeringProblem
    employers: Employers
    rules: _Rules
    x: NDArray[np.float64]
    worth: float

    def play(
        self, options: Options, changed: list[int], max_rounds: int, progress: Progress
    ) -> int:
        """Play rounds at given routes until nobody changes; return a cycle's length, 0 if none."""
        whole = self.problem.rules.whole_cohorts
        choose = self._in_whole(options) if whole else self._in_shares(options)
        seen = {self.x.tobytes(): len(changed)}
        while len(changed) < max_rounds:
            progress("uncoordinated", len(changed), max_rounds)
            n_changed = choose()
            changed.append(n_changed)
            if n_changed == 0:
                return 0
            key = self.x.tobytes()
            if key in seen:
                return len(changed) - seen[key]
            seen[key] = len(changed)
        return 0

    def _in_whole(self, options: Options) -> Callable[[], int]:
        """Return a round in which cohorts move whole."""
        choices = np.flatnonzero(self.x > _HALF).astype(np.int64)
        standing = _standing(self.problem, options, self.rules, choices)

        def choose() -> int:
            n_changed = let_each_choose(options, self.employers, standing, choices)
            self.x[:] = 0.0
            self.x[choices] = 1.0
            return n_changed

        return choose

    def _in_shares(self, options: Options) -> Callable[[], int]:
        """Return a round in which cohorts may split."""
        background = self.problem.cells.background_pax[self.rules.cells]
        rounds = ShareRounds(options, self.employers, background, self.x, worth=self.worth)

        def choose() -> int:
            n_changed = rounds.let_each_choose()
            self.x[:] = rounds.x
            return n_changed

        return choose


def _own_rules(ground: Ground) -> _Rules:
    """Write the rules as rows over the candidates, shared limits parted among employers."""
    problem, matrices = ground.problem, ground.matrices
    n = problem.cohorts.n_candidates
    builder = ModelBuilder()
    x = builder.add_columns("x", cost=np.zeros(n), upper=np.ones(n))
    y = builder.add_columns("y", cost=np.zeros(0), upper=np.zeros(0))
    reduced = reduce_problem(problem, matrices, form=RouteForm.JOINT)
    parts = Parts(problem=problem, matrices=matrices, reduced=reduced, x=x, y=y)
    add_one_slot(builder, parts)
    for name, add in RULES.items():
        if name not in _NOT_KEPT:
            add(builder, parts)
    model = builder.build()
    rows, most = [], []
    for block in (b for b in model.rows if b.name in RULES):
        matrix, limit = model.matrix[block.start : block.stop], model.row_upper[block.span]
        if block.name in _SHARED:
            matrix, limit = _part(problem, matrices.candidate_cohort, matrix, limit)
        rows.append(matrix)
        most.append(limit)
    if not rows:
        return _Rules(cells=reduced.cells, matrix=sparse.csc_array((0, n)), most=np.zeros(0))
    return _Rules(
        cells=reduced.cells,
        matrix=sparse.csc_array(sparse.vstack(rows)),
        most=np.concatenate(most),
    )


def _part(
    problem: StaggeringProblem,
    candidate_cohort: NDArray[np.int64],
    row: sparse.csr_array,
    limit: NDArray[np.float64],
) -> tuple[sparse.csr_array, NDArray[np.float64]]:
    """Part one limit on a sum over all employers by what each could add to it at most."""
    cohorts = problem.cohorts
    taken = row.toarray().ravel()
    largest = np.maximum.reduceat(taken, cohorts.candidate_offset[:-1])
    n_employers = len(cohorts.employer_ids)
    could = np.bincount(cohorts.employer, weights=largest, minlength=n_employers)
    employer = cohorts.employer[candidate_cohort]
    matrix = sparse.csr_array(
        (taken, (employer, np.arange(len(taken)))), shape=(n_employers, len(taken))
    )
    total = float(could.sum())
    part = float(limit[0]) / total if total > 0 else 1.0
    return matrix, np.asarray(could * part, dtype=np.float64)


def _employers(problem: StaggeringProblem, rules: _Rules) -> Employers:
    """List cohorts and rules of each employer."""
    cohorts = problem.cohorts
    n = len(cohorts.employer_ids)
    owner = cohorts.employer[cohorts.candidate_cohort()]
    entries = sparse.coo_array(rules.matrix)
    pairs = np.unique(np.stack([owner[entries.col], entries.row]).astype(np.int64), axis=1)
    return Employers(
        cohort_at=_offsets(cohorts.employer, n),
        cohort=np.argsort(cohorts.employer, kind="stable").astype(np.int64),
        rule_at=_offsets(pairs[0], n),
        rule=np.ascontiguousarray(pairs[1]),
    )


def _offsets(owner: NDArray[np.int32] | NDArray[np.int64], n: int) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=n))]).astype(np.int64)


def _options(ground: Ground, share: NDArray[np.float64], rules: _Rules) -> Options:
    problem, matrices = ground.problem, ground.matrices
    spread = share_matrix(share, matrices)
    # Cells that never fill cost nothing, whoever moves.
    at = rules.cells
    load = sparse.csc_array(matrices.use[at] @ spread @ matrices.demand)
    travel = (problem.groups.free_min @ spread) @ matrices.demand
    return Options(
        offset=problem.cohorts.candidate_offset.astype(np.int64),
        linear=matrices.burden_min + travel,
        load_at=load.indptr.astype(np.int64),
        load_cell=load.indices.astype(np.int64),
        load_pax=load.data.astype(np.float64),
        rule_at=rules.matrix.indptr.astype(np.int64),
        rule_row=rules.matrix.indices.astype(np.int64),
        rule_value=rules.matrix.data.astype(np.float64),
        rule_most=rules.most + _SLACK * (1.0 + np.abs(rules.most)),
        seats=problem.cells.seats[at].astype(np.float64),
        factor=crowding_factor(problem)[at],
    )


def _standing(
    problem: StaggeringProblem, options: Options, rules: _Rules, choices: NDArray[np.int64]
) -> Standing:
    """Sum the loads of everybody's current starts; nobody is at work yet."""
    n_cells = len(rules.cells)
    columns = sparse.csc_array(
        (options.load_pax, options.load_cell, options.load_at),
        shape=(n_cells, len(options.linear)),
    )
    x = np.zeros(len(options.linear))
    x[choices] = 1.0
    return Standing(
        load=problem.cells.background_pax[rules.cells] + columns @ x,
        own=np.zeros(n_cells),
        used=rules.matrix @ x,
    )
