"""Which routes are dominated, from the definition."""

from __future__ import annotations


def kept_routes_plainly(groups: list[list[tuple[float, dict[int, float]]]]) -> list[bool]:
    """Tell for every route, group by group, whether no other route of the group dominates it.

    A route is (cost, cell -> weight). Of routes equal in every respect the first is kept.
    """
    kept = []
    for routes in groups:
        for r, route in enumerate(routes):
            kept.append(
                not any(
                    _dominates(other, route) and (not _dominates(route, other) or q < r)
                    for q, other in enumerate(routes)
                    if q != r
                )
            )
    return kept


def _dominates(q: tuple[float, dict[int, float]], r: tuple[float, dict[int, float]]) -> bool:
    if q[0] > r[0]:
        return False
    return all(weight <= r[1].get(cell, 0.0) for cell, weight in q[1].items())
