"""Answers set side by side: how many agree, and why each of the others does not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.peers.ends import StopEnds, read_ends
from benchmarks.peers.own import find_rides, search_raptor
from benchmarks.peers.own_reach import compute_table
from benchmarks.peers.question import NO_ARRIVAL
from benchmarks.peers.replay import replay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from benchmarks.peers.ends import Ends
    from benchmarks.peers.question import Answers, Questions
    from benchmarks.peers.rules import Rule
    from network.network import Network

DEFECT = "peer's defect: misses a journey that its own rules allow"
UNEXPLAINED = "not explained"
ON_FOOT = "walking rules: on foot all the way"
OWN_WALKS = "walking rules: its own walks"
LACKS, HAS_MORE = "lacks entries of ours", "has entries that we lack"
NOT_ALIKE = "not asked the same number of answers"
OTHER_ENDS = "walking rules: its own walks to and from stops"
N_EXAMPLES = 2
_SMALL_S, _LARGE_S = 60, 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """A question on which two engines differ; arrivals in seconds, NO_ARRIVAL for none."""

    asked: tuple[float, ...]
    ours_s: int
    peer_s: int
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What comes of an engine's answers beside those of our first.

    ``n_pairs`` are the answers compared; ``disagreements`` only those of single arrivals.
    """

    engine: str
    n_pairs: int
    n_agreed: int
    disagreements: tuple[Disagreement, ...] = ()
    causes: dict[str, int] = field(default_factory=dict)

    @property
    def n_explained(self) -> int:
        """Number of answers that agree, or do with the peer's known rules in force."""
        unnamed = (DEFECT, UNEXPLAINED, NOT_ALIKE, OWN_WALKS, LACKS, HAS_MORE)
        return self.n_pairs - sum(
            n for c, n in self.causes.items() if c.startswith(unnamed) and c != OTHER_ENDS
        )

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
    A peer with ``own_walks`` is not asked the same. Where it told its walks to and from stops,
    our engine is asked again with these, and equal answers are named so; else the cause says
    how far it is off.
    """
    explain: Callable[[int, int, int], str] = _Explainer(network, questions, rules)
    if own_walks:
        explain = _explain_walks(network, questions, peer, rules)
    asked = questions.doors or questions.pairs
    found = [
        Disagreement(
            asked=asked[number],
            ours_s=a,
            peer_s=b,
            cause=explain(number, a, b),
        )
        for number, (a, b) in enumerate(zip(ours.found, peer.found, strict=True))
        if a != b
    ]
    return Comparison(
        engine=peer.engine,
        n_pairs=len(ours.found),
        n_agreed=len(ours.found) - len(found),
        disagreements=tuple(found),
        causes=dict(Counter(one.cause for one in found)),
    )


def _explain_walks(
    network: Network, questions: Questions, peer: Answers, rules: tuple[Rule, ...]
) -> Callable[[int, int, int], str]:
    """Return what names a difference from a peer with walks of its own."""
    told = read_ends(questions, peer.engine)
    named = _Explainer(network, questions, rules, told) if told else None
    search = search_raptor(network, questions)

    def explain(number: int, ours_s: int, peer_s: int) -> str:
        if named is None:
            return _how_far(ours_s, peer_s)
        if search(told[number]) == peer_s:
            return OTHER_ENDS
        cause = named(number, ours_s, peer_s)
        return cause if cause in {rule.cause for rule in rules} else _how_far(ours_s, peer_s)

    return explain


def compare_sets(ours: Answers, peer: Answers, *, own_walks: bool = False) -> Comparison:
    """Compare Pareto sets, one a question; agreement is of whole sets, all entries equal.

    A disagreement is counted as lacking entries of ours, having others, or both; with
    ``own_walks`` the sets are of other questions and only counted as different.
    """
    causes: Counter[str] = Counter()
    n_agreed = 0
    for a, b in zip(ours.found, peer.found, strict=True):
        mine, theirs = {tuple(entry) for entry in a}, {tuple(entry) for entry in b}
        if mine == theirs:
            n_agreed += 1
        elif own_walks:
            causes[OWN_WALKS] += 1
        else:
            causes[
                " and ".join([LACKS] * bool(mine - theirs) + [HAS_MORE] * bool(theirs - mine))
            ] += 1
    return Comparison(
        engine=peer.engine, n_pairs=len(ours.found), n_agreed=n_agreed, causes=dict(causes)
    )


def compare_tables(
    ours: Answers,
    peer: Answers,
    *,
    own_walks: bool = False,
    again: Callable[[], Iterator[tuple[str, NDArray[np.int64]]]] | None = None,
) -> Comparison:
    """Compare lists of seconds, one a question, number by number.

    Parameters
    ----------
    again
        Yields causes with our own list under the peer's rules, one after the other; the first
        with which a number is the peer's is its cause. Asked only where numbers differ.
    """
    a, b = _flat(ours), _flat(peer)
    if a.shape != b.shape:
        return Comparison(
            engine=peer.engine, n_pairs=len(a), n_agreed=0, causes={NOT_ALIKE: len(a)}
        )
    differ = np.flatnonzero(a != b)
    causes: Counter[str] = Counter()
    left = differ
    for cause, under in again() if again is not None and len(differ) else ():
        is_named = under[left] == b[left]
        causes[cause] += int(is_named.sum())
        left = left[~is_named]
    causes.update(_how_far(int(a[row]), int(b[row])) if own_walks else UNEXPLAINED for row in left)
    return Comparison(
        engine=peer.engine,
        n_pairs=len(a),
        n_agreed=len(a) - len(differ),
        causes={cause: n for cause, n in causes.items() if n},
    )


def matrix_again(
    network: Network, questions: Questions, rules: tuple[Rule, ...]
) -> Iterator[tuple[str, NDArray[np.int64]]]:
    """Yield the causes of rules and the matrix of doors under each, with those before it.

    Last comes to walk to a stop and on from there, which the peer counts and we do not.
    """
    given = ends = read_ends(questions)
    table = np.empty(0, dtype=np.int64)
    for rule in rules:
        network = rule.apply(network)
        if rule.change_ends is not None:
            ends = [rule.change_ends(network, one) for one in ends]
        table = compute_table(network, questions, ends)
        yield rule.cause, table
    on_foot = _walk_table(network.timetable.n_stops, given)
    is_better = (on_foot >= 0) & ((table < 0) | (on_foot < table))
    yield ON_FOOT, np.where(is_better, on_foot, table)


def _walk_table(n_stops: int, ends: Sequence[Ends]) -> NDArray[np.int64]:
    """Return the seconds of walking to a stop and on, from end to end, row by row."""
    far_s = np.iinfo(np.int32).max // 2
    last_s = np.full((len(ends), n_stops), far_s, dtype=np.int32)
    for row, one in zip(last_s, ends, strict=True):
        row[one.egress_stop] = one.egress_s
    rows = [(last_s[:, one.access_stop] + one.access_s).min(axis=1, initial=far_s) for one in ends]
    found = np.concatenate(rows).astype(np.int64)
    return np.where(found < far_s, found, NO_ARRIVAL)


def _flat(answers: Answers) -> NDArray[np.int64]:
    return np.concatenate([np.asarray(row, dtype=np.int64) for row in answers.found])


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

    def __init__(
        self,
        network: Network,
        questions: Questions,
        rules: tuple[Rule, ...],
        doors: Sequence[Ends] | None = None,
    ) -> None:
        self.rules = rules
        self.networks = [network]
        self.questions = [questions]
        self.searches: list[Callable[[Ends], int]] = []
        self._stops: list[StopEnds] = []
        self._doors: list[Sequence[Ends]] = []
        if questions.doors:
            self._doors = [read_ends(questions) if doors is None else doors]

    def __call__(self, number: int, ours_s: int, peer_s: int) -> str:  # noqa: ARG002
        for step, rule in enumerate(self.rules):
            if self._search(step)(self._ends(step + 1, number)) == peer_s:
                return rule.cause
        # With the last rule in force a walk may lead there that did not before; who counts it
        # as better than any ride answers with no journey at all.
        ends = self._ends(len(self.rules), number)
        if peer_s == NO_ARRIVAL and np.isin(ends.access_stop, ends.egress_stop).any():
            return ON_FOOT
        return DEFECT if self._is_missed(ends, peer_s) else UNEXPLAINED

    def _search(self, step: int) -> Callable[[Ends], int]:
        while len(self.searches) <= step:
            rule = self.rules[len(self.searches)]
            asked = self.questions[-1]
            network = rule.apply(self.networks[-1])
            self.networks.append(network)
            self.questions.append(replace(asked, max_rides=rule.max_rides or asked.max_rides))
            if self._doors:
                change = rule.change_ends
                before = self._doors[-1]
                self._doors.append(
                    before if change is None else [change(network, one) for one in before]
                )
            self.searches.append(search_raptor(network, self.questions[-1]))
        return self.searches[step]

    def _ends(self, step: int, number: int) -> Ends:
        """Return the ends of a question with the first ``step`` rules in force."""
        if self._doors:
            return self._doors[step][number]
        while len(self._stops) <= step:
            made = len(self._stops)
            self._stops.append(StopEnds(self.networks[made], self.questions[made]))
        return self._stops[step](number)

    def _is_missed(self, ends: Ends, peer_s: int) -> bool:
        network, questions = self.networks[-1], self.questions[-1]
        rides = find_rides(network, questions, ends)
        if not rides:
            return False
        rules = network.transfer_rules
        change_s = int(rules.min_s.max()) if rules is not None else 0
        arrival_s = replay(network, rides, ends, questions.departure_s, change_s)
        return arrival_s is not None and (peer_s == NO_ARRIVAL or arrival_s < peer_s)
