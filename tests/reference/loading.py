"""Plain twins of the loading kernels, written from the definitions, one group at a time."""

import math


def price(alternatives, extra_min):
    """Free-flow minutes plus the weighted extra minutes of the cells of each alternative."""
    costs = []
    for a, free in enumerate(alternatives.free_min):
        first, last = alternatives.cell_offset[a], alternatives.cell_offset[a + 1]
        costs.append(
            free
            + sum(
                float(alternatives.cell_weight[i]) * extra_min[alternatives.cell[i]]
                for i in range(first, last)
            )
        )
    return costs


def logit(alternatives, cost, scale, demand):
    """Flows by the logit formula as it stands in a textbook, and each group's log-sum."""
    flows, sums = [0.0] * len(cost), []
    for g, people in enumerate(demand):
        members = range(alternatives.offset[g], alternatives.offset[g + 1])
        weights = [math.exp(-scale * cost[a]) for a in members]
        for a, weight in zip(members, weights, strict=True):
            flows[a] = people * weight / sum(weights)
        sums.append(-math.log(sum(weights)) / scale)
    return flows, sums


def loads(alternatives, flow, n_cells):
    """Passengers by cell."""
    total = [0.0] * n_cells
    for a, people in enumerate(flow):
        for i in range(alternatives.cell_offset[a], alternatives.cell_offset[a + 1]):
            total[alternatives.cell[i]] += people * float(alternatives.cell_weight[i])
    return total


def divergence(alternatives, flow, cost, scale, demand):
    """Sum over groups of q KL(h/q, logit(c)) / scale: how far flows are from their own logit."""
    wanted, _ = logit(alternatives, cost, scale, demand)
    return (
        sum(
            people * math.log(people / target)
            for people, target in zip(flow, wanted, strict=True)
            if people > 0
        )
        / scale
    )
