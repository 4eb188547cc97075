"""Road assignment window by window: what a full link does not let out waits for the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from network.base import no_progress
from solver.loading.road.cost import read_costs
from solver.loading.road.equilibrium import read_trips, require_positive
from solver.loading.road.window import NO_TRIPS, NOBODY, Window, WindowSolver

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from network.base import Progress
    from network.roads import RoadNetwork, TripTable


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowSettings:
    """Windows, and the units of the network.

    ``window_min`` minutes are a window; the network's times are in units of
    ``time_unit_min`` minutes and its capacities are vehicles in ``capacity_h`` hours.
    ``relative_gap`` and ``max_iterations`` are those of each window's equilibrium. Windows
    without demand follow until no vehicle waits, at most ``max_extra`` of them.
    """

    window_min: float = 15.0
    time_unit_min: float = 1.0
    capacity_h: float = 1.0
    relative_gap: float = 1e-6
    max_iterations: int = 1000
    max_extra: int = 96

    def __post_init__(self) -> None:
        require_positive(
            window_min=self.window_min,
            time_unit_min=self.time_unit_min,
            capacity_h=self.capacity_h,
            relative_gap=self.relative_gap,
            max_iterations=self.max_iterations,
            max_extra=self.max_extra + 1,
        )

    @property
    def share(self) -> float:
        """Windows' length in the period of the capacities."""
        return self.window_min / 60 / self.capacity_h


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowsResult:
    """Vehicles by window and link, shape (n_windows, n_links), in the network's order.

    ``arriving`` get to the link's end within the window, ``leaving`` leave it, ``queue`` are
    there when the window ends. ``cost`` is what those who arrive pay, ``wait_min`` the part
    of it they wait, on average, minutes. ``queue_veh_h`` is time spent in queues within each
    window, vehicle-hours.

    By window: vehicles that ``entered`` the network and that ``arrived``; the ``gap`` of the
    route choice; ``overload``, by how much, relatively, a link let out more than it can (0 but
    for rounding). Vehicles that entered have arrived or wait in some queue.

    ``unreachable_trips`` and ``intrazonal_trips`` are not on the network. ``converged`` says
    that every window reached its gap and no vehicle waits at the end.
    """

    settings: WindowSettings
    arriving: NDArray[np.float64]
    leaving: NDArray[np.float64]
    queue: NDArray[np.float64]
    cost: NDArray[np.float64]
    wait_min: NDArray[np.float64]
    queue_veh_h: NDArray[np.float64]
    entered: NDArray[np.float64]
    arrived: NDArray[np.float64]
    gap: NDArray[np.float64]
    overload: NDArray[np.float64]
    unreachable_trips: float
    intrazonal_trips: float
    converged: bool

    @property
    def total_queue_veh_h(self) -> float:
        """Time spent in queues by all vehicles, vehicle-hours."""
        return float(self.queue_veh_h.sum())


def solve_windows(
    network: RoadNetwork,
    demands: Sequence[TripTable],
    *,
    settings: WindowSettings | None = None,
    progress: Progress = no_progress,
) -> WindowsResult:
    """Assign trips window by window, with a point queue at the end of each link.

    In each window everyone on the way chooses a route, to a user equilibrium: a link costs
    its volume-delay function, which stops growing at capacity, and the mean wait of those who
    arrive evenly over the window behind the queue left from before. Then flows are held
    back: no link lets out more than its capacity, who waited longer first; the rest waits
    at the link's end, holds up nothing else, and chooses its way on in the next window.

    Routes are chosen as if whoever sets out in a window crossed the network within it, so
    they overrate what full links upstream hold back. A link without a capacity whose time
    is constant never holds anyone back.

    Parameters
    ----------
    demands
        Trips that set out in each window, vehicles.
    progress
        Called for each window; may raise Cancelled.

    Raises
    ------
    NetworkInputError
        As :func:`solve_road`.

    References
    ----------
    Vickrey, "Congestion theory and transport investment", American Economic Review 59(2),
    1969: the queue at a point, of any length.
    """
    settings = settings or WindowSettings()
    solver = WindowSolver(
        network,
        read_costs(network, 0.0),
        share=settings.share,
        window=settings.window_min / settings.time_unit_min,
        gap=settings.relative_gap,
        max_iterations=settings.max_iterations,
    )
    tables = [read_trips(network, table) for table in demands]
    waiting = NOBODY
    windows: list[Window] = []
    while len(windows) < len(tables) + settings.max_extra:
        at = len(windows)
        if at >= len(tables) and not len(waiting.vehicles):
            break
        fresh = tables[at] if at < len(tables) else NO_TRIPS
        watch = _watch(progress, min(at, len(tables)), len(tables))
        window, waiting = solver.step(fresh, waiting, progress=watch)
        windows.append(window)
    return WindowsResult(
        settings=settings,
        arriving=_stack([w.arriving for w in windows], network.n_links),
        leaving=_stack([w.leaving for w in windows], network.n_links),
        queue=_stack([w.queue for w in windows], network.n_links),
        cost=_stack([w.cost for w in windows], network.n_links),
        wait_min=_stack([w.wait for w in windows], network.n_links) * settings.time_unit_min,
        queue_veh_h=_stack([w.mean_queue for w in windows], network.n_links)
        * (settings.window_min / 60),
        entered=np.array([w.entered for w in windows]),
        arrived=np.array([w.arrived for w in windows]),
        gap=np.array([w.gap for w in windows]),
        overload=np.array([w.overload for w in windows]),
        unreachable_trips=sum(w.unreachable for w in windows),
        intrazonal_trips=sum(
            float(table.trips[table.origin == table.destination].sum()) for table in demands
        ),
        converged=all(w.gap <= settings.relative_gap for w in windows)
        and not len(waiting.vehicles),
    )


def _stack(rows: list[NDArray[np.float64]], n_links: int) -> NDArray[np.float64]:
    return np.array(rows).reshape(len(rows), n_links)


def _watch(progress: Progress, at: int, windows: int) -> Progress:
    """Return progress that tells of windows, whatever is done in one."""

    def tell(stage: str, done: int, total: int) -> None:
        progress("road windows", at, windows)

    return tell
