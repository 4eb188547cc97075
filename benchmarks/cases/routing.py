"""Our own routing engines on the same questions; a difference fails the case."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from benchmarks.cases.inputs import find_real_data
from benchmarks.cases.network import MEXICO_WEDNESDAY, WEDNESDAY, _porto_feeds
from benchmarks.phases import Phase
from benchmarks.registry import case

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.peers.question import Questions
    from network.network import Network

_N_PAIRS = 200
_SEED = 1
_EIGHT_S = 8 * 3600
WALK_MPS = 1.4
"""The speed of all walks, as the peers walk."""


class EnginesDiverge(Exception):  # noqa: N818 - says what happened
    """Two of our own engines answer differently."""


def read_porto() -> Network:
    """Read Porto's two feeds with walks over its streets."""
    from network.readers import read_network, read_streets

    extract = find_real_data("porto", "porto_portugal.osm.pbf")
    streets = read_streets(extract, walk_speed_mps=WALK_MPS)
    return read_network(_porto_feeds(), WEDNESDAY, streets=streets, speed_mps=WALK_MPS)


def read_mexico_city() -> Network:
    """Read Mexico City's feed with straight-line walks."""
    from network.readers import read_network

    feed = find_real_data("mexico-city", "gtfs_cdmx.zip")
    return read_network(feed, MEXICO_WEDNESDAY, speed_mps=WALK_MPS)


CITIES: dict[str, Callable[[], Network]] = {
    "porto": read_porto,
    "mexico-city": read_mexico_city,
}


EXTRACTS = {"porto": ("porto", "porto_portugal.osm.pbf")}


def read_city(name: str) -> Network:
    """Read a city of :data:`CITIES`; raises Unavailable where its data are not at hand."""
    return CITIES[name]()


def find_extract(name: str) -> str:
    """Return the path of a city's OSM extract, "" where it has none."""
    return str(find_real_data(*EXTRACTS[name])) if name in EXTRACTS else ""


def find_divergences(network: Network, questions: Questions) -> list[str]:
    """Return a line for every question on which two of our own searches differ.

    Those other than RAPTOR have no limit of rides, so RAPTOR is given one that no journey
    here needs.
    """
    from benchmarks.peers import own
    from benchmarks.peers.ends import DoorEnds, StopEnds
    from benchmarks.peers.rules import ANY_RIDES

    find_ends = (DoorEnds if questions.doors else StopEnds)(network, questions)
    raptor = own.search_raptor(network, replace(questions, max_rides=ANY_RIDES))
    others = {name: make(network, questions) for name, make in own.UNLIMITED.items()}
    found = []
    for number in range(len(questions)):
        ends = find_ends(number)
        expected = raptor(ends)
        found += [
            f"{(questions.doors or questions.pairs)[number]}: raptor {expected} s, {name} {got} s"
            for name, got in ((name, search(ends)) for name, search in others.items())
            if got != expected
        ]
    return found


def _own_engines(network: Network) -> Callable[[], object]:
    from benchmarks.peers.ends import draw_pairs
    from benchmarks.peers.question import Questions

    questions = Questions(
        folder="",
        date=network.timetable.service_date.isoformat(),
        timezone=network.timetable.timezone,
        departure_s=_EIGHT_S,
        max_rides=5,
        walk_limit_s=network.footpaths.limit_s,
        pairs=draw_pairs(network, _N_PAIRS, _SEED),
    )

    def ask() -> None:
        different = find_divergences(network, questions)
        if different:
            msg = f"{len(different)} answers to {_N_PAIRS} questions, the first: {different[0]}"
            raise EnginesDiverge(msg)

    return ask


@case("own-engines-porto", Phase.NETWORK_ITINERARY, repeats=1)
def check_porto_engines() -> Callable[[], object]:
    """Ask our searches for 200 pairs of Porto's stops; they must agree."""
    return _own_engines(read_porto())


@case("own-engines-mexico-city", Phase.NETWORK_ITINERARY, repeats=1)
def check_mexico_engines() -> Callable[[], object]:
    """Ask our searches for 200 pairs of Mexico City's stops; they must agree."""
    return _own_engines(read_mexico_city())
