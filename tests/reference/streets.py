"""Slow plain twin of the car graph: searches over whole histories of moves, by the rules' words.

A network is one street (way) between two junctions each. A move is a way in a direction. What
a driver may do next is asked of every restriction and of the public and limited streets so
far, with the last moves in hand; nothing is copied or prepared.
"""

import heapq
from dataclasses import dataclass
from itertools import count


@dataclass(frozen=True)
class Move:
    way: int
    tail: int
    head: int
    seconds: float
    limited: bool = False


@dataclass(frozen=True)
class Rule:
    """A restriction: ``ways`` from, via ... and to, with the ``junctions`` between them."""

    only: bool
    ways: tuple[int, ...]
    junctions: tuple[int, ...]

    def is_begun(self, history: tuple[Move, ...], n: int) -> bool:
        """Say whether the last n moves are the first n ways of the rule, in its direction."""
        return len(history) >= n and all(
            (move.way, move.head) == (way, junction)
            for move, way, junction in zip(history[-n:], self.ways, self.junctions, strict=False)
        )


def may_follow(history: tuple[Move, ...], following: Move, rules: list[Rule]) -> bool:
    """Say whether the rules let a driver who made these moves make the next one."""
    required: dict[tuple[int, ...], set[int]] = {}
    for rule in rules:
        for n in range(1, len(rule.ways)):
            if not rule.is_begun(history, n):
                continue
            if rule.only:
                begun = (*rule.ways[:n], *rule.junctions[:n])
                required.setdefault(begun, set()).add(rule.ways[n])
            elif n == len(rule.ways) - 1 and following.way == rule.ways[n]:
                return False
    return all(following.way in ways for ways in required.values())


def is_kept_from_a_turn(history: tuple[Move, ...], rules: list[Rule]) -> bool:
    """Say whether a restriction's whole path ends here, or ended one move ago."""
    return any(
        rule.is_begun(moves, len(rule.ways) - 1)
        for rule in rules
        for moves in (history, history[:-1])
    )


def stage_after(stage: int, move: Move) -> int | None:
    """Return how far a trip is: 0 on its first limited streets, 1 on public ones, 2 on its last."""
    if not move.limited:
        return None if stage == 2 else 1
    return {0: 0, 1: 2, 2: 2}[stage]


def shortest_times(
    moves: list[Move], rules: list[Rule], start: Move
) -> dict[tuple[int, int], float]:
    """Return the least seconds from the end of ``start`` to the end of every move, by way and head.

    ``start`` itself is travelled first, for nothing. Who is kept from a turn turns round
    neither there nor at the next junction, unless nothing else is left.
    """
    leaving: dict[int, list[Move]] = {}
    for move in moves:
        leaving.setdefault(move.tail, []).append(move)
    memory = max((len(rule.ways) for rule in rules), default=1)
    first_stage = 0 if start.limited else 1
    order = count()
    queue = [(0.0, next(order), (start,), first_stage)]
    seen: set[tuple[tuple[Move, ...], int]] = set()
    best: dict[tuple[int, int], float] = {}
    while queue:
        seconds, _, history, stage = heapq.heappop(queue)
        if (history, stage) in seen:
            continue
        seen.add((history, stage))
        last = history[-1]
        best.setdefault((last.way, last.head), seconds)
        options = [
            following
            for following in leaving.get(last.head, [])
            if stage_after(stage, following) is not None and may_follow(history, following, rules)
        ]
        if is_kept_from_a_turn(history, rules):
            options = [move for move in options if move.way != last.way] or options
        for following in options:
            next_stage = stage_after(stage, following)
            kept = (*history, following)[-memory:]
            heapq.heappush(queue, (seconds + following.seconds, next(order), kept, next_stage))
    return best
