"""Walks between any place and many given ones, looked up in lists by street vertex."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from network.base import Problem
from network.base.errors import NetworkInputError
from network.base.kept import Kept
from network.streets._snap_kernels import Grid, Pieces
from network.streets.snap import MAX_OFF_STREET_M, SnapPoints
from network.walking._street_stop_kernels import (
    SPARE_S,
    UNSEEN,
    Access,
    PlaceArrays,
    StopGrid,
    WayArrays,
    find_stops,
    list_stops,
)
from network.walking.straight import DEFAULT_DETOUR
from network.walks import StopLinks

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from network.streets.ends import Ends
    from network.streets.search import StreetSearch
    from network.walking.index import OnStreets

_STOPS_PER_CELL = 2.0
_NONE = np.empty(0, dtype=np.int32)
_NO_S = np.empty(0, dtype=np.float64)
_NO_OFFSET = np.zeros(1, dtype=np.int32)
NO_LINKS = StopLinks(offset=_NO_OFFSET, segment=_NONE, fraction=_NO_S, in_s=_NO_S, out_s=_NO_S)
_Listed = tuple["NDArray[np.int32]", "NDArray[np.int32]", "NDArray[np.float64]"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkEnds:
    """Places that walks lead to, and how each hangs on the streets.

    ``links`` are their points on the streets. ``off_m``, shape (n,), is the distance from
    a place to its point, infinite where it has not just one of its own; ``is_straight`` are
    those off the streets, which are walked to straight, ``is_shut_in`` those behind steps.
    """

    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    links: StopLinks
    off_m: NDArray[np.float64]
    is_straight: NDArray[np.bool_]
    is_shut_in: NDArray[np.bool_]


class WalkLists:
    """Walks between any place and the ``ends`` around it, without a search of the streets.

    From each vertex of the walking graph the ends within ``max_walk_s`` are listed with exact
    seconds, when a direction is first asked for; a place merges the lists at the two ends of
    its segment. Several threads may use one object.
    """

    def __init__(
        self,
        over: OnStreets | None,
        ends: WalkEnds,
        *,
        max_walk_s: int,
        speed_mps: float,
        detour: float = DEFAULT_DETOUR,
    ) -> None:
        """Index the ends; the lists are made later. Straight walks alone where ``over`` is None."""
        self.max_walk_s = max_walk_s
        self.speed_mps = speed_mps
        self._over = over
        self._ends = ends
        self._places = _place_arrays(over, ends, speed_mps, detour)
        self._free: list[tuple[NDArray[np.int32], NDArray[np.int32]]] = []

    def access(
        self, lat: float, lon: float, *, max_walk_s: int | None = None, reverse: bool = False
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Find the stops (or other ends) within a walk of a place (degrees), and the seconds.

        Parameters
        ----------
        max_walk_s
            A shorter walk than the lists were made for; theirs where None.
        reverse
            From the stops to the place, in place of from the place to the stops.

        Raises
        ------
        NetworkInputError
            If a longer walk is asked for than the lists hold.
        """
        found = self.access_many((lat,), (lon,), max_walk_s=max_walk_s, reverse=reverse)
        return found.stop, found.seconds

    def access_many(
        self,
        lat: ArrayLike,
        lon: ArrayLike,
        *,
        max_walk_s: int | None = None,
        reverse: bool = False,
    ) -> Access:
        """Find the stops around many places: as :meth:`access`, one place after another.

        Returns
        -------
        access
            ``stop`` and ``seconds`` (int32) of place ``i`` from ``offset[i]`` to
            ``offset[i + 1]``.
        """
        limit_s = self.max_walk_s if max_walk_s is None else max_walk_s
        if limit_s > self.max_walk_s:
            raise NetworkInputError(
                Problem(
                    file="street stops",
                    field="max_walk_s",
                    found=f"{limit_s} s",
                    expected=f"{self.max_walk_s} s or less, as the lists were made for",
                    mend="Make the lists for the longest walk.",
                )
            )
        ways = self._inward if reverse else self._outward
        try:
            work = self._free.pop()
        except IndexError:
            work = self._new_work()
        found: Access = find_stops(
            self._places,
            ways,
            *work,
            np.array(lat, dtype=np.float64),
            np.array(lon, dtype=np.float64),
            limit_s,
        )
        self._free.append(work)
        return found

    @property
    def nbytes(self) -> int:
        """Bytes of the lists made so far; those that serve both directions count once."""
        made = [self.__dict__[name] for name in ("_outward", "_inward") if name in self.__dict__]
        arrays = {id(array): array for ways in made for array in ways}
        return sum(array.nbytes for array in arrays.values())

    def _new_work(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        n_stops = len(self._places.lat)
        return np.full(n_stops, UNSEEN, dtype=np.int32), np.empty(n_stops, dtype=np.int32)

    @cached_property
    def _outward(self) -> WayArrays:
        """Ways from places to the ends."""
        if self._over is None:
            return _NO_WAYS
        search, links = self._over.walks.search, self._ends.links
        listed = self._list(search.ends.arrive(_points(links)).later(links.in_s), outward=True)
        return self._hang(_ways_out.find((search,), lambda: _leaving(search)), listed, links.in_s)

    @cached_property
    def _inward(self) -> WayArrays:
        """Ways from the ends to places; the lists of the other direction where they are equal."""
        if self._over is None:
            return _NO_WAYS
        search, links = self._over.walks.search, self._ends.links
        listed = self._list(search.ends.leave(_points(links)).later(links.out_s), outward=False)
        out = self._outward
        same = (
            np.array_equal(listed[0], out.list_offset)
            and np.array_equal(listed[1], out.list_stop)
            and np.array_equal(listed[2], out.list_s)
        )
        listed = (out.list_offset, out.list_stop, out.list_s) if same else listed
        return self._hang(_ways_in.find((search,), lambda: _arriving(search)), listed, links.out_s)

    def _list(self, ways: Ends, *, outward: bool) -> _Listed:
        """List the ends around each vertex by a search from each: offset, end and seconds."""
        assert self._over is not None
        search = self._over.walks.search
        end = self._end_of_links()[ways.point]
        order = np.argsort(end, kind="stable")
        listed: _Listed = list_stops(
            search.reversed_arrays if outward else search.arrays,
            _offsets(end, len(self._ends.lat)),
            ways.vertex[order],
            ways.seconds[order],
            self.max_walk_s + SPARE_S,
        )
        return listed

    def _hang(self, ways: WayArrays, listed: _Listed, link_s: NDArray[np.float64]) -> WayArrays:
        """Return the ways of a direction with the lists and the links of the ends."""
        links = self._ends.links
        by_segment = np.argsort(links.segment, kind="stable")
        return ways._replace(
            list_offset=listed[0],
            list_stop=listed[1],
            list_s=listed[2],
            link_offset=_offsets(links.segment, len(ways.along_s)),
            link_stop=self._end_of_links()[by_segment],
            link_fraction=links.fraction[by_segment],
            link_s=link_s[by_segment],
        )

    def _end_of_links(self) -> NDArray[np.int32]:
        n_links = np.diff(self._ends.links.offset)
        return np.repeat(np.arange(len(n_links), dtype=np.int32), n_links)


def _points(links: StopLinks) -> SnapPoints:
    unknown = np.full(len(links.segment), np.nan)  # searches need neither
    return SnapPoints(
        segment=links.segment,
        fraction=links.fraction,
        distance_m=unknown,
        lat=unknown,
        lon=unknown,
    )


def _leaving(search: StreetSearch) -> WayArrays:
    """Return the ways from places within segments to vertices, without any ends."""
    edge = search.graph.segment_edge
    usable = (edge >= 0) & np.isfinite(search.duration_s[edge])
    segment, column = np.nonzero(usable)
    edge = edge[usable]
    return _ways(
        search, (segment, search.graph.head[edge], edge, column == 1), search.graph.n_plain
    )._replace(along_s=_along_s(search))


def _arriving(search: StreetSearch) -> WayArrays:
    """Return the ways from vertices to places within segments, without any ends."""
    edge = np.flatnonzero(np.isfinite(search.duration_s))
    edge = edge[np.argsort(search.graph.segment[edge], kind="stable")]
    return _ways(
        search,
        (search.graph.segment[edge], search.ends.tail[edge], edge, search.graph.forward[edge]),
        search.graph.n_vertices,
    )._replace(along_s=np.ascontiguousarray(_along_s(search)[:, ::-1]))


def _ways(
    search: StreetSearch,
    ways: tuple[NDArray[np.integer], NDArray[np.int32], NDArray[np.integer], NDArray[np.bool_]],
    n_junction_vertices: int,
) -> WayArrays:
    """Return ways by segment, given as (segment, vertex, edge, is_before)."""
    segment, vertex, edge, is_before = ways
    node = search.graph.node[:n_junction_vertices]
    return _NO_WAYS._replace(
        way_offset=_offsets(segment, len(search.streets.segments)),
        way_vertex=np.ascontiguousarray(vertex),
        way_s=np.ascontiguousarray(search.duration_s[edge]),
        is_before=np.ascontiguousarray(is_before),
        junction_offset=_offsets(node, len(search.streets.nodes)),
        junction_vertex=np.argsort(node, kind="stable").astype(np.int32),
    )


def _along_s(search: StreetSearch) -> NDArray[np.float32]:
    """Return the seconds of each segment forward and backward, infinite where barred."""
    edge = search.graph.segment_edge
    return np.where(edge >= 0, search.duration_s[edge], np.float32(np.inf))


def _place_arrays(
    over: OnStreets | None, ends: WalkEnds, speed_mps: float, detour: float
) -> PlaceArrays:
    lat = np.ascontiguousarray(ends.lat, dtype=np.float64)
    lon = np.ascontiguousarray(ends.lon, dtype=np.float64)
    every = np.arange(len(lat), dtype=np.int32)
    plain = PlaceArrays(
        has_streets=False,
        pieces=Pieces(_NONE, _NONE, _NO_S, _NO_S),
        grid=Grid(0.0, 0.0, 1.0, 1.0, 1, 1, np.zeros(2, dtype=np.int32), _NONE),
        share=_NO_S,
        node=np.empty((0, 2), dtype=np.int32),
        lat=lat,
        lon=lon,
        off_m=np.full(len(lat), np.inf),
        all_stops=_stop_grid(lat, lon, every),
        off_street=_stop_grid(lat, lon, _NONE),
        detour=float(detour),
        speed_mps=float(speed_mps),
        off_street_m=MAX_OFF_STREET_M,
        longest_off_m=0.0,
    )
    if over is None:
        return plain
    segments = over.walks.search.streets.segments
    snapper = over.snapper
    return plain._replace(
        has_streets=True,
        pieces=snapper._pieces,
        grid=snapper._grid,
        share=snapper._share,
        node=np.column_stack((segments.node_a, segments.node_b)),
        off_m=ends.off_m,
        all_stops=_stop_grid(lat, lon, every[~ends.is_shut_in]),
        off_street=_stop_grid(lat, lon, every[ends.is_straight]),
        longest_off_m=float(ends.off_m[np.isfinite(ends.off_m)].max(initial=0.0)),
    )


def _stop_grid(
    lat: NDArray[np.float64], lon: NDArray[np.float64], stop: NDArray[np.int32]
) -> StopGrid:
    """Put stops into cells of a grid, about two to a cell."""
    if len(stop) == 0:
        return StopGrid(0.0, 0.0, 1.0, 1.0, 1, 1, np.zeros(2, dtype=np.int32), _NONE)
    south, west = float(lat[stop].min()), float(lon[stop].min())
    height, width = float(np.ptp(lat[stop])), float(np.ptp(lon[stop]))
    side = max(1, int(np.sqrt(len(stop) / _STOPS_PER_CELL)))
    cell_lat, cell_lon = max(height / side, 1e-6), max(width / side, 1e-6)
    row = np.minimum(((lat[stop] - south) / cell_lat).astype(np.int64), side - 1)
    column = np.minimum(((lon[stop] - west) / cell_lon).astype(np.int64), side - 1)
    cell = row * side + column
    return StopGrid(
        south,
        west,
        cell_lat,
        cell_lon,
        side,
        side,
        _offsets(cell, side * side),
        stop[np.argsort(cell, kind="stable")],
    )


def _offsets(owner: NDArray[np.integer], n: int) -> NDArray[np.int32]:
    return np.concatenate(([0], np.cumsum(np.bincount(owner, minlength=n)))).astype(np.int32)


_NO_WAYS = WayArrays(
    way_offset=_NO_OFFSET,
    way_vertex=_NONE,
    way_s=np.empty(0, dtype=np.float32),
    is_before=np.empty(0, dtype=np.bool_),
    junction_offset=_NO_OFFSET,
    junction_vertex=_NONE,
    list_offset=_NO_OFFSET,
    list_stop=_NONE,
    list_s=_NO_S,
    link_offset=_NO_OFFSET,
    link_stop=_NONE,
    link_fraction=_NO_S,
    link_s=_NO_S,
    along_s=np.empty((0, 2), dtype=np.float32),
)
_KEPT = 4
_ways_out: Kept[WayArrays] = Kept(_KEPT)
_ways_in: Kept[WayArrays] = Kept(_KEPT)
