"""Scenarios: territory packs, modifications, runs, key figures and comparison.

What a run needs takes seconds to import: each name is imported when it is first asked for, so
that who asks for an itinerary does not wait for the optimiser.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scenarios.reading import parse_scenario, read_scenario
    from scenarios.results import RunResult
    from scenarios.run import run_scenario
    from scenarios.schema import Scenario
    from scenarios.store import write_result
    from scenarios.territory import Territory, TerritoryInfo, list_territories, load_territory

__all__ = [
    "RunResult",
    "Scenario",
    "Territory",
    "TerritoryInfo",
    "list_territories",
    "load_territory",
    "parse_scenario",
    "read_scenario",
    "run_scenario",
    "write_result",
]

_HOMES = {
    "RunResult": "scenarios.results",
    "Scenario": "scenarios.schema",
    "Territory": "scenarios.territory",
    "TerritoryInfo": "scenarios.territory",
    "list_territories": "scenarios.territory",
    "load_territory": "scenarios.territory",
    "parse_scenario": "scenarios.reading",
    "read_scenario": "scenarios.reading",
    "run_scenario": "scenarios.run",
    "write_result": "scenarios.store",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever it is that is exported
    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(_HOMES[name]), name)
