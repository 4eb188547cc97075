"""From a loaded status quo to the staggering problem, and from its plan to moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from network.base import parse_clock
from scenarios.results import TeamMove
from solver.choice import find_ranges, other_cost_min
from solver.loading import window_of_start
from solver.staggering import (
    CellTable,
    CohortTable,
    GroupTable,
    MoveCost,
    PlanRules,
    StaggeringProblem,
    candidate_slots,
)
from solver.staggering.costs.matrices import build_matrices
from solver.staggering.costs.pricing import price_plan, share_flows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from demand import Employer, Team
    from scenarios.model import Model
    from scenarios.schema import PlanRules as RulesOfScenario
    from scenarios.schema import Scenario
    from solver.loading import TransitLoading
    from solver.staggering import StaggeringResult

SHARE_SHOWN = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanBasis:
    """The problem, and what is needed to read its plan back in the model's terms.

    ``cells`` are the model's cell indices of the problem's cells.
    """

    problem: StaggeringProblem
    cells: NDArray[np.int64]

    def starts_and_shares(
        self, plan: StaggeringResult
    ) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """Return the plan as (n_cohorts, n) starts and shares, padded with zero shares."""
        cohorts = self.problem.cohorts
        width = int(np.diff(cohorts.candidate_offset).max())
        start_s = np.repeat(
            self.problem.slot_start_s[cohorts.base_slot][:, None], width, axis=1
        ).astype(np.int32)
        share = np.zeros((len(cohorts), width))
        if plan.x is None:
            share[:, 0] = 1.0
            return start_s, share
        for cohort in range(len(cohorts)):
            first, last = cohorts.candidate_offset[cohort : cohort + 2]
            n = last - first
            start_s[cohort, :n] = self.problem.slot_start_s[cohorts.candidate_slot[first:last]]
            share[cohort, :n] = plan.x[first:last]
        return start_s, share


def build_problem(model: Model, scenario: Scenario, status_quo: TransitLoading) -> PlanBasis:
    """Build the staggering problem of a scenario from its loaded status quo.

    Everybody but the staff stays where the status quo has them: their load is the cells'
    background. The staff's groups carry today's crowding as prices and today's choice
    shares, both at the status quo's loads.
    """
    rules = scenario.plan
    slots, base_slot = _slots(model, rules)
    cohorts = _cohorts(model, rules, slots, base_slot)
    staff = model.staff_groups()
    groups, cell_of_problem = _groups(model, cohorts, slots, status_quo)
    alternatives, flow = model.alternatives, status_quo.flow_pax.copy()
    flow[~staff[alternatives.group_of_alternative()]] = 0.0
    own = np.bincount(
        alternatives.cell,
        weights=np.repeat(flow, np.diff(alternatives.cell_offset)) * alternatives.cell_weight,
        minlength=len(model.cells),
    )
    at = cell_of_problem
    problem = StaggeringProblem(
        slot_start_s=slots,
        cohorts=cohorts,
        groups=groups,
        cells=CellTable(
            seats=model.cells.seats[at],
            standing_m2=model.cells.standing_m2[at],
            ride_min=model.cells.ride_min[at],
            background_pax=np.maximum(0.0, status_quo.load_pax[at] - own[at]),
            place=(at // model.cells.n_windows).astype(np.int32),
            window=(at % model.cells.n_windows).astype(np.int32),
        ),
        rules=PlanRules(
            max_moved_people=rules.max_moved_share * float(cohorts.size.sum()),
            no_employer_worse_off=rules.no_employer_worse_off,
            whole_cohorts=rules.whole_cohorts,
        ),
        curve=model.curve,
    )
    return PlanBasis(problem=problem, cells=at)


def read_moves(model: Model, basis: PlanBasis, plan: StaggeringResult) -> tuple[TeamMove, ...]:
    """Return who moves, by employer and team; people of all modes, and passengers among them."""
    start_s, share = basis.starts_and_shares(plan)
    cohorts = model.cohorts
    pax = np.bincount(cohorts.strand_cohort, weights=cohorts.strand_pax, minlength=len(cohorts))
    base_s = basis.problem.slot_start_s[basis.problem.cohorts.base_slot]
    moves = []
    for cohort, (employer, team) in enumerate(teams_of(model)):
        for to_s, part in zip(start_s[cohort], share[cohort], strict=True):
            if part > SHARE_SHOWN and to_s != base_s[cohort]:
                moves.append(
                    TeamMove(
                        employer_id=employer.id,
                        employer=employer.name,
                        team_id=team.id,
                        team=team.name,
                        people=float(part * cohorts.size[cohort]),
                        transit_pax=float(part * pax[cohort]),
                        from_s=int(base_s[cohort]),
                        to_s=int(to_s),
                        share=float(part),
                    )
                )
    return tuple(moves)


def price_status_quo(basis: PlanBasis) -> float:
    """Compute what the optimiser's objective is if nobody moves: today's starts and routes."""
    problem = basis.problem
    matrices = build_matrices(problem)
    x = np.zeros(problem.cohorts.n_candidates)
    x[problem.cohorts.base_candidate()] = 1.0
    flow = share_flows(matrices, x, problem.groups.shares_or_cheapest())
    return price_plan(problem, matrices, x, flow).total_min


def teams_of(model: Model) -> list[tuple[Employer, Team]]:
    """Return employer and team of every cohort, in the cohorts' order."""
    by_id = {
        (employer.id, team.id): (employer, team)
        for employer in model.territory.employers
        for team in employer.teams
    }
    cohorts = model.cohorts
    return [
        by_id[cohorts.employer_ids[employer], team_id]
        for employer, team_id in zip(cohorts.employer.tolist(), cohorts.team_ids, strict=True)
    ]


