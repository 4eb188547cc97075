"""Communes as published: outlines, workers by pair, and how each is split into leaf zones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scipy import sparse

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry


@dataclass(frozen=True, slots=True, kw_only=True)
class Commune:
    """A commune: INSEE code, name, outline (degrees, WGS 84) and residents."""

    code: str
    name: str
    polygon: BaseGeometry
    population: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CommunePairs:
    """Workers by home and work commune, sparse: shape (n_pairs,) each.

    ``origin`` and ``destination`` index ``codes``; ``distance_m`` is as published (between
    centres, and a mean inside a commune).
    """

    codes: tuple[str, ...]
    origin: NDArray[np.int32]
    destination: NDArray[np.int32]
    workers: NDArray[np.float64]
    distance_m: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.origin)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModePairs:
    """Workers by home commune, work commune and whether they go by transit.

    ``origin_code`` and ``destination_code`` are INSEE codes; ``workers`` all modes and
    ``transit`` those whose main mode is transit. Shape (n_pairs,) each, no pair twice.
    """

    origin_code: tuple[str, ...]
    destination_code: tuple[str, ...]
    workers: NDArray[np.float64]
    transit: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.workers)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommuneSplit:
    """Which leaf zones a commune is made of, and its share of homes and jobs in each.

    CSR by commune: the parts of ``codes[i]`` are ``offset[i]`` to ``offset[i + 1]`` of
    ``zone_idx``, ``home_share`` and ``work_share``; both shares sum to 1 in every commune.
    """

    codes: tuple[str, ...]
    n_zones: int
    offset: NDArray[np.int32]
    zone_idx: NDArray[np.int32]
    home_share: NDArray[np.float64]
    work_share: NDArray[np.float64]

    def parts(self, code: str) -> slice:
        """Return where the parts of a commune stand; raise KeyError if it is unknown."""
        try:
            place = self.codes.index(code)
        except ValueError:
            raise KeyError(code) from None
        return slice(int(self.offset[place]), int(self.offset[place + 1]))

    def matrix(self, share: NDArray[np.float64]) -> sparse.csr_array:
        """Return one of the shares as a sparse matrix, shape (n_communes, n_zones)."""
        return sparse.csr_array(
            (share, self.zone_idx, self.offset), shape=(len(self.codes), self.n_zones)
        )
