"""Real feeds: three engines agree on when one arrives, and backwards on when one must leave."""

import datetime as dt

import numpy as np
import pytest

from network.readers import read_network
from network.routing.engines.compiled import compile_routing, mirror_routing
from network.routing.engines.profile import ProfileWorkspace, search_profile
from network.routing.engines.scan import ScanWorkspace, scan_earliest
from network.routing.engines.sweep import SweepWorkspace, sweep_earliest
from network.timetable import UNREACHED_S
from tests.builders.realdata import real_data

EIGHT_S = 8 * 3600
MAX_RIDES = 8
N_PAIRS = 60
ZERO = np.zeros(1, dtype=np.int32)


class Engines:
    """RAPTOR, connection scan and sweep on one graph."""

    def __init__(self, graph):
        self.network = graph.network
        self.profile = ProfileWorkspace(graph.network, MAX_RIDES, graph=graph)
        self.scan, self.sweep = ScanWorkspace(graph), SweepWorkspace(graph)

    def earliest(self, start, end, departure_s):
        """The earliest arrival by each engine; ends are arrays of one stop."""
        journeys = search_profile(
            self.network, start, ZERO, np.array([0, 1], dtype=np.int32), end, ZERO,
            np.array([departure_s], dtype=np.int32), max_rides=MAX_RIDES, workspace=self.profile,
        )  # fmt: skip
        return [
            min(journeys.arrival_s.tolist(), default=UNREACHED_S),
            scan_earliest(self.scan, start, ZERO, end, ZERO, departure_s),
            sweep_earliest(self.sweep, start, ZERO, end, ZERO, departure_s),
        ]


@pytest.mark.parametrize(
    ("feed", "date"),
    [
        (("plaine-commune", "ratp_metro_all_week_20190311.zip"), dt.date(2019, 3, 14)),
        (("porto", "gtfs_stcp.zip"), dt.date(2024, 5, 15)),
        (("mexico-city", "gtfs_cdmx.zip"), dt.date(2022, 6, 15)),
    ],
    ids=["metro", "porto", "mexico-city"],
)
def test_engines_agree_on_arriving_and_on_the_last_departure_that_does(feed, date):
    graph = compile_routing(read_network(real_data(*feed), date))
    forwards, backwards = Engines(graph), Engines(mirror_routing(graph))
    n_stops = graph.network.timetable.n_stops
    pairs = np.random.default_rng(8).integers(0, n_stops, (N_PAIRS, 2, 1)).astype(np.int32)
    n_reached = 0
    for start, end in pairs:
        arrival_s = forwards.earliest(start, end, EIGHT_S)
        assert arrival_s == [arrival_s[0]] * 3
        if arrival_s[0] == UNREACHED_S:
            continue
        n_reached += 1
        latest_s = [-s for s in backwards.earliest(end, start, -arrival_s[0])]
        assert latest_s == [latest_s[0]] * 3
        # It is a departure that arrives by then, and a second later there is none.
        assert latest_s[0] >= EIGHT_S
        assert forwards.earliest(start, end, latest_s[0]) == arrival_s
        assert min(forwards.earliest(start, end, latest_s[0] + 1)) > arrival_s[0]
    assert n_reached > 0.8 * N_PAIRS
