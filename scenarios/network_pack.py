"""A pack's network with what is known about it: all that itineraries and pictures need."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from demand.readers import read_zones
from network.base import ProblemLog, no_progress
from scenarios.artefacts import find_cache
from scenarios.built import count_set_aside, obtain_network
from scenarios.network_inputs import list_inputs
from scenarios.pack_files import (
    PACK_FILE,
    find_pack,
    hash_files,
    list_network_files,
    read_territory_file,
    require_files,
    resolve_path,
)
from scenarios.pack_tables import read_sources
from scenarios.zone_people import read_zone_people

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from demand import ZoneSystem
    from network import FeedInfo, Network
    from network.base import Progress
    from scenarios.built import BuiltNetwork
    from scenarios.parameters import TerritoryFile
    from scenarios.results import SourceLine
    from scenarios.zone_people import ZonePeople


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkPack:
    """A territory without its demand: the network of one date, zones, sources.

    ``zones`` and ``people`` (population and jobs by zone) are None where the pack has no zone
    table. ``coverage`` says of every feed which dates it covers and which of them runs.
    ``inputs_sha256`` is of the files that this was read from. ``built`` says whether the
    network was opened from the cache.
    """

    name: str
    title: dict[str, str]
    file: TerritoryFile
    folder: Path
    service_date: dt.date
    network: Network
    zones: ZoneSystem | None
    people: ZonePeople | None
    sources: tuple[SourceLine, ...]
    notes: dict[str, tuple[str, ...]]
    set_aside: dict[str, int]
    inputs_sha256: str
    coverage: tuple[FeedInfo, ...]
    built: BuiltNetwork


def load_network_pack(
    name_or_path: str | Path,
    *,
    service_date: dt.date | None = None,
    include_next: bool = False,
    progress: Progress = no_progress,
) -> NetworkPack:
    """Load a pack's network, zones and sources; its demand, if any, is left alone.

    Parameters
    ----------
    name_or_path
        Name of a pack that ships, or path of a pack's folder.
    service_date
        Date to run; the pack's own if None; the busiest weekday that the feeds cover where
        the pack does not say.
    include_next
        Whether trips of the morning after that date are in the network too.
    progress
        Called with stage ``network`` while it is read and built.

    Raises
    ------
    ScenarioInputError
        If there is no such pack, or its file is wrong or names files that are not there.
    NetworkInputError, DemandInputError
        If the data leave nothing to build on.
    """
    folder = find_pack(name_or_path)
    file = read_territory_file(folder / PACK_FILE)
    require_files(list_pack_files(file, folder), folder, file)
    built = load_network(file, folder, service_date, include_next=include_next, progress=progress)
    return assemble_pack(folder, file, built)


def list_pack_files(file: TerritoryFile, folder: Path) -> list[Path]:
    """Return the files that a network pack is read from: those of its demand are not among them."""
    named = (find_zone_file(file), find_outline_file(file), *file.sources)
    others = [resolve_path(text, folder) for text in named if text is not None]
    return list(dict.fromkeys([folder / PACK_FILE, *list_network_files(file, folder), *others]))


def assemble_pack(folder: Path, file: TerritoryFile, built: BuiltNetwork) -> NetworkPack:
    """Read what a pack has beside its network, and put all together.

    Raises
    ------
    ScenarioInputError, DemandInputError
        If zones or sources are missing or cannot be read.
    """
    files = list_pack_files(file, folder)
    require_files(files, folder, file)
    log = ProblemLog()
    zones = people = None
    zone_file = find_zone_file(file)
    if zone_file is not None:
        path = resolve_path(zone_file, folder)
        zones = read_zones(path, log=log)
        people = read_zone_people(path, zones, log)
    sources = [line for name in file.sources for line in read_sources(resolve_path(name, folder))]
    cache = find_cache()
    return NetworkPack(
        name=file.name,
        title={"fr": file.title_fr, "en": file.title_en},
        file=file,
        folder=folder,
        service_date=built.service_date,
        network=built.network,
        zones=zones,
        people=people,
        sources=tuple(sources),
        notes={"fr": file.notes_fr, "en": file.notes_en},
        set_aside=merge_counts(count_set_aside(built.network), log.counts),
        inputs_sha256=hash_files(files, memory=None if cache is None else cache.memory),
        coverage=built.network.timetable.feeds,
        built=built,
    )


def load_network(
    file: TerritoryFile,
    folder: Path,
    service_date: dt.date | None = None,
    *,
    include_next: bool = False,
    progress: Progress = no_progress,
) -> BuiltNetwork:
    """Open or build the network that a pack's file describes; its files must be there."""
    inputs = replace(list_inputs(file, folder), include_next=include_next)
    if service_date is not None and service_date != inputs.service_date:
        inputs = inputs.on(service_date)
    progress("network", 0, 1)
    built = obtain_network(file.name, inputs, progress=tell_as("network", progress))
    progress("network", 1, 1)
    return built


def tell_as(stage: str, progress: Progress) -> Progress:
    """Return a callback that tells every stage under one name: steps nobody asked about."""

    def tell(stage: str, done: int, total: int, *, told: str = stage) -> None:
        progress(told, done, total)

    return tell


def find_zone_file(file: TerritoryFile) -> str | None:
    """Return the zone table that a pack's file names, None where it names none."""
    if file.zones is not None:
        return file.zones.file
    return None if file.demand is None else file.demand.zones


def find_outline_file(file: TerritoryFile) -> str | None:
    """Return the zone outlines that a pack's file names, None where it names none."""
    return None if file.zones is None else file.zones.polygons


def merge_counts(*counts: dict[str, int]) -> dict[str, int]:
    """Return the sum of counts by kind, kinds in order of first appearance."""
    merged: dict[str, int] = {}
    for one in counts:
        for kind, count in one.items():
            merged[kind] = merged.get(kind, 0) + count
    return merged
