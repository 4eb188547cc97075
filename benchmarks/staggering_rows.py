"""The rows of the staggering benchmark: instances, what is asked of each, which peers join."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from solver.staggering import StaggeringProblem

Kind = Literal["plan", "bound", "resolve", "response"]
Size = Literal["full", "small"]

PEERS = ("highs", "scip", "cp-sat")
"""Branch and bound through MathOpt, by the names that ``--peers`` takes."""
OURS = "creneau"
LOADS = ("light", "heavy")
SEEDS = (1, 2, 3)
SMALL_TIME_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One figure of a row: an instance, what is done with it, and what is asked of that.

    ``kind``: a plan; the bound alone; a plan, then another from it after an employer changed
    its rules; a plan, then the free response to it. ``gap`` and ``time_limit_s`` are the stop
    rules, ``memory_mib`` the memory asked (None: none), ``asked`` the demand in words.
    """

    instance: str
    kind: Kind
    form: Literal["fixed", "joint"]
    time_limit_s: float
    gap: float
    asked: str
    memory_mib: float | None = None

    @property
    def load(self) -> str | None:
        """``light`` or ``heavy``, None where the instance is neither."""
        return next((name for name in LOADS if self.instance.startswith(name)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Some figures that belong together; ``peers`` are asked the same where it says so."""

    name: str
    about: str
    asks: tuple[Ask, ...]
    peers: bool = False


_ROWS = (
    Row(
        name="fixed",
        about="100 employers x 10 cohorts x 9 slots, routes in today's shares",
        peers=True,
        asks=(
            Ask(
                instance="light",
                kind="plan",
                form="fixed",
                time_limit_s=10,
                gap=1e-4,
                asked="0.01 % in 10 s",
            ),
            Ask(
                instance="heavy",
                kind="plan",
                form="fixed",
                time_limit_s=20,
                gap=2e-3,
                asked="0.2 % in 20 s",
            ),
            Ask(
                instance="heavy",
                kind="plan",
                form="fixed",
                time_limit_s=60,
                gap=1e-3,
                asked="0.1 % in 60 s",
            ),
        ),
    ),
    Row(
        name="ruled",
        about="the same with teams that keep together and meet, coverage, caps and fairness",
        peers=True,
        asks=tuple(
            Ask(
                instance=f"{load}-ruled",
                kind="plan",
                form="fixed",
                time_limit_s=60,
                gap=1e-3,
                asked="nothing",
            )
            for load in LOADS
        ),
    ),
    Row(
        name="joint",
        about="the same with routes chosen jointly, 90,000 (cohort, slot, route)",
        peers=True,
        asks=(
            *(
                Ask(
                    instance=load,
                    kind="bound",
                    form="joint",
                    time_limit_s=3,
                    gap=1e-6,
                    asked="within 0.05 % of the LP's in 3 s",
                    memory_mib=3072,
                )
                for load in LOADS
            ),
            Ask(
                instance="light",
                kind="plan",
                form="joint",
                time_limit_s=20,
                gap=5e-4,
                asked="0.05 % in 20 s",
                memory_mib=3072,
            ),
            Ask(
                instance="heavy",
                kind="plan",
                form="joint",
                time_limit_s=60,
                gap=5e-3,
                asked="0.5 % in 60 s",
                memory_mib=3072,
            ),
        ),
    ),
    Row(
        name="thousand",
        about="1,000 employers, 2 million staff, 20,160 cells, routes chosen jointly",
        asks=tuple(
            Ask(
                instance=f"{load}-thousand",
                kind="plan",
                form="joint",
                time_limit_s=300,
                gap=1e-2,
                asked="1 % in 300 s",
                memory_mib=8192,
            )
            for load in LOADS
        ),
    ),
    Row(
        name="resolve",
        about="the instance of `fixed` again after one employer changed its rules",
        asks=tuple(
            Ask(
                instance=load,
                kind="resolve",
                form="fixed",
                time_limit_s=60,
                gap=gap,
                asked="a fifth of the first solve",
            )
            for load, gap in (("light", 5e-4), ("heavy", 2e-3))
        ),
    ),
    Row(
        name="response",
        about="the free response to a plan of `fixed`, with its bi-level certificate",
        asks=tuple(
            Ask(
                instance=load,
                kind="response",
                form="fixed",
                time_limit_s=20,
                gap=2e-3,
                asked="10 s",
            )
            for load in LOADS
        ),
    ),
    Row(
        name="plaine-commune",
        about="Plaine Commune with its 12 illustrative employers and with 100 invented ones",
        peers=True,
        asks=tuple(
            Ask(
                instance=f"plaine-commune-{n}",
                kind="plan",
                form="joint",
                time_limit_s=60,
                gap=1e-3,
                asked="nothing",
            )
            for n in (12, 100)
        ),
    ),
)
ROWS = {row.name: row for row in _ROWS}


def build_instance(name: str, seed: int, *, size: Size = "full") -> StaggeringProblem:
    """Build an instance by its name; the seed does nothing to the embedded employers.

    Raises
    ------
    KeyError
        If there is no such instance.
    """
    return _INSTANCES[name](seed, size)


def shorten(ask: Ask, *, size: Size, time_limit_s: float | None) -> Ask:
    """Return the figure with the time limit that was given, or the small size's."""
    limit = time_limit_s
    if limit is None and size == "small":
        limit = min(SMALL_TIME_S, ask.time_limit_s)
    return ask if limit is None else replace(ask, time_limit_s=limit)


def _territory(seed: int, size: Size, *, heavy: bool, ruled: bool, many: bool) -> StaggeringProblem:
    from benchmarks.cases.staggering_territory import THOUSAND, Territory, territory_problem

    small = Territory(
        n_employers=6 if many else 4,
        cohorts_per_employer=5,
        staff=4000.0,
        n_origins=20,
        origins_per_cohort=2,
        lines=(1, 1, 1, 1),
        segments=4,
        service=0.05,
    )
    full = THOUSAND if many else Territory()
    chosen = small if size == "small" else full
    return territory_problem(seed, replace(chosen, heavy=heavy, ruled=ruled))


def _plaine_commune(n_employers: int) -> Callable[[int, Size], StaggeringProblem]:
    def build(seed: int, size: Size) -> StaggeringProblem:
        from benchmarks.cases.plaine_commune import plaine_commune_problem

        return plaine_commune_problem(n_employers if size == "full" else 2, seed=seed)

    return build


def _invented(
    *, heavy: bool, ruled: bool = False, many: bool = False
) -> Callable[[int, Size], StaggeringProblem]:
    return lambda seed, size: _territory(seed, size, heavy=heavy, ruled=ruled, many=many)


_INSTANCES: dict[str, Callable[[int, Size], StaggeringProblem]] = {
    "light": _invented(heavy=False),
    "heavy": _invented(heavy=True),
    "light-ruled": _invented(heavy=False, ruled=True),
    "heavy-ruled": _invented(heavy=True, ruled=True),
    "light-thousand": _invented(heavy=False, many=True),
    "heavy-thousand": _invented(heavy=True, many=True),
    "plaine-commune-12": _plaine_commune(12),
    "plaine-commune-100": _plaine_commune(100),
}
