"""From flows between communes to flows between leaf zones; totals are conserved."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from demand.flows import CommuterFlows
from network.base.errors import DemandInputError, Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from demand.communes import CommunePairs, CommuneSplit
    from network.base import ProblemLog


def weigh_work_ends(
    split: CommuneSplit, work_weight: NDArray[np.float64], *, unmeasured: float = 1.0
) -> CommuneSplit:
    """Return the split with jobs gathered where ``work_weight`` says, within each commune.

    Jobs are denser than homes. ``work_weight``, shape (n_zones,), is any measure of how
    many people leave work in a zone (such as a station's evening entries); NaN where
    nothing is known. In a commune with a weight somewhere, zones without one keep
    ``unmeasured`` (0 to 1) times their home share, and those with one share out the rest in
    proportion to it. So a commune's jobs are unchanged. The result is an estimate even
    where the weights are observed.
    """
    if not 0 <= unmeasured <= 1:
        msg = f"unmeasured is {unmeasured}; expected 0 to 1"
        raise ValueError(msg)
    known = ~np.isnan(work_weight[split.zone_idx])
    weight = np.where(known, work_weight[split.zone_idx], 0.0)
    share = split.home_share.copy()
    for first, last in zip(split.offset[:-1], split.offset[1:], strict=True):
        part = slice(int(first), int(last))
        total = weight[part].sum()
        if total > 0:
            left = unmeasured * share[part]
            pool = 1.0 - left[~known[part]].sum()
            share[part] = np.where(known[part], pool * weight[part] / total, left)
    return replace(split, work_share=share)


def spread_flows(
    pairs: CommunePairs,
    transit_share: NDArray[np.float64],
    split: CommuneSplit,
    *,
    log: ProblemLog | None = None,
) -> CommuterFlows:
    """Spread workers by commune pair over leaf zones: homes by home share, jobs by work share.

    ``workers[i, j] = sum_(a, b) workers[a, b] home[a, i] work[b, j]`` and the same for
    transit workers, whose ratio is the pair's transit share. Flows inside a commune are
    spread like the others, some of them inside one leaf. Row, column and grand totals of
    a commune are conserved to rounding.

    Pairs with a commune that has no zone (outside the region, or merged since) are set
    aside and counted in ``log``; without a log they are an error.

    Raises
    ------
    DemandInputError
        If a commune of the pairs is not in the split and there is no log, or if no pair
        is left.
    """
    place = _places(pairs, split, log)
    row, column = place[pairs.origin], place[pairs.destination]
    some = (pairs.workers > 0) & (row >= 0) & (column >= 0)
    row, column, workers_of = row[some], column[some], pairs.workers[some]
    transit_of = workers_of * np.maximum(transit_share[some], 1e-12)
    home, work = split.matrix(split.home_share), split.matrix(split.work_share)
    shape = (len(split.codes), len(split.codes))

    def spread(values: NDArray[np.float64]) -> sparse.csr_array:
        by_commune = sparse.coo_array((values, (row, column)), shape=shape).tocsr()
        by_leaf = sparse.csr_array(home.T @ by_commune @ work)
        by_leaf.sort_indices()
        return by_leaf

    # The tiny floor above keeps both matrices' patterns the same where nobody rides transit.
    table, riders = spread(workers_of).tocoo(), spread(transit_of).tocoo()
    share = np.clip(riders.data / table.data, 0.0, 1.0)
    return CommuterFlows(
        origin=table.row.astype(np.int32),
        destination=table.col.astype(np.int32),
        workers=table.data,
        transit_share=np.where(share < 1e-9, 0.0, share),
    )


def _places(pairs: CommunePairs, split: CommuneSplit, log: ProblemLog | None) -> NDArray[np.int64]:
    """Return the place of each commune of the pairs in the split, -1 where it has none."""
    known = {code: place for place, code in enumerate(split.codes)}
    place = np.asarray([known.get(code, -1) for code in pairs.codes], dtype=np.int64)
    lost = (place[pairs.origin] < 0) | (place[pairs.destination] < 0)
    if lost.any():
        missing = [code for code in pairs.codes if code not in known]
        problem = Problem(
            file="commuter flows",
            found=f"{len(missing)} communes without zone ({', '.join(missing[:5])}) "
            f"on {lost.sum()} pairs with {pairs.workers[lost].sum():.0f} workers",
            expected="every commune of the flows among the communes of the zone system",
            mend="Add their outlines, or leave their flows out.",
        )
        if log is None or lost.all():
            raise DemandInputError(problem)
        log.set_aside("flows without zone", problem, count=int(lost.sum()))
    return place
