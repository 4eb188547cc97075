"""Cohorts and everybody else in a world of three zones, worked out by hand."""

import numpy as np
import pytest

from demand import (
    ArrivalProfile,
    CommuterFlows,
    Employer,
    Site,
    Team,
    ZoneSystem,
    build_background,
    build_cohorts,
)
from network.base.errors import DemandInputError

PROFILE = ArrivalProfile(start_s=0, share=np.ones(1))


def zone_system(*, quartiers=True):
    """Zones w1 and w2, quartiers of W (east), and h1, h2, h3 where people live (west)."""
    ids = ("h1", "h2", "h3", "w1", "w2")
    levels = dict.fromkeys(ids, "commune") | {"W": "commune", "R": "region"}
    if quartiers:
        levels |= {"w1": "quartier", "w2": "quartier"}
    parents = {"h1": "R", "h2": "R", "h3": "R", "w1": "W", "w2": "W", "W": "R"}
    return ZoneSystem(
        ids=ids,
        lat=np.zeros(5),
        lon=np.array([0.0, 0.1, 0.12, 1.0, 1.1]),
        in_territory=np.array([False, False, False, True, True]),
        names={zone: zone for zone in levels},
        levels=levels,
        parents=parents,
    )


def flows(*rows):
    ids = zone_system().ids
    ordered = sorted(rows, key=lambda row: (ids.index(row[0]), ids.index(row[1])))
    return CommuterFlows(
        origin=np.array([ids.index(row[0]) for row in ordered], dtype=np.int32),
        destination=np.array([ids.index(row[1]) for row in ordered], dtype=np.int32),
        workers=np.array([row[2] for row in ordered], dtype=float),
        transit_share=np.array([row[3] for row in ordered], dtype=float),
    )


def employer(*teams, zone="w1", name="E"):
    """One site; teams as (headcount, telework share)."""
    site = Site(id=f"{name}-s", name="S", lat=0.0, lon=1.0, zone_idx=zone_system().ids.index(zone))
    return Employer(
        id=name,
        name=name,
        sites=(site,),
        teams=tuple(
            Team(
                id=f"{name}{i}",
                name="T",
                site_id=site.id,
                headcount=headcount,
                start_s=32_400,
                work_s=28_800,
                earliest_s=27_000,
                latest_s=36_000,
                max_shift_s=1_800,
                telework_share=telework,
                movable=True,
            )
            for i, (headcount, telework) in enumerate(teams)
        ),
        core_start_s=36_000,
        core_end_s=55_800,
    )


FLOWS = flows(("h1", "w1", 600, 0.5), ("h2", "w1", 300, 1.0), ("h3", "w1", 100, 0.2))


def strands(cohorts, cohort=0):
    mine = cohorts.strand_cohort == cohort
    return dict(
        zip(cohorts.strand_origin[mine].tolist(), cohorts.strand_pax[mine].tolist(), strict=True)
    )


def test_a_team_lives_and_rides_like_the_workers_of_its_zone():
    # 250 people, a fifth at home: 200 present. 60 %, 30 %, 10 % of them by origin.
    cohorts = build_cohorts([employer((250, 0.2))], FLOWS, zone_system())

    assert cohorts.size.tolist() == [200.0]
    assert strands(cohorts) == pytest.approx({0: 200 * 0.6 * 0.5, 1: 200 * 0.3, 2: 200 * 0.1 * 0.2})


def test_each_team_is_a_cohort_with_its_hours_and_site():
    cohorts = build_cohorts(
        [employer((10, 0), (20, 0.5)), employer((30, 0), zone="w2", name="F")],
        flows(("h1", "w1", 900, 1), ("h2", "w2", 900, 1)),
        zone_system(),
    )

    assert cohorts.team_ids == ("E0", "E1", "F0")
    assert cohorts.employer.tolist() == [0, 0, 1]
    assert cohorts.site.tolist() == [0, 0, 1]
    assert cohorts.site_zone.tolist() == [3, 4]
    assert cohorts.size.tolist() == [10.0, 10.0, 30.0]
    assert cohorts.start_s.tolist() == [32_400] * 3
    assert cohorts.strand_cohort.tolist() == [0, 1, 2]
    assert cohorts.strand_origin.tolist() == [0, 0, 1]


