"""``python -m benchmarks.peers.run ENGINE FOLDER``: one engine answers in its own process."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from benchmarks.peers.engines import ENGINES
from benchmarks.peers.question import (
    Answers,
    EngineUnavailable,
    Questions,
    read_answers,
    read_questions,
    write_answers,
)
from benchmarks.registry import ROOT, peak_memory_mib

WARM_UP = 20
_TIME_LIMIT_S = 1800


def answer(engine: str, questions: Questions) -> Answers:
    """Open an engine here and ask it every question, after a few to warm up."""
    before_mib = peak_memory_mib()
    started = time.perf_counter()
    try:
        ask = ENGINES[engine].open(questions)
    except EngineUnavailable as problem:
        return Answers(engine=engine, unavailable=str(problem))
    build_s = time.perf_counter() - started
    for origin, destination in questions.pairs[:WARM_UP]:
        ask(origin, destination)
    arrivals, seconds, cpu = [], [], []
    for origin, destination in questions.pairs:
        started, cpu_started = time.perf_counter(), time.process_time()
        arrivals.append(ask(origin, destination))
        cpu.append(time.process_time() - cpu_started)
        seconds.append(time.perf_counter() - started)
    return Answers(
        engine=engine,
        arrival_s=tuple(arrivals),
        query_s=tuple(seconds),
        cpu_s=tuple(cpu),
        build_s=build_s,
        memory_mib=peak_memory_mib() - before_mib,
    )


def answer_apart(engine: str, folder: Path, *, python: str = sys.executable) -> Answers:
    """Ask an engine in a new process of an interpreter; a crash there makes it unavailable."""
    outcome = subprocess.run(
        [python, "-m", "benchmarks.peers.run", engine, str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        timeout=_TIME_LIMIT_S,
    )
    if outcome.returncode != 0:
        said = outcome.stderr.strip().splitlines() or [f"exit status {outcome.returncode}"]
        return Answers(engine=engine, unavailable=said[-1])
    return read_answers(folder / f"{engine}.json")


def main(arguments: list[str]) -> int:
    """Answer the questions of a folder; return 0."""
    engine, folder = arguments[0], Path(arguments[1])
    answers = answer(engine, read_questions(folder / "questions.json"))
    write_answers(answers, folder / f"{engine}.json")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
