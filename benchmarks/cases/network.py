"""Feeds to networks, and questions to a network."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from benchmarks.cases.inputs import find_real_data, load_default_territory
from benchmarks.phases import Phase
from benchmarks.registry import case

if TYPE_CHECKING:
    from collections.abc import Callable

THURSDAY = dt.date(2019, 3, 14)


@case("embedded", Phase.NETWORK_BUILD)
def build_embedded() -> Callable[[], object]:
    """Read the embedded feed (frequencies) and build its network."""
    from network.readers import read_network
    from scenarios.territory import PACKS

    feed = PACKS / "plaine_commune" / "gtfs"
    return lambda: read_network(feed, THURSDAY)


@case("metro-week", Phase.NETWORK_BUILD)
def build_metro_week() -> Callable[[], object]:
    """Read a week of the Paris metro (974,178 stop_times) and build one day's network."""
    from network.readers import read_network

    feed = find_real_data("plaine-commune", "ratp_metro_all_week_20190311.zip")
    return lambda: read_network(feed, THURSDAY)


@case("metro-week", Phase.NETWORK_ITINERARY, repeats=21)
def ask_metro() -> Callable[[], object]:
    """Ask for one itinerary on the Paris metro, from Saint-Denis to Montparnasse at 08:15."""
    from network.readers import read_network
    from network.routing import Place, find_itineraries

    feed = find_real_data("plaine-commune", "ratp_metro_all_week_20190311.zip")
    network = read_network(feed, THURSDAY)
    origin = Place(name="Saint-Denis", lat=48.9362, lon=2.3574)
    destination = Place(name="Montparnasse", lat=48.8421, lon=2.3219)
    return lambda: find_itineraries(network, origin, destination, departure_s=8 * 3600 + 900)


@case("embedded", Phase.NETWORK_ITINERARY, repeats=21)
def ask_embedded() -> Callable[[], object]:
    """Ask for one itinerary in the embedded territory, from Saint-Denis to Saint-Lazare."""
    from network.routing import Place, find_itineraries

    network = load_default_territory().network
    origin = Place(name="Saint-Denis", lat=48.9362, lon=2.3574)
    destination = Place(name="Saint-Lazare", lat=48.8756, lon=2.3260)
    return lambda: find_itineraries(network, origin, destination, departure_s=8 * 3600 + 900)
