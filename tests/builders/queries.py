"""Questions between places that are stops, and their answers as plain triples."""

from dataclasses import replace

import numpy as np

from network.routing import Place, SearchOptions
from network.routing._query import prepare


def stop_place(network, *stop_ids):
    """A place that is some stops; those at which nothing calls are left out."""
    ids = network.timetable.stops.ids
    found = tuple(ids.index(s) for s in stop_ids if s in ids)
    return Place(name="+".join(stop_ids), lat=0.0, lon=0.0, stops=found)


def spans(search):
    """Departure, arrival and rides of each itinerary, in the order of the answer."""
    return [(i.departure_s, i.arrival_s, i.n_rides) for i in search.itineraries]


def query_of(network, access, egress, options=None):
    """A query whose ends are stops with the seconds to each, by stop_id."""
    place = Place(name="somewhere", lat=0.0, lon=0.0, stops=(0,))
    query = prepare(network, place, place, options or SearchOptions())
    return replace(query, access=_arrays(network, access), egress=_arrays(network, egress))


def triples(candidates):
    """Departure, arrival and rides of candidates, as the timetable has them."""
    return [
        tuple(int(column[c.row]) for column in
              (c.journeys.departure_s, c.journeys.arrival_s, c.journeys.n_rides))
        for c in candidates
    ]  # fmt: skip


def _arrays(network, seconds_by_stop):
    ids = network.timetable.stops.ids
    known = {ids.index(s): seconds for s, seconds in seconds_by_stop.items() if s in ids}
    return (
        np.array(list(known), dtype=np.int32),
        np.array(list(known.values()), dtype=np.int32),
    )
