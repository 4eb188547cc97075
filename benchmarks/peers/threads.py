"""Two threads beside one: how many doors are answered a second.

An engine with a call for many questions is asked by that; of any other each thread has its own.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from benchmarks.peers.question import WalkThenAsk

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.peers.question import Opened, Questions
    from benchmarks.rows import Engine

N_THREADS = 2
_ROUNDS = 5
_WARM_UP = 20


@runtime_checkable
class AnswersMany(Protocol):
    """An opened engine whose one call answers all questions, by threads of its own."""

    def answer_all(self, n_threads: int) -> object:
        """Return the answers to all questions."""
        ...


def measure_threads(about: Engine, questions: Questions) -> dict[str, float]:
    """Measure doors answered a second by one thread and by two, the best of five rounds each.

    One and two threads take turns, so that other work on the machine weighs on both alike.
    Walks are found before, so that it is the search that is measured.

    Returns
    -------
    facts
        ``one_thread`` and ``two_threads``, questions a second, their ``ratio``, and the
        ``processors`` that two threads kept busy: fewer than two where they wait for each
        other, or where other work took the machine.
    """
    opened = about.open(questions)
    bulk: object = opened
    if isinstance(bulk, AnswersMany):
        answer_all = bulk.answer_all
        answer_all(N_THREADS)
        rates = [
            (_time(lambda: answer_all(1)), _time(lambda: answer_all(N_THREADS)))
            for _ in range(_ROUNDS)
        ]
    else:
        rates = _one_by_one([opened, about.open(questions)], questions)
    (alone_s, _), (together_s, processors) = (min(spent) for spent in zip(*rates, strict=True))
    return {
        "one_thread": len(questions) / alone_s,
        "two_threads": len(questions) / together_s,
        "ratio": alone_s / together_s,
        "processors": processors,
    }


_Spent = tuple[float, float]
"""Seconds, and the processors kept busy."""


def _one_by_one(engines: list[Opened], questions: Questions) -> list[tuple[_Spent, _Spent]]:
    asks = [_search_alone(opened, questions) for opened in engines]
    for ask in asks:
        for number in range(min(_WARM_UP, len(questions))):
            ask(number)

    def share(threads: int) -> Callable[[], object]:
        def work(place: int) -> None:
            for number in range(place, len(questions), threads):
                asks[place](number)

        return lambda: list(pool.map(work, range(threads)))

    with ThreadPoolExecutor(N_THREADS) as pool:
        list(pool.map(_nothing, range(N_THREADS)))  # threads are there before the clock starts
        return [(_time(share(1)), _time(share(N_THREADS))) for _ in range(_ROUNDS)]


def _search_alone(opened: Opened, questions: Questions) -> Callable[[int], object]:
    if not isinstance(opened, WalkThenAsk):
        return opened
    ends = [opened.walk(number) for number in range(len(questions))]
    search = opened.ask
    return lambda number: search(ends[number])


def _time(work: Callable[[], object]) -> _Spent:
    started, cpu_started = time.perf_counter(), time.process_time()
    work()
    spent_s = time.perf_counter() - started
    return spent_s, (time.process_time() - cpu_started) / spent_s


def _nothing(_: int) -> None:
    """Do nothing."""
