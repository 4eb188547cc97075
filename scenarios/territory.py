"""A territory in memory, and how a pack becomes one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from demand.readers import read_arrival_profile, read_employers, read_station_entries
from network.base import Problem, ProblemLog, no_progress
from network.base.errors import NetworkInputError, ScenarioInputError
from network.building.timetable import NIGHT_ONLY
from scenarios.artefacts import find_cache
from scenarios.built import count_set_aside
from scenarios.network_pack import load_network, merge_counts
from scenarios.pack_files import (
    PACK_FILE,
    PACKS,
    find_pack,
    hash_files,
    list_files,
    read_territory_file,
    require_files,
    resolve_path,
)
from scenarios.pack_tables import read_hubs, read_other_stations, read_sources
from scenarios.packs import PackData, read_pack_demand
from scenarios.parameters import RunnableFile

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from numpy.typing import NDArray

    from demand import ArrivalProfile, CommuterFlows, Employer, ZoneSystem
    from demand.readers import StationEntries
    from network import Network
    from network.base import Progress
    from scenarios.parameters import TerritoryFile
    from scenarios.results import SourceLine
    from solver.choice import OtherStations

__all__ = [
    "PACKS",
    "Territory",
    "TerritoryInfo",
    "hash_files",
    "list_territories",
    "load_territory",
    "read_territory_file",
    "resolve_path",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Territory:
    """Everything a run needs, untouched; modifications return changed copies.

    ``hub_stops`` are ``stop_idx`` where lines outside the network arrive.
    """

    name: str
    title: dict[str, str]
    file: RunnableFile
    service_date: dt.date
    network: Network
    zones: ZoneSystem
    flows: CommuterFlows
    profile: ArrivalProfile
    employers: tuple[Employer, ...]
    station_entries: StationEntries | None
    hub_stops: NDArray[np.int32]
    other_stations: OtherStations | None
    notes: dict[str, tuple[str, ...]]
    sources: tuple[SourceLine, ...]
    set_aside: dict[str, int]
    inputs_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TerritoryInfo:
    """A pack that can be named: whether its data are there and, if not, what is missing."""

    name: str
    title: dict[str, str]
    path: Path
    available: bool
    reason: str


def list_territories() -> tuple[TerritoryInfo, ...]:
    """Return the packs that ship with the program, by name."""
    infos = []
    for path in sorted(PACKS.glob(f"*/{PACK_FILE}")):
        file = read_territory_file(path)
        missing = [str(p) for p in list_files(file, path.parent) if not p.exists()]
        infos.append(
            TerritoryInfo(
                name=file.name,
                title={"fr": file.title_fr, "en": file.title_en},
                path=path.parent,
                available=not missing,
                reason="" if not missing else "missing: " + ", ".join(missing),
            )
        )
    return tuple(infos)


def load_territory(
    name_or_path: str | Path,
    *,
    service_date: dt.date | None = None,
    progress: Progress = no_progress,
) -> Territory:
    """Load a territory pack by name, or by the path of its folder, with its demand.

    The network is opened from the cache where it was built before.

    Raises
    ------
    ScenarioInputError
        If there is no such pack, its file is wrong or names files that are not there, or it
        is a network alone, without demand.
    NetworkInputError, DemandInputError
        If the data leave nothing to build on.
    """
    folder = find_pack(name_or_path)
    file = _require_demand(read_territory_file(folder / PACK_FILE), folder)
    inputs = list_files(file, folder)
    require_files(inputs, folder, file)
    log = ProblemLog()
    built = load_network(file, folder, service_date, progress=progress)
    network = built.network
    _require_day(network)
    progress("demand", 0, 1)
    data: PackData = read_pack_demand(file.demand, lambda text: resolve_path(text, folder), log)
    people = file.people
    employers = read_employers(resolve_path(people.employers, folder), data.zones)
    entries = (
        None
        if people.station_entries is None
        else read_station_entries(resolve_path(people.station_entries, folder), log=log)
    )
    profile = read_arrival_profile(resolve_path(people.arrival_profile, folder))
    hubs = np.zeros(0, dtype=np.int32)
    if file.network.hubs is not None:
        hubs = read_hubs(resolve_path(file.network.hubs, folder), network, log)
    others = None
    if file.network.other_stations is not None:
        others = read_other_stations(resolve_path(file.network.other_stations, folder), log)
    sources = [line for name in file.sources for line in read_sources(resolve_path(name, folder))]
    unknown = _check_names(file, folder / PACK_FILE, network)
    if unknown:
        raise ScenarioInputError(*unknown)
    progress("demand", 1, 1)
    cache = find_cache()
    return Territory(
        name=file.name,
        title={"fr": file.title_fr, "en": file.title_en},
        file=file,
        service_date=built.service_date,
        network=network,
        zones=data.zones,
        flows=data.flows,
        profile=profile,
        employers=tuple(employers),
        station_entries=entries,
        hub_stops=hubs,
        other_stations=others,
        notes={"fr": file.notes_fr, "en": file.notes_en},
        sources=tuple(sources),
        set_aside=merge_counts(count_set_aside(network), log.counts),
        inputs_sha256=hash_files(inputs, memory=None if cache is None else cache.memory),
    )


def _require_day(network: Network) -> None:
    """Refuse a date on which nothing runs but what is left of the night before: no morning."""
    log, feeds = network.timetable.set_aside, network.timetable.feeds
    if feeds and log.counts.get(NIGHT_ONLY, 0) >= len(feeds):
        raise NetworkInputError(*log.examples[NIGHT_ONLY])


def _require_demand(file: TerritoryFile, folder: Path) -> RunnableFile:
    """Return a pack's file with the parts that a run needs; say which are missing."""
    lacking = {
        "demand": "where commuters live and work: [demand] with kind, zones and flows",
        "people": "employers and hours: [people] with employers and arrival_profile",
    }
    problems = [
        Problem(
            file=str(folder / PACK_FILE),
            field=part,
            found=f"no [{part}]: this territory is a network alone, fit for itineraries",
            expected=expected,
            mend=f"Add [{part}] and the files it names, or name another territory.",
        )
        for part, expected in lacking.items()
        if getattr(file, part) is None
    ]
    if problems:
        raise ScenarioInputError(*problems)
    return RunnableFile.model_validate(dict(file))


def _check_names(file: TerritoryFile, path: Path, network: Network) -> list[Problem]:
    """Return a problem for each line and station of the pack's file that does not exist."""
    lines = sorted(set(network.timetable.routes.lines))
    stations = set(network.timetable.stops.station_names)
    named = [
        *(("relief_lines", line, lines) for line in file.relief_lines),
        *((f"watch[{k}].line", watch.line, lines) for k, watch in enumerate(file.watch)),
        *((f"watch[{k}].from_station", w.from_station, stations) for k, w in enumerate(file.watch)),
        *((f"watch[{k}].to_station", w.to_station, stations) for k, w in enumerate(file.watch)),
    ]
    return [
        Problem(
            file=str(path),
            field=field,
            found=f"{name!r}, which the data do not have",
            expected="one of " + ", ".join(known) if known is lines else "a name the data have",
            mend=f"Correct {field} or remove it.",
        )
        for field, name, known in named
        if name not in known
    ]
