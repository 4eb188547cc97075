"""Two threads beside one: how many doors are answered a second, each thread its own engine."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from benchmarks.peers.question import WalkThenAsk

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.peers.question import Opened, Questions
    from benchmarks.rows import Engine

N_THREADS = 2
_ROUNDS = 5
_WARM_UP = 20


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
    asks = [_search_alone(about.open(questions), questions) for _ in range(N_THREADS)]
    for ask in asks:
        for number in range(min(_WARM_UP, len(questions))):
            ask(number)
    one, two = [], []
    for _ in range(_ROUNDS):
        one.append(_rate(asks[:1], len(questions)))
        two.append(_rate(asks, len(questions)))
    (alone, _), (together, processors) = max(one), max(two)
    return {
        "one_thread": alone,
        "two_threads": together,
        "ratio": together / alone,
        "processors": processors,
    }


def _search_alone(opened: Opened, questions: Questions) -> Callable[[int], object]:
    if not isinstance(opened, WalkThenAsk):
        return opened
    ends = [opened.walk(number) for number in range(len(questions))]
    search = opened.ask
    return lambda number: search(ends[number])


def _rate(asks: list[Callable[[int], object]], n_questions: int) -> tuple[float, float]:
    """Return the questions a second of threads that share them, and the processors kept busy."""

    def work(place: int) -> None:
        ask = asks[place]
        for number in range(place, n_questions, len(asks)):
            ask(number)

    with ThreadPoolExecutor(len(asks)) as pool:
        list(pool.map(_nothing, range(len(asks))))  # threads are there before the clock starts
        started, cpu_started = time.perf_counter(), time.process_time()
        list(pool.map(work, range(len(asks))))
        spent_s = time.perf_counter() - started
        return n_questions / spent_s, (time.process_time() - cpu_started) / spent_s


def _nothing(_: int) -> None:
    """Do nothing."""
