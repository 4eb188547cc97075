"""Turn restrictions as moves: which sequences of moves along segments they bar."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from network.base import Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.base import ProblemLog
    from network.streets.graph import Segments
    from network.streets.raw import RawWays, TurnRestriction
    from network.streets.vertices import VertexGraph


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A restriction in moves (``vertices.move_key``): after ``path``, ``last`` is forbidden.

    Or, where ``only``, each move of the path must be followed by its next one, and the last of
    the path by ``last``.
    """

    path: tuple[int, ...]
    last: int
    only: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Move:
    """One move along a segment, between junctions."""

    key: int
    tail: int
    head: int

    @property
    def segment(self) -> int:
        return self.key >> 1

    @property
    def is_backward(self) -> int:
        return self.key & 1


def find_turns(
    raw: RawWays,
    segments: Segments,
    osm_id: NDArray[np.int64],
    graph: VertexGraph,
    log: ProblemLog,
) -> tuple[list[Turn], int]:
    """Translate restrictions into moves of the graph, and count those that bar something.

    A restriction one of whose ways is closed to cars or missing bars nothing. One whose ways
    do not meet, or meet so that more than one turn could be meant, is set aside.
    """
    wanted = {w for r in raw.restrictions for w in (*r.from_ways, *r.via_ways, *r.to_ways)}
    moves = _moves_by_way(segments, graph, wanted)
    turns: list[Turn] = []
    n_applied = 0
    for restriction in raw.restrictions:
        found: list[Turn] = []
        unclear = False
        for from_way in restriction.from_ways:
            for to_way in restriction.to_ways:
                ways = (from_way, *restriction.via_ways, to_way)
                if not all(way in moves for way in ways):
                    continue
                some = _find_turns_between(restriction, ways, moves, osm_id)
                if len(some) > 1 and from_way != to_way:
                    unclear = True
                elif some:
                    found += some
                else:
                    unclear |= not _do_meet(restriction, ways, moves, osm_id)
        if unclear:
            log.set_aside("turn restriction that is unclear", _unclear(raw.name, restriction.id))
        turns += found
        n_applied += bool(found)
    return turns, n_applied


def _moves_by_way(
    segments: Segments, graph: VertexGraph, wanted: set[int]
) -> dict[int, list[_Move]]:
    """Return the moves along each wanted way, by segment."""
    way = segments.way[graph.segment]
    wanted_ids = np.fromiter(wanted, np.int64, len(wanted))
    mine = np.flatnonzero(graph.is_start & np.isin(way, wanted_ids))
    key = graph.move_key()
    moves: dict[int, list[_Move]] = defaultdict(list)
    for e in mine[np.argsort(key[mine])]:
        move = _Move(
            key=int(key[e]),
            tail=int(graph.node[graph.tail[e]]),
            head=int(graph.node[graph.head[e]]),
        )
        moves[int(way[e])].append(move)
    return dict(moves)


def _find_turns_between(
    restriction: TurnRestriction,
    ways: tuple[int, ...],
    moves: dict[int, list[_Move]],
    osm_id: NDArray[np.int64],
) -> list[Turn]:
    """Return every manner to drive over the ways in order, from one move of the first."""
    chains: list[tuple[_Move, ...]] = [(move,) for move in moves[ways[0]]]
    if not restriction.via_ways:
        chains = [c for c in chains if int(osm_id[c[0].head]) == restriction.via_node]
    for via_way in ways[1:-1]:
        chains = [c + more for c in chains for more in _runs_along(moves[via_way], c[-1])]
    is_same_way = ways[0] == ways[-1] and not restriction.via_ways
    return [
        Turn(path=tuple(m.key for m in chain), last=move.key, only=restriction.only)
        for chain in chains
        for move in moves[ways[-1]]
        if move.tail == chain[-1].head
        # On one way "no" can only mean the turn back, and "only" not to turn back.
        and (not is_same_way or (move.key == chain[-1].key ^ 1) != restriction.only)
    ]


def _runs_along(via: list[_Move], arriving: _Move) -> list[tuple[_Move, ...]]:
    """Return the runs along a via way from where one arrives, each stopping place a run."""
    runs: list[tuple[_Move, ...]] = []
    for first in via:
        if first.tail != arriving.head:
            continue
        run: tuple[_Move, ...] = (first,)
        runs.append(run)
        while True:
            following = _next_along(via, run)
            if following is None:
                break
            run = (*run, following)
            runs.append(run)
    return runs


def _next_along(via: list[_Move], run: tuple[_Move, ...]) -> _Move | None:
    """Return the move that goes on along the way, around a closed way at most once."""
    last = run[-1]
    segments = [move.segment for move in via]
    step = -1 if last.is_backward else 1
    wrapped = max(segments) if last.is_backward else min(segments)
    for segment in (last.segment + step, wrapped):
        for move in via:
            if (
                move.segment == segment
                and move.is_backward == last.is_backward
                and move.tail == last.head
                and move not in run
            ):
                return move
    return None


def _do_meet(
    restriction: TurnRestriction,
    ways: tuple[int, ...],
    moves: dict[int, list[_Move]],
    osm_id: NDArray[np.int64],
) -> bool:
    """Say whether the ways touch one after another, whatever the directions they are open in."""
    places = [{place for move in moves[way] for place in (move.tail, move.head)} for way in ways]
    if not restriction.via_ways:
        return all(restriction.via_node in {int(osm_id[p]) for p in place} for place in places)
    return all(places[i] & places[i + 1] for i in range(len(places) - 1))


def _unclear(file: str, relation: int) -> Problem:
    return Problem(
        file=file,
        field=f"relation {relation}",
        found="a turn restriction whose ways do not meet, or meet in more than one manner",
        expected="ways that end at the via node, or at the ends of the via ways",
        mend="Split the ways at the junction, and name the parts as from, via and to.",
    )
