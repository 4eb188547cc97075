"""The rows of the routing benchmark: what is asked, which engines, and how answers compare.

An engine is one function that opens it; adding one to a row is one line here. The first of a
row is ours, and the others are compared with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from benchmarks.peers import (
    own,
    own_reach,
    with_cafein,
    with_ferrobus,
    with_nigiri,
)
from benchmarks.peers.memory import measure_memory
from benchmarks.peers.rules import (
    ANY_RIDES,
    CAFEIN_DOOR_RULES,
    CAFEIN_RULES,
    NIGIRI_RULES,
    SCAN_RULES,
)
from benchmarks.peers.threads import measure_threads

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.peers.question import Opener, Questions
    from benchmarks.peers.rules import Rule

Walks = Literal["ours", "given", "own", "within"]
"""Who finds the walks: our code, timed apart; nobody, they are given; the peer's own, by its own
rules; ours, within the search."""
NOTHING_RUNS_S = 31 * 3600
"""When no trip of the exported day is left, so that a peer without walks alone walks alone."""
OURS = ("numpy", "numba", "network.routing", "scenarios.artefacts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """An engine in a row: how it is opened, and its known rules, each with those before it.

    With ``walks`` "own" it cannot be given our walks, so differences are only measured.
    ``imports`` are what it takes to be there before it is opened.
    """

    open: Opener
    is_own: bool = False
    rules: tuple[Rule, ...] = ()
    walks: Walks = "given"
    imports: tuple[str, ...] = OURS


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row: ``kind`` says what is drawn and how answers are compared.

    ``unit`` is what one question is called. ``repeats`` asks a first question so often, in
    place of all of them once; ``measure`` has engines measured by figures of its own.
    """

    name: str
    about: str
    asks: Literal["pairs", "doors"]
    compares: Literal["arrivals", "sets", "tables", "nothing"]
    n_questions: int
    engines: dict[str, Engine]
    departure_s: int = 8 * 3600
    max_rides: int = 5
    horizon_s: int = 0
    access_limit_s: int = 900
    repeats: int = 0
    cities: tuple[str, ...] | None = None
    measure: Callable[[Engine, Questions], dict[str, float]] | None = None


def _ours(opener: Opener, *, unlimited: bool = False, walks: Walks = "ours") -> Engine:
    return Engine(open=opener, is_own=True, rules=SCAN_RULES if unlimited else (), walks=walks)


