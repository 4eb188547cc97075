"""Station entries of a loading by vehicle runs beside the observed ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from network.base import distance_m
from scenarios.entries import FIRST_HOUR, LAST_HOUR, measure_errors
from scenarios.pack_tables import fold_name
from scenarios.results import EntryComparison, EntryRow
from solver.choice import HUB

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from scenarios.territory import Territory
    from solver.choice import Connectors
    from solver.loading.vehicles import CallTable, RunChoices, RunLoading

DAY_HOURS = 48


def compare_run_entries(
    territory: Territory,
    connectors: Connectors,
    choices: RunChoices,
    loading: RunLoading,
    calls: CallTable,
) -> EntryComparison | None:
    """Compare who enters from the street or by local bus with who validated a ticket.

    By station and hour of the first boarding, hubs left out: there passengers of other lines
    change inside the gates, where no ticket is counted. None where nothing was observed.
    """
    observed = territory.station_entries
    if observed is None:
        return None
    stops = territory.network.timetable.stops
    modelled = _entries_by_hour(territory, connectors, choices, loading, calls)
    hubs = set(stops.station[territory.hub_stops].tolist())
    number = {fold_name(name): k for k, name in enumerate(stops.station_names)}
    inside = _is_inside(territory)
    rows, unmatched = [], []
    for place, name in enumerate(observed.stations):
        station = number.get(fold_name(name))
        if station is None:
            unmatched.append(name)
            continue
        if station in hubs:
            continue
        for column, o_clock in enumerate(observed.hours):
            count = float(observed.entries_pax[place, column])
            if FIRST_HOUR <= o_clock <= LAST_HOUR and np.isfinite(count):
                rows.append(
                    EntryRow(
                        station=name,
                        in_territory=bool(inside[station]),
                        hour=o_clock,
                        observed_pax=count,
                        modelled_pax=float(modelled[station, o_clock]),
                    )
                )
    if not rows:
        return None
    home = [row for row in rows if row.in_territory]
    return EntryComparison(
        rows=tuple(rows),
        overall=measure_errors(rows),
        territory=measure_errors(home) if home else None,
        unmatched=tuple(unmatched),
    )


def _entries_by_hour(
    territory: Territory,
    connectors: Connectors,
    choices: RunChoices,
    loading: RunLoading,
    calls: CallTable,
) -> NDArray[np.float64]:
    """Return passengers who enter from the street, shape (n_stations, DAY_HOURS)."""
    timetable, journeys = territory.network.timetable, choices.journeys
    stops = timetable.stops
    from_street = np.zeros((len(connectors.offset) - 1, timetable.n_stops), dtype=np.bool_)
    from_street[connectors.place_of_connector(), connectors.stop] = connectors.kind != HUB
    rides = np.flatnonzero(choices.journey >= 0)
    board = journeys.leg_board[journeys.leg_offset[choices.journey[rides]]]
    origin = choices.group_origin[choices.group_of_entry()[rides]]
    stop = calls.stop[board]
    hour = np.clip(timetable.departure_s[board] // 3600, 0, DAY_HOURS - 1)
    enters = from_street[origin, stop]
    cell = stops.station[stop].astype(np.int64) * DAY_HOURS + hour
    total = np.bincount(
        cell[enters],
        weights=loading.flow_pax[rides][enters],
        minlength=len(stops.station_names) * DAY_HOURS,
    )
    return total.reshape(-1, DAY_HOURS).astype(np.float64)


def _is_inside(territory: Territory) -> NDArray[np.bool_]:
    """Return which stations' nearest leaf zone is in the territory, shape (n_stations,)."""
    stops, zones = territory.network.timetable.stops, territory.zones
    inside = np.zeros(len(stops.station_names), dtype=np.bool_)
    for stop, station in enumerate(stops.station.tolist()):
        away_m = distance_m(stops.lat[stop], stops.lon[stop], zones.lat, zones.lon)
        inside[station] = zones.in_territory[int(away_m.argmin())]
    return inside
