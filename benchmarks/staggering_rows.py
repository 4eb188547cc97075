"""The rows of the staggering benchmark: instances, what is asked of each, which peers join."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from solver.staggering import StaggeringProblem

Kind = Literal["plan", "bound", "resolve", "response"]
Form = Literal["fixed", "joint"]
Size = Literal["full", "small"]

PEERS = ("highs", "scip", "cp-sat")
"""Branch and bound through MathOpt, by the names that ``--peers`` takes."""
OURS = "creneau"
LOADS = ("easy", "light", "heavy")
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
    form: Form
    time_limit_s: float
    gap: float
    asked: str
    memory_mib: float | None = None

    @property
    def load(self) -> str | None:
        """``easy``, ``light`` or ``heavy``, None where the instance is none of them."""
        return next((name for name in LOADS if self.instance.startswith(name)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Some figures that belong together; ``peers`` are asked the same where it says so."""

    name: str
    about: str
    asks: tuple[Ask, ...]
    peers: bool = False


def _plan(
    instance: str,
    form: Form,
    time_limit_s: float,
    gap: float,
    asked: str,
    *,
    kind: Kind = "plan",
    memory_mib: float | None = None,
) -> Ask:
    return Ask(
        instance=instance,
        kind=kind,
        form=form,
        time_limit_s=time_limit_s,
        gap=gap,
        asked=asked,
        memory_mib=memory_mib,
    )


_MOST_MIB = 3072.0  # asked of the joint form
_ROWS = (
    Row(
        name="fixed",
        about="100 employers x 10 cohorts x 9 slots, routes in today's shares",
        peers=True,
        asks=(
            _plan("easy", "fixed", 10, 1e-4, "0.01 % in 10 s"),
            _plan("light", "fixed", 10, 1e-4, "0.01 % in 10 s"),
            _plan("heavy", "fixed", 20, 2e-3, "0.2 % in 20 s"),
            _plan("heavy", "fixed", 60, 1e-3, "0.1 % in 60 s"),
        ),
    ),
    Row(
        name="ruled",
        about="the same with teams that keep together and meet, coverage, caps and fairness",
        peers=True,
        asks=tuple(
            _plan(f"{load}-ruled", "fixed", 60, 1e-3, "nothing") for load in ("light", "heavy")
        ),
    ),
    Row(
        name="joint",
        about="the same with routes chosen jointly, 90,000 (cohort, slot, route)",
        peers=True,
        asks=(
            *(
                _plan(
                    load,
                    "joint",
                    3,
                    1e-6,
                    "within 0.05 % of the LP's in 3 s",
                    kind="bound",
                    memory_mib=_MOST_MIB,
                )
                for load in LOADS
            ),
            _plan("easy", "joint", 20, 5e-4, "0.05 % in 20 s", memory_mib=_MOST_MIB),
            _plan("light", "joint", 20, 5e-4, "0.05 % in 20 s", memory_mib=_MOST_MIB),
            _plan("heavy", "joint", 60, 5e-3, "0.5 % in 60 s", memory_mib=_MOST_MIB),
        ),
    ),
    Row(
        name="thousand",
        about="1,000 employers, 2 million staff, 20,160 cells, routes chosen jointly",
        asks=tuple(
            _plan(f"{load}-thousand", "joint", 300, 1e-2, "1 % in 300 s", memory_mib=8192.0)
            for load in ("light", "heavy")
        ),
    ),
    Row(
        name="resolve",
        about="the instance of `fixed` again after one employer changed its rules",
        asks=tuple(
            _plan(load, "fixed", 60, gap, "a fifth of the first solve", kind="resolve")
            for load, gap in (("light", 5e-4), ("heavy", 2e-3))
        ),
    ),
    Row(
        name="response",
        about="the free response to a plan of `fixed`, with its bi-level certificate",
        asks=tuple(
            _plan(load, "fixed", 20, 2e-3, "10 s", kind="response") for load in ("light", "heavy")
        ),
    ),
    Row(
        name="plaine-commune",
        about="Plaine Commune with its 12 illustrative employers and with 100 invented ones",
        peers=True,
        asks=tuple(_plan(f"plaine-commune-{n}", "joint", 60, 1e-3, "nothing") for n in (12, 100)),
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


def _territory(name: str) -> Callable[[int, Size], StaggeringProblem]:
    """Return who builds an invented territory: a load, then ``-ruled`` or ``-thousand``."""
    load, _, kind = name.partition("-")

    def build(seed: int, size: Size) -> StaggeringProblem:
        from benchmarks.cases import staggering_territory as cases

        chosen = cases.EASY if load == "easy" else cases.Territory()
        if kind == "thousand":
            chosen = cases.THOUSAND
        if size == "small":
            chosen = replace(
                chosen,
                n_employers=6 if kind == "thousand" else 4,
                cohorts_per_employer=5,
                staff=4000.0,
                n_origins=20,
                origins_per_cohort=2,
                lines=(1, 1, 1, 1),
                segments=4,
                service=0.05,
            )
        chosen = replace(chosen, heavy=load == "heavy", ruled=kind == "ruled")
        return cases.territory_problem(seed, chosen)

    return build


def _plaine_commune(n_employers: int) -> Callable[[int, Size], StaggeringProblem]:
    def build(seed: int, size: Size) -> StaggeringProblem:
        from benchmarks.cases.plaine_commune import plaine_commune_problem

        return plaine_commune_problem(n_employers if size == "full" else 2, seed=seed)

    return build


_INSTANCES: dict[str, Callable[[int, Size], StaggeringProblem]] = {
    **{
        name: _territory(name)
        for load in LOADS
        for name in (load, f"{load}-ruled", f"{load}-thousand")
    },
    "plaine-commune-12": _plaine_commune(12),
    "plaine-commune-100": _plaine_commune(100),
}
