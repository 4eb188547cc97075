"""Ctrl-C during a run: stop at the next sign of progress, wherever compiled code is."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Any

from network.base import Cancelled

if TYPE_CHECKING:
    from types import FrameType, TracebackType

    from network.base import Progress


class Interruptible:
    """Progress that raises Cancelled once the user has pressed Ctrl-C.

    Compiled solvers swallow the KeyboardInterrupt that Python would raise amid them, and a
    wish to stop amid the optimiser keeps the plan found so far; so the wish is noted, told at
    each sign of progress and once more at the end. A second Ctrl-C interrupts at once.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._wanted = False
        self._before: Any = None

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Pass progress on, or stop."""
        self._stop_if_wanted()
        self._progress(stage, done, total)

    def __enter__(self) -> Interruptible:
        if _is_main_thread():
            self._before = signal.getsignal(signal.SIGINT)
            # Whoever started the process with the signal ignored means it.
            if self._before is not signal.SIG_IGN:
                signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if _is_main_thread() and self._before is not signal.SIG_IGN:
            signal.signal(signal.SIGINT, self._before or signal.default_int_handler)
        if kind is None:
            self._stop_if_wanted()

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        if self._wanted:
            raise KeyboardInterrupt
        self._wanted = True

    def _stop_if_wanted(self) -> None:
        if self._wanted:
            raise Cancelled


def _is_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
