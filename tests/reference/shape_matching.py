"""Calls along a line by trying every way to place them: the plain twin of the kernel."""

from itertools import combinations_with_replacement


def place_calls(points, calls):
    """Return the points nearest to calls, never going backwards, and the sum of squares.

    Of equally near placings the one with the earliest points for the last calls, which is
    what dynamic programming that keeps the first of equals gives.
    """
    best = None
    for places in combinations_with_replacement(range(len(points)), len(calls)):
        total = sum(
            (points[p][0] - x) ** 2 + (points[p][1] - y) ** 2
            for p, (x, y) in zip(places, calls, strict=True)
        )
        if best is None or (total, places[::-1]) < best:
            best = (total, places[::-1])
    return list(best[1][::-1]), best[0]
