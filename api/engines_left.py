"""Ending the process while an engine that nobody waits for still computes."""

from __future__ import annotations

import atexit
import os
import sys
import threading
from contextlib import suppress

_ENGINE = "engine"
"""Name of the threads of :mod:`solver.staggering.programs.watch`."""


def end_despite_engines(status: int) -> None:
    """Let the process end with this status though an engine was left in the middle of a call.

    An engine's own threads, still running when its library is unloaded, abort the process: the
    answer is printed by then, but the status would be that of a crash.
    """
    atexit.register(end_if_engines_run, int(status))


def end_if_engines_run(status: int) -> None:
    """End at once with this status if an engine still runs; else do nothing."""
    if not any(thread.name == _ENGINE for thread in threading.enumerate()):
        return
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(status)
