"""Invented employers of Plaine Commune: where its jobs are, as many as asked, nobody's names."""

import numpy as np
import pytest

from benchmarks.cases.inputs import load_default_territory
from benchmarks.cases.plaine_commune import MIN_JOBS, STAFF_SHARE, invent_employers
from scenarios.territory import Territory


@pytest.fixture(scope="module")
def territory() -> Territory:
    return load_default_territory()


def jobs(territory: Territory) -> np.ndarray:
    found = np.bincount(
        territory.flows.destination,
        weights=territory.flows.workers,
        minlength=len(territory.zones),
    )
    found[~np.asarray(territory.zones.in_territory)] = 0.0
    return found


def test_a_hundred_employers_have_sixty_percent_of_the_jobs(territory: Territory) -> None:
    employers = invent_employers(territory, 100, seed=1)
    assert len({employer.id for employer in employers}) == 100
    assert len({team.id for employer in employers for team in employer.teams}) == 400
    staff = sum(employer.headcount for employer in employers)
    assert staff == pytest.approx(STAFF_SHARE * jobs(territory).sum(), rel=0.01)


def test_sites_are_in_zones_with_many_jobs(territory: Territory) -> None:
    at = [site.zone_idx for e in invent_employers(territory, 100, seed=2) for site in e.sites]
    assert jobs(territory)[at].min() >= MIN_JOBS
    assert len(set(at)) > 10


def test_every_team_may_start_as_it_does_today(territory: Territory) -> None:
    for employer in invent_employers(territory, 20, seed=3):
        for team in employer.teams:
            assert team.earliest_s <= team.start_s <= team.latest_s
            assert team.start_s <= employer.core_start_s
            assert team.start_s + team.work_s >= employer.core_end_s


def test_same_seed_invents_the_same_and_names_say_nothing(territory: Territory) -> None:
    one, again, other = (invent_employers(territory, 5, seed=s) for s in (1, 1, 2))
    assert one == again
    assert one != other
    assert [employer.name for employer in one] == [f"Employer {n}" for n in range(1, 6)]


def test_no_employers_are_refused(territory: Territory) -> None:
    with pytest.raises(ValueError, match="at least one employer"):
        invent_employers(territory, 0, seed=1)
