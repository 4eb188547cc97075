"""Travel times from many places to many, for one departure or percentiles over a window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from network.base import Problem, no_progress
from network.base.errors import NetworkInputError
from network.routing.engines.profile import search_profile
from network.routing.opened import open_routing
from network.routing.reach._lane_kernels import LATEST_S
from network.routing.reach.direct import DirectSearch
from network.routing.reach.lanes import LaneSearch, can_search_lanes
from network.streets.graph import StreetMode
from network.walking.access import walk_access
from network.walking.street_stops import StreetStops, find_street_stops

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from network.base import Progress
    from network.network import Network
    from network.routing.engines.profile import ProfileJourneys

MINUTE_S = 60
_MANY_PLACES = 500  # searched for one by one, they take as long as listing all stops
_FEW_LANES = 8  # a search for many origins and departures at once does not pay
_AT_ONCE = 512
_TIMES_AT_ONCE = 8_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachRules:
    """How one travels: rides at most, longest walk to and from stops and all the way, seconds."""

    max_rides: int = 5
    max_access_s: int = 1200
    max_direct_walk_s: int = 1800

    def __post_init__(self) -> None:
        """Refuse limits that leave no way to travel."""
        for name, least in (("max_rides", 1), ("max_access_s", 0), ("max_direct_walk_s", 0)):
            if getattr(self, name) < least:
                raise _refused(name, str(getattr(self, name)), f"{least} or more")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachPlaces:
    """Places with their names, shape (n,) each; ``lat`` and ``lon`` in degrees."""

    ids: tuple[str, ...]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Departures:
    """When one leaves: at ``depart_s`` and at every full minute of ``window_min`` after it.

    The window is half-open: 60 minutes are 60 departures. 0 is the one departure.
    ``percentiles`` are of the travel times of those departures, 0 to 100.
    """

    depart_s: int
    window_min: int = 0
    percentiles: tuple[float, ...] = (50.0,)

    def __post_init__(self) -> None:
        """Refuse times and percentiles that there are not."""
        if self.depart_s < 0:
            raise _refused("depart_s", str(self.depart_s), "0 or more")
        if self.window_min < 0:
            raise _refused("window_min", str(self.window_min), "0 or more")
        wrong = [p for p in self.percentiles if not 0 <= p <= 100]
        if wrong or not self.percentiles:
            raise _refused("percentiles", str(self.percentiles), "numbers from 0 to 100")

    def times_s(self) -> NDArray[np.int32]:
        """Return the departures, ascending, seconds of the service day."""
        count = max(1, self.window_min)
        return np.arange(count, dtype=np.int32) * MINUTE_S + np.int32(self.depart_s)


class TransitReach:
    """Searches from any place to the same many places, walks to these made once.

    ``egress`` are the stops around the targets: offset by target, stops and seconds. One
    object serves one thread at a time.
    """

    def __init__(
        self,
        network: Network,
        targets: ReachPlaces,
        rules: ReachRules | None = None,
        *,
        progress: Progress = no_progress,
    ) -> None:
        """Find the stops around the targets, progress stage ``egress``."""
        self.network = network
        self.targets = targets
        self.rules = rules or ReachRules()
        self._direct = DirectSearch(network, StreetMode.WALK)
        self._stops: StreetStops | None = None
        progress("egress", 0, len(targets))
        self.egress = self.find_stops(targets.lat, targets.lon, reverse=True)
        progress("egress", len(targets), len(targets))

    def compute_times(
        self, lat: float, lon: float, departures_s: NDArray[np.int32]
    ) -> NDArray[np.float64]:
        """Compute the seconds from leaving a place to being at each target.

        Waiting for the first vehicle counts; the walk all the way is taken where it is
        shorter and within its limit.

        Returns
        -------
        seconds
            Shape (n_departures, n_targets), infinite where there is no way.
        """
        direct = self._direct.compute_times(
            (lat, lon), self.targets.lat, self.targets.lon, self.rules.max_direct_walk_s
        )
        _, stop, walk_s = self.find_stops([lat], [lon])
        arrival_s = self._search(stop, walk_s, departures_s)
        return np.minimum(arrival_s - departures_s[:, None], direct[None, :])

    def _search(
        self,
        access_stop: NDArray[np.int32],
        access_s: NDArray[np.int32],
        departures_s: NDArray[np.int32],
    ) -> NDArray[np.float64]:
        """Return the earliest arrivals by transit, shape (n_departures, n_targets)."""
        journeys = search_profile(
            self.network,
            access_stop,
            access_s,
            *self.egress,
            departures_s,
            max_rides=self.rules.max_rides,
            workspace=open_routing(self.network).profile(self.rules.max_rides),
        )
        return earliest_arrivals(journeys, departures_s, len(self.targets))

    def find_stops(
        self,
        lat: Sequence[float] | NDArray[np.float64],
        lon: Sequence[float] | NDArray[np.float64],
        *,
        reverse: bool = False,
    ) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
        """Find the stops around places, and the walks to them (with ``reverse`` from them).

        Offset by place, stops and seconds. For many places all stops are listed once.
        """
        limit_s = self.rules.max_access_s
        if self._stops is None and len(lat) >= _MANY_PLACES:
            self._stops = find_street_stops(self.network, limit_s)
        if self._stops is not None:
            found = self._stops.access_many(lat, lon, reverse=reverse)
            return found.offset, found.stop, found.seconds
        around = [
            walk_access(self.network, float(a), float(b), max_walk_s=limit_s, reverse=reverse)
            for a, b in zip(lat, lon, strict=True)
        ]
        none = np.empty(0, dtype=np.int32)
        offset = np.cumsum([0, *(len(stop) for stop, _ in around)])
        return (
            offset.astype(np.int32),
            np.concatenate([none, *(stop for stop, _ in around)]),
            np.concatenate([none, *(seconds for _, seconds in around)]),
        )


def earliest_arrivals(
    journeys: ProfileJourneys, departures_s: NDArray[np.int32], n_targets: int
) -> NDArray[np.float64]:
    """Find the earliest arrival at each target of who leaves at each time, or later.

    A journey stands at the latest time of leaving that catches it, so who leaves at ``t`` has
    all those of ``t`` and after. Shape (n_departures, n_targets), infinite where none.
    """
    result = np.full((len(departures_s), n_targets), np.inf)
    slot = np.searchsorted(departures_s, journeys.departure_s, side="right") - 1
    usable = slot >= 0
    np.minimum.at(result, (slot[usable], journeys.target[usable]), journeys.arrival_s[usable])
    return np.minimum.accumulate(result[::-1], axis=0)[::-1]


def compute_percentiles(
    seconds: NDArray[np.float64], percentiles: tuple[float, ...]
) -> NDArray[np.float64]:
    """Compute percentiles over the first axis by nearest rank, shape (n_percentiles, ...).

    Each is a travel time of some departure: that at rank ceil(p / 100 x n), at least the
    first. A departure without a way counts as endless, so nothing is averaged with it.
    """
    if len(seconds) == 1:
        return np.repeat(seconds, len(percentiles), axis=0)
    ordered = np.sort(seconds, axis=0)
    share = np.asarray(percentiles, dtype=np.float64) / 100
    rank = np.ceil(share * len(ordered) - 1e-9).astype(np.int64) - 1
    return np.asarray(ordered[np.clip(rank, 0, len(ordered) - 1)])


def iterate_matrix(
    network: Network,
    origins: ReachPlaces,
    targets: ReachPlaces,
    departures: Departures,
    rules: ReachRules | None = None,
    *,
    threads: int = 1,
    progress: Progress = no_progress,
) -> Iterator[NDArray[np.float64]]:
    """Compute travel times in seconds by transit and on foot, one origin after another.

    Many origins and departures are searched at once.

    Parameters
    ----------
    threads
        How many threads to search with.
    progress
        Told the origins done, stage ``matrix``; raising Cancelled stops the work.

    Yields
    ------
    row
        Shape (n_percentiles, n_targets), seconds, infinite where there is no way. From a
        place to itself it is 0.
    """
    search = TransitReach(network, targets, rules, progress=progress)
    times_s = departures.times_s()
    rows = _rows_by_lanes if _may_use_lanes(search, origins, times_s) else _rows_one_by_one
    for i, seconds in enumerate(rows(search, origins, times_s, threads)):
        progress("matrix", i, len(origins))
        yield compute_percentiles(seconds, departures.percentiles)
    progress("matrix", len(origins), len(origins))


def _may_use_lanes(search: TransitReach, origins: ReachPlaces, times_s: NDArray[np.int32]) -> bool:
    """Return whether one search for many lanes answers, and is worth its preparation."""
    if len(origins) * len(times_s) < _FEW_LANES or times_s[-1] >= LATEST_S:
        return False
    return can_search_lanes(open_routing(search.network).graph)


def _rows_by_lanes(
    search: TransitReach, origins: ReachPlaces, times_s: NDArray[np.int32], threads: int
) -> Iterator[NDArray[np.float64]]:
    lanes = LaneSearch(search, n_origins=len(origins), n_departures=len(times_s))
    n_times = max(1, len(search.targets) * len(times_s))
    at_once = min(_AT_ONCE, max(1, _TIMES_AT_ONCE // n_times))
    for first in range(0, len(origins), at_once):
        own = slice(first, first + at_once)
        yield from lanes.compute_rows(origins.lat[own], origins.lon[own], times_s, threads=threads)


def _rows_one_by_one(
    search: TransitReach, origins: ReachPlaces, times_s: NDArray[np.int32], threads: int
) -> Iterator[NDArray[np.float64]]:
    del threads  # a search by rounds keeps one busy
    for lat, lon in zip(origins.lat.tolist(), origins.lon.tolist(), strict=True):
        yield search.compute_times(lat, lon, times_s)


def compute_matrix(
    network: Network,
    origins: ReachPlaces,
    targets: ReachPlaces,
    departures: Departures,
    rules: ReachRules | None = None,
    *,
    threads: int = 1,
    progress: Progress = no_progress,
) -> NDArray[np.float64]:
    """Compute travel times in seconds, shape (n_percentiles, n_origins, n_targets).

    As :func:`iterate_matrix`, kept in memory: 8 bytes a percentile and pair.
    """
    result = np.empty((len(departures.percentiles), len(origins), len(targets)))
    rows = iterate_matrix(
        network, origins, targets, departures, rules, threads=threads, progress=progress
    )
    for i, row in enumerate(rows):
        result[:, i] = row
    return result


def _refused(field: str, found: str, expected: str) -> NetworkInputError:
    return NetworkInputError(
        Problem(file="reach", field=field, found=found, expected=expected, mend=f"Correct {field}.")
    )
