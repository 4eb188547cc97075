"""Progress of long work, and how it is cancelled."""

from __future__ import annotations

from typing import Protocol

from network.base.errors import CreneauError


class Cancelled(CreneauError):
    """The caller asked long work to stop before it had anything to return."""


class Progress(Protocol):
    """Called now and then by long work; raising :class:`Cancelled` from it stops the work."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Report that ``done`` of ``total`` steps of ``stage`` are finished."""


def no_progress(stage: str, done: int, total: int) -> None:
    """Report nothing: the default."""
