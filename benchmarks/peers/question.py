"""What every engine is asked, what it answers, and how one is started."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

NO_ARRIVAL = -1


class EngineUnavailable(Exception):  # noqa: N818 - an outcome, not a fault
    """An engine cannot run here; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """Pairs of stops (stop_idx), all asked at one departure, in seconds of the service day.

    One boards at the origin itself; the destination may be reached by a footpath.
    ``walk_limit_s`` is the longest footpath. ``folder`` holds the exported feed,
    and the network as ``network.pickle``; ``extract`` is the OSM file of the streets, if any.
    """

    folder: str
    date: str
    timezone: str
    departure_s: int
    max_rides: int
    walk_limit_s: int
    pairs: tuple[tuple[int, int], ...]
    extract: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Arrivals of one engine, NO_ARRIVAL where none, and what they took.

    ``query_s`` are the seconds of each question, ``cpu_s`` those of all its threads (what else
    the machine does weighs less on them), ``build_s`` those from the feed to the first
    question, ``memory_mib`` the most memory held beyond what the process held before.
    """

    engine: str
    arrival_s: tuple[int, ...] = ()
    query_s: tuple[float, ...] = ()
    cpu_s: tuple[float, ...] = ()
    build_s: float = 0.0
    memory_mib: float = 0.0
    unavailable: str = ""


class Ask(Protocol):
    """An opened engine."""

    def __call__(self, origin: int, destination: int) -> int:
        """Return the earliest arrival, seconds of the service day, or NO_ARRIVAL."""
        ...


class Opener(Protocol):
    """What opens an engine on the exported feed."""

    def __call__(self, questions: Questions) -> Ask:
        """Return the opened engine; raises EngineUnavailable."""
        ...


def write_questions(questions: Questions, path: Path) -> None:
    """Write questions as JSON."""
    path.write_text(json.dumps(asdict(questions)), encoding="utf-8")


def read_questions(path: Path) -> Questions:
    """Read questions written by :func:`write_questions`."""
    values = json.loads(path.read_text(encoding="utf-8"))
    values["pairs"] = tuple((int(a), int(b)) for a, b in values["pairs"])
    return Questions(**values)


def write_answers(answers: Answers, path: Path) -> None:
    """Write answers as JSON."""
    path.write_text(json.dumps(asdict(answers)), encoding="utf-8")


def read_answers(path: Path) -> Answers:
    """Read answers written by :func:`write_answers`."""
    values = json.loads(path.read_text(encoding="utf-8"))
    series = {key: tuple(values[key]) for key in ("arrival_s", "query_s", "cpu_s")}
    return Answers(**{**values, **series})
