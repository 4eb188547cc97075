"""Scenarios: territory packs, modifications, runs, key figures and comparison."""

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
