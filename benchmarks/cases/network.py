"""Feeds to networks, and questions to a network."""

from __future__ import annotations

import datetime as dt
import os
import tempfile
from typing import TYPE_CHECKING

from benchmarks.cases.inputs import find_real_data, load_default_territory
from benchmarks.phases import Phase
from benchmarks.registry import Unavailable, case

if TYPE_CHECKING:
    from collections.abc import Callable

    from network.building.inputs import FeedSource

THURSDAY = dt.date(2019, 3, 14)
WEDNESDAY = dt.date(2024, 5, 15)
METRO_WEDNESDAY = dt.date(2026, 5, 13)  # Metro do Porto's own, for its calendar starts later
MEXICO_WEDNESDAY = dt.date(2022, 6, 15)


def _porto_feeds() -> tuple[FeedSource, ...]:
    from network.building.inputs import FeedSource

    return (
        FeedSource(path=find_real_data("porto", "gtfs_stcp.zip"), prefix="stcp"),
        FeedSource(
            path=find_real_data("porto", "gtfs_metroporto_latest.zip"),
            prefix="metro",
            service_date=METRO_WEDNESDAY,
        ),
    )


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


@case("porto", Phase.NETWORK_BUILD)
def build_porto() -> Callable[[], object]:
    """Read Porto's extract and both feeds and build one weekday's network over the streets."""
    from network.readers import read_network, read_streets

    feeds = _porto_feeds()
    extract = find_real_data("porto", "porto_portugal.osm.pbf")
    return lambda: read_network(feeds, WEDNESDAY, streets=read_streets(extract))


@case("mexico-city", Phase.NETWORK_BUILD)
def build_mexico_city() -> Callable[[], object]:
    """Read Mexico City's feed and expand its frequencies to a timetable (98,336 trips)."""
    from network.readers import read_timetable

    feed = find_real_data("mexico-city", "gtfs_cdmx.zip")
    return lambda: read_timetable(feed, MEXICO_WEDNESDAY, include_spill=False)


@case("porto", Phase.NETWORK_STREETS)
def read_porto_streets() -> Callable[[], object]:
    """Read Porto's extract (51,458 ways) to the graphs of walking, cycling and driving."""
    from network.readers import read_streets

    extract = find_real_data("porto", "porto_portugal.osm.pbf")
    return lambda: read_streets(extract)


@case("porto", Phase.NETWORK_WALKS, repeats=5)
def walk_porto() -> Callable[[], object]:
    """Find every walk of 600 s between Porto's 2,589 stops over the streets, on one core."""
    from network.readers import read_streets, read_timetable
    from network.walking.walks import build_walks

    timetable = read_timetable(_porto_feeds(), WEDNESDAY)
    streets = read_streets(find_real_data("porto", "porto_portugal.osm.pbf"))
    return lambda: build_walks(timetable, streets=streets, max_walk_s=600)


def _open(name: str) -> Callable[[], object]:
    """Build a pack's artefact in a cache of its own and return the call that opens it."""
    from scenarios.network_pack import load_network_pack
    from scenarios.territory import list_territories

    (info,) = [info for info in list_territories() if info.name == name]
    if not info.available:
        raise Unavailable(info.reason)
    os.environ["CRENEAU_CACHE"] = tempfile.mkdtemp(prefix="creneau-benchmark-")
    load_network_pack(name)
    return lambda: load_network_pack(name)


@case("porto", Phase.NETWORK_OPEN, repeats=5)
def open_porto() -> Callable[[], object]:
    """Open Porto's built artefact, inputs hashed and zones read."""
    return _open("porto")


@case("mexico-city", Phase.NETWORK_OPEN, repeats=5)
def open_mexico_city() -> Callable[[], object]:
    """Open Mexico City's built artefact, inputs hashed and zones read."""
    return _open("mexico-city")


@case("metro-week", Phase.NETWORK_OPEN, repeats=5)
def open_metro() -> Callable[[], object]:
    """Open the built artefact of the Paris metro, inputs hashed and zones read."""
    return _open("plaine-commune-metro")


@case("porto", Phase.NETWORK_CHECK)
def check_porto() -> Callable[[], object]:
    """Check Porto's feeds and extract without a second opinion."""
    from network.quality.check import check_files

    feeds = _porto_feeds()
    extract = find_real_data("porto", "porto_portugal.osm.pbf")
    return lambda: check_files(feeds, extract, date=WEDNESDAY, second_opinion=False)


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
