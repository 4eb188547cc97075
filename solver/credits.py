"""Who brings about how much of a plan's saving: credits of employers that sum to the whole.

Employers are players of a game: a coalition starts as planned, everybody else as today, and
its value is what that saves. Credits are marginal (first in, last in) and Shapley's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from math import factorial
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from scipy import sparse

from network.base import InputError, Problem, SourceClass, no_progress
from solver._credits_kernels import Joining, join, sample_orders
from solver.response import RouteChoice, SituationName
from solver.response.equilibrium import crowding_factor
from solver.response.situations import Ground
from solver.staggering.costs.pricing import price_plan, share_flows
from solver.staggering.costs.reduce import share_matrix

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.base import Progress
    from solver.staggering import StaggeringProblem

_CHUNK = 32


class CreditRoutes(StrEnum):
    """Which routes a coalition's passengers take."""

    FIXED = "fixed"  # in given shares
    EQUILIBRIUM = "equilibrium"  # the equilibrium of every coalition


class CreditMethod(StrEnum):
    """How Shapley's credits were found."""

    EXACT = "exact"  # over all coalitions
    SAMPLED = "sampled"  # over orders drawn


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditSettings:
    """How credits are reckoned.

    ``routes``: fixed shares, or every coalition's equilibrium (a tenth of a second each at
    200,000 staff). Up to ``exact_up_to`` employers that move somebody every coalition is
    reckoned; beyond, ``pairs`` orders are drawn from ``seed``, each with its reverse.
    ``choice`` is how routes are chosen in equilibria.

    Raises
    ------
    InputError
        If a number is out of range.
    """

    routes: CreditRoutes = CreditRoutes.FIXED
    exact_up_to: int = 8
    pairs: int = 500
    seed: int = 0
    choice: RouteChoice = field(default_factory=RouteChoice)

    def __post_init__(self) -> None:
        wrong = [
            Problem(
                file="<credit settings>",
                field=name,
                found=repr(getattr(self, name)),
                expected=expected,
                mend="Change this setting.",
            )
            for name, bad, expected in (
                ("exact_up_to", not 0 <= self.exact_up_to <= 16, "a whole number from 0 to 16"),
                ("pairs", self.pairs < 2, "at least 2"),
                ("seed", self.seed < 0, "a whole number >= 0"),
            )
            if bad
        ]
        if wrong:
            raise InputError(*wrong)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmployerCredit:
    """One employer's part in the saving, passenger-minutes.

    ``first_in_min``: what its plan saves when nobody else moves; ``last_in_min``: what would
    be lost if it alone did not. ``shapley_min``: the mean over all orders of joining, known to
    ``standard_error_min`` (0: exact); the employers' sum to the whole.
    """

    employer_id: str
    moved_people: float
    first_in_min: float
    last_in_min: float
    shapley_min: float
    standard_error_min: float

    def as_dict(self) -> dict[str, Any]:
        """Return the credit as plain JSON values."""
        return {
            "employer": self.employer_id,
            "moved_people": self.moved_people,
            "first_in_min": self.first_in_min,
            "last_in_min": self.last_in_min,
            "shapley_min": self.shapley_min,
            "standard_error_min": self.standard_error_min,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Credits:
    """All employers' credits and the whole they sum to, ``whole_min`` passenger-minutes.

    ``orders`` is how many orders of joining were drawn, reverses included (0: all coalitions).
    """

    whole_min: float
    employers: tuple[EmployerCredit, ...]
    routes: CreditRoutes
    method: CreditMethod
    orders: int
    seed: int

    def as_dict(self) -> dict[str, Any]:
        """Return the credits as plain JSON values, unit and source class with them."""
        return {
            "unit": "passenger-minutes",
            "source_class": str(SourceClass.ESTIMATED),
            "whole_min": self.whole_min,
            "routes": str(self.routes),
            "method": str(self.method),
            "orders": self.orders,
            "seed": self.seed,
            "employers": [row.as_dict() for row in self.employers],
        }


class Game(Protocol):
    """A saving as a function of who joins; players are numbered from 0."""

    @property
    def n_players(self) -> int:
        """How many may join."""

    def value(self, members: NDArray[np.bool_]) -> float:
        """Compute what a coalition saves; 0 for nobody."""

    def sample(self, orders: NDArray[np.int64]) -> NDArray[np.float64]:
        """Compute each player's mean saving in each order and its reverse."""


def share_credits(
    problem: StaggeringProblem,
    x: NDArray[np.float64],
    *,
    share: NDArray[np.float64] | None = None,
    settings: CreditSettings | None = None,
    progress: Progress = no_progress,
) -> Credits:
    """Share a plan's saving among the employers that bring it about.

    The saving is of the plan's total cost with the objective's weights. Employers that move
    nobody get nothing. The sum of Shapley's credits is the whole saving to rounding, however
    few orders are drawn, since every order's parts add up to it. An order and its reverse
    together leave out what is linear in who came before: as crowding is nearly quadratic in
    the loads, few pairs go far.

    Parameters
    ----------
    x
        Share of each candidate in the plan, shape (n_candidates,).
    share
        Split of every group over its routes, shape (n_routes,), for fixed routes; None:
        today's.

    References
    ----------
    Shapley, "A value for n-person games", Contributions to the Theory of Games II, 1953.
    Castro, Gomez, Tejada, "Polynomial calculation of the Shapley value based on sampling",
    Computers & Operations Research 36(5), 2009, doi:10.1016/j.cor.2008.04.004. Mitchell,
    Cooper, Frank, Holmes, "Sampling permutations for Shapley value estimation", Journal of
    Machine Learning Research 23, 2022 (orders with their reverses).
    """
    settings = settings or CreditSettings()
    ground = Ground(problem)
    moves = x - ground.base_x
    owner = problem.cohorts.employer[ground.matrices.candidate_cohort]
    moving = np.bincount(owner, weights=np.abs(moves), minlength=len(problem.cohorts.employer_ids))
    players = np.flatnonzero(moving > 0)
    if settings.routes is CreditRoutes.FIXED:
        shares = problem.groups.shares_or_cheapest() if share is None else share
        game: Game = _fixed_game(ground, moves, players, shares)
    else:
        game = _EquilibriumGame(ground, x, players, settings.choice)
    everyone = np.ones(len(players), dtype=np.bool_)
    whole = game.value(everyone)
    is_exact = len(players) <= settings.exact_up_to
    if is_exact:
        shapley, error = exact_shapley(game), np.zeros(len(players))
    else:
        shapley, error = _sample(game, settings, progress)
    first, last = _margins(game, whole)
    return Credits(
        whole_min=whole,
        employers=_rows(ground, x, players, (first, last, shapley, error)),
        routes=settings.routes,
        method=CreditMethod.EXACT if is_exact else CreditMethod.SAMPLED,
        orders=0 if is_exact else 2 * settings.pairs,
        seed=settings.seed,
    )


def exact_shapley(game: Game) -> NDArray[np.float64]:
    """Compute Shapley's credits over all coalitions of a game, shape (n_players,).

    ``phi_p = sum_S |S|! (n - |S| - 1)! / n! (v(S + p) - v(S))`` over coalitions S without p.
    """
    n = game.n_players
    bits = np.arange(n)
    values = [game.value((mask >> bits & 1).astype(np.bool_)) for mask in range(2**n)]
    credit = np.zeros(n)
    for mask, value in enumerate(values):
        size = mask.bit_count()
        for p in range(n):
            if not mask >> p & 1:
                weight = factorial(size) * factorial(n - size - 1) / factorial(n)
                credit[p] += weight * (values[mask | 1 << p] - value)
    return credit


def _sample(
    game: Game, settings: CreditSettings, progress: Progress
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Average over pairs of orders; each pair is one draw of the standard error."""
    rng = np.random.default_rng(settings.seed)
    draws: list[NDArray[np.float64]] = []
    for start in range(0, settings.pairs, _CHUNK):
        progress("credits", start, settings.pairs)
        n = min(_CHUNK, settings.pairs - start)
        orders = np.stack([rng.permutation(game.n_players) for _ in range(n)])
        draws.append(game.sample(orders.astype(np.int64)))
    found = np.concatenate(draws)
    error = found.std(axis=0, ddof=1) / np.sqrt(len(found))
    return found.mean(axis=0), error


def _margins(game: Game, whole: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Compute what each saves alone, and what is lost without it."""
    n = game.n_players
    alone = np.eye(n, dtype=np.bool_)
    first = np.array([game.value(alone[p]) for p in range(n)])
    last = np.array([whole - game.value(~alone[p]) for p in range(n)])
    return first, last


def _rows(
    ground: Ground,
    x: NDArray[np.float64],
    players: NDArray[np.int64],
    figures: tuple[NDArray[np.float64], ...],
) -> tuple[EmployerCredit, ...]:
    cohorts, matrices = ground.problem.cohorts, ground.matrices
    owner = cohorts.employer[matrices.candidate_cohort]
    n = len(cohorts.employer_ids)
    moved = np.bincount(owner, weights=matrices.moved_people * x, minlength=n)
    table = np.zeros((len(figures), n))
    for row, values in zip(table, figures, strict=True):
        row[players] = values
    return tuple(
        EmployerCredit(
            employer_id=name,
            moved_people=float(moved[e]),
            first_in_min=float(table[0, e]),
            last_in_min=float(table[1, e]),
            shapley_min=float(table[2, e]),
            standard_error_min=float(table[3, e]),
        )
        for e, name in enumerate(cohorts.employer_ids)
    )


@dataclass(frozen=True, slots=True)
class _FixedGame:
    """Routes in given shares: loads are sums of what each player changes."""

    joining: Joining
    load: NDArray[np.float64]

    @property
    def n_players(self) -> int:
        return len(self.joining.linear)

    def value(self, members: NDArray[np.bool_]) -> float:
        load = self.load.copy()
        return float(sum(join(self.joining, load, int(p)) for p in np.flatnonzero(members)))

    def sample(self, orders: NDArray[np.int64]) -> NDArray[np.float64]:
        found: NDArray[np.float64] = sample_orders(self.joining, self.load, orders)
        return found


def _fixed_game(
    ground: Ground,
    moves: NDArray[np.float64],
    players: NDArray[np.int64],
    share: NDArray[np.float64],
) -> _FixedGame:
    """Write each player's changes of loads and of linear cost at the given shares."""
    problem, matrices = ground.priced, ground.matrices
    owner = problem.cohorts.employer[matrices.candidate_cohort]
    place = np.full(len(problem.cohorts.employer_ids), -1, dtype=np.int64)
    place[players] = np.arange(len(players))
    moved = np.flatnonzero(moves)
    shift = sparse.csc_array(
        (moves[moved], (moved, place[owner[moved]])), shape=(len(moves), len(players))
    )
    flow = share_matrix(share, matrices) @ (matrices.demand @ shift)
    change = sparse.csc_array(matrices.use @ flow)
    cells = problem.cells
    today = share_flows(matrices, ground.base_x, share)
    return _FixedGame(
        joining=Joining(
            at=change.indptr.astype(np.int64),
            cell=change.indices.astype(np.int64),
            change=change.data.astype(np.float64),
            linear=problem.groups.free_min @ flow + matrices.moving_min @ shift,
            seats=np.ascontiguousarray(cells.seats, dtype=np.float64),
            factor=crowding_factor(problem),
        ),
        load=price_plan(problem, matrices, ground.base_x, today).load_pax,
    )


class _EquilibriumGame:
    """Every coalition's routes in equilibrium; what was reckoned once is kept."""

    def __init__(
        self,
        ground: Ground,
        x: NDArray[np.float64],
        players: NDArray[np.int64],
        choice: RouteChoice,
    ) -> None:
        self._ground, self._x, self._players, self._choice = ground, x, players, choice
        owner = ground.problem.cohorts.employer[ground.matrices.candidate_cohort]
        place = np.full(len(ground.problem.cohorts.employer_ids), -1, dtype=np.int64)
        place[players] = np.arange(len(players))
        self._player = place[owner]
        share = ground.problem.groups.shares_or_cheapest()
        self._start = share * np.asarray(ground.matrices.max_demand)[ground.matrices.route_group]
        self._known: dict[bytes, float] = {}
        self._today = self._total(np.zeros(len(players), dtype=np.bool_))

    @property
    def n_players(self) -> int:
        return len(self._players)

    def value(self, members: NDArray[np.bool_]) -> float:
        return self._today - self._total(members)

    def sample(self, orders: NDArray[np.int64]) -> NDArray[np.float64]:
        found = np.zeros(orders.shape)
        for row, order in zip(found, orders, strict=True):
            for way in (order, order[::-1]):
                members = np.zeros(self.n_players, dtype=np.bool_)
                before = 0.0
                for p in way:
                    members[p] = True
                    now = self.value(members)
                    row[p] += 0.5 * (now - before)
                    before = now
        return found

    def _total(self, members: NDArray[np.bool_]) -> float:
        key = np.packbits(members).tobytes()
        if key not in self._known:
            joins = np.zeros(len(self._player), dtype=np.bool_)
            known = self._player >= 0
            joins[known] = members[self._player[known]]
            x = np.where(joins, self._x, self._ground.base_x)
            state = self._ground.respond(
                SituationName.FREE_RESPONSE, x, choice=self._choice, start=self._start
            )
            self._known[key] = state.situation.total_min
        return self._known[key]


__all__ = [
    "CreditMethod",
    "CreditRoutes",
    "CreditSettings",
    "Credits",
    "EmployerCredit",
    "exact_shapley",
    "share_credits",
]
