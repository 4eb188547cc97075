"""cafein: RAPTOR in Rust, exact to the second; footpaths are installed as given."""

from __future__ import annotations

import datetime as dt
import importlib
from typing import TYPE_CHECKING

from benchmarks.peers.export import footpath_edges
from benchmarks.peers.own import load_network
from benchmarks.peers.question import NO_ARRIVAL, EngineUnavailable

if TYPE_CHECKING:
    from benchmarks.peers.question import Ask, Questions


def open_cafein(questions: Questions) -> Ask:
    """Open cafein on the exported feed with the network's footpaths."""
    try:
        cafein = importlib.import_module("cafein")
    except ImportError as problem:
        raise EngineUnavailable(f"cafein is not installed ({problem})") from None
    peer = cafein.TransportNetwork.from_gtfs(
        questions.folder, trip_distances=False, leg_geometries=False
    )
    peer.set_transfers(footpath_edges(load_network(questions)))
    midnight = dt.datetime.fromisoformat(questions.date)
    departure = f"{midnight + dt.timedelta(seconds=questions.departure_s):%Y-%m-%d %H:%M:%S}"

    def ask(origin: int, destination: int) -> int:
        found = peer.route_between_stops(
            f"s{origin}",
            f"s{destination}",
            departure,
            max_rides=questions.max_rides,
            geometries=False,
        )
        return min((int(journey["arrival_s"]) for journey in found), default=NO_ARRIVAL)

    return ask