def _slots(model: Model, rules: RulesOfScenario) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the slots' starts, today's among them, and the slot of each cohort today."""
    step = rules.slot_min * 60
    grid = np.arange(parse_clock(rules.earliest_start), parse_clock(rules.latest_start) + 1, step)
    slots = np.unique(np.concatenate((grid, model.cohorts.start_s))).astype(np.int32)
    return slots, np.searchsorted(slots, model.cohorts.start_s).astype(np.int32)


def _cohorts(
    model: Model,
    rules: RulesOfScenario,
    slots: NDArray[np.int32],
    base_slot: NDArray[np.int32],
) -> CohortTable:
    cohorts = model.cohorts
    on_grid = _on_grid(slots, rules)
    moving = MoveCost(early_per_min=rules.shift_cost_per_min, late_per_min=rules.shift_cost_per_min)
    inside = window_of_start(slots, model.alternatives)
    modelled = (inside >= 0) & (inside < len(model.alternatives.window_start_s))
    chosen, disutility = [], []
    for cohort, (employer, team) in enumerate(teams_of(model)):
        base = int(base_slot[cohort])
        slot = candidate_slots(
            slots,
            base_slot=base,
            work_s=team.work_s,
            earliest_s=int(cohorts.earliest_s[cohort]),
            latest_s=int(cohorts.latest_s[cohort]),
            max_shift_s=min(int(cohorts.max_shift_s[cohort]), rules.max_shift_min * 60),
            core_start_s=employer.core_start_s,
            core_end_s=employer.core_end_s,
            movable=bool(cohorts.movable[cohort]) and bool(modelled[base]),
        )
        slot = slot[(on_grid[slot] & modelled[slot]) | (slot == base)]
        chosen.append(slot)
        disutility.append(moving.disutility_min(slots[slot], float(slots[base])))
    counts = [len(slot) for slot in chosen]
    return CohortTable(
        ids=tuple(
            f"{cohorts.employer_ids[e]}/{team}"
            for e, team in zip(cohorts.employer.tolist(), cohorts.team_ids, strict=True)
        ),
        employer_ids=cohorts.employer_ids,
        employer=cohorts.employer,
        site=cohorts.site,
        size=cohorts.size,
        base_slot=base_slot,
        candidate_offset=np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        candidate_slot=np.concatenate(chosen).astype(np.int32),
        candidate_disutility_min=np.concatenate(disutility),
        strand_cohort=cohorts.strand_cohort,
        strand_origin=cohorts.strand_origin,
        strand_pax=cohorts.strand_pax,
    )


def _on_grid(slots: NDArray[np.int32], rules: RulesOfScenario) -> NDArray[np.bool_]:
    first, last = parse_clock(rules.earliest_start), parse_clock(rules.latest_start)
    inside = (slots >= first) & (slots <= last)
    result: NDArray[np.bool_] = inside & ((slots - first) % (rules.slot_min * 60) == 0)
    return result


def _groups(
    model: Model,
    cohorts: CohortTable,
    slots: NDArray[np.int32],
    status_quo: TransitLoading,
) -> tuple[GroupTable, NDArray[np.int64]]:
    """Return a group for every (origin, site, slot) that a cohort may use, and the cells used.

    Where no modelled line is worth taking, the only route is the trip by other lines.
    """
    wanted = _wanted_groups(cohorts)
    origin, site, slot = wanted[:, 0], wanted[:, 1], wanted[:, 2]
    alternatives = model.alternatives
    window = window_of_start(slots, alternatives)[slot]
    place = (model.n_zones + site).astype(np.int32)
    found = alternatives.find_groups(origin, place, window)
    has = found >= 0
    at = np.maximum(found, 0)
    counts = np.where(has, np.diff(alternatives.offset)[at], 1)
    route_offset = np.concatenate(([0], np.cumsum(counts)))
    routes = find_ranges(
        np.where(has, alternatives.offset[at], -1), np.where(has, alternatives.offset[at + 1], 0)
    )
    real = routes >= 0
    other = other_cost_min(model.connectors, model.choice.weights)[origin, place]
    group = np.repeat(np.arange(len(wanted)), counts)
    safe = np.maximum(routes, 0)
    free = np.where(real, alternatives.free_min[safe], other[group])
    priced = np.where(real, status_quo.cost_min[safe], other[group])
    n_cells = np.where(real, np.diff(alternatives.cell_offset)[safe], 0)
    entries = find_ranges(
        np.where(real, alternatives.cell_offset[safe], 0),
        np.where(real, alternatives.cell_offset[safe + 1], 0),
    )
    used, cell = np.unique(alternatives.cell[entries], return_inverse=True)
    size = np.where(real, model.path_size[safe], 1.0)
    scaled = size * np.exp(
        -model.assignment.scale_per_min * (priced - _least(priced, route_offset))
    )
    share = scaled / np.add.reduceat(scaled, route_offset[:-1])[group]
    table = GroupTable(
        origin=origin,
        site=site,
        slot=slot,
        route_offset=route_offset.astype(np.int64),
        free_min=free,
        cell_offset=np.concatenate(([0], np.cumsum(n_cells))).astype(np.int64),
        cell=cell.astype(np.int32),
        cell_weight=alternatives.cell_weight[entries].astype(np.float64),
        priced_min=priced,
        share=share,
    )
    return table, used.astype(np.int64)


def _wanted_groups(cohorts: CohortTable) -> NDArray[np.int32]:
    """Return (origin, site, slot) of every strand in every candidate slot, each once."""
    rows = []
    for strand, cohort in enumerate(cohorts.strand_cohort.tolist()):
        first, last = cohorts.candidate_offset[cohort : cohort + 2]
        slot = cohorts.candidate_slot[first:last]
        rows.append(
            np.column_stack(
                (
                    np.full(len(slot), cohorts.strand_origin[strand]),
                    np.full(len(slot), cohorts.site[cohort]),
                    slot,
                )
            )
        )
    return np.unique(np.concatenate(rows), axis=0).astype(np.int32)


def _least(values: NDArray[np.float64], offset: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return each group's least value, repeated for its members."""
    least = np.minimum.reduceat(values, offset[:-1])
    return np.repeat(least, np.diff(offset))
