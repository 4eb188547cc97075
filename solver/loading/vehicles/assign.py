"""Who rides which vehicle: everybody chooses until choices and crowding agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from network.base import no_progress
from network.routing.loads import SegmentLoads
from solver.loading._loading_kernels import choice_gap, choose_logit
from solver.loading.vehicles._run_kernels import (
    choose_least,
    delay_calls,
    load_calls,
    move_towards,
    price_entries,
    sum_along,
    sum_journeys,
)
from solver.loading.vehicles.calls import CallTable
from solver.loading.vehicles.queues import Boarded, PlatformQueues
from solver.loading.vehicles.seats import KeptSeats
from solver.loading.vehicles.settings import Capacity, RouteChoice, RunSettings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network import Timetable
    from network.base import Progress
    from solver.loading.vehicles.paths import RunChoices

FULL_PAX_M2 = 4.0
LINE_SEARCH_STEPS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLoading:
    """Who rides what, by stop time, and how near the choices are to their own consequences.

    ``flow_pax`` and ``cost_min`` are by entry of the choice sets, ``expected_min`` by group.
    ``load_pax`` (on leaving), ``boarding_pax``, ``alighting_pax``, ``left_behind_pax`` and
    ``late_min`` are aligned with ``Timetable.departure_s``. ``gaps`` has the relative gap of
    every iteration, ``steps`` the share of the way that was gone after it.
    ``unserved_pax`` waited till after the last vehicle. ``settings`` hold the seed.
    """

    settings: RunSettings
    flow_pax: NDArray[np.float64]
    cost_min: NDArray[np.float64]
    expected_min: NDArray[np.float64]
    load_pax: NDArray[np.float64]
    boarding_pax: NDArray[np.float64]
    alighting_pax: NDArray[np.float64]
    left_behind_pax: NDArray[np.float64]
    late_min: NDArray[np.float64]
    unserved_pax: float
    total_cost_min: float
    gaps: tuple[float, ...]
    steps: tuple[float, ...]
    converged: bool

    @property
    def assignment_gap(self) -> float:
        """The relative gap that was reached."""
        return self.gaps[-1]

    @property
    def iterations(self) -> int:
        """How often everybody chose."""
        return len(self.gaps)

    def load_factor(self, calls: CallTable) -> NDArray[np.float64]:
        """Return passengers over seats and 4 standing a square metre, 0 without capacity."""
        full = calls.seats + FULL_PAX_M2 * calls.standing_m2
        return np.divide(self.load_pax, full, out=np.zeros(len(full)), where=full > 0)

    def segment_loads(self, calls: CallTable) -> SegmentLoads:
        """Return load factors by stop time, as the routing engines take them."""
        return SegmentLoads(load_factor=self.load_factor(calls).astype(np.float32))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Observed:
    """What flows lead to: costs by entry, and everything by call."""

    cost_min: NDArray[np.float64]
    load: NDArray[np.float64]
    boarding: NDArray[np.float64]
    alighting: NDArray[np.float64]
    left_behind: NDArray[np.float64]
    late_min: NDArray[np.float64]
    unserved_pax: float


def load_runs(
    timetable: Timetable,
    choices: RunChoices,
    *,
    settings: RunSettings,
    progress: Progress = no_progress,
) -> RunLoading:
    """Load passengers on vehicle runs until nobody's choice is off what it leads to.

    Each iteration prices every journey at the loads that the present flows make, lets
    everybody choose at these prices, and moves the flows a share of the way there. With soft
    capacity and no other effect, people who take the cheapest go as far as Beckmann's objective
    falls; else the share follows self-regulating averages: ``1 / beta``, where beta grows by
    ``slow_down`` when choices came no nearer, by ``speed_up`` when they did.

    The relative gap is, over the total cost ``sum h c``, for the logit
    ``sum_g [sum_r h (c + ln(h / q) / scale) - q S]`` (path sizes in ``c``, ``S`` the log-sum),
    for least costs ``sum h (c - least c)``. It is 0 at equilibrium only. With hard capacity
    costs jump when a vehicle is full, so that a given gap need not exist.

    References
    ----------
    Liu, He, He, "Method of successive weighted averages (MSWA) and self-regulated averaging
    schemes for solving stochastic user equilibrium problem", Networks and Spatial Economics
    9(4), 2009, doi:10.1007/s11067-007-9023-x.
    """
    return _Loader(timetable, choices, settings).solve(progress)


class _Loader:
    """The arrays of one loading."""

    def __init__(self, timetable: Timetable, choices: RunChoices, settings: RunSettings) -> None:
        self.timetable, self.choices, self.settings = timetable, choices, settings
        self.calls = CallTable.of(timetable)
        self.handicap = np.zeros(choices.n_entries)
        if settings.path_size and settings.choice is RouteChoice.LOGIT:
            self.handicap = -np.log(choices.path_size) / settings.scale_per_min
        self.target = np.zeros(choices.n_entries)
        self.expected = np.zeros(choices.n_groups)
        self.ride_min = self.calls.ride_s / 60.0
        dwell_s = (timetable.departure_s - timetable.arrival_s).astype(np.float64)
        self.dwell_s = np.ascontiguousarray(dwell_s)
        self.queues: PlatformQueues | None = None
        if settings.capacity is Capacity.HARD:
            self.queues = PlatformQueues(timetable, self.calls, choices, settings)
        self.seats: KeptSeats | None = None
        if settings.keep_seats:
            self.seats = KeptSeats(self.calls, choices.journeys)

    def solve(self, progress: Progress) -> RunLoading:
        settings, choices = self.settings, self.choices
        self._choose(choices.free_min)
        flow = self.target.copy()
        gaps: list[float] = []
        steps: list[float] = []
        beta, last = 1.0, np.inf
        while True:
            seen = self._observe(flow)
            self._choose(seen.cost_min)
            total = float(flow @ seen.cost_min)
            gaps.append(max(0.0, self._gap(flow, seen.cost_min)) / total if total > 0 else 0.0)
            progress("loading", len(gaps), settings.max_iterations)
            converged = gaps[-1] <= settings.relative_gap
            if converged or len(gaps) >= settings.max_iterations:
                break
            away = float(np.linalg.norm(self.target - flow))
            if len(gaps) > 1:
                beta += settings.slow_down if away >= last else settings.speed_up
            last = away
            share = 1.0 / beta if not self._has_objective() else self._line_search(flow, seen.load)
            steps.append(share)
            move_towards(flow, self.target, share)
        return RunLoading(
            settings=settings,
            flow_pax=flow,
            cost_min=seen.cost_min,
            expected_min=self.expected,
            load_pax=seen.load,
            boarding_pax=seen.boarding,
            alighting_pax=seen.alighting,
            left_behind_pax=seen.left_behind,
            late_min=seen.late_min,
            unserved_pax=seen.unserved_pax,
            total_cost_min=total,
            gaps=tuple(gaps),
            steps=tuple(steps),
            converged=converged,
        )

    def _has_objective(self) -> bool:
        """Return whether flows are the least of a convex objective that is quick to follow."""
        settings = self.settings
        soft = settings.capacity is Capacity.SOFT and settings.dwell is None
        return soft and not settings.keep_seats and settings.choice is RouteChoice.LEAST

    def _choose(self, cost_min: NDArray[np.float64]) -> None:
        """Write what everybody would choose at these costs."""
        choices = self.choices
        if self.settings.choice is RouteChoice.LEAST:
            choose_least(choices.offset, cost_min, choices.pax, self.target, self.expected)
            return
        choose_logit(
            choices.offset,
            cost_min + self.handicap,
            self.settings.scale_per_min,
            choices.pax,
            self.target,
            self.expected,
        )

    def _gap(self, flow: NDArray[np.float64], cost_min: NDArray[np.float64]) -> float:
        choices = self.choices
        if self.settings.choice is RouteChoice.LEAST:
            return float(flow @ cost_min - choices.pax @ self.expected)
        felt = cost_min + self.handicap
        scale = self.settings.scale_per_min
        return float(choice_gap(choices.offset, choices.pax, flow, felt, self.expected, scale))

    def _observe(self, flow: NDArray[np.float64]) -> _Observed:
        journeys, calls, settings = self.choices.journeys, self.calls, self.settings
        pax = sum_journeys(flow, self.choices.journey, len(journeys))
        boarded = Boarded.on_time(pax, journeys, len(calls))
        entry_late = np.zeros(0)
        if self.queues is not None:
            boarded = self.queues.run(flow)
            entry_late = boarded.entry_late_min
        load = load_calls(
            boarded.boarding, boarded.alighting, calls.first, calls.n_calls, len(calls)
        )
        late_min = np.zeros(len(calls))
        if settings.dwell is not None:
            late_min = delay_calls(
                boarded.boarding,
                boarded.alighting,
                self.dwell_s,
                calls.first,
                calls.n_calls,
                settings.dwell.fixed_s,
                settings.dwell.per_pax_s,
                len(calls),
            )
        cost = price_entries(
            self.choices.free_min,
            self.choices.journey,
            journeys.leg_offset,
            journeys.leg_board,
            journeys.leg_alight,
            sum_along(np.zeros(len(calls)) if self.seats else self._extra_min(load)),
            late_min,
            settings.wait_weight,
        )
        if self.seats is not None:
            rides = self.seats.price(pax, load, settings.curve)
            extra = np.append(rides.extra_by_journey(journeys), 0.0)
            cost += extra[self.choices.journey]  # -1, other lines, bears none
        if len(entry_late):
            cost += settings.wait_weight * entry_late
        return _Observed(
            cost_min=cost,
            load=load,
            boarding=boarded.boarding,
            alighting=boarded.alighting,
            left_behind=boarded.left_behind,
            late_min=late_min,
            unserved_pax=boarded.unserved_pax,
        )

    def _extra_min(self, load: NDArray[np.float64]) -> NDArray[np.float64]:
        calls = self.calls
        return self.settings.curve.extra_min(load, calls.seats, calls.room_m2, self.ride_min)

    def _line_search(self, flow: NDArray[np.float64], load: NDArray[np.float64]) -> float:
        """Return the share of the way at which Beckmann's objective stops falling."""
        journeys, calls = self.choices.journeys, self.calls
        pax = sum_journeys(self.target, self.choices.journey, len(journeys))
        goal = Boarded.on_time(pax, journeys, len(calls))
        step = load_calls(goal.boarding, goal.alighting, calls.first, calls.n_calls, len(calls))
        step -= load
        free = float((self.target - flow) @ self.choices.free_min)

        def slope(share: float) -> float:
            at = np.maximum(0.0, load + share * step)
            return free + float(step @ self._extra_min(at))

        if slope(1.0) <= 0:
            return 1.0
        low, high = 0.0, 1.0
        for _ in range(LINE_SEARCH_STEPS):
            middle = (low + high) / 2
            if slope(middle) <= 0:
                low = middle
            else:
                high = middle
        return (low + high) / 2
