"""Modelled station entries beside the observed ones: how wrong the demand is, by station."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from network.base import distance_m
from scenarios.pack_tables import fold_name
from scenarios.results import EntryComparison, EntryErrors, EntryRow
from solver.loading import count_station_entries

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from scenarios.model import Model
    from solver.loading import TransitLoading

FIRST_HOUR, LAST_HOUR = 6, 9
"""Hours compared: those whose entries all arrive within the modelled period."""


def compare_entries(model: Model, loading: TransitLoading) -> EntryComparison | None:
    """Compare entries by station and hour, hubs left out.

    At a hub passengers of other lines change inside the gates, where no ticket is counted;
    model and count mean different things there. Elsewhere who comes from the street or by
    local bus is compared with who validated a ticket.
    """
    observed = model.territory.station_entries
    if observed is None:
        return None
    stops, cells = model.territory.network.timetable.stops, model.cells
    entered, _ = count_station_entries(
        model.territory.network, model.alternatives, cells, model.connectors, loading
    )
    by_station = np.zeros((len(stops.station_names), cells.n_windows))
    np.add.at(by_station, stops.station, entered)
    hour = (cells.window_starts_s() // 3600).astype(np.int64)
    hubs = {int(stops.station[stop]) for stop in model.territory.hub_stops}
    number = {fold_name(name): k for k, name in enumerate(stops.station_names)}
    inside = _inside_territory(model)
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
                modelled = float(by_station[station, hour == o_clock].sum())
                rows.append(
                    EntryRow(
                        station=name,
                        in_territory=bool(inside[station]),
                        hour=o_clock,
                        observed_pax=count,
                        modelled_pax=modelled,
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


def _inside_territory(model: Model) -> NDArray[np.bool_]:
    """Return which stations' nearest leaf zone is in the territory, shape (n_stations,)."""
    stops, zones = model.territory.network.timetable.stops, model.territory.zones
    inside = np.zeros(len(stops.station_names), dtype=np.bool_)
    for stop, station in enumerate(stops.station.tolist()):
        away_m = distance_m(stops.lat[stop], stops.lon[stop], zones.lat, zones.lon)
        inside[station] = zones.in_territory[int(away_m.argmin())]
    return inside


def measure_errors(rows: list[EntryRow]) -> EntryErrors:
    """Return how far modelled entries are from observed ones, over all rows."""
    seen = np.asarray([row.observed_pax for row in rows])
    made = np.asarray([row.modelled_pax for row in rows])
    error = np.abs(made - seen)
    total = float(seen.sum())
    varied = seen.std() > 0 and made.std() > 0
    return EntryErrors(
        stations=len({row.station for row in rows}),
        total_error=float(made.sum()) / total - 1 if total > 0 else 0.0,
        mean_abs_error_pax=float(error.mean()),
        weighted_abs_error=float(error.sum()) / total if total > 0 else 0.0,
        correlation=float(np.corrcoef(seen, made)[0, 1]) if varied else 0.0,
    )
