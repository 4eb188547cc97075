"""The stops at both ends of a question, and the walks to and from them."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from network.base import distance_m

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from benchmarks.peers.question import Door, Questions
    from network.network import Network

DIRECT_WALK_S = 1800
"""No drawn pair of doors lies within such a walk: to walk all the way is nobody's answer."""
DOOR_OFFSET_M = 400.0
_NETWORK = "network"
_ZERO = np.zeros(1, dtype=np.int32)
_METRES_A_DEGREE = 111_195.0


class Ends(NamedTuple):
    """Stops boarded at first and alighted from at last, with the seconds of the walks."""

    access_stop: NDArray[np.int32]
    access_s: NDArray[np.int32]
    egress_stop: NDArray[np.int32]
    egress_s: NDArray[np.int32]


class StopEnds:
    """Ends of pairs of stops: boarded at the origin itself, a footpath to the destination."""

    def __init__(self, network: Network, questions: Questions) -> None:
        """Sort the footpaths by the stop they lead to."""
        footpaths, n_stops = network.footpaths, network.timetable.n_stops
        self.pairs = questions.pairs
        origin = np.repeat(np.arange(n_stops, dtype=np.int32), np.diff(footpaths.offset))
        order = np.argsort(footpaths.stop, kind="stable")
        counts = np.bincount(footpaths.stop, minlength=n_stops)
        self._offset = np.concatenate(([0], np.cumsum(counts)))
        self._origin, self._seconds = origin[order], footpaths.duration_s[order]

    def __call__(self, number: int) -> Ends:
        """Return the ends of a question."""
        origin, destination = self.pairs[number]
        rows = slice(self._offset[destination], self._offset[destination + 1])
        return Ends(
            np.array([origin], dtype=np.int32),
            _ZERO,
            np.concatenate((np.array([destination], dtype=np.int32), self._origin[rows])),
            np.concatenate((_ZERO, self._seconds[rows])),
        )


class DoorEnds:
    """Ends of pairs of places: the walks of the network's own rules, found when asked for."""

    def __init__(self, network: Network, questions: Questions) -> None:
        """List the stops around all streets, as one who answers many questions has them."""
        from network.walking.street_stops import StopFinder

        self.questions = questions
        self.finder = StopFinder(network, questions.access_limit_s).prepare()

    def __call__(self, number: int) -> Ends:
        """Return the ends of a question."""
        lat, lon, to_lat, to_lon = self.questions.doors[number]
        return Ends(*self.finder.find(lat, lon), *self.finder.find(to_lat, to_lon, reverse=True))


def write_ends(found: list[Ends], questions: Questions, engine: str = "") -> None:
    """Write the ends of all doors: those given to engines, or those that one told of its own."""
    _ends_file(questions, engine).write_bytes(pickle.dumps(found))


def read_ends(questions: Questions, engine: str = "") -> list[Ends]:
    """Read the ends that this same run wrote; none where an engine told of none."""
    path = _ends_file(questions, engine)
    found: list[Ends] = pickle.loads(path.read_bytes()) if path.exists() else []
    return found


def _ends_file(questions: Questions, engine: str) -> Path:
    return Path(questions.folder) / f"ends-{engine or 'given'}.pickle"


def write_network(network: Network, folder: Path) -> None:
    """Write a network so that an engine's process opens it as a user's would."""
    from scenarios.artefacts import write_artefact

    write_artefact(folder / _NETWORK, network, {"key": _NETWORK})


def load_network(questions: Questions) -> Network:
    """Open the network that was written beside the feed by this same run."""
    from scenarios.artefacts import open_artefact

    network: Network = open_artefact(Path(questions.folder) / _NETWORK, key=_NETWORK).value
    return network


def draw_pairs(network: Network, n_pairs: int, seed: int) -> tuple[tuple[int, int], ...]:
    """Draw pairs of different stops in service that no single footpath joins."""
    footpaths, served = network.footpaths, _served(network)
    rng = np.random.default_rng(seed)
    pairs: list[tuple[int, int]] = []
    while len(pairs) < n_pairs and len(served) > 1:
        origin, destination = (int(stop) for stop in rng.choice(served, 2, replace=False))
        walks = footpaths.stop[footpaths.offset[origin] : footpaths.offset[origin + 1]]
        if destination not in walks:
            pairs.append((origin, destination))
    return tuple(pairs)


def draw_doors(network: Network, n_pairs: int, seed: int) -> tuple[Door, ...]:
    """Draw pairs of places around stops in service, too far apart to walk all the way.

    Each lies up to 400 m from a random stop, uniform over that disc. Pairs whose straight line
    is walked within 30 minutes are drawn again.
    """
    stops, served = network.timetable.stops, _served(network)
    apart_m = DIRECT_WALK_S * network.footpaths.speed_mps
    rng = np.random.default_rng(seed)
    doors: list[Door] = []
    while len(doors) < n_pairs:
        ends = rng.choice(served, 2)
        turn, part = rng.uniform(0, 2 * np.pi, 2), np.sqrt(rng.uniform(0, 1, 2))
        north_m, east_m = DOOR_OFFSET_M * part * np.cos(turn), DOOR_OFFSET_M * part * np.sin(turn)
        lat = stops.lat[ends] + north_m / _METRES_A_DEGREE
        lon = stops.lon[ends] + east_m / _METRES_A_DEGREE / np.cos(np.radians(lat))
        if float(distance_m(lat[0], lon[0], lat[1], lon[1])) > apart_m:
            doors.append((float(lat[0]), float(lon[0]), float(lat[1]), float(lon[1])))
    return tuple(doors)


def _served(network: Network) -> NDArray[np.intp]:
    return np.flatnonzero(np.diff(network.timetable.stop_pattern_offset))
