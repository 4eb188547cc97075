"""What the command line and the service need of the rest: one protocol, one implementation."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Protocol

from network.base import no_progress

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from api.itineraries import Served
    from network.base import Progress
    from scenarios import RunResult, Scenario, TerritoryInfo
    from scenarios.network_pack import NetworkPack


class Engine(Protocol):
    """Territories and runs, however they come about; tests bring their own."""

    def list_territories(self) -> tuple[TerritoryInfo, ...]:
        """Return the territories that can be named."""

    def get_territory(
        self,
        name: str,
        service_date: dt.date | None = None,
        *,
        include_next: bool = False,
        progress: Progress = no_progress,
    ) -> Served:
        """Return a territory's network, from memory where it was loaded before.

        With ``include_next``, trips of the morning after the date are in it too.
        """

    def run(
        self,
        scenario: Scenario,
        *,
        progress: Progress = no_progress,
        path: Path | None = None,
    ) -> RunResult:
        """Run a scenario."""


class LocalEngine:
    """The project's own engine, keeping the ``keep`` territories used last."""

    def __init__(self, keep: int = 2) -> None:
        self._keep = keep
        self._loaded: OrderedDict[tuple[str, dt.date | None, bool], NetworkPack] = OrderedDict()
        self._lock = threading.Lock()

    def list_territories(self) -> tuple[TerritoryInfo, ...]:
        """Return the packs that ship with the program."""
        from scenarios import list_territories

        return list_territories()

    def get_territory(
        self,
        name: str,
        service_date: dt.date | None = None,
        *,
        include_next: bool = False,
        progress: Progress = no_progress,
    ) -> NetworkPack:
        """Load a territory's network once; whoever asks meanwhile waits for it."""
        from scenarios.network_pack import load_network_pack

        key = (name, service_date, include_next)
        with self._lock:
            territory = self._loaded.get(key)
            if territory is None:
                territory = load_network_pack(
                    name, service_date=service_date, include_next=include_next, progress=progress
                )
                self._loaded[key] = territory
            self._loaded.move_to_end(key)
            while len(self._loaded) > self._keep:
                self._loaded.popitem(last=False)
            return territory

    def run(
        self,
        scenario: Scenario,
        *,
        progress: Progress = no_progress,
        path: Path | None = None,
    ) -> RunResult:
        """Run a scenario on a territory of its own."""
        from scenarios import run_scenario

        return run_scenario(scenario, progress=progress, path=path)
