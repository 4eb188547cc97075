"""A territory in memory, and how a pack becomes one."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydantic import ValidationError

from demand.readers import read_arrival_profile, read_employers, read_station_entries
from network.base import Problem, ProblemLog, no_progress
from network.base.errors import ScenarioInputError
from network.readers import default_vehicles, read_network, read_vehicles
from scenarios.pack_tables import read_hubs, read_other_stations, read_sources, read_toml
from scenarios.packs import PackData, read_pack_demand
from scenarios.parameters import TerritoryFile
from scenarios.validation import problems_of

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray

    from demand import ArrivalProfile, CommuterFlows, Employer, ZoneSystem
    from demand.readers import StationEntries
    from network import Network
    from network.base import Progress
    from scenarios.results import SourceLine
    from solver.choice import OtherStations

PACKS = Path(__file__).parent / "territories"
DATA_VARIABLE = "CRENEAU_DATA"


@dataclass(frozen=True, slots=True, kw_only=True)
class Territory:
    """Everything a run needs, untouched; modifications return changed copies.

    ``hub_stops`` are ``stop_idx`` where lines outside the network arrive.
    """

    name: str
    title: dict[str, str]
    file: TerritoryFile
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
    for path in sorted(PACKS.glob("*/territory.toml")):
        file = read_territory_file(path)
        missing = [str(p) for p in _inputs(file, path.parent) if not p.exists()]
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
    """Load a territory pack by name, or by the path of its folder.

    Raises
    ------
    ScenarioInputError
        If there is no such pack, or its file is wrong or names files that are not there.
    NetworkInputError, DemandInputError
        If the data leave nothing to build on.
    """
    folder = _find_pack(name_or_path)
    file = read_territory_file(folder / "territory.toml")
    inputs = _inputs(file, folder)
    _require(inputs, folder)
    date = service_date or file.service_date
    log = ProblemLog()
    progress("network", 0, 1)
    network = _read_network(file, folder, date)
    progress("network", 1, 1)
    progress("demand", 0, 1)
    data: PackData = read_pack_demand(file, lambda text: resolve_path(text, folder), log)
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
    unknown = _check_names(file, folder / "territory.toml", network)
    if unknown:
        raise ScenarioInputError(*unknown)
    progress("demand", 1, 1)
    set_aside = dict(network.timetable.set_aside.counts)
    for kind, count in log.counts.items():
        set_aside[kind] = set_aside.get(kind, 0) + count
    return Territory(
        name=file.name,
        title={"fr": file.title_fr, "en": file.title_en},
        file=file,
        service_date=date,
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
        set_aside=set_aside,
        inputs_sha256=hash_files(inputs),
    )


def read_territory_file(path: Path) -> TerritoryFile:
    """Read and check one ``territory.toml``.

    Raises
    ------
    ScenarioInputError
        Naming each wrong field, or the line where the TOML breaks.
    """
    try:
        return TerritoryFile.model_validate(read_toml(path))
    except ValidationError as error:
        raise ScenarioInputError(*problems_of(error, file=str(path))) from None


def resolve_path(text: str, folder: Path) -> Path:
    """Return the path a pack names: relative to its folder, or under the data folder.

    ``${CRENEAU_DATA}`` stands for the environment variable of that name, which defaults to
    ``../shared/data`` from where the program is started.
    """
    if text.startswith("${" + DATA_VARIABLE + "}"):
        root = Path(os.environ.get(DATA_VARIABLE, "../shared/data"))
        return root / text.removeprefix("${" + DATA_VARIABLE + "}").lstrip("/")
    return folder / text


def hash_files(paths: list[Path]) -> str:
    """Return the SHA-256 of files and folders: of their names and bytes, in order of name."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for file in files:
            digest.update(file.name.encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _find_pack(name_or_path: str | Path) -> Path:
    given = Path(name_or_path)
    if (given / "territory.toml").is_file():
        return given
    known = {}
    for path in sorted(PACKS.glob("*/territory.toml")):
        known[read_territory_file(path).name] = path.parent
    if str(name_or_path) in known:
        return known[str(name_or_path)]
    raise ScenarioInputError(
        Problem(
            file=str(name_or_path),
            found="no territory of that name, and no folder with a territory.toml",
            expected="one of " + ", ".join(known) + ", or the path of a pack's folder",
            mend="Correct the name or the path.",
        )
    )


def _inputs(file: TerritoryFile, folder: Path) -> list[Path]:
    """Return every file and folder a pack names, its own file included."""
    demand, people = file.demand, file.people
    named: list[str | None] = [
        file.network.gtfs,
        file.network.vehicles,
        file.network.hubs,
        file.network.other_stations,
        people.employers,
        people.arrival_profile,
        people.station_entries,
        *file.sources,
    ]
    named.append(demand.zones)
    if demand.kind == "pack":
        named.append(demand.flows)
    else:
        named += [demand.commune_zones, demand.workers, demand.modes]
    paths = [resolve_path(text, folder) for text in named if text is not None]
    return [folder / "territory.toml", *paths]


def _require(inputs: list[Path], folder: Path) -> None:
    problems = [
        Problem(
            file=str(path),
            found="no such file",
            expected=f"a file that the territory in {folder.name} is built from",
            mend=f"Put it there, or set {DATA_VARIABLE} to the folder that holds it.",
        )
        for path in inputs
        if not path.exists()
    ]
    if problems:
        raise ScenarioInputError(*problems)


def _read_network(file: TerritoryFile, folder: Path, date: dt.date) -> Network:
    rules = file.network
    vehicles = default_vehicles()
    if rules.vehicles is not None:
        vehicles = read_vehicles(resolve_path(rules.vehicles, folder)).over(vehicles)
    return read_network(
        resolve_path(rules.gtfs, folder),
        date,
        vehicles=vehicles,
        max_walk_s=rules.max_transfer_s,
        speed_mps=rules.walk_speed_mps,
        detour=rules.detour,
    )


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
