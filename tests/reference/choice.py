"""Choice sets from their definition: every window, minute and journey in turn."""

from dataclasses import dataclass

import numpy as np

from network.routing import search_profile
from solver.choice import HUB, LOCAL, WALK


@dataclass(frozen=True)
class PlainJourney:
    """A journey to one place: when, what it costs, its lines and stops, the cells it rides."""

    rank: tuple[int, int]  # number of the search, rides
    departure_s: int
    arrival_s: int
    cost: float
    signature: tuple[tuple[str, int, int], ...]
    cells: tuple[int, ...]


@dataclass(frozen=True)
class PlainAlternative:
    """What a window's people may take: mean cost, mean minutes, legs, passengers by cell."""

    cost: float
    time: float
    signature: tuple[tuple[str, int, int], ...]
    weights: dict[int, float]


def plain_choice(inputs):
    """Alternatives by (origin, place, window), that of other lines left out; none, no entry."""
    groups = {}
    for origin, place in zip(inputs.pair_origin.tolist(), inputs.pair_place.tolist(), strict=True):
        journeys = plain_journeys(inputs, origin, place, 0, None)
        kept = _all_windows(inputs, journeys, origin, place)
        ridden = {leg[0] for window in kept for a in window for leg in a.signature}
        lines = inputs.network.timetable.routes.lines
        for number, mask in enumerate(inputs.relief, start=1):
            if ridden & {line for line, full in zip(lines, mask, strict=True) if full}:
                journeys += plain_journeys(inputs, origin, place, number, mask)
        windows = _all_windows(inputs, journeys, origin, place)
        groups |= {(origin, place, w): window for w, window in enumerate(windows) if window}
    return groups


def connector_end(inputs, place):
    """Stops that a place reaches, with the seconds it takes and the weighted minutes."""
    connectors, weights = inputs.connectors, inputs.settings.weights
    end = {}
    for i in range(connectors.offset[place], connectors.offset[place + 1]):
        seconds, out_s = int(connectors.seconds[i]), int(connectors.out_s[i])
        kind = connectors.kind[i]
        out_weight = weights.walk if kind == WALK else weights.wait
        changes = {WALK: 0, LOCAL: 1, HUB: 1 + connectors.other_changes}[kind]
        weighted = (seconds - out_s + out_weight * out_s) / 60 + weights.change_min * changes
        end[int(connectors.stop[i])] = (seconds, weighted)
    return end


def plain_journeys(inputs, origin, place, search, banned):
    """Journeys of one search, priced leg by leg from the timetable."""
    network, cells, weights = inputs.network, inputs.cells, inputs.settings.weights
    access, egress = connector_end(inputs, origin), connector_end(inputs, place)
    last_s = int(inputs.window_start_s[-1]) + inputs.window_s
    found = search_profile(
        network,
        np.array(list(access), dtype=np.int32),
        np.array([seconds for seconds, _ in access.values()], dtype=np.int32),
        np.array([0, len(egress)], dtype=np.int32),
        np.array(list(egress), dtype=np.int32),
        np.array([seconds for seconds, _ in egress.values()], dtype=np.int32),
        np.arange(inputs.settings.earliest_departure_s, last_s, 60, dtype=np.int32),
        max_rides=inputs.settings.max_rides,
        banned_routes=banned,
    )
    timetable, journeys = network.timetable, []
    for j in range(len(found)):
        legs = range(int(found.leg_offset[j]), int(found.leg_offset[j + 1]))
        ridden_s, signature, ridden_cells, stops = 0, [], [], []
        for leg in legs:
            pattern = int(found.leg_pattern[leg])
            board, alight = int(found.leg_board_pos[leg]), int(found.leg_alight_pos[leg])
            arrival, departure = timetable.pattern_times(pattern)
            trip = int(found.leg_trip[leg] - timetable.pattern_trip_offset[pattern])
            ridden_s += int(arrival[trip, alight] - departure[trip, board])
            calls = timetable.pattern_stops(pattern)
            line = timetable.routes.lines[int(timetable.pattern_route[pattern])]
            signature.append((line, int(calls[board]), int(calls[alight])))
            stops += [int(calls[board]), int(calls[alight])]
            for pos in range(board, alight):
                window = int(departure[trip, pos] - cells.start_s) // cells.window_s
                if 0 <= window < cells.n_windows:
                    segment = int(timetable.pattern_offset[pattern]) + pos
                    ridden_cells.append(segment * cells.n_windows + window)
        ends_s = int(found.access_s[j] + found.egress_s[j])
        waited_s = int(found.arrival_s[j] - found.departure_s[j]) - ends_s - ridden_s
        cost = (
            access[stops[0]][1]
            + egress[stops[-1]][1]
            + ridden_s / 60
            + weights.wait * waited_s / 60
            + weights.change_min * (len(legs) - 1)
        )
        journeys.append(
            PlainJourney(
                (search, len(legs)),
                int(found.departure_s[j]),
                int(found.arrival_s[j]),
                cost,
                tuple(signature),
                tuple(ridden_cells),
            )
        )
    return journeys


def _all_windows(inputs, journeys, origin, place):
    connectors, weights = inputs.connectors, inputs.settings.weights
    out_min = connectors.other_out_min[origin, place]
    other = connectors.other_min[origin, place] - out_min + weights.wait * out_min
    other += weights.change_min * connectors.other_changes
    return [
        window_alternatives(journeys, int(start_s), inputs.window_s, other, inputs.settings)
        for start_s in inputs.window_start_s
    ]


def window_alternatives(journeys, start_s, window_s, other_min, settings):
    """Alternatives of one window, cheapest first, the trip by other lines left out."""
    minutes = range(start_s + 60, start_s + window_s + 1, 60)
    order = []
    for rank in sorted({journey.rank for journey in journeys}):
        offered = [journey for journey in journeys if journey.rank == rank]
        for by_s in minutes:
            latest = _latest(offered, by_s, settings.max_slack_s)
            if latest is not None and latest.signature not in order:
                order.append(latest.signature)
    alternatives = []
    for signature in order:
        same = [journey for journey in journeys if journey.signature == signature]
        taken = [(by_s, _latest(same, by_s, settings.max_slack_s)) for by_s in minutes]
        taken = [(by_s, journey) for by_s, journey in taken if journey is not None]
        n = len(taken)
        cost = sum(j.cost + settings.weights.slack * (by_s - j.arrival_s) / 60 for by_s, j in taken)
        weights: dict[int, float] = {}
        for _, journey in taken:
            for cell in journey.cells:
                weights[cell] = weights.get(cell, 0.0) + 1 / n
        time = sum((by_s - j.departure_s) / 60 for by_s, j in taken) / n
        alternatives.append(PlainAlternative(cost / n, time, signature, weights))
    best = min([other_min, *(a.cost for a in alternatives)])
    kept = [a for a in alternatives if a.cost <= best + settings.prune_min]
    return sorted(kept, key=lambda a: a.cost)[: settings.max_routes]


def _latest(journeys, by_s, max_slack_s):
    """Return the journey that arrives last in time, the first of equals; None where none is."""
    in_time = [j for j in journeys if by_s - max_slack_s <= j.arrival_s <= by_s]
    return max(in_time, key=lambda j: j.arrival_s, default=None)