def test_a_small_strand_joins_the_nearest_kept_home_zone():
    # 20 present: 6, 6 and 0.4 passengers; 0.4 is below 1 and h2 is nearer to h3 than h1.
    cohorts = build_cohorts([employer((20, 0))], FLOWS, zone_system(), min_strand_pax=1.0)

    assert strands(cohorts) == pytest.approx({0: 6.0, 1: 6.4})


def test_a_team_too_small_for_any_strand_keeps_its_largest():
    cohorts = build_cohorts([employer((1, 0))], FLOWS, zone_system(), min_strand_pax=50.0)

    assert strands(cohorts) == pytest.approx({0: 0.3 + 0.3 + 0.02})


def test_a_zone_with_few_jobs_borrows_the_homes_of_its_commune():
    table = flows(("h1", "w1", 10, 1.0), ("h2", "w2", 990, 0.5))

    alone = build_cohorts([employer((100, 0))], table, zone_system(), min_site_workers=5)
    shared = build_cohorts([employer((100, 0))], table, zone_system(), min_site_workers=500)

    assert strands(alone) == pytest.approx({0: 100.0})
    assert strands(shared) == pytest.approx({0: 1.0, 1: 49.5})


def test_a_whole_commune_with_few_jobs_borrows_from_nobody():
    table = flows(("h1", "w1", 10, 1.0), ("h2", "w2", 990, 0.5))

    cohorts = build_cohorts([employer((100, 0))], table, zone_system(quartiers=False))

    assert strands(cohorts) == pytest.approx({0: 100.0})


def test_a_site_where_nobody_works_is_an_error_that_names_it():
    with pytest.raises(DemandInputError, match="site E-s of E"):
        build_cohorts([employer((100, 0))], flows(("h1", "h2", 100, 1)), zone_system())


def test_no_employers_make_empty_cohorts():
    cohorts = build_cohorts([], FLOWS, zone_system())

    assert len(cohorts) == 0
    assert len(cohorts.strand_pax) == 0


def background(table, cohorts, **changes):
    values = {"presence_share": 1.0, "other_purposes_factor": 1.0} | changes
    return build_background(table, cohorts, zone_system(), profile=PROFILE, **values)


def test_background_is_everybody_less_the_staff_pair_by_pair():
    # Riders 300, 300, 20; x 0.8 x 1.5 = 360, 360, 24. Staff of 100 present: 30, 30, 2.
    cohorts = build_cohorts([employer((100, 0))], FLOWS, zone_system(), min_strand_pax=0.0)

    result = background(FLOWS, cohorts, presence_share=0.8, other_purposes_factor=1.5)

    assert result.trips.tolist() == pytest.approx([330, 330, 22])


def test_what_a_pair_cannot_give_comes_off_its_destination():
    # Staff of 600 as one strand from h1: 372 passengers where only 300 ride; the 72 missing
    # come off h2 and h3 (300 and 20) in proportion.
    cohorts = build_cohorts([employer((600, 0))], FLOWS, zone_system(), min_strand_pax=1e6)
    assert strands(cohorts) == pytest.approx({0: 372.0})

    result = background(FLOWS, cohorts)

    assert result.trips.tolist() == pytest.approx([0, 300 * 248 / 320, 20 * 248 / 320])


def test_what_a_destination_cannot_give_comes_off_its_commune_and_no_other():
    table = flows(
        ("h1", "w1", 100, 1.0),
        ("h1", "w2", 300, 1.0),
        ("h2", "w2", 100, 1.0),
        ("h2", "h1", 50, 1.0),
    )
    cohorts = build_cohorts([employer((140, 0))], table, zone_system(), min_site_workers=1)

    result = background(table, cohorts)

    trips = {
        (int(o), int(d)): float(t)
        for o, d, t in zip(result.origin, result.destination, result.trips, strict=True)
    }
    # 40 are owed by w2's 400: a tenth of each.
    assert trips == pytest.approx({(0, 3): 0, (0, 4): 270, (1, 4): 90, (1, 0): 50})


def test_background_never_falls_below_zero_when_staff_outnumber_everybody():
    cohorts = build_cohorts([employer((9_000, 0))], FLOWS, zone_system())

    assert background(FLOWS, cohorts).trips.tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("changes", [{"presence_share": 1.2}, {"other_purposes_factor": 0.9}])
def test_shares_out_of_range_are_refused(changes):
    cohorts = build_cohorts([employer((10, 0))], FLOWS, zone_system())
    with pytest.raises(ValueError, match="must lie in 0 to 1"):
        background(FLOWS, cohorts, **changes)
