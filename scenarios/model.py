"""One territory under one scenario, ready to be loaded: places, cells, choice sets, demand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from demand import build_background, build_cohorts
from network.base import Problem, no_progress, parse_clock
from network.base.errors import ScenarioInputError
from scenarios.parameters import FIRST_TRAINS_S
from solver.choice import (
    AccessRules,
    ChoiceInputs,
    ChoiceSettings,
    LocalLines,
    OtherLines,
    Places,
    WalkRules,
    build_alternatives,
    build_cells,
    build_connectors,
    compute_path_sizes,
    find_walks,
    segment_ride_min,
)
from solver.crowding import CrowdingCurve
from solver.loading import (
    AssignmentSettings,
    build_line_segments,
    spread_background,
    spread_cohorts,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy import sparse

    from demand import BackgroundDemand, Cohorts
    from network.base import Progress
    from scenarios.parameters import TerritoryFile
    from scenarios.schema import Scenario
    from scenarios.territory import Territory
    from solver.choice import Alternatives, Cells, Connectors
    from solver.loading import GroupDemand, LineSegments

WINDOW_S = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Everything the loadings and the optimiser of one run share.

    ``background`` is the others' passengers by group; sites are places ``n_zones`` and up,
    so that groups of employers' staff and of others never mix.
    """

    territory: Territory
    places: Places
    cells: Cells
    segments: LineSegments
    connectors: Connectors
    choice: ChoiceSettings
    alternatives: Alternatives
    path_size: NDArray[np.float64]
    cohorts: Cohorts
    background_demand: BackgroundDemand
    background: GroupDemand
    left_out_trips: float
    curve: CrowdingCurve
    assignment: AssignmentSettings

    @property
    def n_zones(self) -> int:
        """Number of leaf zones."""
        return self.places.n_zones

    def staff_groups(self) -> NDArray[np.bool_]:
        """Return which groups are employers' staff, shape (n_groups,)."""
        return self.alternatives.group_place >= self.n_zones

    def staff_by_cohort(
        self, start_s: NDArray[np.int32], share: NDArray[np.float64]
    ) -> sparse.csr_array:
        """Return passengers by (cohort, group) for shares of starts, shape (n_cohorts, n) both."""
        passengers, _ = spread_cohorts(
            self.cohorts, self.alternatives, n_zones=self.n_zones, start_s=start_s, share=share
        )
        return passengers

    def staff_at(
        self, start_s: NDArray[np.int32], share: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the staff by group, shape (n_groups,), for shares of starts."""
        return np.asarray(self.staff_by_cohort(start_s, share).sum(axis=0))

    def staff_today(self) -> NDArray[np.float64]:
        """Return the staff by group at today's starts, shape (n_groups,)."""
        return self.staff_at(self.cohorts.start_s[:, None], np.ones((len(self.cohorts), 1)))


def _require_staff(territory: Territory, cohorts: Cohorts) -> None:
    if cohorts.strand_pax.sum() > 0:
        return
    raise ScenarioInputError(
        Problem(
            file=f"territory {territory.name}",
            found="no employer's staff goes to work by public transport on the day",
            expected="somebody whose hours a plan could move",
            mend="Lower a share of telework, or correct the flows' transit_share.",
        )
    )


def _require_routes(territory: Territory, alternatives: Alternatives) -> None:
    if len(alternatives.offset) > 1:
        return
    file = territory.file
    raise ScenarioInputError(
        Problem(
            file=f"territory {territory.name}",
            found=f"no line worth taking from {file.period_start} to {file.period_end}",
            expected="a timetable that serves some pair of zones in that period",
            mend="Correct period_start and period_end, the service date, or the feed.",
        )
    )


def build_model(
    territory: Territory, scenario: Scenario, *, progress: Progress = no_progress
) -> Model:
    """Build cells, demand and choice sets of a territory for the scenario's settings."""
    file = territory.file
    start_s, end_s = parse_clock(file.period_start), parse_clock(file.period_end)
    cells = build_cells(
        territory.network.timetable, start_s=FIRST_TRAINS_S, end_s=end_s, window_s=WINDOW_S
    )
    cohorts = build_cohorts(territory.employers, territory.flows, territory.zones)
    _require_staff(territory, cohorts)
    background, left_out = find_background(territory, cohorts)
    n_zones = len(territory.zones)
    places = list_places(territory, cohorts)
    connectors = connect_places(territory, places)
    choice = ChoiceSettings(earliest_departure_s=FIRST_TRAINS_S)
    origin, place = _pairs(background, cohorts, n_zones)
    alternatives = build_alternatives(
        ChoiceInputs(
            network=territory.network,
            cells=cells,
            connectors=connectors,
            pair_origin=origin,
            pair_place=place,
            window_start_s=np.arange(start_s, end_s, WINDOW_S, dtype=np.int64),
            window_s=WINDOW_S,
            settings=choice,
            relief=find_relief(territory),
        ),
        progress=progress,
    )
    _require_routes(territory, alternatives)
    segments = build_line_segments(territory.network.timetable)
    _check_watch(territory, segments)
    return Model(
        territory=territory,
        places=places,
        cells=cells,
        segments=segments,
        connectors=connectors,
        choice=choice,
        alternatives=alternatives,
        path_size=compute_path_sizes(
            alternatives,
            segments.of_segment,
            segment_ride_min(cells.ride_min, cells.n_windows),
            territory.network.timetable.pattern_offset,
        ),
        cohorts=cohorts,
        background_demand=background,
        background=spread_background(background, alternatives),
        left_out_trips=left_out,
        curve=CrowdingCurve(slope=scenario.crowding.cost_per_pax_m2),
        assignment=AssignmentSettings(**scenario.assignment.model_dump()),
    )


def _check_watch(territory: Territory, segments: LineSegments) -> None:
    """Raise if a stretch to be watched is none: a report must not leave it out in silence."""
    known = set(zip(segments.line, segments.from_station, segments.to_station, strict=True))
    problems = [
        Problem(
            file=f"territory {territory.name}",
            field=f"watch[{number}]",
            found=f"line {watch.line} from {watch.from_station} to {watch.to_station}",
            expected="two stations that follow each other on a pattern of the line",
            mend="Name neighbouring stations, in the direction of travel.",
        )
        for number, watch in enumerate(territory.file.watch)
        if (watch.line, watch.from_station, watch.to_station) not in known
    ]
    if problems:
        raise ScenarioInputError(*problems)


def list_places(territory: Territory, cohorts: Cohorts) -> Places:
    """Return the territory's leaf zones, then the cohorts' sites, as places of trips."""
    zones = territory.zones
    return Places(
        lat=np.concatenate((zones.lat, cohorts.site_lat)),
        lon=np.concatenate((zones.lon, cohorts.site_lon)),
        n_zones=len(zones),
        spread_m=np.concatenate((zones.spread_or_zero_m(), np.zeros(len(cohorts.site_lat)))),
    )


def connect_places(territory: Territory, places: Places) -> Connectors:
    """Build the ways of places to stops by the territory's rules, over its streets if any."""
    rules = build_access_rules(territory.file)
    streets = None
    if territory.network.streets is not None:
        streets = find_walks(territory.network, places, rules.walk)
    return build_connectors(
        territory.network.timetable,
        places,
        hub_stops=territory.hub_stops,
        rules=rules,
        other_stations=territory.other_stations,
        streets=streets,
    )


def build_access_rules(file: TerritoryFile) -> AccessRules:
    """Return how people of a territory reach stops, as its file says."""
    detour = file.network.detour
    return AccessRules(
        walk=WalkRules(
            max_s=file.network.max_walk_s, speed_mps=file.network.walk_speed_mps, detour=detour
        ),
        local=LocalLines(**file.local_lines.model_dump(), detour=detour),
        other=OtherLines(**file.other_lines.model_dump(), detour=detour),
    )


def find_background(territory: Territory, cohorts: Cohorts) -> tuple[BackgroundDemand, float]:
    """Return everybody else's trips, tiny pairs left out, and how many trips those were."""
    people = territory.file.people
    full = build_background(
        territory.flows,
        cohorts,
        territory.zones,
        presence_share=people.presence_share,
        other_purposes_factor=people.other_purposes_factor,
        profile=territory.profile,
    )
    kept = full.trips >= max(people.least_pair_trips, 1e-9)
    trimmed = type(full)(
        origin=full.origin[kept],
        destination=full.destination[kept],
        trips=full.trips[kept],
        profile=full.profile,
    )
    return trimmed, float(full.trips[~kept].sum())


def _pairs(
    background: BackgroundDemand, cohorts: Cohorts, n_zones: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the (origin, place) pairs that anybody travels, each once."""
    site = n_zones + cohorts.site[cohorts.strand_cohort]
    pairs = np.column_stack(
        (
            np.concatenate((background.origin, cohorts.strand_origin)),
            np.concatenate((background.destination, site)),
        )
    )
    unique = np.unique(pairs, axis=0).astype(np.int32)
    return unique[:, 0].copy(), unique[:, 1].copy()


def find_relief(territory: Territory) -> tuple[NDArray[np.bool_], ...]:
    """Return for each line known to be full the mask of its routes."""
    lines = territory.network.timetable.routes.lines
    return tuple(
        np.asarray([name == line for name in lines]) for line in territory.file.relief_lines
    )
