"""Answers set side by side: how many agree, and why each of the others does not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.peers.own import ask_raptor, find_rides
from benchmarks.peers.question import NO_ARRIVAL
from benchmarks.peers.replay import find_walk, replay

if TYPE_CHECKING:
    from benchmarks.peers.question import Answers, Ask, Questions
    from benchmarks.peers.rules import Rule
    from network.network import Network

DEFECT = "peer's defect: misses a journey that its own rules allow"
UNEXPLAINED = "not explained"
ON_FOOT = "walking rules: on foot all the way"
OWN_WALKS = "walking rules: its own walks"
N_EXAMPLES = 5
_SMALL_S, _LARGE_S = 60, 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """A pair of stops on which two engines differ; arrivals in seconds, NO_ARRIVAL for none."""

    pair: tuple[int, int]
    ours_s: int
    peer_s: int
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What comes of a peer's answers beside ours."""

    engine: str
    n_pairs: int
    n_agreed: int
    disagreements: tuple[Disagreement, ...]
    causes: dict[str, int] = field(default_factory=dict)

    @property
    def n_explained(self) -> int:
        """Number of pairs that agree, or do with the peer's known rules in force."""
        unnamed = (DEFECT, UNEXPLAINED, OWN_WALKS)
        return self.n_pairs - sum(n for c, n in self.causes.items() if c.startswith(unnamed))

    def examples(self) -> list[Disagreement]:
        """Return the first few disagreements of every cause."""
        return [
            one
            for cause in self.causes
            for one in [d for d in self.disagreements if d.cause == cause][:N_EXAMPLES]
        ]


def compare(
    network: Network,
    questions: Questions,
    ours: Answers,
    peer: Answers,
    rules: tuple[Rule, ...],
    *,
    own_walks: bool = False,
) -> Comparison:
    """Compare a peer's arrivals with ours; name why each disagreement is there.

    Our engine is asked again with the peer's known rules in force, one after the other: the
    first with which it answers as the peer does is the cause. Where none does and our journey,
    followed call by call under all these rules, arrives before the peer's, the peer missed it.
    A peer with ``own_walks`` is not asked the same: there the cause says how far it is off.
    """
    explain = _Explainer(network, questions, rules)
    found = [
        Disagreement(
            pair=pair, ours_s=a, peer_s=b, cause=_how_far(a, b) if own_walks else explain(pair, b)
        )
        for pair, a, b in zip(questions.pairs, ours.arrival_s, peer.arrival_s, strict=True)
        if a != b
    ]
    return Comparison(
        engine=peer.engine,
        n_pairs=len(questions.pairs),
        n_agreed=len(questions.pairs) - len(found),
        disagreements=tuple(found),
        causes=dict(Counter(one.cause for one in found)),
    )


def _how_far(ours_s: int, peer_s: int) -> str:
    if NO_ARRIVAL in (ours_s, peer_s):
        return f"{OWN_WALKS}, {'no answer' if peer_s == NO_ARRIVAL else 'only it answers'}"
    late_s = peer_s - ours_s
    if abs(late_s) <= _SMALL_S:
        return f"{OWN_WALKS}, within a minute"
    if late_s < 0:
        return f"{OWN_WALKS}, earlier"
    return f"{OWN_WALKS}, later by {'up to' if late_s <= _LARGE_S else 'over'} 5 minutes"


class _Explainer:
    """Our engine under each of a peer's rules, made when it is first needed."""

    def __init__(self, network: Network, questions: Questions, rules: tuple[Rule, ...]) -> None:
        self.questions, self.rules = questions, rules
        self.networks = [network]
        self.rides = [questions.max_rides]
        self.asked: list[Ask] = []

    def __call__(self, pair: tuple[int, int], peer_s: int) -> str:
        for number, rule in enumerate(self.rules):
            if self._ask(number)(*pair) == peer_s:
                return rule.cause
        # With the last rule in force a walk may lead there that did not before; who counts it
        # as better than any ride answers with no journey at all.
        if peer_s == NO_ARRIVAL and find_walk(self.networks[-1], *pair) is not None:
            return ON_FOOT
        return DEFECT if self._is_missed(pair, peer_s) else UNEXPLAINED

    def _ask(self, number: int) -> Ask:
        while len(self.asked) <= number:
            rule = self.rules[len(self.asked)]
            self.networks.append(rule.apply(self.networks[-1]))
            self.rides.append(rule.max_rides or self.rides[-1])
            self.asked.append(
                ask_raptor(self.networks[-1], self.questions.departure_s, self.rides[-1])
            )
        return self.asked[number]

    def _is_missed(self, pair: tuple[int, int], peer_s: int) -> bool:
        network, departure_s = self.networks[-1], self.questions.departure_s
        rides = find_rides(network, pair, departure_s, self.rides[-1])
        if not rides:
            return False
        rules = network.transfer_rules
        change_s = int(rules.min_s.max()) if rules is not None else 0
        arrival_s = replay(network, rides, pair, departure_s, change_s)
        return arrival_s is not None and (peer_s == NO_ARRIVAL or arrival_s < peer_s)


def draw_pairs(network: Network, n_pairs: int, seed: int) -> tuple[tuple[int, int], ...]:
    """Draw pairs of different stops in service that no single footpath joins."""
    timetable, footpaths = network.timetable, network.footpaths
    served = np.flatnonzero(np.diff(timetable.stop_pattern_offset))
    rng = np.random.default_rng(seed)
    pairs: list[tuple[int, int]] = []
    while len(pairs) < n_pairs and len(served) > 1:
        origin, destination = (int(stop) for stop in rng.choice(served, 2, replace=False))
        walks = footpaths.stop[footpaths.offset[origin] : footpaths.offset[origin + 1]]
        if destination not in walks:
            pairs.append((origin, destination))
    return tuple(pairs)
