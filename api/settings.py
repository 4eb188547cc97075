"""Settings of the service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.text import choose_language

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Limits of the service and the language of those who name none.

    ``max_runs`` and ``max_scenarios`` are kept in memory; ``max_waiting`` runs may wait for
    the one that is at work. ``hosts`` are the names a request may call the service by.
    ``loads_folder`` has the files and folders of loads that a query may name.
    """

    lang: str = ""
    max_scenarios: int = 200
    max_runs: int = 50
    max_waiting: int = 8
    max_body_bytes: int = 1_000_000
    loads_folder: Path | None = None
    hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "[::1]", "::1")

    def __post_init__(self) -> None:
        if min(self.max_scenarios, self.max_runs, self.max_waiting, self.max_body_bytes) < 1:
            msg = "every limit of the service must be at least 1"
            raise ValueError(msg)

    def language(self, asked: str | None = None) -> str:
        """Return the language asked for, else that of the settings, else of the environment."""
        return choose_language(asked or self.lang or None)
