"""ferrobus: RAPTOR in Rust between points on streets; it walks by its own rules, not by ours.

A point is made of coordinates and knows the stops around it. From stop to stop it stands where
the stop is and knows that nearest stop alone. A city without streets is given a grid of them.
"""

from __future__ import annotations

import datetime as dt
import importlib
import json
from typing import TYPE_CHECKING, Any

from benchmarks.peers.ends import load_network
from benchmarks.peers.grid_streets import write_grid_streets
from benchmarks.peers.question import NO_ARRIVAL, EngineUnavailable, WalkThenAsk

if TYPE_CHECKING:
    from benchmarks.peers.question import Opened, Questions

_ALL_STOPS = 1000
"""Of the stops within the walk, none is left out: no place has so many."""
_CELL_RESOLUTION = 10
"""Of the H3 grid: hexagons 130 m across, the finest whose index over Porto is built in seconds."""
_MARGIN_DEG = 0.02
_NO_AREA = "POLYGON EMPTY"


def open_stops(questions: Questions) -> Opened:
    """Open the earliest arrival from stop to stop; points are made before the questions."""
    ferrobus, model = _open(questions)
    points = _stop_points(ferrobus, model, questions)

    def ask(number: int) -> int:
        origin, destination = questions.pairs[number]
        found = ferrobus.find_route(
            model,
            points[origin],
            points[destination],
            questions.departure_s,
            questions.max_rides - 1,
        )
        return _arrival(questions, found)

    return ask


def open_doors(questions: Questions) -> Opened:
    """Open the earliest arrival from door to door by the call for one pair."""
    ferrobus, model = _open(questions)
    depart_s, changes = questions.departure_s, questions.max_rides - 1
    return WalkThenAsk(
        lambda number: _door_points(ferrobus, model, questions, number),
        lambda ends: _arrival(questions, ferrobus.find_route(model, *ends, depart_s, changes)),
    )


def open_thorough(questions: Questions) -> Opened:
    """Open the earliest arrival from door to door by the call that its authors call exact."""
    ferrobus, model = _open(questions)
    depart_s, changes = questions.departure_s, questions.max_rides - 1

    def ask(ends: tuple[Any, Any]) -> int:
        found = ferrobus.find_routes_one_to_many(model, ends[0], [ends[1]], depart_s, changes)
        return _arrival(questions, found[0])

    return WalkThenAsk(lambda number: _door_points(ferrobus, model, questions, number), ask)


def open_range(questions: Questions) -> Opened:
    """Open the Pareto set of a window from door to door: departure, arrival, rides."""
    ferrobus, model = _open(questions)
    window = (questions.departure_s, questions.departure_s + questions.window_s)

    def ask(ends: tuple[Any, Any]) -> list[list[int]]:
        found = ferrobus.pareto_range_multimodal_routing(
            model, *ends, window, questions.max_rides - 1
        )
        journeys = json.loads(found.as_json())["journeys"] if found is not None else []
        return sorted(
            [one["departure_time"], one["arrival_time"], one["transfers"] + 1] for one in journeys
        )

    return WalkThenAsk(lambda number: _door_points(ferrobus, model, questions, number), ask)


def open_all(questions: Questions) -> Opened:
    """Open the earliest arrivals at points at all stops from one, many ends in one call."""
    ferrobus, model = _open(questions)
    stops = load_network(questions).timetable.stops
    points = [
        _point(ferrobus, model, stops.lat[stop], stops.lon[stop], questions.access_limit_s, 1)
        for stop in range(len(stops))
    ]
    known = [number for number, point in enumerate(points) if point is not None]
    ends = [points[number] for number in known]

    def ask(number: int) -> list[int]:
        arrival_s = [NO_ARRIVAL] * len(points)
        origin = points[questions.pairs[number][0]]
        if origin is None:
            return arrival_s
        found = ferrobus.find_routes_one_to_many(
            model, origin, ends, questions.departure_s, questions.max_rides - 1
        )
        for stop, one in zip(known, found, strict=True):
            arrival_s[stop] = _arrival(questions, one)
        return arrival_s

    return ask


