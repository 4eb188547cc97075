"""What is left of a plan when only some follow, and when others fill the room it frees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from network.base import no_progress
from solver.response.situations import SituationName

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.base import Progress
    from solver.response.equilibrium import RouteChoice
    from solver.response.places import CellPlaces
    from solver.response.situations import Ground, State

_LEVELS = ("low", "middle", "high")


@dataclass(frozen=True, slots=True, kw_only=True)
class CompliancePoint:
    """A plan that a ``share`` of every cohort follows, routes in equilibrium.

    ``saving_min`` is against the status quo, passenger-minutes; ``saving_kept`` its share of
    the saving when all follow (None where that is none).
    """

    share: float
    total_min: float
    saving_min: float
    saving_kept: float | None
    peak_load_factor: float
    relative_gap: float

    def as_dict(self) -> dict[str, Any]:
        """Return the point as plain JSON values."""
        return {
            "compliance_share": self.share,
            "total_min": self.total_min,
            "saving_min": self.saving_min,
            "saving_kept": self.saving_kept,
            "peak_load_factor": self.peak_load_factor,
            "relative_gap": self.relative_gap,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ReboundPoint:
    """A plan some of whose freed room others fill again.

    ``refill_share`` of what left cells where people stood comes back from neighbouring
    windows: ``shifted_pax_min`` passenger-minutes of riding by others at another hour.
    """

    level: str
    refill_share: float
    shifted_pax_min: float
    total_min: float
    saving_min: float
    saving_kept: float | None
    peak_load_factor: float
    relative_gap: float

    def as_dict(self) -> dict[str, Any]:
        """Return the point as plain JSON values."""
        return {
            "level": self.level,
            "refill_share": self.refill_share,
            "shifted_pax_min": self.shifted_pax_min,
            "total_min": self.total_min,
            "saving_min": self.saving_min,
            "saving_kept": self.saving_kept,
            "peak_load_factor": self.peak_load_factor,
            "relative_gap": self.relative_gap,
        }


def trace_compliance(
    ground: Ground,
    status_quo: State,
    response: State,
    *,
    shares: tuple[float, ...],
    choice: RouteChoice,
    progress: Progress = no_progress,
) -> tuple[CompliancePoint, ...]:
    """Let a share p of every cohort follow: ``x = p x_plan + (1 - p) x_base``, routes anew.

    An expectation over who follows, not one draw: the curve has no randomness in it.
    """
    points = []
    for done, share in enumerate(shares):
        progress("compliance", done, len(shares))
        x = share * response.x + (1.0 - share) * ground.base_x
        start = share * response.route_flow + (1.0 - share) * status_quo.route_flow
        state = ground.respond(SituationName.FREE_RESPONSE, x, choice=choice, start=start)
        saving = status_quo.situation.total_min - state.situation.total_min
        points.append(
            CompliancePoint(
                share=share,
                total_min=state.situation.total_min,
                saving_min=saving,
                saving_kept=_share_kept(saving, status_quo, response),
                peak_load_factor=state.situation.peak_load_factor,
                relative_gap=state.situation.relative_gap or 0.0,
            )
        )
    return tuple(points)


def trace_rebound(
    ground: Ground,
    status_quo: State,
    response: State,
    *,
    places: CellPlaces,
    refill_shares: tuple[float, float, float],
    reach: int,
    choice: RouteChoice,
) -> tuple[ReboundPoint, ...]:
    """Let others fill a share of the room a plan frees, at low, middle and high.

    Room counts as freed where people stood in the status quo and fewer ride after the plan.
    It draws others from windows of the same place up to ``reach`` away from which nobody
    left, in proportion to who rides there, and never more than all of them. Nobody else is
    drawn to the lines: new trips and other modes are not modelled. What the change of hour is
    worth to those who make it is not counted, the crowding they bear and cause is.
    """
    points = []
    for level, share in zip(_LEVELS, refill_shares, strict=True):
        background = shift_background(ground, status_quo, response, places, share, reach)
        state = ground.respond(
            SituationName.FREE_RESPONSE,
            response.x,
            choice=choice,
            start=response.route_flow,
            background_pax=background,
        )
        came = np.maximum(0.0, background - ground.problem.cells.background_pax)
        saving = status_quo.situation.total_min - state.situation.total_min
        points.append(
            ReboundPoint(
                level=level,
                refill_share=share,
                shifted_pax_min=float(came @ ground.problem.cells.ride_min),
                total_min=state.situation.total_min,
                saving_min=saving,
                saving_kept=_share_kept(saving, status_quo, response),
                peak_load_factor=state.situation.peak_load_factor,
                relative_gap=state.situation.relative_gap or 0.0,
            )
        )
    return tuple(points)


def shift_background(
    ground: Ground,
    status_quo: State,
    response: State,
    places: CellPlaces,
    share: float,
    reach: int,
) -> NDArray[np.float64]:
    """Compute others' load by cell once a share of the freed room is filled, (n_cells,)."""
    cells = ground.problem.cells
    background = cells.background_pax
    left = np.where(
        status_quo.load_pax > cells.seats,
        np.maximum(0.0, status_quo.load_pax - response.load_pax),
        0.0,
    )
    to, source = _neighbours(places, left, background, reach)
    room = np.bincount(to, weights=background[source], minlength=len(background))
    asked = share * left[to] * background[source] / room[to]
    total = np.bincount(source, weights=asked, minlength=len(background))
    most = np.minimum(1.0, background / np.where(total > 0, total, 1.0))
    come = asked * most[source]
    into = np.bincount(to, weights=come, minlength=len(background))
    out = np.bincount(source, weights=come, minlength=len(background))
    result: NDArray[np.float64] = np.maximum(0.0, background + into - out)
    return result


def _neighbours(
    places: CellPlaces,
    left: NDArray[np.float64],
    background: NDArray[np.float64],
    reach: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pair every freed cell with those of its place nearby that others may come from."""
    table = places.cell_at()
    freed = np.flatnonzero(left > 0)
    to, source = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for step in (s for s in range(-reach, reach + 1) if s):
        window = places.window[freed] + step
        inside = (window >= 0) & (window < table.shape[1])
        here = freed[inside]
        near = table[places.place[here], window[inside]]
        known = near >= 0
        here, near = here[known], near[known]
        gives = (left[near] <= 0) & (background[near] > 0)
        to.append(here[gives])
        source.append(near[gives])
    return np.concatenate(to), np.concatenate(source)


def _share_kept(saving: float, status_quo: State, response: State) -> float | None:
    whole = status_quo.situation.total_min - response.situation.total_min
    return saving / whole if whole > 0 else None
