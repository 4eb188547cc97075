"""How a loading by vehicle runs is made: choice, capacity, dwell, and when it is done."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from solver.crowding import SeatedStandingCurve


class RouteChoice(StrEnum):
    """How people choose: by logit of the costs, or always the least cost."""

    LOGIT = "logit"
    LEAST = "least"


class Capacity(StrEnum):
    """What a full vehicle does: weighs on those aboard, or refuses people."""

    SOFT = "soft"
    HARD = "hard"


class LeftBehind(StrEnum):
    """What people do whom a full vehicle left on the platform."""

    WAIT = "wait"
    CHOOSE = "choose"


@dataclass(frozen=True, slots=True, kw_only=True)
class DwellRule:
    """How long a vehicle stands: ``fixed_s``, and ``per_pax_s`` for each who gets on or off.

    The defaults are a choice, of the order of a person a second through each of seven doors
    that are really used; no count stands behind them.
    """

    fixed_s: float = 20.0
    per_pax_s: float = 0.15

    def __post_init__(self) -> None:
        """Refuse times below 0."""
        if not (self.fixed_s >= 0 and self.per_pax_s >= 0):
            msg = f"dwell times must not be negative, got {self.fixed_s} and {self.per_pax_s}"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """Settings of a loading by vehicle runs.

    ``scale_per_min`` is the logit's scale. The loading is done at ``relative_gap``, or says
    that it is not after ``max_iterations``. ``slow_down`` and ``speed_up`` are the two
    increments of self-regulating averages. Hard capacity is seats and ``full_pax_m2``
    standing passengers a square metre. With ``keep_seats`` whoever sits does so until getting
    off, and seats that are freed go to those who stand in order of boarding (soft capacity
    only); else those on board share the seats of each segment evenly. ``seed`` is that of
    whatever was drawn to make the demand; the loading itself draws nothing.

    With growing dwell times and hard capacity, who boards is decided at the timetable's
    seconds; the lateness that their boarding makes is priced afterwards.
    """

    choice: RouteChoice = RouteChoice.LOGIT
    scale_per_min: float = 0.25
    path_size: bool = True
    curve: SeatedStandingCurve = field(default_factory=SeatedStandingCurve)
    capacity: Capacity = Capacity.SOFT
    full_pax_m2: float = 4.0
    left_behind: LeftBehind = LeftBehind.WAIT
    wait_weight: float = 1.5
    dwell: DwellRule | None = None
    keep_seats: bool = False
    relative_gap: float = 1e-6
    max_iterations: int = 200
    slow_down: float = 1.8
    speed_up: float = 0.3
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse settings that make no sense."""
        positive = ("scale_per_min", "relative_gap", "max_iterations", "full_pax_m2")
        for name in (*positive, "wait_weight", "speed_up"):
            if not getattr(self, name) > 0:
                msg = f"{name} must be positive, got {getattr(self, name)}"
                raise ValueError(msg)
        if not (self.slow_down > 1 > self.speed_up):
            msg = f"slow_down {self.slow_down} must be above 1 and speed_up {self.speed_up} below"
            raise ValueError(msg)
        if self.capacity is Capacity.HARD and self.keep_seats:
            msg = "seats are kept with soft capacity only"
            raise ValueError(msg)
