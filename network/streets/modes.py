"""What each mode makes of the segments: passages and seconds in both directions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from network.streets.elevation import compute_grades, cycling_factor, walking_factor
from network.streets.graph import FERRY, STEPS, StreetMode
from network.streets.raw import BIKE_BIT, CAR_BIT, WALK_BIT

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from network.streets.graph import Segments, StreetNodes
    from network.streets.raw import RawWays, WayRules

MODE_BITS = {StreetMode.WALK: WALK_BIT, StreetMode.BIKE: BIKE_BIT, StreetMode.CAR: CAR_BIT}
MPS_PER_KMH = 1 / 3.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Speeds:
    """Speeds on the flat, and the share of its free speed a car reaches."""

    walk_mps: float
    bike_mps: float
    car_share: float

    def __post_init__(self) -> None:
        for name, value in (
            ("walk_speed_mps", self.walk_mps),
            ("bike_speed_mps", self.bike_mps),
            ("car_speed_share", self.car_share),
        ):
            if not 0 < value < np.inf:
                msg = f"{name} is {value}; expected a positive number"
                raise ValueError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeSegments:
    """The segments as one mode sees them, shape (n_segments,).

    ``passage`` has the bits of open directions; ``duration_s``, shape (n_segments, 2), the
    seconds forward and backward; ``limited`` says that only trips that start or end there may
    use the segment, ``may_snap`` that they may start or end there; ``rank`` orders streets by
    importance, 0 first.
    """

    mode: StreetMode
    passage: NDArray[np.uint8]
    duration_s: NDArray[np.float64]
    limited: NDArray[np.bool_]
    may_snap: NDArray[np.bool_]
    rank: NDArray[np.int16]


def compute_mode_segments(
    raw: RawWays, way: NDArray[np.int64], nodes: StreetNodes, segments: Segments, speeds: Speeds
) -> tuple[ModeSegments, ModeSegments, ModeSegments]:
    """Compute passages and seconds of walking, cycling and driving.

    A way with a duration of its own (a ferry) shares it out by length. ``way`` indexes the
    ways of ``raw`` by segment.
    """
    rules = _RuleColumns(raw, way)
    fixed_s = _fixed_durations(rules.floats(lambda r: r.duration_s), way, segments.length_m)
    walk_factor, bike_factor = _grade_factors(nodes, segments)
    is_ferry = (segments.flags & FERRY) != 0
    ferry_mps = rules.floats(lambda r: r.car_kmh_forward) * MPS_PER_KMH

    def seconds(speed_mps: NDArray[np.float64]) -> NDArray[np.float64]:
        flowing = segments.length_m[:, None] / np.where(is_ferry, ferry_mps, speed_mps.T).T
        return np.where(np.isnan(fixed_s)[:, None], flowing, fixed_s[:, None])

    walk_mps = speeds.walk_mps * rules.floats(lambda r: r.walk_pace)[:, None] * walk_factor
    ride_mps = speeds.bike_mps * rules.floats(lambda r: r.bike_pace)[:, None] * bike_factor
    push_mps = speeds.walk_mps * rules.floats(lambda r: r.bike_pace)[:, None] * walk_factor
    # Where the climb makes riding slower than walking, cyclists get off and push.
    bike_mps = np.where(
        rules.flags(lambda r: r.bike_pushed)[:, None],
        push_mps,
        np.maximum(ride_mps, np.minimum(push_mps, speeds.bike_mps)),
    )
    car_kmh = np.stack(
        [
            rules.floats(lambda r: r.car_kmh_forward),
            rules.floats(lambda r: r.car_kmh_backward),
        ],
        axis=1,
    )
    car_mps = np.maximum(car_kmh, 1.0) * MPS_PER_KMH * speeds.car_share
    rank = rules.floats(lambda r: r.rank).astype(np.int16)
    walk_snap = rules.flags(lambda r: r.walk_snap)
    return (
        ModeSegments(
            mode=StreetMode.WALK,
            passage=rules.floats(lambda r: r.walk).astype(np.uint8),
            duration_s=seconds(walk_mps),
            limited=np.zeros(len(way), dtype=np.bool_),
            may_snap=walk_snap,
            rank=rank,
        ),
        ModeSegments(
            mode=StreetMode.BIKE,
            passage=rules.floats(lambda r: r.bike).astype(np.uint8),
            duration_s=seconds(bike_mps),
            limited=rules.flags(lambda r: r.bike_limited),
            may_snap=walk_snap,
            rank=rank,
        ),
        ModeSegments(
            mode=StreetMode.CAR,
            passage=rules.floats(lambda r: r.car).astype(np.uint8),
            duration_s=seconds(car_mps),
            limited=rules.flags(lambda r: r.car_limited),
            may_snap=rules.flags(lambda r: r.car_snap),
            rank=rank,
        ),
    )


class _RuleColumns:
    """Values of the ways' rules, by segment."""

    def __init__(self, raw: RawWays, way: NDArray[np.int64]) -> None:
        self._rules = raw.rules
        self._rule = raw.rule[way]

    def floats(self, value: Callable[[WayRules], float]) -> NDArray[np.float64]:
        return np.array([value(rules) for rules in self._rules], dtype=np.float64)[self._rule]

    def flags(self, value: Callable[[WayRules], bool]) -> NDArray[np.bool_]:
        return np.array([value(rules) for rules in self._rules], dtype=np.bool_)[self._rule]


def _fixed_durations(
    duration_s: NDArray[np.float64], way: NDArray[np.int64], length_m: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Share the duration of whole ways out among their segments by length, NaN elsewhere."""
    total = np.bincount(way, weights=length_m, minlength=int(way.max(initial=0)) + 1)[way]
    with np.errstate(divide="ignore", invalid="ignore"):
        return duration_s * (length_m / total)


def _grade_factors(
    nodes: StreetNodes, segments: Segments
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the speed factors of walking and cycling forward and backward, (n_segments, 2)."""
    n = len(segments)
    if nodes.elevation_m is None:
        return np.ones((n, 2)), np.ones((n, 2))
    forward = compute_grades(
        nodes.elevation_m[segments.node_a], nodes.elevation_m[segments.node_b], segments.length_m
    )
    # The pace on steps has their climb in it.
    forward[(segments.flags & (STEPS | FERRY)) != 0] = 0.0
    grade = np.stack([forward, -forward], axis=1)
    return walking_factor(grade), cycling_factor(grade)
