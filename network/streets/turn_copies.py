"""Copies of vertices that know how a vehicle came, so that forbidden turns can be left out."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from network.streets.vertices import VertexGraph, edge_offsets, sort_edges

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.streets.turns import Turn

_State = tuple[int, tuple[int, ...]]
"""A vertex, and the last moves there that are the beginning of some restriction."""


def add_turn_copies(graph: VertexGraph, turns: list[Turn]) -> VertexGraph:
    """Return a graph whose paths are those of ``graph`` that obey the turns, exactly.

    A vehicle whose last moves are the beginning of a restriction stands at a copy of the
    junction's vertex that only such vehicles reach; its edges leave out what is forbidden to
    them. The copies are the states of an automaton that reads moves and keeps the longest
    beginning it has seen (as in string matching).

    Who is kept from a turn does not turn round in the street there, nor at the next junction,
    unless it is a dead end: else "straight on, turn round, come back" would be the way round
    every restriction.

    References
    ----------
    A. V. Aho, M. J. Corasick, Efficient string matching: an aid to bibliographic search,
    Communications of the ACM 18, 1975, doi:10.1145/360825.360855.
    """
    if not turns:
        return graph
    graph = sort_edges(graph)
    rules = _TurnRules(turns)
    offset = edge_offsets(graph.tail, graph.n_vertices)
    key = graph.move_key()
    starts = np.flatnonzero(np.isin(key, np.array(sorted(rules.first_moves), dtype=np.int64)))
    found = _find_states(graph, rules, offset, key, starts)

    # Numbered by place and past, whatever the order they were found in.
    states = sorted(found, key=lambda s: (int(graph.node[s[0]]), s[0], s[1]))
    number = {state: graph.n_vertices + i for i, state in enumerate(states)}
    head = graph.head.copy()
    for e in starts:
        head[e] = number[int(graph.head[e]), (int(key[e]),)]
    source = [e for state in states for e, _ in found[state]]
    new_tail = [number[state] for state in states for _ in found[state]]
    new_head = [
        number.get(following, following[0]) for state in states for _, following in found[state]
    ]
    edges = np.array(source, dtype=np.int64)
    return VertexGraph(
        node=np.append(graph.node, graph.node[[vertex for vertex, _ in states]]),
        n_plain=graph.n_plain,
        tail=np.append(graph.tail, np.array(new_tail, dtype=np.int32)),
        head=np.append(head, np.array(new_head, dtype=np.int32)),
        segment=np.append(graph.segment, graph.segment[edges]),
        forward=np.append(graph.forward, graph.forward[edges]),
        is_start=np.append(graph.is_start, np.zeros(len(edges), dtype=np.bool_)),
    )


def _find_states(
    graph: VertexGraph,
    rules: _TurnRules,
    offset: NDArray[np.int32],
    key: NDArray[np.int64],
    starts: NDArray[np.int64],
) -> dict[_State, list[tuple[int, _State]]]:
    """Return the states that can be reached, with the edges that leave each and whereto."""
    found: dict[_State, list[tuple[int, _State]]] = {}
    waiting: list[_State] = [(int(graph.head[e]), (int(key[e]),)) for e in starts]
    while waiting:
        state = waiting.pop()
        if state in found:
            continue
        vertex, past = state
        leaving: list[tuple[int, _State]] = []
        for e in range(int(offset[vertex]), int(offset[vertex + 1])):
            move = int(key[e])
            if rules.is_allowed(past, move):
                leaving.append((e, (int(graph.head[e]), rules.follow(past, move))))
        if rules.is_kept_from_a_turn(past):
            onward = [way for way in leaving if key[way[0]] != past[-1] ^ 1]
            leaving = onward or leaving
        found[state] = leaving
        waiting += [following for _, following in leaving if following[1]]
    return found


class _TurnRules:
    """What may follow the beginnings of restrictions."""

    def __init__(self, turns: list[Turn]) -> None:
        self._forbidden: dict[tuple[int, ...], set[int]] = defaultdict(set)
        self._required: dict[tuple[int, ...], set[int]] = defaultdict(set)
        self._whole = {turn.path for turn in turns}
        self._beginnings: set[tuple[int, ...]] = set()
        for turn in turns:
            self._beginnings |= {turn.path[:i] for i in range(1, len(turn.path) + 1)}
            if not turn.only:
                self._forbidden[turn.path].add(turn.last)
                continue
            for i, following in enumerate((*turn.path[1:], turn.last), start=1):
                # Two "only" turns after the same moves leave the choice between them.
                self._required[turn.path[:i]].add(following)
        self.first_moves = {beginning[0] for beginning in self._beginnings}

    def is_allowed(self, past: tuple[int, ...], move: int) -> bool:
        """Say whether a move may follow; every beginning that the past ends with counts."""
        for i in range(len(past)):
            beginning = past[i:]
            if move in self._forbidden.get(beginning, ()):
                return False
            required = self._required.get(beginning)
            if required and move not in required:
                return False
        return True

    def is_kept_from_a_turn(self, past: tuple[int, ...]) -> bool:
        """Say whether a restriction applied at this junction, or at the one before."""
        suffixes = [past[i:] for i in range(len(past))]
        return any(moves in self._whole or moves[:-1] in self._whole for moves in suffixes)

    def follow(self, past: tuple[int, ...], move: int) -> tuple[int, ...]:
        """Return the longest beginning that the past and the move end with, possibly none.

        One move after a whole path still counts: until then nobody turns round.
        """
        moves = (*past, move)
        for i in range(len(moves)):
            if moves[i:] in self._beginnings or moves[i:-1] in self._whole:
                return moves[i:]
        return ()
