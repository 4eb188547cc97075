"""The grid city with people: who live at stops A1 and B1 and work at A3, and ride or fly.

No walks (all live and work at their stop's door). Line A has standing room for 50 square
metres a vehicle, line B for 60, no seats: with a crowding slope of 0.1 a vehicle of line A
costs each of x riders 5 min x 0.1 x / 50 = 0.01 x minutes a stop, one of line B 6 x 0.1 x / 60,
the same. Two vehicles in a quarter of an hour halve that.
"""

from pathlib import Path
from types import SimpleNamespace

import numpy as np

from demand import Cohorts, Employer, Site, Team
from network.base import SourceClass, parse_clock
from network.building.inputs import Capacity, VehicleCapacities
from network.readers import read_network
from scenarios.model import Model
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
    segment_ride_min,
)
from solver.crowding import CrowdingCurve
from solver.loading import AssignmentSettings, GroupDemand, build_line_segments
from tests.builders.gridcity import GRID_DAY, STOPS, write_grid_city

ROOM_M2 = {"A": 50.0, "B": 60.0}
NO_OTHER_LINES = OtherLines(usual_end_min=2000.0)
"""So slow that exp(-0.25 x cost) is 0: everybody rides."""


def grid_network(folder: Path):
    """The grid city with standing room only."""
    vehicles = VehicleCapacities(
        by_line={
            line: Capacity(
                seats=0.0,
                standing_m2=room,
                source="made up",
                source_class=SourceClass.ILLUSTRATIVE,
            )
            for line, room in ROOM_M2.items()
        }
    )
    return read_network(write_grid_city(folder), GRID_DAY, vehicles=vehicles)


def grid_model(network, *, riders, other=NO_OTHER_LINES, scale_per_min=0.25, slope=0.1) -> Model:
    """The city's model with one team an entry of ``riders``, {home stop: people}, at A3 by 08:30.

    Zones are A1 and B1, the site is place 2; people arrive from 08:00 to 08:45.
    """
    homes = ("A1", "B1")
    at = [STOPS[stop] for stop in (*homes, "A3")]
    places = Places(
        lat=np.asarray([lat for lat, _ in at]), lon=np.asarray([lon for _, lon in at]), n_zones=2
    )
    connectors = build_connectors(
        network.timetable,
        places,
        hub_stops=np.zeros(0, dtype=np.int32),
        rules=AccessRules(walk=WalkRules(least_m=0.0), local=LocalLines(max_m=0.0), other=other),
    )
    cells = build_cells(network.timetable, start_s=parse_clock("07:00"), end_s=parse_clock("10:00"))
    choice = ChoiceSettings(earliest_departure_s=parse_clock("07:00"), prune_min=1e6)
    alternatives = build_alternatives(
        ChoiceInputs(
            network=network,
            cells=cells,
            connectors=connectors,
            pair_origin=np.asarray([0, 1], dtype=np.int32),
            pair_place=np.asarray([2, 2], dtype=np.int32),
            window_start_s=np.arange(parse_clock("08:00"), parse_clock("08:45"), 900),
            window_s=900,
            settings=choice,
        )
    )
    segments = build_line_segments(network.timetable)
    employer, cohorts = _employer(riders, homes)
    return Model(
        territory=SimpleNamespace(employers=(employer,)),
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
            network.timetable.pattern_offset,
        ),
        cohorts=cohorts,
        background_demand=None,
        background=GroupDemand(pax=np.zeros(alternatives.n_groups), other_pax=0.0),
        left_out_trips=0.0,
        curve=CrowdingCurve(slope=slope),
        assignment=AssignmentSettings(scale_per_min=scale_per_min, relative_gap=1e-12),
    )


def _employer(riders, homes) -> tuple[Employer, Cohorts]:
    start_s, day_s = parse_clock("08:30"), 8 * 3600
    lat, lon = STOPS["A3"]
    teams = tuple(
        Team(
            id=f"team {i}",
            name=f"Team {i}",
            site_id="office",
            headcount=sum(homes_of.values()),
            start_s=start_s,
            work_s=day_s,
            earliest_s=parse_clock("08:00"),
            latest_s=parse_clock("09:00"),
            max_shift_s=3600,
            telework_share=0.0,
            movable=True,
        )
        for i, homes_of in enumerate(riders)
    )
    employer = Employer(
        id="works",
        name="Works",
        sites=(Site(id="office", name="Office", lat=lat, lon=lon, zone_idx=0),),
        teams=teams,
        core_start_s=parse_clock("10:00"),
        core_end_s=parse_clock("15:00"),
    )
    strands = [
        (team, homes.index(home), pax)
        for team, homes_of in enumerate(riders)
        for home, pax in sorted(homes_of.items())
    ]
    n = len(teams)

    def each(seconds):
        return np.full(n, seconds, dtype=np.int32)

    cohorts = Cohorts(
        employer_ids=("works",),
        site_ids=("office",),
        site_zone=np.zeros(1, dtype=np.int32),
        site_lat=np.asarray([lat]),
        site_lon=np.asarray([lon]),
        team_ids=tuple(team.id for team in teams),
        employer=each(0),
        site=each(0),
        size=np.asarray([team.headcount for team in teams], dtype=float),
        start_s=each(start_s),
        earliest_s=each(teams[0].earliest_s),
        latest_s=each(teams[0].latest_s),
        max_shift_s=each(3600),
        movable=np.ones(n, dtype=np.bool_),
        strand_cohort=np.asarray([row[0] for row in strands], dtype=np.int32),
        strand_origin=np.asarray([row[1] for row in strands], dtype=np.int32),
        strand_pax=np.asarray([row[2] for row in strands], dtype=float),
    )
    return employer, cohorts
