"""Runs of the service: one at a time, the others wait; each can be watched and cancelled."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from api.store import Full, Store
from network.base import Cancelled, InputError

if TYPE_CHECKING:
    from api.engine import Engine
    from network.base import Problem
    from scenarios import RunResult, Scenario

logger = logging.getLogger(__name__)


class RunState(StrEnum):
    """Where a run is in its life."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


_ENDED = frozenset({RunState.DONE, RunState.FAILED, RunState.CANCELLED})


@dataclass(slots=True)
class Job:
    """One run: what was asked, how far it is, what came of it."""

    scenario: Scenario
    state: RunState = RunState.QUEUED
    stage: str = ""
    done: int = 0
    total: int = 0
    result: RunResult | None = None
    failure: str = ""
    problems: tuple[Problem, ...] = ()
    wish_to_stop: threading.Event = field(default_factory=threading.Event)

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in _ENDED

    def follow(self, stage: str, done: int, total: int) -> None:
        """Note how far the run is; raise Cancelled if somebody wants it to stop."""
        self.stage, self.done, self.total = stage, done, total
        if self.wish_to_stop.is_set():
            raise Cancelled


class Jobs:
    """Runs in memory and the one thread that works them off."""

    def __init__(self, engine: Engine, *, keep: int, max_waiting: int) -> None:
        self._engine = engine
        self._max_waiting = max_waiting
        self._store: Store[Job] = Store(keep, may_forget=lambda job: job.has_ended)
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="run")
        self._lock = threading.Lock()

    def submit(self, scenario: Scenario) -> tuple[str, Job]:
        """Queue a run.

        Raises
        ------
        Full
            If too many are waiting.
        """
        job = Job(scenario)
        with self._lock:
            waiting = sum(other.state is RunState.QUEUED for _, other in self._store.items())
            if waiting >= self._max_waiting:
                raise Full
            key = self._store.add(job)
        self._worker.submit(self._work, job)
        return key, job

    def find(self, key: str) -> Job | None:
        """Return a run, None where there is none of that id."""
        return self._store.find(key)

    def items(self) -> list[tuple[str, Job]]:
        """Return all ids and runs, the oldest first."""
        return self._store.items()

    def cancel(self, job: Job) -> None:
        """Ask a run to stop: at once while it waits, else at its next sign of progress."""
        job.wish_to_stop.set()
        with self._lock:
            if job.state is RunState.QUEUED:
                job.state = RunState.CANCELLED

    def close(self) -> None:
        """Cancel everything and wait for the run at work to stop."""
        for _, job in self._store.items():
            if not job.has_ended:
                self.cancel(job)
        self._worker.shutdown(wait=True, cancel_futures=True)

    def _work(self, job: Job) -> None:
        with self._lock:
            if job.has_ended:
                return
            job.state = RunState.RUNNING
        try:
            result = self._engine.run(job.scenario, progress=job.follow)
            if job.wish_to_stop.is_set():
                # The optimiser answers a wish to stop with the plan it has: not what was asked.
                raise Cancelled
            job.result = result
            job.state = RunState.DONE
        except Cancelled:
            job.state = RunState.CANCELLED
        except InputError as error:
            job.problems, job.failure = error.problems, str(error)
            job.state = RunState.FAILED
        except Exception:
            logger.exception("a run failed")
            job.failure = "An unexpected error; details are in the service's log."
            job.state = RunState.FAILED
