"""``python -m benchmarks.peers.run ROW ENGINE FOLDER``: one engine answers in its own process."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.peers.ends import write_ends
from benchmarks.peers.question import (
    Answers,
    EngineUnavailable,
    Questions,
    TellsEnds,
    WalkThenAsk,
    read_answers,
    read_questions,
    write_answers,
)
from benchmarks.registry import ROOT, peak_memory_mib

if TYPE_CHECKING:
    from benchmarks.peers.question import Opened
    from benchmarks.rows import Row

WARM_UP = 20
TIME_LIMIT_S = 600
_ONE_THREAD = {"RAYON_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


def answer(row: Row, engine: str, questions: Questions) -> Answers:
    """Open an engine here and ask it every question, after a few to warm up."""
    about = row.engines[engine]
    if row.measure is not None:
        try:
            return Answers(engine=engine, facts=row.measure(about, questions))
        except EngineUnavailable as problem:
            return Answers(engine=engine, unavailable=str(problem))
    before_mib = peak_memory_mib()
    started = time.perf_counter()
    try:
        opened = about.open(questions)
    except EngineUnavailable as problem:
        return Answers(engine=engine, unavailable=str(problem))
    build_s = time.perf_counter() - started
    n_asked = row.repeats or len(questions)
    for number in range(1 if row.repeats else min(WARM_UP, n_asked)):
        opened(number)
    clock = _Clock()
    found = [clock.ask(opened, number) for number in range(n_asked)]
    teller: object = opened
    if isinstance(teller, TellsEnds):
        write_ends([teller.find_ends(number) for number in range(n_asked)], questions, engine)
    walks = isinstance(opened, WalkThenAsk) and about.walks != "given"
    return Answers(
        engine=engine,
        found=tuple(found[:1] if row.repeats else found),  # repeated, it is the same answer
        walk_s=tuple(clock.walk_s) if walks else (),
        walk_cpu_s=tuple(clock.walk_cpu_s) if walks else (),
        query_s=tuple(clock.query_s),
        cpu_s=tuple(clock.cpu_s),
        build_s=build_s,
        memory_mib=peak_memory_mib() - before_mib,
    )


class _Clock:
    """What questions took, walks and search apart."""

    def __init__(self) -> None:
        self.walk_s: list[float] = []
        self.walk_cpu_s: list[float] = []
        self.query_s: list[float] = []
        self.cpu_s: list[float] = []

    def ask(self, opened: Opened, number: int) -> Any:  # noqa: ANN401 - a row's own answer
        if not isinstance(opened, WalkThenAsk):
            started, cpu_started = time.perf_counter(), time.process_time()
            found = opened(number)
            self.cpu_s.append(time.process_time() - cpu_started)
            self.query_s.append(time.perf_counter() - started)
            return found
        started, cpu_started = time.perf_counter(), time.process_time()
        ends = opened.walk(number)
        walked, cpu_walked = time.perf_counter(), time.process_time()
        found = opened.ask(ends)
        ended, cpu_ended = time.perf_counter(), time.process_time()
        self.walk_s.append(walked - started)
        self.walk_cpu_s.append(cpu_walked - cpu_started)
        self.query_s.append(ended - walked)
        self.cpu_s.append(cpu_ended - cpu_walked)
        return found if opened.read is None else opened.read(found)


def answer_apart(row: str, engine: str, folder: Path, *, python: str = sys.executable) -> Answers:
    """Ask an engine in a new process of an interpreter; a crash there makes it unavailable.

    The process keeps to one thread but where the row itself uses two.
    """
    try:
        outcome = subprocess.run(
            [python, "-m", "benchmarks.peers.run", row, engine, str(folder)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=TIME_LIMIT_S,
            env={**os.environ, **_ONE_THREAD},
        )
    except subprocess.TimeoutExpired:
        return Answers(engine=engine, unavailable=f"no answer within {TIME_LIMIT_S} s")
    if outcome.returncode != 0:
        said = outcome.stderr.strip().splitlines() or [f"exit status {outcome.returncode}"]
        return Answers(engine=engine, unavailable=said[-1])
    return read_answers(folder / f"{row}-{engine}.json")


def main(arguments: list[str]) -> int:
    """Answer the questions of a folder; return 0."""
    from benchmarks.rows import ROWS

    row, engine, folder = arguments[0], arguments[1], Path(arguments[2])
    answers = answer(ROWS[row], engine, read_questions(folder / f"{row}.json"))
    write_answers(answers, folder / f"{row}-{engine}.json")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
