"""A path on the streets: its steps, its line on the map, the streets it takes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from network.streets.graph import Segments


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A move along one segment, from one share of its length to another (backward if less)."""

    segment: int
    start: float
    end: float
    seconds: float
    metres: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPart:
    """What a path takes of one street: steps in a row with one name and one kind."""

    name: str
    kind: str
    seconds: float
    metres: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetPath:
    """The fastest path between two points; no steps where they are one and the same.

    ``origin`` and ``target`` say which of the points asked for it leads from and to. ``lat``
    and ``lon`` (degrees) draw it, both ends included. ``parts`` are the streets it takes.
    """

    origin: int
    target: int
    seconds: float
    metres: float
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    steps: tuple[Step, ...]
    parts: tuple[NamedPart, ...]


def build_path(
    segments: Segments,
    shares: NDArray[np.float64],
    steps: Sequence[Step],
    ends: tuple[int, int],
    start: tuple[int, float],
) -> StreetPath:
    """Build the path of steps in order, which starts at ``start`` (segment, share of it).

    ``ends`` number the points that it leads from and to.

    ``shares`` are those of :func:`network.streets.snap.compute_point_shares`.
    """
    here = Step(segment=start[0], start=start[1], end=start[1], seconds=0.0, metres=0.0)
    points = np.concatenate([_line(segments, shares, step) for step in steps or [here]])
    new = np.ones(len(points), dtype=np.bool_)
    new[1:] = (points[1:] != points[:-1]).any(axis=1)
    points = points[new]
    return StreetPath(
        origin=ends[0],
        target=ends[1],
        seconds=float(sum(step.seconds for step in steps)),
        metres=float(sum(step.metres for step in steps)),
        lat=points[:, 0].copy(),
        lon=points[:, 1].copy(),
        steps=tuple(steps),
        parts=_parts(segments, steps),
    )


def _line(segments: Segments, shares: NDArray[np.float64], step: Step) -> NDArray[np.float64]:
    """Return the points (lat, lon) of a step, its ends included, in the order of travel."""
    first, last = (int(p) for p in segments.point_offset[step.segment : step.segment + 2])
    own = shares[first:last]
    low, high = sorted((step.start, step.end))
    between = np.concatenate(([low], own[(own > low) & (own < high)], [high]))
    if step.start > step.end:
        between = between[::-1]
    lat = np.interp(between, own, segments.point_lat[first:last])
    lon = np.interp(between, own, segments.point_lon[first:last])
    return np.column_stack((lat, lon))


def _parts(segments: Segments, steps: Sequence[Step]) -> tuple[NamedPart, ...]:
    parts = []
    for (name, kind), group in groupby(
        steps, key=lambda s: (int(segments.name[s.segment]), int(segments.kind[s.segment]))
    ):
        own = list(group)
        parts.append(
            NamedPart(
                name=segments.names[name],
                kind=segments.kinds[kind],
                seconds=sum(step.seconds for step in own),
                metres=sum(step.metres for step in own),
            )
        )
    return tuple(parts)
