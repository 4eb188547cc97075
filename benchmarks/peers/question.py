"""What every engine is asked, what it answers, and how one is started."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.peers.ends import Ends

NO_ARRIVAL = -1

Door = tuple[float, float, float, float]
"""From where to where, degrees: latitude and longitude of the origin, then of the destination."""


class EngineUnavailable(Exception):  # noqa: N818 - an outcome, not a fault
    """An engine cannot run here; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """What one row asks, all at one departure, in seconds of the service day.

    ``pairs`` are stops (stop_idx): one boards at the origin itself, and the destination may be
    reached by a footpath. ``doors`` are places, from and to which one walks for up to
    ``access_limit_s``. A row asks one of the two. ``walk_limit_s`` is the longest footpath,
    ``speed_mps`` that of all walks, ``window_s`` the length of a window of departures from
    ``departure_s``, ``horizon_s`` that of an isochrone. ``folder`` holds the exported feed, the
    network and, for engines that are given their walks, those to and from the doors;
    ``extract`` is the OSM file of the streets, if any.
    """

    folder: str
    date: str
    timezone: str
    departure_s: int
    max_rides: int
    walk_limit_s: int
    pairs: tuple[tuple[int, int], ...] = ()
    doors: tuple[Door, ...] = ()
    access_limit_s: int = 900
    speed_mps: float = 1.4
    window_s: int = 2 * 3600
    horizon_s: int = 1800
    extract: str = ""

    def __len__(self) -> int:
        """Return the number of questions."""
        return len(self.doors) or len(self.pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What one engine answers to each question, and what it took.

    ``found`` are arrivals (NO_ARRIVAL where none), or what else a row asks for. ``walk_s`` and
    ``walk_cpu_s`` are the seconds that finding the walks to and from stops took of each
    question, empty where an engine is given its walks or finds them within the search;
    ``query_s`` those of the search, ``cpu_s`` those of all its threads (what else the machine
    does weighs less on them). ``build_s`` are those from the feed to the first question,
    ``memory_mib`` the most memory held beyond what the process held before. ``facts`` are
    further figures of a row, by name.
    """

    engine: str
    found: tuple[Any, ...] = ()
    walk_s: tuple[float, ...] = ()
    walk_cpu_s: tuple[float, ...] = ()
    query_s: tuple[float, ...] = ()
    cpu_s: tuple[float, ...] = ()
    build_s: float = 0.0
    memory_mib: float = 0.0
    facts: dict[str, float] = field(default_factory=dict)
    unavailable: str = ""

    def whole_cpu_s(self) -> tuple[float, ...]:
        """Return the processor's seconds of each question, walks and search together."""
        if not self.walk_cpu_s:
            return self.cpu_s
        return tuple(a + b for a, b in zip(self.walk_cpu_s, self.cpu_s, strict=True))

    def whole_s(self) -> tuple[float, ...]:
        """Return the seconds of each question, walks and search together."""
        if not self.walk_s:
            return self.query_s
        return tuple(a + b for a, b in zip(self.walk_s, self.query_s, strict=True))


Opened = Callable[[int], Any]
"""An opened engine: it answers a question by its number, as a JSON value."""


@runtime_checkable
class TellsEnds(Protocol):
    """An opened engine that can say which walks to and from stops it takes, by its own rules."""

    def find_ends(self, number: int) -> Ends:
        """Return the ends of a question."""
        ...


@dataclass(frozen=True, slots=True)
class WalkThenAsk:
    """An engine that finds walks, and searches between their ends, timed apart.

    ``read`` makes a JSON value of an answer and is not timed.
    """

    walk: Callable[[int], Any]
    ask: Callable[[Any], Any]
    read: Callable[[Any], Any] | None = None

    def __call__(self, number: int) -> Any:  # noqa: ANN401 - a row's own answer
        """Return the answer to a question."""
        found = self.ask(self.walk(number))
        return found if self.read is None else self.read(found)


Opener = Callable[[Questions], Opened]
"""What opens an engine on the exported feed; raises EngineUnavailable."""


def write_questions(questions: Questions, path: Path) -> None:
    """Write questions as JSON."""
    path.write_text(json.dumps(asdict(questions)), encoding="utf-8")


def read_questions(path: Path) -> Questions:
    """Read questions written by :func:`write_questions`."""
    values = json.loads(path.read_text(encoding="utf-8"))
    values["pairs"] = tuple((int(a), int(b)) for a, b in values["pairs"])
    values["doors"] = tuple(tuple(door) for door in values["doors"])
    return Questions(**values)


def write_answers(answers: Answers, path: Path) -> None:
    """Write answers as JSON."""
    path.write_text(json.dumps(asdict(answers)), encoding="utf-8")


def read_answers(path: Path) -> Answers:
    """Read answers written by :func:`write_answers`."""
    values = json.loads(path.read_text(encoding="utf-8"))
    lists = ("found", "walk_s", "walk_cpu_s", "query_s", "cpu_s")
    return Answers(**{**values, **{key: tuple(values[key]) for key in lists}})
