"""Plaine Commune as a staggering problem: with its twelve illustrative employers, or more.

``python -m benchmarks.cases.plaine_commune OUT.npz --employers 100 --seed 1`` writes it as a
file that ``creneau solve`` reads (JSON where the name ends in .json).
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.cases.inputs import load_default_territory
from demand import Employer, Site, Team

if TYPE_CHECKING:
    from scenarios.territory import Territory
    from solver.staggering import StaggeringProblem

OWN = 12
"""Employers of the embedded territory."""
STAFF_SHARE = 0.6  # of the territory's jobs are with the invented employers
MIN_JOBS = 500.0
SIZE_SIGMA, TEAM_SIGMA, TEAMS_EACH, MIN_HEADCOUNT = 1.0, 0.5, 4, 5
STARTS = ("08:00", "08:15", "08:30", "08:45", "09:00", "09:15", "09:30")
START_SHARES = (0.12, 0.08, 0.25, 0.12, 0.28, 0.05, 0.10)
WORK_S, CORE_S, MAX_SHIFT_S = 8 * 3600 + 1800, (36_000, 55_800), 1800
TELEWORK = 0.1


def plaine_commune_problem(n_employers: int = OWN, *, seed: int = 1) -> StaggeringProblem:
    """Build the territory's problem from its status quo, a quarter of the staff movable.

    With twelve employers they are the embedded ones; else they are all invented
    (:func:`invent_employers`). Takes about a minute: choice sets of every pair and quarter hour.

    Raises
    ------
    ValueError
        If there are no employers.
    """
    from scenarios.model import build_model
    from scenarios.planning import build_problem
    from scenarios.schema import Scenario
    from solver.loading import assign_transit

    territory = load_default_territory()
    if n_employers != OWN:
        territory = replace(territory, employers=invent_employers(territory, n_employers, seed))
    scenario = Scenario.model_validate({"name": "benchmark", "plan": {"max_moved_share": 0.25}})
    model = build_model(territory, scenario)
    status_quo = assign_transit(
        model.alternatives,
        model.cells,
        model.background.pax + model.staff_today(),
        curve=model.curve,
        settings=model.assignment,
        path_size=model.path_size,
    )
    return build_problem(model, scenario, status_quo).problem


def invent_employers(territory: Territory, n: int, seed: int) -> tuple[Employer, ...]:
    """Invent ``n`` employers of four teams in a territory's zones; they stand for nobody.

    Sizes are lognormal and add up to 60 % of the territory's jobs. Each has one site, in the
    middle of a zone drawn in proportion to its jobs among those with 500 or more. Starts are
    drawn from 08:00 to 09:30. The same seed gives the same employers.

    Raises
    ------
    ValueError
        If ``n`` is below 1.
    """
    if n < 1:
        msg = f"at least one employer is needed, not {n}"
        raise ValueError(msg)
    rng = np.random.default_rng(seed)
    zones, flows = territory.zones, territory.flows
    jobs = np.bincount(flows.destination, weights=flows.workers, minlength=len(zones))
    jobs[~np.asarray(zones.in_territory)] = 0.0
    total = STAFF_SHARE * float(jobs.sum())
    jobs[jobs < MIN_JOBS] = 0.0
    zone = rng.choice(len(zones), size=n, p=jobs / jobs.sum())
    size = rng.lognormal(0.0, SIZE_SIGMA, n)
    size *= total / size.sum()
    return tuple(_employer(rng, territory, e, int(zone[e]), float(size[e])) for e in range(n))


def _employer(
    rng: np.random.Generator, territory: Territory, number: int, zone: int, size: float
) -> Employer:
    key = f"employer-{number + 1:04d}"
    zones = territory.zones
    site = Site(
        id=f"{key}-site",
        name=f"Site {number + 1}",
        lat=float(zones.lat[zone]),
        lon=float(zones.lon[zone]),
        zone_idx=zone,
    )
    part = rng.lognormal(0.0, TEAM_SIGMA, TEAMS_EACH)
    headcounts = np.maximum(MIN_HEADCOUNT, np.round(size * part / part.sum())).astype(np.int64)
    starts = rng.choice(len(STARTS), size=TEAMS_EACH, p=START_SHARES)
    return Employer(
        id=key,
        name=f"Employer {number + 1}",
        sites=(site,),
        teams=tuple(
            _team(key, t, site.id, int(headcounts[t]), STARTS[int(starts[t])])
            for t in range(TEAMS_EACH)
        ),
        core_start_s=CORE_S[0],
        core_end_s=CORE_S[1],
    )


def _team(employer: str, number: int, site: str, headcount: int, start: str) -> Team:
    hours, minutes = start.split(":")
    start_s = int(hours) * 3600 + int(minutes) * 60
    return Team(
        id=f"{employer}-team-{number + 1}",
        name=f"Team {number + 1}",
        site_id=site,
        headcount=headcount,
        start_s=start_s,
        work_s=WORK_S,
        earliest_s=CORE_S[1] - WORK_S,
        latest_s=CORE_S[0],
        max_shift_s=MAX_SHIFT_S,
        telework_share=TELEWORK,
        movable=True,
    )


def write_plaine_commune(words: list[str] | None = None) -> None:
    """Write the problem to the file that the command line names."""
    from api.staggering_files import write_problem

    parser = argparse.ArgumentParser(description="Write Plaine Commune as a staggering problem.")
    parser.add_argument("out", type=Path, help="file to write, .json or .npz")
    parser.add_argument("--employers", type=int, default=OWN)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(words)
    write_problem(plaine_commune_problem(given.employers, seed=given.seed), given.out)


if __name__ == "__main__":
    write_plaine_commune()
