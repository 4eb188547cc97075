"""Modelled station entries beside the observed ones: how wrong the demand is, by station."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scenarios.results import EntryComparison, EntryRow
from scenarios.territory import fold_name
from solver.loading import count_station_entries

if TYPE_CHECKING:
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
                        station=name, hour=o_clock, observed_pax=count, modelled_pax=modelled
                    )
                )
    return _summarise(rows, unmatched)


def _summarise(rows: list[EntryRow], unmatched: list[str]) -> EntryComparison | None:
    if not rows:
        return None
    seen = np.asarray([row.observed_pax for row in rows])
    made = np.asarray([row.modelled_pax for row in rows])
    error = np.abs(made - seen)
    varied = seen.std() > 0 and made.std() > 0
    return EntryComparison(
        rows=tuple(rows),
        total_error=float(made.sum() / seen.sum() - 1) if seen.sum() > 0 else 0.0,
        mean_abs_error_pax=float(error.mean()),
        weighted_abs_error=float(error.sum() / seen.sum()) if seen.sum() > 0 else 0.0,
        correlation=float(np.corrcoef(seen, made)[0, 1]) if varied else 0.0,
        unmatched=tuple(unmatched),
    )