def open_matrix(questions: Questions) -> Opened:
    """Open the matrix between doors' origins and themselves; points are made before.

    Its matrix is square over one list of points, so the origins of the doors are both ends.
    """
    ferrobus, model = _open(questions)
    limit_s = questions.access_limit_s
    points = [
        point
        for lat, lon, _, _ in questions.doors
        if (point := _point(ferrobus, model, lat, lon, limit_s, _ALL_STOPS)) is not None
    ]

    def ask(number: int) -> list[int]:  # noqa: ARG001 - the one question is the whole matrix
        found = ferrobus.travel_time_matrix(
            model, points, questions.departure_s, questions.max_rides - 1
        )
        return [NO_ARRIVAL if s is None else int(s) for row in found for s in row]

    return ask


def open_isochrone(questions: Questions) -> Opened:
    """Open isochrones of hexagons, their index over the whole city made before."""
    import pyproj
    import shapely

    ferrobus, model = _open(questions)
    stops = load_network(questions).timetable.stops
    area = shapely.box(
        stops.lon.min() - _MARGIN_DEG,
        stops.lat.min() - _MARGIN_DEG,
        stops.lon.max() + _MARGIN_DEG,
        stops.lat.max() + _MARGIN_DEG,
    )
    index = ferrobus.create_isochrone_index(
        model, area.wkt, _CELL_RESOLUTION, questions.access_limit_s
    )
    limit_s, depart_s = questions.access_limit_s, questions.departure_s
    changes, horizon_s = questions.max_rides - 1, questions.horizon_s

    def walk(number: int) -> Any:  # noqa: ANN401 - the peer has no types
        lat, lon = questions.doors[number][:2]
        return _point(ferrobus, model, lat, lon, limit_s, _ALL_STOPS)

    def ask(point: Any) -> str:  # noqa: ANN401 - the peer has no types
        if point is None:
            return _NO_AREA
        found = ferrobus.calculate_isochrone(model, point, depart_s, changes, horizon_s, index)
        return str(found)

    def read(wkt: str) -> float:
        area_m2, _ = pyproj.Geod(ellps="WGS84").geometry_area_perimeter(shapely.from_wkt(wkt))
        return abs(float(area_m2)) / 1e6

    return WalkThenAsk(walk, ask, read)


def _open(questions: Questions) -> tuple[Any, Any]:
    try:
        ferrobus = importlib.import_module("ferrobus")
    except ImportError as problem:
        raise EngineUnavailable(f"ferrobus is not installed ({problem})") from None
    model = ferrobus.create_transit_model(
        questions.extract or write_grid_streets(questions),
        [questions.folder],
        dt.date.fromisoformat(questions.date),
        questions.walk_limit_s,
    )
    return ferrobus, model


def _stop_points(ferrobus: Any, model: Any, questions: Questions) -> dict[int, Any]:  # noqa: ANN401
    stops = load_network(questions).timetable.stops
    return {
        stop: ferrobus.create_transit_point(
            stops.lat[stop], stops.lon[stop], model, questions.access_limit_s, 1
        )
        for stop in {stop for pair in questions.pairs for stop in pair}
    }


def _door_points(
    ferrobus: Any,  # noqa: ANN401 - the peer has no types
    model: Any,  # noqa: ANN401
    questions: Questions,
    number: int,
) -> tuple[Any, Any]:
    lat, lon, to_lat, to_lon = questions.doors[number]
    limit_s = questions.access_limit_s
    return (
        ferrobus.create_transit_point(lat, lon, model, limit_s, _ALL_STOPS),
        ferrobus.create_transit_point(to_lat, to_lon, model, limit_s, _ALL_STOPS),
    )


def _point(
    ferrobus: Any,  # noqa: ANN401 - the peer has no types
    model: Any,  # noqa: ANN401
    lat: float,
    lon: float,
    limit_s: int,
    n_stops: int,
) -> Any:  # noqa: ANN401
    """Return a point, None where no stop is near enough."""
    try:
        return ferrobus.create_transit_point(lat, lon, model, limit_s, n_stops)
    except ValueError:
        return None


def _arrival(questions: Questions, found: Any) -> int:  # noqa: ANN401 - the peer has no types
    if found is None:
        return NO_ARRIVAL
    return questions.departure_s + int(found["travel_time_seconds"])
