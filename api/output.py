"""What goes where: answers to standard output, progress and complaints to standard error."""

from __future__ import annotations

import io
import json
import math
import os
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from types import TracebackType

    from scenarios.report import Catalogue

WIDTH = 100


def to_json(value: dict[str, Any]) -> dict[str, Any]:
    """Return plain JSON values; a number that JSON cannot hold (NaN, infinity) becomes null.

    Half a character (a surrogate), which UTF-8 cannot hold, becomes a question mark.
    """
    return {str(key): _to_plain(item) for key, item in value.items()}


def _to_plain(value: object) -> object:
    if isinstance(value, dict):
        return to_json(value)
    if isinstance(value, list | tuple):
        return [_to_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    return value


def prepare_streams() -> None:
    """Make standard output and error fit to write to, whatever the caller gave.

    A closed stream takes everything and keeps nothing; a character that a stream's encoding
    does not have is shown as a question mark, not an error after a run of minutes.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def print_json(value: dict[str, Any]) -> None:
    """Write one JSON object to standard output."""
    # Text that the stream cannot hold is escaped: JSON has a way, so nothing is lost.
    ascii_only = (sys.stdout.encoding or "utf-8").lower().replace("-", "") != "utf8"
    text = json.dumps(to_json(value), ensure_ascii=ascii_only, indent=1, allow_nan=False)
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def print_line(text: str = "") -> None:
    """Write a line of an answer to standard output."""
    sys.stdout.write(text + "\n")


def complain(text: str) -> None:
    """Write a line to standard error."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def make_console() -> Console:
    """Return a console for tables: as wide as the terminal, at most 100 columns."""
    width = min(WIDTH, shutil.get_terminal_size((WIDTH, 24)).columns)
    return Console(file=sys.stdout, width=width, highlight=False, emoji=False, markup=False)


class ProgressLine:
    """Progress on standard error: a bar on a terminal, else a line each time the stage changes.

    Used as a context manager; the object itself is the callback.
    """

    def __init__(self, words: Catalogue) -> None:
        self._words = words
        self._started = time.monotonic()
        self._stage = ""
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        if sys.stderr.isatty():
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                TimeElapsedColumn(),
                console=Console(stderr=True),
                transient=True,
            )

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` steps of a stage are finished."""
        name = self._words.find("stage", stage)
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, description=name, completed=done, total=total or None)
        elif stage != self._stage:
            complain(f"{time.monotonic() - self._started:6.1f} s  {name}")
        self._stage = stage

    def __enter__(self) -> ProgressLine:
        if self._bar is not None:
            self._bar.start()
            self._task = self._bar.add_task("", total=None)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
