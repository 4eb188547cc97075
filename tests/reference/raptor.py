"""Earliest arrivals by rounds, from the definition: every trip, every boarding, no pruning."""

from network.timetable import UNREACHED_S

Run = list[tuple[str, int, int, bool, bool]]  # stop, arrival, departure, may board, may alight


def earliest_arrivals(
    runs: list[Run],
    walks: dict[tuple[str, str], int],
    access: dict[str, int],
    egress: dict[str, int],
    departure_s: int,
    max_rides: int,
    latest_s: int = UNREACHED_S,
) -> list[int]:
    """Arrival with at most 0, 1, ... ``max_rides`` rides; UNREACHED_S where there is none.

    Walks join two rides only, and the origin is left at ``latest_s`` at the latest. Nobody
    boards again where they could have walked to as soon: the ride to there is no progress, it
    would only feign an earlier departure for a vehicle that leaves after ``latest_s``.
    """
    ready = {stop: departure_s + seconds for stop, seconds in access.items()}
    results = [UNREACHED_S]
    for ride in range(1, max_rides + 1):
        alighted: dict[str, int] = {}
        for run in runs:
            for i, (stop, _, departure, may_board, _) in enumerate(run):
                if not may_board or ready.get(stop, UNREACHED_S) > departure:
                    continue
                if ride == 1 and departure - access[stop] > latest_s:
                    continue
                for later, arrival, _, _, may_alight in run[i + 1 :]:
                    if may_alight:
                        alighted[later] = min(arrival, alighted.get(later, UNREACHED_S))
        here = [alighted[stop] + s for stop, s in egress.items() if stop in alighted]
        results.append(min([*here, results[-1]]))
        ready = {
            stop: arrival
            for stop, arrival in alighted.items()
            if arrival < departure_s + access.get(stop, UNREACHED_S)
        }
        for (a, b), seconds in walks.items():
            if a in alighted:
                ready[b] = min(alighted[a] + seconds, ready.get(b, UNREACHED_S))
    return results


def pareto_journeys(
    runs: list[Run],
    walks: dict[tuple[str, str], int],
    access: dict[str, int],
    egress: dict[str, int],
    window_s: tuple[int, int],
    max_rides: int,
) -> set[tuple[int, int, int]]:
    """Undominated (departure, arrival, rides) that leave the origin within the window."""
    leaving = {
        departure - access[stop]
        for run in runs
        for stop, _, departure, _, _ in run
        if stop in access and window_s[0] <= departure - access[stop] <= window_s[1]
    }
    points = set()
    for departure_s in leaving:
        arrivals = earliest_arrivals(
            runs, walks, access, egress, departure_s, max_rides, window_s[1]
        )
        points |= {(departure_s, a, k) for k, a in enumerate(arrivals) if a < UNREACHED_S}
    return {
        p
        for p in points
        if not any(q != p and q[0] >= p[0] and q[1] <= p[1] and q[2] <= p[2] for q in points)
    }
