"""Random choice problems on random feeds."""

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from network import Network
from network.readers import read_network
from solver.choice import (
    HUB,
    LOCAL,
    WALK,
    ChoiceInputs,
    ChoiceSettings,
    CostWeights,
    build_cells,
)
from tests.builders.feeds import DAY, write_feed
from tests.builders.places import connectors_of
from tests.builders.random_feeds import PlainCity, cities, ends

PERIOD_S = (23 * 3600 + 2700, 25 * 3600)  # trips of random feeds start from 23:30 to 00:30
CELLS_S = (23 * 3600 + 1800, 24 * 3600 + 2700)  # not all rides: some are outside the cells


@dataclass(frozen=True)
class ChoiceCase:
    """A city, how its two zones and two sites reach stops, and how people choose."""

    city: PlainCity
    ends: tuple[dict[str, tuple[int, int, int]], ...]
    other_min: float
    settings: ChoiceSettings
    relief: tuple[str, ...]

    def inputs(self) -> ChoiceInputs:
        """The case as the product takes it, all pairs of zone and place."""
        network = network_of(self.city)
        index = {stop_id: i for i, stop_id in enumerate(network.timetable.stops.ids)}
        used = [{index[s]: row for s, row in end.items() if s in index} for end in self.ends]
        origin, place = np.divmod(np.arange(8, dtype=np.int32), 4)
        return ChoiceInputs(
            network=network,
            cells=build_cells(network.timetable, start_s=CELLS_S[0], end_s=CELLS_S[1]),
            connectors=connectors_of(
                used, other_min=self.other_min, other_out_min=4.0, other_changes=1.0, n_zones=2
            ),
            pair_origin=origin,
            pair_place=place,
            window_start_s=np.arange(*PERIOD_S, 900, dtype=np.int64),
            window_s=900,
            settings=self.settings,
            relief=tuple(
                np.asarray([line == relieved for line in network.timetable.routes.lines])
                for relieved in self.relief
            ),
        )


def network_of(city: PlainCity) -> Network:
    """The city read as a network, all its stops moved to one point.

    Trips of random feeds take no heed of distances; so no vehicle is faster than the
    fastest that the choice of pairs reckons with.
    """
    with tempfile.TemporaryDirectory() as folder:
        network = read_network(write_feed(Path(folder), **city.files()), DAY, include_spill=False)
    stops = network.timetable.stops
    moved = replace(stops, lat=np.full(len(stops), 48.9), lon=np.full(len(stops), 2.35))
    return replace(network, timetable=replace(network.timetable, stops=moved))


@st.composite
def choice_cases(draw, *, relief: bool = False) -> ChoiceCase:
    """Cases whose times are whole minutes, so that costs are exact and ties are ties."""
    places = []
    for _ in range(4):
        kind = draw(st.sampled_from([WALK, LOCAL, HUB]))
        end = draw(ends())
        places.append({s: (at, at if kind == WALK else at // 2, kind) for s, at in end.items()})
    return ChoiceCase(
        city=draw(cities()),
        ends=tuple(places),
        other_min=draw(st.sampled_from([5.0, 30.0, 60.0])),
        settings=ChoiceSettings(
            earliest_departure_s=23 * 3600,
            max_rides=3,
            max_routes=draw(st.sampled_from([1, 2, 5])),
            prune_min=draw(st.sampled_from([0.0, 12.0, 500.0])),
            max_slack_s=draw(st.sampled_from([600, 2700])),
            weights=CostWeights(
                walk=draw(st.sampled_from([1.5, 2.0])), slack=draw(st.sampled_from([0.0, 1.0]))
            ),
        ),
        relief=("R0",) if relief else (),
    )
