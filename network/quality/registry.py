"""Every check there is, by what it looks at."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from network.quality import (
    date_checks,
    network_checks,
    reference_checks,
    route_checks,
    shape_checks,
    stop_checks,
    time_checks,
    trip_checks,
)
from network.quality.street_checks import check_pruned_islands

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from network.building.inputs import VehicleCapacities
    from network.quality.feed import CheckedFeed
    from network.quality.network_checks import CheckedNetwork
    from network.quality.report import Finding
    from network.streets.graph import StreetGraph

FEED_CHECKS: tuple[Callable[[CheckedFeed], Finding | None], ...] = (
    date_checks.check_any_service,
    date_checks.check_expiry,
    date_checks.check_long_gaps,
    date_checks.check_short_gaps,
    date_checks.check_little_service,
    date_checks.check_period,
    date_checks.check_empty_services,
    date_checks.check_timezone,
    reference_checks.check_stop_times_trip,
    reference_checks.check_stop_times_stop,
    reference_checks.check_stop_times_boarding,
    reference_checks.check_trips_route,
    reference_checks.check_trips_service,
    reference_checks.check_trips_shape,
    reference_checks.check_routes_agency,
    reference_checks.check_stops_parent,
    reference_checks.check_parents_type,
    reference_checks.check_frequencies_trip,
    reference_checks.check_transfers_stop,
    time_checks.check_order,
    time_checks.check_speeds,
    time_checks.check_zero_times,
    time_checks.check_long_hops,
    time_checks.check_dwells,
    trip_checks.check_duplicate_trips,
    trip_checks.check_trips_that_never_run,
    trip_checks.check_trips_without_ride,
    trip_checks.check_frequencies,
    trip_checks.check_exact_frequencies,
    stop_checks.check_unused_stops,
    stop_checks.check_places,
    stop_checks.check_stop_names,
    stop_checks.check_parent_distances,
    stop_checks.check_twins,
    stop_checks.check_wheelchair_stops,
    route_checks.check_route_names,
    route_checks.check_repeated_names,
    route_checks.check_idle_routes,
    route_checks.check_missing_colors,
    route_checks.check_unreadable_colors,
    route_checks.check_route_types,
    route_checks.check_wheelchair_trips,
    shape_checks.check_shapes_given,
    shape_checks.check_trips_without_shape,
    shape_checks.check_unused_shapes,
    shape_checks.check_stops_beside_shapes,
)

NETWORK_CHECKS: tuple[Callable[[CheckedNetwork], Iterator[Finding]], ...] = (
    network_checks.check_islands,
    network_checks.check_overtaking,
    network_checks.check_streets_near_stops,
)

STREET_CHECKS: tuple[Callable[[StreetGraph], Iterator[Finding]], ...] = (check_pruned_islands,)


def feed_checks(
    vehicles: VehicleCapacities,
) -> tuple[Callable[[CheckedFeed], Finding | None], ...]:
    """Return the checks of a feed, that of room in the vehicles included."""
    return (*FEED_CHECKS, partial(route_checks.check_vehicle_room, vehicles=vehicles))
