"""Choice sets: for each origin, place and window the itineraries people may take."""

from solver.choice.access import (
    HUB,
    LOCAL,
    WALK,
    AccessRules,
    Connectors,
    OtherStations,
    Places,
    StreetWalks,
    WalkRules,
    build_connectors,
)
from solver.choice.alternatives import Alternatives, ChoiceSettings, CostWeights, find_ranges
from solver.choice.build import ChoiceInputs, build_alternatives
from solver.choice.cells import FULL_PAX_M2, Cells, build_cells
from solver.choice.other_lines import LocalLines, OtherLines
from solver.choice.overlap import compute_path_sizes, segment_ride_min
from solver.choice.parts import PartStore, build_parts
from solver.choice.searches import OriginSearches, other_cost_min
from solver.choice.street_walks import find_walks

__all__ = [
    "FULL_PAX_M2",
    "HUB",
    "LOCAL",
    "WALK",
    "AccessRules",
    "Alternatives",
    "Cells",
    "ChoiceInputs",
    "ChoiceSettings",
    "Connectors",
    "CostWeights",
    "LocalLines",
    "OtherLines",
    "OtherStations",
    "OriginSearches",
    "PartStore",
    "Places",
    "StreetWalks",
    "WalkRules",
    "build_alternatives",
    "build_cells",
    "build_connectors",
    "build_parts",
    "compute_path_sizes",
    "find_ranges",
    "find_walks",
    "other_cost_min",
    "segment_ride_min",
]
