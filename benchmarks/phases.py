"""The phases of a run that are measured, in the order they happen."""

from enum import StrEnum


class Phase(StrEnum):
    """A part of the work that someone waits for."""

    NETWORK_BUILD = "network.build"
    NETWORK_ITINERARY = "network.itinerary"
    DEMAND_BACKGROUND = "demand.background"
    SOLVER_CHOICE = "solver.choice"
    SOLVER_LOADING = "solver.loading"
    SOLVER_STAGGERING = "solver.staggering"
    SCENARIOS_RUN = "scenarios.run"
