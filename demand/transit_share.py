"""Share of commuters who ride transit, by commune pair, steadied where few were asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from demand.communes import CommunePairs, ModePairs


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitShareSettings:
    """Bands, and how far a pair's own share is believed.

    ``certain_workers`` is the flow from which a pair's own share stands alone: INSEE calls
    published flows under 200 uncertain by sampling. ``outer_factor`` scales the band mean
    of pairs that nobody surveyed and that do not touch the centre (ring 0).
    """

    band_edges_m: tuple[float, ...] = (2_000.0, 4_000.0, 7_000.0, 11_000.0, 16_000.0, 25_000.0)
    certain_workers: float = 200.0
    outer_factor: float = 1.0

    def __post_init__(self) -> None:
        if list(self.band_edges_m) != sorted(set(self.band_edges_m)):
            msg = f"band_edges_m {self.band_edges_m} must increase"
            raise ValueError(msg)
        if self.certain_workers <= 0 or self.outer_factor < 0:
            msg = "certain_workers must be above 0 and outer_factor at least 0"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitShares:
    """Transit share by commune pair, shape (n_pairs,), and whether a survey covers the pair."""

    share: NDArray[np.float64]
    surveyed: NDArray[np.bool_]


def estimate_transit_share(
    pairs: CommunePairs,
    modes: ModePairs,
    *,
    ring_of: Callable[[str], int],
    settings: TransitShareSettings | None = None,
) -> TransitShares:
    """Estimate the share of workers who go by transit, for every commune pair.

    Surveyed pairs are grouped by (ring of home, ring of work, distance band); flows inside
    a commune are a band of their own. With ``m`` the group's mean and ``s`` the pair's own
    share of ``w`` surveyed workers, the estimate is ``lambda s + (1 - lambda) m``, where
    ``lambda = min(1, w / certain_workers)``. A pair without survey has ``m`` of its group,
    or of the nearest group that was surveyed (outer rings count as the outermost surveyed
    ring), scaled by ``outer_factor`` if neither end is in ring 0.

    Parameters
    ----------
    ring_of
        Ring of a commune by its code: 0 for the centre, 1 and more outwards.
    """
    rules = settings or TransitShareSettings()
    surveyed = dict(
        zip(
            zip(modes.origin_code, modes.destination_code, strict=True),
            zip(modes.workers, modes.transit, strict=True),
            strict=True,
        )
    )
    rings = np.asarray([ring_of(code) for code in pairs.codes])
    outermost = _outermost(modes, ring_of)
    keys = _group_keys(pairs, np.minimum(rings, outermost), rules)
    own = np.zeros((len(pairs), 2))
    for i, (a, b) in enumerate(zip(pairs.origin.tolist(), pairs.destination.tolist(), strict=True)):
        own[i] = surveyed.get((pairs.codes[a], pairs.codes[b]), (0.0, 0.0))
    asked = own[:, 0] > 0
    mean = _group_means(keys, own, asked)
    outer = ~asked & (rings[pairs.origin] > 0) & (rings[pairs.destination] > 0)
    mean = np.where(outer, mean * rules.outer_factor, mean)
    trust = np.minimum(1.0, own[:, 0] / rules.certain_workers)
    mine = np.divide(own[:, 1], own[:, 0], out=np.zeros(len(pairs)), where=asked)
    share = np.clip(trust * mine + (1 - trust) * mean, 0.0, 1.0)
    return TransitShares(share=share, surveyed=asked)


def compute_outer_factor(
    pairs: CommunePairs,
    shares: TransitShares,
    *,
    ring_of: Callable[[str], int],
    target_share: float,
) -> float:
    """Compute the factor on unsurveyed outer pairs that makes the overall share the target.

    ``shares`` must have been estimated with a factor of 1; the result is at least 0.
    """
    rings = np.asarray([ring_of(code) for code in pairs.codes])
    outer = ~shares.surveyed & (rings[pairs.origin] > 0) & (rings[pairs.destination] > 0)
    riders = pairs.workers * shares.share
    if riders[outer].sum() == 0:
        return 1.0
    missing = target_share * pairs.workers.sum() - riders[~outer].sum()
    return max(0.0, float(missing / riders[outer].sum()))


def _outermost(modes: ModePairs, ring_of: Callable[[str], int]) -> int:
    codes = set(modes.origin_code) | set(modes.destination_code)
    return max((ring_of(code) for code in codes), default=0)


def _group_keys(
    pairs: CommunePairs, rings: NDArray[np.int64], rules: TransitShareSettings
) -> NDArray[np.int64]:
    """Return (home ring, work ring, band), shape (n_pairs, 3); band 0 is within a commune."""
    band = 1 + np.searchsorted(np.asarray(rules.band_edges_m), pairs.distance_m, side="right")
    band = np.where(pairs.origin == pairs.destination, 0, band)
    return np.column_stack([rings[pairs.origin], rings[pairs.destination], band])


def _group_means(
    keys: NDArray[np.int64], own: NDArray[np.float64], asked: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return each pair's group mean; an unsurveyed group takes the nearest band's of its rings."""
    groups, member = np.unique(keys, axis=0, return_inverse=True)
    member = member.ravel()
    workers = np.bincount(member, weights=np.where(asked, own[:, 0], 0), minlength=len(groups))
    transit = np.bincount(member, weights=np.where(asked, own[:, 1], 0), minlength=len(groups))
    overall = transit.sum() / workers.sum() if workers.sum() > 0 else 0.0
    mean = np.divide(transit, workers, out=np.full(len(groups), np.nan), where=workers > 0)
    filled = mean.copy()
    for g in np.flatnonzero(np.isnan(mean)):
        same = (groups[:, :2] == groups[g, :2]).all(axis=1) & ~np.isnan(mean)
        if same.any():
            nearest = np.abs(groups[same, 2] - groups[g, 2]).argmin()
            filled[g] = mean[same][nearest]
        else:
            filled[g] = overall
    result: NDArray[np.float64] = filled[member]
    return result
