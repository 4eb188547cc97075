"""The phases of a run that are measured, in the order they happen."""

from enum import StrEnum


class Phase(StrEnum):
    """A part of the work that someone waits for."""

    NETWORK_BUILD = "network.build"
    NETWORK_STREETS = "network.streets"
    NETWORK_WALKS = "network.walks"
    NETWORK_OPEN = "network.open"
    NETWORK_CHECK = "network.check"
    NETWORK_ITINERARY = "network.itinerary"
    DEMAND_BACKGROUND = "demand.background"
    SOLVER_CHOICE = "solver.choice"
    SOLVER_LOADING = "solver.loading"
    ROAD_EQUILIBRIUM = "road.equilibrium"
    SOLVER_STAGGERING = "solver.staggering"
    SCENARIOS_RUN = "scenarios.run"
