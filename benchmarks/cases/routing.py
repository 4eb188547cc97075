"""Our own routing engines on the same questions; a difference fails the case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.cases.inputs import find_real_data
from benchmarks.cases.network import MEXICO_WEDNESDAY, WEDNESDAY, _porto_feeds
from benchmarks.phases import Phase
from benchmarks.registry import case

if TYPE_CHECKING:
    from collections.abc import Callable

    from network.network import Network

_N_PAIRS = 200
_SEED = 1
_EIGHT_S = 8 * 3600


class EnginesDiverge(Exception):  # noqa: N818 - says what happened
    """Two of our own engines answer differently."""


def read_porto() -> Network:
    """Read Porto's two feeds with walks over its streets."""
    from network.readers import read_network, read_streets

    streets = read_streets(find_real_data("porto", "porto_portugal.osm.pbf"))
    return read_network(_porto_feeds(), WEDNESDAY, streets=streets)


def read_mexico_city() -> Network:
    """Read Mexico City's feed with straight-line walks."""
    from network.readers import read_network

    feed = find_real_data("mexico-city", "gtfs_cdmx.zip")
    return read_network(feed, MEXICO_WEDNESDAY)


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


def find_divergences(
    network: Network, pairs: tuple[tuple[int, int], ...], departure_s: int
) -> list[str]:
    """Return a line for every pair on which RAPTOR and the connection scan differ.

    The scan has no limit of rides, so RAPTOR is given one that no journey here needs.
    """
    from benchmarks.peers.own import ask_raptor, ask_scan
    from benchmarks.peers.rules import ANY_RIDES

    raptor, scan = ask_raptor(network, departure_s, ANY_RIDES), ask_scan(network, departure_s)
    found = [(pair, raptor(*pair), scan(*pair)) for pair in pairs]
    return [
        f"stops {pair[0]} to {pair[1]}: raptor {a} s, scan {b} s" for pair, a, b in found if a != b
    ]


def _own_engines(network: Network) -> Callable[[], object]:
    from benchmarks.peers.compare import draw_pairs

    pairs = draw_pairs(network, _N_PAIRS, _SEED)

    def ask() -> None:
        different = find_divergences(network, pairs, _EIGHT_S)
        if different:
            msg = f"{len(different)} of {len(pairs)} pairs, the first: {different[0]}"
            raise EnginesDiverge(msg)

    return ask


@case("own-engines-porto", Phase.NETWORK_ITINERARY, repeats=1)
def check_porto_engines() -> Callable[[], object]:
    """Ask RAPTOR and the connection scan for 200 pairs of Porto's stops; they must agree."""
    return _own_engines(read_porto())


@case("own-engines-mexico-city", Phase.NETWORK_ITINERARY, repeats=1)
def check_mexico_engines() -> Callable[[], object]:
    """Ask RAPTOR and the connection scan for 200 pairs of Mexico City's stops; they must agree."""
    return _own_engines(read_mexico_city())