_CAFEIN_STOPS = Engine(open=with_cafein.open_stops, rules=CAFEIN_RULES, imports=("cafein",))
_DOORS = {
    "raptor": _ours(own.over_doors(own.search_raptor)),
    "scan": _ours(own.over_doors(own.search_scan), unlimited=True),
    "sweep": _ours(own.over_doors(own.search_sweep), unlimited=True),
    "goal": _ours(own.over_doors(own.search_goal), unlimited=True),
    "itineraries": _ours(own.open_itineraries, walks="within"),
    "cafein": Engine(open=with_cafein.open_doors, rules=CAFEIN_DOOR_RULES, imports=("cafein",)),
    "nigiri": Engine(open=with_nigiri.open_doors, rules=NIGIRI_RULES, imports=("pynigiri",)),
    "cafein-streets": Engine(
        open=with_cafein.open_streets, rules=CAFEIN_DOOR_RULES, walks="own", imports=("cafein",)
    ),
    "ferrobus": Engine(open=with_ferrobus.open_doors, walks="own", imports=("ferrobus",)),
    "ferrobus-thorough": Engine(
        open=with_ferrobus.open_thorough, walks="own", imports=("ferrobus",)
    ),
}
_ROWS = (
    Row(
        name="stops",
        about="earliest arrival from stop to stop at 08:00",
        asks="pairs",
        compares="arrivals",
        n_questions=500,
        engines={
            "raptor": _ours(own.over_stops(own.search_raptor), walks="given"),
            "scan": _ours(own.over_stops(own.search_scan), unlimited=True, walks="given"),
            "sweep": _ours(own.over_stops(own.search_sweep), unlimited=True, walks="given"),
            "goal": _ours(own.over_stops(own.search_goal), unlimited=True, walks="given"),
            "cafein": _CAFEIN_STOPS,
            "nigiri": Engine(
                open=with_nigiri.open_stops, rules=NIGIRI_RULES, imports=("pynigiri",)
            ),
            "ferrobus": Engine(open=with_ferrobus.open_stops, walks="own", imports=("ferrobus",)),
        },
    ),
    Row(
        name="doors",
        about="earliest arrival from door to door at 08:00",
        asks="doors",
        compares="arrivals",
        n_questions=1000,
        engines=_DOORS,
    ),
    Row(
        name="range",
        about="Pareto set of departure, arrival and rides from stop to stop, 07:00 to 09:00",
        asks="pairs",
        compares="sets",
        n_questions=100,
        departure_s=7 * 3600,
        engines={
            "raptor": _ours(own_reach.open_range, walks="given"),
            "cafein": Engine(open=with_cafein.open_range, rules=CAFEIN_RULES, imports=("cafein",)),
        },
    ),
    Row(
        name="range-doors",
        about="Pareto set of departure, arrival and rides from door to door, 07:00 to 09:00",
        asks="doors",
        compares="sets",
        n_questions=100,
        departure_s=7 * 3600,
        engines={
            "raptor": _ours(own_reach.open_range_doors),
            "itineraries": _ours(own_reach.open_range_itineraries, walks="within"),
            "cafein-streets": Engine(
                open=with_cafein.open_range_streets, walks="own", imports=("cafein",)
            ),
            "ferrobus": Engine(open=with_ferrobus.open_range, walks="own", imports=("ferrobus",)),
        },
    ),
    Row(
        name="all",
        about="earliest arrivals at all stops from one at 08:00, up to sixteen rides",
        asks="pairs",
        compares="tables",
        n_questions=100,
        max_rides=ANY_RIDES,
        engines={
            "sweep": _ours(own_reach.open_sweep_all, walks="given"),
            "scan": _ours(own_reach.open_scan_all, walks="given"),
            "cafein": Engine(open=with_cafein.open_all, rules=CAFEIN_RULES, imports=("cafein",)),
            "ferrobus": Engine(open=with_ferrobus.open_all, walks="own", imports=("ferrobus",)),
        },
    ),
    Row(
        name="matrix",
        about="travel times from 500 doors to 500 doors at 08:00, transit alone, one thread",
        asks="doors",
        compares="tables",
        n_questions=500,
        repeats=3,
        engines={
            "matrix": _ours(own_reach.open_matrix, walks="within"),
            "cafein": Engine(
                open=with_cafein.open_matrix, rules=CAFEIN_DOOR_RULES, imports=("cafein",)
            ),
            "ferrobus": Engine(open=with_ferrobus.open_matrix, walks="own", imports=("ferrobus",)),
        },
    ),
    Row(
        name="walk-isochrone",
        about="area within 30 minutes on foot",
        asks="doors",
        compares="nothing",
        n_questions=50,
        horizon_s=1800,
        access_limit_s=1800,
        departure_s=NOTHING_RUNS_S,
        cities=("porto",),
        engines={
            "isochrone": _ours(own_reach.over_areas("walk"), walks="within"),
            "ferrobus": Engine(
                open=with_ferrobus.open_isochrone, walks="own", imports=("ferrobus",)
            ),
        },
    ),
    Row(
        name="transit-isochrone",
        about="area within 45 minutes by transit and on foot at 08:00",
        asks="doors",
        compares="nothing",
        n_questions=50,
        horizon_s=2700,
        cities=("porto",),
        engines={
            "isochrone": _ours(own_reach.over_areas("transit"), walks="within"),
            "ferrobus": Engine(
                open=with_ferrobus.open_isochrone, walks="own", imports=("ferrobus",)
            ),
        },
    ),
    Row(
        name="threads",
        about="doors answered a second by one thread and by two",
        asks="doors",
        compares="nothing",
        n_questions=640,
        engines={
            "goal-bulk": _ours(own_reach.open_goal_bulk, walks="given"),
            **{
                name: about
                for name, about in _DOORS.items()
                if name in ("raptor", "scan", "goal", "cafein", "nigiri", "ferrobus")
            },
        },
        measure=measure_threads,
    ),
    Row(
        name="memory",
        about="memory of the opened network, and the first questions of a fresh process",
        asks="doors",
        compares="nothing",
        n_questions=100,
        engines={name: about for name, about in _DOORS.items() if name != "ferrobus-thorough"},
        measure=measure_memory,
    ),
)
ROWS = {row.name: row for row in _ROWS}
