"""Road assignment from the definition: all simple paths, a general convex solver."""

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, minimize


def link_cost(network, a, volume):
    """Return the generalised cost of a link, as the format's page writes it."""
    growth = network.b[a] * (volume / network.capacity[a]) ** network.power[a]
    fixed = network.toll_factor * network.toll[a] + network.distance_factor * network.length[a]
    return network.free_flow_time[a] * (1 + growth) + fixed


def link_integral(network, a, volume):
    """Return the integral of a link's generalised cost from 0 to a volume."""
    power = network.power[a]
    growth = network.b[a] / (power + 1) * (volume / network.capacity[a]) ** power
    fixed = network.toll_factor * network.toll[a] + network.distance_factor * network.length[a]
    return volume * (network.free_flow_time[a] * (1 + growth) + fixed)


def simple_paths(network, origin, destination):
    """Return every path without a repeated node as a list of links, centroids obeyed."""
    found = []

    def walk(node, nodes, links):
        if node == destination:
            found.append(links)
            return
        if node != origin and network.node_numbers[node] < network.first_thru_node:
            return
        for a in np.flatnonzero(network.tail == node).tolist():
            head = int(network.head[a])
            if head not in nodes:
                walk(head, {*nodes, head}, [*links, a])

    walk(origin, {origin}, [])
    return found


def solve_by_paths(network, trips, *, optimum=False):
    """Return the objective at its minimum and the link flows, by SLSQP over all simple paths."""
    paths, rows, demand = [], [], []
    for o, d, count in zip(trips.origin, trips.destination, trips.trips, strict=True):
        own = simple_paths(network, int(o), int(d)) if o != d else []
        if own and count > 0:
            rows.append(range(len(paths), len(paths) + len(own)))
            demand.append(float(count))
            paths += own
    uses = np.zeros((network.n_links, len(paths)))
    for p, links in enumerate(paths):
        uses[links, p] = 1.0
    total = np.zeros((len(rows), len(paths)))
    start = np.zeros(len(paths))
    for r, (row, count) in enumerate(zip(rows, demand, strict=True)):
        total[r, list(row)] = 1.0
        start[list(row)] = count / len(row)
    links = range(network.n_links)

    def value(flow):
        volume = np.maximum(uses @ flow, 0.0)
        if optimum:
            return sum(volume[a] * link_cost(network, a, volume[a]) for a in links)
        return sum(link_integral(network, a, volume[a]) for a in links)

    def slope(flow):
        volume = np.maximum(uses @ flow, 0.0)
        cost = np.array([link_cost(network, a, volume[a]) for a in links])
        if optimum:
            still = [link_cost(network, a, 0.0) for a in links]
            cost += network.power * (cost - still)
        return uses.T @ cost

    scale = value(start)
    found = minimize(
        lambda flow: value(flow) / scale,
        start,
        jac=lambda flow: slope(flow) / scale,
        method="SLSQP",
        bounds=Bounds(0.0, np.inf),
        constraints=LinearConstraint(total, demand, demand),
        options={"maxiter": 500, "ftol": 1e-14},
    )
    return value(found.x), uses @ found.x


def least_costs(network, cost, origin):
    """Return least costs from a node by relaxing every link n times (Bellman and Ford)."""
    label = np.full(network.n_nodes, np.inf)
    label[origin] = 0.0
    for _ in range(network.n_nodes):
        for a in range(network.n_links):
            i, j = network.tail[a], network.head[a]
            passable = i == origin or network.node_numbers[i] >= network.first_thru_node
            if passable and label[i] + cost[a] < label[j]:
                label[j] = label[i] + cost[a]
    return label


def relative_gap(network, trips, flow):
    """Return 1 - SPTT / TSTT of link flows, from the definition."""
    cost = np.array([link_cost(network, a, flow[a]) for a in range(network.n_links)])
    paid = float(flow @ cost)
    least = 0.0
    for origin in np.unique(trips.origin).tolist():
        label = least_costs(network, cost, origin)
        own = (trips.origin == origin) & (trips.trips > 0)  # nobody asks for a path
        least += float(trips.trips[own] @ label[trips.destination[own]])
    return 1 - least / paid
