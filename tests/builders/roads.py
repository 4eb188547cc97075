"""Road networks of a few links, and trips between their zones."""

import numpy as np
from hypothesis import strategies as st

from network.roads import RoadNetwork, TripTable


def road_network(
    links, *, n_zones=2, n_nodes=None, first_thru=1, toll_factor=0.0, distance_factor=0.0
):
    """Build a network of rows (tail, head, free-flow time, b, capacity, power[, toll[, length]]).

    Nodes are numbered from 1, as in the files.
    """
    rows = np.array([(*row, 0.0, 0.0)[:8] for row in links], dtype=np.float64)
    tail, head = (rows[:, k].astype(np.int32) - 1 for k in (0, 1))
    count = n_nodes or int(max(tail.max(), head.max())) + 1
    return RoadNetwork(
        node_numbers=np.arange(1, count + 1, dtype=np.int32),
        tail=tail,
        head=head,
        free_flow_time=rows[:, 2].copy(),
        b=rows[:, 3].copy(),
        capacity=rows[:, 4].copy(),
        power=rows[:, 5].copy(),
        toll=rows[:, 6].copy(),
        length=rows[:, 7].copy(),
        speed=np.zeros(len(rows)),
        link_type=np.ones(len(rows), dtype=np.int32),
        n_zones=n_zones,
        first_thru_node=first_thru,
        toll_factor=toll_factor,
        distance_factor=distance_factor,
    )


def linear(tail, head, fixed, by_vehicle):
    """Return a link that takes ``fixed + by_vehicle * volume``; ``fixed`` may be 0."""
    free = fixed or 1e-9
    return (tail, head, free, by_vehicle / free, 1.0, 1.0)


def trip_table(trips, n_zones=2):
    """Build a trip table of ``{(origin, destination): trips}``, zones numbered from 1."""
    pairs = np.array(list(trips), dtype=np.int32).reshape(-1, 2) - 1
    return TripTable(
        n_zones=n_zones,
        origin=pairs[:, 0].copy(),
        destination=pairs[:, 1].copy(),
        trips=np.array(list(trips.values()), dtype=np.float64),
        stated_total=None,
    )


BRAESS = (
    linear(1, 3, 0, 10),
    linear(1, 4, 50, 1),
    linear(3, 2, 50, 1),
    linear(4, 2, 0, 10),
    linear(3, 4, 10, 1),
)
"""Braess's network; the last link is the one that harms."""


def steep_roads(seed):
    """Draw 10 to 60 nodes joined at random by free, constant and very steep links, and trips."""
    rng = np.random.default_rng(seed)
    n_nodes = int(rng.integers(10, 60))
    n_links, n_zones = int(n_nodes * rng.uniform(2, 5)), int(rng.integers(2, 10))
    ends = rng.integers(1, n_nodes + 1, (n_links, 2))
    ends = ends[ends[:, 0] != ends[:, 1]]
    columns = [
        rng.choice(values, len(ends))
        for values in ((0, 0.5, 1, 5), (0, 0.15, 1, 3), (5, 10, 30), (0, 1, 1.5, 4, 7, 12))
    ]
    network = road_network(
        np.column_stack([ends, *columns]), n_zones=n_zones, n_nodes=n_nodes, first_thru=n_zones + 1
    )
    pairs = {
        (o, d): float(rng.choice([0.1, 1, 3]))
        for o in range(1, n_zones + 1)
        for d in range(1, n_zones + 1)
    }
    return network, trip_table(pairs, n_zones=n_zones)


tenths = st.integers(0, 60).map(lambda n: n / 10)


@st.composite
def road_cases(draw):
    """Draw a network of 4 to 6 nodes, 3 of them zones, and trips; some links are free or fixed."""
    n_nodes = draw(st.integers(4, 6))
    ends = st.tuples(st.integers(1, n_nodes), st.integers(1, n_nodes))
    pairs = draw(st.lists(ends.filter(lambda p: p[0] != p[1]), min_size=6, max_size=13))
    powers = st.sampled_from([0, 0.6, 1, 2, 2.5, 4, 5])
    links = [
        (
            *pair,
            draw(tenths),
            draw(st.sampled_from([0, 0.15, 1])),
            draw(st.sampled_from([1, 2.5, 8])),
            draw(powers),
            draw(tenths),
            draw(tenths),
        )
        for pair in pairs
    ]
    network = road_network(
        links,
        n_zones=3,
        n_nodes=n_nodes,
        first_thru=draw(st.sampled_from([1, 4])),
        toll_factor=draw(st.sampled_from([0.0, 0.7])),
        distance_factor=draw(st.sampled_from([0.0, 0.3])),
    )
    zones = st.integers(1, 3)
    counts = st.integers(0, 90).map(lambda n: n / 10)
    trips = draw(st.dictionaries(st.tuples(zones, zones), counts, min_size=1, max_size=6))
    return network, trip_table(trips, n_zones=3)
