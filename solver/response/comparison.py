"""The outcome of a comparison: situations side by side and what they say of a plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from network.base import SourceClass
from solver.response.situations import UNITS, SituationName

if TYPE_CHECKING:
    from solver.response.alone import Uncoordinated
    from solver.response.compliance import CompliancePoint, ReboundPoint
    from solver.response.equilibrium import RouteChoice
    from solver.response.flextime import Optimum
    from solver.response.joint_bound import JointBound
    from solver.response.peaks import NewPeaks
    from solver.response.situations import Situation

SCHEMA = "creneau.staggering-comparison"
VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """A ratio whose denominator is known between two ends: at least ``low``, at most ``high``."""

    low: float
    high: float

    def as_dict(self) -> dict[str, float]:
        """Return the two ends as plain JSON values."""
        return {"low": self.low, "high": self.high}


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Situations side by side, the bounds beside them, and what follows from both.

    ``situations`` holds status quo, planned and free response always, flextime (of the people
    the plan moves, and of everybody) and uncoordinated where asked. ``priced_status_quo_min`` is
    today's starts on today's routes as the optimiser prices them, what its own saving counts
    from. ``planned_bound_min`` is what no plan of the optimiser's own form can beat;
    ``joint_bound`` holds for every plan's equilibrium. ``free_optimum``: the least total cost
    were everybody led who chooses in flextime; ``route_optimum``: at the plan's starts. All in
    passenger-minutes.
    """

    situations: dict[SituationName, Situation]
    priced_status_quo_min: float
    planned_bound_min: float | None
    joint_bound: JointBound
    free_optimum: Optimum | None
    route_optimum: Optimum
    uncoordinated: Uncoordinated | None
    compliance: tuple[CompliancePoint, ...]
    rebound: tuple[ReboundPoint, ...] | None
    refill_windows: int
    new_peaks: NewPeaks
    choice: RouteChoice
    seconds: dict[str, float]

    def total_min(self, name: SituationName) -> float:
        """Return a situation's total cost, passenger-minutes."""
        return self.situations[name].total_min

    @property
    def saving_min(self) -> float:
        """The headline: status quo less free response, both in equilibrium."""
        return self.total_min(SituationName.STATUS_QUO) - self.total_min(
            SituationName.FREE_RESPONSE
        )

    @property
    def planned_saving_min(self) -> float:
        """The optimiser's own saving, both sides on its routes: what would be promised."""
        return self.priced_status_quo_min - self.total_min(SituationName.PLANNED)

    @property
    def gain_kept(self) -> float | None:
        """Share of the planned saving that the free response leaves; None where there is none."""
        planned = self.planned_saving_min
        return self.saving_min / planned if planned > 0 else None

    @property
    def bilevel_gap(self) -> float | None:
        """The certificate: (free response - joint bound) / free response.

        By so much at most could another plan's equilibrium be better. None where the response
        overfills a limited cell: then the bound does not hold for it.
        """
        response = self.situations[SituationName.FREE_RESPONSE]
        if response.cells_over_limit or response.total_min <= 0:
            return None
        return (response.total_min - self.joint_bound.bound_min) / response.total_min

    @property
    def value_of_coordination_min(self) -> float | None:
        """Uncoordinated less free response, both in equilibrium: what acting together adds."""
        if SituationName.UNCOORDINATED not in self.situations:
            return None
        return self.total_min(SituationName.UNCOORDINATED) - self.total_min(
            SituationName.FREE_RESPONSE
        )

    @property
    def price_of_anarchy_flextime(self) -> Ratio | None:
        """Equilibrium of starts and routes over the optimum of the same people's choices."""
        if self.free_optimum is None:
            return None
        return _over(self.total_min(SituationName.FLEXTIME), self.free_optimum)

    @property
    def price_of_anarchy_routes(self) -> Ratio | None:
        """Equilibrium of routes at the plan's starts over their optimum at the same starts."""
        return _over(self.total_min(SituationName.FREE_RESPONSE), self.route_optimum)

    @property
    def price_of_going_alone(self) -> float | None:
        """Uncoordinated over the joint bound: at most so many times the best plan there is."""
        if SituationName.UNCOORDINATED not in self.situations or self.joint_bound.bound_min <= 0:
            return None
        return self.total_min(SituationName.UNCOORDINATED) / self.joint_bound.bound_min

    def as_dict(self) -> dict[str, Any]:
        """Return the comparison as plain JSON values, units and source class with it."""
        alone, rebound = self.uncoordinated, self.rebound
        anarchy = self.price_of_anarchy_flextime
        routes = self.price_of_anarchy_routes
        return {
            "schema": SCHEMA,
            "version": VERSION,
            "source_class": str(SourceClass.ESTIMATED),
            "units": UNITS,
            "route_choice": {
                "model": str(self.choice.model),
                "scale_per_min": self.choice.scale_per_min if self.choice.spread_min else None,
                "relative_gap_asked": self.choice.relative_gap,
            },
            "situations": {str(name): item.as_dict() for name, item in self.situations.items()},
            "priced_status_quo_min": self.priced_status_quo_min,
            "saving_min": self.saving_min,
            "planned_saving_min": self.planned_saving_min,
            "gain_kept": self.gain_kept,
            "planned_bound_min": self.planned_bound_min,
            "joint_bound_min": self.joint_bound.bound_min,
            "joint_bound_source": str(self.joint_bound.source),
            "bilevel_gap": self.bilevel_gap,
            "value_of_coordination_min": self.value_of_coordination_min,
            "price_of_anarchy_flextime": None if anarchy is None else anarchy.as_dict(),
            "price_of_anarchy_routes": None if routes is None else routes.as_dict(),
            "price_of_going_alone": self.price_of_going_alone,
            "uncoordinated": None if alone is None else alone.as_dict(),
            "compliance": [point.as_dict() for point in self.compliance],
            "rebound": None if rebound is None else [point.as_dict() for point in rebound],
            "refill_windows": self.refill_windows,
            "new_peaks": self.new_peaks.as_dict(),
            "seconds": dict(self.seconds),
        }


def _over(total_min: float, optimum: Optimum) -> Ratio | None:
    """Divide by an optimum known between its bound and the flows that come closest."""
    if optimum.bound_min <= 0:
        return None
    return Ratio(low=total_min / optimum.total_min, high=total_min / optimum.bound_min)
