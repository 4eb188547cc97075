"""An engine that runs nothing: a hand-made result, and the corridor as its only territory."""

import threading
from dataclasses import replace
from pathlib import Path

from network.base import no_progress
from scenarios import TerritoryInfo, load_territory
from tests.builders.fake_run import fake_run


class FakeEngine:
    """Knows the corridor under its name, and answers every run with one result or one error.

    With ``hold``, a run waits until ``release`` is called, telling its progress meanwhile.
    """

    def __init__(self, pack: Path | None = None, *, result=None, error=None, hold=False) -> None:
        self._pack = pack
        self._result = result
        self._error = error
        self._go = threading.Event()
        self.started = threading.Event()
        self.scenarios = []
        if not hold:
            self._go.set()

    def release(self) -> None:
        self._go.set()

    def list_territories(self):
        title = {"fr": "Un couloir", "en": "A corridor"}
        path = self._pack or Path("corridor")
        return (TerritoryInfo(name="corridor", title=title, path=path, available=True, reason=""),)

    def get_territory(self, name, service_date=None, *, include_next=False, progress=no_progress):
        return load_territory(self._pack, service_date=service_date, progress=progress)

    def run(self, scenario, *, progress=no_progress, path=None):
        self.scenarios.append(scenario)
        progress("network", 0, 1)
        self.started.set()
        while not self._go.wait(0.01):
            progress("loading", 1, 2)
        if self._error is not None:
            raise self._error
        return replace(self._result or fake_run(), scenario=scenario)


class OneTerritory(FakeEngine):
    """The same with the corridor loaded once."""

    def __init__(self, territory, **options) -> None:
        super().__init__(**options)
        self._territory = territory

    def get_territory(self, name, service_date=None, *, include_next=False, progress=no_progress):
        return self._territory
