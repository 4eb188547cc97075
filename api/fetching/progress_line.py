"""How far a download is, on standard error: a bar on a terminal, else a line now and then."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from api.output import complain

if TYPE_CHECKING:
    from types import TracebackType

    from scenarios.report import Catalogue

EVERY_S = 10.0
"""Seconds between two lines where there is no terminal."""


class ByteLine:
    """Progress in bytes; a context manager, the object itself is the callback.

    Whoever writes to standard output meanwhile pauses it first.
    """

    def __init__(self, words: Catalogue) -> None:
        self._words = words
        self._said = time.monotonic()
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._is_terminal = sys.stderr.isatty()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` bytes of the file ``stage`` are here (0: unknown)."""
        if self._is_terminal:
            if self._bar is None or self._task is None:
                self._bar = _make_bar()
                self._task = self._bar.add_task(stage, total=None)
                self._bar.start()
            self._bar.update(self._task, completed=done, total=total or None)
        elif time.monotonic() - self._said >= EVERY_S:
            self._said = time.monotonic()
            complain(f"  {stage}: {self._describe(done, total)}")

    def pause(self) -> None:
        """Take the bar away until the next sign of progress."""
        if self._bar is not None:
            self._bar.stop()
        self._bar = self._task = None

    def _describe(self, done: int, total: int) -> str:
        if not total:
            return self._words("fetch.progress_unknown", done=say_size(self._words, done))
        return self._words(
            "fetch.progress",
            done=say_size(self._words, done),
            total=say_size(self._words, total),
            percent=self._words.percent(done / total),
        )

    def __enter__(self) -> ByteLine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.pause()


def _make_bar() -> Progress:
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )


def say_size(words: Catalogue, size_bytes: int) -> str:
    """Return a size in megabytes, with digits enough that a small file is not nothing."""
    megabytes = size_bytes / 1e6
    digits = 0 if megabytes >= 100 else 1 if megabytes >= 1 else 3
    return words("fetch.megabytes", value=words.number(megabytes, digits))
