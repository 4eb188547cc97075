"""Dropping the many tiny pairs of a flow table without losing anybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from demand.flows import CommuterFlows

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class TrimmedFlows:
    """Flows without their small pairs, and what that did.

    ``dropped_workers`` were on the pairs dropped and are now on the others;
    ``largest_total_error`` is the largest relative change of a zone's workers by home or
    by work.
    """

    flows: CommuterFlows
    dropped_pairs: int
    dropped_workers: float
    largest_total_error: float


def trim_flows(
    flows: CommuterFlows, *, min_workers: float, n_zones: int, sweeps: int = 200
) -> TrimmedFlows:
    """Drop pairs below ``min_workers`` and rescale the others to the same totals by zone.

    Proportional fitting (rows and columns in turn) brings workers by home and by work back
    to what they were; the last step is by home, so those and the grand total are exact.
    The largest pair of every home and of every work zone is always kept. Transit shares
    of the pairs kept do not change.
    """
    keep = flows.workers >= min_workers
    keep |= _largest(flows.origin, flows.workers) | _largest(flows.destination, flows.workers)
    origin, destination = flows.origin[keep], flows.destination[keep]
    workers = flows.workers[keep].copy()
    home = _total(flows.origin, flows.workers, n_zones)
    work = _total(flows.destination, flows.workers, n_zones)
    for _ in range(sweeps):
        workers *= _ratio(work, _total(destination, workers, n_zones))[destination]
        workers *= _ratio(home, _total(origin, workers, n_zones))[origin]
    now = _total(destination, workers, n_zones)
    error = float(np.abs(_ratio(now, work) - 1)[work > 0].max(initial=0.0))
    return TrimmedFlows(
        flows=CommuterFlows(
            origin=origin,
            destination=destination,
            workers=workers,
            transit_share=flows.transit_share[keep],
        ),
        dropped_pairs=int((~keep).sum()),
        dropped_workers=float(flows.workers[~keep].sum()),
        largest_total_error=error,
    )


def _total(
    group: NDArray[np.int32], workers: NDArray[np.float64], n_zones: int
) -> NDArray[np.float64]:
    return np.bincount(group, weights=workers, minlength=n_zones).astype(np.float64)


def _ratio(wanted: NDArray[np.float64], found: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(wanted, found, out=np.ones(len(found)), where=found > 0)


def _largest(group: NDArray[np.int32], values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Mark the first largest entry of every group."""
    order = np.lexsort((-values, group))
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = group[order][1:] != group[order][:-1]
    marked = np.zeros(len(order), dtype=np.bool_)
    marked[order[first]] = True
    return marked
