"""Boardings: where passengers enter the network, to be held beside observed entries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from solver.choice import HUB
from solver.loading._loading_kernels import count_first_boardings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network import Network
    from solver.choice import Alternatives, Cells, Connectors
    from solver.loading.transit import TransitLoading


def count_station_entries(
    network: Network,
    alternatives: Alternatives,
    cells: Cells,
    connectors: Connectors,
    loading: TransitLoading,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Count passengers who enter the modelled lines, by stop and window.

    Returns
    -------
    entered
        Passengers who walk to the stop or come by local bus, shape (n_stops, n_windows).
    changed
        Passengers who come by other lines to a hub, same shape. Many of these change
        inside the gates, where no ticket is validated.
    """
    timetable = network.timetable
    enters = np.zeros((len(connectors.offset) - 1, timetable.n_stops), dtype=np.bool_)
    enters[connectors.place_of_connector(), connectors.stop] = connectors.kind != HUB
    entered, changed = count_first_boardings(
        alternatives.group_origin,
        alternatives.offset,
        loading.flow_pax,
        alternatives.leg_offset,
        alternatives.leg_pattern,
        alternatives.leg_board_pos,
        timetable.pattern_offset,
        timetable.pattern_stop,
        alternatives.cell_offset,
        alternatives.cell,
        alternatives.cell_weight,
        cells.n_windows,
        timetable.n_stops,
        enters,
    )
    return entered, changed
