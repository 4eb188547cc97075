"""Long calls into compiled engines that can be left at any moment."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_BEAT_S = 0.1


class Pulse(Protocol):
    """Called while something runs; raises to leave it."""

    def __call__(self) -> None:
        """Raise :class:`network.base.Cancelled` or return."""


def run_watched(call: Callable[[], T], pulse: Pulse, *, apart: bool = False) -> T:
    """Run a call beside this thread and call ``pulse`` until it is done.

    HiGHS cannot be interrupted through MathOpt. Where ``pulse`` raises, a call in a thread
    is left to end by itself and its answer is dropped: for calls that end soon. With
    ``apart`` the call has a process of its own, which is ended; it starts in about a second,
    and both the call and its answer must be picklable.
    """
    return _in_process(call, pulse) if apart else _in_thread(call, pulse)


def _in_thread(call: Callable[[], T], pulse: Pulse) -> T:
    answers: list[T] = []
    failures: list[BaseException] = []

    def work() -> None:
        try:
            answers.append(call())
        except BaseException as error:  # raised again in the thread that waits
            failures.append(error)

    thread = threading.Thread(target=work, name="engine", daemon=True)
    thread.start()
    while thread.is_alive():
        pulse()
        thread.join(_BEAT_S)
    if failures:
        raise failures[0]
    return answers[0]


def _in_process(call: Callable[[], T], pulse: Pulse) -> T:
    child = subprocess.Popen(
        [sys.executable, "-c", "from solver.staggering.programs.watch import serve; serve()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        answer, _ = _in_thread(partial(child.communicate, pickle.dumps(call)), pulse)
    finally:
        child.kill()
    if child.returncode != 0:
        raise RuntimeError(f"the engine's process ended with code {child.returncode}")
    result: T = pickle.loads(answer)
    return result


def serve() -> None:
    """Answer one call read from standard input; what an engine prints is kept apart from it."""
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)
        out.write(pickle.dumps(pickle.loads(sys.stdin.buffer.read())()))
