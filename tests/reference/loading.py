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


def run_platforms(trips, people):
    """Run one day second by second: people as lists, trains as they come.

    ``trips``: {trip: (line, capacity, [(stop, arrival, departure), ...])}. ``people``: lists of
    [ready second, passengers, legs], legs as (line, from, to, walk before, not before). Returns
    who gets on, off and stays behind, by (trip, place in the trip). First come first served;
    people of one second share the room.
    """
    on, off, behind = {}, {}, {}
    waiting = [[ready, pax, list(legs)] for ready, pax, legs in people]
    inside = {trip: [] for trip in trips}
    seconds = {time for _, _, calls in trips.values() for call in calls for time in call[1:]}
    for now in sorted(seconds):
        for trip, (_, _, calls) in trips.items():
            for at, (stop, arrival, _) in enumerate(calls):
                if arrival != now or at == 0:
                    continue
                leaving = [some for some in inside[trip] if some[2][0][2] == stop]
                inside[trip] = [some for some in inside[trip] if some[2][0][2] != stop]
                off[trip, at] = sum(pax for _, pax, _ in leaving)
                waiting += [
                    [now + legs[1][3], pax, legs[1:]] for _, pax, legs in leaving if legs[1:]
                ]
        for trip, (line, capacity, calls) in trips.items():
            for at, (stop, _, departure) in enumerate(calls[:-1]):
                if departure != now:
                    continue
                ahead = {later for later, _, _ in calls[at + 1 :]}

                def fits(some, line=line, stop=stop, ahead=ahead, now=now):
                    of, start, end, _, after = some[2][0]
                    return (of, start) == (line, stop) and end in ahead and some[0] <= now >= after

                room = capacity - sum(pax for _, pax, _ in inside[trip])
                for second in sorted({some[0] for some in waiting if fits(some)}):
                    peers = [some for some in waiting if some[0] == second and fits(some)]
                    wish = sum(pax for _, pax, _ in peers)
                    share = min(1.0, room / wish) if wish > 0 else 0.0
                    for some in peers:
                        inside[trip].append([second, share * some[1], some[2]])
                        some[1] -= share * some[1]
                    on[trip, at] = on.get((trip, at), 0.0) + share * wish
                    behind[trip, at] = behind.get((trip, at), 0.0) + (1 - share) * wish
                    room -= share * wish
                waiting = [some for some in waiting if some[1] > 0]
    return on, off, behind


def run_loads(timetable, calls, choices, flow):
    """Passengers on leaving every call, each journey walked call by call."""
    load = [0.0] * len(calls)
    journeys = choices.journeys
    for people, j in zip(flow.tolist(), choices.journey.tolist(), strict=True):
        if j < 0:
            continue
        for leg in range(journeys.leg_offset[j], journeys.leg_offset[j + 1]):
            for call in range(journeys.leg_board[leg], journeys.leg_alight[leg]):
                load[call] += people
    return load


def run_costs(choices, extra_min):
    """Free-flow minutes plus what every ridden call adds."""
    journeys, costs = choices.journeys, []
    for free, j in zip(choices.free_min.tolist(), choices.journey.tolist(), strict=True):
        legs = [] if j < 0 else range(journeys.leg_offset[j], journeys.leg_offset[j + 1])
        costs.append(
            free
            + sum(
                extra_min[call]
                for leg in legs
                for call in range(journeys.leg_board[leg], journeys.leg_alight[leg])
            )
        )
    return costs


def seat_passengers(seats, rides, n_calls):
    """Share of each call's boarders who sit on each segment, seats kept: packets, one by one."""
    found, aboard = {}, []
    for here in range(n_calls):
        aboard = [packet for packet in aboard if packet["alight"] != here]
        aboard += [
            {"board": board, "alight": alight, "sits": 0.0, "stands": pax}
            for board, alight, pax in rides
            if board == here
        ]
        free = seats - sum(packet["sits"] for packet in aboard)
        for board in range(here + 1):
            peers = [packet for packet in aboard if packet["board"] == board]
            wish = sum(packet["stands"] for packet in peers)
            given = min(free, wish)
            for packet in peers:
                part = given * packet["stands"] / wish if wish > 0 else 0.0
                packet["sits"] += part
                packet["stands"] -= part
            free -= given
            sits = sum(packet["sits"] for packet in peers)
            if peers:
                found[board, here] = sits / sum(p["sits"] + p["stands"] for p in peers)
    return found
